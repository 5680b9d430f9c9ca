/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The XML of a GIFTI file, by expat, piece by piece. Entities of the file's own are
 * refused, and so is what stands deeper than any GIFTI file goes.
 */
#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <anaflow/files.h>

#include "gifti.h"

enum { PIECE = 1 << 16, DEEPEST = 32, MOST_ARRAYS = 1 << 20 };
static const int64_t most_text = 4ll << 30;

struct parser {
    struct ana_ctx *ctx;
    struct gii_file *file;
    XML_Parser expat;
    int rc, depth, seen; /* seen: the root was <GIFTI> */
    char *text;          /* of the element at hand */
    int64_t n, room;
    char name[64]; /* of the metadata's pair */
    int in_array;
    int64_t data_line;
    int32_t key;
    int64_t promised;   /* arrays; 0 = not said */
    char external[256]; /* ExternalFileName of the array at hand */
};

/* The sentence is `what`, then what was found, then the rest. */
static void refuse(struct parser *p, const char *what, const char *found,
                   const char *rest)
{
    if (p->rc != 0)
        return;
    p->rc = ana_fail(p->ctx, ANA_EDATA, "%s:%llu (byte %lld): %s%.60s%s", p->file->path,
                     (unsigned long long)XML_GetCurrentLineNumber(p->expat),
                     (long long)XML_GetCurrentByteIndex(p->expat), what, found, rest);
    XML_StopParser(p->expat, XML_FALSE);
}

static void refuse_attribute(struct parser *p, const char *name, const char *value,
                             const char *expected)
{
    char what[160];

    snprintf(what, sizeof what, "%.40s is '%.60s': expected ", name, value);
    refuse(p, what, "", expected);
}

static void no_memory(struct parser *p)
{
    p->rc = p->rc ? p->rc : ana_fail(p->ctx, ANA_ERESOURCE, "out of memory");
    XML_StopParser(p->expat, XML_FALSE);
}

/* Room for one item more of a list; 0 without memory. */
static int make_room(struct parser *p, void *list, int64_t n, int64_t *room, size_t size)
{
    void *old, *more;

    memcpy(&old, list, sizeof old);
    if (n < *room)
        return 1;
    more = ana_alloc(p->ctx, *room ? 2 * *room : 8, size);
    if (!more)
        return no_memory(p), 0;
    if (n > 0)
        memcpy(more, old, (size_t)n * size);
    ana_free(p->ctx, old);
    memcpy(list, &more, sizeof more);
    *room = *room ? 2 * *room : 8;
    return 1;
}

static struct gii_array *current(const struct parser *p)
{
    return &p->file->array[p->file->n_arrays - 1];
}

static void take_intent(struct gii_array *a, const char *value)
{
    a->intent = strcmp(value, "NIFTI_INTENT_TIME_SERIES") == 0 ? GII_TIME
                : strcmp(value, "NIFTI_INTENT_LABEL") == 0     ? GII_LABEL
                : strcmp(value, "NIFTI_INTENT_POINTSET") == 0  ? GII_POINTS
                : strcmp(value, "NIFTI_INTENT_TRIANGLE") == 0  ? GII_TRIANGLES
                                                               : GII_OTHER;
}

static void take_type(struct parser *p, struct gii_array *a, const char *value)
{
    a->dtype = strcmp(value, "NIFTI_TYPE_UINT8") == 0     ? ANA_U8
               : strcmp(value, "NIFTI_TYPE_INT32") == 0   ? ANA_I32
               : strcmp(value, "NIFTI_TYPE_FLOAT32") == 0 ? ANA_F32
               : strcmp(value, "NIFTI_TYPE_FLOAT64") == 0 ? ANA_F64
                                                          : 0;
    if (!a->dtype)
        refuse(p, "DataType '", value,
               "': expected NIFTI_TYPE_UINT8, _INT32 or _FLOAT32 (or _FLOAT64)");
}

static void take_encoding(struct parser *p, struct gii_array *a, const char *value)
{
    a->encoding = strcmp(value, "ASCII") == 0                ? GII_ASCII
                  : strcmp(value, "Base64Binary") == 0       ? GII_BASE64
                  : strcmp(value, "GZipBase64Binary") == 0   ? GII_GZIP
                  : strcmp(value, "ExternalFileBinary") == 0 ? GII_EXTERNAL
                                                             : 0;
    if (a->encoding == 0)
        refuse(p, "Encoding '", value,
               "': expected ASCII, Base64Binary, GZipBase64Binary or ExternalFileBinary");
}

