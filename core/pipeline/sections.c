/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every section of the INI file and every key of its own.
 */
#include "pipeline/sections.h"

#include <stddef.h>
#include <string.h>

static const struct ana_key_info study_keys[] = {
    {"name", "TEXT", "name of the study in results and report; default: the file's"},
    {"seed", "N", "where all random choices start; default 1"},
    {"output", "FOLDER", "where results go; default results/NAME beside the file"},
    {"cache", "FOLDER",
     "where activations are kept for all studies; default $ANAFLOW_CACHE, else "
     "~/.cache/anaflow"},
    {"memory", "SIZE",
     "what a run may use, as in 4 GB; default 70 % of what the machine has free"},
    {"disk", "SIZE", "what a run may write, as in 10 GB; default: what is free there"},
    {"jobs", "N", "worker threads; default: all cores"},
    {"isolate", "auto | yes | no",
     "run tasks in processes of their own, so that a crash ends that task alone; auto: "
     "those with plugins from outside the package"},
    {"trust", "normal | strict",
     "strict: refuse readers whose library is not safe on damaged files; "
     "default normal, they read in a process of their own"},
    {"timeout", "TIME",
     "end a task in a process of its own, or a reader's worker, that gives no sign for "
     "so "
     "long; default 1 h, and at most 10 min where a file is opened"},
    {"simulated", "TEXT", "a sentence stamped on every output of a simulated study"},
};

static const struct ana_key_info stimulus_keys[] = {
    {"audio", "FILES", "sounds; one stimulus a file, called by the file's name"},
    {"words", "FILES",
     "when each word was heard: tables (TSV, CSV) of onset, duration and word, TextGrids "
     "of Praat, or the JSON of Whisper; matched to the sounds by name"},
    {"tier", "NAME",
     "which tier of TextGrids holds the words; default: the one called words, or the "
     "only "
     "one"},
    {"images", "FILES", "pictures, matched to the others by name"},
    {"names", "FILE",
     "a list of names instead, for activations that were computed elsewhere"},
};

static const struct ana_key_info model_keys[] = {
    {"plugin", "ID", "which model; `anaflow plugin list` lists them"},
    {"checkpoint", "FOLDER | FILE | random", "the trained weights"},
    {"layers", "all | WORDS",
     "which layers are used: numbers, ranges and names with wildcards, as in "
     "0 3 6-12 conv*; default all"},
    {"input", "MODEL[.LAYER]",
     "another model whose layer is shown instead of the stimulus; default layer: the "
     "last"},
    {"stimulus", "NAME", "which [stimulus NAME] it is shown; default: the only one"},
    {"affine", "SCALE OFFSET",
     "what the numbers of `input` are multiplied by, and what is then added; default 1 "
     "0"},
    {"window", "TIME, stride TIME, overlap TIME, keep WHICH",
     "windows in which it is shown long inputs, keeping all, the last or the centre "
     "sample, as in 16 s, stride 100 ms, keep last; "
     "times may be in samples or frames of its input"},
    {"stride", "TIME", "from one window to the next, where `window` does not say it"},
    {"controls", "random | permuted",
     "networks of the same shape that have not learned, as further rows: untrained, or "
     "with each weight tensor shuffled"},
    {"twins", "N", "how many of each of the `controls`; default 1"},
};

