/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin runs with all rights of whoever starts the program, so that whoever can write
 * where plugins lie can do what its user can. The rule is that of Debian's sshd for its
 * files: a group may write if it is the user's own, without other members.
 */
#include "plugin/trust.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* 1 if nobody but the owner is in the group: it has his name and no other member. */
static int private_group(uid_t owner, gid_t group)
{
    const struct passwd *user = getpwuid(owner);
    const struct group *entry;
    char name[256];

    if (!user || user->pw_gid != group || strlen(user->pw_name) >= sizeof name)
        return 0;
    memcpy(name, user->pw_name, strlen(user->pw_name) + 1);
    entry = getgrgid(group);
    if (!entry || strcmp(entry->gr_name, name) != 0)
        return 0;
    for (char **member = entry->gr_mem; member && *member; member++)
        if (strcmp(*member, name) != 0)
            return 0;
    return 1;
}

int ana_plugin_distrust(struct ana_ctx *ctx, const char *path, char **problem)
{
    const char *what = NULL, *cure = NULL;
    struct ana_text text = {0};
    struct stat st;

    *problem = NULL;
    if (stat(path, &st) != 0)
        return 0; /* loading says why */
    if (st.st_mode & S_IWOTH) {
        what = "everybody may write to it";
        cure = "take that right away with `chmod o-w`";
    } else if ((st.st_mode & S_IWGRP) && !private_group(st.st_uid, st.st_gid)) {
        what = "its group may write to it";
        cure = "take that right away with `chmod g-w`";
    }
    if (!what)
        return 0;
    ana_text_add(
        &text, "%s, and a plugin can do all that you can: nothing is loaded from it; %s",
        what, cure);
    *problem = text.failed ? NULL : ana_strdup(ctx, text.data);
    ana_text_finish(&text);
    return *problem ? 0 : ana_fail(ctx, ANA_ERESOURCE, "no memory for a sentence");
}