static void take_size(struct parser *p, struct gii_array *a, const char *name,
                      const char *value)
{
    const int d = name[3] - '0';
    char *end;
    const long long size = strtoll(value, &end, 10);

    if (d < 0 || d > 5 || end == value || *end || size < 1 || size > INT64_MAX / 16) {
        refuse_attribute(p, name, value, "a size of at least 1");
        return;
    }
    a->dim[d] = size;
}

static void take_offset(struct parser *p, struct gii_array *a, const char *value)
{
    char *end;

    a->external_at = strtoll(value, &end, 10); /* "" = 0 */
    if (*end || a->external_at < 0)
        refuse_attribute(p, "ExternalFileOffset", value, "0 or more bytes");
}

static void take_attribute(struct parser *p, struct gii_array *a, const char *name,
                           const char *value)
{
    if (strcmp(name, "Intent") == 0) {
        take_intent(a, value);
    } else if (strcmp(name, "DataType") == 0) {
        take_type(p, a, value);
    } else if (strcmp(name, "Encoding") == 0) {
        take_encoding(p, a, value);
    } else if (strcmp(name, "Endian") == 0) {
        a->big_endian = strcmp(value, "BigEndian") == 0;
        if (!a->big_endian && strcmp(value, "LittleEndian") != 0)
            refuse_attribute(p, name, value, "BigEndian or LittleEndian");
    } else if (strcmp(name, "ArrayIndexingOrder") == 0) {
        a->column_major = strcmp(value, "ColumnMajorOrder") == 0;
        if (!a->column_major && strcmp(value, "RowMajorOrder") != 0)
            refuse_attribute(p, name, value, "RowMajorOrder or ColumnMajorOrder");
    } else if (strcmp(name, "Dimensionality") == 0) {
        a->ndim = atoi(value);
        if (a->ndim < 1 || a->ndim > 6)
            refuse_attribute(p, name, value, "1 to 6");
    } else if (strcmp(name, "ExternalFileName") == 0) {
        snprintf(p->external, sizeof p->external, "%s", value);
    } else if (strcmp(name, "ExternalFileOffset") == 0) {
        take_offset(p, a, value);
    } else if (strncmp(name, "Dim", 3) == 0 && name[3] && !name[4]) {
        take_size(p, a, name, value);
    }
}

static void begin_array(struct parser *p, const char **attributes)
{
    struct gii_file *f = p->file;
    struct gii_array *a;

    if (p->in_array || f->n_arrays >= MOST_ARRAYS) {
        refuse(p, p->in_array ? "a <DataArray> inside another" : "too many arrays", "",
               "");
        return;
    }
    if (!make_room(p, &f->array, f->n_arrays, &f->room, sizeof *f->array))
        return;
    a = &f->array[f->n_arrays++];
    memset(a, 0, sizeof *a);
    a->line = (int64_t)XML_GetCurrentLineNumber(p->expat);
    p->in_array = 1;
    *p->external = 0;
    for (; attributes[0] && p->rc == 0; attributes += 2)
        take_attribute(p, a, attributes[0], attributes[1]);
    if (p->rc == 0 && (!a->dtype || !a->encoding || !a->ndim))
        refuse(p, "a <DataArray> has no ",
               !a->dtype      ? "DataType"
               : !a->encoding ? "Encoding"
                              : "Dimensionality",
               "");
    a->n = 1;
    for (int d = 0; d < a->ndim && p->rc == 0; d++)
        if (a->dim[d] < 1 || __builtin_mul_overflow(a->n, a->dim[d], &a->n) ||
            a->n > INT64_MAX / 16)
            refuse(p, "a <DataArray> has ",
                   a->dim[d] < 1 ? "no size for one of its axes"
                                 : "more values than a file can hold",
                   "");
}

static void begin(void *arg, const char *name, const char **attributes)
{
    struct parser *p = arg;

    p->n = 0;
    if (++p->depth > DEEPEST)
        refuse(p, "elements inside each other deeper than GIFTI has them", "", "");
    if (p->depth == 1 && strcmp(name, "GIFTI") != 0)
        refuse(p, "expected <GIFTI>, found <", name, ">");
    for (int i = 0; p->depth == 1 && attributes[i]; i += 2)
        if (strcmp(attributes[i], "NumberOfDataArrays") == 0)
            p->promised = atoll(attributes[i + 1]);
    p->seen |= p->depth == 1;
    if (strcmp(name, "DataArray") == 0) {
        begin_array(p, attributes);
    } else if (strcmp(name, "Label") == 0) {
        p->key = 0;
        for (; attributes[0]; attributes += 2)
            if (strcmp(attributes[0], "Key") == 0 || strcmp(attributes[0], "Index") == 0)
                p->key = (int32_t)strtol(attributes[1], NULL, 10);
    } else if (strcmp(name, "Data") == 0) {
        p->data_line = (int64_t)XML_GetCurrentLineNumber(p->expat);
    }
}

