/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Made-up results of every shape that a report has to show: few and many layers, six
 * targets and eleven thousand, one layer, nothing but n/a, pooled scores, regions, and
 * names that would break a careless writer.
 */
#ifndef TESTS_REPORT_CASES_H
#define TESTS_REPORT_CASES_H

#include "tests/unit/helpers.h"

#include "report/results.h"

enum { CASE_BLOCKS = 512, CASE_MEMORY = 4096 };

struct report_case {
    struct ana_results results;
    struct ana_score_block blocks[CASE_BLOCKS];
    void *memory[CASE_MEMORY];
    int64_t n_memory;
    uint64_t noise;
};

/* Names that end elements, attributes, scripts, cells and lines; one is no UTF-8. */
#define NASTY "<b>&\"'</script><!--"
#define NASTY_TAB "tab\there\nline"
#define NASTY_BYTES "bad\xFF\xC0\x01utf"

static inline void *case_alloc(struct report_case *c, int64_t n, size_t size)
{
    void *memory = calloc((size_t)(n > 0 ? n : 1), size);

    ck_assert_ptr_nonnull(memory);
    ck_assert_int_lt(c->n_memory, CASE_MEMORY);
    return c->memory[c->n_memory++] = memory;
}

static inline char *case_text(struct report_case *c, const char *fmt, int64_t i)
{
    char *text = case_alloc(c, 64, 1);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, 64, fmt, (int)i);
#pragma GCC diagnostic pop
    return text;
}

static inline double case_noise(struct report_case *c)
{
    c->noise = c->noise * 6364136223846793005u + 1442695040888963407u;
    return (double)(c->noise >> 11) / 9007199254740992.0 - 0.5;
}

static inline struct ana_target *case_targets(struct report_case *c, int64_t n,
                                              const char *fmt)
{
    struct ana_target *targets = case_alloc(c, n, sizeof *targets);

    for (int64_t t = 0; t < n; t++)
        targets[t] = (struct ana_target){.size = sizeof *targets,
                                         .name = case_text(c, fmt, t + 1),
                                         .region = "",
                                         .space = "",
                                         .hemisphere = "",
                                         .position = {NAN, NAN, NAN}};
    return targets;
}

/* Another block like `like`, on layer `layer`; its scores about level[t]. */
static inline struct ana_score_block *case_block(struct report_case *c,
                                                 struct ana_score_block like,
                                                 const double *level, double wobble)
{
    struct ana_score_block *b = &c->blocks[c->results.n_blocks++];
    const int64_t n = like.n_targets, rows = like.n_folds > 0 ? like.n_folds : 1;
    double *by_fold = case_alloc(c, rows * n, sizeof *by_fold);
    double *score = case_alloc(c, n, sizeof *score);
    double *column = case_alloc(c, rows, sizeof *column);

    ck_assert_int_le(c->results.n_blocks, CASE_BLOCKS);
    for (int64_t t = 0; t < n; t++) {
        for (int64_t f = 0; f < rows; f++)
            column[f] = by_fold[f * n + t] = level[t] + wobble * case_noise(c);
        score[t] = ana_median(rows, column);
    }
    *b = like;
    b->by_fold = by_fold;
    b->score = score;
    return b;
}

static inline struct report_case *case_new(const char *folder, const char *study)
{
    static const char *const methods[] = {
        "165 sounds were resampled to 16 kHz and mixed down to one channel.",
        "Each model's layers were averaged over the 2 s of each sound.",
        "Ten random splits into 83 training and 82 test sounds; features were "
        "standardised "
        "on the training sounds of each split.",
        "Ridge regression per target, penalty chosen on the training sounds by exact "
        "leave-one-out."};
    struct report_case *c = calloc(1, sizeof *c);

    ck_assert_ptr_nonnull(c);
    c->noise = 7;
    c->results = (struct ana_results){
        .study = study,
        .folder = folder,
        .config = "[study]\nname = natural sounds\nseed = 1\n\n[model coch]\nplugin = "
                  "cochleagram\nbands = 64\n\n[metric score]\nplugin = ridge\nalphas = "
                  "logspace(-10, 10, 41)\n",
        .stamp = "",
        .command = "anaflow run pipeline.ini",
        .seed = 1,
        .blocks = c->blocks,
        .methods = methods,
        .n_methods = 4,
        .fold_rows = -1,
        .status = "complete"};
    return c;
}

