/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `inspect` found, in words.
 */
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/inspect_bids.h"

enum { WIDEST_NAME = 40, WIDEST_LINE = 80, MOST_SHOWN = 12, MOST_NAMES = 256 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static long long count_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *plural(long long n)
{
    return n == 1 ? "" : "s";
}

/* "165 x 12 float64", "scalar float32". */
static void print_shape(const json_t *array)
{
    const json_t *shape = json_object_get(array, "shape");
    const size_t n = json_array_size(shape);

    for (size_t d = 0; d < n; d++)
        printf("%s%lld", d ? " x " : "",
               (long long)json_integer_value(json_array_get(shape, d)));
    printf("%s %s", n ? "" : "scalar", text_of(array, "dtype"));
}

/* How many from the i-th on have its type, shape and note: the channels of a recording. */
static size_t count_alike(const json_t *arrays, size_t i)
{
    const json_t *first = json_array_get(arrays, i);
    size_t n = 1;

    for (const json_t *next; (next = json_array_get(arrays, i + n)); n++)
        if (!json_equal(json_object_get(next, "shape"),
                        json_object_get(first, "shape")) ||
            strcmp(text_of(next, "note"), text_of(first, "note")) != 0 ||
            strcmp(text_of(next, "dtype"), text_of(first, "dtype")) != 0)
            break;
    return n;
}

/* Names by lines. */
static void print_names(const json_t *arrays, size_t i, size_t n)
{
    size_t column = 0;

    for (size_t k = 0; k < n && k < MOST_NAMES; k++) {
        const char *name = text_of(json_array_get(arrays, i + k), "name");
        const int breaks = column > 0 && column + strlen(name) > WIDEST_LINE;

        printf("%s%s%s", breaks || k == 0 ? (k == 0 ? "    " : "\n    ") : " ", name,
               k + 1 < n ? "," : "");
        column = (breaks ? 0 : column) + strlen(name) + 2;
    }
    if (n > MOST_NAMES)
        printf(" and %zu more", n - MOST_NAMES);
    putchar('\n');
}

/* The type of n arrays, the shape of each, what is noted of them. */
static void print_kind(const json_t *array)
{
    const int numbers = json_is_string(json_object_get(array, "dtype"));
    const char *note = text_of(array, "note");

    if (numbers)
        print_shape(array);
    printf("%s%s", numbers && *note ? ", " : "", numbers || *note ? note : "text");
}

static void print_arrays(const json_t *arrays)
{
    int width = 1;

    for (size_t i = 0; i < json_array_size(arrays); i++) {
        const size_t n = strlen(text_of(json_array_get(arrays, i), "name"));

        if ((int)n > width && n < WIDEST_NAME)
            width = (int)n;
    }
    for (size_t i = 0, n; i < json_array_size(arrays); i += n) {
        const json_t *array = json_array_get(arrays, i);
        const char *name = text_of(array, "name");

        n = count_alike(arrays, i);
        if (n > MOST_SHOWN || (n > 1 && !*name)) {
            printf("  %zu, each ", n);
        } else {
            n = 1;
            if (*name)
                printf("  %-*s ", width, name);
            else
                printf("  ");
        }
        print_kind(array);
        printf(n > 1 && *name ? ":\n" : "\n");
        if (n > 1 && *name)
            print_names(arrays, i, n);
    }
}

static void print_values(const json_t *values)
{
    if (!values)
        return;
    if (json_object_get(values, "mean"))
        printf("  values %g .. %g, mean %g\n", real_of(values, "least"),
               real_of(values, "most"), real_of(values, "mean"));
    if (count_of(values, "not_finite") > 0)
        printf("  %lld of %lld are NaN or Inf\n", count_of(values, "not_finite"),
               count_of(values, "n"));
}

static void print_use(const json_t *root)
{
    const json_t *use = json_object_get(root, "use");

    if (!use)
        return;
    printf("%s:\n  ", text_of(use, "as"));
    for (const char *c = text_of(use, "line"); *c; c++)
        printf(*c == '\n' ? "\n  " : "%c", *c);
    putchar('\n');
}

static void print_places(const json_t *r)
{
    const long long placed = count_of(r, "positions"), named = count_of(r, "regions");
    const json_t *box = json_object_get(r, "extent");

    if (placed == 0) {
        printf("  positions: none");
    } else {
        printf("  positions: %lld%s%s", placed, *text_of(r, "space") ? " in " : "",
               text_of(r, "space"));
        for (size_t d = 0; d < json_array_size(box); d++)
            printf("%s%c %.4g .. %.4g", d ? ", " : ", ", "xyz"[d],
                   json_number_value(json_array_get(json_array_get(box, d), 0)),
                   json_number_value(json_array_get(json_array_get(box, d), 1)));
        printf(" mm");
    }
    if (named == 0)
        printf("; regions: none");
    else
        printf("; with a region: %lld", named);
}

static void print_kinds(const json_t *kinds)
{
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const json_t *kind = json_array_get(kinds, i);

        printf("%s'%s' x %lld from %g s", i > 0 ? ", " : "; ", text_of(kind, "text"),
               count_of(kind, "n"), real_of(kind, "first"));
    }
}

