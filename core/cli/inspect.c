/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow inspect FILE`: what a file or folder is and holds, and how an INI file would
 * name it. Readers are asked in turn; sounds, word tables and safetensors are the core's.
 * What is found becomes a JSON object, which --json prints as it is and which
 * inspect_print.c tells in words.
 */
#include "cli/inspect.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <anaflow/files.h>
#include <anaflow/reader.h>

#include "base/context.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/inspect_bids.h"
#include "data/audio_file.h"
#include "data/words.h"
#include "nn/checkpoint.h"
#include "pipeline/ini.h"
#include "plugin/apart.h"
#include "plugin/describe.h"
#include "plugin/registry.h"

/* Above this many elements values are not summarised: it would take seconds. */
enum { MOST_ELEMENTS = 20000000 };
#define WHOLE "`data = FILE`"

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* The line of an INI file that would use it, and as what. */
static void set_use(struct ana_facts *facts, const char *as, const char *fmt, ...)
    ANA_PRINTF(3, 4);
static void set_use(struct ana_facts *facts, const char *as, const char *fmt, ...)
{
    json_t *use = json_object();
    char *line = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&line, fmt, args) < 0)
        line = NULL;
    va_end(args);
    ana_json_text(use, "as", as, &facts->failed);
    ana_json_text(use, "line", line, &facts->failed);
    ana_json_set(facts->root, "use", use, &facts->failed);
    facts->failed |= !line;
    free(line);
}

/* Range and mean of the finite values, and how many are not. */
static void set_values(struct ana_facts *facts, const struct ana_tensor *tensor)
{
    const int64_t n = ana_tensor_count(tensor);
    double least = INFINITY, most = -INFINITY, sum = 0;
    json_t *values = json_object();
    int64_t bad = 0;

    for (int64_t i = 0; i < n && n <= MOST_ELEMENTS; i++) {
        const double x = ana_tensor_get(tensor, i);

        if (!isfinite(x)) {
            bad++;
            continue;
        }
        least = x < least ? x : least;
        most = x > most ? x : most;
        sum += x;
    }
    if (n == 0 || n > MOST_ELEMENTS) {
        json_decref(values);
        return;
    }
    ana_json_count(values, "n", n, &facts->failed);
    ana_json_count(values, "not_finite", bad, &facts->failed);
    if (bad < n) {
        ana_json_real(values, "least", least, &facts->failed);
        ana_json_real(values, "most", most, &facts->failed);
        ana_json_real(values, "mean", sum / (double)(n - bad), &facts->failed);
    }
    ana_json_set(facts->root, "values", values, &facts->failed);
}

/* The variable of texts that is as long as the first axis of an array: its rows' names;
 * NULL = there is none. */
static const char *names_of(int64_t n, const struct ana_entry *entry,
                            const struct ana_entry *array)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t length = entry[i].ndim > 0 ? 1 : 0;

        for (int32_t d = 0; d < entry[i].ndim; d++)
            length = length == 1              ? entry[i].shape[d]
                     : entry[i].shape[d] == 1 ? length
                                              : -1;
        if (!entry[i].dtype && *entry[i].name && length == array->shape[0])
            return entry[i].name;
    }
    return NULL;
}

/* The line of an INI file for the largest array of a recording's file. Rows are bound to
 * stimuli by names, which only a table holds by itself. */
static void set_recording_use(struct ana_facts *facts, const char *path, int64_t n,
                              const struct ana_entry *entry)
{
    static const char *const axes[] = {"", "", ", target", ", time, target"};
    int64_t best = -1, most = 1, size;
    const char *names;

    for (int64_t i = 0; i < n; i++) {
        size = entry[i].dtype ? 1 : 0;
        for (int32_t d = 0; d < entry[i].ndim && size < INT64_MAX / 2; d++)
            size = entry[i].shape[d] < (int64_t)1 << 31 ? size * entry[i].shape[d]
                                                        : INT64_MAX;
        if (entry[i].ndim >= 1 && entry[i].ndim <= 3 && size > most) {
            most = size;
            best = i;
        }
    }
    if (ends_in(path, ".tsv") || ends_in(path, ".csv")) {
        set_use(facts, "as a recording, all columns of numbers",
                "data = %s : (stimulus, target)", path);
    } else if (best >= 0) {
        names = names_of(n, entry, &entry[best]);
        set_use(facts,
                names ? "as a recording, with the axes in the file's order, such as"
                      : "as a recording, with the axes in the file's order and a file "
                        "NAMES that lists the stimuli, such as",
                "data = %s : %s(stimulus=%s%s)", path, entry[best].name,
                names ? names : "NAMES", axes[entry[best].ndim]);
    }
}

/* One array: name, dtype (null where it is none), shape, note. */
static void add_array(struct ana_facts *facts, const char *name, int32_t dtype,
                      int32_t ndim, const int64_t *shape, const char *note)
{
    json_t *arrays = json_object_get(facts->root, "arrays"), *array = json_object();
    json_t *list = json_array();

    if (!arrays) {
        arrays = json_array();
        ana_json_set(facts->root, "arrays", arrays, &facts->failed);
    }
    for (int32_t d = 0; dtype && d < ndim; d++)
        ana_json_append(list, json_integer(shape[d]), &facts->failed);
    ana_json_text(array, "name", name, &facts->failed);
    ana_json_set(array, "dtype", dtype ? json_string(ana_dtype_name(dtype)) : json_null(),
                 &facts->failed);
    ana_json_set(array, "shape", list, &facts->failed);
    ana_json_text(array, "note", note, &facts->failed);
    ana_json_append(arrays, array, &facts->failed);
}

/* What a reader says of an array that needs no axes: "...: `data = FILE`, `KEY`"; NULL =
 * there is none. */
static const char *whole_of(int64_t n, const struct ana_entry *entry)
{
    for (int64_t i = 0; i < n; i++) {
        const char *at = entry[i].note ? strstr(entry[i].note, WHOLE) : NULL;

        if (at)
            return at + sizeof WHOLE - 1;
    }
    return NULL;
}

/* The file as it stands, with the keys that a note asks for. */
static void set_whole_use(struct ana_facts *facts, const struct ana_plugin *plugin,
                          const char *path, const char *keys)
{
    struct ana_text lines = {0};

    ana_text_add(&lines, "plugin = %s\ndata = %s", plugin->id, path);
    for (const char *c = keys; c && (c = strchr(c, '`'));) {
        const size_t n = strcspn(c + 1, "`");

        ana_text_add(&lines, "\n%.*s = ...", (int)n, c + 1);
        c += n + (c[n + 1] == '`' ? 2 : 1);
    }
    set_use(facts, "as a recording", "%s", lines.failed ? "" : lines.data);
    facts->failed |= lines.failed;
    ana_text_finish(&lines);
}

