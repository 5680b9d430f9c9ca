/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_PLUGIN_H
#define ANAFLOW_PLUGIN_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The plugin interface's version. Major 0 must match exactly and may still
 * change; from 1 on a plugin of a lower minor loads. Since: ABI 0.1. */
#define ANA_ABI_MAJOR 0
#define ANA_ABI_MINOR 1

/* What a plugin is. Since: ABI 0.1. */
#define ANA_KIND_MODEL 1
#define ANA_KIND_READER 2
#define ANA_KIND_METRIC 3

/* Types of a parameter's value, as the INI file writes it. Since: ABI 0.1. */
#define ANA_PARAM_INT 1    /* 64 */
#define ANA_PARAM_REAL 2   /* 0.3, 1e-5, with `unit` also "2 s", "16 kHz", "20 ms" */
#define ANA_PARAM_BOOL 3   /* yes | no */
#define ANA_PARAM_TEXT 4   /* anything */
#define ANA_PARAM_CHOICE 5 /* one of `choices`, written "a|b|c" */
#define ANA_PARAM_LIST 6   /* numbers: "0.1 1 10", "1-4", "logspace(-1, 8, 10)" */
#define ANA_PARAM_RANGE 7  /* "70-150 Hz", "0..390 ms" */
#define ANA_PARAM_PATH 8   /* file, folder or glob; text, from the INI file's folder */

/* One parameter. The tables drive INI checks, `plugin info`, manual and
 * completion. Since: ABI 0.1. */
struct ana_param {
    uint32_t size; /* sizeof (struct ana_param) */
    int32_t type;  /* ANA_PARAM_... */
    const char *name;
    const char *fallback; /* the default, as one would write it; NULL = must be given */
    const char *choices;  /* for CHOICE, else NULL */
    double min, max;      /* inclusive bounds of every number; min == max == 0: none */
    const char *unit;     /* of the value handed to the plugin: "Hz", "s"; NULL = none */
    const char *help;     /* one line */
};

/* The checked values of a plugin's own table. Opaque. Since: ABI 0.1. */
struct ana_params;

/* Read a value by name; asking for a name or type that the table does not have
 * is a fault of the plugin, reported as such when the call returns.
 *
 * Owns:    text and lists belong to the params, valid as long as they.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int64_t ana_param_int(const struct ana_params *params, const char *name);
ANA_API double ana_param_real(const struct ana_params *params, const char *name);
ANA_API int ana_param_bool(const struct ana_params *params, const char *name);
ANA_API const char *ana_param_text(const struct ana_params *params, const char *name);
ANA_API const double *ana_param_list(const struct ana_params *params, const char *name,
                                     int64_t *n);
ANA_API void ana_param_range(const struct ana_params *params, const char *name,
                             double *low, double *high);
/* Whether the value was written in the INI file rather than left to its default. */
ANA_API int ana_param_given(const struct ana_params *params, const char *name);

struct ana_model_vt;
struct ana_reader_vt;
struct ana_metric_vt;

/* What a plugin exports as the constant data symbol `anaflow_plugin`. The first
 * 32 bytes never change and are compared before anything else is touched.
 * Since: ABI 0.1. */
struct ana_plugin {
    uint8_t magic[8]; /* "anaflow" and a zero byte */
    uint32_t abi_major, abi_minor;
    uint32_t size;     /* sizeof (struct ana_plugin) */
    int32_t kind;      /* ANA_KIND_... */
    uint64_t reserved; /* 0 */

    const char *id;       /* what INI files call it: lower case letters, digits, '-' */
    const char *version;  /* "1.0"; part of every cache key */
    const char *summary;  /* one line */
    const char *licence;  /* SPDX */
    const char *citation; /* what to cite, or "" */
    const struct ana_param *params;
    int64_t n_params;
    const struct ana_model_vt *model; /* the one of `kind`; the others NULL */
    const struct ana_reader_vt *reader;
    const struct ana_metric_vt *metric;
};

/* The frozen head, to begin the descriptor with. Since: ABI 0.1. */
#define ANA_PLUGIN_HEAD(plugin_kind)                                                     \
    .magic = "anaflow", .abi_major = ANA_ABI_MAJOR, .abi_minor = ANA_ABI_MINOR,          \
    .size = sizeof(struct ana_plugin), .kind = (plugin_kind), .reserved = 0

/* Put before the definition: ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin =
 * {...}; Since: ABI 0.1. */
#define ANA_PLUGIN_EXPORT                                                                \
    extern ANA_API const struct ana_plugin anaflow_plugin;                               \
    ANA_API

#ifdef __cplusplus
}
#endif
#endif
