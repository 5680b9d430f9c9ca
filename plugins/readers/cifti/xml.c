/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The XML of a CIFTI-2 extension, by expat. Places that it lists are counted against the
 * matrix before they are kept.
 */
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cifti.h"

enum { DEEPEST = 32, MOST_STRUCTURES = 1000 }; /* CIFTI-2 knows 37 structures */

struct parser {
    struct ana_ctx *ctx;
    struct cii_file *f;
    XML_Parser expat;
    int rc, depth;
    char *text;
    int64_t n, room;
    int in_places;                     /* inside the map of dimension 1 */
    int64_t model_at, model_n, filled; /* of the <BrainModel> at hand */
    int model_surface;
    int32_t structure, key;
};

static void refuse(struct parser *p, const char *what, const char *found,
                   const char *rest)
{
    if (p->rc != 0)
        return;
    p->rc = ana_fail(p->ctx, ANA_EDATA,
                     "%s: CIFTI XML, line %llu (byte %lld of it): %s%.60s%s", p->f->path,
                     (unsigned long long)XML_GetCurrentLineNumber(p->expat),
                     (long long)XML_GetCurrentByteIndex(p->expat), what, found, rest);
    XML_StopParser(p->expat, XML_FALSE);
}

static void no_memory(struct parser *p)
{
    p->rc = p->rc ? p->rc : ana_fail(p->ctx, ANA_ERESOURCE, "out of memory");
    XML_StopParser(p->expat, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

static int64_t whole(const char *text)
{
    char *end;
    const long long value = text ? strtoll(text, &end, 10) : -1;

    return text && end != text && *end == 0 ? value : -1;
}

/* A copy of a text at the end of a list. */
static void append(struct parser *p, char ***list, int64_t *n, int64_t *room,
                   const char *text)
{
    if (*n == *room) {
        char **more = ana_alloc(p->ctx, *room ? 2 * *room : 8, sizeof *more);

        if (!more) {
            no_memory(p);
            return;
        }
        if (*n > 0)
            memcpy(more, *list, (size_t)*n * sizeof *more);
        ana_free(p->ctx, *list);
        *list = more;
        *room = *room ? 2 * *room : 8;
    }
    (*list)[*n] = ana_strdup(p->ctx, text);
    if ((*list)[*n])
        ++*n;
    else
        no_memory(p);
}

/* Number of a structure, by its name without CIFTI_STRUCTURE_. */
static int32_t structure_of(struct parser *p, const char *name)
{
    struct cii_file *f = p->f;

    if (!name)
        return -1;
    if (strncmp(name, "CIFTI_STRUCTURE_", 16) == 0)
        name += 16;
    for (int64_t i = 0; i < f->n_structures; i++)
        if (strcmp(f->structure[i], name) == 0)
            return (int32_t)i;
    if (f->n_structures == MOST_STRUCTURES)
        refuse(p, "more than 1000 structures, the last '", name, "'");
    else
        append(p, &f->structure, &f->n_structures, &f->room_structures, name);
    return (int32_t)f->n_structures - 1;
}

static double seconds(const char *step, const char *exponent, const char *unit)
{
    const double value = step ? strtod(step, NULL) : 0;

    if (unit && strcmp(unit, "SECOND") != 0)
        return 0;
    return value * pow(10, exponent ? strtod(exponent, NULL) : 0);
}

static int kind_of(const char *type)
{
    static const char *const names[] = {"SERIES", "SCALARS", "LABELS", "BRAIN_MODELS",
                                        "PARCELS"};

    for (int i = 0; type && i < 5; i++)
        if (strncmp(type, "CIFTI_INDEX_TYPE_", 17) == 0 &&
            strcmp(type + 17, names[i]) == 0)
            return CII_SERIES + i;
    return 0;
}

static void begin_map(struct parser *p, const char **attributes)
{
    const char *dimension = attribute(attributes, "AppliesToMatrixDimension");
    const char *type = attribute(attributes, "IndicesMapToDataType");
    const int kind = kind_of(type);

    if (kind == 0) {
        refuse(p, "IndicesMapToDataType '", type ? type : "",
               "': expected SERIES, SCALARS, LABELS, BRAIN_MODELS or PARCELS");
    } else if (dimension && strcmp(dimension, "0") == 0 && kind < CII_MODELS) {
        p->f->kind = kind;
        p->f->kind_line = (int64_t)XML_GetCurrentLineNumber(p->expat);
        if (kind == CII_SERIES) {
            p->f->step = seconds(attribute(attributes, "SeriesStep"),
                                 attribute(attributes, "SeriesExponent"),
                                 attribute(attributes, "SeriesUnit"));
            if (whole(attribute(attributes, "NumberOfSeriesPoints")) != p->f->T)
                refuse(p, "NumberOfSeriesPoints is not dim[5] of the header", "", "");
        }
    } else if (dimension && strcmp(dimension, "1") == 0 && kind >= CII_MODELS) {
        p->f->places = kind;
        p->in_places = 1;
        p->f->map_from = (int64_t)XML_GetCurrentByteIndex(p->expat);
    } else {
        refuse(p, "dimension '", dimension ? dimension : "",
               kind >= CII_MODELS
                   ? "' holds places: a matrix of connections is no recording; use a "
                     "dtseries, ptseries, dscalar or pscalar"
                   : "' holds maps: they are read along dimension 0 alone");
    }
}

static void begin_model(struct parser *p, const char **attributes)
{
    const char *type = attribute(attributes, "ModelType");

    if (!type || (strcmp(type, "CIFTI_MODEL_TYPE_SURFACE") != 0 &&
                  strcmp(type, "CIFTI_MODEL_TYPE_VOXELS") != 0))
        refuse(p, "ModelType '", type ? type : "",
               "': expected CIFTI_MODEL_TYPE_SURFACE or CIFTI_MODEL_TYPE_VOXELS");
    p->model_at = whole(attribute(attributes, "IndexOffset"));
    p->model_n = whole(attribute(attributes, "IndexCount"));
    p->model_surface = type && strcmp(type, "CIFTI_MODEL_TYPE_SURFACE") == 0;
    p->structure = structure_of(p, attribute(attributes, "BrainStructure"));
    if (p->model_at != p->filled || p->model_n < 1 || p->model_n > p->f->N - p->model_at)
        refuse(p,
               "a <BrainModel> whose IndexOffset and IndexCount do not follow the one "
               "before, or go beyond dim[6] of the header",
               "", "");
}

static void begin_parcel(struct parser *p, const char **attributes)
{
    const char *name = attribute(attributes, "Name");

    if (p->f->n_parcels >= p->f->N) {
        refuse(p, "more parcels than dim[6] of the header says", "", "");
        return;
    }
    p->f->place[p->f->n_parcels] = (struct cii_place){-1, -1, -1, -1};
    append(p, &p->f->parcel, &p->f->n_parcels, &p->f->room_parcels, name ? name : "");
}

static void begin(void *arg, const char *name, const char **attributes)
{
    struct parser *p = arg;
    const char *exponent, *version;

    p->n = 0;
    if (++p->depth > DEEPEST)
        refuse(p, "elements inside each other deeper than CIFTI has them", "", "");
    if (p->depth == 1 && strcmp(name, "CIFTI") != 0)
        refuse(p, "expected <CIFTI>, found <", name, ">");
    if (p->rc != 0)
        return;
    version = p->depth == 1 ? attribute(attributes, "Version") : "2";
    if (!version || (strcmp(version, "2") != 0 && strcmp(version, "2.0") != 0))
        refuse(p, "is of version '", version ? version : "",
               "', and CIFTI-2 is read; convert it with wb_command -file-convert");
    else if (strcmp(name, "MatrixIndicesMap") == 0)
        begin_map(p, attributes);
    else if (strcmp(name, "BrainModel") == 0 && p->in_places)
        begin_model(p, attributes);
    else if (strcmp(name, "Parcel") == 0 && p->in_places)
        begin_parcel(p, attributes);
    else if (strcmp(name, "Vertices") == 0)
        p->structure = structure_of(p, attribute(attributes, "BrainStructure"));
    else if (strcmp(name, "Label") == 0)
        p->key = (int32_t)strtol(
            attribute(attributes, "Key") ? attribute(attributes, "Key") : "0", NULL, 10);
    else if (strcmp(name, "TransformationMatrixVoxelIndicesIJKtoXYZ") == 0) {
        exponent = attribute(attributes, "MeterExponent");
        p->f->ijk_to_mm[0][0] = pow(10, 3 + (exponent ? strtod(exponent, NULL) : -3));
    }
}

static void take_text(void *arg, const char *more, int n)
{
    struct parser *p = arg;

    if (p->rc != 0)
        return;
    if (p->n + n + 1 > p->room) {
        char *grown = ana_alloc(p->ctx, 2 * (p->n + n + 1), 1);

        if (!grown) {
            no_memory(p);
            return;
        }
        if (p->n > 0)
            memcpy(grown, p->text, (size_t)p->n);
        ana_free(p->ctx, p->text);
        p->text = grown;
        p->room = 2 * (p->n + n + 1);
    }
    memcpy(p->text + p->n, more, (size_t)n);
    p->n += n;
    p->text[p->n] = 0;
}

/* VertexIndices: one number a place; VoxelIndicesIJK: three. */
static void take_places(struct parser *p, const char *text, int each)
{
    const char *at = text;
    char *end;

    if (p->f->places != CII_MODELS || !p->in_places || p->model_surface != (each == 1))
        return;
    if (p->filled != p->model_at) { /* there is room for one list a model */
        refuse(p, "a <BrainModel> lists its indices twice", "", "");
        return;
    }
    for (int64_t n = 0; n < p->model_n && p->rc == 0; n++) {
        int64_t v[3] = {-1, -1, -1};

        for (int d = 0; d < each; d++, at = end) {
            v[d] = strtoll(at, &end, 10);
            if (end == at || v[d] < 0) {
                refuse(p,
                       "a <BrainModel> lists fewer indices than its IndexCount, or one "
                       "that is no index",
                       "", "");
                return;
            }
        }
        p->f->place[p->filled++] = (struct cii_place){p->structure, v[0], v[1], v[2]};
    }
    if (at[strspn(at, " \t\r\n")] != 0)
        refuse(p, "a <BrainModel> lists more indices than its IndexCount", "", "");
}

static void take_matrix(struct parser *p, const char *text)
{
    const double scale = p->f->ijk_to_mm[0][0];
    const char *at = text;
    char *end;

    for (int i = 0; i < 12; i++, at = end) {
        const double value = strtod(at, &end) * scale;

        if (end == at || !isfinite(value)) {
            refuse(p, "the matrix from voxels to millimetres has not 16 finite numbers",
                   "", "");
            return;
        }
        p->f->ijk_to_mm[i / 4][i % 4] = value;
    }
    p->f->has_volume = 1;
}

static void take_label(struct parser *p, const char *text)
{
    struct cii_file *f = p->f;
    int32_t *more;

    if (f->n_maps > 1) /* names of the first map alone */
        return;
    if (f->n_labels == f->room_labels) { /* as `append` grows the names */
        more = ana_alloc(p->ctx, f->room_labels ? 2 * f->room_labels : 8, sizeof *more);
        if (!more) {
            no_memory(p);
            return;
        }
        if (f->n_labels > 0)
            memcpy(more, f->key, (size_t)f->n_labels * sizeof *more);
        ana_free(p->ctx, f->key);
        f->key = more;
    }
    f->key[f->n_labels] = p->key;
    append(p, &f->label, &f->n_labels, &f->room_labels, text);
}

static void end_map(struct parser *p)
{
    const int64_t have = p->f->places == CII_PARCELS ? p->f->n_parcels : p->filled;

    if (!p->in_places)
        return;
    p->in_places = 0;
    p->f->map_to = (int64_t)XML_GetCurrentByteIndex(p->expat) +
                   (int64_t)XML_GetCurrentByteCount(p->expat);
    if (have != p->f->N)
        refuse(p, "the places that are listed are not as many as dim[6] of the header",
               "", "");
}

static void end(void *arg, const char *name)
{
    struct parser *p = arg;
    const char *text = p->n > 0 ? p->text : "";

    if (p->rc != 0)
        return;
    p->depth--;
    if (strcmp(name, "MapName") == 0)
        append(p, &p->f->map_name, &p->f->n_maps, &p->f->room_maps, text);
    else if (strcmp(name, "VertexIndices") == 0)
        take_places(p, text, 1);
    else if (strcmp(name, "VoxelIndicesIJK") == 0)
        take_places(p, text, 3);
    else if (strcmp(name, "TransformationMatrixVoxelIndicesIJKtoXYZ") == 0)
        take_matrix(p, text);
    else if (strcmp(name, "Label") == 0)
        take_label(p, text);
    else if (strcmp(name, "Vertices") == 0 && p->f->places == CII_PARCELS &&
             p->f->n_parcels > 0)
        p->f->place[p->f->n_parcels - 1].structure = p->structure;
    else if (strcmp(name, "MatrixIndicesMap") == 0)
        end_map(p);
    p->n = 0;
}

static void entity(void *arg, const char *name, int is_parameter, const char *value,
                   int n, const char *base, const char *system, const char *public_id,
                   const char *notation)
{
    (void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public_id,
        (void)notation;
    refuse(arg, "declares the entity ", name, ": CIFTI files have none");
}

static int check_whole(struct parser *p)
{
    const struct cii_file *f = p->f;

    if (f->kind == 0 || f->places == 0)
        return ana_fail(p->ctx, ANA_EDATA,
                        "%s: CIFTI XML: has no <MatrixIndicesMap> for dimension %d",
                        f->path, f->kind == 0 ? 0 : 1);
    if (f->kind != CII_SERIES && f->n_maps != f->T)
        return ana_fail(p->ctx, ANA_EDATA,
                        "%s: CIFTI XML: names %lld maps, dim[5] of the header says %lld",
                        f->path, (long long)f->n_maps, (long long)f->T);
    return 0;
}

int cii_xml_parse(struct ana_ctx *ctx, struct cii_file *f)
{
    struct parser p = {.ctx = ctx, .f = f, .structure = -1};

    if (f->N > f->n_xml && f->N > 1 << 20) /* a place takes a character at least */
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 64, dim[6]: %lld places cannot be listed in %lld bytes of "
            "XML",
            f->path, (long long)f->N, (long long)f->n_xml);
    f->place = ana_alloc(ctx, f->N, sizeof *f->place);
    p.expat = XML_ParserCreate(NULL);
    if (!f->place || !p.expat)
        p.rc = ana_fail(ctx, ANA_ERESOURCE, "out of memory");
    if (p.rc == 0) {
        XML_SetUserData(p.expat, &p);
        XML_SetElementHandler(p.expat, begin, end);
        XML_SetCharacterDataHandler(p.expat, take_text);
        XML_SetEntityDeclHandler(p.expat, entity);
        if (XML_Parse(p.expat, f->xml, (int)f->n_xml, 1) == XML_STATUS_ERROR && p.rc == 0)
            p.rc =
                ana_fail(ctx, ANA_EDATA,
                         "%s: CIFTI XML, line %llu (byte %lld of it): no valid XML: %s",
                         f->path, (unsigned long long)XML_GetCurrentLineNumber(p.expat),
                         (long long)XML_GetCurrentByteIndex(p.expat),
                         XML_ErrorString(XML_GetErrorCode(p.expat)));
    }
    if (p.rc == 0)
        p.rc = check_whole(&p);
    if (p.expat)
        XML_ParserFree(p.expat);
    ana_free(ctx, p.text);
    return p.rc;
}
