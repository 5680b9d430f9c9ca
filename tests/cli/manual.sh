#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The manual pages and bash's completion, which the program writes from its own tables.
# shellcheck disable=SC2016  # dollars and backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"
unset ANAFLOW_PLUGIN_PATH

built_pages()
{
    for page in anaflow.1 anaflow.ini.5; do
        [ -s "$ANA_BUILD/$page" ] || fail "no $page was built"
        anaflow manual "${page%.*}"
        expect_code 0
        cmp -s out "$ANA_BUILD/$page" || fail "$page is not what the program writes"
    done
    anaflow manual anaflow.toml
    expect_code 2
    expect_one_sentence
    expect_in err 'anaflow manual anaflow.ini'
}
claim 'the built pages are what the program writes' built_pages

clean()
{
    command -v mandoc >/dev/null || { echo 'there is no mandoc'; exit 77; }
    # The two refer to each other, and mandoc looks for that where neither is installed.
    mandoc -T lint "$ANA_BUILD/anaflow.1" "$ANA_BUILD/anaflow.ini.5" 2>&1 |
        grep -v 'referenced manual not found: Xr anaflow' >out
    [ ! -s out ] || fail 'mandoc has something to say'
}
claim 'mandoc finds nothing wrong with the pages' clean

# page: anaflow(1) as it is read.
page()
{
    mandoc -T utf8 "$ANA_BUILD/anaflow.1" | sed 's/.\x08//g' >page
}

all_commands()
{
    command -v mandoc >/dev/null || { echo 'there is no mandoc'; exit 77; }
    page
    anaflow --help
    sed -n '/^Commands:/,/^$/s/^  \([a-z]*\( [a-z][a-z]*\)\{0,1\}\) .*/\1/p' out >commands
    [ "$(wc -l <commands)" -ge 8 ] || fail 'too few commands'
    while read -r name; do
        grep -q "^   $name$" page || fail "no heading '$name' in anaflow(1)"
        # shellcheck disable=SC2086  # one or two words
        anaflow $name --help
        grep -o '^ .*--[a-z-]*' out | sed 's/.*--/--/' >options
        while read -r option; do
            grep -q -e "$option" page || fail "no $option in anaflow(1)"
        done <options
    done <commands
}
claim 'every command and option is in anaflow(1)' all_commands

# complete WORD...: what bash would offer, one a line, in `reply`.
complete_in_bash()
{
    cat >try.bash <<'EOF'
. "$ANA_SOURCE/core/cli/completion/anaflow"
COMP_WORDS=("$ANAFLOW" "$@") COMP_CWORD=$#
_anaflow
printf '%s\n' "${COMPREPLY[@]}"
EOF
    bash try.bash "$@" >reply 2>err || fail "bash fails: $*"
    [ ! -s err ] || fail "bash complains: $*"
}

# offers TEXT...: each is a line of the reply.
offers()
{
    for text; do
        grep -qxF -e "$text" reply || { cat reply; fail "'$text' is not offered"; }
    done
}

completion()
{
    command -v bash >/dev/null || { echo 'there is no bash'; exit 77; }
    complete_in_bash ''
    offers run check inspect plugin doctor
    [ "$(grep -cx plugin reply)" -eq 1 ] || fail 'plugin is offered twice'
    complete_in_bash ru
    [ "$(cat reply)" = run ] || fail 'ru is not completed to run'
    complete_in_bash plugin ''
    offers list info new
    complete_in_bash plugin info ''
    offers ridge rsa cochleagram arrays
    complete_in_bash plugin new ''
    offers model reader metric
    complete_in_bash run --
    offers --output --set --jobs --help --verbose
    complete_in_bash run --ou
    [ "$(cat reply)" = --output ] || fail '--ou is not completed'
    complete_in_bash run nowhere.ini --set ''
    offers folds. study. metric. 'plugin\ ridge.'
    complete_in_bash run nowhere.ini --set folds.
    offers folds.by= folds.outer= folds.gap=
    complete_in_bash run nowhere.ini -s 'plugin\ ridge.al'
    offers 'plugin\ ridge.alphas=' 'plugin\ ridge.alpha='
    complete_in_bash run nowhere.ini --set "'plugin ridge.al"
    offers 'plugin ridge.alphas='
    complete_in_bash run nowhere.ini --set metric.plugin = r
    offers ridge rsa
    complete_in_bash run nowhere.ini --set 'plugin\ ridge.alpha' = ''
    offers target shared
}
claim 'bash is offered commands, options, plugins, sections and keys' completion

of_a_file()
{
    command -v bash >/dev/null || { echo 'there is no bash'; exit 77; }
    printf '[metric mine]\nplugin = ridge\n[compare]\nleft = a -> b\nright = c -> d\n' >my.ini
    complete_in_bash run my.ini --set ''
    offers 'metric\ mine.' compare. 'plugin\ rsa.'
    ! grep -q '^folds' reply || fail 'a section that the file does not have'
    complete_in_bash run my.ini --set 'metric\ mine.'
    offers 'metric\ mine.plugin=' 'metric\ mine.alphas='
}
claim 'sections are those of the INI file on the line' of_a_file

finish
