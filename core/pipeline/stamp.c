/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Results of a simulated recording must never pass for a measurement: the mark beside
 * the recording's files counts, not only what the INI file admits.
 */
#include "pipeline/stamp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* 1 if the folder of this file is marked, 0 if not, -1 without memory. */
static int is_marked(struct ana_ctx *ctx, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash ? strndup(file, (size_t)(slash - file + 1)) : strdup("./");
    char *mark = folder ? ana_path_join(ctx, folder, ANA_SIMULATED_FILE) : NULL;
    const int marked = mark ? access(mark, F_OK) == 0 : -1;

    ana_free(ctx, mark);
    free(folder);
    return marked;
}

static int stamp_recording(struct ana_ctx *ctx, struct ana_gather *gather,
                           const struct ana_study_brain *brain)
{
    for (int64_t i = 0; i < brain->source.n_files; i++)
        switch (is_marked(ctx, brain->source.files[i])) {
        case 0:
            break;
        case 1:
            return ana_gather_stamp(
                gather, "Simulated recording: made by anaflow simulate, not measured.");
        default:
            return ana_fail(ctx, ANA_ERESOURCE, "no memory for the path of %s",
                            ANA_SIMULATED_FILE);
        }
    return 0;
}

int ana_stamp_study(struct ana_ctx *ctx, struct ana_gather *gather,
                    const struct ana_study *study)
{
    int rc = 0;

    if (study->stamp[0])
        return ana_gather_stamp(gather, study->stamp);
    for (int64_t i = 0; rc == 0 && i < study->n_brains; i++)
        rc = stamp_recording(ctx, gather, &study->brains[i]);
    return rc;
}