static inline void case_free(struct report_case *c)
{
    for (int64_t i = 0; c && i < c->n_memory; i++)
        free(c->memory[i]);
    free(c);
}

/* What the blocks of one comparison have in common. */
static inline struct ana_score_block case_like(const char *comparison, const char *brain,
                                               int64_t n_targets,
                                               const struct ana_target *targets)
{
    return (struct ana_score_block){.comparison = comparison,
                                    .subject = "n/a",
                                    .brain = brain,
                                    .features = "mean",
                                    .variant = "",
                                    .branch = "",
                                    .metric = "ridge",
                                    .measure = "r2",
                                    .measure_help =
                                        "max(r, 0)^2, r between prediction and "
                                        "response of the test rows",
                                    .part = "",
                                    .lag = NAN,
                                    .primary = 1,
                                    .n_rows = 165,
                                    .n_folds = 10,
                                    .n_targets = n_targets,
                                    .targets = targets,
                                    .ceiling_note = "not available: no repeats"};
}

/* (a) 2 models x 2 layers x 6 components, all of ridge's measures, counters, choices. */
static inline struct report_case *case_components(const char *folder)
{
    static const char *const names[] = {"lowfreq", "highfreq", "envsounds",
                                        "pitch",   "speech",   "music"};
    static const char *const models[] = {"coch", "coch", "mod", "mod"};
    static const char *const layers[] = {"subbands", "cochleagram", "full", "freqmean"};
    static const double levels[4][6] = {{.40, .22, .18, .03, .02, .06},
                                        {.46, .28, .24, .04, .04, .10},
                                        {.84, .73, .50, .76, .73, .49},
                                        {.65, .42, .53, .71, .66, .38}};
    static const struct ana_counter counters[] = {
        {"averaged", "ridge", "penalty at the low edge of the grid", 3, 240},
        {"averaged", "ridge", "constant prediction, r set to 0", 0, 240}};
    static const struct ana_note notes[] = {
        {"averaged", "ridge", "alphas = 1e-10 ... 1e10, 41 values; ties take the larger"},
        {"averaged", "ridge", "ceiling not available: the recording has no repeats"}};
    struct report_case *c = case_new(folder, "Natural sounds");
    struct ana_target *targets = case_targets(c, 6, "%d");
    struct ana_score_block like = case_like("averaged", "fmri", 6, targets);
    struct ana_choice_block *choices = case_alloc(c, 4, sizeof *choices);
    double *alphas = case_alloc(c, 60, sizeof *alphas), other[6];

    for (int64_t i = 0; i < 6; i++)
        targets[i].name = names[i];
    for (int64_t i = 0; i < 4; i++) {
        like.model = models[i];
        like.layer = layers[i];
        like.depth = i % 2;
        like.measure = "r2";
        like.primary = 1;
        case_block(c, like, levels[i], 0.08);
        for (int64_t t = 0; t < 6; t++)
            other[t] = sqrt(levels[i][t]);
        like.measure = "r";
        like.primary = 0;
        like.measure_help = "Pearson's r between prediction and response";
        case_block(c, like, other, 0.06);
        for (int64_t t = 0; t < 6; t++)
            other[t] = levels[i][t] - 0.12;
        like.measure = "R2";
        like.measure_help = "1 - SSE/SST, SST about the test rows' own mean";
        case_block(c, like, other, 0.1);
        like.measure_help =
            "max(r, 0)^2, r between prediction and response of the test rows";
        choices[i] = (struct ana_choice_block){
            "averaged", "fmri", "mean", layers[i], "ridge", "alpha", 10, 6, alphas};
    }
    for (int64_t i = 0; i < 60; i++)
        alphas[i] = pow(10, (double)(i % 7) - 3);
    c->results.choices = choices;
    c->results.n_choices = 4;
    c->results.counters = counters;
    c->results.n_counters = 2;
    c->results.notes = notes;
    c->results.n_notes = 2;
    return c;
}

