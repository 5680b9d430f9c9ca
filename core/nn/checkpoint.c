/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opening a checkpoint: the folder's JSON files, then its weights or none.
 */
#include "nn/checkpoint.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { LARGEST_JSON = 1 << 24 };

/* One JSON object from a file; *out stays NULL if the file is not there. */
static int read_json(struct ana_ctx *ctx, const char *folder, const char *name,
                     json_t **out)
{
    char *path = ana_path_join(ctx, folder, name), *data = NULL;
    json_error_t error;
    int64_t n = 0;
    int rc = path ? 0 : ANA_ERESOURCE;

    if (rc == 0 && access(path, F_OK) == 0) {
        rc = ana_file_read(ctx, path, LARGEST_JSON, &data, &n);
        if (rc == 0)
            *out = json_loadb(data, (size_t)n, JSON_REJECT_DUPLICATES, &error);
        if (rc == 0 && !*out)
            rc = ana_fail(ctx, ANA_EDATA, "%s: is not JSON, line %d, byte %d: %s", path,
                          error.line, error.position, error.text);
        else if (rc == 0 && !json_is_object(*out))
            rc = ana_fail(ctx, ANA_EDATA, "%s: an object {...} was expected", path);
    }
    ana_free(ctx, data);
    ana_free(ctx, path);
    return rc;
}

/* What stands in the place of a folder with a config.json, and is none. */
static int fail_no_folder(struct ana_ctx *ctx, const char *folder)
{
    const char *slash = strrchr(folder, '/');
    struct stat st;
    char pickle[256];

    if (stat(folder, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "checkpoint %s: there is no such folder", folder);
    if (!S_ISDIR(st.st_mode) && ana_is_pickle(folder))
        return ana_fail_pickle(ctx, folder, slash ? slash + 1 : folder, folder);
    if (!S_ISDIR(st.st_mode))
        return ana_fail(ctx, ANA_EDATA,
                        "checkpoint %s: is a file; name the folder that holds it beside "
                        "its config.json",
                        folder);
    if (ana_find_pickle(folder, pickle))
        return ana_fail_pickle(ctx, folder, pickle, folder);
    return ana_fail(ctx, ANA_EDATA,
                    "checkpoint %s: holds no config.json; it should be a folder as "
                    "Hugging Face publishes them (config.json, model.safetensors)",
                    folder);
}

static int read_folder(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    int rc;

    rc = read_json(ctx, checkpoint->folder, "config.json", &checkpoint->config);
    if (rc == 0 && !checkpoint->config)
        return fail_no_folder(ctx, checkpoint->folder);
    if (rc == 0)
        rc = read_json(ctx, checkpoint->folder, "preprocessor_config.json",
                       &checkpoint->preprocessor);
    if (rc == 0 && !checkpoint->random)
        rc = ana_checkpoint_open_weights(ctx, checkpoint);
    return rc;
}

static int take_fallback(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                         const char *fallback)
{
    json_error_t error;

    if (!fallback)
        return ana_fail(ctx, ANA_EPARAM,
                        "checkpoint = random needs a shape: name a folder with a "
                        "config.json and use `controls = random`");
    checkpoint->config = json_loads(fallback, JSON_REJECT_DUPLICATES, &error);
    if (!checkpoint->config)
        return ana_fail(ctx, ANA_EPLUGIN, "the built-in configuration is not JSON: %s",
                        error.text);
    return 0;
}

/* The fields at the end of the source, absent from plugins' tests of older headers. */
static int take_control(struct ana_ctx *ctx, const struct ana_model_source *source,
                        struct ana_checkpoint *checkpoint)
{
    const char *control =
        source->size >= sizeof *source && source->control ? source->control : "";

    checkpoint->twin = source->size >= sizeof *source ? source->twin : 0;
    checkpoint->random = strcmp(control, "random") == 0;
    checkpoint->permuted = strcmp(control, "permuted") == 0;
    if (*control && !checkpoint->random && !checkpoint->permuted)
        return ana_fail(ctx, ANA_EPARAM,
                        "the control '%s' is not known: random, permuted", control);
    return 0;
}

int ana_checkpoint_open(struct ana_ctx *ctx, const struct ana_model_source *source,
                        const char *fallback, struct ana_checkpoint **out)
{
    struct ana_checkpoint *checkpoint;
    int rc;

    *out = NULL;
    if (!source->checkpoint || !*source->checkpoint)
        return ana_fail(ctx, ANA_EPARAM,
                        "the model needs its weights: add `checkpoint = FOLDER`%s",
                        fallback ? " (or `checkpoint = random`)" : "");
    checkpoint = ana_alloc(ctx, 1, sizeof *checkpoint);
    if (!checkpoint)
        return ANA_ERESOURCE;
    checkpoint->prefix = "";
    checkpoint->describe = (source->flags & ANA_SOURCE_DESCRIBE) != 0;
    checkpoint->folder = ana_strdup(ctx, source->checkpoint);
    rc = checkpoint->folder ? take_control(ctx, source, checkpoint) : ANA_ERESOURCE;
    if (rc == 0 && strcmp(source->checkpoint, "random") == 0) {
        checkpoint->random = 1;
        rc = take_fallback(ctx, checkpoint, fallback);
    } else if (rc == 0) {
        rc = read_folder(ctx, checkpoint);
    }
    if (rc == 0)
        *out = checkpoint;
    else
        ana_checkpoint_close(ctx, checkpoint);
    return rc;
}

void ana_checkpoint_close(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    ana_checkpoint_close_weights(ctx, checkpoint);
    for (int64_t i = 0; i < checkpoint->n_made; i++)
        ana_free(ctx, checkpoint->made[i]);
    ana_free(ctx, checkpoint->made);
    ana_free(ctx, checkpoint->mapped);
    ana_text_finish(&checkpoint->missing);
    ana_text_finish(&checkpoint->misshapen);
    json_decref(checkpoint->config);
    json_decref(checkpoint->preprocessor);
    ana_free(ctx, checkpoint->failure);
    ana_free(ctx, checkpoint->folder);
    ana_free(ctx, checkpoint);
}

int ana_checkpoint_is_random(const struct ana_checkpoint *checkpoint)
{
    return checkpoint->random;
}

int64_t ana_checkpoint_parameters(const struct ana_checkpoint *checkpoint)
{
    return checkpoint->parameters;
}

void ana_checkpoint_prefix(struct ana_checkpoint *checkpoint, const char *const *prefixes,
                           const char *probe)
{
    char full[256];

    checkpoint->prefix = prefixes[0];
    for (; *prefixes; prefixes++)
        if (ana_checkpoint_find(checkpoint, *prefixes, probe, full)) {
            checkpoint->prefix = *prefixes;
            return;
        }
}