static void text(void *arg, const char *more, int n)
{
    struct parser *p = arg;

    if (p->rc != 0)
        return;
    if (p->n + n + 1 > p->room) {
        const int64_t room = 2 * (p->n + n + 1);
        char *grown = room <= most_text ? ana_alloc(p->ctx, room, 1) : NULL;

        if (!grown) {
            no_memory(p);
            return;
        }
        if (p->n > 0)
            memcpy(grown, p->text, (size_t)p->n);
        ana_free(p->ctx, p->text);
        p->text = grown;
        p->room = room;
    }
    memcpy(p->text + p->n, more, (size_t)n);
    p->n += n;
    p->text[p->n] = 0;
}

static void take_pair(struct parser *p, const char *value)
{
    if (strcmp(p->name, "AnatomicalStructurePrimary") == 0)
        strcpy(p->file->hemisphere, strstr(value, "Left")    ? "L"
                                    : strstr(value, "Right") ? "R"
                                                             : "");
    if (!p->in_array || p->file->n_arrays == 0)
        return;
    if (strcmp(p->name, "Name") == 0 && *value && !current(p)->name) {
        current(p)->name = ana_strdup(p->ctx, value);
        if (!current(p)->name)
            no_memory(p);
    } else if (strcmp(p->name, "TimeStep") == 0) {
        current(p)->step = strtod(value, NULL);
    }
}

static void take_label(struct parser *p, const char *value)
{
    struct gii_file *f = p->file;
    int64_t room = f->room_labels;

    if (!make_room(p, &f->key, f->n_labels, &room, sizeof *f->key) ||
        !make_room(p, &f->label, f->n_labels, &f->room_labels, sizeof *f->label))
        return;
    f->key[f->n_labels] = p->key;
    f->label[f->n_labels] = ana_strdup(p->ctx, value);
    if (f->label[f->n_labels])
        f->n_labels++;
    else
        no_memory(p);
}

/* The values of the array at hand from the file that it names. */
static void take_external(struct parser *p)
{
    struct gii_file *f = p->file;
    char where[4200];

    if (!make_room(p, &f->external, f->n_external, &f->room_external,
                   sizeof *f->external))
        return;
    snprintf(where, sizeof where, "%.4000s:%lld", f->path,
             (long long)XML_GetCurrentLineNumber(p->expat));
    p->rc = gii_external(p->ctx, where, f->path, p->external, current(p),
                         &f->external[f->n_external]);
    if (f->n_external > 0 && f->external[f->n_external] &&
        strcmp(f->external[f->n_external], f->external[f->n_external - 1]) == 0)
        ana_free(p->ctx, f->external[f->n_external]); /* listed once */
    else
        f->n_external += f->external[f->n_external] != NULL;
    if (p->rc != 0)
        XML_StopParser(p->expat, XML_FALSE);
}

static void take_data(struct parser *p, const char *data)
{
    char where[4200];

    if (!p->in_array || current(p)->value) {
        refuse(p, "a <Data> outside of a <DataArray>, or a second one in it", "", "");
        return;
    }
    if (current(p)->encoding == GII_EXTERNAL)
        return;
    snprintf(where, sizeof where, "%.4000s:%lld", p->file->path, (long long)p->data_line);
    p->rc = gii_values(p->ctx, where, data, p->n, current(p));
    if (p->rc != 0)
        XML_StopParser(p->expat, XML_FALSE);
}

static void end(void *arg, const char *name)
{
    struct parser *p = arg;
    const char *value = p->n > 0 ? p->text : "";

    if (p->rc != 0)
        return;
    p->depth--;
    if (strcmp(name, "Name") == 0)
        snprintf(p->name, sizeof p->name, "%s", value);
    else if (strcmp(name, "Value") == 0)
        take_pair(p, value);
    else if (strcmp(name, "Label") == 0)
        take_label(p, value);
    else if (strcmp(name, "Data") == 0)
        take_data(p, value);
    else if (strcmp(name, "DataArray") == 0) {
        if (current(p)->encoding == GII_EXTERNAL)
            take_external(p);
        if (!current(p)->value)
            refuse(p, "a <DataArray> without <Data>", "", "");
        p->in_array = 0;
    }
    p->n = 0;
}

