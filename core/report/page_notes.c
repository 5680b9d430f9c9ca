/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What stands behind the scores: methods, measures, notes, counters, the resolved
 * configuration, versions and files.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "report/escape.h"
#include "report/machine.h"
#include "report/page.h"

static void add_item(struct ana_text *html, const char *term, const char *text)
{
    ana_text_add(html, "<dt>");
    ana_add_xml(html, term);
    ana_text_add(html, "</dt><dd>");
    ana_add_xml(html, text);
    ana_text_add(html, "</dd>\n");
}

/* Measures by first appearance, each once a metric. */
static void add_measures(struct ana_text *html, const struct ana_panels *panels)
{
    ana_text_add(html, panels->n ? "<h3>Measures</h3>\n<dl>\n" : "");
    for (int64_t p = 0; p < panels->n; p++) {
        const struct ana_score_block *b = panels->panels[p].key;
        int64_t before = 0;

        while (before < p &&
               (strcmp(panels->panels[before].key->measure, b->measure) != 0 ||
                strcmp(panels->panels[before].key->metric, b->metric) != 0))
            before++;
        if (before == p)
            add_item(html, b->measure,
                     ana_says(b->measure_help) ? b->measure_help : b->metric);
    }
    ana_text_add(html, panels->n ? "</dl>\n" : "");
}

/* 1 if an earlier note of the metric says the same, of another comparison. */
static int said_before(const struct ana_results *results, int64_t note)
{
    const struct ana_note *n = &results->notes[note];

    for (int64_t i = 0; i < note; i++)
        if (strcmp(results->notes[i].metric, n->metric) == 0 &&
            strcmp(results->notes[i].text, n->text) == 0)
            return 1;
    return 0;
}

/* What each metric says of its conventions, as one paragraph a metric. */
static void add_conventions(struct ana_text *html, const struct ana_results *results)
{
    for (int64_t i = 0; i < results->n_notes; i++) {
        const char *metric = results->notes[i].metric;
        int64_t before = 0;

        while (before < i && strcmp(results->notes[before].metric, metric) != 0)
            before++;
        if (before < i)
            continue;
        ana_text_add(html, "<p>Conventions of ");
        ana_add_xml(html, ana_says(metric) ? metric : "the metric");
        for (int64_t k = i, n = 0; k < results->n_notes; k++)
            if (strcmp(results->notes[k].metric, metric) == 0 &&
                !said_before(results, k)) {
                ana_text_add(html, n++ ? ". " : ": ");
                ana_add_xml(html, results->notes[k].text);
            }
        ana_text_add(html, ".</p>\n");
    }
}

static void add_references(struct ana_text *html, const struct ana_results *results)
{
    if (results->n_references == 0)
        return;
    ana_text_add(html, "<h3>References</h3>\n<ol class=\"references\">\n");
    for (int64_t i = 0; i < results->n_references; i++) {
        ana_text_add(html, "<li>");
        ana_add_xml(html, results->references[i]);
        ana_text_add(html, "</li>\n");
    }
    ana_text_add(html, "</ol>\n");
}

static void add_counters(struct ana_text *html, const struct ana_results *results)
{
    char number[32];

    if (results->n_counters == 0)
        return;
    ana_text_add(html,
                 "<h3>Counted</h3>\n<div class=\"table\" tabindex=\"0\"><table><thead>"
                 "<tr><th>Comparison</th><th>Metric</th><th>What</th><th class=\"n\">n"
                 "</th><th class=\"n\">of</th><th class=\"n\">%%</th></tr></thead>"
                 "<tbody>\n");
    for (int64_t i = 0; i < results->n_counters; i++) {
        const struct ana_counter *c = &results->counters[i];

        ana_text_add(html, "<tr><td>");
        ana_add_xml(html, c->comparison);
        ana_text_add(html, "</td><td>");
        ana_add_xml(html, c->metric);
        ana_text_add(html, "</td><td class=\"text\">");
        ana_add_xml(html, c->what);
        ana_text_add(html, "</td><td class=\"n\">%s</td>", ana_show_count(c->n, number));
        ana_text_add(html, "<td class=\"n\">%s</td>", ana_show_count(c->of, number));
        if (c->of > 0)
            ana_text_add(html, "<td class=\"n\">%.1f</td></tr>\n",
                         100.0 * (double)c->n / (double)c->of);
        else
            ana_text_add(html, "<td class=\"n na\">n/a</td></tr>\n");
    }
    ana_text_add(html, "</tbody></table></div>\n");
}