/* One part of a recording, such as its samples, is told with the part that is read. */
static int refuse_unknown(struct ana_ctx *ctx, const struct ana_registry *registry,
                          const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    const struct ana_plugin *plugin = NULL;
    char pattern[4096], **beside = NULL;
    int32_t confidence = 0;
    int64_t n = 0, best = 0;

    if (dot && (!slash || dot > slash) && strlen(path) < sizeof pattern - 2 &&
        !strpbrk(path, "*?[")) {
        snprintf(pattern, sizeof pattern, "%.*s.*", (int)(dot - path), path);
        if (ana_file_glob(ctx, pattern, &n, &beside) != 0)
            n = 0;
    }
    for (int64_t i = 0; i < n && !plugin; i++) {
        plugin = ana_registry_surest(ctx, registry, beside[i], &confidence);
        plugin = confidence == 100 ? plugin : NULL;
        best = i;
    }
    ana_ctx_clear(ctx);
    if (plugin)
        ana_fail(
            ctx, ANA_EDATA,
            "%s: no reader knows this file by itself; %s beside it is read by `plugin "
            "= %s`",
            path,
            strrchr(beside[best], '/') ? strrchr(beside[best], '/') + 1 : beside[best],
            plugin->id);
    else
        ana_fail(
            ctx, ANA_EDATA,
            "%s: no reader knows this file, and it is no sound; `anaflow plugin list` "
            "shows the readers there are",
            path);
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, beside[i]);
    ana_free(ctx, beside);
    return ANA_EDATA;
}

