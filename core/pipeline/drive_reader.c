/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One run of one file through a reader.
 */
#include <anaflow/reader.h>

#include "pipeline/drive.h"
#include "plugin/describe.h"

/* Shape of all of a run, by the recording's layout. */
static int find_shape(struct ana_ctx *ctx, const struct ana_recording_info *info,
                      int64_t run, int32_t *ndim, int64_t shape[3])
{
    if (run < 0 || run >= info->n_runs)
        return ana_fail(ctx, ANA_EPARAM, "there is no run %lld of %lld", (long long)run,
                        (long long)info->n_runs);
    shape[0] = info->runs[run].n;
    shape[1] = info->n_targets;
    *ndim = 2;
    if (info->layout == ANA_LAYOUT_EPOCHS) {
        shape[1] = info->n_times;
        shape[2] = info->n_targets;
        *ndim = 3;
    }
    return 0;
}

static int read_run(struct ana_ctx *ctx, const struct ana_reader_vt *vt, void *self,
                    int64_t run, struct ana_tensor *out)
{
    struct ana_recording_info info;
    struct ana_described described;
    int64_t shape[3] = {0};
    int32_t ndim = 0;
    int rc = ana_reader_describe(ctx, vt, self, &info, &described);

    if (rc == 0)
        rc = find_shape(ctx, &info, run, &ndim, shape);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F64, ndim, shape, out);
    if (rc == 0)
        rc = vt->read(ctx, self, run, 0, shape[0], NULL, info.n_targets, out);
    ana_described_finish(ctx, &described);
    return rc;
}

int ana_test_reader(struct ana_test *test, const char *path, int64_t run,
                    struct ana_tensor *out)
{
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = &path, .text = path};
    const struct ana_reader_vt *vt;
    int32_t confidence = 0;
    void *self = NULL;
    int rc = ana_test_expect(test, ANA_KIND_READER);

    *out = (struct ana_tensor){.size = 0};
    if (rc != 0)
        return rc;
    vt = test->plugin->reader;
    rc = vt->probe(test->ctx, &source, &confidence);
    if (rc == 0 && (confidence < 1 || confidence > 100))
        rc = ana_fail(test->ctx, ANA_EPLUGIN,
                      "probe's confidence in %s is %d, expected 1 to 100", path,
                      confidence);
    if (rc == 0)
        rc = vt->open(test->ctx, test->params, &source, &self);
    if (rc == 0)
        rc = read_run(test->ctx, vt, self, run, out);
    vt->close(test->ctx, self);
    if (rc != 0)
        ana_tensor_finish(out);
    return ana_test_conclude(test, rc);
}
