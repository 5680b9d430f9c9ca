/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/report_cases.h"

#include <glob.h>
#include <jansson.h>
#include <sys/stat.h>

#include "base/file.h"
#include "report/figures.h"

static struct report_case *deep(const char *folder)
{
    return case_deep(folder, 0);
}

static struct report_case *twins(const char *folder)
{
    return case_deep(folder, 1);
}

static const struct {
    const char *name;
    struct report_case *(*make)(const char *folder);
} cases[] = {{"components", case_components},
             {"deep", deep},
             {"twins", twins},
             {"networks", case_networks},
             {"voxels", case_voxels},
             {"one-layer", case_one_layer},
             {"all-na", case_all_na},
             {"pooled", case_pooled},
             {"demo", case_demo},
             {"joined", case_joined},
             {"lags", case_lags},
             {"regions", case_regions},
             {"cap", case_cap},
             {"grid", case_grid},
             {"long", case_long},
             {"nasty", case_nasty}};

/* Write the report of a case into a new folder. */
static void write_case(struct ana_ctx *ctx,
                       struct report_case *(*make)(const char *folder), char *folder,
                       size_t room)
{
    struct report_case *c;

    test_folder(folder, room);
    c = make(folder);
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    case_free(c);
}

static char *read_file(struct ana_ctx *ctx, const char *path)
{
    char *text;
    int64_t n;

    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 26, &text, &n), 0);
    ck_assert_uint_eq(strlen(text), (size_t)n);
    return text;
}

static char *read_page(struct ana_ctx *ctx, const char *folder)
{
    char path[640];

    snprintf(path, sizeof path, "%s/report.html", folder);
    return read_file(ctx, path);
}

static int count(const char *text, const char *what)
{
    int n = 0;

    for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
        n++;
    return n;
}

/* The end of the tag that begins at p, NULL unless its attributes are in double quotes and
 * hold no '<'. */
static const char *end_of_tag(const char *p)
{
    for (p++; *p && *p != '>'; p++) {
        if (*p == '<')
            return NULL;
        if (*p != '=')
            continue;
        if (*++p != '"')
            return NULL;
        p += 1 + strcspn(p + 1, "\"<");
        if (*p != '"')
            return NULL;
    }
    return *p ? p : NULL;
}

static int is_reference(const char *p)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (int i = 0; i < 5; i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0)
            return 1;
    return 0;
}

/* Where the text stops being XML, or NULL: elements nest and close, attributes are quoted,
 * references known, and no control character stands in it. */
static const char *xml_fault(const char *text)
{
    struct {
        const char *name;
        size_t n;
    } open[32];
    int depth = 0;

    for (const char *p = text; *p; p++) {
        const char *tag = p;

        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') ||
            (*p == '&' && !is_reference(p)))
            return p;
        if (*p != '<')
            continue;
        if (p[1] == '/') {
            if (depth-- == 0 || strncmp(p + 2, open[depth].name, open[depth].n) != 0 ||
                p[2 + open[depth].n] != '>')
                return p;
            continue;
        }
        for (const char *c = p, *end = end_of_tag(p); end && c < end; c++)
            if (*c == '&' && !is_reference(c))
                return c;
        p = end_of_tag(p);
        if (!p)
            return tag;
        if (p[-1] == '/')
            continue;
        if (depth == 32)
            return tag;
        open[depth].name = tag + 1;
        open[depth++].n = strcspn(tag + 1, " >\n");
    }
    return depth == 0 ? NULL : text + strlen(text);
}