static inline double bump(double x, double centre, double width)
{
    return exp(-(x - centre) * (x - centre) / (2 * width * width));
}

/* (b) 20 layers of one network and its permuted twin, 6 targets. */
static inline struct report_case *case_deep(const char *folder, int twins)
{
    struct report_case *c = case_new(folder, "A trained speech network");
    struct ana_target *targets = case_targets(c, 6, "component %d");
    struct ana_score_block like = case_like("averaged", "fmri", 6, targets);
    double level[6];

    for (int64_t twin = 0; twin <= twins; twin++)
        for (int64_t i = 0; i < 20; i++) {
            const double depth = (double)i / 19;

            for (int64_t t = 0; t < 6; t++)
                level[t] = twin ? 0.15 + 0.02 * (double)t
                                : 0.25 + 0.5 * bump(depth, 0.15 * (double)t, 0.3);
            like.model = twin ? "speech-permuted" : "speech";
            like.layer = case_text(c, "conv%d", i);
            like.depth = depth;
            case_block(c, like, level, 0.1);
        }
    return c;
}

/* (b1) Six layers of a network beside five permuted twins of it. */
static inline struct report_case *case_controls(const char *folder)
{
    struct report_case *c = case_new(folder, "A network and its controls");
    struct ana_target *targets = case_targets(c, 6, "component %d");
    struct ana_score_block like = case_like("averaged", "fmri", 6, targets);
    double level[6];

    like.model = "speech";
    for (int64_t twin = 0; twin <= 5; twin++)
        for (int64_t i = 0; i < 6; i++) {
            for (int64_t t = 0; t < 6; t++)
                level[t] = twin ? 0.1 + 0.02 * (double)twin : 0.3 + 0.05 * (double)i;
            like.variant = twin ? case_text(c, "permuted %d", twin) : "trained";
            like.layer = case_text(c, "conv%d", i);
            like.depth = (double)i / 5;
            case_block(c, like, level, 0.02);
        }
    return c;
}

/* (b2) Three networks of different depth, a baseline of one layer, and a ceiling. */
static inline struct report_case *case_networks(const char *folder)
{
    static const char *const models[] = {"speech", "wav2vec2-base", "music",
                                         "modulation"};
    static const int64_t layers[] = {20, 12, 7, 1};
    static const double centre[] = {.35, .6, .5, .5}, height[] = {.5, .55, .4, .42};
    struct report_case *c = case_new(folder, "Three networks");
    struct ana_target *targets = case_targets(c, 15, "elec%02d");
    struct ana_score_block like = case_like("averaged", "ecog", 15, targets);
    double level[15], *ceiling = case_alloc(c, 15, sizeof *ceiling);

    for (int64_t t = 0; t < 15; t++)
        ceiling[t] = 0.8 + 0.01 * (double)t;
    like.ceiling = ceiling;
    like.ceiling_note = NULL;
    for (int64_t m = 0; m < 4; m++)
        for (int64_t i = 0; i < layers[m]; i++) {
            like.depth =
                layers[m] > 1 ? (double)i / (double)(layers[m] - 1) : (double)NAN;
            for (int64_t t = 0; t < 15; t++)
                level[t] = 0.1 + 0.01 * (double)t +
                           height[m] * (m == 3 ? 1 : bump(like.depth, centre[m], 0.3));
            like.model = models[m];
            like.layer = layers[m] > 1 ? case_text(c, "layer%d", i) : "n/a";
            case_block(c, like, level, 0.05);
        }
    return c;
}