void ana_page_methods(struct ana_text *html, const struct ana_results *results,
                      const struct ana_panels *panels)
{
    ana_page_heading(html, "methods", "How it was computed");
    ana_text_add(html, "<p class=\"note\">To take over into a methods section.</p>\n"
                       "<div id=\"methods-text\">\n");
    for (int64_t i = 0; i < results->n_methods; i++) {
        ana_text_add(html, "<p>");
        ana_add_xml(html, results->methods[i]);
        ana_text_add(html, "</p>\n");
    }
    add_conventions(html, results);
    add_references(html, results);
    ana_text_add(html, "</div>\n");
    add_measures(html, panels);
    add_counters(html, results);
}

static void add_plugins(struct ana_text *html, const struct ana_results *results)
{
    if (results->n_plugins == 0)
        return;
    ana_text_add(html,
                 "<h3>Plugins</h3>\n<div class=\"table\" tabindex=\"0\"><table><thead>"
                 "<tr><th>Plugin</th><th>Version</th><th>Licence</th><th>What</th>"
                 "<th>Cite</th></tr></thead><tbody>\n");
    for (int64_t i = 0; i < results->n_plugins; i++) {
        const struct ana_plugin *plugin = results->plugins[i];
        const char *const cells[] = {
            plugin->id, plugin->version, plugin->licence, plugin->summary,
            ana_says(plugin->citation) ? plugin->citation : "n/a"};

        ana_text_add(html, "<tr>");
        for (int c = 0; c < 5; c++) {
            ana_text_add(html, c < 3 ? "<td>" : "<td class=\"text\">");
            ana_add_xml(html, cells[c]);
            ana_text_add(html, "</td>");
        }
        ana_text_add(html, "</tr>\n");
    }
    ana_text_add(html, "</tbody></table></div>\n");
}

static void add_versions(struct ana_text *html, const struct ana_results *results,
                         const struct ana_machine *machine)
{
    char number[32], seed[32];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)results->seed);
    ana_page_heading(html, "versions", "Versions and machine");
    ana_text_add(html, "<dl>\n");
    add_item(html, "anaflow", results->version ? results->version : PACKAGE_VERSION);
    add_item(html, "Command", results->command);
    add_item(html, "Seed", seed);
    add_item(html, "Inputs", ana_show_count(results->n_inputs, number));
    add_item(html, "BLAS", machine->blas);
    add_item(html, "Processor", machine->cpu);
    add_item(html, "System", machine->system);
    add_item(html, "Compiler", machine->compiler);
    ana_text_add(html,
                 "</dl>\n<p class=\"note\">SHA-256 of every input and plugin: <a href=\""
                 "anaflow.lock.json\">anaflow.lock.json</a>.</p>\n");
}

static void add_files(struct ana_text *html)
{
    ana_page_heading(html, "files", "Files beside this page");
    ana_text_add(
        html,
        "<dl>\n"
        "<dt><a href=\"scores.tsv\">scores.tsv</a></dt><dd>every score, one row a "
        "measure; "
        "rows with fold = median summarise the folds</dd>\n"
        "<dt>folds-*.tsv</dt><dd>what each split of a comparison tests and trains "
        "on</dd>\n"
        "<dt><a href=\"summary.json\">summary.json</a></dt><dd>medians, best layers, "
        "counters, "
        "index of the arrays</dd>\n"
        "<dt>arrays/</dt><dd>scores and choices, folds × targets, and named arrays "
        "(kernels, weights), NumPy</dd>\n"
        "<dt>figures/</dt><dd>the figures of this page, SVG</dd>\n"
        "<dt><a href=\"anaflow.lock.json\">anaflow.lock.json</a></dt><dd>what this run "
        "depended on</dd>\n"
        "<dt><a href=\"report.json\">report.json</a></dt><dd>what this page is made "
        "from: "
        "<code>anaflow report</code> and this folder's name make it again</dd>\n"
        "<dt>run.log</dt><dd>what happened when</dd>\n</dl>\n");
}

void ana_page_lock(struct ana_ctx *ctx, struct ana_text *html,
                   const struct ana_results *results)
{
    struct ana_machine *machine = ana_alloc(ctx, 1, sizeof *machine);

    ana_page_heading(html, "configuration", "Configuration");
    ana_text_add(html, "<details><summary>The resolved configuration</summary>\n<pre>");
    ana_add_xml(html, results->config);
    ana_text_add(html, "</pre></details>\n");
    html->failed |= !machine;
    if (machine) {
        ana_machine_describe(machine);
        add_versions(html, results, results->machine ? results->machine : machine);
    }
    ana_free(ctx, machine);
    add_plugins(html, results);
    add_files(html);
}
