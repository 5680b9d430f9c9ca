/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A BIDS dataset in words.
 */
#include <stdio.h>
#include <string.h>

#include "cli/inspect_bids.h"

enum { MOST_NAMES = 12, MOST_SENTENCES = 40 };

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

/* "  subjects    24: 01, 02, 03 ... 24". */
static void print_names(const json_t *root, const char *key)
{
    const json_t *list = json_object_get(root, key);
    const size_t n = json_array_size(list);

    if (n == 0)
        return;
    printf("  %-11s %zu:", key, n);
    for (size_t i = 0; i < n; i++)
        if (n <= MOST_NAMES || i < MOST_NAMES - 2 || i == n - 1)
            printf(" %s%s", n > MOST_NAMES && i == n - 1 ? "... " : "",
                   json_string_value(json_array_get(list, i)));
    putchar('\n');
}

/* "2", "2 .. 2.5"; a TR where `inverse`. */
static void print_range(const json_t *group, const char *low, const char *high,
                        int inverse)
{
    const double a = inverse ? 1 / real_of(group, high) : real_of(group, low);
    const double b = inverse ? 1 / real_of(group, low) : real_of(group, high);

    printf("%g", a);
    if (b > a * (1 + 1e-6))
        printf(" .. %g", b);
}

static void print_lengths(const json_t *group, int bold)
{
    char low[32], high[32];
    const int volume = strncmp(text_of(group, "extension"), ".nii", 4) == 0;
    const double a = real_of(group, "shortest"), b = real_of(group, "longest");

    if (json_object_get(group, "lowest_rate")) {
        printf(bold ? ", TR " : ", ");
        print_range(group, "lowest_rate", "highest_rate", bold);
        printf(bold ? " s" : " Hz");
    }
    if (json_object_get(group, "shortest")) {
        printf(", %s", ana_duration_text(a, low));
        if (b > a)
            printf(" .. %s", ana_duration_text(b, high));
        printf(" each");
    }
    if (json_object_get(group, "most_channels")) {
        const long long few = count_of(group, "fewest_channels");

        printf(", %lld", few);
        if (count_of(group, "most_channels") > few)
            printf(" .. %lld", count_of(group, "most_channels"));
        printf(bold ? volume ? " voxels" : " places" : " channels");
    }
}

static void print_group(const json_t *group)
{
    static const char *const keys[] = {"task", "space", "res", "den",
                                       "hemi", "desc",  "echo"};
    const char *pipeline = text_of(group, "pipeline"), *kind = text_of(group, "kind");
    const long long runs = count_of(group, "runs"),
                    subjects = count_of(group, "subjects");

    printf("  %s%s %s,", *pipeline ? "derivatives/" : "", *pipeline ? pipeline : "raw",
           kind);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*text_of(group, keys[i]))
            printf(" %s-%s", keys[i], text_of(group, keys[i]));
    printf(" (%s): %lld run%s of %lld subject%s", text_of(group, "extension"), runs,
           runs == 1 ? "" : "s", subjects, subjects == 1 ? "" : "s");
    print_lengths(group, strcmp(kind, "fMRI") == 0);
    printf(", %.1f MB\n", (double)count_of(group, "bytes") / 1e6);
}

void ana_inspect_print_bids(const json_t *root)
{
    const json_t *groups = json_object_get(root, "recordings");
    const json_t *problems = json_object_get(root, "problems");
    const json_t *sentences = json_object_get(problems, "sentences");
    const json_t *use = json_object_get(root, "use");
    const long long n = count_of(problems, "n");
    const char *name = text_of(root, "name"), *version = text_of(root, "version");

    printf("%s: a BIDS dataset%s%s%s%s%s, %lld files\n", text_of(root, "path"),
           *name ? ", '" : "", name, *name ? "'" : "", *version ? ", BIDS " : "", version,
           count_of(root, "files"));
    print_names(root, "subjects");
    print_names(root, "sessions");
    print_names(root, "tasks");
    print_names(root, "spaces");
    if (json_array_size(groups) == 0)
        printf("  no recording that anaflow knows\n");
    for (size_t i = 0; i < json_array_size(groups); i++)
        print_group(json_array_get(groups, i));
    if (use)
        printf("%s:\n  %s\n", text_of(use, "as"), text_of(use, "line"));
    if (n == 0)
        printf("nothing is missing and nothing disagrees\n");
    else
        printf("missing, or in disagreement: %lld\n", n);
    for (size_t i = 0; i < json_array_size(sentences) && i < MOST_SENTENCES; i++)
        printf("  %s\n", json_string_value(json_array_get(sentences, i)));
    if (n > MOST_SENTENCES)
        printf("  and %lld more; --json has up to 500 of them\n", n - MOST_SENTENCES);
}
