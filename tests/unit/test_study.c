/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "pipeline/study.h"
#include "plugin/params.h"

/* A study that is right, with the quiet plugins of tests/study; tests add to it. */
#define SOUNDS "[stimulus sounds]\naudio = *.wav\n"
#define MODEL "[model m]\nplugin = tone\n"
#define BRAIN "[brain b]\nplugin = tape\ndata = b.mat : R(stimulus=names, target)\n"
#define METRIC "[metric score]\nplugin = line\n"
#define GOOD SOUNDS MODEL BRAIN METRIC

static struct ana_ctx *ctx;
static struct ana_registry *registry;
static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[160];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

static void setup(void)
{
    const char *const files[] = {"a.wav", "b10.wav",   "b9.wav",
                                 "b.mat", "other.mat", "w.tsv"};
    char path[512];

    ctx = test_ctx();
    test_folder(folder, sizeof folder);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        write_file(files[i], "x");
    snprintf(path, sizeof path, "%s/tests/study/.libs", getenv("ANA_BUILD"));
    setenv("ANAFLOW_PLUGIN_PATH", path, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
}

static void teardown(void)
{
    ana_registry_destroy(registry);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static struct ana_study *make(const char *text)
{
    struct ana_study *study = NULL;
    struct ana_ini *ini = NULL;
    char path[128];

    write_file("p.ini", text);
    snprintf(path, sizeof path, "%s/p.ini", folder);
    ck_assert_msg(ana_ini_read(ctx, path, &ini) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(ana_study_create(ctx, registry, ini, &study), 0);
    return study;
}

static struct ana_study *good(const char *text)
{
    struct ana_study *study = make(text);

    ck_assert_msg(study->n_problems == 0, "%s",
                  study->n_problems ? study->problems[0] : "");
    ck_assert_int_eq(study->status, 0);
    return study;
}

/* One problem, of that status, which begins with "p.ini:line: " and holds `sentence`. */
static void wrong_at(const char *text, int line, int status, const char *sentence)
{
    struct ana_study *study = make(text);
    char place[160];

    ck_assert_msg(study->n_problems == 1, "%lld problems, last: %s",
                  (long long)study->n_problems,
                  study->n_problems ? study->problems[study->n_problems - 1] : "none");
    ck_assert_msg(strstr(study->problems[0], sentence) != NULL, "wanted '%s' in '%s'",
                  sentence, study->problems[0]);
    snprintf(place, sizeof place, line ? "%s/p.ini:%d: " : "%s/p.ini: ", folder, line);
    ck_assert_msg(strncmp(study->problems[0], place, strlen(place)) == 0,
                  "wanted '%s' in '%s'", place, study->problems[0]);
    ck_assert_int_eq(study->status, status);
    ana_study_destroy(ctx, study);
}

static void wrong(const char *text, int line, const char *sentence)
{
    wrong_at(text, line, ANA_EPARAM, sentence);
}

START_TEST(the_shortest_study_compares_every_model_with_every_brain)
{
    struct ana_study *study = good(GOOD);

    ck_assert_str_eq(study->name, "p");
    ck_assert_ptr_nonnull(strstr(study->output, "/results/p"));
    ck_assert_int_eq((int64_t)study->seed, 1);
    ck_assert_int_eq(study->fold_rows, -1);
    ck_assert_int_eq(study->n_stimuli, 1);
    ck_assert_int_eq(study->stimuli[0].n_audio, 3);
    ck_assert_ptr_nonnull(strstr(study->stimuli[0].audio[1], "/b9.wav"));
    ck_assert_int_eq(study->n_features, 1);
    ck_assert_str_eq(study->features[0].name, "m");
    ck_assert_int_eq(study->features[0].pool, ANA_POOL_AUTO);
    ck_assert_int_eq(study->features[0].standardise, 2);
    ck_assert_int_eq(study->features[0].layer, ANA_LAYER_EACH);
    ck_assert_int_eq(study->n_comparisons, 1);
    ck_assert_str_eq(study->comparisons[0].name, "m-b");
    ck_assert_int_eq(study->comparisons[0].y, 0);
    ck_assert_int_eq(study->folds.spec.by, 0);
    ck_assert_int_eq(study->folds.spec.outer, 0);
    ck_assert_int_eq(study->folds.spec.repeats, 1);
    ck_assert_int_eq(study->folds.inner_given, 0);
    ck_assert_int_eq(ana_param_int(study->models[0].params, "bands"), 32);
    ana_study_destroy(ctx, study);
    ana_study_destroy(ctx, NULL);
}
END_TEST

START_TEST(without_spaces_every_model_is_one)
{
    struct ana_study *study =
        good(GOOD "[model n]\nplugin = tone\n[brain c]\nplugin = tape\n"
                  "data = b.mat\n[data d]\nplugin = tape\ndata = b.mat\n");

    ck_assert_int_eq(study->n_features, 2);
    ck_assert_int_eq(study->n_comparisons, 4);
    ck_assert_str_eq(study->comparisons[3].name, "n-c");
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(study_keys_are_taken_with_their_units)
{
    struct ana_study *study =
        good("[study]\nname = natural sounds\nseed = 7\noutput = out/x\nmemory = 4 GB\n"
             "jobs = 2\nsimulated = planted layers\n[report]\nfolds = "
             "yes\n" GOOD);

    ck_assert_str_eq(study->name, "natural sounds");
    ck_assert_int_eq((int64_t)study->seed, 7);
    ck_assert_ptr_nonnull(strstr(study->output, "/out/x"));
    ck_assert_int_eq(strncmp(study->output, folder, strlen(folder)), 0);
    ck_assert_int_eq(study->memory, 4000000000);
    ck_assert_int_eq(study->jobs, 2);
    ck_assert_int_eq(study->fold_rows, 1);
    ck_assert_str_eq(study->stamp, "planted layers");
    ana_study_destroy(ctx, study);
    wrong("[study]\nsede = 7\n" GOOD, 2,
          "[study] has no key `sede`; did you mean `seed`?");
    wrong("[study]\ndisk = 0 TB\n" GOOD, 2, "`disk` of [study]: '0 TB' is not above 0");
    wrong("[study]\njobs = 0\n" GOOD, 2, "0 is outside the allowed 1..4096");
    wrong("[study]\nseed = -1\n" GOOD, 2, "-1 is too small, expected at least 0");
    wrong("[study]\nmemory = 4 gb\n" GOOD, 2, "did you mean 'GB'?");
    wrong("[study]\nmemory = -4 GB\n" GOOD, 2, "not above 0");
    wrong("[study]\nmemory = 40M\n" GOOD, 2, "did you mean 'MB'?");
    wrong("[study]\nmemory = 20\n" GOOD, 2,
          "`memory` of [study]: '20' has no unit; write '20 GB' or '20 MB'");
    wrong("[study]\nname =\n" GOOD, 2, "`name` of [study] has no value");
    wrong("[report]\nfolds = all\n" GOOD, 2,
          "'all' is none of its choices: no, yes, auto");
}
END_TEST

START_TEST(sections_that_nobody_knows_are_named)
{
    wrong(GOOD "[brian x]\n", 10,
          "there is no section [brian x]; did you mean [brain NAME]?");
    wrong(GOOD "[zzz]\n", 10,
          "there is no section [zzz]; the sections are: study, stimulus");
    wrong(GOOD "[folds x]\n", 10, "[folds x]: this section has no name; write [folds]");
    wrong("[metric]\nplugin = line\n" SOUNDS MODEL BRAIN, 1,
          "[metric]: this section needs a name");
    wrong(GOOD "[statistics]\np = 1\n", 11, "[statistics] is not part of this build yet");
    wrong(GOOD "[contrast]\nnative = a - b\n", 11,
          "[contrast] is not part of this build yet");
    ana_study_destroy(ctx, good(GOOD "[statistics]\n"));
}
END_TEST

START_TEST(stimuli_are_found_beside_the_ini_and_have_names_of_their_own)
{
    struct ana_study *study = good(
        "[stimulus s]\naudio = b{10,9}.wav a.wav\nwords = w.tsv\n" MODEL BRAIN METRIC);

    ck_assert_int_eq(study->stimuli[0].n_audio, 3);
    ck_assert_int_eq(study->stimuli[0].n_words, 1);
    ana_study_destroy(ctx, study);
    wrong_at("[stimulus s]\naudio = *.flac\n" MODEL BRAIN METRIC, 2, ANA_EDATA,
             "/*.flac; relative paths start at the folder of the INI file");
    wrong_at("[stimulus s]\naudio = a.wav a.wav\n" MODEL BRAIN METRIC, 2, ANA_EDATA,
             "are both the stimulus 'a'");
    wrong("[stimulus s]\n" MODEL BRAIN METRIC, 1, "[stimulus s] names no stimuli");
    wrong(SOUNDS "tier = words\n" MODEL BRAIN METRIC, 1,
          "`tier` says which tier of TextGrids holds the words, and `words` names none");
    wrong("[stimulus s]\naduio = *.wav\n" MODEL BRAIN METRIC, 2, "did you mean `audio`?");
    unsetenv("ANAFLOW_DATA");
    wrong_at("[stimulus s]\naudio = ${ANAFLOW_DATA}/x.wav\n" MODEL BRAIN METRIC, 2,
             ANA_EDATA,
             "ANAFLOW_DATA is not set: set it to the folder that holds the recordings");
}
END_TEST

START_TEST(models_take_plugin_keys_inputs_and_checkpoints)
{
    struct ana_study *study = good(
        SOUNDS
        "[model n]\nplugin = twin\ninput = m.sub.band\nlayers = 0 3 6-12\nwindow = box\n"
        "[model m]\nplugin = tone\nbands = 8\ncheckpoint = random\n"
        "[plugin tone]\nbands = 16\nrate = 2 kHz\n" BRAIN METRIC);

    ck_assert_int_eq(study->models[0].input, 1);
    ck_assert_str_eq(study->models[0].input_layer, "sub.band");
    ck_assert_str_eq(study->models[0].layers, "0 3 6-12");
    ck_assert_str_eq(ana_param_text(study->models[0].params, "window"), "box");
    ck_assert_str_eq(study->models[1].checkpoint, "random");
    ck_assert_int_eq(ana_param_int(study->models[1].params, "bands"), 8);
    ck_assert_double_eq(ana_param_real(study->models[1].params, "rate"), 2000);
    ana_study_destroy(ctx, study);
    wrong(SOUNDS "[model m]\nbands = 3\n" BRAIN METRIC, 3,
          "[model m] needs `plugin = ID`; the model plugins are: ");
    wrong(GOOD "[model n]\nplugin = tone\ninput = mm\n", 12,
          "there is no model called 'mm'; did you mean 'm'?");
    wrong_at(GOOD "[model n]\nplugin = tone\ncheckpoint = net.bin\n", 12, ANA_EDATA,
             "there is no file");
    wrong(GOOD "[model n]\nplugin = tone\ninput = n\n", 10,
          "its `input` leads back to itself");
    wrong(GOOD "[model n]\nplugin = tone\nstimulus = nouns\n", 12,
          "there is no stimulus set called 'nouns'; there are: sounds");
}
END_TEST

START_TEST(windows_are_lengths_strides_and_what_is_kept)
{
    struct ana_study *study =
        good(GOOD "[model n]\nplugin = tone\nwindow = 16 s, stride 100 ms, keep last\n"
                  "[model o]\nplugin = tone\nwindow = 30 s, overlap 5 s\n"
                  "[model p]\nplugin = tone\nwindow = 76 frames\nstride = 8 frames\n");
    const struct ana_window *n = &study->models[1].window, *o = n, *p;

    o = &study->models[2].window;
    p = &study->models[3].window;
    ck_assert(n->given && n->keep == ANA_KEEP_LAST && !n->stride_samples);
    ck_assert_double_eq(n->length, 16);
    ck_assert_double_eq_tol(n->stride, 0.1, 1e-12);
    ck_assert(o->keep == ANA_KEEP_CENTRE);
    ck_assert_double_eq(o->stride, 25);
    ck_assert(p->keep == ANA_KEEP_ALL && p->length_samples && p->stride_samples);
    ck_assert_double_eq(p->stride, 8);
    ck_assert(!study->models[0].window.given);
    ana_study_destroy(ctx, study);
    wrong(GOOD "[model n]\nplugin = tone\nstride = 8 frames\n", 12,
          "`stride` of [model n] goes with a `window`; add it");
    wrong(GOOD "[model n]\nplugin = tone\nwindow = 16 s, hop 2 s\n", 12,
          "'hop 2 s' is no part of a window");
    wrong(GOOD "[model n]\nplugin = tone\nwindow = 2 s, stride 3 s\n", 12,
          "a stride longer than the window leaves moments out");
    wrong(GOOD "[model n]\nplugin = tone\nwindow = 2 s, keep first\n", 12,
          "'keep first' is none of keep all, keep last, keep centre");
    wrong(GOOD "[model n]\nplugin = tone\nwindow = 2 s, overlap 2 s\n", 12,
          "the overlap has to be shorter than the window and in its unit");
    wrong(GOOD "[model n]\nplugin = tone\nwindow = 4 TR\n", 12,
          "'4 TR' counts samples of a recording");
    wrong(GOOD "[model n]\nplugin = tone\naffine = 2 1\n", 12,
          "`affine` of [model n] is for the numbers of another model");
    wrong(GOOD "[model n]\nplugin = tone\ninput = m\naffine = 2\n", 13,
          "'2' is not two numbers, a scale and an offset");
}
END_TEST

START_TEST(what_is_made_of_a_random_network_is_random)
{
    struct ana_study *study =
        good(GOOD "[model n]\nplugin = tone\ninput = o\n[model o]\nplugin = tone\n"
                  "input = p\n[model p]\nplugin = tone\ncheckpoint = random\n"
                  "[features f]\nfrom = n m\n");

    ck_assert_str_eq(study->models[0].variant, "trained");
    for (int i = 1; i < 4; i++)
        ck_assert_str_eq(study->models[i].variant, "random");
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(twins_are_models_behind_the_others_and_join_their_spaces)
{
    struct ana_study *study =
        good(GOOD "[model n]\nplugin = tone\ncontrols = permuted random\ntwins = 2\n"
                  "[features f]\nfrom = n m\n");

    ck_assert_int_eq(study->n_models, 6);
    ck_assert_str_eq(study->models[1].variant, "trained");
    ck_assert_str_eq(study->models[2].variant, "permuted 1");
    ck_assert_str_eq(study->models[5].variant, "random 2");
    ck_assert_str_eq(study->models[5].control, "random");
    ck_assert_int_eq(study->models[5].twin, 1);
    ck_assert_int_eq(study->models[5].twin_of, 1);
    for (int64_t i = 0; i < study->n_features; i++)
        if (strcmp(study->features[i].name, "f") == 0) {
            ck_assert_int_eq(study->features[i].n_from, 6);
            ck_assert_int_eq(study->features[i].from[0], 1);
            ck_assert_int_eq(study->features[i].from[4], 5);
            ck_assert_int_eq(study->features[i].from[5], 0);
        }
    ana_study_destroy(ctx, study);
    wrong(GOOD "[model n]\nplugin = tone\ntwins = 3\n", 12,
          "`twins` of [model n] goes with `controls`, which says of which kind");
    wrong(GOOD "[model n]\nplugin = tone\ncontrols = shuffled\n", 12,
          "there is no control called 'shuffled'");
}
END_TEST

START_TEST(a_model_is_shown_one_set_of_stimuli)
{
    struct ana_study *study =
        good(SOUNDS "[stimulus t]\naudio = a.wav\n" MODEL "stimulus = t\n"
                    "[model n]\nplugin = tone\ninput = m\n" BRAIN METRIC);

    ck_assert_str_eq(study->models[1].stimulus, "t");
    ana_study_destroy(ctx, study);
    wrong(MODEL BRAIN METRIC, 1, "[model m] has nothing to be shown; add a section");
    wrong(SOUNDS "[stimulus t]\naudio = a.wav\n" MODEL BRAIN METRIC, 5,
          "does not say what it is shown; add `stimulus = sounds` or another of the 2");
    wrong(SOUNDS "[stimulus t]\naudio = a.wav\n" MODEL "stimulus = t\n" BRAIN
                 "stimulus = sounds\n" METRIC,
          5, "was recorded to [stimulus sounds] and the models are shown [stimulus t]");
}
END_TEST

START_TEST(a_simulation_needs_no_recording)
{
    ana_study_destroy(ctx, good(SOUNDS MODEL "[features f]\nfrom = m\n[simulate s]\n"
                                             "features = f\nrate = 50 Hz\noutput = x\n"));
    wrong(SOUNDS MODEL "[features f]\nfrom = m\n[simulate s]\nfeatures = g\n", 8,
          "there is no [features NAME] called 'g'");
    wrong(SOUNDS MODEL "[features f]\nfrom = m\n[simulate s]\nfeatures = f\nnose = 1\n",
          9, "did you mean `noise`?");
}
END_TEST

START_TEST(plugin_keys_are_checked_wherever_they_stand)
{
    wrong(
        SOUNDS "[model m]\nplugin = tone\nbnads = 3\n" BRAIN METRIC, 5,
        "neither [model m] nor its plugin tone has a key `bnads`; did you mean `bands`?");
    wrong(SOUNDS "[model m]\nplugin = tone\nlayer = 3\n" BRAIN METRIC, 5,
          "did you mean `layers`?");
    wrong(SOUNDS "[model m]\nplugin = tone\nbands = 1000\n" BRAIN METRIC, 5,
          "`bands` of the model plugin tone: 1000 is outside the allowed 1..512");
    wrong(GOOD "[plugin tone]\nbands = 1000\n", 11, "1000 is outside the allowed 1..512");
    wrong(GOOD "[plugin tone]\nbnads = 10\n", 11,
          "has no key `bnads`; did you mean `bands`?");
    wrong(GOOD "[plugin twin]\ngian = 10\n", 11, "has no key `gian`");
    wrong_at(GOOD "[plugin sheep]\na = 10\n", 10, ANA_EPLUGIN,
             "no plugin of that id is installed, did you mean 'sheet'?");
    ana_study_destroy(ctx, good(GOOD "[plugin twin]\ngain = 10\ndepth = 2\n"));
    wrong(SOUNDS MODEL BRAIN "[metric s]\nplugin = sheet\n", 8, "needs the key `column`");
}
END_TEST

START_TEST(a_missing_plugin_is_one_problem_not_one_for_each_of_its_keys)
{
    wrong_at(SOUNDS "[model m]\nplugin = wave\nsteps = 3\nwidth = x\n"
                    "[plugin wave]\nsteps = 4\n" BRAIN METRIC,
             4, ANA_EPLUGIN, "there is no model plugin 'wave'; there are: ");
    wrong_at(SOUNDS MODEL "[brain b]\nplugin = line\ndata = b.mat\n" METRIC, 6,
             ANA_EPLUGIN, "'line' is a metric plugin, no reader");
}
END_TEST

START_TEST(one_id_in_two_kinds_gets_each_kind_its_keys)
{
    struct ana_study *study =
        good(SOUNDS "[model m]\nplugin = twin\n[brain b]\nplugin = twin\n"
                    "data = b.mat\n[plugin twin]\ndepth = 5\ngain = 2\n" METRIC);

    ck_assert_int_eq(ana_param_int(study->models[0].params, "depth"), 5);
    ck_assert_double_eq(ana_param_real(study->brains[0].params, "gain"), 2);
    ana_study_destroy(ctx, study);
}
END_TEST

static struct ana_source source_of(const char *data, struct ana_study **study)
{
    char text[1024];

    snprintf(text, sizeof text,
             SOUNDS MODEL METRIC "[brain b]\nplugin = tape\ndata = %s\n", data);
    *study = good(text);
    return (*study)->brains[0].source;
}

START_TEST(data_names_files_variables_axes_and_rate)
{
    struct ana_study *study;
    struct ana_source s =
        source_of("b.mat : R(stimulus=stim_names, target = C.labels)", &study);

    ck_assert_int_eq(s.n_files, 1);
    ck_assert_str_eq(s.var.name, "R");
    ck_assert_int_eq(s.var.n_axes, 2);
    ck_assert_int_eq(s.var.axis[0].kind, ANA_AXIS_STIMULUS);
    ck_assert_str_eq(s.var.axis[0].names, "stim_names");
    ck_assert_str_eq(s.var.axis[1].names, "C.labels");
    ck_assert_double_eq(s.rate, 0);
    ana_study_destroy(ctx, study);
    s = source_of("*.mat : stim1{1-3}(time) @ 128 Hz", &study);
    ck_assert_int_eq(s.n_files, 2);
    ck_assert_str_eq(s.var.name, "stim1");
    ck_assert_str_eq(s.var.cells, "1-3");
    ck_assert_int_eq(s.var.axis[0].kind, ANA_AXIS_TIME);
    ck_assert_double_eq(s.rate, 128);
    ana_study_destroy(ctx, study);
    s = source_of("{b,other}.mat : R * W(stimulus=names, target)", &study);
    ck_assert_int_eq(s.n_files, 2);
    ck_assert_str_eq(s.var.name, "R");
    ck_assert_str_eq(s.var.times, "W");
    ck_assert_int_eq(s.var.n_axes, 2);
    ana_study_destroy(ctx, study);
    s = source_of("b.mat : eeg{other.mat:idx}(time, target=other.mat:chan) @ 1 kHz",
                  &study);
    ck_assert_int_eq(strncmp(s.var.cells, folder, strlen(folder)), 0);
    ck_assert_ptr_nonnull(strstr(s.var.cells, "/other.mat:idx"));
    ck_assert_ptr_nonnull(strstr(s.var.axis[1].names, "/other.mat:chan"));
    ck_assert_double_eq(s.rate, 1000);
    ana_study_destroy(ctx, study);
    s = source_of("b.mat", &study);
    ck_assert_ptr_null(s.var.name);
    ck_assert_int_eq(s.var.n_axes, 0);
    ana_study_destroy(ctx, study);
    s = source_of("b.mat @ 64 Hz", &study);
    ck_assert_double_eq(s.rate, 64);
    ana_study_destroy(ctx, study);
    s = source_of("\"b.mat\" other.mat : (stimulus, time, target) @ 64", &study);
    ck_assert_int_eq(s.n_files, 2);
    ck_assert_ptr_null(s.var.name);
    ck_assert_int_eq(s.var.n_axes, 3);
    ana_study_destroy(ctx, study);
    s = source_of("b.mat : eeg{*}", &study);
    ck_assert_str_eq(s.var.cells, "*");
    ana_study_destroy(ctx, study);
}
END_TEST

static void wrong_data(const char *data, int status, const char *sentence)
{
    char text[1024];

    snprintf(text, sizeof text,
             SOUNDS MODEL METRIC "[brain b]\nplugin = tape\ndata = %s\n", data);
    wrong_at(text, 9, status, sentence);
}

START_TEST(malformed_data_is_refused_with_the_grammar)
{
    wrong_data("none.mat : R", ANA_EDATA, "there is no file ");
    wrong_data("none*.mat : R", ANA_EDATA, "no file matches ");
    wrong_data(": R", ANA_EPARAM, "no file is named");
    wrong_data(
        "b.mat : R(stimuli, target)", ANA_EPARAM,
        "'stimuli' is no axis; the axes are stimulus, time, target, feature and run; did "
        "you mean 'stimulus'?");
    wrong_data("b.mat : R(time, time)", ANA_EPARAM, "each axis stands once");
    wrong_data("b.mat : R(time", ANA_EPARAM, "a '(' is not closed");
    wrong_data("b.mat : R()", ANA_EPARAM, "expected axis names separated by commas");
    wrong_data("b.mat : R(time,)", ANA_EPARAM, "expected axis names separated by commas");
    wrong_data("b.mat : R{1", ANA_EPARAM, "expected cells as in {1-3}");
    wrong_data("b.mat : R{}", ANA_EPARAM, "expected cells as in {1-3}");
    wrong_data("b.mat : R * (time)", ANA_EPARAM, "a variable on both sides of '*'");
    wrong_data("b.mat : R(time) S", ANA_EPARAM, "nothing behind the variable");
    wrong_data("b.mat : R(time=)", ANA_EPARAM, "behind the '='");
    wrong_data("b.mat : R @ 2 s", ANA_EPARAM,
               "has the unit 's', expected one of Hz, kHz");
    wrong_data("b.mat : R @ 0 Hz", ANA_EPARAM, "is not above 0");
    wrong_data("b.mat : R @", ANA_EPARAM, "the value is empty");
}
END_TEST

START_TEST(recordings_hold_what_they_are_and_how_they_are_prepared)
{
    struct ana_study *study = good(
        SOUNDS
        "[stimulus words]\nwords = w.tsv\n" MODEL "stimulus = words\n" METRIC
        "[brain b]\nplugin = tape\ndata = b.mat\nsubject = sub-03\nstimulus = words\n"
        "prepare = trim(10 TR, 5 TR) zscore(run)\nunit = mV\nonset = -40 ms\n"
        "[data d]\nplugin = tape\ndata = b.mat\nstimulus = sounds\n");

    ck_assert_int_eq(study->n_brains, 2);
    ck_assert_int_eq(study->brains[0].is_brain, 1);
    ck_assert_int_eq(study->brains[1].is_brain, 0);
    ck_assert_str_eq(study->brains[0].subject, "sub-03");
    ck_assert_str_eq(study->brains[1].subject, "n/a");
    ck_assert_double_eq_tol(study->brains[0].onset, -0.04, 1e-12);
    ck_assert_double_eq(study->brains[1].onset, 0);
    ck_assert_int_eq(study->brains[0].n_prepare, 2);
    ck_assert_str_eq(study->brains[0].prepare[1], "zscore(run)");
    ck_assert_str_eq(ana_param_text(study->brains[0].params, "unit"), "mV");
    ck_assert_int_eq(study->n_comparisons, 1);
    ana_study_destroy(ctx, study);
    wrong(SOUNDS MODEL METRIC "[brain b]\nplugin = tape\n", 7, "[brain b] has no `data`");
    wrong(GOOD "[data b]\nplugin = tape\ndata = b.mat\n", 10,
          "has the name of [brain b]");
    wrong(GOOD "[data m]\nplugin = tape\ndata = b.mat\n", 10,
          "has the name of the model");
    wrong(SOUNDS MODEL METRIC BRAIN "mask = m.nii\n", 10,
          "`mask` of [brain b] is not part of");
    wrong(SOUNDS MODEL METRIC BRAIN "repeats = trial\n", 10, "no ceilings are computed");
    wrong(SOUNDS MODEL METRIC BRAIN "prepare = zscore(run\n", 10, "once too often");
    wrong(SOUNDS MODEL METRIC BRAIN "onset = 2 Hz\n", 10, "has the unit 'Hz'");
    wrong(SOUNDS MODEL METRIC BRAIN "onset = soon\n", 10,
          "expected a number in s, found 'soon'");
    wrong(SOUNDS MODEL METRIC BRAIN "stratify = label\n", 10, "in [folds]; remove it");
    wrong(SOUNDS MODEL METRIC BRAIN "prepare = confound(motion24)\n", 10,
          "preparation 'confound' is not known, did you mean 'confounds'?; there are "
          "average, "
          "crop");
    wrong(SOUNDS MODEL METRIC BRAIN "nan = skip\n", 7,
          "`nan = skip`: expected error, mask or zero");
}
END_TEST

START_TEST(feature_spaces_take_defaults_and_beat_them)
{
    struct ana_study *study =
        good(GOOD "[features]\ndelays = 1..4 TR\nlayer = all\nstandardise = centre\n"
                  "[features one]\nfrom = m\n"
                  "[features two]\nfrom = m b\nlayer = conv* fc\npool = time frequency\n"
                  "delays = 0 50 100 ms\nstandardise = no\npca = 20\n"
                  "project = 300\nactivations = float16\n"
                  "[features three]\nfrom = m\npool = mean\ndelays = none\n"
                  "[features four]\nfrom = m\npool = none\ndelays = -400..0 ms\n"
                  "[compare]\nc = one -> b\n");
    const struct ana_study_features *f = study->features;

    ck_assert_int_eq(f[0].n_delays, 2);
    ck_assert_int_eq(f[0].delays_range, 1);
    ck_assert_int_eq(f[0].delays[1].unit, ANA_TIME_TR);
    ck_assert_double_eq(f[0].delays[1].value, 4);
    ck_assert_int_eq(f[0].layer, ANA_LAYER_ALL);
    ck_assert_int_eq(f[0].standardise, 1);
    ck_assert_int_eq(f[0].pool, ANA_POOL_AUTO);
    ck_assert_int_eq(f[1].n_from, 2);
    ck_assert_int_eq(f[1].from[1], -1);
    ck_assert_int_eq(f[1].layer, ANA_LAYER_SOME);
    ck_assert_str_eq(f[1].layers, "conv* fc");
    ck_assert_int_eq(f[1].pool, ANA_POOL_TIME_FREQUENCY);
    ck_assert_int_eq(f[1].n_delays, 3);
    ck_assert_int_eq(f[1].delays_range, 0);
    ck_assert_double_eq(f[1].delays[1].value, .05);
    ck_assert_int_eq(f[1].standardise, 0);
    ck_assert_int_eq(f[1].pca, 20);
    ck_assert_int_eq(f[1].project, 300);
    ck_assert_int_eq(f[1].half, 1);
    ck_assert_int_eq(f[0].half, 0);
    ck_assert_int_eq(f[2].pool, ANA_POOL_TIME);
    ck_assert_int_eq(f[2].n_delays, 0);
    ck_assert_double_eq(f[3].delays[0].value, -.4);
    ana_study_destroy(ctx, study);
}
END_TEST

START_TEST(wrong_feature_spaces_are_refused)
{
    wrong(GOOD "[features f]\npool = time\n", 10, "[features f] has no `from`");
    wrong(GOOD "[features f]\nfrom = mm\n", 11,
          "there is no model or recording called 'mm'");
    wrong(GOOD "[features]\nfrom = m\n", 11, "give the space a name");
    wrong(GOOD "[features f]\nfrom = m\npool = tiem\n", 12, "did you mean 'time'?");
    wrong(GOOD "[features f]\nfrom = m\nstandardize = yes\n", 12,
          "did you mean `standardise`?");
    wrong(GOOD "[features f]\nfrom = m\ndelays = 390..0 ms\n", 12, "runs backwards");
    wrong(GOOD "[features f]\nfrom = m\ndelays = 1 2 1 TR\n", 12, "holds a delay twice");
    wrong(GOOD "[features f]\nfrom = m\ndelays = tune 0 100 ms\n", 12,
          "a window reaches from 0 to each of these");
    wrong(GOOD "[features f]\nfrom = m\ndelays = tune -2..2 s\n", 12, "needs a step");
    wrong(GOOD "[features f]\nfrom = m\nlag = each\n", 12,
          "takes its lags from `delays`");
    wrong(GOOD "[features f]\nfrom = m\nlag = eech 1..2 s by 1 s\n", 12,
          "expected `joint`, `each`, or as in");
    wrong(GOOD "[features f]\nfrom = m\nlag = each 1..2 s by -1 s\n", 12,
          "steps are above 0");
    wrong(GOOD "[features f]\nfrom = m\npca = 0\n", 12, "0 is outside the allowed");
    wrong(GOOD "[features]\npool = no\n", 11,
          "none of its choices: none, time, time frequency");
}
END_TEST

static struct ana_study_folds folds_of(const char *keys)
{
    struct ana_study_folds folds;
    struct ana_study *study;
    char text[1024];

    snprintf(text, sizeof text, GOOD "[folds]\n%s", keys);
    study = good(text);
    folds = study->folds;
    ana_study_destroy(ctx, study);
    return folds;
}

START_TEST(folds_are_read_as_written)
{
    struct ana_study_folds f = folds_of("by = stimulus 83/82 x 10\ninner = loo\n");

    ck_assert_int_eq(f.spec.by, ANA_FOLDS_STIMULUS);
    ck_assert_int_eq(f.spec.train, 83);
    ck_assert_int_eq(f.spec.test, 82);
    ck_assert_int_eq(f.spec.repeats, 10);
    ck_assert_int_eq(f.spec.outer, 0);
    ck_assert_int_eq(f.spec.inner, ANA_INNER_LOO);
    ck_assert_int_eq(f.inner_given, 1);
    f = folds_of("by = stimulus 5\nrepeats = 3\ninner = 4\nstratify = w.tsv\n");
    ck_assert_int_eq(f.spec.outer, 5);
    ck_assert_int_eq(f.spec.repeats, 3);
    ck_assert_int_eq(f.spec.inner, ANA_INNER_FOLDS);
    ck_assert_int_eq(f.spec.inner_folds, 4);
    f = folds_of("by = run\ninner = block 40 TR x 5\n");
    ck_assert_int_eq(f.spec.by, ANA_FOLDS_RUN);
    ck_assert_int_eq(f.spec.outer, 0);
    ck_assert_int_eq(f.spec.inner_folds, 5);
    ck_assert_double_eq(f.inner_block.value, 40);
    ck_assert_int_eq(f.inner_block.unit, ANA_TIME_TR);
    f = folds_of("by = block 30 s x 6\ngap = 5 s\ninner = gcv\n");
    ck_assert_int_eq(f.spec.by, ANA_FOLDS_BLOCK);
    ck_assert_int_eq(f.spec.outer, 6);
    ck_assert_double_eq(f.block.value, 30);
    ck_assert_int_eq(f.block.unit, ANA_TIME_S);
    ck_assert_int_eq(f.gap_given, 1);
    ck_assert_double_eq(f.gap.value, 5);
    ck_assert_int_eq(f.spec.inner, ANA_INNER_GCV);
    f = folds_of("by = block\nouter = 4\ninner = none\n");
    ck_assert_int_eq(f.spec.outer, 4);
    ck_assert_int_eq(f.spec.inner, ANA_INNER_NONE);
    f = folds_of("by = shuffle 5\nallow_leakage = yes\n");
    ck_assert_int_eq(f.spec.by, ANA_FOLDS_SHUFFLE);
    ck_assert_int_eq(f.spec.allow_leakage, 1);
    f = folds_of("by = w.tsv\n");
    ck_assert_int_eq(f.spec.by, ANA_FOLDS_FILE);
}
END_TEST

static void wrong_folds(const char *keys, int line, int status, const char *sentence)
{
    char text[1024];

    snprintf(text, sizeof text, GOOD "[folds]\n%s", keys);
    wrong_at(text, 10 + line, status, sentence);
}

START_TEST(wrong_folds_are_refused)
{
    wrong_folds("by = stimuli 5\n", 1, ANA_EPARAM, "did you mean 'stimulus'?");
    wrong_folds("by = splits.tsv\n", 1, ANA_EDATA, "there is no file");
    wrong_folds("by = stimulus 1\n", 1, ANA_EPARAM, "a number of folds (at least 2)");
    wrong_folds("by = stimulus 83/\n", 1, ANA_EPARAM, "or TRAIN/TEST");
    wrong_folds("by = stimulus 83/82 x\n", 1, ANA_EPARAM, "found 'stimulus 83/82 x'");
    wrong_folds("by = run 3/2\n", 1, ANA_EPARAM, "TRAIN/TEST sizes are for stimuli");
    wrong_folds("by = block 40 TR\n", 1, ANA_EPARAM, "as in 'block 40 TR x 5'");
    wrong_folds("by = stimulus 5\nouter = 4\n", 2, ANA_EPARAM, "stands in `by` as well");
    wrong_folds("by = stimulus 5 x 2\nrepeats = 4\n", 2, ANA_EPARAM,
                "stands in `by` as well");
    wrong_folds("by = run\ninner = lo\n", 2, ANA_EPARAM, "loo, gcv, none or");
    wrong_folds("by = run\ninner = 1\n", 2, ANA_EPARAM, "at least 2");
    wrong_folds("by = run\ngap = 5 Hz\n", 2, ANA_EPARAM, "has the unit 'Hz'");
    wrong_folds("by = run\ngap = -5 s\n", 2, ANA_EPARAM, "is negative");
    wrong_folds("by = subject\n", 1, ANA_EPARAM, "add `subjects = FILE`");
    wrong_folds("by = shuffle 5\n", 1, ANA_EPARAM, "say `allow_leakage = yes`");
    wrong_folds("by = run\ntest = x.tsv\n", 2, ANA_EPARAM,
                "write the splits into a file");
    wrong_folds("by = run\nfolds = 3\n", 2, ANA_EPARAM, "[folds] has no key `folds`");
}
END_TEST

START_TEST(comparisons_name_spaces_recordings_and_metrics)
{
    struct ana_study *study = good(
        GOOD
        "[metric whole]\nplugin = sheet\ncolumn = c\n[features f]\nfrom = m\n"
        "[features g]\nfrom = m\n[features e]\nfrom = b\n"
        "[data d]\nplugin = tape\ndata = b.mat\n"
        "[compare]\nbands = f+g -> b | whole\nboth = f -> b\nsame = f <-> b | whole\n"
        "decode = e -> d | score\nplain = m->b|score\n");
    const struct ana_study_comparison *c = study->comparisons;

    ck_assert_int_eq(study->n_comparisons, 6);
    ck_assert_int_eq(c[0].n_x, 2);
    ck_assert_int_eq(c[0].x[1], 1);
    ck_assert_int_eq(c[0].metric, 1);
    ck_assert_str_eq(c[1].name, "both-score");
    ck_assert_str_eq(c[2].name, "both-whole");
    ck_assert_int_eq(c[3].y, 0);
    ck_assert_int_eq(c[4].y, 1);
    ck_assert_int_eq(c[5].x[0], 3);
    ck_assert_str_eq(study->features[3].name, "m");
    ana_study_destroy(ctx, study);
}
END_TEST

static void wrong_comparison(const char *line, const char *sentence)
{
    char text[1024];

    snprintf(text, sizeof text,
             GOOD "[features f]\nfrom = m\n[features g]\nfrom = m\n"
                  "[compare]\n%s\n",
             line);
    wrong(text, 15, sentence);
}

START_TEST(wrong_comparisons_are_refused)
{
    wrong_comparison("x = ff -> b",
                     "there is no feature space called 'ff'; did you mean 'f'?");
    wrong_comparison("x = f -> brain",
                     "there is no recording called 'brain'; there are: b");
    wrong_comparison("x = f -> b | scor",
                     "there is no [metric] called 'scor'; did you mean");
    wrong_comparison("x = f b", "expected X -> Y or X -> Y | METRIC, found 'f b'");
    wrong_comparison("x = f | score -> b", "expected X -> Y");
    wrong_comparison("x = f + g -> b", "takes one feature space, not 2");
    wrong_comparison("x = f <-> b", "is not symmetric");
    wrong_comparison("a/b = f -> b", "names a comparison; use letters");
    wrong_comparison("x = f -> g",
                     "'g' is no recording: a model behind the arrow is not");
    wrong_comparison("x = b -> b", "both sides of the arrow");
    wrong(SOUNDS MODEL BRAIN, 0, "there is no [metric NAME]; add one");
    wrong(SOUNDS METRIC MODEL, 0, "there is nothing to compare");
}
END_TEST

START_TEST(all_problems_are_collected_and_the_first_to_mend_decides)
{
    struct ana_study *study =
        make("[study]\nsede = 1\n" SOUNDS "[model m]\nplugin = wave\n"
             "[brain b]\nplugin = tape\ndata = none.mat\n" METRIC);

    ck_assert_int_eq(study->n_problems, 3);
    ck_assert_int_eq(study->status, ANA_EPARAM);
    ana_study_destroy(ctx, study);
    study = make(
        SOUNDS
        "[model m]\nplugin = wave\n[brain b]\nplugin = tape\ndata = none.mat\n" METRIC);
    ck_assert_int_eq(study->n_problems, 2);
    ck_assert_int_eq(study->status, ANA_EDATA);
    ana_study_destroy(ctx, study);
}
END_TEST

static char *explained(const struct ana_study *study)
{
    size_t n = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &n);

    ck_assert_int_eq(ana_study_explain(ctx, study, out), 0);
    fclose(out);
    return text;
}

START_TEST(the_explanation_says_what_will_be_done)
{
    struct ana_study *study =
        good(GOOD "[features f]\nfrom = m\ndelays = 0..390 ms\npool = none\n"
                  "[folds]\nby = stimulus 2/1 x 10\ninner = loo\n"
                  "[plugin tone]\nbands = 8\n");
    char *text = explained(study);

    ck_assert_ptr_nonnull(strstr(text, "sounds       3 sounds (a.wav .. b10.wav)"));
    ck_assert_ptr_nonnull(strstr(text, "tone 1.0, layers: all; bands = 8"));
    ck_assert_ptr_nonnull(
        strstr(text, "tape 1.0 1 file (b.mat), R as stimulus (names) x target"));
    ck_assert_ptr_nonnull(
        strstr(text, "delays from 0 s to 0.39 s in steps of one sample"));
    ck_assert_ptr_nonnull(
        strstr(text, "2 random stimuli to train and 1 to test, 10 times"));
    ck_assert_ptr_nonnull(strstr(text, "f -> b, scored by score: line 1.0"));
    free(text);
    ana_study_destroy(ctx, study);
}
END_TEST

/* Every feature of the grammar in one file, for the two tests below. */
static const char everything[] =
    "[study]\nname = x\nmemory = 4 GB\n" GOOD "[model n]\nplugin = twin\ninput = m.a\n"
    "[data d]\nplugin = twin\n"
    "data = {b,other}.mat \"b.mat\" : R{other.mat:i} * W(stimulus=a.b, target) @ 1 kHz\n"
    "[features]\ndelays = 0..390 ms\n[features f]\nfrom = m n\ndelays = 0 1 2 TR\n"
    "[folds]\nby = stimulus 2/1 x 10\ninner = block 40 TR x 5\ngap = 2 s\n"
    "[plugin line]\nalphas = logspace(-1, 8, 10) 3\n"
    "[compare]\nc = f + m -> b | score\nd = f <-> n\n";

static void write_raw(const char *path, const char *data, size_t n)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, n, file), n);
    fclose(file);
}

/* One to four bytes replaced, dropped or doubled, by marks that mean something. */
static size_t mutilate(struct ana_rng *rng, char *text, size_t n)
{
    static const char marks[] = "[]{}()=:;#@*|+-<>.,$\"\n\t \\0x\x80";

    for (int64_t k = ana_rng_below(rng, 4); k >= 0; k--) {
        const size_t at = (size_t)ana_rng_below(rng, (int64_t)n);
        const int64_t how = ana_rng_below(rng, 3);

        if (how == 0) {
            text[at] = marks[ana_rng_below(rng, sizeof marks)];
        } else if (how == 1) {
            memmove(text + at, text + at + 1, n - at - 1);
            n--;
        } else {
            memmove(text + at + 1, text + at, n - at);
            n++;
        }
    }
    return n;
}

START_TEST(mutilated_files_are_refused_or_read_but_never_crash)
{
    char path[128], text[sizeof everything + 8];
    int64_t refused = 0, faulty = 0;
    struct ana_rng rng;

    snprintf(path, sizeof path, "%s/m.ini", folder);
    ana_rng_init(ctx, "mutilate", 0, &rng);
    for (int i = 0; i < 600; i++) {
        struct ana_study *study = NULL;
        struct ana_ini *ini = NULL;

        memcpy(text, everything, sizeof everything);
        write_raw(path, text, mutilate(&rng, text, sizeof everything - 1));
        if (ana_ini_read(ctx, path, &ini) != 0) {
            ck_assert_ptr_null(ini);
            ck_assert_ptr_nonnull(strstr(ana_error(ctx), "m.ini"));
            refused++;
            continue;
        }
        ck_assert_int_eq(ana_study_create(ctx, registry, ini, &study), 0);
        faulty += study->n_problems > 0;
        ck_assert_int_eq(study->status != 0, study->n_problems > 0);
        free(explained(study));
        ana_study_destroy(ctx, study);
    }
    ck_assert_int_gt(refused, 50);
    ck_assert_int_gt(faulty, 50);
}
END_TEST

/* Memory is denied earlier and earlier: an error each time, and nothing is lost. */
START_TEST(no_memory_is_an_error_wherever_it_happens)
{
    int64_t peak = 0, refused = 0;
    char path[128];

    snprintf(path, sizeof path, "%s/m.ini", folder);
    write_raw(path, everything, sizeof everything - 1);
    for (int64_t limit = 1 << 20; limit > 0;
         limit = limit == 1 << 20 ? peak : limit - 499) {
        struct ana_study *study = NULL;
        struct ana_ini *ini = NULL;
        struct ana_ctx *small = NULL;
        int rc;

        ana_ctx_create(&(struct ana_ctx_options){.memory = limit}, &small);
        rc = ana_ini_read(small, path, &ini);
        if (rc == 0)
            rc = ana_study_create(small, registry, ini, &study);
        ck_assert_msg(rc == 0 || rc == ANA_ERESOURCE, "%lld bytes: %s", (long long)limit,
                      ana_error(small));
        refused += rc != 0;
        ana_study_destroy(small, study);
        ck_assert_int_eq(ana_ctx_memory(small, limit == 1 << 20 ? &peak : NULL), 0);
        ana_ctx_destroy(small);
    }
    ck_assert_int_gt(refused, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 600);
    tcase_add_test(all, the_shortest_study_compares_every_model_with_every_brain);
    tcase_add_test(all, without_spaces_every_model_is_one);
    tcase_add_test(all, study_keys_are_taken_with_their_units);
    tcase_add_test(all, sections_that_nobody_knows_are_named);
    tcase_add_test(all, stimuli_are_found_beside_the_ini_and_have_names_of_their_own);
    tcase_add_test(all, models_take_plugin_keys_inputs_and_checkpoints);
    tcase_add_test(all, windows_are_lengths_strides_and_what_is_kept);
    tcase_add_test(all, what_is_made_of_a_random_network_is_random);
    tcase_add_test(all, twins_are_models_behind_the_others_and_join_their_spaces);
    tcase_add_test(all, a_model_is_shown_one_set_of_stimuli);
    tcase_add_test(all, a_simulation_needs_no_recording);
    tcase_add_test(all, plugin_keys_are_checked_wherever_they_stand);
    tcase_add_test(all, a_missing_plugin_is_one_problem_not_one_for_each_of_its_keys);
    tcase_add_test(all, one_id_in_two_kinds_gets_each_kind_its_keys);
    tcase_add_test(all, data_names_files_variables_axes_and_rate);
    tcase_add_test(all, malformed_data_is_refused_with_the_grammar);
    tcase_add_test(all, recordings_hold_what_they_are_and_how_they_are_prepared);
    tcase_add_test(all, feature_spaces_take_defaults_and_beat_them);
    tcase_add_test(all, wrong_feature_spaces_are_refused);
    tcase_add_test(all, folds_are_read_as_written);
    tcase_add_test(all, wrong_folds_are_refused);
    tcase_add_test(all, comparisons_name_spaces_recordings_and_metrics);
    tcase_add_test(all, wrong_comparisons_are_refused);
    tcase_add_test(all, all_problems_are_collected_and_the_first_to_mend_decides);
    tcase_add_test(all, the_explanation_says_what_will_be_done);
    tcase_add_test(all, mutilated_files_are_refused_or_read_but_never_crash);
    tcase_add_test(all, no_memory_is_an_error_wherever_it_happens);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