static const struct ana_key_info brain_keys[] = {
    {"plugin", "ID", "which reader; `anaflow plugin list` lists them"},
    {"data", "FILES : VARIABLE(AXIS=NAMES, ...) @ RATE",
     "the files, and which of their arrays has which axes; see DATA below"},
    {"bids", "FOLDER : KEY-VALUE ...",
     "instead of data: recordings of a BIDS dataset, as in ds000001 : sub-0* task-story "
     "space-MNI152NLin2009cAsym desc-preproc; see BIDS below"},
    {"shown", "NAME",
     "which stimulus each run of bids presented, where no events.tsv says it; {task}, "
     "{run} ... stand for what the run's name has"},
    {"electrodes-space", "NAME",
     "which electrodes.tsv of bids gives positions, where there are several spaces"},
    {"subject", "TEXT", "who was recorded; a column of the results"},
    {"stimulus", "NAME",
     "which [stimulus NAME] it was recorded to; default: the only one"},
    {"prepare", "STEPS",
     "what is done to the recording by itself before any split, in order, as in "
     "confounds(motion*.tsv) cosine(128 s) zscore(run); see PREPARATION below"},
    {"nan", "error | mask | zero",
     "values that are not finite: an error with their place, their target without a "
     "score, "
     "or 0; default error"},
    {"onset", "TIME | event NAME, TIME, at COLUMN, to NAME, within TIME",
     "moves the recording's clock: its sample 0 was that much later; or counts it from "
     "the first event of that name in each run. With `at COLUMN` of `events`, such "
     "events "
     "are markers at those seconds after the onset: their least-squares offset and slope "
     "are logged, and runs that drift by more than `within` are refused; with `to NAME` "
     "the run's events must last as long as the stimulus. TIME and `within` may be left "
     "out (0 s; 20 ms or half a sample); default 0 s"},
    {"events", "FILES",
     "tables (TSV) of onset, duration and trial_type, one a run, for onset = event NAME "
     "and prepare = epochs(A..B s); default: what the recording itself marks"},
};

static const struct ana_key_info features_keys[] = {
    {"from", "NAMES", "the models, or recordings, that the space is made of"},
    {"layer", "each | all | WORDS",
     "each layer a space of its own, all side by side, or those named; default each"},
    {"pool", "none | time | time frequency",
     "what is averaged away in each stimulus; default: time where the recording has one "
     "value a stimulus, else none"},
    {"delays", "A..B ms | LIST | tune LIST | tune A..B by STEP | none",
     "delayed copies beside each other; positive = the past of x predicts y; tune: a "
     "window from 0 to one of these, chosen for each target on training rows; default "
     "none"},
    {"lag", "joint | each | each A..B by STEP",
     "each: every delay by itself, a score a lag; default joint"},
    {"resample", "auto | lanczos N",
     "how samples come onto the recording's clock: averaged or interpolated as the rates "
     "ask for, or through a Lanczos kernel of N lobes (3), low-passed at the clock's "
     "rate; "
     "default auto"},
    {"hrf", "none | glover | spm | fir",
     "convolves with a haemodynamic response, as it stands at the scans; fir: short for "
     "delays = 1..4 TR; default none"},
    {"nuisance", "no | yes",
     "takes what the recording's detrend, cosine and confounds take out of each run out "
     "of the features' run, too; default no"},
    {"standardise", "scale | centre | none",
     "of every column, fitted on training rows; default scale"},
    {"pca", "N", "principal components kept, fitted on training rows; default: no PCA"},
    {"project", "N | pca N",
     "projects a layer of more than N units onto N numbers as it is computed, so that "
     "what "
     "is kept and held is N wide: sparse and at random (Johnson-Lindenstrauss), or onto "
     "its principal components over other stimuli (`fit`); default: no projection"},
    {"fit", "NAME",
     "the [stimulus NAME] over which the components of project = pca N are found; none "
     "of "
     "them may be scored"},
    {"activations", "float32 | float16",
     "how a layer is kept in the cache; float16 halves it and rounds to 3 digits; "
     "default "
     "float32"},
};

static const struct ana_key_info folds_keys[] = {
    {"by", "stimulus | run | block LENGTH x K | subject | shuffle K | FILE",
     "what is held out whole: stimulus K, stimulus TRAIN/TEST x REPEATS, run K, ...; "
     "default: what the recording's rows ask for"},
    {"outer", "K", "number of folds; default 5, or one a run"},
    {"inner", "K | loo | gcv | none | block LENGTH x K",
     "how a fold's inner choice of a penalty is made; default loo for rows, 5 folds over "
     "time"},
    {"repeats", "N", "how often the random folds are dealt again; default 1"},
    {"gap", "TIME",
     "left out between training and test; default: as far as the delays reach, from the "
     "first (or 0) to the last"},
    {"stratify", "FILE", "a table (TSV) of name and label, balanced over the folds"},
    {"subjects", "FILE", "a table (TSV) of run and subject, for by = subject"},
    {"allow_leakage", "yes | no",
     "let by = shuffle split the samples of one recording; default no"},
};

