#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The examples whose data are there take what their plans say: operations, memory, disk.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/planned.sh"
ANAFLOW_DATA=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
export ANAFLOW_DATA

# keeps DATA EXAMPLE: its plan.
keeps()
{
    skip_without "$ANAFLOW_DATA/$1"
    compare_plan "$2" anaflow run "$ANA_SOURCE/examples/$2.ini" --output results --jobs 2
}

natural_sounds() { keeps fmri-natsound165 natural-sounds/first-look; }
forward() { keeps eeg-cocktail attended-speech/forward; }
backward() { keeps eeg-cocktail attended-speech/backward; }
attention() { keeps eeg-cocktail attended-speech/attention; }
lags() { keeps eeg-cocktail attended-speech/lags; }
rate() { keeps fmri-alice story-fmri/rate; }
isc() { keeps fmri-alice story-fmri/isc; }

claim 'natural-sounds/first-look keeps to its plan' natural_sounds
claim 'attended-speech/forward keeps to its plan' forward
claim 'attended-speech/backward keeps to its plan' backward
claim 'attended-speech/attention keeps to its plan' attention
claim 'attended-speech/lags keeps to its plan' lags
claim 'story-fmri/rate keeps to its plan' rate
claim 'story-fmri/isc keeps to its plan' isc

finish
