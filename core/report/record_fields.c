/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fields of report.json, each read once and checked.
 */
#include "report/record.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "data/npy.h"

/* The first failure, in words. */
void ana_record_refuse(struct ana_record *r, const char *key, const char *wanted)
{
    if (r->rc == 0)
        r->rc =
            ana_fail(r->ctx, ANA_EDATA,
                     "%s: `%s` is no %s; the file has been changed, or another anaflow "
                     "wrote it: run the study again",
                     r->path, key, wanted);
}

void *ana_record_room(struct ana_record *r, int64_t n, size_t size)
{
    void *memory = r->rc == 0 ? ana_arena_alloc(&r->arena, n > 0 ? n : 1, size) : NULL;

    if (!memory && r->rc == 0)
        r->rc = ANA_ERESOURCE;
    return memory;
}

/* NULL where it is null. */
const char *ana_record_text(struct ana_record *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value) && !json_is_null(value))
        ana_record_refuse(r, key, "text");
    return json_string_value(value);
}

int64_t ana_record_count(struct ana_record *r, const json_t *object, const char *key,
                         int64_t least, int64_t most)
{
    const json_t *value = json_object_get(object, key);
    const int64_t n = json_integer_value(value);

    if (json_is_integer(value) && n >= least && n <= most)
        return n;
    ana_record_refuse(r, key, "number of its range");
    return least;
}

double ana_record_real(struct ana_record *r, const json_t *value, const char *key)
{
    if (!json_is_real(value) && !json_is_null(value))
        ana_record_refuse(r, key, "number");
    return json_is_real(value) ? json_real_value(value) : (double)NAN;
}

const json_t *ana_record_list(struct ana_record *r, const json_t *object, const char *key,
                              int64_t *n)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_array(value))
        ana_record_refuse(r, key, "list");
    *n = r->rc == 0 ? (int64_t)json_array_size(value) : 0;
    return value;
}

const char *const *ana_record_texts(struct ana_record *r, const json_t *object,
                                    const char *key, int64_t *n)
{
    const json_t *value = ana_record_list(r, object, key, n);
    const char **out = ana_record_room(r, *n, sizeof *out);

    for (int64_t i = 0; out && i < *n; i++) {
        out[i] = json_string_value(json_array_get(value, (size_t)i));
        if (!out[i])
            ana_record_refuse(r, key, "list of texts");
    }
    return out;
}

/* arrays/NAME.npy, which has to be rows x columns of float64. */
const double *ana_record_array(struct ana_record *r, const json_t *object, int64_t rows,
                               int64_t columns)
{
    const char *name = ana_record_text(r, object, "array");
    const int64_t n = rows * columns; /* both were read as below 2^31 */
    struct ana_tensor stored = {0}, exact = {0};
    double *out = NULL;
    char *path = NULL;

    if (r->rc == 0 && (!name || strchr(name, '/')))
        ana_record_refuse(r, "array", "name");
    if (r->rc == 0)
        path = ana_arena_format(&r->arena, "%s/arrays/%s.npy", r->results.folder, name);
    if (r->rc == 0)
        r->rc = path ? ana_npy_read(r->ctx, path, &stored) : ANA_ERESOURCE;
    if (r->rc == 0 && (stored.dtype != ANA_F64 || stored.ndim != 2 ||
                       stored.shape[0] != rows || stored.shape[1] != columns))
        r->rc =
            ana_fail(r->ctx, ANA_EDATA,
                     "%s: is not the %lld x %lld float64 array that %s speaks of; run "
                     "the study again",
                     path, (long long)rows, (long long)columns, r->path);
    if (r->rc == 0)
        r->rc = ana_tensor_convert(r->ctx, &stored, ANA_F64, &exact);
    out = ana_record_room(r, n, sizeof *out);
    if (out)
        memcpy(out, exact.data, (size_t)n * sizeof *out);
    ana_tensor_finish(&exact);
    ana_tensor_finish(&stored);
    return out;
}
