/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_H5_H
#define READERS_H5_H

#include <hdf5.h>

#include <anaflow/reader.h>

/* HDF5 files that somebody else made, read so that libhdf5 is asked as little as possible:
 * links are followed here and never lead out of the file, chunks are unpacked here into
 * buffers of a size that is known before, and numbers are decoded here. What hdf5 and mat
 * share. libhdf5 holds one lock for all of the process; still, one call at a time. */

#define H5_MOST_DIMS ANA_MAX_DIMS
#define H5_MOST_CHUNK (128LL << 20) /* bytes of an unpacked chunk */
#define H5_MOST_KEPT (64LL << 20)   /* bytes of those that are kept */

struct h5_file {
    char *path;
    hid_t id;
    int64_t bytes; /* of the file */
    int matlab;    /* 1 = MATLAB wrote it (v7.3) */
    int64_t base;  /* bytes before the superblock, from which all addresses count */
    int64_t root;  /* byte of the root group's header; -1 = not known */
    int offset_width, length_width; /* bytes of a stored address, of a stored size */
};

/* h5_file.c: 0 = no HDF5, 1 = HDF5, 2 = MATLAB's v7.3, from the first bytes of a file. */
int h5_kind(const uint8_t *head, int64_t n);

/* Open a file to read, with HDF5's error stack silent and its own plugins off.
 * Owns:   the caller: `h5_close`, also after a failure.
 * Errors: ANA_EDATA: no HDF5, cut short, damaged. */
int h5_open(struct ana_ctx *ctx, const char *path, struct h5_file *file);
void h5_close(struct ana_ctx *ctx, struct h5_file *file);

/* Silence of the error stack, which each thread has its own of: before any call that may
 * be the first of a thread. */
void h5_quiet(void);

/* h5_where.c: "FILE: `NAME` at byte N WHAT; the file is damaged", at which byte if that is
 * found, and what libhdf5 says of it. N is the byte of the object's header, or of the one
 * that a link of a group leads to (else the group's). Of values, "has values at byte N
 * WHAT": where they stand, or, if in chunks, their dataset's header; of another part,
 * "PART at byte N WHAT". Where none is known, N is an address that libhdf5 tells, else
 * the root group's (object < 0: that at once).
 * Errors: ANA_EDATA, always. */
int h5_damaged(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
               const char *name, const char *what);
int h5_damaged_link(struct ana_ctx *ctx, const struct h5_file *file, hid_t group,
                    const char *link, const char *name, const char *what);
int h5_damaged_data(struct ana_ctx *ctx, const struct h5_file *file, hid_t dataset,
                    const char *name, const char *what);
int h5_damaged_part(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                    const char *part, int64_t at, const char *what);

/* The byte of an object's header, and of a dataset's values; -1 = not known. */
int64_t h5_header_of(const struct h5_file *file, hid_t object);
int64_t h5_data_of(const struct h5_file *file, hid_t dataset);

/* h5_path.c: the object that a path leads to ("/a/b", "a/b"), from a group or, with
 * from < 0, from the root. Soft links are followed inside the file; external and
 * user-defined ones are refused and not followed. `h5_drop` closes it.
 * Errors: ANA_EDATA with the names that are there. */
int h5_find(struct ana_ctx *ctx, const struct h5_file *file, hid_t from, const char *path,
            hid_t *object);
void h5_drop(hid_t object);

/* The same; *object < 0 where there is none of that name. */
int h5_find_any(struct ana_ctx *ctx, const struct h5_file *file, hid_t from,
                const char *path, hid_t *object);

/* The object that a stored object reference means. */
int h5_follow(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
              const void *reference, hid_t *object);

/* Visit every object that hard links lead to, a group once, parents first. `visit` returns
 * 0, or a status that ends it. Links that are not followed are visited with object < 0 and
 * `link` saying what they are.
 * Errors: ANA_EDATA for groups in groups deeper than any real file's, or too many. */
struct h5_visitor {
    int (*visit)(struct ana_ctx *ctx, void *arg, const char *path, hid_t object,
                 const char *link);
    void *arg;
};
int h5_visit(struct ana_ctx *ctx, const struct h5_file *file,
             const struct h5_visitor *visitor);

/* h5_attribute.c: one value of an attribute; text is NULL and *there 0 where there is no
 * such attribute, or it is of another kind. Owns: the caller (ana_free). */
int h5_attribute_text(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                      const char *name, char **text);

