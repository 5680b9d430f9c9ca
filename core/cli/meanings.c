/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The environment and the exit codes, as --help and the manual give them.
 */
#include "cli/command.h"

const struct ana_meaning ana_environment[] = {
    {"ANAFLOW_CACHE", NULL, "where activations are kept; default ~/.cache/anaflow"},
    {"ANAFLOW_PLUGIN_PATH", NULL, "more folders with plugins, with ':' between"},
    {"ANAFLOW_DATA", NULL, "what ${ANAFLOW_DATA} means: the examples' data"},
    {"ANAFLOW_ISA", NULL, "generic: no kernels for this processor alone"},
    {"NO_COLOR", NULL, "if set, nothing is coloured"},
};
const int64_t ana_n_environment = sizeof ana_environment / sizeof *ana_environment;

const struct ana_meaning ana_exits[] = {
    {"0", "ok", "done"},
    {"2", "configuration", "an option, a section, a key or a value is wrong"},
    {"3", "data", "a file is missing, damaged or not what it should be"},
    {"4", "plugin", "one cannot be loaded, crashed, hung or broke a promise"},
    {"5", "resources", "memory, disk or permission"},
    {"6", "numeric", "a computed number is not finite, a solver gave up"},
    {"130", "interrupted", "what was finished is kept"},
};
const int64_t ana_n_exits = sizeof ana_exits / sizeof *ana_exits;