START_TEST(the_checker_of_xml_finds_what_is_none)
{
    static const char *const bad[] = {"<a>",          "<a></b>",       "<a b=c/>",
                                      "<a b=\"<\"/>", "<a>&nbsp;</a>", "<a b=\"&\"/>",
                                      "<a>\x01</a>",  "</a>",          "<a><b></a></b>"};

    ck_assert_ptr_null(xml_fault("<a b=\"c > d\"><e/>&lt;</a>"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(xml_fault(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

/* The first figure of a kind, as a file; NULL if there is none. */
static char *read_figure(struct ana_ctx *ctx, const char *folder, const char *kind)
{
    char pattern[640];
    glob_t found;
    char *text = NULL;

    snprintf(pattern, sizeof pattern, "%s/figures/%s_*.svg", folder, kind);
    if (glob(pattern, 0, NULL, &found) == 0)
        text = read_file(ctx, found.gl_pathv[0]);
    globfree(&found);
    return text;
}

/* Nothing that would make a browser ask for anything. */
static void check_offline(const char *page)
{
    ck_assert_int_eq(count(page, "http:"),
                     count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
    ck_assert_int_eq(count(page, "https:"), 0);
    ck_assert_int_eq(count(page, " src="), 0);
    ck_assert_int_eq(count(page, "url("), 0);
    ck_assert_int_eq(count(page, "@import"), 0);
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
}

static void check_figures(struct ana_ctx *ctx, const char *folder)
{
    char pattern[640];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/figures/*.svg", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *svg = read_file(ctx, found.gl_pathv[i]);
        const char *fault;

        fault = xml_fault(svg);
        ck_assert_msg(fault == NULL, "%s at '%.40s'", found.gl_pathv[i],
                      fault ? fault : "");
        ck_assert_int_eq(count(svg, "font-size"), 1);
        ck_assert_int_eq(count(svg, "font-size=\"12\""), 1);
        ck_assert_ptr_null(strstr(svg, "nan"));
        ck_assert_ptr_null(strstr(svg, "inf\""));
        ana_free(ctx, svg);
    }
    globfree(&found);
}

/* ANA_REPORT_KEEP=DIR leaves the report of every case there, to look at and for
 * tests/cli/report_page.sh. */
START_TEST(every_shape_of_results_gives_an_offline_page_and_figures_that_are_xml)
{
    struct ana_ctx *ctx = test_ctx();
    const char *keep = getenv("ANA_REPORT_KEEP");
    char folder[256], path[400], *page;
    struct report_case *c;

    if (keep)
        snprintf(folder, sizeof folder, "%s", keep);
    else
        test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/%s", folder, cases[_i].name);
    ck_assert(mkdir(path, 0777) == 0 || keep);
    c = cases[_i].make(path);
    ana_warn(ctx, "a warning of %s", NASTY);
    if (keep)
        ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    check_figures(ctx, path);
    page = read_page(ctx, path);
    check_offline(page);
    ana_free(ctx, page);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(no_name_breaks_out_of_the_page)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page, *json, *end;
    json_t *root, *row;
    json_error_t error;

    ana_warn(ctx, "%s", NASTY);
    write_case(ctx, case_nasty, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_null(strstr(page, NASTY));
    ck_assert_ptr_null(strstr(page, "<!--"));
    ck_assert_int_eq(count(page, "<script"), 2);
    ck_assert_int_eq(count(page, "</script"), 2);
    ck_assert_int_gt(count(page, "&lt;b&gt;&amp;&quot;&#39;&lt;/script&gt;&lt;!--"), 20);
    ck_assert_ptr_null(strstr(page, "\xFF"));
    json = strstr(page, "id=\"target-scores\">");
    ck_assert_ptr_nonnull(json);
    json += strlen("id=\"target-scores\">");
    end = strstr(json, "</script");
    root = json_loadb(json, (size_t)(end - json), JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    row = json_array_get(json_object_get(root, "rows"), 0);
    ck_assert_str_eq(json_string_value(json_array_get(row, 1)), NASTY);
    json_decref(root);
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(stamp_failures_and_warnings_stand_before_the_findings)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;
    const char *stamp, *failure, *warning, *findings;

    ana_warn(ctx, "edge hit");
    ana_warn(ctx, "edge hit");
    write_case(ctx, case_nasty, folder, sizeof folder);
    page = read_page(ctx, folder);
    stamp = strstr(page, "class=\"stamp\"");
    failure = strstr(page, "What failed");
    warning = strstr(page, "edge hit (2 times)");
    findings = strstr(page, "In short</h2>");
    ck_assert(stamp && failure && warning && findings);
    ck_assert(stamp < failure && failure < warning && warning < findings);
    ck_assert_ptr_nonnull(strstr(page, "incomplete: 1 of 2 tasks failed"));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_page_says_that_a_recording_is_simulated_and_where_its_regions_peak)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;

    write_case(ctx, case_demo, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "Simulated recording: made by anaflow simulate"));
    ck_assert_ptr_nonnull(strstr(page, "ost targets of each region peak at: "
                                       "HG <strong>layer1</strong> (8 of 8); "
                                       "STG <strong>layer3</strong> (8 of 8); "
                                       "MTG <strong>layer5</strong> (8 of 8)"));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(where_targets_peak_is_said_of_the_best_of_several_models)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;

    write_case(ctx, case_components, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, " Within mod, targets peak at full ("));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(comparisons_of_one_recording_are_put_side_by_side)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page, *svg;

    write_case(ctx, case_joined, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(
        strstr(page, "Targets peak at early, coch, subbands (3); early, coch, "
                     "cochleagram (3); late, coch, subbands (3) and other "
                     "layers (3)."));
    svg = read_figure(ctx, folder, "targets_all_comparisons");
    ck_assert_ptr_nonnull(svg);
    ck_assert_int_eq(count(svg, "fill=\"none\" stroke=\"#1b1f23\""),
                     12); /* a frame a target */
    ck_assert_int_eq(count(svg, ">early</text>"), 1);
    ck_assert_int_eq(count(svg, ">late</text>"), 1);
    ana_free(ctx, svg);
    ana_free(ctx, page);
    write_case(ctx, case_demo, folder, sizeof folder); /* one comparison */
    ck_assert_ptr_null(read_figure(ctx, folder, "targets_all_comparisons"));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_finding_names_model_layer_score_spread_and_the_missing_ceiling)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;

    write_case(ctx, case_components, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "0.722<small>r2</small>"));
    ck_assert_ptr_nonnull(strstr(page,
                                 "<strong>mod</strong>, layer <strong>full</strong>: "
                                 "median over 6 targets, quartiles 0.544 to 0.741, 10 "
                                 "folds, 165 rows. Best of 4 layers of all models. "
                                 "There too: r 0.853, R2 0.609."));
    ck_assert_ptr_nonnull(strstr(page,
                                 "Then <strong>coch</strong>, layer <strong>cochleagram"
                                 "</strong>: 0.168."));
    ck_assert_ptr_nonnull(strstr(page, "Ceiling not available: no repeats."));
    ck_assert_ptr_nonnull(strstr(page, "a little optimistic"));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_figure_names_its_measure)
{
    static const char *const kinds[] = {"layers", "best-layer", "measures", "targets"};
    struct ana_ctx *ctx = test_ctx();
    char folder[64];

    write_case(ctx, case_components, folder, sizeof folder);
    for (int i = 0; i < 4; i++) {
        char *svg = read_figure(ctx, folder, kinds[i]);

        ck_assert_ptr_nonnull(svg);
        ck_assert_msg(strstr(svg, "r2") != NULL, "%s", kinds[i]);
        ana_free(ctx, svg);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(few_targets_are_dots_with_their_names_and_many_are_a_shape)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_components, folder, sizeof folder);
    svg = read_figure(ctx, folder, "layers");
    ck_assert_int_eq(count(svg, "<circle"), 4 * 6);
    ck_assert_int_eq(count(svg, "<title>speech 0."), 4);
    ana_free(ctx, svg);
    write_case(ctx, case_voxels, folder, sizeof folder);
    svg = read_figure(ctx, folder, "layers");
    ck_assert_int_eq(count(svg, "<circle"), 0);
    ck_assert_uint_lt(strlen(svg), 20000);
    ck_assert_ptr_nonnull(strstr(svg, "Shape: how the targets are distributed"));
    ana_free(ctx, svg);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_ceiling_is_drawn_only_where_there_is_one)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_networks, folder, sizeof folder);
    svg = read_figure(ctx, folder, "layers");
    ck_assert_int_eq(count(svg, ">ceiling</text>"), 1);
    ana_free(ctx, svg);
    write_case(ctx, case_components, folder, sizeof folder);
    svg = read_figure(ctx, folder, "layers");
    ck_assert_ptr_null(strstr(svg, "eiling"));
    ana_free(ctx, svg);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_best_layer_histogram_counts_every_target_once)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_demo, folder, sizeof folder);
    svg = read_figure(ctx, folder, "best-layer");
    ck_assert_int_eq(count(svg, "<rect") - 1, 3); /* but for the white paper */
    ck_assert_int_eq(count(svg, ">8</text>"), 3);
    ana_free(ctx, svg);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_region_has_a_curve_that_names_its_best_layer)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_regions, folder, sizeof folder);
    svg = read_figure(ctx, folder, "region-curves");
    ck_assert_int_eq(count(svg, " (16)</text>"), 6);
    ck_assert_ptr_nonnull(strstr(svg, ">Heschl&#39;s gyrus (16)</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ": layer0, depth 0.00</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ": layer12, depth 1.00</text>"));
    ck_assert_int_eq(count(svg, "stroke-dasharray=\"6 3\""), 6); /* modulation */
    ck_assert_int_eq(count(svg, "stroke-dasharray=\"3 3\""), 6); /* ceiling */
    ck_assert_int_eq(count(svg, "<circle"), 12); /* the best of two models */
    ana_free(ctx, svg);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(scores_of_all_lags_are_one_figure_and_one_finding)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], pattern[128], *page, *svg;
    glob_t found;

    write_case(ctx, case_lags, folder, sizeof folder);
    snprintf(pattern, sizeof pattern, "%s/figures/*lag*.svg", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 2);
    globfree(&found);
    svg = read_figure(ctx, folder, "lags");
    ck_assert_int_eq(count(svg, "stroke-width=\"2\""), 1);
    ck_assert_int_eq(count(svg, "stroke-width=\"0.75\""), 2); /* the other layers */
    ck_assert_int_eq(count(svg, "<circle"), 1);
    ck_assert_ptr_nonnull(strstr(svg, ">speech, layer1</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ">-200</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ">400</text>"));
    ana_free(ctx, svg);
    svg = read_figure(ctx, folder, "lag-regions");
    ck_assert_int_eq(count(svg, "<circle"), 3);
    ck_assert_ptr_nonnull(strstr(svg, ">HG</text>"));
    ana_free(ctx, svg);
    page = read_page(ctx, folder);
    ck_assert_int_eq(count(page, "<section>"), 1);
    ck_assert_int_eq(count(page, "class=\"score\""), 1);
    ck_assert_ptr_nonnull(strstr(page, "each, ecog, lag 0.15 s"));
    ck_assert_ptr_nonnull(strstr(page, " Best of 13 lags."));
    ck_assert_ptr_nonnull(strstr(page, "A best layer or lag is chosen by the scores"));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_map_has_a_dot_a_target_and_view_and_says_what_has_none)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg, *page;

    write_case(ctx, case_regions, folder, sizeof folder);
    svg = read_figure(ctx, folder, "map");
    ck_assert_int_eq(count(svg, "</title></circle>"), 2 * 95); /* one side, and the top */
    ck_assert_ptr_nonnull(strstr(svg, "<title>G01, Heschl&#39;s gyrus, (\u2212"));
    ck_assert_ptr_nonnull(strstr(svg, " at layer"));
    ck_assert_ptr_nonnull(strstr(svg, "1 without one is left out"));
    ck_assert_ptr_nonnull(strstr(svg, "mm of MNI152NLin2009cAsym"));
    ck_assert_ptr_nonnull(strstr(svg, ">r, median over 10 folds</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ">20 mm</text>"));
    ana_free(ctx, svg);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "Maps of the other models (2)"));
    ck_assert_ptr_nonnull(strstr(page, "Best layer over positions"));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_cap_is_drawn_flat_and_scores_at_or_below_0_are_rings)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_cap, folder, sizeof folder);
    svg = read_figure(ctx, folder, "map");
    ck_assert_int_eq(count(svg, "</title></circle>"), 64);
    ck_assert_ptr_nonnull(strstr(svg, "its surface laid flat"));
    ck_assert_ptr_null(strstr(svg, ">20 mm</text>"));
    ck_assert_ptr_nonnull(strstr(svg, ">0 or less</text>"));
    ck_assert_ptr_nonnull(strstr(svg, "pointer-events=\"all\""));
    ana_free(ctx, svg);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(one_layer_has_no_best_layer_and_one_measure_no_comparison_of_measures)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *svg;

    write_case(ctx, case_one_layer, folder, sizeof folder);
    ck_assert_ptr_null(read_figure(ctx, folder, "best-layer"));
    svg = read_figure(ctx, folder, "measures");
    ck_assert_ptr_nonnull(svg);
    ck_assert_ptr_nonnull(strstr(svg, ">r_null</text>"));
    ck_assert_ptr_nonnull(strstr(svg, "Triangle: beyond the axis"));
    ana_free(ctx, svg);
    write_case(ctx, case_pooled, folder, sizeof folder);
    ck_assert_ptr_null(read_figure(ctx, folder, "measures"));
    ck_assert_ptr_null(read_figure(ctx, folder, "targets"));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(nothing_but_n_a_says_so_and_draws_an_empty_axis)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page, *svg;

    write_case(ctx, case_all_na, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "No target has a score (all n/a)."));
    ck_assert_ptr_null(strstr(page, "a little optimistic"));
    svg = read_figure(ctx, folder, "layers");
    ck_assert_ptr_nonnull(strstr(svg, "n/a: no target has a score"));
    ck_assert_ptr_null(read_figure(ctx, folder, "best-layer"));
    ana_free(ctx, svg);
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_run_without_scores_still_has_a_page)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;
    struct report_case *c;

    test_folder(folder, sizeof folder);
    c = case_new(folder, "nothing");
    c->results.status = "incomplete: 1 of 1 tasks failed";
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "No scores were computed."));
    ck_assert_ptr_nonnull(strstr(page, "incomplete: 1 of 1 tasks failed"));
    ana_free(ctx, page);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(of_many_panels_the_page_shows_40_and_the_folder_has_all)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], pattern[128], *page;
    struct report_case *c;
    struct ana_score_block like;
    const double level[] = {.3, .4};
    glob_t found;

    test_folder(folder, sizeof folder);
    c = case_new(folder, "many comparisons");
    like = case_like("many", "ecog", 2, case_targets(c, 2, "E%d"));
    like.model = "coch";
    like.layer = "subbands";
    for (int i = 0; i < 45; i++) {
        like.comparison = case_text(c, "many%02d", i);
        case_block(c, like, level, 0.01);
    }
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "The first 40 of 45"));
    ck_assert_int_eq(count(page, "<section>"), 40);
    snprintf(pattern, sizeof pattern, "%s/figures/layers_many*_ecog.svg", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 45);
    globfree(&found);
    ana_free(ctx, page);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(of_many_targets_the_page_holds_the_highest_5000)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page, *json;
    json_t *root, *rows;
    struct report_case *c;
    double lowest = INFINITY;
    int64_t above = 0;

    test_folder(folder, sizeof folder);
    c = case_voxels(folder);
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "The 5,000 highest of 44,260 scores"));
    json = strstr(page, "id=\"target-scores\">") + strlen("id=\"target-scores\">");
    root = json_loads(json, JSON_DISABLE_EOF_CHECK, NULL);
    rows = json_object_get(root, "rows");
    ck_assert_uint_eq(json_array_size(rows), 5000);
    for (size_t i = 0; i < 5000; i++) {
        const json_t *score = json_array_get(json_array_get(rows, i), 3);

        lowest = fmin(lowest, atof(json_string_value(score)));
    }
    for (int64_t b = 0; b < 4; b++)
        for (int64_t t = 0; t < 11065; t++)
            above += c->blocks[b].score[t] > lowest + 5e-4; /* shown to three decimals */
    ck_assert_int_le(above, 5000);
    ck_assert_int_gt(above, 4800);
    json_decref(root);
    ana_free(ctx, page);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(equal_results_give_an_equal_page_and_equal_figures)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[2][64], *page[2], *svg[2];

    for (int i = 0; i < 2; i++) {
        write_case(ctx, case_components, folder[i], sizeof folder[i]);
        page[i] = read_page(ctx, folder[i]);
        svg[i] = read_figure(ctx, folder[i], "layers");
    }
    ck_assert_str_eq(page[0], page[1]);
    ck_assert_str_eq(svg[0], svg[1]);
    for (int i = 0; i < 2; i++) {
        ana_free(ctx, page[i]);
        ana_free(ctx, svg[i]);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_axis_ends_on_ticks_and_covers_its_values)
{
    struct ana_rng rng;
    struct ana_ctx *ctx = test_ctx();

    ana_rng_init(ctx, "axis", 0, &rng);
    for (int i = 0; i < 2000; i++) {
        const double low = -ana_rng_uniform(&rng) * pow(10, i % 7 - 3);
        const double high = ana_rng_uniform(&rng) * pow(10, i % 5 - 2);
        const struct ana_scale scale = ana_scale_nice(low, high, 100, 0, 5);
        const double steps = (scale.high - scale.low) / scale.step;

        if (scale.low > low + 1e-8 * scale.step ||
            scale.high < high - 1e-8 * scale.step || fabs(steps - round(steps)) > 1e-6 ||
            round(steps) < 2 || round(steps) > 8 ||
            fabs(ana_scale_at(&scale, scale.high)) > 1e-9)
            ck_abort_msg("%g to %g: axis %g to %g by %g", low, high, scale.low,
                         scale.high, scale.step);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_label_that_is_too_long_is_cut_between_characters_and_kept_whole_in_a_tooltip)
{
    struct ana_figure figure = {0};

    ana_svg_text(&figure, (struct ana_lettering){.room = 60},
                 "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc & more");
    ck_assert_ptr_nonnull(
        strstr(figure.body.data, "\u2026<title>\u00e4\u00f6\u00fc\u00e4"));
    ck_assert_ptr_nonnull(strstr(figure.body.data, "&amp; more</title>"));
    ck_assert_ptr_null(strstr(figure.body.data, "\uFFFD"));
    ana_figure_finish(&figure);
}
END_TEST

START_TEST(a_long_study_stays_a_page_of_three_megabytes)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;

    write_case(ctx, case_long, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_uint_lt(strlen(page), 3 << 20);
    ck_assert_ptr_nonnull(strstr(page, "Maps of the other 5 models stand in figures/."));
    ck_assert_int_eq(count(page, "</title></circle>"), 2 * 2 * 1000); /* scores, depths */
    ana_free(ctx, page);
    page = read_figure(ctx, folder, "map_story_ecog"); /* _1 to _5 */
    ck_assert_ptr_nonnull(page);
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_printed_page_says_what_its_results_are)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;

    write_case(ctx, case_demo, folder, sizeof folder);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page,
                                 "@bottom-left { content: \"Simulated recording\\3a "
                                 " made by anaflow simulate,"));
    ana_free(ctx, page);
    write_case(ctx, case_nasty, folder, sizeof folder); /* <b>&"'</script><!-- */
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "content: \"\\3c b\\3e \\26 \\22 \\27 \\3c \\2f "
                                       "script\\3e \\3c \\21 --\""));
    ana_free(ctx, page);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(methods_are_paragraphs_with_conventions_and_numbered_references)
{
    static const char *const references[] = {"anaflow 1", "Hoerl & Kennard 1970"};
    struct ana_ctx *ctx = test_ctx();
    char folder[64], *page;
    struct report_case *c;

    test_folder(folder, sizeof folder);
    c = case_components(folder);
    c->results.references = references;
    c->results.n_references = 2;
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    page = read_page(ctx, folder);
    ck_assert_ptr_nonnull(strstr(page, "<p>165 sounds were resampled to 16 kHz"));
    ck_assert_ptr_nonnull(
        strstr(page, "<p>Conventions of ridge: alphas = 1e-10 ... 1e10, 41 values; ties "
                     "take the larger. ceiling not available: the recording has no "
                     "repeats.</p>"));
    ck_assert_ptr_nonnull(strstr(page, "<ol class=\"references\">\n<li>anaflow 1</li>\n"
                                       "<li>Hoerl &amp; Kennard 1970</li>"));
    ana_free(ctx, page);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_stamp_is_whole_below_the_narrowest_figure)
{
    struct ana_figure figure = {.width = 200, .height = 100};
    struct ana_text svg = {0};

    ana_text_add(&figure.body, " ");
    ana_text_add(&figure.caption, "c");
    ana_figure_write_file(&figure,
                          "Simulated recording: nobody's brain was measured, "
                          "and this goes on",
                          &svg);
    ck_assert_ptr_nonnull(strstr(svg.data, ">Simulated recording:</text>"));
    ck_assert_ptr_nonnull(strstr(svg.data, "goes on</text>"));
    ck_assert_ptr_null(strstr(svg.data, "\u2026"));
    ck_assert_ptr_nonnull(strstr(svg.data, "height=\"158\""));
    ana_text_finish(&svg);
    ana_figure_finish(&figure);
}
END_TEST