/* "a series of 2 targets, 2.00 s at 16 Hz, uV", and what is known of targets and time. */
static void print_opened(const json_t *r)
{
    const json_t *kinds = json_object_get(r, "event_kinds"), *bad;
    const long long runs = count_of(r, "runs");
    char length[32];

    if (!r)
        return;
    printf("  as a whole: %s, %lld target%s", text_of(r, "layout"),
           count_of(r, "targets"), plural(count_of(r, "targets")));
    if (json_object_get(r, "rows"))
        printf(", %lld row%s", count_of(r, "rows"), plural(count_of(r, "rows")));
    if (runs > 0)
        printf(", %lld sample%s in %lld run%s", count_of(r, "samples"),
               plural(count_of(r, "samples")), runs, plural(runs));
    if (json_object_get(r, "rate"))
        printf(" at %g Hz", real_of(r, "rate"));
    if (json_object_get(r, "seconds"))
        printf(" (%s)", ana_duration_text(real_of(r, "seconds"), length));
    printf("%s%s\n", *text_of(r, "unit") ? ", " : "", text_of(r, "unit"));
    print_places(r);
    bad = json_object_get(r, "bad");
    for (size_t i = 0; i < json_array_size(bad); i++)
        printf("%s%s", i > 0 ? ", " : "; marked as bad: ",
               json_string_value(json_array_get(bad, i)));
    if (count_of(r, "events") == 0)
        printf("\n  events: none");
    else
        printf("\n  events: %lld", count_of(r, "events"));
    print_kinds(kinds);
    putchar('\n');
}

static void print_words(const json_t *root)
{
    const json_t *words = json_object_get(root, "words");
    char from[32], to[32];

    if (!words)
        return;
    if (strcmp(text_of(root, "kind"), "words") == 0)
        printf("%s: ", text_of(root, "path"));
    if (count_of(words, "n") == 0) {
        printf("a word table without a word\n");
        return;
    }
    printf("a word table: %lld word%s, %s .. %s, '%s' ... '%s'; as a stimulus:\n"
           "  words = %s\n",
           count_of(words, "n"), plural(count_of(words, "n")),
           ana_duration_text(real_of(words, "from"), from),
           ana_duration_text(real_of(words, "to"), to), text_of(words, "first"),
           text_of(words, "last"), text_of(root, "path"));
}

/* A table of events, a table of electrodes. */
static void print_table(const json_t *root)
{
    const json_t *events = json_object_get(root, "events");
    const json_t *places = json_object_get(root, "places");
    const json_t *box = json_object_get(places, "extent"), *kinds;
    const long long without = count_of(events, "without_onset");

    if (events) {
        kinds = json_object_get(events, "event_kinds");
        printf("events: %lld, %g s .. %g s", count_of(events, "n"),
               real_of(events, "from"), real_of(events, "to"));
        print_kinds(kinds);
        if (count_of(events, "kinds") > (long long)json_array_size(kinds))
            printf(", and %lld kinds more",
                   count_of(events, "kinds") - (long long)json_array_size(kinds));
        if (without > 0)
            printf("; %lld without an onset", without);
        printf("; for a recording:\n  events = %s\n", text_of(root, "path"));
    }
    if (!places)
        return;
    printf("positions: %lld of %lld", count_of(places, "n"), count_of(places, "rows"));
    for (size_t d = 0; d < json_array_size(box); d++)
        printf(", %c %.4g .. %.4g", "xyz"[d],
               json_number_value(json_array_get(json_array_get(box, d), 0)),
               json_number_value(json_array_get(json_array_get(box, d), 1)));
    printf("; for a recording:\n  electrodes = %s\n", text_of(root, "path"));
}

static void print_recording(const json_t *root)
{
    printf("%s: read by `plugin = %s`: %s\n", text_of(root, "path"),
           text_of(root, "reader"), text_of(root, "summary"));
    print_opened(json_object_get(root, "recording"));
    print_arrays(json_object_get(root, "arrays"));
    if (json_object_get(root, "needs"))
        printf("  not by itself: %s\n", text_of(root, "needs"));
    print_use(root);
    print_values(json_object_get(root, "values"));
    print_words(root);
    print_table(root);
}

static void print_sound(const json_t *root)
{
    const long long channels = count_of(root, "channels");
    char length[32];

    printf("%s: a sound\n  %s, %lld samples at %g Hz, %lld channel%s\n",
           text_of(root, "path"), ana_duration_text(real_of(root, "seconds"), length),
           count_of(root, "samples"), real_of(root, "rate"), channels, plural(channels));
    print_use(root);
}

