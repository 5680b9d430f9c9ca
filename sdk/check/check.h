/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_H
#define SDK_CHECK_H

#include <stdio.h>

#include <anaflow/test.h>

/* The conformance test behind `anaflow plugin check`: a table of rules, each tried in a
 * helper process of its own, so that a crash is that rule's failure and the others go on. */

/* What to check, and with what. */
struct ana_check_options {
    const char *path;            /* the plugin's file */
    int64_t n_settings;          /* pairs */
    const char *const *settings; /* key, value, ..., NULL: parameters */
    const char *file;            /* what a reader reads; NULL = made for it */
    const char *variable;        /* of that file; NULL = its only one */
    double rate;                 /* Hz of its samples; 0 = the file knows */
    const char *checkpoint;      /* of a model, or NULL */
    const char *stimulus;        /* the id that a model is shown; NULL = "test" */
};

/* What became of a rule. */
#define ANA_RULE_HOLDS 1
#define ANA_RULE_FAILS 2
#define ANA_RULE_UNTRIED 3 /* `sentence` says why */

struct ana_verdict {
    const char *rule, *claim; /* "guards", "writes only where it may" */
    int outcome;
    char sentence[1024]; /* why it fails; what was found where it holds; "" = nothing */
};

/* Try every rule that applies. `tell` hears of each verdict as it is known.
 *
 * Returns: 0 if all that was tried holds; ANA_EPLUGIN if a rule fails.
 * Errors:  ANA_ECANCEL, ANA_ERESOURCE where a helper cannot be started. */
int ana_check_plugin(struct ana_ctx *ctx, const struct ana_check_options *options,
                     void (*tell)(void *arg, const struct ana_verdict *verdict),
                     void *arg);

/* The helper's side: `anaflow worker check RULE FOLDER OPTIONS...`, as ana_check_plugin
 * starts it. */
int ana_check_serve(struct ana_ctx *ctx, int argc, char **argv);

#endif
