/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "tests/unit/helpers.h"
#include "tests/unit/onnx_file.h"
#include "tests/unit/sink.h"

#include "plugins/models/onnx/graph.h"
#include "plugins/models/onnx/twin.h"

extern const struct ana_plugin anaflow_plugin;

enum { K1 = 5, S1 = 3, P1 = 1, C1 = 2, K2 = 3, C2 = 3 };

/* x [1, 1, N] -> Conv (5, stride 3, pads 1 and 0) -> Relu -> Conv (3) -> y [1, 3, T] */
static void make_network(struct message *model, float *w1, float *b1, float *w2)
{
    const int64_t free_dims[] = {1, 1, -1}, out_dims[] = {1, C2, -1};
    const int64_t shape1[] = {C1, 1, K1}, shape2[] = {C2, C1, K2}, bias[] = {C1};
    const int64_t k1[] = {K1}, s1[] = {S1}, p1[] = {P1, 0}, k2[] = {K2};
    struct message graph = {.n = 0}, node;

    for (int i = 0; i < C1 * K1; i++)
        w1[i] = (float)((i * 7 % 5) - 2) / 3;
    for (int i = 0; i < C1; i++)
        b1[i] = (float)i / 10 - 0.03f;
    for (int i = 0; i < C2 * C1 * K2; i++)
        w2[i] = (float)((i * 11 % 7) - 3) / 4;
    begin_node(&node, "Conv", "first conv", "x", "w1", "b1", "a");
    put_ints(&node, "kernel_shape", 1, k1);
    put_ints(&node, "strides", 1, s1);
    put_ints(&node, "pads", 2, p1);
    put_message(&graph, 1, &node);
    begin_node(&node, "Relu", "first/relu", "a", NULL, NULL, "b");
    put_message(&graph, 1, &node);
    begin_node(&node, "Conv", "second/conv", "b", "w2", NULL, "y");
    put_ints(&node, "kernel_shape", 1, k2);
    put_message(&graph, 1, &node);
    put_text(&graph, 2, "tiny");
    put_weight(&graph, "w1", 3, shape1, w1);
    put_weight(&graph, "b1", 1, bias, b1);
    put_weight(&graph, "w2", 3, shape2, w2);
    put_value(&graph, 11, "x", 3, free_dims);
    put_value(&graph, 12, "y", 3, out_dims);
    put_model(model, &graph);
}

struct fixture {
    struct ana_ctx *ctx;
    char folder[256], path[512];
    struct message model;
    float w1[C1 * K1], b1[C1], w2[C2 * C1 * K2];
};

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->ctx = test_ctx();
    test_folder(f->folder, sizeof f->folder);
    snprintf(f->path, sizeof f->path, "%s/net.onnx", f->folder);
    make_network(&f->model, f->w1, f->b1, f->w2);
    write_file(f->path, f->model.data, f->model.n);
}

static int open_network(struct fixture *f, const char *control, int64_t twin,
                        const char *const *settings, void **self)
{
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = f->path, .control = control, .twin = twin};
    struct ana_setting list[8] = {{0}};
    struct ana_params *params;
    int64_t n = 0;
    int rc;

    for (; settings && settings[0]; settings += 2)
        list[n++] = (struct ana_setting){settings[0], settings[1], "test.ini:1"};
    ck_assert_int_eq(ana_params_create(f->ctx, &anaflow_plugin, n, list, &params), 0);
    rc = anaflow_plugin.model->open(f->ctx, params, &source, self);
    ck_assert_ptr_null(ana_params_misused(params));
    ana_params_destroy(params);
    return rc;
}

