/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_STUDY_H
#define ANA_PIPELINE_STUDY_H

#include <stdio.h>

#include "pipeline/ini.h"
#include "plugin/registry.h"
#include "signal/kernel.h"
#include "stats/folds.h"

/* An INI file as a checked study: every key understood, every name resolved, no
 * data read yet. Arrays and strings belong to the study. Times are in the unit that
 * was written, for samples and TR need a recording's clock first. */

struct ana_time { /* "390 ms", "4 TR", "40 samples" */
    double value;
    int32_t unit; /* ANA_TIME_... */
    int32_t pad;
};
#define ANA_TIME_S 0
#define ANA_TIME_TR 1 /* one sample of the recording */

/* "file:line", and the section, in front of what is wrong with a thing. */
struct ana_place {
    const char *section; /* "[model coch]" */
    const char *where;   /* "pipeline.ini:12" */
};

struct ana_stimulus_set {
    const char *name;
    struct ana_place place;
    int64_t n_audio;
    const char *const *audio; /* paths, globs expanded; one stimulus a file */
    int64_t n_words;
    const char *const *words; /* word tables (TSV), matched to audio by stem */
    const char *tier;         /* of TextGrids that holds the words; NULL = "words" */
    int64_t n_images;
    const char *const *images;
    const char
        *names; /* a list of names instead of files: nothing can be shown; or NULL */
};

/* `window =`: a long input is shown as windows. Lengths in s, or in samples or frames of
 * the model's input. */
struct ana_window {
    int32_t given;
    int32_t keep;           /* ANA_KEEP_... */
    double length, stride;  /* of each window; from one to the next */
    int32_t length_samples; /* 1: in samples or frames of the input, else s */
    int32_t stride_samples;
};
#define ANA_KEEP_ALL 0  /* every sample of every window: for means over time */
#define ANA_KEEP_LAST 1 /* the last sample of each: what a causal listener has */
#define ANA_KEEP_CENTRE                                                                  \
    2 /* the middle stretch, as long as the stride: one sample a time */

struct ana_study_model {
    const char *name;
    struct ana_place place;
    const struct ana_plugin *plugin; /* NULL if it was not found (check goes on) */
    struct ana_params *params;
    const char *checkpoint;  /* resolved path, "random" or NULL */
    int64_t input;           /* number of the model in `input =`, or -1 */
    const char *input_layer; /* "coch.subbands": layer, NULL = the last */
    const char *layers;      /* "all", "0 3 6-12", "conv*" */
    const char *stimulus;    /* which set; NULL = the only one */
    struct ana_window window;
    double scale, offset; /* `affine`: frames of `input` times scale plus offset */
    const char *control;  /* "" = the network itself; "random", "permuted" */
    int64_t twin;         /* number of the control, from 0 */
    int64_t twin_of;      /* the model that it is a control of; -1 = none */
    const char *variant;  /* "trained", "random 1", ...: for results */
};

#define ANA_NAN_ERROR 0
#define ANA_NAN_MASK 1 /* a target that has any gets no score */
#define ANA_NAN_ZERO 2

/* A stimulus that a run presented: which (a name, or the path of its file) and when. */
struct ana_shown {
    const char *stimulus;
    double onset;    /* s after the run's first sample */
    double duration; /* s; NaN = to the next one, or the end of the run */
};

/* Who says when stimuli began. */
#define ANA_TIMED_BY_SHOWN 0  /* stim_file and onset of events.tsv, or `shown` */
#define ANA_TIMED_BY_EVENT 1  /* `onset = event NAME` */
#define ANA_TIMED_BY_EPOCHS 2 /* epochs(...) of `prepare`, trial by trial */

/* What a BIDS dataset says of one of its files. */
struct ana_study_run {
    const char *name;    /* of the file, without folder */
    const char *subject; /* "sub-01" */
    int32_t timed_by;    /* ANA_TIMED_BY_... */
    int32_t pad;
    int64_t n_shown; /* in order of onset; 0 = nothing is known */
    const struct ana_shown *shown;
    const char *events, *channels; /* tables beside it, or NULL */
};