static int inspect_recording(struct ana_facts *facts, const struct ana_registry *registry,
                             const char *path)
{
    struct ana_ctx *ctx = facts->ctx;
    struct ana_entry *entry = NULL;
    int32_t confidence;
    int64_t n = 0;
    const struct ana_plugin *plugin =
        ana_registry_surest(ctx, registry, path, &confidence);
    const char *keys;
    int rc = 0;

    if (!plugin)
        return refuse_unknown(ctx, registry, path);
    ana_context_push(ctx, "reader %s", plugin->id);
    if (plugin->reader->list)
        rc = ana_reader_list(ctx, plugin, path, &n, &entry);
    ana_context_pop(ctx);
    if (rc != 0)
        return rc;
    ana_json_text(facts->root, "kind", "recording", &facts->failed);
    ana_json_text(facts->root, "reader", plugin->id, &facts->failed);
    ana_json_text(facts->root, "summary", plugin->summary, &facts->failed);
    for (int64_t i = 0; i < n; i++)
        add_array(facts, entry[i].name, entry[i].dtype, entry[i].ndim, entry[i].shape,
                  entry[i].note);
    keys = whole_of(n, entry);
    if (keys || plugin->reader->flags & ANA_READER_SELF_DESCRIBING) {
        rc = ana_inspect_opened(facts, plugin, path);
        if (rc == 0 || keys)
            set_whole_use(facts, plugin, path, rc == 0 ? NULL : keys);
    } else {
        set_recording_use(facts, path, n, entry);
    }
    if ((rc == ANA_EPARAM || rc == ANA_EDATA) &&
        n > 0) { /* it holds arrays, and does not say which is what */
        ana_json_text(facts->root, "needs", ana_error(ctx), &facts->failed);
        ana_ctx_clear(ctx);
        if (rc == ANA_EPARAM && !keys)
            set_recording_use(facts, path, n, entry);
        rc = 0;
    }
    ana_entries_free(ctx, n, entry);
    return rc;
}

static int inspect_sound(struct ana_facts *facts, const char *path)
{
    struct ana_audio_info info;
    int rc = ana_audio_file_open(facts->ctx, path, &info, NULL);

    if (rc != 0)
        return rc;
    ana_json_text(facts->root, "kind", "sound", &facts->failed);
    ana_json_real(facts->root, "seconds", (double)info.frames / info.rate,
                  &facts->failed);
    ana_json_count(facts->root, "samples", info.frames, &facts->failed);
    ana_json_real(facts->root, "rate", info.rate, &facts->failed);
    ana_json_count(facts->root, "channels", info.channels, &facts->failed);
    set_use(facts, "as a stimulus", "audio = %s", path);
    return 0;
}

static void inspect_npy(struct ana_facts *facts, const char *path)
{
    struct ana_tensor tensor = {.size = sizeof tensor};

    if (ana_npy_read(facts->ctx, path, &tensor) == 0)
        set_values(facts, &tensor);
    ana_tensor_finish(&tensor);
    ana_ctx_clear(facts->ctx); /* text has no values to summarise */
}

static int inspect_safetensors(struct ana_facts *facts, const char *path)
{
    struct ana_safetensors *file;
    struct ana_tensor tensor;
    const char *const *names;
    int64_t n;
    int rc = ana_safetensors_open(facts->ctx, path, &file);

    if (rc != 0)
        return rc;
    n = ana_safetensors_names(file, &names);
    ana_json_text(facts->root, "kind", "safetensors", &facts->failed);
    ana_json_set(facts->root, "arrays", json_array(), &facts->failed);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = ana_safetensors_get(facts->ctx, file, names[i], &tensor);
        if (rc == 0)
            add_array(facts, names[i], tensor.dtype, tensor.ndim, tensor.shape, "");
        ana_tensor_finish(&tensor);
    }
    ana_safetensors_close(facts->ctx, file);
    return rc;
}

static int inspect_ini(struct ana_facts *facts, const char *path)
{
    json_t *sections = json_array();
    struct ana_ini *ini;
    int rc = ana_ini_read(facts->ctx, path, &ini);

    ana_json_set(facts->root, "sections", sections, &facts->failed);
    if (rc != 0)
        return rc;
    ana_json_text(facts->root, "kind", "study", &facts->failed);
    for (int64_t i = 0; i < ini->n_sections; i++) {
        const struct ana_ini_section *section = ini->sections + i;
        json_t *object = json_object();

        ana_json_text(object, "kind", section->kind, &facts->failed);
        ana_json_text(object, "name", section->name, &facts->failed);
        ana_json_count(object, "keys", section->n_keys, &facts->failed);
        ana_json_append(sections, object, &facts->failed);
    }
    ana_ini_destroy(ini);
    return 0;
}

