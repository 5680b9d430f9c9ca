#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Folders with a network's weights: inspect says what they are, pickles are refused with the
# command that converts them, and that command works.
# shellcheck disable=SC2317  # the claims are called by name
. "$ANA_SOURCE/tests/cli/lib.sh"

described()
{
    anaflow inspect "$ANA_SOURCE/tests/golden/wavlm/base"
    expect_code 0
    expect_in out 'for the model plugin wav2vec2'
    expect_in out 'network     wavlm'
    expect_in out 'layers      7: conv1 ... 2; and 2 maps of attention'
    expect_in out 'parameters  0.00512 million in 0.0205 MB'
    expect_in out 'rates       3200 ... 800 samples a second'
    expect_in out 'sound at 16000 Hz'
    expect_in out 'a minute '
    expect_in out 'plugin = wav2vec2'
    for network in kell2018 cochresnet50; do # thirty clips of 2 s
        anaflow inspect "$ANA_SOURCE/tests/golden/$network"
        expect_code 0
        expect_in out "for the model plugin $network"
        grep -q 'a minute .* [1-3][0-9] billion operations' out || fail 'not thirty clips'
    done
}
claim 'inspect says architecture, layers, parameters, rate, memory and time' described

network_file()
{
    anaflow plugin info onnx
    [ "$code" -eq 0 ] || { echo 'the plugin onnx is not built'; exit 77; }
    echo junk >junk.onnx
    anaflow inspect junk.onnx
    expect_code 3
    expect_one_sentence
    expect_in err 'junk.onnx: byte 2: is no protobuf message, as an ONNX file is one'
    models=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}/models/openwakeword
    skip_without "$models"
    anaflow inspect "$models/melspectrogram.onnx"
    expect_code 0
    expect_in out 'for the model plugin onnx'
    expect_in out 'layers      4: Conv0 ... output'
    expect_in out 'parameters  0.271 million in 1.09 MB'
    expect_in out 'sound at 16000 Hz'
    expect_in out 'a minute '
}
claim 'inspect says of an ONNX file what it says of a folder' network_file

absent()
{
    anaflow plugin list
    if grep -q '^model *onnx' out; then
        expect_not_in out 'absent  the model plugin onnx'
        exit 0
    fi
    expect_in out 'absent  the model plugin onnx: it needs ONNX Runtime'
    expect_in out './dev build --with-onnx'
    anaflow plugin info onnx
    expect_code 4
    expect_one_sentence
    expect_in err "the model plugin 'onnx' is not part of this build: it needs ONNX Runtime"
}
claim 'where the plugin onnx is absent, list and info say what it needs' absent

foreign()
{
    mkdir folder
    cp "$ANA_SOURCE/tests/golden/wavlm/base/model.safetensors" folder
    echo '{"model_type": "bert"}' >folder/config.json
    anaflow inspect folder
    expect_code 3
    expect_one_sentence
    expect_in err '"model_type" is "bert", which no plugin reads; they read cochresnet50, kell2018'
}
claim 'an architecture that no plugin reads is named' foreign

# Other names than Hugging Face's, no config.json, a file in the place of a folder.
pickles()
{
    mkdir -p 'two words'
    echo junk >'two words/speech.ckpt.pt'
    echo junk >weights.bin
    printf '[stimulus s]\naudio = *.wav\n[model m]\nplugin = whisper\n' >study.ini
    anaflow check study.ini --set 'model m.checkpoint=two words'
    expect_in err 'checkpoint two words: speech.ckpt.pt is a pickle'
    expect_in err 'tools/convert_checkpoint.py "two words" (in'
    anaflow check study.ini --set 'model m.checkpoint=two words/speech.ckpt.pt'
    expect_in err 'tools/convert_checkpoint.py "two words/speech.ckpt.pt" (in'
    anaflow inspect 'two words'
    expect_code 3
    expect_one_sentence
    expect_in err 'checkpoint two words: speech.ckpt.pt is a pickle'
    mkdir mixed && cp 'two words/speech.ckpt.pt' weights.bin mixed
    anaflow inspect mixed
    expect_code 0
    anaflow check study.ini --set 'model m.checkpoint=weights.bin'
    expect_in err 'checkpoint weights.bin: is a file; name the folder'
}
claim 'a pickle of any name is refused with the command that converts it' pickles

# A python with torch that is not another's environment, or nothing.
find_torch()
{
    for python in /usr/bin/python3 python3; do
        if "$python" -c 'import torch' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

converted()
{
    python=$(find_torch)
    [ -n "$python" ] || { echo 'no python3 with torch'; exit 77; }
    mkdir folder
    cp "$ANA_SOURCE/tests/golden/wavlm/base/config.json" folder
    "$python" - "$ANA_SOURCE/tests/golden/wavlm/base/model.safetensors" <<'END'
import json, sys
import numpy as np, torch
data = open(sys.argv[1], "rb").read()
n = int.from_bytes(data[:8], "little")
state = {}
for name, t in json.loads(data[8:8 + n]).items():
    a, b = t["data_offsets"]
    x = np.frombuffer(data[8 + n + a:8 + n + b], "<f4").reshape(t["shape"])
    state["module." + name] = torch.from_numpy(x.copy())
torch.save({"state_dict": state, "epoch": 3}, "folder/pytorch_model.bin")
END
    for named in folder folder/pytorch_model.bin; do
        anaflow inspect "$named"
        expect_code 3
        expect_one_sentence
        expect_in err 'is a pickle'
        expect_in err "tools/convert_checkpoint.py $named (in"
    done
    "$python" "$ANA_SOURCE/tools/convert_checkpoint.py" folder >said || fail 'not converted'
    expect_in said 'folder/model.safetensors: 53 tensors'
    anaflow inspect folder
    expect_code 0
    expect_in out 'parameters  0.00512 million'
}
claim 'a pickle is refused with a command, and the command makes what is read' converted

# A control network draws weights of its own: 31 MB of them in Whisper's smallest.
twins_in_the_plan()
{
    ! grep -q 'enable-sanitize' "${ANA_BUILD:-.}/config.log" 2>/dev/null ||
        { echo 'the program varies by more than the weights take under sanitizers'; exit 77; }
    stimuli=$ANA_SOURCE/tests/golden/bids/speech/stimuli
    printf 'name\ta\none\t1\nthree\t2\ntwo\t4\n' >brain.tsv
    cat >study.ini <<EOF
[stimulus s]
audio = $stimuli/*.wav
[model m]
plugin = whisper
checkpoint = random
shape = tiny
layers = mel
[brain b]
plugin = arrays
data = brain.tsv : (stimulus=name, target)
[folds]
by = stimulus 3
[metric r]
plugin = ridge
EOF
    for controls in '' random; do
        anaflow run study.ini --dry-run --set "model m.controls=$controls"
        expect_code 0
        sed -n 's/.* at most \([0-9.]*\) MB of memory.*/\1/p' out
    done >planned
    awk 'NR == 1 { alone = $1 } END { exit NR != 2 || $1 < alone + 28 }' planned ||
        fail "planned without and with a control, MB: $(cat planned)"
}
claim 'the plan holds the weights of a control network' twins_in_the_plan

finish
