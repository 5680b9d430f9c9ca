/* SPDX-License-Identifier: BSD-3-Clause
 *
 * .npy files and tables as ana_arrays_* wants them.
 */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>

static int ends_with(const char *path, const char *extension)
{
    const size_t n = strlen(path), k = strlen(extension);

    return n > k && strcasecmp(path + n - k, extension) == 0;
}

/* Behind blank lines and comments: lists of names are .txt files, too. */
static int starts_with_number(const uint8_t *head, int64_t n)
{
    int64_t i = 0;

    while (i < n && strchr(" \t\r\n#%", head[i]))
        if (head[i] == '#' || head[i] == '%')
            while (i < n && head[i] != '\n')
                i++;
        else
            i++;
    return i < n && strchr("0123456789+-.", head[i]);
}

int file_kind(const char *path, const uint8_t *head, int64_t n)
{
    if (n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0)
        return FILE_NPY;
    if (ends_with(path, ".npy") || n == 0 || memchr(head, 0, (size_t)n))
        return FILE_NONE;
    if (ends_with(path, ".txt") || ends_with(path, ".dat") || ends_with(path, ".1D"))
        return starts_with_number(head, n) ? FILE_TEXT : FILE_NONE;
    return ends_with(path, ".tsv") || ends_with(path, ".csv") ? FILE_TABLE : FILE_NONE;
}

static int refuse_kind(struct ana_ctx *ctx, const char *path, const uint8_t *head,
                       int64_t n)
{
    const int table = ends_with(path, ".tsv") || ends_with(path, ".csv");
    const int numbers =
        ends_with(path, ".txt") || ends_with(path, ".dat") || ends_with(path, ".1D");
    const uint8_t *zero = n > 0 ? memchr(head, 0, (size_t)n) : NULL;
    const char *what = ends_with(path, ".npy")
                           ? "is no .npy file: it does not begin with "
                             "\\x93NUMPY; save the array with np.save"
                       : numbers ? "does not begin with a line of numbers; a table with "
                                   "names in its first line is called .tsv or .csv"
                                 : "is neither an .npy file nor a .tsv or .csv "
                                   "table, nor a .txt of numbers";

    if ((table || numbers) && zero)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld is zero: it is no text, or text in UTF-16; convert "
            "it, for example with iconv -f utf16 -t utf8",
            path, (long long)(zero - head));
    if (n == 0)
        what = "the file is empty";
    else if (n >= 4 && memcmp(head, "PK\3\4", 4) == 0)
        what = "is a zip archive, perhaps an .npz; save each array by itself "
               "with np.save";
    else if (n >= 6 && memcmp(head, "MATLAB", 6) == 0)
        what = "is a MATLAB file; read it with `plugin = mat`";
    return ana_fail(ctx, ANA_EDATA, "%s: byte 0: %s", path, what);
}

static void close_file(struct ana_ctx *ctx, void *self)
{
    struct file *file = self;

    if (!file)
        return;
    ana_table_destroy(ctx, file->table);
    ana_free(ctx, file->number);
    ana_free(ctx, file->value);
    ana_free(ctx, file->path);
    ana_free(ctx, file->stem);
    ana_free(ctx, file);
}

/* "brain" of "data/brain.npy". */
static char *make_stem(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path),
         *dot = stem ? strrchr(stem, '.') : 0;

    if (dot && dot != stem)
        *dot = 0;
    return stem;
}

static int look(struct ana_ctx *ctx, const char *path, int *kind)
{
    uint8_t head[1024] = {0};
    FILE *file;
    int64_t n;
    int failed, rc = ana_file_check(ctx, path);

    if (rc != 0)
        return rc;
    file = fopen(path, "rb");
    if (!file)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    n = (int64_t)fread(head, 1, sizeof head, file);
    failed = ferror(file);
    fclose(file);
    if (failed)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s", path, strerror(errno));
    *kind = file_kind(path, head, n);
    return *kind == FILE_NONE ? refuse_kind(ctx, path, head, n) : 0;
}

static int open_file(struct ana_ctx *ctx, const char *path, void **out)
{
    struct file *file = ana_alloc(ctx, 1, sizeof *file);
    int kind = FILE_NONE, rc;

    *out = NULL;
    if (!file)
        return ANA_ERESOURCE;
    file->path = ana_strdup(ctx, path);
    file->stem = make_stem(ctx, path);
    rc = file->path && file->stem ? look(ctx, path, &kind) : ANA_ERESOURCE;
    if (rc == 0 && kind == FILE_TABLE)
        rc = ana_table_read(ctx, path, 1, &file->table);
    if (rc == 0 && kind == FILE_TABLE)
        rc = table_open(ctx, file);
    if (rc == 0 && kind == FILE_TEXT)
        rc = text_open(ctx, file);
    if (rc != 0) {
        close_file(ctx, file);
        return rc;
    }
    *out = file;
    return 0;
}

