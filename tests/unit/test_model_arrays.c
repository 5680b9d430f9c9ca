/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The model plugin `arrays` through its built module, as the loader sees it.
 */
#include "tests/unit/helpers.h"

#include <anaflow/files.h>
#include <anaflow/model.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include "base/file.h"
#include "pipeline/sink.h"
#include "plugin/params.h"

static struct ana_ctx *ctx;
static char folder[64];
static const struct ana_plugin *plugin;

static void setup(void)
{
    const char *build = getenv("ANA_BUILD");
    char path[512];
    void *module;

    ctx = test_ctx();
    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/plugins/models/arrays/.libs/arrays.so",
             build ? build : ".");
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    plugin = dlsym(module, "anaflow_plugin");
    ck_assert_ptr_nonnull(plugin);
}

static void teardown(void)
{
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put_text(const char *name, const char *text)
{
    ck_assert_int_eq(ana_file_write(ctx, in_folder(name), text, (int64_t)strlen(text)),
                     0);
}

/* Element i is base + i; `bad` is NaN unless it is negative. */
static void put_array(const char *name, int32_t ndim, const int64_t *shape, double base,
                      int64_t bad)
{
    struct ana_tensor x;

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F64, ndim, shape, &x), 0);
    for (int64_t i = 0; i < ana_tensor_count(&x); i++)
        ((double *)x.data)[i] = i == bad ? (double)NAN : base + (double)i;
    ck_assert_int_eq(ana_npy_write(ctx, in_folder(name), &x), 0);
    ana_tensor_finish(&x);
}

#define SHAPE(...)                                                                       \
    (const int64_t[])                                                                    \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }

struct opened {
    struct ana_params *params;
    void *self;
    struct ana_model_info info;
};

/* Open with `data = FOLDER/data` and one more setting, or none where key is NULL. */
static int try_open(const char *data, const char *key, const char *value,
                    struct opened *model)
{
    const struct ana_model_source source = {.size = sizeof source};
    const struct ana_setting settings[] = {{"data", data, "a.ini:1", folder},
                                           {key, value, "a.ini:2", folder}};

    memset(model, 0, sizeof *model);
    ck_assert_msg(ana_params_create(ctx, plugin, key ? 2 : 1, settings, &model->params) ==
                      0,
                  "%s", ana_error(ctx));
    return plugin->model->open(ctx, model->params, &source, &model->self);
}

static struct opened open_model(const char *data, const char *key, const char *value)
{
    struct opened model;

    ck_assert_msg(try_open(data, key, value, &model) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(plugin->model->describe(ctx, model.self, &model.info), 0);
    ck_assert_ptr_null(ana_params_misused(model.params));
    return model;
}

static void close_model(struct opened *model)
{
    plugin->model->close(ctx, model->self);
    ana_params_destroy(model->params);
}

static void refused(const char *data, const char *key, const char *value,
                    const char *sentence)
{
    struct opened model;

    ck_assert_int_eq(try_open(data, key, value, &model), ANA_EDATA);
    ck_assert_msg(strstr(ana_error(ctx), sentence) != NULL, "wanted '%s' in '%s'",
                  sentence, ana_error(ctx));
    ck_assert_ptr_null(model.self);
    ana_params_destroy(model.params);
}

/* What one layer gives for one stimulus, through the real sink; frames.x is the caller's. */
static int forward(struct opened *model, int64_t layer, const char *id,
                   struct ana_frames *frames)
{
    const struct ana_stimulus stimulus = {
        .size = sizeof stimulus, .id = id, .duration = 1};
    const struct ana_input input = {.size = sizeof input, .stimulus = &stimulus};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &input};
    uint8_t wanted[64] = {0};
    const struct ana_sink_item to = {.id = "test", .from = -1e9, .to = 1e9};
    struct ana_sink sink = {.info = &model->info,
                            .wanted = wanted,
                            .n_items = 1,
                            .items = &to,
                            .frames = frames};

    ck_assert_int_lt(model->info.n_layers, 64);
    wanted[layer] = 1;
    *frames = (struct ana_frames){
        .layer = layer, .units = 1, .from = -(double)INFINITY, .to = INFINITY};
    for (int32_t d = 0; d < model->info.layers[layer].ndim; d++)
        frames->units *= model->info.layers[layer].shape[d];
    return plugin->model->forward(ctx, model->self, &batch, wanted, &sink);
}

