/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow inspect FILE`: what a file or folder is and holds, and how an INI file would
 * name it. Readers are asked in turn; sounds, word tables and safetensors are the core's.
 */
#include "cli/inspect.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <anaflow/files.h>

#include "base/context.h"
#include "cli/command.h"
#include "data/audio_file.h"
#include "data/stimuli.h"
#include "pipeline/ini.h"
#include "plugin/registry.h"

/* Above this many elements values are not summarised: it would take seconds. */
enum { MOST_ELEMENTS = 20000000, SHAPE_LENGTH = 200 };

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* "165 x 12 float64", "scalar float32". */
static const char *shape_text(int32_t dtype, int32_t ndim, const int64_t *shape,
                              char buffer[SHAPE_LENGTH])
{
    size_t n = 0;

    buffer[0] = 0;
    for (int32_t d = 0; d < ndim && n < SHAPE_LENGTH - 32; d++)
        n += (size_t)snprintf(buffer + n, SHAPE_LENGTH - n, "%s%lld", d ? " x " : "",
                              (long long)shape[d]);
    snprintf(buffer + n, SHAPE_LENGTH - n, "%s %s", ndim ? "" : "scalar",
             ana_dtype_name(dtype));
    return buffer;
}

/* Range and mean of the finite values, and how many are not. */
static void print_values(const struct ana_tensor *tensor)
{
    const int64_t n = ana_tensor_count(tensor);
    double least = INFINITY, most = -INFINITY, sum = 0;
    int64_t bad = 0;

    if (n == 0 || n > MOST_ELEMENTS)
        return;
    for (int64_t i = 0; i < n; i++) {
        const double x = ana_tensor_get(tensor, i);

        if (!isfinite(x)) {
            bad++;
            continue;
        }
        least = x < least ? x : least;
        most = x > most ? x : most;
        sum += x;
    }
    if (bad < n)
        printf("  values %g .. %g, mean %g\n", least, most, sum / (double)(n - bad));
    if (bad > 0)
        printf("  %lld of %lld are NaN or Inf\n", (long long)bad, (long long)n);
}

/* The line of an INI file for the largest array of a recording's file. */
static void print_hint(const char *path, int64_t n, const struct ana_entry *entry)
{
    static const char *const axes[] = {"", "(stimulus)", "(stimulus, target)",
                                       "(stimulus, time, target)"};
    int64_t best = -1, most = 1, size;

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
    if (ends_in(path, ".tsv") || ends_in(path, ".csv"))
        printf(
            "as a recording, all columns of numbers:\n  data = %s : (stimulus, target)\n",
            path);
    else if (best >= 0)
        printf("as a recording, with the axes in the file's order, such as:\n"
               "  data = %s : %s%s\n",
               path, entry[best].name, axes[entry[best].ndim]);
}

static void print_entries(int64_t n, const struct ana_entry *entry)
{
    char shape[SHAPE_LENGTH];
    int width = 1;

    for (int64_t i = 0; i < n; i++)
        if ((int)strlen(entry[i].name) > width && strlen(entry[i].name) < 40)
            width = (int)strlen(entry[i].name);
    for (int64_t i = 0; i < n; i++) {
        const int has_note = entry[i].note && *entry[i].note;

        printf("  %-*s %s%s%s\n", width, *entry[i].name ? entry[i].name : "-",
               entry[i].dtype
                   ? shape_text(entry[i].dtype, entry[i].ndim, entry[i].shape, shape)
                   : "",
               entry[i].dtype && has_note ? ", " : "", has_note ? entry[i].note : "");
    }
}

static void free_entries(struct ana_ctx *ctx, int64_t n, struct ana_entry *entry)
{
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, (void *)(uintptr_t)entry[i].name);
        ana_free(ctx, (void *)(uintptr_t)entry[i].note);
    }
    ana_free(ctx, entry);
}

/* The reader that is surest of a file, or NULL. */
static const struct ana_plugin *surest_reader(struct ana_ctx *ctx,
                                              const struct ana_registry *registry,
                                              const char *path, int32_t *confidence)
{
    const char *const files[] = {path};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = path};
    const struct ana_plugin *best = NULL;
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);

    *confidence = 0;
    for (int64_t i = 0; i < n; i++) {
        int32_t sure = 0;

        if (!entry[i].plugin || entry[i].plugin->kind != ANA_KIND_READER)
            continue;
        if (entry[i].plugin->reader->probe(ctx, &source, &sure) == 0 &&
            sure > *confidence) {
            *confidence = sure;
            best = entry[i].plugin;
        }
    }
    return best;
}

static int inspect_recording(struct ana_ctx *ctx, const struct ana_registry *registry,
                             const char *path)
{
    struct ana_entry *entry = NULL;
    int32_t confidence;
    int64_t n = 0;
    const struct ana_plugin *plugin = surest_reader(ctx, registry, path, &confidence);
    int rc = 0;

    if (!plugin)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: no reader knows this file, and it is no sound; "
                        "`anaflow plugin list` shows the readers there are",
                        path);
    if (plugin->reader->list) {
        ana_context_push(ctx, "reader %s", plugin->id);
        rc = plugin->reader->list(ctx, path, &n, &entry);
        ana_context_pop(ctx);
    }
    if (rc != 0)
        return rc;
    printf("%s: read by `plugin = %s`\n", path, plugin->id);
    print_entries(n, entry);
    print_hint(path, n, entry);
    free_entries(ctx, n, entry);
    return 0;
}

static int inspect_sound(struct ana_ctx *ctx, const char *path)
{
    struct ana_audio_info info;
    char length[32];
    int rc = ana_audio_file_open(ctx, path, &info, NULL);

    if (rc == 0)
        printf("%s: a sound\n  %s, %lld samples at %g Hz, %d channel%s\nas a stimulus:\n"
               "  audio = %s\n",
               path, ana_duration_text((double)info.frames / info.rate, length),
               (long long)info.frames, info.rate, info.channels,
               info.channels == 1 ? "" : "s", path);
    return rc;
}

static int inspect_npy(struct ana_ctx *ctx, const char *path)
{
    struct ana_tensor tensor = {.size = sizeof tensor};
    int rc = ana_npy_read(ctx, path, &tensor);

    if (rc == 0)
        print_values(&tensor);
    ana_tensor_finish(&tensor);
    ana_ctx_clear(ctx); /* text has no values to summarise */
    return 0;
}

static int inspect_safetensors(struct ana_ctx *ctx, const char *path)
{
    struct ana_safetensors *file;
    struct ana_tensor tensor;
    const char *const *names;
    char shape[SHAPE_LENGTH];
    int64_t n;
    int rc = ana_safetensors_open(ctx, path, &file);

    if (rc != 0)
        return rc;
    n = ana_safetensors_names(file, &names);
    printf("%s: safetensors, %lld array%s\n", path, (long long)n, n == 1 ? "" : "s");
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        rc = ana_safetensors_get(ctx, file, names[i], &tensor);
        if (rc == 0)
            printf("  %s  %s\n", names[i],
                   shape_text(tensor.dtype, tensor.ndim, tensor.shape, shape));
        ana_tensor_finish(&tensor);
    }
    ana_safetensors_close(ctx, file);
    return rc;
}

static int inspect_ini(struct ana_ctx *ctx, const char *path)
{
    struct ana_ini *ini;
    int rc = ana_ini_read(ctx, path, &ini);

    if (rc != 0)
        return rc;
    printf("%s: a study\n", path);
    for (int64_t i = 0; i < ini->n_sections; i++) {
        const struct ana_ini_section *section = ini->sections + i;

        printf("  [%s%s%s] %lld key%s\n", section->kind, *section->name ? " " : "",
               section->name, (long long)section->n_keys,
               section->n_keys == 1 ? "" : "s");
    }
    printf("`anaflow check %s` explains it\n", path);
    ana_ini_destroy(ini);
    return 0;
}

/* A table with words and onsets is a stimulus, too. */
static void print_words(struct ana_ctx *ctx, const char *path)
{
    struct ana_word *words = NULL;
    char from[32], to[32];
    int64_t n = 0;

    if (ana_words_read(ctx, path, &n, &words) == 0 && n > 0)
        printf("a word table: %lld words, %s .. %s; as a stimulus:\n  words = %s\n",
               (long long)n, ana_duration_text(words[0].onset, from),
               ana_duration_text(words[n - 1].onset + words[n - 1].duration, to), path);
    ana_ctx_clear(ctx);
    ana_free(ctx, words);
}

static int inspect_file(struct ana_ctx *ctx, const char *path)
{
    struct ana_registry *registry;
    int rc;

    if (ends_in(path, ".ini"))
        return inspect_ini(ctx, path);
    if (ana_is_sound(path))
        return inspect_sound(ctx, path);
    if (ends_in(path, ".safetensors"))
        return inspect_safetensors(ctx, path);
    rc = ana_registry_create(ctx, &registry);
    if (rc != 0)
        return rc;
    rc = inspect_recording(ctx, registry, path);
    if (rc == 0 && ends_in(path, ".npy"))
        rc = inspect_npy(ctx, path);
    if (rc == 0 && (ends_in(path, ".tsv") || ends_in(path, ".csv")))
        print_words(ctx, path);
    ana_registry_destroy(registry);
    return rc;
}

static int inspect(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *path = arguments->operand;
    struct stat st;

    if (stat(path, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ana_is_checkpoint(ctx, path) ? ana_inspect_checkpoint(ctx, path)
                                            : ana_inspect_folder(ctx, path);
    if (!S_ISREG(st.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is neither a file nor a folder", path);
    return inspect_file(ctx, path);
}

const struct ana_command ana_command_inspect = {
    .name = "inspect",
    .operand = "FILE",
    .summary = "say what a file or folder holds and how a study would name it",
    .details =
        "Recordings and arrays: their variables with types and shapes. Sounds: length,\n"
        "rate, channels. Tables, safetensors, INI files. Folders: what lies in them.\n"
        "Ends with the line by which an INI file would use it.",
    .examples = "  anaflow inspect responses.mat\n"
                "  anaflow inspect stimuli/",
    .run = inspect,
};