static int list(struct ana_ctx *ctx, void *self, int64_t *n, char ***names)
{
    const struct file *file = self;
    const int64_t count = file->table   ? file->table->n_columns
                          : file->value ? file->columns
                                        : 1;
    char number[24];

    *names = ana_alloc(ctx, count, sizeof **names);
    if (!*names)
        return ANA_ERESOURCE;
    for (*n = 0; *n < count; ++*n) {
        snprintf(number, sizeof number, "%lld", (long long)*n + 1);
        (*names)[*n] = ana_strdup(ctx, file->table   ? file->table->column[*n]
                                       : file->value ? number
                                                     : file->stem);
        if ((*names)[*n])
            continue;
        while (*n > 0)
            ana_free(ctx, (*names)[--*n]);
        ana_free(ctx, *names);
        *names = NULL; /* the caller frees what there is */
        return ANA_ERESOURCE;
    }
    return 0;
}

static int cells(struct ana_ctx *ctx, void *self, const char *name, int64_t *n)
{
    (void)ctx, (void)self, (void)name;
    *n = 0;
    return 0;
}

static int check_name(struct ana_ctx *ctx, const struct file *file, const char *name)
{
    if (!name || strcmp(name, file->stem) == 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA, "%s: holds one array without a name; leave out `%s`",
                    file->path, name);
}

static int shape(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                 int32_t *dtype, int32_t *ndim, int64_t *sizes)
{
    const struct file *file = self;
    int rc;

    (void)cell;
    if (file->table)
        return table_shape(ctx, file, name, dtype, ndim, sizes);
    if (file->value)
        return text_shape(ctx, file, name, dtype, ndim, sizes);
    rc = check_name(ctx, file, name);
    return rc == 0 ? ana_npy_shape(ctx, file->path, dtype, ndim, sizes) : rc;
}

/* A few rows at a time: what is read is held once beside what is handed out. */
static int convert_into(struct ana_ctx *ctx, const struct ana_tensor *stored,
                        struct ana_tensor *out)
{
    enum { AT_ONCE = 1 << 18 };
    const int64_t rows = stored->ndim > 0 ? stored->shape[0] : 1;
    const int64_t row = rows > 0 ? ana_tensor_count(stored) / rows : 1;
    const int64_t step = row < AT_ONCE ? AT_ONCE / (row > 0 ? row : 1) : 1;
    const int64_t size = row * (int64_t)ana_dtype_size(out->dtype);
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < rows; first += step) {
        struct ana_tensor part = *stored, converted;

        part.owner = NULL;
        if (stored->ndim > 0)
            rc = ana_tensor_slice(ctx, &part, 0, first,
                                  rows - first < step ? rows - first : step);
        if (rc == 0)
            rc = ana_tensor_convert(ctx, &part, out->dtype, &converted);
        if (rc != 0)
            break;
        memcpy((char *)out->data + first * size, converted.data,
               (size_t)(ana_tensor_count(&part) * (int64_t)ana_dtype_size(out->dtype)));
        ana_tensor_finish(&converted);
    }
    return rc;
}

static int load(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                struct ana_tensor *out)
{
    const struct file *file = self;
    struct ana_tensor stored = {0};
    const int64_t n = ana_tensor_count(out);
    int rc;

    (void)cell;
    if (file->table)
        return table_load(ctx, file, name, out);
    if (file->value)
        return text_load(ctx, file, name, out);
    rc = check_name(ctx, file, name);
    if (rc == 0)
        rc = ana_npy_read(ctx, file->path, &stored);
    if (rc == 0 && ana_tensor_count(&stored) != n)
        rc = ana_fail(ctx, ANA_EDATA, "%s: has changed since it was opened", file->path);
    if (rc == 0)
        rc = convert_into(ctx, &stored, out);
    ana_tensor_finish(&stored);
    return rc;
}

static int part(struct ana_ctx *ctx, void *self, const char *name, int64_t cell,
                const int64_t *first, struct ana_tensor *out, int32_t *can)
{
    const struct file *file = self;
    int rc;

    (void)cell;
    *can = !file->table && !file->value; /* those are held as they were parsed */
    if (!out)
        return 0;
    rc = check_name(ctx, file, name);
    return rc == 0 ? ana_npy_read_part(ctx, file->path, first, out) : rc;
}

static int text(struct ana_ctx *ctx, void *self, const char *name, int64_t *n,
                char ***strings)
{
    const struct file *file = self;
    int rc;

    if (file->table)
        return table_text(ctx, file, name, n, strings);
    if (file->value)
        return text_strings(ctx, file, name, n, strings);
    rc = check_name(ctx, file, name);
    return rc == 0 ? ana_npy_read_text(ctx, file->path, n, strings) : rc;
}

static int names(struct ana_ctx *ctx, void *self, const char *name, int32_t dim,
                 int64_t *n, char ***out)
{
    const struct file *file = self;

    *n = 0;
    *out = NULL;
    return file->table ? table_names(ctx, file, name, dim, n, out) : 0;
}

static int note(struct ana_ctx *ctx, void *self, const char *name, char **out)
{
    const struct file *file = self;
    const char *what = "";

    if (file->table && file->names_first && name &&
        strcmp(name, file->table->column[0]) == 0)
        what = "names of the rows";
    *out = ana_strdup(ctx, what);
    return *out ? 0 : ANA_ERESOURCE;
}

const struct ana_array_file_vt file_format = {.size = sizeof file_format,
                                              .open = open_file,
                                              .list = list,
                                              .cells = cells,
                                              .shape = shape,
                                              .load = load,
                                              .text = text,
                                              .close = close_file,
                                              .names = names,
                                              .note = note,
                                              .part = part};