/* Five twins are one dashed line through their means and one band, with one label. */
START_TEST(control_networks_of_a_kind_are_drawn_as_mean_and_range)
{
    struct ana_ctx *ctx = test_ctx();
    char folder[512], pattern[640];
    glob_t found;
    char *svg;

    write_case(ctx, case_controls, folder, sizeof folder);
    snprintf(pattern, sizeof pattern, "%s/figures/layers_*.svg", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    svg = read_file(ctx, found.gl_pathv[0]);
    ck_assert_int_eq(count(svg, "stroke-dasharray=\"5 3\""), 1);
    ck_assert_int_eq(count(svg, "speech, 5 permuted"), 1);
    ck_assert_int_eq(count(svg, "permuted 3"), 0);
    ck_assert_ptr_nonnull(strstr(svg, "speech, trained"));
    ana_free(ctx, svg);
    globfree(&found);
    snprintf(pattern, sizeof pattern, "%s/figures/region-curves_*.svg", folder);
    if (glob(pattern, 0, NULL, &found) == 0) {
        svg = read_file(ctx, found.gl_pathv[0]);
        ck_assert_int_gt(count(svg, "stroke-dasharray=\"5 3\""), 1);
        ck_assert_int_eq(count(svg, "speech, 5 permuted"), 1);
        ck_assert_int_eq(count(svg, "permuted 3"), 0);
        ana_free(ctx, svg);
    }
    globfree(&found);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const int n = (int)(sizeof cases / sizeof *cases);
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(
        tcase, every_shape_of_results_gives_an_offline_page_and_figures_that_are_xml, 0,
        n);
    tcase_add_test(tcase, control_networks_of_a_kind_are_drawn_as_mean_and_range);
    tcase_add_test(tcase, the_checker_of_xml_finds_what_is_none);
    tcase_add_test(tcase, no_name_breaks_out_of_the_page);
    tcase_add_test(tcase, stamp_failures_and_warnings_stand_before_the_findings);
    tcase_add_test(
        tcase, the_page_says_that_a_recording_is_simulated_and_where_its_regions_peak);
    tcase_add_test(tcase, where_targets_peak_is_said_of_the_best_of_several_models);
    tcase_add_test(tcase, comparisons_of_one_recording_are_put_side_by_side);
    tcase_add_test(tcase,
                   a_finding_names_model_layer_score_spread_and_the_missing_ceiling);
    tcase_add_test(tcase, every_figure_names_its_measure);
    tcase_add_test(tcase, few_targets_are_dots_with_their_names_and_many_are_a_shape);
    tcase_add_test(tcase, a_ceiling_is_drawn_only_where_there_is_one);
    tcase_add_test(tcase, the_best_layer_histogram_counts_every_target_once);
    tcase_add_test(tcase, every_region_has_a_curve_that_names_its_best_layer);
    tcase_add_test(tcase, scores_of_all_lags_are_one_figure_and_one_finding);
    tcase_add_test(tcase, a_map_has_a_dot_a_target_and_view_and_says_what_has_none);
    tcase_add_test(tcase, a_cap_is_drawn_flat_and_scores_at_or_below_0_are_rings);
    tcase_add_test(tcase,
                   one_layer_has_no_best_layer_and_one_measure_no_comparison_of_measures);
    tcase_add_test(tcase, nothing_but_n_a_says_so_and_draws_an_empty_axis);
    tcase_add_test(tcase, a_run_without_scores_still_has_a_page);
    tcase_add_test(tcase, of_many_panels_the_page_shows_40_and_the_folder_has_all);
    tcase_add_test(tcase, of_many_targets_the_page_holds_the_highest_5000);
    tcase_add_test(tcase, equal_results_give_an_equal_page_and_equal_figures);
    tcase_add_test(tcase, an_axis_ends_on_ticks_and_covers_its_values);
    tcase_add_test(
        tcase,
        a_label_that_is_too_long_is_cut_between_characters_and_kept_whole_in_a_tooltip);
    tcase_add_test(tcase, a_long_study_stays_a_page_of_three_megabytes);
    tcase_add_test(tcase, every_printed_page_says_what_its_results_are);
    tcase_add_test(tcase,
                   methods_are_paragraphs_with_conventions_and_numbered_references);
    tcase_add_test(tcase, a_stamp_is_whole_below_the_narrowest_figure);
    suite_add_tcase(suite, tcase);
    return test_main(suite);
}
