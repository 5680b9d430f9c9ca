/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The text files of a BrainVision recording, line by line.
 */
#include "brainvision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/files.h>

enum { MOST_BYTES = 1 << 26 };

static int slurp(struct ana_ctx *ctx, const char *path, struct bv_lines *lines,
                 int64_t *n)
{
    struct stat status;
    int rc = ana_file_check(ctx, path);
    FILE *file = rc == 0 ? fopen(path, "rb") : NULL;

    if (rc != 0)
        return rc;
    if (!file)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > MOST_BYTES)
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no text file of at most 64 MB", path);
    if (rc == 0) {
        lines->memory = ana_alloc(ctx, (int64_t)status.st_size + 1, 1);
        rc = lines->memory ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0) {
        *n = (int64_t)fread(lines->memory, 1, (size_t)status.st_size, file);
        if (memchr(lines->memory, 0, (size_t)*n))
            rc = ana_fail(ctx, ANA_EDATA, "%s: byte %lld is zero; it is no text file",
                          path,
                          (long long)((char *)memchr(lines->memory, 0, (size_t)*n) -
                                      lines->memory));
    }
    fclose(file);
    return rc;
}

int bv_lines_read(struct ana_ctx *ctx, const char *path, struct bv_lines *lines)
{
    int64_t n = 0, count = 1;
    char *at;
    int rc;

    memset(lines, 0, sizeof *lines);
    rc = slurp(ctx, path, lines, &n);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        count += lines->memory[i] == '\n';
    if (rc == 0) {
        lines->line = ana_alloc(ctx, count, sizeof *lines->line);
        rc = lines->line ? 0 : ANA_ERESOURCE;
    }
    at = lines->memory;
    if (rc == 0 && strncmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (char *line; rc == 0 && (line = strsep(&at, "\n"));) {
        line[strcspn(line, "\r")] = 0;
        lines->line[lines->n++] = line;
    }
    if (rc != 0)
        bv_lines_free(ctx, lines);
    return rc;
}

void bv_lines_free(struct ana_ctx *ctx, struct bv_lines *lines)
{
    ana_free(ctx, lines->line);
    ana_free(ctx, lines->memory);
    memset(lines, 0, sizeof *lines);
}

void bv_field(const char *list, int k, char *out, size_t room)
{
    char text[256];
    size_t n = 0, length;

    for (; k > 0 && *list; k--) {
        list += strcspn(list, ",");
        list += *list == ',';
    }
    length = k > 0 ? 0 : strcspn(list, ",");
    for (size_t i = 0; i < length && n + 1 < sizeof text; i++)
        if (list[i] == '\\' && i + 1 < length && list[i + 1] == '1') {
            text[n++] = ',';
            i++;
        } else {
            text[n++] = list[i];
        }
    series_text(text, (int64_t)n, out, room);
}