/* (c) 11,065 voxels x 4 layers. */
static inline struct report_case *case_voxels(const char *folder)
{
    const int64_t n = 11065;
    static const char *const layers[] = {"subbands", "cochleagram", "full", "freqmean"};
    struct report_case *c = case_new(folder, "Natural sounds, voxels");
    struct ana_target *targets = case_alloc(c, n, sizeof *targets);
    char(*names)[16] = case_alloc(c, n, sizeof *names);
    struct ana_score_block like = case_like("voxels", "fmri", n, targets);
    double *level = case_alloc(c, n, sizeof *level);

    for (int64_t t = 0; t < n; t++) {
        snprintf(names[t], sizeof names[t], "v%05d", (int)t);
        targets[t].name = names[t];
        targets[t].region = t % 3 == 0 ? "primary" : t % 3 == 1 ? "lateral" : "anterior";
    }
    for (int64_t i = 0; i < 4; i++) {
        for (int64_t t = 0; t < n; t++)
            level[t] = fmax(
                0.2 + 0.1 * (double)i + 0.5 * case_noise(c) + 0.4 * case_noise(c), 0);
        like.model = i < 2 ? "coch" : "mod";
        like.layer = layers[i];
        like.depth = (double)(i % 2);
        case_block(c, like, level, 0.05);
    }
    return c;
}

/* (d) One layer, one model, 15 electrodes: null and what is left beside the score. */
static inline struct report_case *case_one_layer(const char *folder)
{
    static const char *const measures[] = {"r", "R2", "r_null", "r_removed", "r_within"};
    static const char *const help[] = {
        "Pearson's r over all test samples", "1 - SSE/SST",
        "r of the training sounds' mean response at each moment",
        "r after removing that mean from response and prediction",
        "mean over sounds of r within the sound"};
    static const double mean[] = {.25, -2.4, .17, .15, .16};
    struct report_case *c = case_new(folder, "Time-resolved ECoG");
    struct ana_target *targets = case_targets(c, 15, "elec%02d");
    struct ana_score_block like = case_like("resolved", "ecog", 15, targets);
    double level[15];

    for (int64_t m = 0; m < 5; m++) {
        for (int64_t t = 0; t < 15; t++)
            level[t] = mean[m] + 0.25 * case_noise(c);
        like.model = "coch";
        like.layer = "cochleagram";
        like.depth = 1;
        like.measure = measures[m];
        like.measure_help = help[m];
        like.primary = m == 0;
        case_block(c, like, level, 0.02);
    }
    return c;
}

/* (e) Every score n/a. */
static inline struct report_case *case_all_na(const char *folder)
{
    struct report_case *c = case_components(folder);

    for (int64_t b = 0; b < c->results.n_blocks; b++) {
        struct ana_score_block *block = &c->blocks[b];
        double *none = case_alloc(c, 60, sizeof *none);

        for (int64_t i = 0; i < 60; i++)
            none[i] = NAN;
        block->by_fold = block->score = none;
    }
    return c;
}

/* (f) One pooled score a layer without folds (RSA). */
static inline struct report_case *case_pooled(const char *folder)
{
    static const char *const all[] = {"all"};
    static const char *const layers[] = {"subbands", "cochleagram", "full", "freqmean"};
    static const double level[] = {.12, .18, .42, .35};
    struct report_case *c = case_new(folder, "Natural sounds, RSA");
    struct ana_score_block like = case_like("averaged", "fmri", 1, NULL);

    like.target_names = all;
    like.pooled = 1;
    like.n_folds = 0;
    like.metric = "rsa";
    like.measure = "rho";
    like.measure_help = "Spearman correlation of the two RDMs' upper triangles";
    for (int64_t i = 0; i < 4; i++) {
        like.model = i < 2 ? "coch" : "mod";
        like.layer = layers[i];
        like.depth = (double)(i % 2);
        case_block(c, like, &level[i], 0);
    }
    return c;
}

