/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The byte of a damage. libhdf5 says what is wrong, seldom where: the object's header is
 * asked of it, or of the link that leads there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5.h"
#include "h5_blocks.h"

/* libhdf5's own words, innermost, and an address where any of them holds one. */
struct told {
    char text[160];
    int64_t address; /* as it is stored; -1 = none */
};

static herr_t take_innermost(unsigned n, const H5E_error2_t *error, void *arg)
{
    static const char key[] = "addr = ";
    struct told *told = arg;
    const char *at = error->desc ? strstr(error->desc, key) : NULL;

    (void)n;
    if (error->desc)
        snprintf(told->text, sizeof told->text, "%.150s", error->desc);
    if (at)
        told->address = strtoll(at + sizeof key - 1, NULL, 10);
    return 0;
}

/* Before any other call: each clears what the last one said. */
static struct told listen(void)
{
    struct told told = {"", -1};

    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take_innermost, &told);
    H5Eclear2(H5E_DEFAULT);
    for (char *c = told.text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    return told;
}

static int64_t byte_of(const struct h5_file *file, haddr_t address)
{
    return address > (haddr_t)(INT64_MAX - file->base) ? -1
                                                       : (int64_t)address + file->base;
}

int64_t h5_header_of(const struct h5_file *file, hid_t object)
{
    H5O_info_t info;
    const int known = object >= 0 && H5Oget_info2(object, &info, H5O_INFO_BASIC) >= 0;

    H5Eclear2(H5E_DEFAULT);
    return known ? byte_of(file, info.addr) : -1;
}

int64_t h5_data_of(const struct h5_file *file, hid_t dataset)
{
    const haddr_t address = H5Dget_offset(dataset); /* the user block is counted */

    H5Eclear2(H5E_DEFAULT);
    return address == HADDR_UNDEF || address > INT64_MAX ? h5_header_of(file, dataset)
                                                         : (int64_t)address;
}

static int64_t header_behind(const struct h5_file *file, hid_t group, const char *link)
{
    H5L_info_t info;
    const int known =
        H5Lget_info(group, link, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;

    H5Eclear2(H5E_DEFAULT);
    return known ? byte_of(file, info.u.address) : h5_header_of(file, group);
}

/* "FILE: `NAME` BEFORE at byte N AFTER"; `bad` is the byte of the damage itself, if that
 * was found. */
static int refuse(struct ana_ctx *ctx, const struct h5_file *file,
                  const struct told *told, const char *name, const char *before,
                  int64_t at, const char *after, int64_t bad)
{
    char here[40] = "", there[40] = "";

    if (at < 0 && told->address >= 0)
        at = byte_of(file, (haddr_t)told->address);
    if (at < 0)
        at = file->root;
    if (at >= 0)
        snprintf(here, sizeof here, " at byte %lld", (long long)at);
    if (bad >= 0 && bad != at)
        snprintf(there, sizeof there, " at byte %lld", (long long)bad);
    return ana_fail(ctx, ANA_EDATA, "%s: `%.200s`%s%s%s %s; the file is damaged%s%s%s%s",
                    file->path, *name ? name : "/", *before ? " " : "", before, here,
                    after, there, *told->text ? " (HDF5: " : "", told->text,
                    *told->text ? ")" : "");
}

int h5_damaged(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
               const char *name, const char *what)
{
    const struct told told = listen();
    const int64_t at = object < 0 ? file->root : h5_header_of(file, object);

    return refuse(ctx, file, &told, name, "", at, what, h5_bad_block(file, at));
}

int h5_damaged_link(struct ana_ctx *ctx, const struct h5_file *file, hid_t group,
                    const char *link, const char *name, const char *what)
{
    const struct told told = listen();
    const int64_t at = header_behind(file, group, link);

    return refuse(ctx, file, &told, name, "", at, what, h5_bad_block(file, at));
}

int h5_damaged_data(struct ana_ctx *ctx, const struct h5_file *file, hid_t dataset,
                    const char *name, const char *what)
{
    const struct told told = listen();
    const int64_t at = h5_data_of(file, dataset);

    return refuse(ctx, file, &told, name, "has values", at, what, -1);
}

int h5_damaged_part(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                    const char *part, int64_t at, const char *what)
{
    const struct told told = listen();

    return refuse(ctx, file, &told, name, part, at, what, -1);
}
