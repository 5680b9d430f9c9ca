/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values of config.json and preprocessor_config.json. Each is checked against a range
 * before anything is sized by it.
 */
#include <math.h>
#include <string.h>

#include "nn/checkpoint.h"

/* The value and the file's name for messages; NULL for missing and for null. */
static const json_t *look_up(const struct ana_checkpoint *checkpoint, const char **key,
                             const char **file)
{
    static const char other[] = "preprocessor.";
    const json_t *object = checkpoint->config, *value;

    *file = "config.json";
    if (strncmp(*key, other, sizeof other - 1) == 0) {
        *key += sizeof other - 1;
        *file = "preprocessor_config.json";
        object = checkpoint->preprocessor;
    }
    value = json_object_get(object, *key);
    return json_is_null(value) ? NULL : value;
}

static int fail_value(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                      const char *file, const char *key, const json_t *value,
                      const char *expected)
{
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    if (value)
        ana_fail(ctx, ANA_EDATA, "%s/%s: \"%s\" is %.60s; %s was expected",
                 checkpoint->folder, file, key, found ? found : "?", expected);
    else
        ana_fail(ctx, ANA_EDATA, "%s/%s: \"%s\" is missing; %s was expected",
                 checkpoint->folder, file, key, expected);
    free(found);
    return ANA_EDATA;
}

static int fail_whole(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                      const char *file, const char *key, const json_t *value, int64_t low,
                      int64_t high)
{
    char expected[96];

    snprintf(expected, sizeof expected, "a whole number from %lld to %lld",
             (long long)low, (long long)high);
    return fail_value(ctx, checkpoint, file, key, value, expected);
}

static int is_whole(const json_t *value, int64_t low, int64_t high)
{
    return json_is_integer(value) && json_integer_value(value) >= low &&
           json_integer_value(value) <= high;
}

int ana_config_int(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                   const char *key, const int64_t *fallback, int64_t low, int64_t high,
                   int64_t *out)
{
    const char *file;
    const json_t *value = look_up(checkpoint, &key, &file);

    if (!value && fallback) {
        *out = *fallback;
        return 0;
    }
    if (!is_whole(value, low, high))
        return fail_whole(ctx, checkpoint, file, key, value, low, high);
    *out = json_integer_value(value);
    return 0;
}

int ana_config_real(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                    const char *key, const double *fallback, double low, double high,
                    double *out)
{
    const char *file;
    const json_t *value = look_up(checkpoint, &key, &file);
    char expected[96];

    if (!value && fallback) {
        *out = *fallback;
        return 0;
    }
    *out = json_number_value(value);
    if (json_is_number(value) && *out >= low && *out <= high)
        return 0;
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    return fail_value(ctx, checkpoint, file, key, value, expected);
}

int ana_config_flag(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                    const char *key, int fallback, int *out)
{
    const char *file;
    const json_t *value = look_up(checkpoint, &key, &file);

    if (value && !json_is_boolean(value))
        return fail_value(ctx, checkpoint, file, key, value, "true or false");
    *out = value ? json_is_true(value) : fallback;
    return 0;
}

int ana_config_text(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                    const char *key, const char *fallback, const char **out)
{
    const char *file;
    const json_t *value = look_up(checkpoint, &key, &file);

    *out = value ? json_string_value(value) : fallback;
    return *out ? 0 : fail_value(ctx, checkpoint, file, key, value, "a text");
}

int ana_config_list(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                    const char *key, int64_t most, int64_t low, int64_t high, int64_t *n,
                    int64_t *out)
{
    const char *file;
    const json_t *value = look_up(checkpoint, &key, &file);
    char expected[96];

    if (!json_is_array(value) || json_array_size(value) < 1 ||
        json_array_size(value) > (size_t)most) {
        snprintf(expected, sizeof expected, "a list of 1 to %lld whole numbers",
                 (long long)most);
        return fail_value(ctx, checkpoint, file, key, value, expected);
    }
    *n = (int64_t)json_array_size(value);
    for (int64_t i = 0; i < *n; i++) {
        const json_t *item = json_array_get(value, (size_t)i);

        if (!is_whole(item, low, high))
            return fail_whole(ctx, checkpoint, file, key, item, low, high);
        out[i] = json_integer_value(item);
    }
    return 0;
}

static const char foreign[] = "; this plugin reads ";

const char *ana_checkpoint_foreign(const char *error, int *at)
{
    const char *found = strstr(error, foreign);

    *at = found ? (int)(found - error) : 0;
    return found ? found + sizeof foreign - 1 : NULL;
}

static int is_listed(const char *types, const char *type)
{
    const size_t n = strlen(type);
    const char *at = n > 0 ? strstr(types, type) : NULL;

    for (; at; at = strstr(at + 1, type))
        if ((at == types || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return 1;
    return 0;
}

int ana_checkpoint_type(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                        const char *types, const char **type)
{
    int rc = ana_config_text(ctx, checkpoint, "model_type", NULL, type);

    if (rc == 0 && !is_listed(types, *type))
        return ana_fail(ctx, ANA_EDATA, "%s/config.json: \"model_type\" is \"%.40s\"%s%s",
                        checkpoint->folder, *type, foreign, types);
    return rc;
}
