/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FreeSurfer's .label: a comment, how many, and "VERTEX X Y Z VALUE" a line.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>

#include "gifti.h"

/* "#!ascii label  , from subject fsaverage vox2ras=TkReg": the subject. */
static void take_comment(const char *line, size_t room, char *about)
{
    const char *from = strstr(line, "from subject ");
    const size_t n = from ? strcspn(from + 5, " \t\r\n") : 0;

    if (room == 0)
        return;
    *about = 0;
    if (n == 7) /* "subject" alone */
        snprintf(about, room, "%.*s", (int)(8 + strcspn(from + 13, " \t\r\n")), from + 5);
}

int gii_label_read(struct ana_ctx *ctx, const char *path, size_t room, char *about,
                   int64_t *n,
                   int (*take)(struct ana_ctx *ctx, void *arg, int64_t line,
                               int64_t vertex, const double place[3]),
                   void *arg)
{
    char line[512];
    long long count = -1, vertex, seen = 0;
    int rc = ana_file_check(ctx, path);
    FILE *in = rc == 0 ? fopen(path, "r") : NULL;

    *n = 0;
    if (rc != 0)
        return rc;
    if (!in)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened", path);
    if (fgets(line, sizeof line, in) && line[0] == '#')
        take_comment(line, room, about);
    else
        rc = ANA_EDATA;
    if (rc != 0 || !fgets(line, sizeof line, in) || sscanf(line, "%lld", &count) != 1 ||
        count < 0)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: is no FreeSurfer label: expected a line with # and a line with "
                     "the number of vertices",
                     path);
    while (rc == 0 && seen < count) {
        double place[3] = {(double)NAN, (double)NAN, (double)NAN};

        if (!fgets(line, sizeof line, in) || sscanf(line, "%lld %lf %lf %lf", &vertex,
                                                    &place[0], &place[1], &place[2]) < 1)
            rc = ana_fail(ctx, ANA_EDATA, "%s:%lld: expected vertex %lld of %lld", path,
                          seen + 3, seen + 1, count);
        else
            rc = take(ctx, arg, seen + 3, vertex, place);
        seen++;
    }
    fclose(in);
    *n = rc == 0 ? count : 0;
    return rc;
}
