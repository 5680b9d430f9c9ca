/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ONNX Runtime's C interface. The library is opened when a network is, not when the
 * plugin is loaded: who uses none does not pay for 40 MB of it. Version 17 of the
 * interface holds all that is used here; newer libraries still hand it out.
 */
#include "runtime.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onnxruntime_c_api.h>

enum { API = 17, MOST_LINES = 64, LINE = 512 };

struct runtime {
    const OrtApi *api;
    OrtEnv *env;
    OrtSession *session;
    OrtMemoryInfo *memory;
    char *path;
    pthread_mutex_t lock; /* of what follows */
    int64_t n_lines, n_lost;
    char line[MOST_LINES][LINE];
};

static void ORT_API_CALL drop_log(void *param, OrtLoggingLevel level,
                                  const char *category, const char *id, const char *where,
                                  const char *message)
{
    (void)param;
    (void)level;
    (void)category;
    (void)id;
    (void)where;
    (void)message;
}

static void ORT_API_CALL keep_log(void *param, OrtLoggingLevel level,
                                  const char *category, const char *id, const char *where,
                                  const char *message)
{
    struct runtime *r = param;

    (void)level;
    (void)category;
    (void)id;
    (void)where;
    pthread_mutex_lock(&r->lock);
    if (r->n_lines < MOST_LINES)
        snprintf(r->line[r->n_lines++], LINE, "%s", message ? message : "");
    else
        r->n_lost++;
    pthread_mutex_unlock(&r->lock);
}

static void hand_log(struct ana_ctx *ctx, struct runtime *r)
{
    pthread_mutex_lock(&r->lock);
    for (int64_t i = 0; i < r->n_lines; i++)
        ana_log(ctx, "ONNX Runtime: %s", r->line[i]);
    if (r->n_lost > 0)
        ana_log(ctx, "ONNX Runtime: %lld more lines", (long long)r->n_lost);
    r->n_lines = r->n_lost = 0;
    pthread_mutex_unlock(&r->lock);
}

/* 0, or the library's sentence as our error; newlines in it become spaces. */
static int caught(struct ana_ctx *ctx, struct runtime *r, OrtStatus *status)
{
    char text[1024];

    if (!status)
        return 0;
    snprintf(text, sizeof text, "%s", r->api->GetErrorMessage(status));
    r->api->ReleaseStatus(status);
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    return ana_fail(ctx, ANA_EDATA, "%s: ONNX Runtime says: %s", r->path, text);
}

static int find_api(struct ana_ctx *ctx, struct runtime *r)
{
    void *library = dlopen(ONNXRUNTIME_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const OrtApiBase *(*base)(void) = NULL;
    void *symbol;

    if (!library)
        library = dlopen("libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "ONNX Runtime cannot be loaded: %s; build with `./dev build "
                        "--with-onnx`, or configure with --with-onnxruntime=FOLDER",
                        dlerror());
    symbol = dlsym(library, "OrtGetApiBase");
    if (symbol)
        memcpy(&base, &symbol, sizeof base);
    r->api = base ? base()->GetApi(API) : NULL;
    if (!r->api)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "ONNX Runtime %s is older than 1.%d; install a newer one and "
                        "configure with --with-onnxruntime=FOLDER",
                        base ? base()->GetVersionString() : "?", API);
    return 0;
}

static int set_options(struct ana_ctx *ctx, struct runtime *r, OrtSessionOptions *options,
                       const char *external, int exact)
{
    const OrtApi *api = r->api;
    int rc = caught(ctx, r, api->SetIntraOpNumThreads(options, 1));

    if (rc == 0)
        rc = caught(ctx, r, api->SetInterOpNumThreads(options, 1));
    if (rc == 0)
        rc = caught(ctx, r, api->DisableMemPattern(options));
    if (rc == 0)
        rc = caught(ctx, r, api->DisableCpuMemArena(options));
    if (rc == 0)
        rc = caught(ctx, r, api->SetUserLoggingFunction(options, keep_log, r));
    if (rc == 0)
        rc = caught(ctx, r,
                    api->SetSessionLogSeverityLevel(options, ORT_LOGGING_LEVEL_WARNING));
    if (rc == 0)
        rc = caught(ctx, r,
                    api->SetSessionGraphOptimizationLevel(
                        options, exact ? ORT_DISABLE_ALL : ORT_ENABLE_ALL));
    if (rc == 0 && external)
        rc = caught(ctx, r,
                    api->AddSessionConfigEntry(
                        options, "session.model_external_initializers_file_folder_path",
                        external));
    return rc;
}

