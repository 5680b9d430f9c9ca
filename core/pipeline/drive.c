/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin without a study: what its author's tests stand on. It is checked as the loader
 * checks it and called as a run calls it, so that a test that passes says something.
 */
#include "pipeline/drive.h"

#include <stdlib.h>

#include "base/context.h"
#include "plugin/descriptor.h"
#include "plugin/params.h"
#include "plugin/registry.h"

static int read_settings(struct ana_test *test, const char *const *settings)
{
    struct ana_setting *list;
    int64_t n = 0;
    int rc;

    while (settings && settings[2 * n] && settings[2 * n + 1])
        n++;
    list = ana_alloc(test->ctx, n, sizeof *list);
    if (!list)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        list[i] =
            (struct ana_setting){settings[2 * i], settings[2 * i + 1], "test", NULL};
    rc = ana_params_create(test->ctx, test->plugin, n, list, &test->params);
    ana_free(test->ctx, list);
    return rc;
}

int ana_test_open(const struct ana_plugin *plugin, const char *const *settings,
                  struct ana_test **out)
{
    struct ana_test *test = calloc(1, sizeof *test);
    int rc;

    *out = NULL;
    if (!test || ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &test->ctx) != 0) {
        free(test);
        return ANA_ERESOURCE;
    }
    *out = test;
    rc = ana_descriptor_read(test->ctx, plugin, plugin->size, &test->plugin);
    if (rc == 0)
        rc = read_settings(test, settings);
    return rc;
}

void ana_test_close(struct ana_test *test)
{
    if (!test)
        return;
    ana_params_destroy(test->params);
    ana_descriptor_release(test->plugin);
    ana_ctx_destroy(test->ctx);
    free(test);
}

struct ana_ctx *ana_test_ctx(struct ana_test *test)
{
    return test->ctx;
}

const struct ana_params *ana_test_params(const struct ana_test *test)
{
    return test->params;
}

int64_t ana_test_memory(const struct ana_test *test)
{
    int64_t peak;

    return ana_ctx_memory(test->ctx, &peak);
}

int ana_test_expect(struct ana_test *test, int32_t kind)
{
    if (!test->params)
        return ana_fail(test->ctx, ANA_EPARAM,
                        "the plugin was refused by ana_test_open; look at what that "
                        "returned first");
    if (test->plugin->kind == kind)
        return 0;
    return ana_fail(test->ctx, ANA_EPARAM, "%s is a %s, no %s", test->plugin->id,
                    ana_kind_name(test->plugin->kind), ana_kind_name(kind));
}

int ana_test_conclude(struct ana_test *test, int rc)
{
    const char *name = ana_params_misused(test->params);

    if (rc != 0 || !name)
        return rc;
    return ana_fail(test->ctx, ANA_EPLUGIN,
                    "it asked for a parameter '%s' of a type or name that its table does "
                    "not have",
                    name);
}
