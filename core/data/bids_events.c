/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the files lie that events name.
 */
#include "data/bids_events.h"

#include <string.h>

#include "base/file.h"

/* Some write stimuli/a.wav though BIDS counts from stimuli/ on. */
char *ana_bids_stimulus(struct ana_ctx *ctx, const struct ana_bids *bids,
                        const char *stim_file)
{
    char *folder = ana_path_join(ctx, bids->root, "stimuli"), *path = NULL;

    while (strncmp(stim_file, "./", 2) == 0)
        stim_file += 2;
    while (*stim_file == '/')
        stim_file++;
    if (strncmp(stim_file, "stimuli/", 8) == 0)
        stim_file += 8;
    if (folder)
        path = ana_path_join(ctx, folder, stim_file);
    ana_free(ctx, folder);
    return path;
}
