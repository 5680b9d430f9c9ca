/* SPDX-License-Identifier: BSD-3-Clause
 *
 * anaflow.ini(5), from the tables of sections and of the package's own plugins.
 */
#include <string.h>

#include "base/version.h"
#include "cli/page.h"
#include "pipeline/prepare.h"
#include "pipeline/sections.h"

static void put_key(FILE *out, const char *name, const char *value)
{
    fprintf(out, ".It Ic %s No = Ar ", name);
    ana_page_words(out, value);
    fputc('\n', out);
}

static void put_help(FILE *out, const char *help)
{
    ana_page_text(out, help);
    fputs(".\n", out);
}

static void put_section(FILE *out, const struct ana_section_info *section)
{
    fprintf(out, ".Ss [%s%s]\\&\n", section->kind,
            section->named == ANA_NAME_NEVER ? "" : " NAME");
    ana_page_text(out, section->help);
    if (section->plugins)
        fprintf(out, "The keys of the %s plugin may stand here, too.\n",
                section->plugins);
    if (section->n_keys == 0 || strcmp(section->kind, "data") == 0)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (int64_t i = 0; i < section->n_keys; i++) {
        put_key(out, section->keys[i].name, section->keys[i].value);
        put_help(out, section->keys[i].help);
    }
    fputs(".El\n", out);
}

static void put_param(FILE *out, const struct ana_param *param)
{
    struct ana_text kind = {0};

    ana_param_describe(param, &kind);
    put_key(out, param->name, kind.failed ? "" : kind.data);
    put_help(out, param->help);
    if (!param->fallback)
        fputs("It must be given.\n", out);
    else if (*param->fallback) {
        fputs("Default:\n.Ql ", out);
        ana_page_words(out, param->fallback);
        fputs(" .\n", out);
    }
    ana_text_finish(&kind);
}

static void put_plugin(FILE *out, const struct ana_plugin *plugin)
{
    fprintf(out, ".Ss %s (%s)\n", plugin->id, ana_kind_name(plugin->kind));
    put_help(out, plugin->summary);
    if (plugin->n_params == 0)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (int64_t i = 0; i < plugin->n_params; i++)
        put_param(out, &plugin->params[i]);
    fputs(".El\n", out);
}

static const char syntax[] =
    "An INI file holds sections in brackets and lines NAME = VALUE. Comments stand on "
    "lines of their own and begin with ';' or '#'. An indented line goes on with the "
    "value above it. Paths are relative to the file that they stand in. Unknown and "
    "repeated keys are errors, with the line and the nearest key that there is.\n\n"
    "`include = FILE` before the first section, or in [study], reads another file first. "
    "${NAME} is an environment variable; one that is not set is an error.\n\n"
    "Numbers have a point, never a comma, and units behind them where a key has one: "
    "20 ms, 64 Hz, 4 GB. Times may be in samples of the recording: 4 TR, 40 samples. "
    "Ranges are written 0..390 ms or 70-150 Hz, lists 0.1 1 10, 1-4 or logspace(-1, 8, "
    "10).";

static const char data[] =
    "`data = FILES : VARIABLE(AXIS=NAMES, ...) @ RATE` maps named arrays to axes. FILES "
    "may hold wildcards; several files stack along the axis that is not named. The axes "
    "are stimulus, time, target, feature and run, in the order in which the array has "
    "them; NAMES is a variable or a file that lists the names of an axis, or its "
    "seconds. A relative NAMES is a file beside the INI file, else a variable of FILES, "
    "else a file beside them; where both files are there and differ, it is an error. "
    "Behind the variable {*} takes each cell of a cell array as a run, {1-3} and "
    "{FILE:VARIABLE} pick and order cells. RATE is needed where the file does not say "
    "it.\n\n"
    "Rows are bound to stimuli by name, folders and extensions ignored, never by order. "
    "Names without a partner are an error that lists the first five. One exception: "
    "where the runs of a recording that gives features and those of the brain share no "
    "name and are as many, they are bound in their order, and the report warns.\n\n"
    "  data = components.mat : R(stimulus=stim_names, target=component_names)\n"
    "  data = envelopes.mat : stim1{1-3}(time) @ 128 Hz\n"
    "  data = recording/*.npy : (time, target=targets.txt) @ 50 Hz";