/* The slow, obvious twin: layer 0 = relu(conv1), layer 1 = conv2 of it; T x units. */
static int64_t naive(const struct fixture *f, int layer, int64_t n, const float *x,
                     double *out)
{
    const int64_t T1 = (n + P1 - K1) / S1 + 1, T2 = T1 - K2 + 1;
    double *a = calloc((size_t)(T1 * C1), sizeof *a);

    for (int64_t t = 0; t < T1; t++)
        for (int c = 0; c < C1; c++) {
            double sum = (double)f->b1[c];

            for (int k = 0; k < K1; k++) {
                const int64_t at = t * S1 + k - P1;

                if (at >= 0 && at < n)
                    sum += (double)(f->w1[c * K1 + k] * x[at]);
            }
            a[t * C1 + c] = sum > 0 ? sum : 0;
        }
    for (int64_t t = 0; layer == 1 && t < T2; t++)
        for (int o = 0; o < C2; o++) {
            out[t * C2 + o] = 0;
            for (int c = 0; c < C1; c++)
                for (int k = 0; k < K2; k++)
                    out[t * C2 + o] +=
                        (double)f->w2[(o * C1 + c) * K2 + k] * a[(t + k) * C1 + c];
        }
    if (layer == 0)
        memcpy(out, a, (size_t)(T1 * C1) * sizeof *a);
    free(a);
    return layer == 0 ? T1 : T2;
}

