/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_NIFTI_RECORDING_H
#define PLUGIN_NIFTI_RECORDING_H

#include "nifti.h"

/* Images as one recording. Layouts: RUNS (SERIES, each 4-D image a run), VOLUMES (SERIES,
 * the images of each folder a run, one after another), ROWS (each 3-D image an item). */
#define NII_RUNS 1
#define NII_VOLUMES 2
#define NII_ROWS 3

struct nii_recording {
    int stack; /* NII_... */
    int64_t n_files;
    struct nii_file *file;
    struct nii_space space;
    int64_t n_runs;
    struct ana_run *run;
    int64_t *first_file;   /* n_runs + 1 */
    char **run_name;       /* n_runs, where they are called by folders */
    const char **row_name; /* n_files, for ROWS */
    int64_t n_more;
    const char **more; /* 2 n_files: images of pairs, JSON files */
    int64_t n_kept;
    struct ana_blocks_key *kept; /* n_files: of those that are compressed */
    int64_t n_targets;
    struct ana_target *target;
    char *names;          /* behind the targets, in one block with them */
    int64_t *first_voxel; /* n_targets + 1: where a parcel's voxels begin in `member` */
    int64_t *member;      /* voxels by parcel; NULL = a target is a voxel */
    double rate;
};
enum { NII_NAME = 64, NII_MEAN = 4 << 20 /* bytes of a parcel's voxels at once */ };

int nii_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self);
int nii_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info);
int nii_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out);
int nii_recording_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                        const char *path);
void nii_recording_close(struct ana_ctx *ctx, void *self);

/* runs.c: which images make a run, and files that were read beside them. */
int nii_runs_make(struct ana_ctx *ctx, struct nii_recording *r);

/* targets.c: name, place and region of every target; parcels where `means` is 1. */
int nii_targets_make(struct ana_ctx *ctx, struct nii_recording *r, int means);

#endif
