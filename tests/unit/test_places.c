/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "report/places.h"
#include "report/svg.h"

static struct ana_target target_at(double x, double y, double z, const char *space)
{
    return (struct ana_target){
        sizeof(struct ana_target), 0, "e", "", space, "", {x, y, z}};
}

/* A cap of 40 sensors on a sphere of radius 90 about (3, -5, 40): x right, y front, z up. */
static void make_cap(struct ana_target *cap, const char *space, int turned)
{
    for (int i = 0; i < 40; i++) {
        const double height = 1 - 1.1 * (double)i / 40,
                     across = sqrt(1 - height * height);
        const double x = 3 + 90 * across * cos(2.4 * i),
                     y = -5 + 90 * across * sin(2.4 * i);

        cap[i] = turned ? target_at(y, -x, 40 + 90 * height, space)
                        : target_at(x, y, 40 + 90 * height, space);
    }
}

START_TEST(spaces_are_known_by_their_names)
{
    ck_assert_int_eq(ana_places_kind("MNI152NLin2009cAsym"), ANA_PLACES_MNI);
    ck_assert_int_eq(ana_places_kind("fsaverage"), ANA_PLACES_MNI);
    ck_assert_int_eq(ana_places_kind("space-mni"), ANA_PLACES_MNI);
    ck_assert_int_eq(ana_places_kind("CapTrak"), ANA_PLACES_HEAD);
    ck_assert_int_eq(ana_places_kind("ctf"), ANA_PLACES_HEAD);
    ck_assert_int_eq(ana_places_kind("ACPC"), ANA_PLACES_OTHER);
    ck_assert_int_eq(ana_places_kind(""), ANA_PLACES_OTHER);
    ck_assert_int_eq(ana_places_kind(NULL), ANA_PLACES_OTHER);
}
END_TEST

/* A sensor at angle a from the top lies radius x a from the middle, in its own direction. */
START_TEST(a_flat_head_keeps_angles_from_the_top_and_directions)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_target cap[40];
    struct ana_views views;

    make_cap(cap, "CapTrak", 0);
    ck_assert_int_eq(ana_views_create(ctx, 40, cap, &views), 0);
    ck_assert_int_eq(views.n, 1);
    ck_assert_int_eq(views.view[0].kind, ANA_VIEW_HEAD);
    ck_assert_double_eq_tol(views.radius, 90 * acos(-1) / 2, 1e-6);
    for (int i = 0; i < 40; i++) {
        const struct ana_place *place = &views.view[0].places[i];
        const int t = (int)place->target;
        const double height = 1 - 1.1 * (double)t / 40;

        ck_assert_double_eq_tol(hypot(place->u, place->v), 90 * acos(height), 1e-6);
        if (t > 0)
            ck_assert_double_eq_tol(cos(atan2(place->v, place->u) - 2.4 * t), 1, 1e-9);
    }
    ana_views_finish(ctx, &views);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(systems_with_x_to_the_front_are_turned)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_target right[40], turned[40];
    struct ana_views a, b;

    make_cap(right, "CapTrak", 0);
    make_cap(turned, "CTF", 1);
    ck_assert_int_eq(ana_views_create(ctx, 40, right, &a), 0);
    ck_assert_int_eq(ana_views_create(ctx, 40, turned, &b), 0);
    for (int i = 0; i < 40; i++) {
        ck_assert_int_eq(a.view[0].places[i].target, b.view[0].places[i].target);
        ck_assert_double_eq_tol(a.view[0].places[i].u, b.view[0].places[i].u, 1e-6);
        ck_assert_double_eq_tol(a.view[0].places[i].v, b.view[0].places[i].v, 1e-6);
    }
    ana_views_finish(ctx, &a);
    ana_views_finish(ctx, &b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Sensors in one plane fit no sphere: their middle serves. */
START_TEST(a_flat_set_of_sensors_still_has_places)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_target flat[12];
    struct ana_views views;

    for (int i = 0; i < 12; i++)
        flat[i] = target_at(80 * cos(i), 80 * sin(i), 0, "head");
    ck_assert_int_eq(ana_views_create(ctx, 12, flat, &views), 0);
    for (int i = 0; i < 12; i++)
        ck_assert(isfinite(views.view[0].places[i].u) &&
                  isfinite(views.view[0].places[i].v));
    ana_views_finish(ctx, &views);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_brain_is_seen_from_the_sides_that_have_targets_and_from_above)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_target brain[] = {
        target_at(-60, 10, 5, "MNI152"), target_at(-50, -20, 8, "MNI152"),
        target_at(40, -30, 9, "MNI152"), target_at(NAN, 0, 0, "MNI152"),
        target_at(1, 1, 1, "other"),     target_at(2, 30, 12, "MNI152")};
    struct ana_views views;

    brain[5].hemisphere = "L"; /* says more than x does */
    ck_assert_int_eq(ana_views_create(ctx, 6, brain, &views), 0);
    ck_assert_int_eq(views.n, 3);
    ck_assert_int_eq(views.n_placed, 4);
    ck_assert_int_eq(views.n_without, 2);
    ck_assert_int_eq(views.view[0].kind, ANA_VIEW_LEFT);
    ck_assert_int_eq(views.view[0].n, 3);
    /* the nearest to someone who looks at the left side is drawn last; front is left */
    ck_assert_int_eq(views.view[0].places[2].target, 0);
    ck_assert_double_eq(views.view[0].places[2].u, -10);
    ck_assert_double_eq(views.view[0].places[2].v, 5);
    ck_assert_int_eq(views.view[1].kind, ANA_VIEW_RIGHT);
    ck_assert_int_eq(views.view[1].n, 1);
    ck_assert_double_eq(views.view[1].places[0].u, -30);
    ck_assert_int_eq(views.view[2].kind, ANA_VIEW_TOP);
    ck_assert_int_eq(views.view[2].n, 4);
    ck_assert_int_eq(views.view[2].places[3].target, 5);
    ck_assert_double_eq(views.view[2].places[3].v, 30);
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < views.view[k].n; i++) {
            const struct ana_place *p = &views.view[k].places[i];

            ck_assert(p->u > views.view[k].u0 && p->u < views.view[k].u1 &&
                      p->v > views.view[k].v0 && p->v < views.view[k].v1);
        }
    ana_views_finish(ctx, &views);
    brain[2].position[0] = NAN;
    ck_assert_int_eq(ana_views_create(ctx, 6, brain, &views), 0);
    ck_assert_int_eq(views.n, 2);
    ana_views_finish(ctx, &views);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(one_position_is_no_map)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_target targets[] = {target_at(1, 2, 3, ""), target_at(NAN, NAN, NAN, "")};
    struct ana_views views;

    ck_assert_int_eq(ana_views_create(ctx, 2, targets, &views), 0);
    ck_assert_int_eq(views.n, 0);
    ck_assert_int_eq(ana_views_create(ctx, 2, NULL, &views), 0);
    ck_assert_int_eq(views.n, 0);
    ana_views_finish(ctx, &views);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Relative luminance (WCAG 2) of "#rrggbb". */