static void entity(void *arg, const char *name, int is_parameter, const char *value,
                   int n, const char *base, const char *system, const char *public_id,
                   const char *notation)
{
    (void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public_id,
        (void)notation;
    refuse(arg, "declares the entity ", name, ": GIFTI files have none");
}

static void skipped(void *arg, const char *name, int is_parameter)
{
    (void)is_parameter;
    refuse(arg, "uses the entity ", name, ": GIFTI files have none");
}

/* "curv" of "/data/rh.curv.shape.gii.gz" keeps "rh.curv". */
static char *make_stem(struct ana_ctx *ctx, const char *path)
{
    static const char *const endings[] = {".gz",    ".gii",  ".func", ".shape",
                                          ".label", ".surf", ".time"};
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path);

    for (size_t i = 0; stem && i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(stem), k = strlen(endings[i]);

        if (n > k && strcasecmp(stem + n - k, endings[i]) == 0)
            stem[n - k] = 0;
    }
    return stem;
}

/* lh.curv, sub-01_hemi-L_bold, 100307.L.thickness, pial_left */
static void guess_hemisphere(struct gii_file *f)
{
    if (f->hemisphere[0])
        return;
    if (strncmp(f->stem, "lh.", 3) == 0 || strstr(f->stem, "hemi-L") ||
        strstr(f->stem, ".L.") || strstr(f->stem, "_left"))
        strcpy(f->hemisphere, "L");
    else if (strncmp(f->stem, "rh.", 3) == 0 || strstr(f->stem, "hemi-R") ||
             strstr(f->stem, ".R.") || strstr(f->stem, "_right"))
        strcpy(f->hemisphere, "R");
}

static int feed(struct parser *p, gzFile in, const char *path)
{
    char *piece = ana_alloc(p->ctx, PIECE, 1);
    int n = 1;

    if (!piece)
        return ANA_ERESOURCE;
    while (p->rc == 0 && n > 0) {
        n = gzread(in, piece, PIECE);
        if (n < 0)
            p->rc =
                ana_fail(p->ctx, ANA_EDATA,
                         "%s: cannot be inflated; it is damaged, copy it again", path);
        else if (XML_Parse(p->expat, piece, n, n == 0) == XML_STATUS_ERROR && p->rc == 0)
            p->rc = ana_fail(p->ctx, ANA_EDATA, "%s:%llu (byte %lld): no valid XML: %s",
                             path, (unsigned long long)XML_GetCurrentLineNumber(p->expat),
                             (long long)XML_GetCurrentByteIndex(p->expat),
                             XML_ErrorString(XML_GetErrorCode(p->expat)));
        if (p->rc == 0 && ana_cancelled(p->ctx))
            p->rc = ana_fail(p->ctx, ANA_ECANCEL, "interrupted");
    }
    ana_free(p->ctx, piece);
    return p->rc;
}

int gii_file_read(struct ana_ctx *ctx, const char *path, struct gii_file *out)
{
    struct parser p = {.ctx = ctx, .file = out};
    int rc = ana_file_check(ctx, path);
    gzFile in = rc == 0 ? gzopen(path, "rb") : NULL;

    memset(out, 0, sizeof *out);
    if (rc != 0)
        return rc;
    out->path = ana_strdup(ctx, path);
    out->stem = make_stem(ctx, path);
    if (!in)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be opened", path);
    p.expat = XML_ParserCreate(NULL);
    if (rc == 0 && (!out->path || !out->stem || !p.expat))
        rc = ana_fail(ctx, ANA_ERESOURCE, "out of memory");
    if (rc == 0) {
        XML_SetUserData(p.expat, &p);
        XML_SetElementHandler(p.expat, begin, end);
        XML_SetCharacterDataHandler(p.expat, text);
        XML_SetEntityDeclHandler(p.expat, entity);
        XML_SetSkippedEntityHandler(p.expat, skipped);
        rc = feed(&p, in, path);
    }
    if (rc == 0 && out->n_arrays == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: holds no <DataArray>", path);
    if (rc == 0 && p.promised > 0 && p.promised != out->n_arrays)
        ana_warn(ctx, "%s: %lld arrays are promised and %lld found; these were read",
                 path, (long long)p.promised, (long long)out->n_arrays);
    if (rc == 0)
        guess_hemisphere(out);
    if (p.expat)
        XML_ParserFree(p.expat);
    if (in)
        gzclose(in);
    ana_free(ctx, p.text);
    return rc;
}

void gii_file_finish(struct ana_ctx *ctx, struct gii_file *f)
{
    for (int64_t i = 0; i < f->n_arrays; i++) {
        ana_free(ctx, f->array[i].value);
        ana_free(ctx, f->array[i].name);
    }
    for (int64_t i = 0; i < f->n_labels; i++)
        ana_free(ctx, f->label[i]);
    for (int64_t i = 0; i < f->n_external; i++)
        ana_free(ctx, f->external[i]);
    ana_free(ctx, f->external);
    ana_free(ctx, f->array);
    ana_free(ctx, f->key);
    ana_free(ctx, f->label);
    ana_free(ctx, f->path);
    ana_free(ctx, f->stem);
    memset(f, 0, sizeof *f);
}