int runtime_open(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                 int64_t size, const char *external, int exact, struct runtime **out)
{
    struct runtime *r = ana_alloc(ctx, 1, sizeof *r);
    OrtSessionOptions *options = NULL;
    int rc;

    *out = NULL;
    if (!r)
        return ANA_ERESOURCE;
    pthread_mutex_init(&r->lock, NULL);
    r->path = ana_strdup(ctx, path);
    rc = r->path ? find_api(ctx, r) : ANA_ERESOURCE;
    if (rc == 0)
        rc = caught(ctx, r,
                    r->api->CreateEnvWithCustomLogger(
                        drop_log, NULL, ORT_LOGGING_LEVEL_FATAL, "anaflow", &r->env));
    if (rc == 0)
        rc = caught(ctx, r, r->api->CreateSessionOptions(&options));
    if (rc == 0)
        rc = set_options(ctx, r, options, external, exact);
    if (rc == 0)
        rc = caught(ctx, r,
                    r->api->CreateSessionFromArray(r->env, bytes, (size_t)size, options,
                                                   &r->session));
    if (rc == 0)
        rc = caught(ctx, r,
                    r->api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault,
                                                &r->memory));
    if (options)
        r->api->ReleaseSessionOptions(options);
    if (r->api)
        hand_log(ctx, r);
    if (rc == 0)
        *out = r;
    else
        runtime_close(ctx, r);
    return rc;
}

void runtime_close(struct ana_ctx *ctx, struct runtime *r)
{
    if (!r)
        return;
    if (r->memory)
        r->api->ReleaseMemoryInfo(r->memory);
    if (r->session)
        r->api->ReleaseSession(r->session);
    if (r->env)
        r->api->ReleaseEnv(r->env);
    pthread_mutex_destroy(&r->lock);
    ana_free(ctx, r->path);
    ana_free(ctx, r);
}

static size_t element_size(int32_t type)
{
    switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
        return 8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
        return 4;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
        return 2;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
        return 1;
    default:
        return 0;
    }
}

static int make_inputs(struct ana_ctx *ctx, struct runtime *r, int64_t n,
                       const struct runtime_value *in, OrtValue **values)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        size_t bytes = element_size(in[i].type);

        for (int32_t d = 0; d < in[i].ndim; d++)
            bytes *= (size_t)in[i].shape[d];
        rc = caught(ctx, r,
                    r->api->CreateTensorWithDataAsOrtValue(
                        r->memory, in[i].data, bytes, in[i].shape, (size_t)in[i].ndim,
                        (ONNXTensorElementDataType)in[i].type, &values[i]));
    }
    return rc;
}

/* Type, shape and data of an output; one that is no tensor keeps type 0. */
static int look_at(struct ana_ctx *ctx, struct runtime *r, OrtValue *value,
                   struct runtime_value *out)
{
    const OrtApi *api = r->api;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtTensorTypeAndShapeInfo *info = NULL;
    int is_tensor = 0, rc;
    size_t n = 0;

    rc = value ? caught(ctx, r, api->IsTensor(value, &is_tensor)) : 0;
    if (rc != 0 || !is_tensor)
        return rc;
    rc = caught(ctx, r, api->GetTensorTypeAndShape(value, &info));
    if (rc == 0)
        rc = caught(ctx, r, api->GetTensorElementType(info, &type));
    if (rc == 0)
        rc = caught(ctx, r, api->GetDimensionsCount(info, &n));
    if (rc == 0 && n <= 8) {
        out->type = (int32_t)type;
        out->ndim = (int32_t)n;
        rc = caught(ctx, r, api->GetDimensions(info, out->shape, n));
        if (rc == 0 && element_size(out->type) > 0)
            rc = caught(ctx, r, api->GetTensorMutableData(value, &out->data));
    }
    if (info)
        api->ReleaseTensorTypeAndShapeInfo(info);
    return rc;
}

int runtime_run(struct ana_ctx *ctx, struct runtime *r, int64_t n_in,
                const char *const *in_names, const struct runtime_value *in,
                int64_t n_out, const char *const *out_names, struct runtime_outputs *out)
{
    OrtValue **inputs = ana_alloc(ctx, n_in, sizeof *inputs);
    int rc;

    out->n = n_out;
    out->value = ana_alloc(ctx, n_out, sizeof *out->value);
    out->handle = ana_alloc(ctx, n_out, sizeof *out->handle);
    rc = inputs && out->value && out->handle ? 0 : ANA_ERESOURCE;
    if (rc == 0)
        rc = make_inputs(ctx, r, n_in, in, inputs);
    if (rc == 0)
        rc = caught(ctx, r,
                    r->api->Run(r->session, NULL, in_names,
                                (const OrtValue *const *)inputs, (size_t)n_in, out_names,
                                (size_t)n_out, (OrtValue **)out->handle));
    for (int64_t i = 0; rc == 0 && i < n_out; i++)
        rc = look_at(ctx, r, out->handle[i], &out->value[i]);
    for (int64_t i = 0; inputs && i < n_in; i++)
        if (inputs[i])
            r->api->ReleaseValue(inputs[i]);
    ana_free(ctx, inputs);
    hand_log(ctx, r);
    return rc;
}

void runtime_release(struct ana_ctx *ctx, struct runtime *r, struct runtime_outputs *out)
{
    for (int64_t i = 0; out->handle && i < out->n; i++)
        if (out->handle[i])
            r->api->ReleaseValue(out->handle[i]);
    ana_free(ctx, out->handle);
    ana_free(ctx, out->value);
    *out = (struct runtime_outputs){0};
}
