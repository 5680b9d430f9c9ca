/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages of a reader's worker: what went in comes out, and nothing that is cut or flipped
 * is read past its end.
 */
#include "tests/unit/helpers.h"

#include "base/packet.h"
#include "plugin/apart_message.h"
#include "plugin/describe.h"

static const struct ana_run runs[] = {
    {.size = sizeof runs[0],
     .id = "a",
     .stimulus = "dog",
     .n = 7,
     .rate = 512,
     .start = -1},
    {.size = sizeof runs[0], .id = "b", .n = 0, .rate = 0.5},
};
static const struct ana_target targets[] = {
    {.size = sizeof targets[0],
     .bad = 1,
     .name = "LA1",
     .region = "",
     .space = "ras",
     .hemisphere = "L",
     .position = {1, -2.5, 3}},
    {.size = sizeof targets[0], .name = "", .position = {(double)NAN, 0, 0}},
};
static const struct ana_event events[] = {
    {.size = sizeof events[0], .run = 1, .onset = 2, .duration = 0.5, .text = "click"}};
static const char *const names[] = {"dog", NULL, "rain"};
static const char *const files[] = {"/x/y.hdr"};
static const struct ana_recording_info example = {.size = sizeof example,
                                                  .layout = ANA_LAYOUT_EPOCHS,
                                                  .unit = "V",
                                                  .n_runs = 2,
                                                  .runs = runs,
                                                  .n_targets = 2,
                                                  .targets = targets,
                                                  .n_rows = 3,
                                                  .row_names = names,
                                                  .n_times = 9,
                                                  .rate = 100,
                                                  .start = -0.2,
                                                  .block = 4,
                                                  .n_events = 1,
                                                  .events = events,
                                                  .scratch = 11,
                                                  .n_files = 1,
                                                  .files = files,
                                                  .map = ".nii",
                                                  .memory = 12};

/* A copy of a packet's first n bytes, as it would be received. */
static struct ana_packet received(const struct ana_packet *packet, int64_t n)
{
    struct ana_packet copy = {.ctx = packet->ctx};
    char *to = ana_packet_receive(&copy, n);

    ck_assert_ptr_nonnull(to);
    memcpy(to, packet->data, (size_t)n);
    return copy;
}

START_TEST(a_recording_comes_back_as_it_was)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_arena arena = {.ctx = ctx};
    struct ana_packet packet = {.ctx = ctx}, copy;
    struct ana_recording_info info;

    ana_put_info(&packet, &example);
    copy = received(&packet, packet.n);
    ck_assert(ana_take_info(&copy, &arena, &info));
    ck_assert_int_eq(info.layout, ANA_LAYOUT_EPOCHS);
    ck_assert_str_eq(info.unit, "V");
    ck_assert_int_eq(info.n_runs, 2);
    ck_assert_str_eq(info.runs[0].stimulus, "dog");
    ck_assert_ptr_null(info.runs[1].stimulus);
    ck_assert_int_eq(info.runs[0].n, 7);
    ck_assert_double_eq(info.runs[1].rate, 0.5);
    ck_assert_double_eq(info.runs[0].start, -1);
    ck_assert_int_eq(info.n_targets, 2);
    ck_assert_int_eq(info.targets[0].bad, 1);
    ck_assert_str_eq(info.targets[0].hemisphere, "L");
    ck_assert_double_eq(info.targets[0].position[1], -2.5);
    ck_assert_str_eq(info.targets[1].region, ""); /* none was said */
    ck_assert_double_nan(info.targets[1].position[0]);
    ck_assert_int_eq(info.n_rows, 3);
    ck_assert_str_eq(info.row_names[2], "rain");
    ck_assert_ptr_null(info.row_names[1]);
    ck_assert_int_eq(info.n_times, 9);
    ck_assert_double_eq(info.rate, 100);
    ck_assert_double_eq(info.start, -0.2);
    ck_assert_int_eq(info.block, 4);
    ck_assert_int_eq(info.events[0].run, 1);
    ck_assert_str_eq(info.events[0].text, "click");
    ck_assert_int_eq(info.scratch, 11);
    ck_assert_str_eq(info.files[0], "/x/y.hdr");
    ck_assert_str_eq(info.map, ".nii");
    ck_assert_int_eq(info.memory, 12);
    ana_packet_finish(&packet);
    ana_packet_finish(&copy);
    ana_arena_finish(&arena);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Every length of it; the sanitizers see a byte read behind the end. */