/* One recording: [brain NAME] or [data NAME]. */
struct ana_study_brain {
    const char *name;
    struct ana_place place;
    int32_t is_brain; /* 0 for [data NAME] */
    const struct ana_plugin *plugin;
    struct ana_params *params;
    struct ana_source source;
    const char *subject;                       /* "n/a" if not given */
    const char *bids, *mask, *atlas, *repeats; /* as written, or NULL */
    const char *stimulus; /* which set it was recorded to; NULL = the only one */
    const char
        *onset_event; /* `onset = event NAME`: sample 0 is counted from it; or NULL */
    const char *onset_column; /* `at COLUMN`: such events' s after the onset; or NULL */
    const char *onset_end;    /* `to NAME`: the event that ends the stimulus; or NULL */
    double onset_within;      /* s by which clocks may differ; 0 = not given */
    int64_t n_events;         /* tables of events, one a run; 0 = the reader's own */
    const char *const *events;
    double onset; /* s that its clock is moved by: sample 0 is that much later */
    int64_t n_prepare;
    const char *const *prepare; /* steps as written: "average(0..2 s)" */
    const char *prepare_folder; /* where their relative files start */
    int32_t cuts_epochs;        /* 1 = one of the steps is epochs(...) */
    int32_t nan;                /* ANA_NAN_...: what is done with values not finite */
    const char *of; /* the section's own name: `bids` makes several recordings of one */
    int64_t n_runs; /* of `bids`: the source's files, in their order; 0 = none */
    const struct ana_study_run *runs;
    const char *const *confounds; /* of each of them: its table, or NULL */
    const char *space; /* of the positions in `electrodes` of `bids`, or NULL */
    int64_t n_beside;  /* JSON files of `bids` that were read for it */
    const char *const *beside;
};

#define ANA_POOL_NONE 0           /* samples over time, on the recording's clock */
#define ANA_POOL_TIME 1           /* mean over time, per stimulus ("time", "mean") */
#define ANA_POOL_TIME_FREQUENCY 2 /* and over the frequency axis of the units */
#define ANA_POOL_AUTO 3           /* not given: TIME for ROWS, NONE for others */

#define ANA_LAYER_EACH 0 /* every layer is a space of its own */
#define ANA_LAYER_ALL 1  /* all layers side by side in one space */
#define ANA_LAYER_SOME 2 /* the layers that `layer =` lists, each a space */

struct ana_study_features {
    const char *name;
    struct ana_place place;
    int64_t n_from;
    const int64_t *from;           /* models >= 0; recordings as -1 - number */
    int32_t layer;                 /* ANA_LAYER_... */
    int32_t pool;                  /* ANA_POOL_... */
    const char *layers;            /* for ANA_LAYER_SOME */
    int64_t n_delays;              /* 0 = none */
    const struct ana_time *delays; /* as listed, or low and high of a range */
    int32_t delays_range;          /* 1: every sample from delays[0] to delays[1] */
    int32_t lag_mode;    /* ANA_LAGS_...; TUNE: delays are where windows from 0 end */
    int32_t standardise; /* 0 none, 1 centre, 2 centre and scale (default) */
    int64_t pca;         /* components, 0 = none */
    int64_t project;     /* a layer's units onto so many; 0 = none */
    int64_t fit;         /* stimulus set of whose PCA they are; -1 = at random */
    int32_t components;  /* 1 = `project = pca N` */
    int32_t pad2;
    int32_t half; /* 1 = activations are float16 */
    int32_t pad;
    struct ana_kernel kernel; /* `resample = lanczos N` or `hrf = NAME` */
    int32_t fir;              /* 1 = `hrf = fir` made the delays */
    int32_t nuisance; /* 1 = the regressors of y's preparation are taken out of x, too */
};

struct ana_study_metric {
    const char *name;
    struct ana_place place;
    const struct ana_plugin *plugin;
    struct ana_params *params;
};

/* [folds] as written; times still in their units. */
struct ana_study_folds {
    struct ana_place place;
    struct ana_folds_spec
        spec; /* all but block, inner_block and gap; by = 0: not given */
    struct ana_time block, inner_block, gap;
    int32_t gap_given, inner_given;
    const char *stratify; /* TSV with name and label; NULL = none */
    const char *subjects; /* TSV with run and subject, for by = subject */
};

