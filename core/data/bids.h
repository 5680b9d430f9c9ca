/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BIDS_H
#define ANA_DATA_BIDS_H

#include <jansson.h>

#include <anaflow/base.h>

/* A dataset in the Brain Imaging Data Structure (Gorgolewski et al. 2016, BIDS 1.9):
 *
 *   dataset_description.json   task-story_bold.json        for all subjects
 *   sub-01/[ses-a/]func/sub-01_task-story_run-1_bold.nii.gz
 *   derivatives/fmriprep/sub-01/[ses-a/]func/sub-01_task-story_space-X_desc-preproc_...
 *
 * Listed by names alone: nothing but folders and dataset_description.json is read. */

struct ana_bids_entity {
    const char *key, *value; /* "task", "story" */
};

/* One file whose name says what it is: KEY-VALUE_..._SUFFIX.EXTENSION. */
struct ana_bids_file {
    const char *path, *name; /* name: the end of path */
    const char *pipeline;    /* "fmriprep" of derivatives/fmriprep; "" = raw */
    const char *datatype;    /* the folder it lies in: "func", "ieeg"; "" = none */
    const char *suffix;      /* "bold" */
    const char *extension;   /* ".nii.gz"; "" = none */
    int64_t bytes;
    int32_t depth;   /* folders below the dataset's, or the pipeline's, own */
    int32_t missing; /* 1 = a link to a file that is not there */
    int32_t n_entities;
    int32_t pad;
    const struct ana_bids_entity *entity;
};

struct ana_bids {
    const char *root; /* of the raw data, also where a derivative's folder was named */
    const char *only; /* then that pipeline's name; else "" */
    const char *name, *version; /* of dataset_description.json; "" = not said */
    int64_t n_files;
    const struct ana_bids_file *file; /* raw before derivatives; as people count */
    int64_t n_odd; /* files in the subjects' folders whose names say nothing */
    int64_t n_problems;
    const char *const *problem; /* what is wrong with the folder: a sentence each */
    void *own_;                 /* private */
};

/* List the dataset in a folder. Links are followed but never in a circle; folders that
 * BIDS does not know (code, sourcedata, stimuli, hidden ones) are left alone.
 *
 * Owns:    the caller; release with `ana_bids_close` (NULL is allowed).
 * Errors:  ANA_EDATA where it is no folder, holds no subject, or more than 400,000 files.
 * Threads: any; sidecars of one dataset one thread at a time. */
int ana_bids_open(struct ana_ctx *ctx, const char *folder, struct ana_bids **out);
void ana_bids_close(struct ana_ctx *ctx, struct ana_bids *bids);

/* The value of an entity, "" where the name does not have it; whether two values are the
 * same: run-1 is run-01. */
const char *ana_bids_get(const struct ana_bids_file *file, const char *key);
int ana_bids_same(const char *a, const char *b);

/* Files that belong to another by the inheritance rule: every entity that their names
 * have, the other's has, too. */
struct ana_bids_wanted {
    const char *pipeline, *suffix, *extension;
    const char *desc; /* what their desc- must be; NULL = as the other's */
    const char
        *space; /* their space- may be this, or (NULL) must be the other's; "*" any */
};
enum { ANA_BIDS_MOST = 32 };

/* Those files, the most specific last (deepest folder, then most entities); returns how
 * many, at most ANA_BIDS_MOST. *level, where not NULL: 1 if the last two are as specific
 * as each other, so that it cannot be said which is meant. */
int64_t ana_bids_applying(const struct ana_bids *bids, const struct ana_bids_file *file,
                          const struct ana_bids_wanted *wanted,
                          const struct ana_bids_file *out[ANA_BIDS_MOST], int *level);

/* The JSON files that say how a file was recorded, in the order in which they are read: from
 * the root's down to its own folder's, the raw ones before its derivative's. Returns how
 * many. */
int64_t ana_bids_sidecars(const struct ana_bids *bids, const struct ana_bids_file *file,
                          const struct ana_bids_file *out[2 * ANA_BIDS_MOST]);

/* All metadata of a file: what its JSON files say, key by key, the later before the earlier. An empty object where there is none.
 *
 * Owns:   the caller (json_decref).
 * Errors: ANA_EDATA with file and line of what is no JSON object. */
int ana_bids_sidecar(struct ana_ctx *ctx, const struct ana_bids *bids,
                     const struct ana_bids_file *file, json_t **out);

/* A key's number; NaN where there is none, or no number. Its text, or "". */
double ana_bids_number(const json_t *sidecar, const char *key);
const char *ana_bids_text(const json_t *sidecar, const char *key);

/* Read one JSON file of at most 16 MiB that holds an object; duplicate keys are refused.
 * Owns: the caller (json_decref). Errors: ANA_EDATA. */
int ana_bids_json(struct ana_ctx *ctx, const char *path, json_t **out);

#endif