static const char bids[] =
    "`bids = FOLDER : KEY-VALUE ...` takes recordings from a dataset in BIDS instead of "
    "naming files: those whose names have the values, wildcards allowed, several words "
    "of "
    "one key meaning any of them. Keys are the entities of file names (sub, ses, task, "
    "run, acq, space, desc, res, den, hemi, echo ...) and derivatives (the folder below "
    "derivatives/), datatype, suffix and extension. Without space, desc and derivatives "
    "the raw recordings are meant. FOLDER may be derivatives/fmriprep itself. `anaflow "
    "inspect FOLDER` lists what there is.\n\n"
    "Every subject becomes a recording of its own, NAME-sub-01 ..., and a comparison "
    "with "
    "NAME one with each; for folds by subject all are one recording. The repetition time "
    "comes from the JSON files (what is nearer to the file wins, key by key). A run is "
    "bound to the stimulus that stim_file of its events.tsv names, at that onset; where "
    "runs presented several, each presentation is cut out of the prepared run, from its "
    "onset for its duration (n/a: to the next), and all of one stimulus are held out "
    "together. Without [stimulus NAME] the stimuli are the files that the events name. "
    "Where no events name any, `shown = story_run-{run}` says which.\n\n"
    "`mask = desc-brain_mask` is the mask beside the first run. confounds(motion24, csf) "
    "in `prepare` takes columns of the dataset's own tables: by name or wildcard, or "
    "motion6, motion12, motion24, wm_csf, global, acompcorN, tcompcorN. Channels that "
    "channels.tsv calls bad in any run are marked; positions and regions come from "
    "electrodes.tsv, their unit and space from coordsystem.json.\n\n"
    "  bids = ds000001 : sub-0* task-story space-MNI152NLin2009cAsym desc-preproc\n"
    "  bids = ds000002 : task-listen datatype-eeg";

static const char preparation[] =
    "`prepare = STEP STEP ...` cleans a recording by itself, each run as a whole and "
    "before "
    "any split, one step after the other. What relates features to responses (scaling, "
    "PCA, penalties, windows) is no preparation: it is fitted on training rows alone. "
    "bad "
    "and reference come first; confounds go with whole runs, before epochs. `nan` is "
    "decided before all of them.\n\n"
    "  prepare = bad(drop) reference(average) notch(50 Hz) highgamma(70-150 Hz)\n"
    "    resample(100 Hz) epochs(-0.5..2 s, by stim_file) baseline(-0.5..0 s)\n"
    "    trials(average)";

static void put_steps(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (int i = 0; i < ANA_N_STEPS; i++) {
        fprintf(out, ".It Ic %s Ns Pq Ar ", ana_steps[i].name);
        ana_page_words(out, ana_steps[i].arguments);
        fputc('\n', out);
        put_help(out, ana_steps[i].help);
    }
    fputs(".El\n", out);
}

static const char example[] = "  [stimulus sounds]\n"
                              "  audio = stimuli/*.wav\n"
                              "  [model coch]\n"
                              "  plugin = cochleagram\n"
                              "  [brain fmri]\n"
                              "  plugin = mat\n"
                              "  data = responses.mat : R(stimulus=names, target)\n"
                              "  [folds]\n"
                              "  by = stimulus 5\n"
                              "  [metric score]\n"
                              "  plugin = ridge\n"
                              "  [compare]\n"
                              "  main = coch -> fmri";

void ana_page_ini(FILE *out, const struct ana_registry *registry)
{
    const struct ana_plugin_entry *entries;
    const int64_t n = ana_registry_entries(registry, &entries);

    fprintf(out,
            ".\\\" Written by anaflow %s, `anaflow manual anaflow.ini`, from the tables "
            "of sections "
            "and plugins.\n"
            ".Dd November 26, 2026\n.Dt ANAFLOW.INI 5\n.Os\n"
            ".Sh NAME\n.Nm anaflow.ini\n.Nd what anaflow compares\n.Sh DESCRIPTION\n",
            ana_version());
    ana_page_text(out, syntax);
    fputs(".Sh SECTIONS\n", out);
    for (int64_t i = 0; i < ana_n_sections; i++)
        put_section(out, &ana_sections[i]);
    fputs(".Sh DATA\n", out);
    ana_page_text(out, data);
    fputs(".Sh BIDS\n", out);
    ana_page_text(out, bids);

    fputs(".Sh PREPARATION\n", out);
    ana_page_text(out, preparation);
    put_steps(out);
    fputs(".Sh PLUGINS\n", out);
    ana_page_text(out, "The keys of the plugins of the package. `anaflow plugin info ID` "
                       "prints those of any plugin.");
    for (int64_t i = 0; i < n; i++)
        if (entries[i].plugin && entries[i].from_package)
            put_plugin(out, entries[i].plugin);
    fputs(".Sh EXAMPLES\n", out);
    ana_page_text(out, example);
    fputs(".Sh SEE ALSO\n.Xr anaflow 1\n", out);
}