/* (g) The demo: a simulated recording, 7 layers x 24 electrodes in 3 regions. */
static inline struct report_case *case_demo(const char *folder)
{
    static const char *const regions[] = {"HG", "STG", "MTG"};
    struct report_case *c = case_new(folder, "Demo");
    struct ana_target *targets = case_targets(c, 24, "E%02d");
    struct ana_score_block like = case_like("story", "simulated", 24, targets);
    double level[24];

    c->results.stamp =
        "Simulated recording: made by anaflow simulate, not recorded from a "
        "brain.";
    like.measure = "r";
    like.measure_help = "Pearson's r between prediction and response";
    like.n_folds = 5;
    like.n_rows = 6400;
    for (int64_t t = 0; t < 24; t++)
        targets[t].region = regions[t / 8];
    for (int64_t i = 0; i < 7; i++) {
        for (int64_t t = 0; t < 24; t++)
            level[t] = 0.1 + 0.5 * bump((double)i, 1 + 2 * (double)(t / 8), 1.2) -
                       0.06 * (double)(t % 8);
        like.model = "mod";
        like.layer = case_text(c, "layer%d", i);
        like.depth = (double)i / 6;
        case_block(c, like, level, 0.03);
    }
    return c;
}

/* A point on the side of a made-up brain as large as MNI152. */
static inline void case_place(struct ana_target *target, double y, double z, int left)
{
    const double a = (y + 17) / 88, b = (z - 15) / 60;

    target->position[0] = (left ? -66 : 66) * sqrt(1 - a * a - b * b);
    target->position[1] = y;
    target->position[2] = z;
    target->hemisphere = left ? "L" : "R";
    target->space = "MNI152NLin2009cAsym";
}

/* (h) Three models on 96 electrodes of both sides in six regions, with a ceiling; some
 * scores are below 0, one is n/a, and one electrode has no position. */
static inline struct report_case *case_regions(const char *folder)
{
    static const char *const regions[] = {"Heschl's gyrus",
                                          "planum temporale",
                                          "posterior STG",
                                          "anterior STG",
                                          "MTG",
                                          "IFG"};
    static const double centre[6][2] = {{-22, 8}, {-36, 20},  {-44, 4},
                                        {2, -8},  {-30, -12}, {34, 14}};
    static const char *const models[] = {"wav2vec2-base", "music", "modulation"};
    static const int64_t layers[] = {13, 7, 1};
    struct report_case *c = case_new(folder, "Three models, six regions");
    struct ana_target *targets = case_targets(c, 96, "G%02d");
    struct ana_score_block like = case_like("story", "ecog", 96, targets);
    double level[96], *ceiling = case_alloc(c, 96, sizeof *ceiling);

    for (int64_t t = 0; t < 96; t++) {
        const int64_t r = t / 16;

        targets[t].region = regions[r];
        case_place(
            &targets[t], centre[r][0] + 5 * (double)(t % 4) - 7 + 3 * case_noise(c),
            centre[r][1] + 5 * (double)(t / 4 % 2) - 2 + 3 * case_noise(c), t % 16 < 8);
        ceiling[t] = 0.62 + 0.004 * (double)t;
    }
    targets[95].position[0] = NAN;
    like.ceiling = ceiling;
    like.ceiling_note = NULL;
    like.measure = "r";
    like.measure_help = "Pearson's r between prediction and response";
    for (int64_t m = 0; m < 3; m++)
        for (int64_t i = 0; i < layers[m]; i++) {
            const double depth =
                layers[m] > 1 ? (double)i / (double)(layers[m] - 1) : (double)NAN;

            for (int64_t t = 0; t < 96; t++) {
                const double peak = (double)(t / 16) / 5;

                level[t] = (m == 2 ? 0.22 - 0.03 * (double)(t / 16)
                                   : (m ? 0.3 : 0.45) * bump(depth, peak, 0.35)) +
                           0.25 * case_noise(c);
            }
            if (m == 0)
                level[7] = NAN;
            like.depth = depth;
            like.model = models[m];
            like.layer = layers[m] > 1 ? case_text(c, "layer%d", i) : "n/a";
            case_block(c, like, level, 0.02);
        }
    return c;
}

