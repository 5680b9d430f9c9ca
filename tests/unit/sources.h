/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sources as an INI file's `data =` gives them to a reader, and reader plugins from the
 * build tree.
 */
#ifndef TESTS_SOURCES_H
#define TESTS_SOURCES_H

#include <dlfcn.h>

#include <anaflow/arrays.h>

#include "plugin/params.h"
#include "tests/unit/helpers.h"

/* The source that "FILES : VAR{cells} * TIMES(axes) @ rate" would make. */
struct test_source {
    struct ana_source source;
    const char *files[8];
    char text[512];
};

static inline int32_t test_axis_kind(const char *name)
{
    const char *const names[] = {"stimulus", "time",      "target",
                                 "feature",  "frequency", "run"};

    for (int32_t i = 0; i < 6; i++)
        if (strcmp(name, names[i]) == 0)
            return ANA_AXIS_STIMULUS + i;
    return ANA_AXIS_OTHER;
}

/* files and axes are lists between commas: "a.mat,b.mat", "stimulus=names,time". */
static inline const struct ana_source *
test_source_of(struct test_source *s, const char *files, const char *name,
               const char *cells, const char *times, const char *axes, double rate)
{
    char *rest = s->text, *part;

    memset(s, 0, sizeof *s);
    snprintf(s->text, sizeof s->text, "%s;%s", files, axes);
    s->source.size = sizeof s->source;
    s->source.files = s->files;
    s->source.rate = rate;
    s->source.text = "the whole value";
    s->source.var.name = name;
    s->source.var.cells = cells;
    s->source.var.times = times;
    part = strsep(&rest, ";");
    for (char *file; (file = strsep(&part, ",")) && *file;)
        s->files[s->source.n_files++] = file;
    for (char *axis; (axis = strsep(&rest, ",")) && *axis;) {
        struct ana_array_axis *a = &s->source.var.axis[s->source.var.n_axes++];

        a->name = strsep(&axis, "=");
        a->names = axis;
        a->kind = test_axis_kind(a->name);
    }
    return &s->source;
}

/* A committed file below tests/golden; valid until the eighth call after. */
static inline const char *test_golden(const char *name)
{
    static char paths[8][512];
    static int next;
    const char *source = getenv("ANA_SOURCE");
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/tests/golden/%s", source ? source : ".", name);
    return path;
}

/* The plugin of plugins/readers/ID in the build tree. */
static inline const struct ana_plugin *test_reader_plugin(const char *id)
{
    const char *build = getenv("ANA_BUILD");
    char path[512];
    void *module;

    snprintf(path, sizeof path, "%s/plugins/readers/%s/.libs/%s.so", build ? build : ".",
             id, id);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    return dlsym(module, "anaflow_plugin");
}

/* A recording that a reader plugin opened. */
struct test_recording {
    struct ana_ctx *ctx;
    const struct ana_reader_vt *vt;
    struct ana_params *params;
    void *self;
    struct ana_recording_info info;
};

static inline int test_recording_open(struct test_recording *r, const char *id,
                                      const struct ana_source *source,
                                      const struct ana_setting *settings,
                                      int64_t n_settings)
{
    const struct ana_plugin *plugin = test_reader_plugin(id);
    int rc;

    memset(r, 0, sizeof *r);
    r->ctx = test_ctx();
    r->vt = plugin->reader;
    ck_assert_int_eq(ana_params_create(r->ctx, plugin, n_settings, settings, &r->params),
                     0);
    rc = r->vt->open(r->ctx, r->params, source, &r->self);
    return rc == 0 ? r->vt->describe(r->ctx, r->self, &r->info) : rc;
}

/* Open files ("a.nii,b.nii") with settings ("mask=m.nii;tr=2"). */
static inline int test_open(struct test_recording *r, const char *id, const char *files,
                            double rate, const char *settings)
{
    static char text[2048]; /* the parameters point into it */
    struct ana_setting list[8];
    struct test_source s;
    char *rest = text;
    int64_t n = 0;

    snprintf(text, sizeof text, "%s", settings);
    for (char *one; *text && (one = strsep(&rest, ";"));) {
        list[n].key = strsep(&one, "=");
        list[n].where = "";
        list[n].folder = NULL;
        list[n++].value = one;
    }
    return test_recording_open(
        r, id, test_source_of(&s, files, NULL, NULL, NULL, "", rate), list, n);
}

static inline void test_open_ok(struct test_recording *r, const char *id,
                                const char *files, const char *settings)
{
    if (test_open(r, id, files, 0, settings) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
}

static inline void test_recording_close(struct test_recording *r)
{
    r->vt->close(r->ctx, r->self);
    ana_params_destroy(r->params);
    ana_ctx_destroy(r->ctx);
}

/* One number: of a run (SERIES), a row (ROWS), a row and time (EPOCHS). */
static inline double test_recording_at(struct test_recording *r, int64_t run, int64_t row,
                                       int64_t time, int64_t target)
{
    const int epochs = r->info.layout == ANA_LAYOUT_EPOCHS;
    double *values = calloc((size_t)(epochs ? r->info.n_times : 1), sizeof *values),
           value;
    struct ana_tensor out;

    ana_tensor_view(ANA_F64, epochs ? 3 : 2,
                    epochs ? (int64_t[]){1, r->info.n_times, 1} : (int64_t[]){1, 1},
                    values, &out);
    if (r->vt->read(r->ctx, r->self, run, row, 1, &target, 1, &out) != 0)
        ck_abort_msg("%s", ana_error(r->ctx));
    value = values[epochs ? time : 0];
    free(values);
    return value;
}

#endif