static void print_safetensors(const json_t *root)
{
    const json_t *arrays = json_object_get(root, "arrays");
    const long long n = (long long)json_array_size(arrays);

    printf("%s: safetensors, %lld array%s\n", text_of(root, "path"), n, plural(n));
    for (size_t i = 0; i < json_array_size(arrays); i++) {
        printf("  %s  ", text_of(json_array_get(arrays, i), "name"));
        print_shape(json_array_get(arrays, i));
        putchar('\n');
    }
}

static void print_study(const json_t *root)
{
    const json_t *sections = json_object_get(root, "sections");

    printf("%s: a study\n", text_of(root, "path"));
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i);
        const char *name = text_of(section, "name");

        printf("  [%s%s%s] %lld key%s\n", text_of(section, "kind"), *name ? " " : "",
               name, count_of(section, "keys"), plural(count_of(section, "keys")));
    }
    printf("`anaflow check %s` explains it\n", text_of(root, "path"));
}

static void print_checkpoint(const json_t *root)
{
    const json_t *minute = json_object_get(root, "minute");
    const long long maps = count_of(root, "attention_maps");

    printf("%s: a network's weights, for the model plugin %s (%s)\n",
           text_of(root, "path"), text_of(root, "plugin"), text_of(root, "summary"));
    if (json_object_get(root, "architecture"))
        printf("  network     %s\n", text_of(root, "architecture"));
    printf("  layers      %lld: %s ... %s", count_of(root, "layers"),
           text_of(root, "first_layer"), text_of(root, "last_layer"));
    if (maps > 0)
        printf("; and %lld maps of attention (layers = attention*)", maps);
    if (real_of(root, "first_rate") > 0)
        printf("\n  rates       %.5g ... %.5g samples a second",
               real_of(root, "first_rate"), real_of(root, "last_rate"));
    printf("\n  parameters  %.3g million", (double)count_of(root, "parameters") / 1e6);
    if (count_of(root, "numbers") > count_of(root, "parameters") / 100 * 101)
        printf(" of %.3g million numbers", (double)count_of(root, "numbers") / 1e6);
    printf(" in %.3g MB\n", (double)count_of(root, "bytes") / 1e6);
    printf("  input       %s at %g Hz\n", text_of(root, "input"), real_of(root, "rate"));
    printf("  a minute    %.0f MB beside the weights, %.0f billion operations",
           (double)count_of(minute, "bytes") / 1e6, real_of(minute, "flops") / 1e9);
    if (json_object_get(minute, "seconds"))
        printf(", about %.2g s here (%lld threads, products at %.0f GFLOP/s)",
               real_of(minute, "seconds"), count_of(minute, "threads"),
               real_of(minute, "flops_per_second") / 1e9);
    printf("\nas a model:\n  plugin = %s\n  checkpoint = %s\n", text_of(root, "plugin"),
           text_of(root, "path"));
}

static void print_folder(const json_t *root)
{
    const json_t *files = json_object_get(root, "files");
    const json_t *sounds = json_object_get(root, "sounds");
    const json_t *unreadable = json_object_get(root, "unreadable");
    const size_t n = json_array_size(files);
    char length[32];

    printf("%s: a folder%s\n", text_of(root, "path"),
           json_is_true(json_object_get(root, "bids")) ? " with a BIDS dataset" : "");
    for (size_t i = 0; i < n && i < MOST_SHOWN; i++) {
        const json_t *kind = json_array_get(files, i);

        printf("  %8lld %-8s %10.1f MB\n", count_of(kind, "n"),
               text_of(kind, "extension"), (double)count_of(kind, "bytes") / 1e6);
    }
    if (n > MOST_SHOWN)
        printf("  and %zu more kinds\n", n - MOST_SHOWN);
    if (sounds) {
        printf("sounds: %lld, %s in all, %g", count_of(sounds, "n"),
               ana_duration_text(real_of(sounds, "seconds"), length),
               real_of(sounds, "lowest_rate"));
        if (real_of(sounds, "highest_rate") > real_of(sounds, "lowest_rate"))
            printf(" .. %g", real_of(sounds, "highest_rate"));
        printf(" Hz\n");
        print_use(root);
    }
    if (unreadable)
        printf("%lld file%s but cannot be read; the last: %s\n",
               count_of(unreadable, "n"),
               count_of(unreadable, "n") == 1 ? " is named as a sound"
                                              : "s are named as sounds",
               text_of(unreadable, "last"));
}

void ana_inspect_print(const json_t *root)
{
    static const struct {
        const char *kind;
        void (*print)(const json_t *root);
    } printers[] = {{"recording", print_recording}, {"sound", print_sound},
                    {"words", print_words},         {"safetensors", print_safetensors},
                    {"study", print_study},         {"checkpoint", print_checkpoint},
                    {"folder", print_folder},       {"bids", ana_inspect_print_bids}};

    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++)
        if (strcmp(text_of(root, "kind"), printers[i].kind) == 0)
            printers[i].print(root);
}