/* X -> Y [| metric]. */
struct ana_study_comparison {
    const char *name;
    struct ana_place place;
    int64_t n_x;
    const int64_t *x; /* feature spaces, more than one = bands */
    int64_t y;        /* recording; -1 - features is kept for a model side */
    int64_t metric;
    const char *relative_to; /* the comparison that its scores are divided by, or NULL */
};

/* [simulate NAME]: a recording to be made, for `anaflow simulate`. */
struct ana_study_simulation {
    const char *name;
    struct ana_place place;
    int64_t n_features;
    const int64_t *features; /* spaces that its electrodes follow */
    int64_t targets;         /* electrodes for each variant of each space */
    int64_t n_noise;
    const double *noise; /* SD of the noise over SD of the signal, taken in turn */
    double rate;         /* Hz */
    const char *output;  /* folder, resolved */
};

/* [study] isolate */
#define ANA_ISOLATE_AUTO 0
#define ANA_ISOLATE_YES 1
#define ANA_ISOLATE_NO 2

/* [study] trust */
#define ANA_TRUST_NORMAL 0
#define ANA_TRUST_STRICT 1 /* no reader whose library may crash on a damaged file */

struct ana_study {
    struct ana_ini *ini;
    const char *name, *output; /* output: results/STEM beside the INI if not given */
    const char *cache;         /* folder of activations; NULL = not given */
    uint64_t seed;
    const char *stamp; /* [study] simulated = TEXT: stamped on every output, or "" */
    int64_t memory, disk, jobs; /* 0 = not given */
    int32_t isolate;            /* ANA_ISOLATE_... */
    int32_t trust;              /* ANA_TRUST_... */
    double timeout;             /* s without a sign of an isolated task; 0 = for ever */
    int32_t fold_rows;          /* [report] folds = yes | no | auto (-1) */
    int64_t n_stimuli;
    struct ana_stimulus_set *stimuli;
    int64_t n_models;
    struct ana_study_model *models;
    int64_t n_brains;
    struct ana_study_brain *brains;
    int64_t n_features;
    struct ana_study_features *features;
    int64_t n_metrics;
    struct ana_study_metric *metrics;
    struct ana_study_folds folds;
    int64_t n_comparisons;
    struct ana_study_comparison *comparisons;
    int64_t n_simulations;
    struct ana_study_simulation *simulations;
    int64_t n_problems; /* sentences of everything that is wrong */
    const char *const *problems;
    int status; /* 0 = none; else what is to be mended first: ANA_EPARAM where any problem
                   is one, then ANA_EDATA, then ANA_EPLUGIN */
    void *memory_; /* private */
};

/* Turn an INI into a study. Everything that is wrong is collected in `problems`
 * (each with file and line), so that a person sees all of it at once; the result is
 * then for explaining, not for running.
 * Takes over the ini. Owns: the caller; release with `ana_study_destroy`.
 * Errors: ANA_ERESOURCE only. */
int ana_study_create(struct ana_ctx *ctx, const struct ana_registry *registry,
                     struct ana_ini *take_ini, struct ana_study **out);
void ana_study_destroy(struct ana_ctx *ctx, struct ana_study *study);

/* What a function just failed with, as one more problem of a study (once: a second one
 * of the same words adds nothing).
 * Errors: ANA_ECANCEL is passed on; ANA_ERESOURCE where there is no memory for the
 *         sentence; else 0, and ctx has forgotten the failure. */
int ana_study_note(struct ana_ctx *ctx, struct ana_study *study, int rc);

/* 1 if one of the study's problems lies in this section of the INI file. */
int ana_section_faulty(const struct ana_study *study, const char *kind, const char *name);

/* Write what the study will do in words: each stimulus set, model, recording, space,
 * the folds, each comparison; its problems are not repeated. For `check`. */
int ana_study_explain(struct ana_ctx *ctx, const struct ana_study *study, FILE *out);

#endif
