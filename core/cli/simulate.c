/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow simulate FILE`: recordings whose electrodes follow planted layers.
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/open_study.h"
#include "pipeline/simulate.h"

static int simulate(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    struct ana_registry *registry = NULL;
    struct ana_study *study = NULL;
    const char *output = ana_arguments_value(arguments, "output");
    int rc = ana_registry_create(ctx, &registry);

    if (rc == 0)
        rc = ana_open_study(ctx, registry, arguments, &study);
    if (rc == 0 && study->n_problems > 0)
        rc = ana_fail_with_problems(ctx, study);
    if (rc == 0) {
        ana_interrupt_catch(ctx, 0);
        rc = ana_simulate(ctx, study, output);
    }
    for (int64_t i = 0; rc == 0 && i < study->n_simulations; i++)
        printf("a simulated recording is in %s; truth.tsv says what was planted\n",
               output ? output : study->simulations[i].output);
    ana_study_destroy(ctx, study);
    ana_registry_destroy(registry);
    return rc;
}

static const struct ana_option options[] = {
    {"output", 'o', "DIR", "the folder of the recording; beats [simulate NAME] output",
     0},
    ANA_OPTION_SET,
};

const struct ana_command ana_command_simulate = {
    .name = "simulate",
    .operand = "FILE",
    .summary = "make a recording whose electrodes follow layers of your models",
    .details =
        "For each [simulate NAME] of the INI file: shows the stimuli to the models and\n"
        "writes one NumPy array a stimulus (time x target) whose targets follow known\n"
        "layers at known delays under known noise, with truth.tsv beside it. An "
        "analysis\n"
        "that is right finds them again. Nothing in it was measured.",
    .examples = "  anaflow simulate simulate.ini --output recording",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = simulate,
};