/* A short one, as a class or type is; "" where there is none. */
#define H5_WORD 64
void h5_attribute_word(hid_t object, const char *name, char word[H5_WORD]);
int h5_attribute_number(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                        const char *name, double *value, int *there);
int h5_attribute_reference(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                           const char *name, hid_t *target);

/* h5_array.c: a dataset whose shape, storage and filters were checked. */
struct h5_array {
    const struct h5_file *file;
    char *name;
    hid_t id;
    int32_t dtype;    /* ANA_F64 ...; 0 = no numbers: text, references, compound ... */
    const char *what; /* "text", "compound", ... for what is no number */
    int width;        /* bytes of an element */
    int code;         /* how an element is decoded, h5_decode.h */
    int32_t ndim;
    int64_t shape[H5_MOST_DIMS];
    int chunked;
    int64_t block[H5_MOST_DIMS]; /* shape of a chunk, or of what is read at once */
    int64_t block_bytes;
    int n_filters;
    struct {
        int id;
        unsigned width; /* of what shuffle turned */
    } filter[8];
    uint8_t *fill;           /* an element that was never written */
    uint8_t *held;           /* the block that was read last */
    uint8_t *stored, *spare; /* a chunk as it is stored, and between two filters */
    int64_t held_at;
    int64_t stored_at; /* byte of the chunk in `stored` */
    struct h5_slot
        *slot; /* h5_array_keep: n_slots; NULL = the last block alone is held */
    int64_t n_slots;
    int32_t kept_axis;
    int holds; /* h5_array_keep: 1 = who reads along kept_axis unpacks each chunk once */
};

/* The chunk that was read last of those that differ along one axis alone. */
struct h5_slot {
    uint8_t *bytes; /* NULL = none was read */
    int64_t at;     /* its first element; -1 = none */
};

/* Take a dataset over: *array owns `id`, also after a failure.
 * Errors: ANA_EDATA: external or virtual storage, filters that are not read, chunks that
 * are too large, more values than the file could hold. */
int h5_array_open(struct ana_ctx *ctx, const struct h5_file *file, hid_t id,
                  const char *name, struct h5_array *array);
void h5_array_close(struct ana_ctx *ctx, struct h5_array *array);
int64_t h5_array_count(const struct h5_array *array);

/* From here on, keep each chunk that was unpacked until another one is read that differs
 * along `axis` alone: who reads along it in pieces unpacks each once. Does nothing where
 * one chunk holds all other axes, or they would take more than H5_MOST_KEPT.
 * h5_array_forget frees them until the next is read. */
int h5_array_keep(struct ana_ctx *ctx, struct h5_array *array, int32_t axis);
void h5_array_forget(struct ana_ctx *ctx, struct h5_array *array);

/* Bytes that reading it holds, at most. */
int64_t h5_array_memory(const struct h5_array *array);

/* Which part of an array, and where its numbers go. */
struct h5_box {
    int64_t first[H5_MOST_DIMS], count[H5_MOST_DIMS];
    int pick_axis;       /* -1, or the axis of which `pick` names the samples */
    const int64_t *pick; /* count[pick_axis] of them, instead of first + i */
    int ascending;       /* 1 = they do (h5_array_read finds out) */
    int is_f32;          /* else float64 */
    void *out;
    int64_t stride[H5_MOST_DIMS]; /* of out, in elements */
};

/* h5_read.c: numbers as they are stored, unscaled.
 * Errors: ANA_EDATA: a chunk that is damaged, with its place. */
int h5_array_read(struct ana_ctx *ctx, struct h5_array *array, const struct h5_box *box);

/* All of it, in C order, as float64. Owns: the caller (ana_free). */
int h5_array_numbers(struct ana_ctx *ctx, struct h5_array *array, int64_t *n,
                     double **numbers);

/* Unpack every chunk once, bounded, before libhdf5 does it without bounds. */
int h5_array_prove(struct ana_ctx *ctx, struct h5_array *array);

/* h5_unpack.c: undo the filters of one chunk; `bytes` and `n` are what is stored, the
 * result has block_bytes and stands in array->held. */
int h5_unpack(struct ana_ctx *ctx, struct h5_array *array, uint32_t mask, int64_t n);

/* h5_text.c: strings of a dataset of strings or numbers. Owns: the caller, each string,
 * then the list (ana_free). */
int h5_array_text(struct ana_ctx *ctx, struct h5_array *array, int64_t *n,
                  char ***strings);

#endif