static int inspect_file(struct ana_facts *facts, const char *path)
{
    struct ana_registry *registry;
    int rc;

    if (ends_in(path, ".ini"))
        return inspect_ini(facts, path);
    if (ana_is_sound(path))
        return inspect_sound(facts, path);
    if (ends_in(path, ".safetensors"))
        return inspect_safetensors(facts, path);
    if (ana_is_textgrid(path))
        return ana_inspect_words(facts, path);
    if (ends_in(path, ".json") && ana_inspect_words(facts, path) == 0)
        return 0;
    ana_ctx_clear(facts->ctx);
    if (ends_in(path, ".onnx"))
        return ana_inspect_checkpoint(facts, path, 1);
    if (ana_is_pickle(path))
        return ana_fail_pickle(facts->ctx, path, "it", path);
    rc = ana_registry_create(facts->ctx, &registry);
    if (rc != 0)
        return rc;
    rc = inspect_recording(facts, registry, path);
    if (rc == 0 && ends_in(path, ".npy"))
        inspect_npy(facts, path);
    if (rc == 0 && (ends_in(path, ".tsv") || ends_in(path, ".csv")))
        ana_inspect_table(facts, path);
    ana_registry_destroy(registry);
    return rc;
}

static int inspect_directory(struct ana_facts *facts, const char *path)
{
    char pickle[256];
    int is_dataset = 0, rc;

    if (ana_is_checkpoint(facts->ctx, path))
        return ana_inspect_checkpoint(facts, path, 0);
    rc = ana_inspect_bids(facts, path, &is_dataset);
    if (rc == 0 && !is_dataset && ana_holds_pickles_alone(path, pickle))
        return ana_fail_pickle(facts->ctx, path, pickle, path);
    return rc == 0 && !is_dataset ? ana_inspect_folder(facts, path) : rc;
}

static int gather(struct ana_facts *facts, const char *path)
{
    struct stat st;

    ana_json_name(facts->root, "path", path, &facts->failed);
    if (stat(path, &st) != 0)
        return ana_fail(facts->ctx, ANA_EDATA, "%s: cannot be read: %s", path,
                        strerror(errno));
    if (S_ISDIR(st.st_mode))
        return inspect_directory(facts, path);
    if (!S_ISREG(st.st_mode))
        return ana_fail(facts->ctx, ANA_EDATA, "%s: is neither a file nor a folder",
                        path);
    return inspect_file(facts, path);
}

static void add_warnings(struct ana_facts *facts)
{
    const struct ana_warning *warnings;
    const int64_t n = ana_ctx_warnings(facts->ctx, &warnings);
    json_t *list = json_array();

    for (int64_t i = 0; i < n; i++)
        ana_json_append(list, json_string(warnings[i].text), &facts->failed);
    ana_json_set(facts->root, "warnings", list, &facts->failed);
}

static int inspect(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    struct ana_facts facts = {.ctx = ctx, .root = json_object()};
    int rc = gather(&facts, arguments->operand);

    if (rc == 0)
        add_warnings(&facts);
    if (rc == 0 && facts.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for what it holds");
    if (rc == 0 && ana_arguments_value(arguments, "json")) {
        json_dumpf(facts.root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (rc == 0) {
        ana_inspect_print(facts.root);
    }
    json_decref(facts.root);
    return rc;
}

static const struct ana_option options[] = {
    {"json", 0, NULL, "print it as one JSON object, for other programs", 0},
};

const struct ana_command ana_command_inspect = {
    .name = "inspect",
    .operand = "FILE",
    .summary = "say what a file or folder holds and how a study would name it",
    .details =
        "Recordings and arrays: their variables with types and shapes. Sounds: length,\n"
        "rate, channels. Networks (a folder with weights, or .onnx): layers, parameters, "
        "what a\n"
        "minute takes. Tables, safetensors, INI files. BIDS datasets:\n"
        "subjects, tasks, runs, spaces, and what is missing or disagrees. Folders: what\n"
        "lies in them.\n"
        "Ends with the line by which an INI file would use it.",
    .examples = "  anaflow inspect responses.mat\n"
                "  anaflow inspect stimuli/ --json\n"
                "  anaflow inspect ds000001",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = inspect,
};