START_TEST(a_message_that_is_cut_is_none)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_packet packet = {.ctx = ctx};

    ana_put_info(&packet, &example);
    for (int64_t n = 0; n < packet.n; n++) {
        struct ana_packet copy = received(&packet, n);
        struct ana_arena arena = {.ctx = ctx};
        struct ana_recording_info info;

        ck_assert_msg(!ana_take_info(&copy, &arena, &info), "%lld bytes", (long long)n);
        ana_packet_finish(&copy);
        ana_arena_finish(&arena);
    }
    ana_packet_finish(&packet);
    ana_ctx_destroy(ctx);
}
END_TEST

/* What is taken from any bytes stays within them: texts end, counts are borne out. */
static void check_bounds(const struct ana_packet *packet,
                         const struct ana_recording_info *info)
{
    const char *end = packet->data + packet->n;

    ck_assert_int_le(info->n_runs, packet->n);
    ck_assert_int_le(info->n_targets, packet->n);
    for (int64_t r = 0; r < info->n_runs; r++)
        ck_assert(info->runs[r].id + strlen(info->runs[r].id) < end);
    for (int64_t i = 0; i < info->n_events; i++)
        ck_assert_int_lt(info->events[i].run, info->n_runs);
    for (int64_t i = 0; info->row_names && i < info->n_rows; i++)
        ck_assert(!info->row_names[i] || info->row_names[i] < end);
    for (int64_t i = 0; i < info->n_files; i++)
        ck_assert(info->files[i] && info->files[i] < end);
}