static const struct ana_key_info metric_keys[] = {
    {"plugin", "ID", "which metric; `anaflow plugin list` lists them"},
};

static const struct ana_key_info report_keys[] = {
    {"folds", "auto | yes | no",
     "whether scores.tsv has a row for each fold; default auto: where that is not many"},
};

static const struct ana_key_info simulate_keys[] = {
    {"features", "NAMES", "the [features] whose layers the electrodes follow"},
    {"targets", "N", "electrodes for each layer; default 4"},
    {"noise", "LIST",
     "SD of the noise over that of the signal, taken in turn; default 1"},
    {"rate", "RATE", "samples a second of the recording; default 100 Hz"},
    {"output", "FOLDER", "where it is written; default NAME-recording"},
};

#define KEYS(list) .n_keys = sizeof(list) / sizeof *(list), .keys = (list)

const struct ana_section_info ana_sections[] = {
    {.kind = "study",
     .named = ANA_NAME_NEVER,
     KEYS(study_keys),
     .help = "What holds for the whole run."},
    {.kind = "stimulus",
     .named = ANA_NAME_ALWAYS,
     KEYS(stimulus_keys),
     .help = "What was shown."},
    {.kind = "model",
     .named = ANA_NAME_ALWAYS,
     KEYS(model_keys),
     .plugins = "model",
     .help = "A network that is shown the stimuli."},
    {.kind = "brain",
     .named = ANA_NAME_ALWAYS,
     KEYS(brain_keys),
     .plugins = "reader",
     .help = "A recording."},
    {.kind = "data",
     .named = ANA_NAME_ALWAYS,
     KEYS(brain_keys),
     .plugins = "reader",
     .help =
         "Anything else that a reader reads, such as envelopes; its keys are those of "
         "[brain NAME]."},
    {.kind = "features",
     .named = ANA_NAME_EITHER,
     KEYS(features_keys),
     .help = "A feature space: activations on the recording's clock. [features] alone "
             "holds defaults for all."},
    {.kind = "folds",
     .named = ANA_NAME_NEVER,
     KEYS(folds_keys),
     .help = "How rows are split into training and test."},
    {.kind = "metric",
     .named = ANA_NAME_ALWAYS,
     KEYS(metric_keys),
     .plugins = "metric",
     .help = "How a space is compared with a recording."},
    {.kind = "plugin",
     .named = ANA_NAME_ALWAYS,
     .help = "A plugin's keys, wherever the study uses it; the keys of a section go "
             "before them. NAME is the plugin's id."},
    {.kind = "compare",
     .named = ANA_NAME_NEVER,
     .help =
         "What is compared, one line each: NAME = X -> Y | METRIC. X is a feature "
         "space, a model or a recording, or several as in low + net; Y is a "
         "recording; without | METRIC every metric scores it. Write <-> where the "
         "metric is symmetric. Without this section every space is compared with "
         "every recording by every metric. The line relative_to = NAMES adds to every "
         "other comparison its scores divided by those of this one, for each target "
         "on the same folds, as the measure MEASURE/NAME: n/a where the baseline is "
         "not above 0; it is no ceiling and may pass 1."},
    {.kind = "report",
     .named = ANA_NAME_NEVER,
     KEYS(report_keys),
     .help = "What the results show."},
    {.kind = "simulate",
     .named = ANA_NAME_ALWAYS,
     KEYS(simulate_keys),
     .help = "A recording to be made by `anaflow simulate`: electrodes that follow the "
             "spaces, with noise."},
    {.kind = "statistics",
     .named = ANA_NAME_NEVER,
     .help = "Kept for significance; this build computes none."},
    {.kind = "contrast",
     .named = ANA_NAME_NEVER,
     .help = "Kept for differences of scores; this build computes none."},
};
const int64_t ana_n_sections = sizeof ana_sections / sizeof *ana_sections;

const struct ana_section_info *ana_section_find(const char *kind)
{
    for (int64_t i = 0; i < ana_n_sections; i++)
        if (strcmp(ana_sections[i].kind, kind) == 0)
            return &ana_sections[i];
    return NULL;
}