START_TEST(layers_are_named_timed_and_right)
{
    enum { N = 200 };
    struct fixture f;
    struct ana_sink sink = {{0}};
    struct ana_model_info info;
    float x[N];
    double want[N * C2];
    void *self;

    set_up(&f);
    for (int i = 0; i < N; i++)
        x[i] = (float)sin(i * 0.7) + (float)(i % 13) / 10;
    ck_assert_int_eq(
        open_network(&f, NULL, 0, (const char *[]){"rate", "1000 Hz", NULL}, &self), 0);
    anaflow_plugin.model->describe(f.ctx, self, &info);
    ck_assert_int_eq(info.n_layers, 2);
    ck_assert_str_eq(info.layers[0].id, "Conv0");
    ck_assert_str_eq(info.layers[1].id, "Conv1");
    ck_assert_double_eq_tol(info.layers[0].rate, 1000.0 / S1, 1e-9);
    ck_assert_double_eq_tol(info.layers[0].start, ((K1 - 1) / 2.0 - P1) / 1000, 1e-12);
    ck_assert_double_eq_tol(info.layers[1].start,
                            ((K1 - 1) / 2.0 - P1 + S1 * (K2 - 1) / 2.0) / 1000, 1e-12);
    ck_assert_int_eq(info.layers[1].shape[0], C2);
    ck_assert(info.flags & ANA_MODEL_EXACT_IN_CHUNKS);
    ck_assert_double_eq_tol(info.hop, S1 / 1000.0, 1e-12);
    ck_assert_int_eq(test_forward(f.ctx, &anaflow_plugin, self, x, N, 0, &sink), 0);
    for (int layer = 0; layer < 2; layer++) {
        const int64_t T = naive(&f, layer, N, x, want);

        ck_assert_int_eq(sink.frames[layer], T);
        for (int64_t i = 0; i < T * sink.units[layer]; i++)
            ck_assert_double_eq_tol((double)sink.data[layer][i], want[i], 1e-5);
    }
    test_sink_finish(&sink);
    anaflow_plugin.model->close(f.ctx, self);
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(every_node_is_a_layer_where_all_are_asked_for)
{
    const char *const all[] = {"tensors", "all", "names", "node", NULL};
    struct fixture f;
    struct ana_model_info info;
    void *self;

    set_up(&f);
    ck_assert_int_eq(open_network(&f, NULL, 0, all, &self), 0);
    anaflow_plugin.model->describe(f.ctx, self, &info);
    ck_assert_int_eq(info.n_layers, 3);
    ck_assert_str_eq(info.layers[0].id, "first_conv"); /* no blanks in an id */
    ck_assert_str_eq(info.layers[1].id, "first/relu");
    ck_assert_str_eq(info.layers[2].id, "second/conv");
    anaflow_plugin.model->close(f.ctx, self);
    ana_ctx_destroy(f.ctx);
}
END_TEST

/* A weight's numbers, which lie in the file as they come: a copy is aligned. */
static void read_weight(const struct graph *g, const char *name, float *out)
{
    for (int64_t t = 0; t < g->n_tensors; t++)
        if (strcmp(g->tensor[t].name, name) == 0)
            memcpy(out, g->bytes + g->tensor[t].at, (size_t)g->tensor[t].bytes);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

START_TEST(a_permuted_twin_keeps_each_tensors_numbers)
{
    struct fixture f;
    struct graph g;
    float w[C2 * C1 * K2];

    set_up(&f);
    ck_assert_int_eq(graph_open(f.ctx, f.path, &g), 0);
    ck_assert_int_eq(twin_make(f.ctx, &g, "permuted", 0, ""), 0);
    read_weight(&g, "w2", w);
    ck_assert(memcmp(w, f.w2, sizeof w) != 0);
    qsort(w, C2 * C1 * K2, sizeof *w, by_value);
    qsort(f.w2, C2 * C1 * K2, sizeof *w, by_value);
    ck_assert(memcmp(w, f.w2, sizeof w) == 0);
    graph_close(f.ctx, &g);
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(twins_differ_by_number_and_repeat_by_seed)
{
    float w[3][C1 * K1], bias[C1];
    struct fixture f;
    struct graph g;

    set_up(&f);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(graph_open(f.ctx, f.path, &g), 0);
        ck_assert_int_eq(twin_make(f.ctx, &g, "random", i == 1, ""), 0);
        read_weight(&g, "w1", w[i]);
        read_weight(&g, "b1", bias);
        ck_assert(bias[0] == 0 && bias[1] == 0);
        graph_close(f.ctx, &g);
    }
    ck_assert(memcmp(w[0], w[2], sizeof w[0]) == 0);
    ck_assert(memcmp(w[0], w[1], sizeof w[0]) != 0);
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(fixed_weights_stay_and_none_left_is_refused)
{
    float w1[C1 * K1], w2[C2 * C1 * K2];
    struct fixture f;
    struct graph g;

    set_up(&f);
    ck_assert_int_eq(graph_open(f.ctx, f.path, &g), 0);
    ck_assert_int_eq(twin_make(f.ctx, &g, "random", 0, "b1 first*"), 0);
    read_weight(&g, "w1", w1);
    read_weight(&g, "w2", w2);
    ck_assert(memcmp(w1, f.w1, sizeof w1) == 0);
    ck_assert(memcmp(w2, f.w2, sizeof w2) != 0);
    ck_assert_int_eq(twin_make(f.ctx, &g, "random", 0, "*"), ANA_EPARAM);
    ck_assert_ptr_nonnull(
        strstr(ana_error(f.ctx), "has no learned weights to make a random twin of"));
    graph_close(f.ctx, &g);
    ana_ctx_destroy(f.ctx);
}
END_TEST

/* He et al.: the SD of many draws is sqrt(2 / fan-in). */
START_TEST(random_weights_are_he_normal_by_fan_in)
{
    enum { M = 40, K = 50 };
    static float zeros[M * K];
    const int64_t shape[] = {M, 1, K}, dims[] = {1, 1, -1}, kernel[] = {K};
    struct message model = {.n = 0}, graph = {.n = 0}, node;
    struct fixture f;
    struct graph g;
    double squares = 0;

    set_up(&f);
    begin_node(&node, "Conv", "c", "x", "w", NULL, "y");
    put_ints(&node, "kernel_shape", 1, kernel);
    put_message(&graph, 1, &node);
    put_weight(&graph, "w", 3, shape, zeros);
    put_value(&graph, 11, "x", 3, dims);
    put_value(&graph, 12, "y", 3, dims);
    put_model(&model, &graph);
    write_file(f.path, model.data, model.n);
    ck_assert_int_eq(graph_open(f.ctx, f.path, &g), 0);
    ck_assert_int_eq(twin_make(f.ctx, &g, "random", 0, ""), 0);
    read_weight(&g, "w", zeros);
    for (int i = 0; i < M * K; i++)
        squares += pow((double)zeros[i], 2);
    ck_assert_double_eq_tol(squares / (M * K), 2.0 / K, 0.1 * 2.0 / K);
    graph_close(f.ctx, &g);
    ana_ctx_destroy(f.ctx);
}
END_TEST

/* Cut anywhere, the file is refused with a sentence that names a byte or a lack. */
START_TEST(a_truncated_file_is_refused_everywhere)
{
    struct fixture f;
    struct graph g;

    set_up(&f);
    for (size_t n = 1; n < f.model.n; n++) {
        int rc;

        write_file(f.path, f.model.data, n);
        rc = graph_open(f.ctx, f.path, &g);
        graph_close(f.ctx, &g);
        if (rc == 0)
            continue; /* only what follows the graph is missing */
        ck_assert_int_eq(rc, ANA_EDATA);
        ck_assert(strstr(ana_error(f.ctx), "is no protobuf message") ||
                  strstr(ana_error(f.ctx), "an ONNX network has at least one of each"));
    }
    ana_ctx_destroy(f.ctx);
}
END_TEST

/* Whatever one byte becomes, reading ends, with success or a sentence. */
START_TEST(a_file_with_one_byte_changed_is_read_or_refused)
{
    const uint8_t flips[] = {0x01, 0x80, 0xff};
    struct fixture f;
    struct graph g;

    set_up(&f);
    for (size_t n = 0; n < f.model.n; n++)
        for (size_t k = 0; k < sizeof flips; k++) {
            int rc;

            f.model.data[n] ^= flips[k];
            write_file(f.path, f.model.data, f.model.n);
            rc = graph_open(f.ctx, f.path, &g);
            if (rc == 0)
                twin_make(f.ctx, &g, "random", 0, "");
            graph_close(f.ctx, &g);
            ck_assert(rc == 0 || rc == ANA_EDATA);
            f.model.data[n] ^= flips[k];
        }
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(weights_outside_the_files_folder_are_refused)
{
    struct message entry = {.n = 0}, tensor = {.n = 0}, graph = {.n = 0},
                   model = {.n = 0};
    struct fixture f;
    struct graph g;

    set_up(&f);
    put_text(&entry, 1, "location");
    put_text(&entry, 2, "../../etc/passwd");
    put_text(&tensor, 8, "w");
    put_message(&tensor, 13, &entry);
    put_message(&graph, 5, &tensor);
    put_model(&model, &graph);
    write_file(f.path, model.data, model.n);
    ck_assert_int_eq(graph_open(f.ctx, f.path, &g), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(f.ctx),
                                 "weights lie in '../../etc/passwd', which is not in the "
                                 "file's own folder"));
    graph_close(f.ctx, &g);
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(no_network_at_all_is_a_sentence)
{
    struct fixture f;
    void *self;

    set_up(&f);
    write_file(f.path, (const uint8_t *)"this is no network", 18);
    ck_assert_int_eq(open_network(&f, NULL, 0, NULL, &self), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(f.ctx), "is no protobuf message"));
    snprintf(f.path, sizeof f.path, "random");
    ck_assert_int_eq(open_network(&f, NULL, 0, NULL, &self), ANA_EPARAM);
    ck_assert_str_eq(ana_error(f.ctx),
                     "an onnx model is a file: write `checkpoint = FILE.onnx`; for an "
                     "untrained twin add `controls = random`");
    ana_ctx_destroy(f.ctx);
}
END_TEST

START_TEST(axes_that_do_not_fit_are_refused)
{
    struct fixture f;
    void *self;

    set_up(&f);
    ck_assert_int_eq(
        open_network(&f, NULL, 0, (const char *[]){"axes", "batch time", NULL}, &self),
        ANA_EPARAM);
    ck_assert_str_eq(ana_error(f.ctx),
                     "`axes` = batch time: the network's input has 3 axes; name each of "
                     "them batch, time, frequency or channel");
    ana_ctx_destroy(f.ctx);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *s = suite_create("onnx");
    TCase *c = tcase_create("onnx");

    tcase_add_test(c, layers_are_named_timed_and_right);
    tcase_add_test(c, every_node_is_a_layer_where_all_are_asked_for);
    tcase_add_test(c, a_permuted_twin_keeps_each_tensors_numbers);
    tcase_add_test(c, twins_differ_by_number_and_repeat_by_seed);
    tcase_add_test(c, fixed_weights_stay_and_none_left_is_refused);
    tcase_add_test(c, random_weights_are_he_normal_by_fan_in);
    tcase_add_test(c, a_truncated_file_is_refused_everywhere);
    tcase_add_test(c, a_file_with_one_byte_changed_is_read_or_refused);
    tcase_add_test(c, weights_outside_the_files_folder_are_refused);
    tcase_add_test(c, no_network_at_all_is_a_sentence);
    tcase_add_test(c, axes_that_do_not_fit_are_refused);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return test_main(make_suite());
}
