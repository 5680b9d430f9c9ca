/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of rules. A gate is what the rules behind it stand on. The seconds are those
 * without a sign; a large model needs its time, also where it only opens.
 */
#include "check/rules.h"

#define MODEL ANA_KIND_BIT(ANA_KIND_MODEL)
#define READER ANA_KIND_BIT(ANA_KIND_READER)
#define METRIC ANA_KIND_BIT(ANA_KIND_METRIC)

const struct ana_rule ana_rules[] = {
    {"loads", "the file loads, without crash, exit or hang", ANA_ALL_KINDS, 1, 5,
     ana_rule_loads},
    {"descriptor", "its descriptor and function table are whole", ANA_ALL_KINDS, 1, 5,
     ana_rule_descriptor},
    {"parameters", "its parameters are described, and their defaults are valid",
     ANA_ALL_KINDS, 1, 5, ana_rule_parameters},
    {"exports", "it exports `anaflow_plugin` and nothing else", ANA_ALL_KINDS, 0, 5,
     ana_rule_exports},
    {"globals", "it has no variables outside of functions and `self`", ANA_ALL_KINDS, 0,
     5, ana_rule_globals},
    {"opens", "it opens and describes itself", ANA_ALL_KINDS, 1, 120, ana_rule_opens},
    {"shapes", "it gives what it promises: layers, rows, targets, measures",
     ANA_ALL_KINDS, 1, 300, ana_rule_shapes},
    {"finite", "good input gives finite numbers", ANA_ALL_KINDS, 1, 300, ana_rule_finite},
    {"repeats", "a second call and a second opening give the same bits", ANA_ALL_KINDS, 0,
     300, ana_rule_repeats},
    {"workers", "1, 2 and 4 workers give the same bits", ANA_ALL_KINDS, 0, 300,
     ana_rule_workers},
    {"threads", "it starts no threads of its own", ANA_ALL_KINDS, 0, 300,
     ana_rule_threads},
    {"guards", "it stays within every buffer that it is handed", ANA_ALL_KINDS, 0, 300,
     ana_rule_guards},
    {"growth", "100 rounds take no more memory than 10", ANA_ALL_KINDS, 0, 120,
     ana_rule_growth},
    {"memory", "it survives the n-th allocation failing, and frees what it has",
     ANA_ALL_KINDS, 0, 120, ana_rule_refused},
    {"plan", "it needs no more memory than it announces", MODEL | METRIC, 0, 300,
     ana_rule_plan},
    {"cancel", "it comes back when the run is being stopped", ANA_ALL_KINDS, 0, 120,
     ana_rule_cancel},
    {"hostile", "empty, single, constant and not finite input is no crash", ANA_ALL_KINDS,
     0, 300, ana_rule_hostile},
    {"huge", "sizes far beyond what there is are answered or refused in a sentence",
     ANA_ALL_KINDS, 0, 300, ana_rule_huge},
    {"prepare", "stimuli without sound, words or memory are prepared or refused", MODEL,
     0, 120, ana_rule_prepare},
    {"write", "maps that do not fit are refused, and leave no file", READER, 0, 120,
     ana_rule_write},
    {"batch", "an item in a batch gives what it gives alone", MODEL, 0, 300,
     ana_rule_batch},
    {"chunks", "chunks give what the whole gives, as EXACT_IN_CHUNKS says", MODEL, 0, 120,
     ana_rule_chunks},
    {"blocks", "blocks, chosen targets and float32 give what one whole read gives",
     READER, 0, 300, ana_rule_blocks},
    {"damage", "damaged and missing files are refused in a sentence", READER, 0, 300,
     ana_rule_damage},
    {"tiles", "targets score the same in any tiles and strides, as PER_TARGET says",
     METRIC, 0, 300, ana_rule_tiles},
    {"symmetric", "x and y may change places, as SYMMETRIC says", METRIC, 0, 300,
     ana_rule_symmetric},
    {"scale", "scaling x or y leaves the score, as SCALE says", METRIC, 0, 300,
     ana_rule_scale},
    {"rotation", "rotating x leaves the score, as ROTATION says", METRIC, 0, 300,
     ana_rule_rotation},
    {"identity", "y that equals x scores 1, as IDENTITY says", METRIC, 0, 300,
     ana_rule_identity},
};
const int64_t ana_n_rules = sizeof ana_rules / sizeof *ana_rules;
