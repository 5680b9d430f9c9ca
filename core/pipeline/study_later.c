/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a study may not hold: sections and keys that nobody knows, with the nearest
 * that is known, and those that the design keeps for later: none is ever ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/sections.h"
#include "pipeline/study_private.h"

/* A key that this build does not honour, and what can be done instead. */
struct later {
    const char *kind, *key, *advice;
};

static const struct later later_keys[] = {
    {"model", "tags", "there is no [contrast] to use it; remove it"},
    {"brain", "mask",
     "every target of the files is used; export those you want, or remove it"},
    {"brain", "atlas",
     "every target of the files is used; export those you want, or remove it"},
    {"brain", "repeats",
     "no ceilings are computed; average the repeats beforehand and remove "
     "it"},
    {"brain", "stratify",
     "balance the folds with `stratify = FILE` in [folds]; remove it"},
    {"brain", "tags", "there is no [contrast] to use it; remove it"},
    {"folds", "test", "write the splits into a file and name it with `by = FILE`"},
};
enum { N_LATER = sizeof later_keys / sizeof *later_keys };

enum { MOST_NAMES = 40 };

void ana_build_later(struct ana_build *b, const struct ana_ini_section *section,
                     const struct ana_plugin *plugin)
{
    const char *kind = strcmp(section->kind, "data") == 0 ? "brain" : section->kind;

    for (int i = 0; i < N_LATER; i++) {
        struct ana_ini_key *key = strcmp(later_keys[i].kind, kind) == 0
                                      ? ana_ini_key(section, later_keys[i].key)
                                      : NULL;

        if (!key || key->used || ana_plugin_has(plugin, key->name))
            continue;
        key->used = 1;
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`%s` of %s is not part of this build yet: %s", key->name,
                    ana_build_place(b, section).section, later_keys[i].advice);
    }
}

int64_t ana_build_known(const struct ana_ini_section *section, const char **out,
                        int64_t room)
{
    const struct ana_section_info *info = ana_section_find(section->kind);
    int64_t n = 0;

    for (; info && n < info->n_keys && n < room; n++)
        out[n] = info->keys[n].name;
    return n;
}

void ana_build_leftovers(struct ana_build *b, const struct ana_ini_section *section)
{
    const char *place = ana_build_place(b, section).section, *near, *known[MOST_NAMES];
    const int64_t n_known = ana_build_known(section, known, MOST_NAMES);
    char *list = ana_text_list(known, n_known, 20);

    for (int64_t i = 0; i < section->n_keys; i++) {
        struct ana_ini_key *key = &section->keys[i];

        if (key->used)
            continue;
        key->used = 1;
        near = ana_text_nearest(key->name, known, n_known);
        if (near)
            ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                        "%s has no key `%s`; did you mean `%s`?", place, key->name, near);
        else
            ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                        "%s has no key `%s`; its keys are: %s", place, key->name,
                        list ? list : "");
    }
    free(list);
}

static void check_kind(struct ana_build *b, const struct ana_ini_section *section)
{
    const struct ana_place place = ana_build_place(b, section);
    const char *kinds[MOST_NAMES], *near;
    char *list;

    for (int64_t i = 0; i < ana_n_sections; i++) {
        kinds[i] = ana_sections[i].kind;
        if (strcmp(kinds[i], section->kind) != 0)
            continue;
        if (ana_sections[i].named == ANA_NAME_NEVER && section->name[0])
            ana_problem(b, ANA_EPARAM, place.where,
                        "%s: this section has no name; write [%s]", place.section,
                        section->kind);
        else if (ana_sections[i].named == ANA_NAME_ALWAYS && !section->name[0])
            ana_problem(b, ANA_EPARAM, place.where,
                        "%s: this section needs a name; write "
                        "[%s NAME]",
                        place.section, section->kind);
        return;
    }
    near = ana_text_nearest(section->kind, kinds, ana_n_sections);
    list = ana_text_list(kinds, ana_n_sections, MOST_NAMES);
    ana_problem(b, ANA_EPARAM, place.where, "there is no section %s; %s%s%s",
                place.section, near ? "did you mean [" : "the sections are: ",
                near   ? near
                : list ? list
                       : "",
                !near              ? ""
                : section->name[0] ? " NAME]?"
                                   : "]?");
    free(list);
}

void ana_build_sections(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++) {
        const struct ana_ini_section *section = &b->ini->sections[i];
        const int statistics = strcmp(section->kind, "statistics") == 0;

        check_kind(b, section);
        if ((statistics || strcmp(section->kind, "contrast") == 0) && section->n_keys > 0)
            ana_problem(b, ANA_EPARAM, ana_build_where(b, &section->keys[0]),
                        "[%s] is not part of this build yet: %s; remove the section",
                        section->kind,
                        statistics
                            ? "scores come without p-values"
                            : "compare the scores of the two spaces in scores.tsv");
    }
}
