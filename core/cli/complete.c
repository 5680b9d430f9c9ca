/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow complete WORDS...`: what the last of the words could become, a line each, for
 * the shell's completion. Everything comes from the tables of commands, sections and
 * plugins, so that what is offered is what is understood.
 */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "cli/command.h"
#include "cli/page.h"
#include "pipeline/ini.h"
#include "pipeline/sections.h"

enum { MOST_WORDS = 256 };

struct completion {
    struct ana_ctx *ctx;
    int n;
    char *word[MOST_WORDS]; /* unquoted; --set and = joined with what they belong to */
    int split;              /* 1 = the shell cut the last word at its '=' */
    const struct ana_command *command;
    struct ana_registry *registry; /* when it is needed */
    struct ana_ini *ini;           /* the operand's, if it can be read */
};

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Offer head + text + tail where it continues the last word. */
static void offer(const struct completion *c, const char *head, const char *text,
                  const char *tail)
{
    const char *word = c->word[c->n - 1];
    struct ana_text whole = {0};

    ana_text_add(&whole, "%s%s%s", head, text, tail);
    if (!whole.failed && begins(whole.data, word)) {
        const char *equals = c->split ? strrchr(word, '=') : NULL;

        puts(whole.data + (equals ? equals - word + 1 : 0));
    }
    ana_text_finish(&whole);
}

/* A word as the shell would understand it: quotes and backslashes taken off. */
static char *unquote(struct ana_ctx *ctx, const char *word)
{
    char *out = ana_strdup(ctx, word), *to = out;
    char quote = 0;

    for (; out && *word; word++) {
        if (quote ? *word == quote : *word == '\'' || *word == '"')
            quote = quote ? 0 : *word;
        else if (*word == '\\' && quote != '\'' && word[1])
            *to++ = *++word;
        else
            *to++ = *word;
    }
    if (out)
        *to = 0;
    return out;
}

/* bash cuts words at '=': "folds.by" "=" "run" is one word. */
static int take_words(struct completion *c, int argc, char **argv)
{
    for (int i = 0; i < argc && c->n < MOST_WORDS; i++) {
        char *word = unquote(c->ctx, argv[i]), *joined;
        const int joins = c->n > 0 && i > 0 && word &&
                          (strcmp(word, "=") == 0 || strcmp(argv[i - 1], "=") == 0);

        if (!word)
            return ANA_ERESOURCE;
        c->split = joins;
        if (!joins) {
            c->word[c->n++] = word;
            continue;
        }
        joined =
            ana_alloc(c->ctx, (int64_t)(strlen(c->word[c->n - 1]) + strlen(word) + 1), 1);
        if (joined)
            strcat(strcpy(joined, c->word[c->n - 1]), word);
        ana_free(c->ctx, word);
        if (!joined)
            return ANA_ERESOURCE;
        ana_free(c->ctx, c->word[c->n - 1]);
        c->word[c->n - 1] = joined;
    }
    return 0;
}

static void offer_commands(const struct completion *c)
{
    for (int64_t i = 0; i < ana_n_commands; i++) {
        const char *name = ana_commands[i]->name, *space = strchr(name, ' ');
        char first[64];

        snprintf(first, sizeof first, "%.*s", (int)strcspn(name, " "), name);
        if (c->n == 2 && space && strcmp(c->word[0], first) == 0)
            offer(c, "", space + 1, "");
        if (c->n == 1 && (!space || i == 0 || !begins(ana_commands[i - 1]->name, first)))
            offer(c, "", first, "");
    }
}

/* The command that the first words name, the last word apart; NULL if none does. */
static const struct ana_command *find_command(const struct completion *c)
{
    for (int64_t i = 0; i < ana_n_commands; i++) {
        const char *name = ana_commands[i]->name, *space = strchr(name, ' ');
        const size_t n = strcspn(name, " ");

        if (c->n < (space ? 3 : 2) || strlen(c->word[0]) != n ||
            strncmp(c->word[0], name, n) != 0)
            continue;
        if (!space || strcmp(c->word[1], space + 1) == 0)
            return ana_commands[i];
    }
    return NULL;
}

static const struct ana_option *option_at(const struct ana_command *command, int64_t i)
{
    if (i < command->n_options)
        return &command->options[i];
    i -= command->n_options;
    return i < ana_n_common_options ? &ana_common_options[i] : NULL;
}

/* The option whose value the last word is: "--set" before it, or "-s". */
static const struct ana_option *pending_option(const struct completion *c)
{
    const char *before = c->n > 1 ? c->word[c->n - 2] : "";
    const struct ana_option *option;

    for (int64_t i = 0; (option = option_at(c->command, i)); i++)
        if (option->argument &&
            ((begins(before, "--") && strcmp(before + 2, option->name) == 0) ||
             (before[0] == '-' && before[1] == option->letter && before[1] &&
              !before[2])))
            return option;
    return NULL;
}

static int64_t plugins(const struct completion *c, const struct ana_plugin_entry **out)
{
    return c->registry ? ana_registry_entries(c->registry, out) : 0;
}

/* Ids of a kind ("model"), of all where it is NULL; once each. */
static void offer_ids(const struct completion *c, const char *kind, const char *head,
                      const char *tail)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = plugins(c, &entry);

    for (int64_t i = 0; i < n; i++) {
        int again = 0;

        if (!entry[i].plugin ||
            (kind && strcmp(ana_kind_name(entry[i].plugin->kind), kind) != 0))
            continue;
        for (int64_t k = 0; k < i; k++)
            again |= !kind && entry[k].plugin &&
                     strcmp(entry[k].plugin->id, entry[i].plugin->id) == 0;
        if (!again)
            offer(c, head, entry[i].plugin->id, tail);
    }
}

/* What a section's `plugin =` says in the INI file; NULL if that is not known. */
static const char *plugin_of(const struct completion *c, const char *kind,
                             const char *name)
{
    const struct ana_ini_key *key = NULL;

    for (int64_t i = 0; c->ini && i < c->ini->n_sections; i++) {
        const struct ana_ini_section *section = &c->ini->sections[i];

        if (strcmp(section->kind, kind) == 0 &&
            (!*name || strcmp(section->name, name) == 0))
            key = ana_ini_key(section, "plugin");
    }
    return key ? key->value : NULL;
}

/* "SECTION." of every section that there is, or could be. */
static void offer_sections(const struct completion *c)
{
    for (int64_t i = 0; c->ini && i < c->ini->n_sections; i++) {
        const struct ana_ini_section *section = &c->ini->sections[i];
        struct ana_text name = {0};

        ana_text_add(&name, "%s%s%s", section->kind, *section->name ? " " : "",
                     section->name);
        if (!name.failed)
            offer(c, "", name.data, ".");
        ana_text_finish(&name);
    }
    for (int64_t i = 0; !c->ini && i < ana_n_sections; i++)
        offer(c, "", ana_sections[i].kind, ".");
    offer_ids(c, NULL, "plugin ", ".");
}

/* Where a "SECTION.KEY=VALUE" is: its parts, empty where they do not stand there yet. */
struct assignment {
    char kind[64], name[64], key[128];
    const struct ana_section_info *section;
    const char *plugin; /* id, or NULL */
};

static void split_assignment(const struct completion *c, struct assignment *a)
{
    const char *word = c->word[c->n - 1], *dot = strchr(word, '.');
    const char *equals = strchr(dot, '='),
               *space = memchr(word, ' ', (size_t)(dot - word));
    const char *kind_end = space ? space : dot;

    memset(a, 0, sizeof *a);
    snprintf(a->kind, sizeof a->kind, "%.*s", (int)(kind_end - word), word);
    if (space)
        snprintf(a->name, sizeof a->name, "%.*s", (int)(dot - space - 1), space + 1);
    if (equals)
        snprintf(a->key, sizeof a->key, "%.*s", (int)(equals - dot - 1), dot + 1);
    a->section = ana_section_find(a->kind);
    a->plugin = strcmp(a->kind, "plugin") == 0 ? a->name : plugin_of(c, a->kind, a->name);
}

/* 1 if the keys of this plugin may stand in the section. */
static int applies(const struct assignment *a, const struct ana_plugin *plugin)
{
    if (!plugin || !a->section)
        return 0;
    if (strcmp(a->kind, "plugin") == 0)
        return strcmp(plugin->id, a->plugin) == 0;
    return a->section->plugins &&
           strcmp(a->section->plugins, ana_kind_name(plugin->kind)) == 0 &&
           (!a->plugin || strcmp(a->plugin, plugin->id) == 0);
}

static void offer_keys(const struct completion *c, const struct assignment *a)
{
    const char *word = c->word[c->n - 1];
    const struct ana_plugin_entry *entry;
    const int64_t n = plugins(c, &entry);
    struct ana_text head = {0};

    ana_text_write(&head, word, strchr(word, '.') - word + 1);
    for (int64_t i = 0; !head.failed && a->section && i < a->section->n_keys; i++)
        offer(c, head.data, a->section->keys[i].name, "=");
    for (int64_t i = 0; !head.failed && i < n; i++)
        for (int64_t p = 0; applies(a, entry[i].plugin) && p < entry[i].plugin->n_params;
             p++)
            offer(c, head.data, entry[i].plugin->params[p].name, "=");
    ana_text_finish(&head);
}

static void offer_choices(const struct completion *c, const char *head,
                          const char *choices)
{
    while (*choices) {
        const size_t n = strcspn(choices, "|");
        char choice[64];

        snprintf(choice, sizeof choice, "%.*s", (int)n, choices);
        offer(c, head, choice, "");
        choices += n + (choices[n] == '|');
    }
}

static void offer_values(const struct completion *c, const struct assignment *a)
{
    const char *word = c->word[c->n - 1];
    const struct ana_plugin_entry *entry;
    const int64_t n = plugins(c, &entry);
    struct ana_text head = {0};

    ana_text_write(&head, word, strchr(word, '=') - word + 1);
    if (!head.failed && a->section && a->section->plugins &&
        strcmp(a->key, "plugin") == 0)
        offer_ids(c, a->section->plugins, head.data, "");
    for (int64_t i = 0; !head.failed && i < n; i++)
        for (int64_t p = 0; applies(a, entry[i].plugin) && p < entry[i].plugin->n_params;
             p++) {
            const struct ana_param *param = &entry[i].plugin->params[p];

            if (strcmp(param->name, a->key) == 0)
                offer_choices(c, head.data,
                              param->choices                  ? param->choices
                              : param->type == ANA_PARAM_BOOL ? "yes|no"
                                                              : "");
        }
    ana_text_finish(&head);
}

static void offer_set(const struct completion *c)
{
    const char *word = c->word[c->n - 1];
    struct assignment a;

    if (!strchr(word, '.')) {
        offer_sections(c);
        return;
    }
    split_assignment(c, &a);
    if (strchr(word, '='))
        offer_values(c, &a);
    else
        offer_keys(c, &a);
}

static void offer_comparisons(const struct completion *c)
{
    const struct ana_ini_section *section =
        c->ini ? ana_ini_section(c->ini, "compare", "") : NULL;

    for (int64_t i = 0; section && i < section->n_keys; i++)
        if (strcmp(section->keys[i].name, "relative_to") != 0)
            offer(c, "", section->keys[i].name, "");
}

/* The first word behind the command that names a file which can be read as INI. */
static void read_ini(struct completion *c)
{
    for (int i = 1; !c->ini && i < c->n - 1; i++) {
        const size_t n = strlen(c->word[i]);

        if (n > 4 && strcmp(c->word[i] + n - 4, ".ini") == 0)
            ana_ini_read(c->ctx, c->word[i], &c->ini);
    }
    ana_ctx_clear(c->ctx);
}

static void offer_for_command(struct completion *c)
{
    const char *word = c->word[c->n - 1];
    const struct ana_option *option = pending_option(c);

    if (option) {
        read_ini(c);
        if (begins(option->argument, "SECTION"))
            offer_set(c);
        else if (strcmp(option->name, "only") == 0)
            offer_comparisons(c);
    } else if (word[0] == '-') {
        for (int64_t i = 0; (option = option_at(c->command, i)); i++)
            offer(c, "--", option->name, "");
    } else if (c->command->operand && strcmp(c->command->operand, "ID") == 0) {
        offer_ids(c, NULL, "", "");
    } else if (c->command->operand && strcmp(c->command->operand, "KIND") == 0) {
        for (int32_t kind = ANA_KIND_MODEL; kind <= ANA_KIND_METRIC; kind++)
            offer(c, "", ana_kind_name(kind), "");
    }
}

int ana_complete(struct ana_ctx *ctx, int argc, char **argv)
{
    struct completion c = {.ctx = ctx};
    int rc = take_words(&c, argc, argv);

    if (rc == 0 && c.n > 0) {
        c.command = find_command(&c);
        if (c.command && ana_registry_create(ctx, &c.registry) == 0)
            offer_for_command(&c);
        else if (!c.command)
            offer_commands(&c);
    }
    ana_registry_destroy(c.registry);
    ana_ini_destroy(c.ini);
    for (int i = 0; i < c.n; i++)
        ana_free(ctx, c.word[i]);
    return rc;
}
