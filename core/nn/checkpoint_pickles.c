/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pickles: they run code when they are read, and are refused with the command that turns
 * them into safetensors.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nn/checkpoint.h"

int ana_is_pickle(const char *name)
{
    static const char *const endings[] = {".pt",  ".pth",    ".ckpt",
                                          ".pkl", ".pickle", ".bin.index.json"};
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    const size_t n = strlen(base);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t ending = strlen(endings[i]);

        if (n > ending && strcasecmp(base + n - ending, endings[i]) == 0)
            return 1;
    }
    return strncmp(base, "pytorch_model", 13) == 0 && n >= 17 &&
           strcmp(base + n - 4, ".bin") == 0;
}

/* Takes no memory: what could not be had would look like a file that is not there. */
int ana_find_pickle(const char *folder, char name[256])
{
    DIR *files = opendir(folder);
    const struct dirent *entry;

    name[0] = 0;
    while (files && (entry = readdir(files)))
        if (ana_is_pickle(entry->d_name) && strlen(entry->d_name) < 256 &&
            (!name[0] || strcmp(entry->d_name, name) < 0))
            strcpy(name, entry->d_name);
    if (files)
        closedir(files);
    return name[0] != 0;
}

int ana_holds_pickles_alone(const char *folder, char name[256])
{
    DIR *files = ana_find_pickle(folder, name) ? opendir(folder) : NULL;
    const struct dirent *entry;
    int alone = files != NULL;

    while (alone && (entry = readdir(files)))
        alone = entry->d_name[0] == '.' || ana_is_pickle(entry->d_name);
    if (files)
        closedir(files);
    return alone;
}

int ana_fail_pickle(struct ana_ctx *ctx, const char *place, const char *name,
                    const char *convert)
{
    const char *quote = strpbrk(convert, " '\"$`\\()&;*?") ? "\"" : "";

    return ana_fail(ctx, ANA_EDATA,
                    "checkpoint %s: %s is a pickle, which can run any program when it is "
                    "opened, and is not read; convert it once, if you trust it: python3 "
                    "tools/convert_checkpoint.py %s%s%s (in anaflow's sources; installed "
                    "in %s/tools)",
                    place, name, quote, convert, quote, ANA_DATA_DIR);
}