/* (j) 64 sensors of an EEG cap, two layers. */
static inline struct report_case *case_cap(const char *folder)
{
    struct report_case *c = case_new(folder, "A cap");
    struct ana_target *targets = case_targets(c, 64, "E%d");
    struct ana_score_block like = case_like("forward", "eeg", 64, targets);
    double level[64];

    like.measure = "r";
    for (int64_t i = 0; i < 2; i++) {
        for (int64_t t = 0; t < 64; t++) {
            /* a spiral from the top to a little below the widest circle */
            const double height = 1 - 1.25 * ((double)t + 0.5) / 64;
            const double turn = 2.39996 * (double)t, across = sqrt(1 - height * height);

            targets[t].position[0] = 1 + 92 * across * cos(turn);
            targets[t].position[1] = 12 + 92 * across * sin(turn);
            targets[t].position[2] = 40 + 92 * height;
            targets[t].space = "CapTrak";
            level[t] = 0.12 * bump(across * sin(turn), 0.4, 0.4) *
                           bump(across * cos(turn), 0, 0.5) -
                       0.01 * (double)i;
        }
        like.model = "envelope";
        like.layer = i ? "broadband" : "gammatone";
        like.depth = (double)i;
        case_block(c, like, level, 0.01);
    }
    return c;
}

/* (k) A grid on one side in a space that has no name. */
static inline struct report_case *case_grid(const char *folder)
{
    struct report_case *c = case_new(folder, "A grid");
    struct ana_target *targets = case_targets(c, 32, "%d");
    struct ana_score_block like = case_like("words", "grid", 32, targets);
    double level[32];

    for (int64_t i = 0; i < 4; i++) {
        for (int64_t t = 0; t < 32; t++) {
            targets[t].position[0] = -40 - 0.4 * (double)(t % 8);
            targets[t].position[1] = 10 * (double)(t % 8) - 50;
            targets[t].position[2] = 10 * (double)(t / 8) - 10;
            level[t] = 0.4 * bump((double)(t % 8) / 7, (double)i / 3, 0.3);
        }
        like.model = "gpt2";
        like.layer = case_text(c, "h.%d", 3 * i);
        like.depth = (double)i / 3;
        case_block(c, like, level, 0.05);
    }
    return c;
}

/* (l) Six models of 48 layers on 1,000 electrodes of both sides in 20 regions. */
static inline struct report_case *case_long(const char *folder)
{
    struct report_case *c = case_new(folder, "A long study");
    struct ana_target *targets = case_targets(c, 1000, "E%04d");
    struct ana_score_block like = case_like("story", "ecog", 1000, targets);
    double *level = case_alloc(c, 1000, sizeof *level);

    for (int64_t t = 0; t < 1000; t++) {
        targets[t].region = case_text(c, "region %02d", t / 50);
        case_place(&targets[t], 5 * (double)(t % 20) - 70 + 4 * case_noise(c),
                   4 * (double)(t / 20 % 20) - 24 + 4 * case_noise(c), t % 2 == 0);
    }
    like.n_folds = 5;
    for (int64_t m = 0; m < 6; m++)
        for (int64_t i = 0; i < 48; i++) {
            like.depth = (double)i / 47;
            for (int64_t t = 0; t < 1000; t++)
                level[t] = (0.3 + 0.05 * (double)m) *
                               bump(like.depth, (double)(t / 50) / 20, 0.3) +
                           0.1 * case_noise(c);
            like.model = case_text(c, "model%d", m + 1);
            like.layer = case_text(c, "layer%d", i);
            case_block(c, like, level, 0.05);
        }
    return c;
}