static double luminance(const char *colour)
{
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        const char hex[] = {colour[1 + 2 * i], colour[2 + 2 * i], 0};
        const double c = (double)strtol(hex, NULL, 16) / 255;

        sum += weight[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* CIE L*, what a grey print keeps. */
static double lightness(const char *colour)
{
    return 116 * cbrt(luminance(colour)) - 16;
}

START_TEST(the_colours_of_maps_darken_in_even_steps)
{
    char before[8], colour[8];
    double least = 100, most = 0;

    for (int i = 1; i < ANA_MAP_STEPS; i++) {
        const double step = lightness(ana_map_colour(i - 1, before)) -
                            lightness(ana_map_colour(i, colour));

        least = fmin(least, step);
        most = fmax(most, step);
    }
    ck_assert_double_gt(least, 1);
    ck_assert_double_lt(most, 2.2 * least);
    ck_assert_int_eq(ana_map_paint(0), ANA_MAP);
    ck_assert_int_eq(ana_map_paint(-3), ANA_MAP);
    ck_assert_int_eq(ana_map_paint(1), ANA_MAP + ANA_MAP_STEPS - 1);
    ck_assert_int_eq(ana_map_paint(7), ANA_MAP + ANA_MAP_STEPS - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("places");
    TCase *tcase = tcase_create("places");

    tcase_add_test(tcase, spaces_are_known_by_their_names);
    tcase_add_test(tcase, a_flat_head_keeps_angles_from_the_top_and_directions);
    tcase_add_test(tcase, systems_with_x_to_the_front_are_turned);
    tcase_add_test(tcase, a_flat_set_of_sensors_still_has_places);
    tcase_add_test(tcase,
                   a_brain_is_seen_from_the_sides_that_have_targets_and_from_above);
    tcase_add_test(tcase, one_position_is_no_map);
    tcase_add_test(tcase, the_colours_of_maps_darken_in_even_steps);
    suite_add_tcase(suite, tcase);
    return test_main(suite);
}
