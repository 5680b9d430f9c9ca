/* SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON files through jansson. What people read has reals of 15 digits, so that .731 reads
 * .731; whoever needs every bit takes scores.tsv or the arrays.
 */
#include "report/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/escape.h"

void ana_json_set(json_t *object, const char *key, json_t *take_value, int *failed)
{
    if (json_object_set_new(object, key, take_value) != 0)
        *failed = 1;
}

void ana_json_append(json_t *array, json_t *take_value, int *failed)
{
    if (json_array_append_new(array, take_value) != 0)
        *failed = 1;
}

json_t *ana_json_string(const char *text)
{
    struct ana_text valid = {0};
    json_t *string = NULL;

    ana_add_utf8(&valid, text);
    if (!valid.failed)
        string = json_string(valid.data);
    ana_text_finish(&valid);
    return string;
}

void ana_json_text(json_t *object, const char *key, const char *text, int *failed)
{
    ana_json_set(object, key, ana_json_string(text), failed);
}

void ana_json_name(json_t *object, const char *key, const char *name, int *failed)
{
    ana_json_set(object, key, ana_says(name) ? ana_json_string(name) : json_null(),
                 failed);
}

void ana_json_real(json_t *object, const char *key, double value, int *failed)
{
    ana_json_set(object, key, isfinite(value) ? json_real(value) : json_null(), failed);
}

void ana_json_count(json_t *object, const char *key, int64_t n, int *failed)
{
    ana_json_set(object, key, json_integer(n), failed);
}

static int write(struct ana_ctx *ctx, const char *folder, const char *name,
                 json_t *take_root, int failed, size_t flags)
{
    char *path = ana_path_join(ctx, folder, name);
    char *text = NULL;
    struct ana_writer writer;
    int rc = ANA_ERESOURCE;

    if (!failed)
        text = json_dumps(take_root, JSON_SORT_KEYS | flags);
    if (!text)
        ana_fail(ctx, ANA_ERESOURCE, "%s: no memory to write it", name);
    else if (path)
        rc = ana_writer_open(ctx, path, &writer);
    if (rc == 0) {
        fwrite(text, 1, strlen(text), writer.file);
        fputc('\n', writer.file);
        rc = ana_writer_close(ctx, &writer);
    }
    free(text);
    json_decref(take_root);
    ana_free(ctx, path);
    return rc;
}

int ana_json_write(struct ana_ctx *ctx, const char *folder, const char *name,
                   json_t *take_root, int failed)
{
    return write(ctx, folder, name, take_root, failed,
                 JSON_INDENT(1) | JSON_REAL_PRECISION(15));
}

int ana_json_write_exact(struct ana_ctx *ctx, const char *folder, const char *name,
                         json_t *take_root, int failed)
{
    return write(ctx, folder, name, take_root, failed,
                 JSON_COMPACT | JSON_REAL_PRECISION(17));
}