/* (i) Two comparisons, early and late, of one recording; odd targets follow the late one. */
static inline struct report_case *case_joined(const char *folder)
{
    struct report_case *c = case_new(folder, "Two delays");
    struct ana_target *targets = case_targets(c, 12, "E%02d");
    struct ana_score_block like = case_like("early", "ecog", 12, targets);
    double level[12];

    for (int64_t late = 0; late < 2; late++)
        for (int64_t i = 0; i < 2; i++) {
            for (int64_t t = 0; t < 12; t++)
                level[t] = 0.2 + (t % 2 == late ? 0.3 : 0) + (i == t / 6 ? 0.1 : 0);
            like.comparison = late ? "late" : "early";
            like.features = like.comparison;
            like.model = "coch";
            like.layer = i ? "cochleagram" : "subbands";
            like.depth = (double)i;
            case_block(c, like, level, 0.02);
        }
    return c;
}

/* (j) A score a lag, -200 .. 400 ms: three layers that peak at 100, 150 and 200 ms, in three
 * regions of which the first is late by 100 ms more. */
static inline struct report_case *case_lags(const char *folder)
{
    struct report_case *c = case_new(folder, "Lag by lag");
    struct ana_target *targets = case_targets(c, 24, "E%02d");
    struct ana_score_block like = case_like("each", "ecog", 24, targets);
    double level[24];

    for (int64_t t = 0; t < 24; t++)
        targets[t].region = t / 8 == 0 ? "HG" : t / 8 == 1 ? "STG" : "MTG";
    like.model = "speech";
    for (int64_t lag = -4; lag <= 8; lag++)
        for (int64_t i = 0; i < 3; i++) {
            for (int64_t t = 0; t < 24; t++)
                level[t] =
                    (i == 1 ? .4 : .3) *
                    exp(-pow(((double)(lag - 2 - i) - (t / 8 == 0 ? 2 : 0)) / 2, 2));
            like.lag = 0.05 * (double)lag;
            like.layer = case_text(c, "layer%d", i);
            like.depth = (double)i / 2;
            case_block(c, like, level, 0.05);
        }
    return c;
}

/* (h) Names as bad as they come, in every place that takes one. */
static inline struct report_case *case_nasty(const char *folder)
{
    static const char *const methods[] = {NASTY};
    static const char *const failures[] = {"model " NASTY ": layer 3: no memory"};
    static const struct ana_counter counters[] = {{NASTY, NASTY, NASTY, 1, 0}};
    static const struct ana_note notes[] = {{NASTY, NASTY, NASTY}};
    struct report_case *c = case_new(folder, NASTY);
    struct ana_target *targets = case_targets(c, 3, "%d");
    struct ana_score_block like = case_like(NASTY, NASTY_TAB, 3, targets);
    const double level[] = {.5, -.2, .1};

    targets[0].name = NASTY;
    targets[1].name = NASTY_TAB;
    targets[2].name = NASTY_BYTES;
    targets[0].region = NASTY;
    like.subject = like.features = like.variant = like.part = NASTY;
    like.measure_help = like.ceiling_note = NASTY;
    for (int64_t i = 0; i < 3; i++) {
        like.model = NASTY;
        like.layer = i ? NASTY_BYTES : NASTY_TAB;
        like.depth = (double)i / 2;
        case_block(c, like, level, 0.01);
    }
    c->results.methods = methods;
    c->results.n_methods = 1;
    c->results.counters = counters;
    c->results.n_counters = 1;
    c->results.notes = notes;
    c->results.n_notes = 1;
    c->results.config = "; " NASTY "\n";
    c->results.command = NASTY;
    c->results.stamp = NASTY;
    c->results.status = "incomplete: 1 of 2 tasks failed";
    c->results.failures = failures;
    c->results.n_failures = 1;
    return c;
}

#endif
