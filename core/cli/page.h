/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_PAGE_H
#define ANA_CLI_PAGE_H

#include <stdio.h>

#include <anaflow/plugin.h>

#include "base/text.h"
#include "plugin/registry.h"

/* Sentences of a manual page in mdoc(7): escaped, each begun on a line of its own, lines
 * under 80 letters. Blank lines begin paragraphs; indented lines stay as they are. */
void ana_page_text(FILE *out, const char *text);

/* Words inside a line of mdoc, nothing in them understood as a macro. */
void ana_page_words(FILE *out, const char *text);

/* The two pages: anaflow(1), from the tables of commands; anaflow.ini(5), from those of
 * sections and of the package's own plugins. */
void ana_page_program(FILE *out);
void ana_page_ini(FILE *out, const struct ana_registry *registry);

/* What a parameter takes: "whole number", "one of a, b", "number in Hz, 0 .. 20000". */
void ana_param_describe(const struct ana_param *param, struct ana_text *out);

/* `anaflow manual anaflow | anaflow.ini` and `anaflow complete WORDS...`: for the build
 * and for the shell, not in the help. */
int ana_manual(struct ana_ctx *ctx, int argc, char **argv);
int ana_complete(struct ana_ctx *ctx, int argc, char **argv);

#endif
