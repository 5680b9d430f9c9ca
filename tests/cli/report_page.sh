#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# report.html in a browser: its script runs without a complaint, it asks nothing of a
# network, its tables sort and filter, and it fits a phone. Needs Chromium; without it
# everything here is skipped. The pages are those of tests/unit/test_report.c.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

pages=$work/pages
mkdir "$pages" || exit 99

# browse PAGE WIDTH: the page after its script, in dom; the browser's log in err. A script
# that fails and a request that the page's policy forbids both leave a CONSOLE line.
browse()
{
    code=0
    : >out
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$PWD/profile" --window-size="$2,900" --enable-logging=stderr \
        --dump-dom "file://$1" >dom 2>err || code=$?
    expect_code 0
}

expect_no_complaint()
{
    expect_not_in err CONSOLE
    expect_in dom 'data-ready="yes"'
}

need_chromium()
{
    if ! command -v chromium >/dev/null; then
        echo 'chromium is not installed'
        exit 77
    fi
    if [ ! -d "$pages/demo" ]; then
        ANA_REPORT_KEEP=$pages "$ANA_BUILD/test_report" >out 2>err ||
            fail 'test_report made no pages'
    fi
}

# with SCRIPT PAGE: a copy of the page that runs the script behind its own.
with()
{
    awk -v script="$1" '/^<\/body>/ { print "<script>" script "</script>" } { print }' \
        "$2" >copy.html
}

# The script's findings become attributes of the root element.
report_as='function found(name, value) {
    document.documentElement.setAttribute("data-" + name, value);
}'

# One visit a page, as a phone shows it.
every_page()
{
    need_chromium
    for shape in all-na cap components demo nasty networks regions voxels; do
        with "$report_as"'
            found("wider", document.documentElement.scrollWidth - window.innerWidth);
        ' "$pages/$shape/report.html"
        browse "$PWD/copy.html" 390
        expect_no_complaint
        grep -q 'data-wider="\(0\|-[0-9]*\)"' dom || fail "$shape is wider than a phone"
    done
}

planted_error()
{
    need_chromium
    with 'throw new Error("planted");' "$pages/demo/report.html"
    browse "$PWD/copy.html" 1280
    expect_in err 'Uncaught Error: planted'
}

planted_request()
{
    need_chromium
    with 'new Image().src = "https://example.org/x.png";' "$pages/demo/report.html"
    browse "$PWD/copy.html" 1280
    expect_in err 'violates the following Content Security Policy'
}

tables()
{
    need_chromium
    with "$report_as"'
        var heads = document.querySelectorAll("#targets th button");
        var cell = "#targets tbody tr:first-child td:last-child";
        var input = document.querySelectorAll("input[type=search]")[1];
        heads[heads.length - 1].click();
        found("highest", document.querySelector(cell).textContent);
        heads[heads.length - 1].click();
        found("lowest", document.querySelector(cell).textContent);
        found("order", document.querySelector("#targets th[aria-sort]").ariaSort);
        heads = document.querySelectorAll("#layer-scores th button");
        heads[5].click();
        found("median", document.querySelector("#layer-scores td:nth-child(6)").textContent);
        input.value = "STG layer3";
        input.dispatchEvent(new Event("input"));
        found("shown", document.querySelectorAll("#targets tbody tr").length);
        found("said", document.querySelectorAll(".tools span")[1].textContent);
    ' "$pages/demo/report.html"
    browse "$PWD/copy.html" 1280
    expect_no_complaint
    expect_in dom 'data-highest="0.603"'
    expect_in dom 'data-lowest="−0.324"'
    expect_in dom 'data-order="ascending"'
    expect_in dom 'data-median="0.135"'
    expect_in dom 'data-shown="8"'
    expect_in dom 'data-said="8 of 8 rows"'
}

claim 'every shape of report runs without a complaint or a request and fits a phone' every_page
claim 'a script that fails would be seen' planted_error
claim 'a request would be seen, and is forbidden' planted_request
claim 'a click on a column sorts by number, and typed words filter the rows' tables
finish
