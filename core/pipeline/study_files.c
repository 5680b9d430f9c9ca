/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Paths of a study: relative to the file they are written in, globs and braces
 * expanded, and each of them there.
 */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "pipeline/study_private.h"

/* What to do about a path that leads nowhere; `word` is the path as written. */
static const char *advice(const struct ana_ini_key *key, const char *word)
{
    return key->data_default
               ? "; ANAFLOW_DATA is not set: set it to the folder that holds the "
                 "recordings (export ANAFLOW_DATA=/path/to/data)"
           : word[0] == '/' ? "; make it, or correct the path"
                            : "; relative paths start at the folder of the INI file";
}

static void miss(struct ana_build *b, const struct ana_ini_section *section,
                 const struct ana_ini_key *key, const char *word, const char *path)
{
    ana_problem(b, ANA_EDATA, ana_build_where(b, key), "`%s` of %s: %s %s%s", key->name,
                ana_build_place(b, section).section,
                strpbrk(path, "*?[{") ? "no file matches" : "there is no file", path,
                advice(key, word));
}

static const char *join(struct ana_build *b, const char *folder, const char *word)
{
    char *path = ana_path_join(b->ctx, folder, word);
    const char *kept = path ? ana_build_format(b, "%s", path) : "";

    b->failed |= !path;
    ana_free(b->ctx, path);
    return kept;
}

const char *ana_build_path(struct ana_build *b, const struct ana_ini_section *section,
                           const struct ana_ini_key *key, const char *word)
{
    const char *path = join(b, key->folder, word);

    if (access(path, F_OK) == 0)
        return path;
    miss(b, section, key, word, path);
    return NULL;
}

static void add_path(struct ana_build *b, const char ***paths, int64_t *n,
                     const char *path)
{
    const char **grown = ana_build_more(b, (void *)(uintptr_t)*paths, *n, sizeof *grown);

    if (!grown)
        return;
    *paths = grown;
    grown[(*n)++] = path;
}

/* A path that exists as written may hold glob letters. */
static void expand(struct ana_build *b, const struct ana_ini_section *section,
                   const struct ana_ini_key *key, const char *word, const char ***paths,
                   int64_t *n)
{
    const char *path = join(b, key->folder, word);
    char **found = NULL;
    int64_t n_found = 0;

    if (access(path, F_OK) == 0) {
        add_path(b, paths, n, path);
        return;
    }
    ana_build_push(b, section, key);
    ana_problem_caught(b, ana_file_glob(b->ctx, path, &n_found, &found));
    ana_context_pop(b->ctx);
    if (n_found == 0)
        miss(b, section, key, word, path);
    for (int64_t i = 0; i < n_found; i++) {
        add_path(b, paths, n, ana_build_format(b, "%s", found[i]));
        ana_free(b->ctx, found[i]);
    }
    ana_free(b->ctx, found);
}

int64_t ana_build_files(struct ana_build *b, const struct ana_ini_section *section,
                        const struct ana_ini_key *key, int64_t n_words,
                        const char *const *words, const char *const **out)
{
    const char **paths = NULL;
    int64_t n = 0;

    for (int64_t i = 0; i < n_words; i++)
        expand(b, section, key, words[i], &paths, &n);
    *out = paths;
    return n;
}
