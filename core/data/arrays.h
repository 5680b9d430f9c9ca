/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_ARRAYS_H
#define ANA_DATA_ARRAYS_H

#include <anaflow/arrays.h>

#include "data/lists.h"

/* What the files arrays_*.c share. A recording is a list of pieces, each one array:
 * a file's variable, or one cell of it. An axis plays one of four roles. */
#define ANA_ROLE_RUN 0
#define ANA_ROLE_STIMULUS 1
#define ANA_ROLE_TIME 2
#define ANA_ROLE_TARGET 3
#define ANA_ROLES 4
#define ANA_ROLE_NONE (-1)

struct ana_piece {
    int64_t file;  /* which of the source's files */
    int64_t cell;  /* from 0; -1 = the variable itself */
    int64_t cells; /* that the variable has */
    int32_t dtype; /* as stored */
    int32_t ndim;
    int64_t shape[ANA_MAX_DIMS];
    int64_t inner;             /* of a product: the left factor's columns */
    int32_t dim[ANA_ROLES];    /* the dimension that plays a role, or -1 */
    int64_t extent[ANA_ROLES]; /* its size, 1 where there is none */
    double rate, start;
    const char *stimulus;  /* from `run = NAMES`, or NULL */
    int32_t in_parts, pad; /* 1 = it is large, and its file gives parts of it */
    void *data;            /* loaded: C order, float32 or float64; NULL = not loaded */
    double *right;         /* of a product: the right factor */
    int64_t bytes, last_use;
};

struct ana_arrays {
    const struct ana_array_file_vt *format; /* our_format */
    struct ana_array_file_vt our_format;    /* the reader's, as long as ours */
    int64_t n_files;
    char **path;
    struct ana_array_var var; /* strings belong to `kept` */
    double rate;
    int32_t role[ANA_MAX_DIMS]; /* of var.axis[i] */

    int64_t at; /* the file that is open, -1 = none */
    void *file;
    struct ana_strings held; /* its variables */

    int32_t layout;      /* ANA_LAYOUT_... */
    int32_t stack;       /* the role along which pieces stack */
    int32_t run_outside; /* an axis `run` stands for the pieces, not for a dimension */
    int64_t n_pieces;
    struct ana_piece *piece;

    int64_t n_runs, n_rows, n_targets;
    struct ana_run *runs;
    struct ana_target *targets;
    struct ana_strings names[ANA_ROLES];
    const char **row_names;

    int64_t loaded_bytes, clock; /* of the cache of pieces */
    double *tile;                /* the last tile of a product */
    int64_t tile_piece, tile_at[2];

    struct ana_strings kept; /* every string that info points to */
    int64_t kept_room;
};

/* Keep a string until close; takes it over. NULL (recorded) without memory. */
const char *ana_arrays_keep(struct ana_ctx *ctx, struct ana_arrays *arrays, char *text);

/* arrays_file.c: open file number `i` unless it is; what is open is shut first. */
int ana_arrays_turn_to(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t i);
void ana_arrays_shut(struct ana_ctx *ctx, struct ana_arrays *arrays);
/* Whether the open file lists this name; with `top`, its part before a dot will do. */
int ana_arrays_holds(const struct ana_arrays *arrays, const char *name, int top);
/* Refuse a name that the open file does not hold, with what it does hold. */
int ana_arrays_missing(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                       const char *name, const char *what);
/* "R", or "the array" where it has no name. */
const char *ana_arrays_name(const struct ana_arrays *arrays);

/* arrays_names.c: `axis = NAMES` as strings or numbers, seen from the open file;
 * `what` says for what, in messages: "axis `stimulus`". */
int ana_arrays_strings(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec,
                       const char *what, struct ana_strings *out);
int ana_arrays_numbers(struct ana_ctx *ctx, struct ana_arrays *arrays, const char *spec,
                       const char *what, struct ana_numbers *out);

/* The path of a file `name` beside the open one, or as it stands; NULL if neither is
 * there. Owns: the caller (ana_free). */
char *ana_arrays_beside(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                        const char *name);

/* arrays_cells.c: the cells that {...} picks of n_cells, from 0. Owns: the caller. */
int ana_arrays_pick(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t n_cells,
                    int64_t *n, int64_t **picked);

/* arrays_axes.c: layout from the axes that are named; dimensions of each piece. */
int ana_arrays_default_axes(struct ana_ctx *ctx, struct ana_arrays *arrays, int32_t ndim);
int ana_arrays_choose_layout(struct ana_ctx *ctx, struct ana_arrays *arrays);
int ana_arrays_bind(struct ana_ctx *ctx, const struct ana_arrays *arrays,
                    struct ana_piece *piece);
const char *ana_role_name(int32_t role);

/* arrays_clock.c: rate and start from seconds that must be evenly spaced. */
int ana_arrays_clock(struct ana_ctx *ctx, const char *path, const char *name,
                     const struct ana_numbers *seconds, double *rate, double *start);

/* arrays_label.c: names and clocks of the bound pieces. */
int ana_arrays_label(struct ana_ctx *ctx, struct ana_arrays *arrays);

/* arrays_info.c: runs, targets and rows of the labelled pieces. */
int ana_arrays_make_info(struct ana_ctx *ctx, struct ana_arrays *arrays);

/* arrays_load.c: a piece's numbers in memory; they stay until others need the room. */
int ana_arrays_load(struct ana_ctx *ctx, struct ana_arrays *arrays,
                    struct ana_piece *piece);
void ana_arrays_unload(struct ana_ctx *ctx, struct ana_arrays *arrays,
                       struct ana_piece *piece);
/* Bytes that reading holds beside its output, at most: the pieces that stay, a product's
 * tile, what the format holds. */
int64_t ana_arrays_held(const struct ana_arrays *arrays);
/* float64 where float32 would round what the file holds. */
int32_t ana_arrays_type(int32_t stored);
/* 1 where a piece is larger than all that is held of others. */
int ana_arrays_is_large(const struct ana_piece *piece);

/* A box of a piece and where it goes: count[role] samples from first[role] on; for the
 * targets `target` lists them, NULL = one after the other. */
struct ana_box {
    int64_t first[ANA_ROLES], count[ANA_ROLES];
    const int64_t *target;
    struct ana_tensor *out;
    int64_t at;                /* element of out where the box begins */
    int64_t stride[ANA_ROLES]; /* in out */
};
/* arrays_read.c: copy a box of a piece whose numbers are in memory. */
void ana_box_copy(const struct ana_piece *piece, const struct ana_box *box);

/* arrays_part.c: find out whether a piece of the open file is read in parts; read a box of
 * one that is; the bytes that that holds. */
int ana_arrays_find_parts(struct ana_ctx *ctx, struct ana_arrays *arrays,
                          struct ana_piece *piece);
int ana_arrays_read_parts(struct ana_ctx *ctx, struct ana_arrays *arrays,
                          const struct ana_piece *piece, const struct ana_box *box);
int64_t ana_arrays_part_bytes(void);

/* Make arrays->tile the one of a product's tiles that holds element (i, j). */
int ana_arrays_tile(struct ana_ctx *ctx, struct ana_arrays *arrays,
                    struct ana_piece *piece, int64_t i, int64_t j);
#define ANA_TILE_ROWS 1024
#define ANA_TILE_COLUMNS 256

#endif
