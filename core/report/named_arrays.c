/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Named arrays in report.json and summary.json: what each is, in which file, and what its
 * axes count. report.json has all that a figure of one is made of but the numbers.
 */
#include <math.h>
#include <string.h>

#include "report/json.h"
#include "report/store.h"

static const char *const kinds[] = {
    [ANA_AXIS_OTHER] = "other",     [ANA_AXIS_STIMULUS] = "stimulus",
    [ANA_AXIS_TIME] = "time",       [ANA_AXIS_TARGET] = "target",
    [ANA_AXIS_FEATURE] = "feature", [ANA_AXIS_FREQUENCY] = "frequency",
    [ANA_AXIS_RUN] = "run",         [ANA_AXIS_FOLD] = "fold",
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

int32_t ana_arrays_kind(const char *name)
{
    for (int32_t i = 0; name && i < N_KINDS; i++)
        if (strcmp(kinds[i], name) == 0)
            return i;
    return ANA_AXIS_OTHER;
}

static json_t *axis_object(const struct ana_array_block *a, int32_t d, int lists,
                           int *failed)
{
    const struct ana_axis none = {.size = sizeof none}, *axis = a->values.axes[d];
    const int64_t n = a->values.shape[d];
    json_t *object = json_object(), *list;

    axis = axis ? axis : &none;
    ana_json_text(object, "kind",
                  kinds[axis->kind > 0 && axis->kind < N_KINDS ? axis->kind : 0], failed);
    ana_json_text(object, "name", axis->name, failed);
    ana_json_text(object, "unit", axis->unit, failed);
    ana_json_count(object, "n", n, failed);
    ana_json_real(object, "rate", axis->rate, failed);
    ana_json_real(object, "start", axis->start, failed);
    if (lists && axis->coords) {
        ana_json_set(object, "coords", list = json_array(), failed);
        for (int64_t i = 0; i < n; i++)
            ana_json_append(list, json_real(axis->coords[i]), failed);
    }
    if (lists && (axis->labels || (axis->kind == ANA_AXIS_TARGET && a->targets))) {
        ana_json_set(object, "labels", list = json_array(), failed);
        for (int64_t i = 0; i < n; i++)
            ana_json_append(
                list,
                ana_json_string(axis->labels ? axis->labels[i] : a->targets[i].name),
                failed);
    }
    return object;
}

static json_t *array_object(const struct ana_array_block *a, int lists, int *failed)
{
    json_t *object = json_object(), *axes = json_array();

    ana_json_text(object, "comparison", a->comparison, failed);
    ana_json_text(object, "subject", a->subject, failed);
    ana_json_text(object, "brain", a->brain, failed);
    ana_json_text(object, "features", a->features, failed);
    ana_json_text(object, "model", a->model, failed);
    ana_json_text(object, "variant", a->variant, failed);
    ana_json_text(object, "layer", a->layer, failed);
    ana_json_text(object, "metric", a->metric, failed);
    ana_json_text(object, "name", a->name, failed);
    ana_json_text(object, "help", a->help, failed);
    ana_json_text(object, "dtype", ana_dtype_name(a->values.dtype), failed);
    ana_json_set(object, "axes", axes, failed);
    for (int32_t d = 0; d < a->values.ndim; d++)
        ana_json_append(axes, axis_object(a, d, lists, failed), failed);
    return object;
}

/* Nothing where there are none: most studies have no named arrays. */
static void add_arrays(const struct ana_results *results, const struct ana_names *names,
                       int lists, json_t *root, int *failed)
{
    json_t *list;

    if (results->n_arrays == 0)
        return;
    ana_json_set(root, "arrays", list = json_array(), failed);
    for (int64_t i = 0; i < results->n_arrays; i++) {
        const char *name = names->taken[results->n_blocks + results->n_choices + i];
        json_t *object = array_object(&results->arrays[i], lists, failed);

        ana_json_set(object, "array",
                     lists ? json_string(name) : json_sprintf("arrays/%s.npy", name),
                     failed);
        ana_json_append(list, object, failed);
    }
}

void ana_arrays_record(const struct ana_results *results, const struct ana_names *names,
                       json_t *root, int *failed)
{
    add_arrays(results, names, 1, root, failed);
}

void ana_arrays_summary(const struct ana_results *results, const struct ana_names *names,
                        json_t *root, int *failed)
{
    add_arrays(results, names, 0, root, failed);
}