START_TEST(a_message_with_a_wrong_byte_is_bounded_by_its_length)
{
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
    struct ana_ctx *ctx = test_ctx();
    struct ana_packet packet = {.ctx = ctx};
    int64_t refused = 0;

    ana_put_info(&packet, &example);
    for (int64_t at = 0; at < packet.n; at++)
        for (size_t v = 0; v < sizeof values; v++) {
            struct ana_packet copy = received(&packet, packet.n);
            struct ana_arena arena = {.ctx = ctx};
            struct ana_recording_info info;

            copy.data[at] = (char)values[v];
            if (ana_take_info(&copy, &arena, &info))
                check_bounds(&copy, &info);
            else
                refused++;
            ana_packet_finish(&copy);
            ana_arena_finish(&arena);
        }
    ck_assert_int_gt(refused, packet.n); /* lengths and counts stand in most bytes */
    ana_packet_finish(&packet);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_list_comes_back_as_it_was_or_not_at_all)
{
    const struct ana_entry entry[] = {
        {.size = sizeof entry[0],
         .dtype = ANA_F32,
         .name = "R",
         .note = "",
         .ndim = 2,
         .shape = {3, 4},
         .rate = 2},
        {.size = sizeof entry[0], .name = "s", .note = "text"}};
    struct ana_ctx *ctx = test_ctx();
    struct ana_packet packet = {.ctx = ctx};
    struct ana_entry *found;
    int64_t count;

    ana_put_entries(&packet, 2, entry);
    for (int64_t n = 0; n <= packet.n; n++) {
        struct ana_packet copy = received(&packet, n);
        const int whole = ana_take_entries(&copy, &count, &found);

        ck_assert_int_eq(whole, n == packet.n);
        if (whole) {
            ck_assert_int_eq(count, 2);
            ck_assert_str_eq(found[0].name, "R");
            ck_assert_int_eq(found[0].shape[1], 4);
            ck_assert_str_eq(found[1].note, "text");
            ck_assert_double_eq(found[0].rate, 2);
        }
        ana_entries_free(ctx, found ? count : 0, found);
        ana_packet_finish(&copy);
    }
    ana_packet_finish(&packet);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The n-th allocation that taking it makes fails, for each n there is. */
START_TEST(what_finds_no_memory_says_so_and_counts_nothing)
{
    static const struct ana_entry entry = {.size = sizeof entry, .name = "R", .note = ""};
    struct ana_ctx *ctx = test_ctx();
    struct ana_packet list = {.ctx = ctx}, info = {.ctx = ctx};
    int64_t refused = 0;

    ana_put_entries(&list, 1, &entry);
    ana_put_info(&info, &example);
    for (int64_t n = 1; n <= 3; n++) {
        struct ana_packet copy = received(&list, list.n);
        struct ana_entry *found;
        int64_t count;

        ana_ctx_fail_allocation(ctx, n);
        ck_assert(!ana_take_entries(&copy, &count, &found));
        ck_assert(copy.no_memory);
        ck_assert_int_eq(count, n == 1 ? 0 : 1);
        ana_entries_free(ctx, count, found);
        ana_packet_finish(&copy);
    }
    for (int64_t n = 1; n <= 3; n++) {
        struct ana_packet copy = received(&info, info.n);
        struct ana_arena arena = {.ctx = ctx};
        struct ana_recording_info taken;

        ana_ctx_fail_allocation(ctx, n);
        if (!ana_take_info(&copy, &arena, &taken)) {
            ck_assert(copy.no_memory);
            refused++;
        }
        ana_ctx_fail_allocation(ctx, 0);
        ana_packet_finish(&copy);
        ana_arena_finish(&arena);
    }
    ck_assert_int_gt(refused, 0);
    ana_packet_finish(&list);
    ana_packet_finish(&info);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_source_comes_back_as_it_was)
{
    static const char *const paths[] = {"a.mat", "b.mat"};
    const struct ana_source source = {
        .size = sizeof source,
        .n_files = 2,
        .files = paths,
        .rate = 128,
        .text = "*.mat : R(time, target)",
        .var = {
            .name = "R",
            .cells = "1-3",
            .n_axes = 2,
            .axis = {{.kind = ANA_AXIS_TIME, .name = "time"},
                     {.kind = ANA_AXIS_TARGET, .name = "target", .names = "labels"}}}};
    struct ana_ctx *ctx = test_ctx();
    struct ana_packet packet = {.ctx = ctx};

    ana_put_source(&packet, &source);
    for (int64_t n = 0; n <= packet.n; n++) {
        struct ana_packet copy = received(&packet, n);
        struct ana_arena arena = {.ctx = ctx};
        struct ana_source found;
        const int whole = ana_take_source(&copy, &arena, &found);

        ck_assert_int_eq(whole, n == packet.n);
        if (whole) {
            ck_assert_int_eq(found.n_files, 2);
            ck_assert_str_eq(found.files[1], "b.mat");
            ck_assert_double_eq(found.rate, 128);
            ck_assert_str_eq(found.var.cells, "1-3");
            ck_assert_ptr_null(found.var.times);
            ck_assert_int_eq(found.var.axis[1].kind, ANA_AXIS_TARGET);
            ck_assert_str_eq(found.var.axis[1].names, "labels");
        }
        ana_packet_finish(&copy);
        ana_arena_finish(&arena);
    }
    ana_packet_finish(&packet);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("packet");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, a_recording_comes_back_as_it_was);
    tcase_add_test(tests, a_message_that_is_cut_is_none);
    tcase_add_test(tests, a_message_with_a_wrong_byte_is_bounded_by_its_length);
    tcase_add_test(tests, a_list_comes_back_as_it_was_or_not_at_all);
    tcase_add_test(tests, what_finds_no_memory_says_so_and_counts_nothing);
    tcase_add_test(tests, a_source_comes_back_as_it_was);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