START_TEST(a_folder_of_arrays_is_layers_in_natural_order)
{
    struct opened model;
    struct ana_frames got;

    put_array("conv10.npy", 2, SHAPE(3, 5), 1000, -1);
    put_array("conv2.npy", 3, SHAPE(3, 2, 4), 0, -1);
    put_array("fc.npy", 1, SHAPE(3), 7, -1);
    put_text("names.txt", "dog.wav\nrain\nsounds/cat.flac\n");
    model = open_model(".", NULL, NULL);
    ck_assert_int_eq(model.info.input, ANA_INPUT_NONE);
    ck_assert_int_eq(model.info.n_layers, 3);
    ck_assert_str_eq(model.info.layers[0].id, "conv2");
    ck_assert_str_eq(model.info.layers[1].id, "conv10");
    ck_assert_double_eq(model.info.layers[1].depth, .5);
    ck_assert_int_eq(model.info.layers[0].timing, ANA_TIMING_ITEM);
    ck_assert(model.info.layers[0].ndim == 2 && model.info.layers[0].shape[1] == 4);
    ck_assert_int_eq(model.info.layers[2].shape[0], 1);

    ck_assert_msg(forward(&model, 0, "rain", &got) == 0, "%s", ana_error(ctx));
    ck_assert(got.n == 1 && got.units == 8);
    for (int i = 0; i < 8; i++)
        ck_assert((double)got.x[i] == 8 + i);
    ana_free(ctx, got.x);
    ck_assert_int_eq(forward(&model, 1, "cat", &got), 0);
    ck_assert((double)got.x[0] == 1010 && got.units == 5);
    ana_free(ctx, got.x);
    ck_assert_int_eq(forward(&model, 2, "cat", &got), 0);
    ck_assert((double)got.x[0] == 9);
    ana_free(ctx, got.x);
    close_model(&model);
}
END_TEST

START_TEST(a_rate_makes_the_second_axis_time)
{
    struct opened model;
    struct ana_frames got;

    put_array("h.npy", 3, SHAPE(2, 10, 3), 0, -1);
    put_text("list.tsv", "index\tname\n0\ta\n1\tb\n");
    model = open_model("h.npy", "names", "list.tsv");
    ck_assert_int_eq(model.info.layers[0].ndim, 2);
    close_model(&model);

    put_text("names.txt", "a\nb\n");
    model = open_model("h.npy", "rate", "50 Hz");
    ck_assert_int_eq(model.info.layers[0].timing, ANA_TIMING_RATE);
    ck_assert_double_eq(model.info.layers[0].rate, 50);
    ck_assert(model.info.layers[0].ndim == 1 && model.info.layers[0].shape[0] == 3);
    ck_assert_int_eq(forward(&model, 0, "b", &got), 0);
    ck_assert(got.n == 10 && got.units == 3 && got.time == 0);
    for (int i = 0; i < 30; i++)
        ck_assert((double)got.x[i] == 30 + i);
    ana_free(ctx, got.x);
    close_model(&model);
    refused("fc.npy", "rate", "50 Hz", "fc.npy: there is no such file or folder");
    put_array("fc.npy", 1, SHAPE(3), 7, -1);
    refused("fc.npy", "rate", "50 Hz",
            "fc.npy: has 1 axes; expected stimuli x time x units because `rate` is set");
}
END_TEST

START_TEST(a_folder_a_layer_holds_a_file_a_stimulus)
{
    struct opened model;
    struct ana_frames got;

    mkdir(in_folder("net"), 0777);
    mkdir(in_folder("net/l1"), 0777);
    mkdir(in_folder("net/l2"), 0777);
    mkdir(in_folder("net/notes"), 0777);
    put_array("net/l1/dog.npy", 2, SHAPE(4, 3), 0, -1);
    put_array("net/l1/rain.npy", 2, SHAPE(7, 3), 100, -1);
    put_array("net/l2/dog.npy", 2, SHAPE(4, 2), 0, 5);
    model = open_model("net", "rate", "10");
    ck_assert_int_eq(model.info.n_layers, 2);
    ck_assert_str_eq(model.info.layers[1].id, "l2");
    ck_assert_int_eq(forward(&model, 0, "rain", &got), 0);
    ck_assert(got.n == 7 && (double)got.x[20] == 120);
    ana_free(ctx, got.x);
    ck_assert_int_eq(forward(&model, 1, "rain", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "net/l2: has nothing for the stimulus 'rain'; "
                                 "its 1 names are 'dog.npy' to 'dog.npy'"));
    ck_assert_int_eq(forward(&model, 1, "dog", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "net/l2/dog.npy: element [2, 1], of stimulus "
                                 "'dog', is not finite (1 such values there)"));
    close_model(&model);

    refused("net/l1", "rate", "10",
            "files of one stimulus each belong in a folder for each layer");
}
END_TEST

START_TEST(tensors_of_a_safetensors_file_are_layers)
{
    static const char header[] =
        "{\"b\":{\"dtype\":\"U8\",\"shape\":[2,3],\"data_offsets\":[0,6]},"
        "\"a\":{\"dtype\":\"I16\",\"shape\":[2,1],\"data_offsets\":[6,10]}}";
    char file[256] = {0};
    struct opened model;
    struct ana_frames got;

    file[0] = (char)(sizeof header - 1);
    memcpy(file + 8, header, sizeof header - 1);
    for (int i = 0; i < 10; i++)
        file[8 + sizeof header - 1 + i] = (char)(i + 1);
    ck_assert_int_eq(ana_file_write(ctx, in_folder("net.safetensors"), file,
                                    8 + sizeof header - 1 + 10),
                     0);
    put_text("names.txt", "x\ny\n");
    model = open_model("net.safetensors", NULL, NULL);
    ck_assert_int_eq(model.info.n_layers, 2);
    ck_assert_str_eq(model.info.layers[0].id, "a");
    ck_assert_int_eq(forward(&model, 1, "y", &got), 0);
    ck_assert(got.units == 3 && (double)got.x[0] == 4);
    ana_free(ctx, got.x);
    ck_assert_int_eq(forward(&model, 0, "y", &got), 0);
    ck_assert((double)got.x[0] == 0x0a09);
    ana_free(ctx, got.x);
    close_model(&model);
}
END_TEST

