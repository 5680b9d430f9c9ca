/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From paths to objects, a link at a time: libhdf5 would follow a link into another file,
 * or call what a link of a user's own kind names, so each is looked at before it is taken.
 */
#include <stdio.h>
#include <string.h>

#include "h5.h"

enum { MOST_LINKS = 16, LONGEST = 1024, DEEPEST = 32, MOST_OBJECTS = 20000 };

void h5_drop(hid_t object)
{
    if (object > 0)
        H5Oclose(object);
}

/* "a, b, c ..." of a group. */
static void name_some(hid_t group, char *text, size_t room)
{
    H5G_info_t info;
    size_t used = 0;

    *text = 0;
    if (H5Gget_info(group, &info) < 0)
        return;
    for (hsize_t i = 0; i < info.nlinks && i < 8 && used + 64 < room; i++) {
        char name[48] = "";

        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_NATIVE, i, name,
                               sizeof name, H5P_DEFAULT) >= 0)
            used +=
                (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", name);
    }
    if (info.nlinks > 8)
        snprintf(text + used, room - used, " ...");
}

static int refuse_missing(struct ana_ctx *ctx, const struct h5_file *file,
                          const char *path, hid_t group)
{
    char some[512];

    name_some(group, some, sizeof some);
    return ana_fail(ctx, ANA_EDATA, "%s: holds no `%.200s`; there is: %s", file->path,
                    path, *some ? some : "nothing");
}

/* Where an external link leads, for the sentence alone. */
static int refuse_link(struct ana_ctx *ctx, const struct h5_file *file, const char *path,
                       hid_t group, const char *name, const H5L_info_t *info)
{
    const char *other = NULL, *object = NULL;
    char value[LONGEST];

    if (info->type == H5L_TYPE_EXTERNAL && info->u.val_size < sizeof value &&
        H5Lget_val(group, name, value, sizeof value, H5P_DEFAULT) >= 0)
        H5Lunpack_elink_val(value, info->u.val_size, NULL, &other, &object);
    if (info->type == H5L_TYPE_EXTERNAL)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` is a link into another file (%.100s), which is not "
                        "followed; name that file, or copy it in with h5copy",
                        file->path, path, other ? other : "unknown");
    return ana_fail(ctx, ANA_EDATA,
                    "%s: `%.200s` is a link of a user's own kind (%d), which is not "
                    "followed",
                    file->path, path, (int)info->type);
}

static int find(struct ana_ctx *ctx, const struct h5_file *file, hid_t from,
                const char *path, int links, int must, hid_t *object);

static int follow_soft(struct ana_ctx *ctx, const struct h5_file *file, hid_t group,
                       const char *name, const H5L_info_t *info, int links, int must,
                       hid_t *object)
{
    char target[LONGEST] = "";

    if (links >= MOST_LINKS)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%.200s` is a soft link that leads over more than %d others; "
            "do they lead in a circle?",
            file->path, name, MOST_LINKS);
    if (info->u.val_size >= sizeof target ||
        H5Lget_val(group, name, target, sizeof target, H5P_DEFAULT) < 0)
        return h5_damaged(ctx, file, group, name, "is a soft link that cannot be read");
    target[sizeof target - 1] = 0;
    return find(ctx, file, *target == '/' ? -1 : group, target, links + 1, must, object);
}

/* One link of a group. *object < 0 = there is none. */
static int step(struct ana_ctx *ctx, const struct h5_file *file, hid_t group,
                const char *name, const char *path, int links, int must, hid_t *object)
{
    H5L_info_t info;
    htri_t there;

    *object = -1;
    if (H5Iget_type(group) != H5I_GROUP)
        return must ? ana_fail(ctx, ANA_EDATA,
                               "%s: holds no `%.200s`: what stands before `%.100s` is no "
                               "group",
                               file->path, path, name)
                    : 0;
    there = H5Lexists(group, name, H5P_DEFAULT);
    if (there == 0)
        return must ? refuse_missing(ctx, file, path, group) : 0;
    if (there < 0 || H5Lget_info(group, name, &info, H5P_DEFAULT) < 0)
        return h5_damaged(ctx, file, group, path, "cannot be looked up");
    if (info.type == H5L_TYPE_SOFT)
        return follow_soft(ctx, file, group, name, &info, links, must, object);
    if (info.type != H5L_TYPE_HARD)
        return refuse_link(ctx, file, path, group, name, &info);
    *object = H5Oopen(group, name, H5P_DEFAULT);
    return *object < 0 ? h5_damaged_link(ctx, file, group, name, path, "cannot be opened")
                       : 0;
}

static int find(struct ana_ctx *ctx, const struct h5_file *file, hid_t from,
                const char *path, int links, int must, hid_t *object)
{
    hid_t at =
        from < 0 ? H5Oopen(file->id, "/", H5P_DEFAULT) : H5Oopen(from, ".", H5P_DEFAULT);
    const char *rest = path;
    int rc = at < 0 ? h5_damaged(ctx, file, -1, "/", "cannot be opened") : 0;

    while (rc == 0 && at >= 0) {
        char name[LONGEST];
        hid_t next;
        size_t n;

        rest += strspn(rest, "/");
        n = strcspn(rest, "/");
        if (n == 0)
            break;
        if (n >= sizeof name)
            rc = ana_fail(ctx, ANA_EDATA, "%s: holds no `%.200s ...`", file->path, path);
        if (rc != 0)
            break;
        memcpy(name, rest, n);
        name[n] = 0;
        rc = step(ctx, file, at, name, path, links, must, &next);
        h5_drop(at);
        at = rc == 0 ? next : -1;
        rest += n;
    }
    if (rc != 0) {
        h5_drop(at);
        at = -1;
    }
    *object = at;
    return rc;
}

