/* SPDX-License-Identifier: BSD-3-Clause
 *
 * More than eighty damaged checkpoints, each made from a tiny good one by one change:
 * opening it fails as bad data, with one sentence that names its folder; the program
 * says so with exit 3, quickly and in little memory.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/networks.h"

extern const struct ana_plugin anaflow_plugin;

enum { CUT, LENGTH, HEADER, CONFIG, WHOLE, NUMBER, INDEX, REMOVE, PREPROCESSOR };

/* What is changed, and a piece of the sentence that says so (NULL = any). */
struct damage {
    int kind;
    int64_t at; /* CUT: bytes kept (< 0: cut from the end); LENGTH: what the first eight
                   bytes say; NUMBER: which float */
    const char *find, *put; /* HEADER, CONFIG: text for text */
    const char *says;
};

#define D(name) "\"wavlm." name "\":{\"dtype\":\"F32\",\"shape\":"
#define NORM "encoder.layer_norm.weight"

static const struct damage damages[] = {
    /* cut anywhere */
    {CUT, 0, NULL, NULL, NULL},
    {CUT, 1, NULL, NULL, "too few"},
    {CUT, 7, NULL, NULL, "too few"},
    {CUT, 8, NULL, NULL, "cut short"},
    {CUT, 9, NULL, NULL, "cut short"},
    {CUT, 100, NULL, NULL, "cut short"},
    {CUT, 1000, NULL, NULL, "cut short"},
    {CUT, 3000, NULL, NULL, "cut short"},
    {CUT, 6000, NULL, NULL, "cut short"},
    {CUT, 8000, NULL, NULL, "cut short"},
    {CUT, 10000, NULL, NULL, "cut short"},
    {CUT, 12000, NULL, NULL, "cut short"},
    {CUT, 15000, NULL, NULL, "cut short"},
    {CUT, 20000, NULL, NULL, "cut short"},
    {CUT, -5000, NULL, NULL, "cut short"},
    {CUT, -1000, NULL, NULL, "cut short"},
    {CUT, -64, NULL, NULL, "cut short"},
    {CUT, -4, NULL, NULL, "cut short"},
    {CUT, -1, NULL, NULL, "cut short"},
    /* headers that lie about their length */
    {LENGTH, 0, NULL, NULL, "not JSON"},
    {LENGTH, 1, NULL, NULL, "not JSON"},
    {LENGTH, 500, NULL, NULL, "not JSON"},
    {LENGTH, 20000, NULL, NULL, "not JSON"},
    {LENGTH, 100000000, NULL, NULL, "promise"},
    {LENGTH, 100000001, NULL, NULL, "promise"},
    {LENGTH, INT64_MAX, NULL, NULL, "promise"},
    {LENGTH, -1, NULL, NULL, "promise"},
    {LENGTH, INT64_MIN, NULL, NULL, "promise"},
    /* headers that lie about a tensor */
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[17]", "need 68 bytes"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[-16]", "shape"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[16.0]", "shape"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "\"16\"", "shape"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[4,4]", "is 4 x 4, not 16"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[1,16]", "is 1 x 16, not 16"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[4294967296,4294967296,4294967296]",
     "overflows"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[9223372036854775807,2]", "overflows"},
    {HEADER, 0, D(NORM) "[16]", D(NORM) "[1,1,1,1,1,1,1,1,16]", "at most 8"},
    {HEADER, 0, "\"dtype\":\"F32\"", "\"dtype\":\"F16\"", "need"},
    {HEADER, 0, "\"dtype\":\"F32\"", "\"dtype\":\"F33\"", "'F33' is not known"},
    {HEADER, 0, "\"dtype\":\"F32\"", "\"dtype\":\"I32\"", "holds int32"},
    {HEADER, 0, "\"dtype\":\"F32\"", "\"dtype\":32", "dtype"},
    {HEADER, 0, "\"dtype\":\"F32\",", "", "dtype"},
    {HEADER, 0, "\"data_offsets\"", "\"offsets\"", "data_offsets"},
    {HEADER, 0, "\"data_offsets\":[0,", "\"data_offsets\":[4,", "hold"},
    {HEADER, 0, "\"data_offsets\":[0,", "\"data_offsets\":[-4,", "outside"},
    {HEADER, 0, "\"data_offsets\":[0,", "\"data_offsets\":[9223372036854775807,",
     "outside"},
    {HEADER, 0, "\"data_offsets\":[0,", "\"data_offsets\":[99999999999999999999,", NULL},
    {HEADER, 0, "\"data_offsets\":[0,", "\"data_offsets\":[0,0,", "data_offsets"},
    {HEADER, 0, "{\"wavlm", "[\"wavlm", "not JSON"},
    {HEADER, 0, "\"wavlm." NORM "\"", "\"wavlm.encoder.layer_norm.bias\"", "not JSON"},
    {HEADER, 0, "\"wavlm." NORM "\"", "\"wavlm.encoder.layer_norm.wait\"",
     "missing (1): wavlm.encoder.layer_norm.weight; not known (1)"},
    {HEADER, 0, "\"wavlm." NORM "\"", "\"\"", "missing (1)"},
    {HEADER, 0, "\"wavlm." NORM "\":{", "\"wavlm." NORM "\":[", "not JSON"},
    {HEADER, 0, D(NORM), "\"wavlm." NORM "\":7,\"x\":{\"dtype\":\"F32\",\"shape\":",
     "not described by an object"},
    /* weights that are no numbers */
    {NUMBER, 0, NULL, NULL, "number 0 of 60"},
    {NUMBER, 59, NULL, NULL, "number 59 of 60"},
    {NUMBER, 2000, NULL, NULL, "damaged"},
    {NUMBER, -1, NULL, NULL, "damaged"},
    /* configurations that describe nothing, or another network */
    {WHOLE, 0, "", NULL, NULL},
    {WHOLE, 0, "{", NULL, "not JSON"},
    {WHOLE, 0, "[]", NULL, "an object"},
    {WHOLE, 0, "{}", NULL, "\"model_type\" is missing"},
    {WHOLE, 0, "{\"model_type\":\"wavlm\",\"model_type\":\"wavlm\"}", NULL, "not JSON"},
    {WHOLE, 0, "\xff\xfe{}", NULL, "not JSON"},
    {CONFIG, 0, "\"wavlm\"", "\"bert\"", "\"bert\""},
    {CONFIG, 0, "\"wavlm\"", "17", "a text"},
    {CONFIG, 0, "\"wavlm\"", "\"wav2vec2\"", "not known"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 0", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": -16", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 65537", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 1e300", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 16.5", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": \"16\"", "from 1 to 65536"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 65536", "of another shape"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": 20", "of another shape"},
    {CONFIG, 0, "\"hidden_size\": 16", "\"hidden_size\": null", "of another shape"},
    {CONFIG, 0, "\"hidden_size\": 16,", "", "of another shape"},
    {CONFIG, 0, "_heads\": 4", "_heads\": 3", "no multiple"},
    {CONFIG, 0, "_heads\": 4", "_heads\": 0", "from 1"},
    {CONFIG, 0, "_heads\": 4", "_heads\": 8", "of another shape"},
    {CONFIG, 0, "_layers\": 2", "_layers\": 3", "missing (19)"},
    {CONFIG, 0, "_layers\": 2", "_layers\": 1", "not known (19)"},
    {CONFIG, 0, "_layers\": 2", "_layers\": 512", "missing"},
    {CONFIG, 0, "_layers\": 2", "_layers\": 513", "from 1 to 512"},
    {CONFIG, 0, "_layers\": 2", "_layers\": 99999999999999999999", NULL},
    {CONFIG, 0, "\"intermediate_size\": 24", "\"intermediate_size\": 25", "shape"},
    {CONFIG, 0, "\"conv_dim\": [", "\"conv_dim\": [6,", "as many were expected"},
    {CONFIG, 0, "\"conv_dim\": [", "\"conv_dim\": [[],", "from 1 to 65536"},
    {CONFIG, 0, "\"conv_dim\"", "\"conv_dims\"", "is missing"},
    {CONFIG, 0, "\"conv_kernel\": [", "\"conv_kernel\": [0,", "from 1 to 1024"},
    {CONFIG, 0, "\"conv_stride\": [\n  5", "\"conv_stride\": [\n  1000000",
     "from 1 to 1024"},
    {CONFIG, 0, "\"group\"", "\"batch\"", "\"batch\""},
    {CONFIG, 0, "\"group\"", "\"layer\"", "missing"},
    {CONFIG, 0, "_groups\": 4", "_groups\": 5", "no multiple"},
    {CONFIG, 0, "\"conv_bias\": false", "\"conv_bias\": 0", "true or false"},
    {CONFIG, 0, "\"conv_bias\": false", "\"conv_bias\": true", "missing (3)"},
    {CONFIG, 0, "_buckets\": 16", "_buckets\": 18", "no multiple of 4"},
    {CONFIG, 0, "\"conv_bias\"", "\"hidden_act\": \"mish\", \"conv_bias\"", "\"mish\""},
    {CONFIG, 0, "\"conv_bias\"", "\"layer_norm_eps\": -1, \"conv_bias\"", "from 0 to 1"},
    {CONFIG, 0, "\"conv_bias\"", "\"layer_norm_eps\": NaN, \"conv_bias\"", "not JSON"},
    {PREPROCESSOR, 0, "{\"do_normalize\": 3}", NULL, "true or false"},
    {PREPROCESSOR, 0, "{\"sampling_rate\": 0}", NULL, "from 1000"},
    {PREPROCESSOR, 0, "nonsense", NULL, "not JSON"},
    /* shards: %s stands for the good file's name */
    {INDEX, 0, "nonsense", NULL, "not JSON"},
    {INDEX, 0, "{}", NULL, "weight_map"},
    {INDEX, 0, "{\"weight_map\": {}}", NULL, "weight_map"},
    {INDEX, 0, "{\"weight_map\": {\"a\": 7}}", NULL, "not mapped to the name of a file"},
    {INDEX, 0, "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}", NULL, "not mapped"},
    {INDEX, 0, "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", NULL, "not mapped"},
    {INDEX, 0, "{\"weight_map\": {\"a\": \"two.safetensors\"}}", NULL, "is missing"},
    {INDEX, 0, "{\"weight_map\": {\"a\": \"shard.safetensors\"}}", NULL,
     "tensor 'a' is not in shard.safetensors"},
    {INDEX, 0,
     "{\"weight_map\": {\"wavlm." NORM "\": \"shard.safetensors\", "
     "\"wavlm.encoder.layer_norm.bias\": \"copy.safetensors\"}}",
     NULL, "is in both"},
    /* files that are not there */
    {REMOVE, 0, "config.json", NULL, "holds no config.json"},
    {REMOVE, 0, "model.safetensors", NULL, "holds no model.safetensors"},
    {REMOVE, 1, "model.safetensors", NULL, "convert_checkpoint.py"},
};

enum { N_DAMAGES = sizeof damages / sizeof *damages };

static char *read_whole(const char *path, long *n)
{
    FILE *f = fopen(path, "rb");
    char *data;

    ck_assert_msg(f != NULL, "%s", path);
    fseek(f, 0, SEEK_END);
    *n = ftell(f);
    rewind(f);
    data = calloc(1, (size_t)*n + 1);
    ck_assert_uint_eq(fread(data, 1, (size_t)*n, f), (size_t)*n);
    fclose(f);
    return data;
}

static void write_whole(const char *folder, const char *name, const char *data, long n)
{
    char path[4200];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    ck_assert_msg(f != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(data, 1, (size_t)n, f), (size_t)n);
    fclose(f);
}

/* Replace the first `find` of a text of n bytes that may hold zeros behind it. */
static char *replace(const char *text, long *n, const char *find, const char *put)
{
    const char *at = strstr(text, find);
    const size_t before = at ? (size_t)(at - text) : 0, cut = strlen(find);
    char *out = calloc(1, (size_t)*n + strlen(put) + 1);

    ck_assert_msg(at != NULL, "the good file does not hold %s", find);
    memcpy(out, text, before);
    memcpy(out + before, put, strlen(put));
    memcpy(out + before + strlen(put), at + cut, (size_t)*n - before - cut);
    *n += (long)strlen(put) - (long)cut;
    return out;
}

static void set_length(char *data, int64_t length)
{
    for (int i = 0; i < 8; i++)
        data[i] = (char)((uint64_t)length >> 8 * i & 255);
}

static int64_t get_length(const char *data)
{
    int64_t length = 0;

    for (int i = 0; i < 8; i++)
        length |= (int64_t)(uint8_t)data[i] << 8 * i;
    return length;
}

static void damage_weights(const struct damage *damage, char **data, long *n)
{
    const int64_t length = get_length(*data);
    const float bad = damage->at % 2 ? INFINITY : NAN;
    char *header, *whole;
    long m = (long)length;

    switch (damage->kind) {
    case CUT:
        *n = damage->at < 0 ? *n + (long)damage->at : (long)damage->at;
        break;
    case LENGTH:
        set_length(*data, damage->at);
        break;
    case NUMBER:
        memcpy(*data + (damage->at < 0 ? *n - 4 : 8 + length + 4 * damage->at), &bad,
               sizeof bad);
        break;
    case HEADER:
        header = calloc(1, (size_t)m + 1);
        memcpy(header, *data + 8, (size_t)m);
        whole = replace(header, &m, damage->find, damage->put);
        free(header);
        header = realloc(whole, (size_t)(8 + m + *n - 8 - length) + 1);
        memmove(header + 8, header, (size_t)m);
        set_length(header, m);
        memcpy(header + 8 + m, *data + 8 + length, (size_t)(*n - 8 - length));
        *n += m - (long)length;
        free(*data);
        *data = header;
        break;
    default:
        break;
    }
}

/* A copy of the good checkpoint with one damage. */
static void make(const struct damage *damage, const char *folder)
{
    const char *source = getenv("ANA_SOURCE");
    char path[4200];
    long n, m;
    char *weights, *config;

    snprintf(path, sizeof path, "%s/tests/golden/wavlm/base/model.safetensors", source);
    weights = read_whole(path, &n);
    snprintf(path, sizeof path, "%s/tests/golden/wavlm/base/config.json", source);
    config = read_whole(path, &m);
    damage_weights(damage, &weights, &n);
    if (damage->kind == CONFIG) {
        char *changed = replace(config, &m, damage->find, damage->put);

        free(config);
        config = changed;
    }
    if (damage->kind == WHOLE)
        write_whole(folder, "config.json", damage->find, (long)strlen(damage->find));
    else if (damage->kind != REMOVE || strcmp(damage->find, "config.json") != 0)
        write_whole(folder, "config.json", config, m);
    if (damage->kind == PREPROCESSOR)
        write_whole(folder, "preprocessor_config.json", damage->find,
                    (long)strlen(damage->find));
    if (damage->kind == INDEX) {
        write_whole(folder, "model.safetensors.index.json", damage->find,
                    (long)strlen(damage->find));
        write_whole(folder, "shard.safetensors", weights, n);
        write_whole(folder, "copy.safetensors", weights, n);
    } else if (damage->kind != REMOVE || strcmp(damage->find, "config.json") == 0) {
        write_whole(folder, "model.safetensors", weights, n);
    } else if (damage->at) {
        write_whole(folder, "pytorch_model.bin", "PK", 2);
    }
    free(weights);
    free(config);
}

START_TEST(every_damage_is_bad_data_and_one_sentence)
{
    const struct damage *damage = &damages[_i];
    char folder[512];
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = folder};
    struct ana_ctx *ctx = test_ctx();
    struct test_network network;
    int rc;

    make(damage, test_folder(folder, sizeof folder));
    rc = test_network_open(ctx, &anaflow_plugin, &source, NULL, &network);
    ck_assert_msg(rc == ANA_EDATA, "damage %d (%s): %d, %s", _i, damage->says, rc,
                  ana_error(ctx));
    ck_assert_msg(!damage->says || strstr(ana_error(ctx), damage->says),
                  "damage %d: '%s' does not hold '%s'", _i, ana_error(ctx), damage->says);
    ck_assert_msg(!strchr(ana_error(ctx), '\n') && strlen(ana_error(ctx)) < 2000, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* `anaflow inspect FOLDER` as a user types it: exit code, processor seconds, MB. */
static int inspect(const char *folder, double *seconds, double *megabytes)
{
    struct rusage usage;
    int status;
    const pid_t child = fork();

    if (child == 0) {
        char log[4200];
        int fd;

        snprintf(log, sizeof log, "%s/log", folder);
        fd = open(log, O_WRONLY | O_CREAT, 0600);
        dup2(fd, 1);
        dup2(fd, 2);
        execl(getenv("ANAFLOW"), "anaflow", "inspect", folder, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(wait4(child, &status, 0, &usage), child);
    *seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    *megabytes = (double)usage.ru_maxrss / 1024;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(the_program_leaves_with_exit_3_in_little_time_and_memory)
{
    double most_seconds = 0, most_megabytes = 0;

#if defined(__SANITIZE_ADDRESS__)
    TEST_SKIP("sanitizers take memory of their own");
#endif
    if (!getenv("ANAFLOW"))
        TEST_SKIP("ANAFLOW names no program");
    for (int i = 0; i < N_DAMAGES; i++) {
        char folder[512];
        double seconds, megabytes;
        int code;

        make(&damages[i], test_folder(folder, sizeof folder));
        code = inspect(folder, &seconds, &megabytes);
        ck_assert_msg(code == 3, "damage %d (%s) in %s: exit code %d", i, damages[i].says,
                      folder, code);
        most_seconds = seconds > most_seconds ? seconds : most_seconds;
        most_megabytes = megabytes > most_megabytes ? megabytes : most_megabytes;
    }
    printf("%d damaged checkpoints: at most %.2f s, %.0f MB\n", N_DAMAGES, most_seconds,
           most_megabytes);
    ck_assert_double_lt(most_megabytes, 256);
    ck_assert_double_lt(most_seconds, 2);
}
END_TEST

START_TEST(the_good_one_is_described)
{
    char folder[4096];
    double seconds, megabytes;
    struct damage none = {PREPROCESSOR, 0, "{\"do_normalize\": true}", NULL, NULL};

    if (!getenv("ANAFLOW"))
        TEST_SKIP("ANAFLOW names no program");
    make(&none, test_folder(folder, 512));
    ck_assert_int_eq(inspect(folder, &seconds, &megabytes), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad checkpoints");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, every_damage_is_bad_data_and_one_sentence, 0, N_DAMAGES);
    tcase_add_test(all, the_program_leaves_with_exit_3_in_little_time_and_memory);
    tcase_add_test(all, the_good_one_is_described);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