START_TEST(an_order_is_never_guessed)
{
    put_array("h.npy", 2, SHAPE(3, 5), 0, -1);
    refused(".", NULL, NULL,
            "h.npy: nothing says which row is which stimulus; write the stimuli's "
            "names, one a line in row order, into");
    put_text("names.txt", "a\nb\n");
    refused(".", NULL, NULL, "names.txt has 2 names; the first axis counts stimuli");
    refused("h.npy", "names", "none.txt", "none.txt: cannot be opened");
}
END_TEST

START_TEST(missing_and_double_stimuli_are_named)
{
    struct opened model;
    struct ana_frames got;

    put_array("h.npy", 2, SHAPE(5, 2), 0, -1);
    put_text("names.txt", "dog.wav\ndog.mp3\ns1.5\ns1.6\ns1.5.wav\n");
    model = open_model("*.npy", NULL, NULL);
    ck_assert_int_eq(forward(&model, 0, "cat", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "names.txt: has nothing for the stimulus 'cat'; "
                                 "its 5 names are 'dog.wav' to 's1.5.wav'"));
    ck_assert_int_eq(forward(&model, 0, "dog", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "has the stimulus 'dog' twice, as 'dog.wav' "
                                 "(number 1) and 'dog.mp3' (number 2)"));
    ck_assert_int_eq(forward(&model, 0, "s1.5", &got), 0); /* the exact name wins */
    ck_assert((double)got.x[0] == 4);
    ana_free(ctx, got.x);
    close_model(&model);
}
END_TEST

START_TEST(a_nan_is_found_by_its_numpy_index)
{
    struct opened model;
    struct ana_frames got;

    put_array("h.npy", 3, SHAPE(3, 4, 5), 0, 2 * 20 + 3 * 5 + 1);
    put_text("stimuli.txt", "a\nb\nc\n");
    model = open_model("h.npy", NULL, NULL);
    ck_assert_int_eq(forward(&model, 0, "a", &got), 0);
    ana_free(ctx, got.x);
    ck_assert_int_eq(forward(&model, 0, "c", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "h.npy: element [2, 3, 1], of stimulus 'c', is "
                                 "not finite"));
    close_model(&model);
    put_array("h.npy", 2, SHAPE(3, 2), 1e300, -1);
    model = open_model("h.npy", NULL, NULL);
    ck_assert_int_eq(forward(&model, 0, "a", &got), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx),
                                 "element [0, 0], of stimulus 'a', is too large "
                                 "for float32 (2 such"));
    close_model(&model);
}
END_TEST

START_TEST(data_that_are_no_layers_are_refused)
{
    refused(".", NULL, NULL, "holds no layers: no .npy or .safetensors file");
    refused("nothing*.npy", NULL, NULL, "nothing matches it as a pattern");
    put_text("h.npy", "not an array");
    refused("h.npy", NULL, NULL, "h.npy: is not an NPY file");
    put_array("h.npy", 2, SHAPE(0, 3), 0, -1);
    refused("h.npy", NULL, NULL, "h.npy: axis 0 has no elements");
    put_array("h.npy", 6, SHAPE(1, 1, 1, 1, 1, 1), 0, -1);
    refused("h.npy", NULL, NULL,
            "has 6 axes; expected stimuli x units (a time axis needs");
    put_array("h.npy", 2, SHAPE(2, 3), 0, -1);
    mkdir(in_folder("h"), 0777);
    put_array("h/a.npy", 1, SHAPE(3), 0, -1);
    refused(".", NULL, NULL, "two layers would be called 'h'");
    put_array("h/b.npy", 1, SHAPE(4), 0, -1);
    refused("h*", NULL, NULL, "h/b.npy: has 4 units,");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model arrays");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, a_folder_of_arrays_is_layers_in_natural_order);
    tcase_add_test(all, a_rate_makes_the_second_axis_time);
    tcase_add_test(all, a_folder_a_layer_holds_a_file_a_stimulus);
    tcase_add_test(all, tensors_of_a_safetensors_file_are_layers);
    tcase_add_test(all, an_order_is_never_guessed);
    tcase_add_test(all, missing_and_double_stimuli_are_named);
    tcase_add_test(all, a_nan_is_found_by_its_numpy_index);
    tcase_add_test(all, data_that_are_no_layers_are_refused);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