int h5_find(struct ana_ctx *ctx, const struct h5_file *file, hid_t from, const char *path,
            hid_t *object)
{
    h5_quiet();
    return find(ctx, file, from, path, 0, 1, object);
}

int h5_find_any(struct ana_ctx *ctx, const struct h5_file *file, hid_t from,
                const char *path, hid_t *object)
{
    h5_quiet();
    return find(ctx, file, from, path, 0, 0, object);
}

/* A reference is the address of a header. */
static int refuse_reference(struct ana_ctx *ctx, const struct h5_file *file,
                            const char *name, const void *reference)
{
    hobj_ref_t address;

    memcpy(&address, reference, sizeof address);
    return h5_damaged_part(
        ctx, file, name, "refers to an object",
        address < (hobj_ref_t)file->bytes ? (int64_t)address + file->base : -1,
        "that cannot be opened");
}

int h5_follow(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
              const void *reference, hid_t *object)
{
    h5_quiet();
    *object = H5Rdereference2(file->id, H5P_DEFAULT, H5R_OBJECT, reference);
    return *object < 0 ? refuse_reference(ctx, file, name, reference) : 0;
}

/* One walk over the file: which headers were seen, by their address. */
struct walk {
    const struct h5_file *file;
    const struct h5_visitor *visitor;
    haddr_t *seen;
    int64_t n_seen, n_links;
};

static int walk_group(struct ana_ctx *ctx, struct walk *walk, hid_t group,
                      const char *path, int depth);

static int seen_before(struct walk *walk, haddr_t address)
{
    for (int64_t i = 0; i < walk->n_seen; i++)
        if (walk->seen[i] == address)
            return 1;
    walk->seen[walk->n_seen++] = address;
    return 0;
}

static int visit_link(struct ana_ctx *ctx, struct walk *walk, const char *path,
                      const H5L_info_t *info)
{
    return walk->visitor->visit(ctx, walk->visitor->arg, path, -1,
                                info->type == H5L_TYPE_SOFT ? "soft link"
                                : info->type == H5L_TYPE_EXTERNAL
                                    ? "link into another file: not followed"
                                    : "link of a user's own kind: not followed");
}

static int visit_object(struct ana_ctx *ctx, struct walk *walk, hid_t group,
                        const char *name, const char *path, int depth)
{
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    H5O_info_t info;
    int rc = 0;

    if (object < 0 || H5Oget_info(object, &info) < 0)
        rc = h5_damaged_link(ctx, walk->file, group, name, path, "cannot be opened");
    else if (info.type != H5O_TYPE_GROUP || !seen_before(walk, info.addr))
        rc = walk->visitor->visit(ctx, walk->visitor->arg, path, object, NULL);
    else
        rc = 1;
    if (rc == 0 && info.type == H5O_TYPE_GROUP)
        rc = walk_group(ctx, walk, object, path, depth + 1);
    h5_drop(object);
    return rc == 1 ? 0 : rc;
}

static int walk_group(struct ana_ctx *ctx, struct walk *walk, hid_t group,
                      const char *path, int depth)
{
    H5G_info_t info;
    int rc = 0;

    if (depth > DEEPEST)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.100s ...`: groups stand in groups more than %d deep",
                        walk->file->path, path, DEEPEST);
    if (H5Gget_info(group, &info) < 0)
        return h5_damaged(ctx, walk->file, group, path, "cannot be listed");
    for (hsize_t i = 0; rc == 0 && i < info.nlinks; i++) {
        char name[LONGEST / 4], longer[LONGEST];
        H5L_info_t link;
        ssize_t n = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_NATIVE, i, name,
                                       sizeof name, H5P_DEFAULT);

        if (++walk->n_links > MOST_OBJECTS)
            return ana_fail(ctx, ANA_EDATA, "%s: holds more than %d objects",
                            walk->file->path, MOST_OBJECTS);
        if (n < 0 || H5Lget_info(group, name, &link, H5P_DEFAULT) < 0)
            return h5_damaged(ctx, walk->file, group, path,
                              "holds a link that cannot be read");
        if (n >= (ssize_t)sizeof name ||
            snprintf(longer, sizeof longer, "%s/%s", path, name) >= (int)sizeof longer)
            continue; /* named by no person */
        rc = link.type == H5L_TYPE_HARD
                 ? visit_object(ctx, walk, group, name, longer, depth)
                 : visit_link(ctx, walk, longer, &link);
    }
    return rc;
}

int h5_visit(struct ana_ctx *ctx, const struct h5_file *file,
             const struct h5_visitor *visitor)
{
    struct walk walk = {.file = file, .visitor = visitor};
    H5O_info_t info;
    hid_t root;
    int rc;

    h5_quiet();
    root = H5Oopen(file->id, "/", H5P_DEFAULT);
    walk.seen = ana_alloc(ctx, MOST_OBJECTS + 2, sizeof *walk.seen);
    rc = walk.seen ? 0 : ANA_ERESOURCE;
    if (rc == 0 && (root < 0 || H5Oget_info(root, &info) < 0))
        rc = h5_damaged(ctx, file, -1, "/", "cannot be opened");
    if (rc == 0) {
        seen_before(&walk, info.addr);
        rc = walk_group(ctx, &walk, root, "", 0);
    }
    h5_drop(root);
    ana_free(ctx, walk.seen);
    return rc;
}
