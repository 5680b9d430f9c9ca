/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ${NAME} from the environment. Unset is an error, so that no path silently becomes
 * "/data"; only ${ANAFLOW_DATA}, the folder of the shared recordings, has a default.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "pipeline/ini_private.h"

/* shared/data beside `folder` or the nearest of its parents. */
static const char *find_data(struct ana_arena *arena, const char *folder)
{
    char *real = realpath(folder, NULL), *slash, *path = NULL;
    struct stat info;

    for (int64_t n = real ? (int64_t)strlen(real) : 0; n > 0;) {
        path = ana_arena_format(arena, "%.*s/shared/data", (int)n, real);
        if (!path || (stat(path, &info) == 0 && S_ISDIR(info.st_mode)))
            break;
        real[n] = 0;
        slash = strrchr(real, '/');
        n = slash ? slash - real : 0;
        path = NULL;
    }
    if (!path)
        path = ana_arena_format(arena, "%s/shared/data", real && *real ? real : folder);
    free(real);
    return path;
}

/* The value of a variable; NULL if there is none. */
static const char *look_up(struct ana_arena *arena, const char *folder, const char *name,
                           int32_t *data_default)
{
    const char *value = getenv(name);

    if (value && *value)
        return value;
    if (strcmp(name, "ANAFLOW_DATA") != 0)
        return NULL;
    *data_default = 1;
    return find_data(arena, folder);
}

static int check_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return 0;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return 0;
    return 1;
}

int ana_ini_expand(struct ana_ctx *ctx, struct ana_arena *arena, const char *where,
                   const char *folder, const char *text, const char **out,
                   int32_t *data_default)
{
    struct ana_text all = {0};
    const char *open, *close, *name, *value;
    int rc = 0;

    ana_text_write(&all, "", 0);
    for (; rc == 0 && (open = strstr(text, "${")) != NULL; text = close + 1) {
        close = strchr(open, '}');
        name = close ? ana_arena_copy(arena, open + 2, close - open - 2) : "";
        if (!name || !close || !check_name(name)) {
            rc = ana_fail(ctx, ANA_EPARAM, "%s: '%s' is no variable; write ${NAME}",
                          where, open);
            break;
        }
        value = look_up(arena, folder, name, data_default);
        if (!value)
            rc = ana_fail(ctx, ANA_EPARAM,
                          "%s: ${%s} is not set; set it (export %s=/path/to/it) or "
                          "write the path here",
                          where, name, name);
        else if (strpbrk(value, "\n\r"))
            rc = ana_fail(ctx, ANA_EPARAM, "%s: the variable %s holds a line break",
                          where, name);
        ana_text_write(&all, text, open - text);
        if (value)
            ana_text_add(&all, "%s", value);
    }
    ana_text_add(&all, "%s", rc == 0 ? text : "");
    *out = rc == 0 && !all.failed ? ana_arena_strdup(arena, all.data) : NULL;
    ana_text_finish(&all);
    if (rc == 0 && !*out)
        rc = ana_fail(ctx, ANA_ERESOURCE, "%s: no memory for the value", where);
    return rc;
}
