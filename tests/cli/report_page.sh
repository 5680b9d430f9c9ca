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

# The script's findings become attributes of the root element, also of one that frames it.
report_as='function found(name, value) {
    document.documentElement.setAttribute("data-" + name, value);
    if (parent !== window) parent.postMessage([name, value], "*");
}'

# Show copy.html as a phone of 360 px does; a window is never that narrow, a frame is.
browse_as_phone()
{
    cat >phone.html <<'END'
<!DOCTYPE html>
<script>
    addEventListener("message", function (event) {
        document.documentElement.setAttribute("data-" + event.data[0], event.data[1]);
    });
</script>
<iframe src="copy.html" width="360" height="800" style="border: 0"></iframe>
END
    browse "$PWD/phone.html" 1000
    expect_in dom 'data-width="360"'
}

# One visit a page, as a small phone shows it.
every_page()
{
    need_chromium
    for shape in all-na cap components demo grid long nasty networks regions voxels; do
        with "$report_as"'
            found("ready", document.documentElement.getAttribute("data-ready"));
            found("width", window.innerWidth);
            found("wider", document.documentElement.scrollWidth - window.innerWidth);
        ' "$pages/$shape/report.html"
        browse_as_phone
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

planted_width()
{
    need_chromium
    with "$report_as"'
        document.body.appendChild(document.createElement("div")).style =
            "width: 500px; height: 10px";
        found("width", window.innerWidth);
        found("wider", document.documentElement.scrollWidth - window.innerWidth);
    ' "$pages/demo/report.html"
    browse_as_phone
    expect_in dom 'data-wider="140"'
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

# What every row repeats gives way to the scores, which a phone shows without scrolling.
scores_on_a_phone()
{
    need_chromium
    with "$report_as"'
        function right(cell) {
            return document.querySelector(cell).getBoundingClientRect().right;
        }
        found("width", window.innerWidth);
        found("repeated", document.querySelectorAll("#targets th.same").length);
        found("hidden", getComputedStyle(document.querySelector("#targets th.same")).display);
        found("score", right("#targets tbody td:last-child") <= 360);
    ' "$pages/demo/report.html"
    browse_as_phone
    expect_not_in err CONSOLE
    expect_in dom 'data-hidden="none"'
    expect_in dom 'data-score="true"'
    with "$report_as"'
        found("shown", getComputedStyle(document.querySelector("#targets th.same")).display);
    ' "$pages/demo/report.html"
    browse "$PWD/copy.html" 1280
    expect_in dom 'data-shown="table-cell"'
}

# Figures no wider than a phone's column shrink to it; the maps and curves are such.
figures_fit()
{
    need_chromium
    with "$report_as"'
        var shown = document.querySelectorAll("figure.fits svg"), wide = 0;
        shown.forEach(function (svg) {
            var box = svg.getBoundingClientRect();
            if (box.width > 0 && box.right > window.innerWidth) wide++;
        });
        found("ready", document.documentElement.getAttribute("data-ready"));
        found("width", window.innerWidth);
        found("fits", shown.length);
        found("wide", wide);
    ' "$pages/regions/report.html"
    browse_as_phone
    expect_no_complaint
    expect_in dom 'data-wide="0"'
    grep -q 'data-fits="[1-9]' dom || fail 'no figure fits a phone'
}

copies()
{
    need_chromium
    with "$report_as"'
        var button = document.querySelector("#methods ~ .tools button");
        Object.defineProperty(navigator, "clipboard", {value: {writeText: function (text) {
            found("copied", text.split(String.fromCharCode(10)).join("|"));
            return Promise.resolve();
        }}});
        button.click();
    ' "$pages/demo/report.html"
    browse "$PWD/copy.html" 1280
    expect_no_complaint
    expect_in dom 'data-copied="165 sounds were resampled to 16 kHz'
}

# On paper: the stamp on each page, the head of a table on each page it goes on, no tools.
prints()
{
    need_chromium
    if ! command -v pdftotext >/dev/null; then
        echo 'pdftotext is not installed'
        exit 77
    fi
    code=0
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$PWD/profile" --no-pdf-header-footer --print-to-pdf=page.pdf \
        "file://$pages/demo/report.html" >out 2>err || code=$?
    expect_code 0
    pdftotext -layout page.pdf text
    sheets=$(tr -cd '\f' <text | wc -c)
    stamps=$(grep -c 'Simulated recording: made by anaflow simulate.*/' text)
    [ "$sheets" -gt 1 ] || fail "the page prints on $sheets sheets"
    [ "$stamps" -ge "$sheets" ] || fail "$stamps stamps on $sheets sheets"
    [ "$(grep -c 'Target *Region *Score' text)" -gt 1 ] || fail 'no head on the second sheet'
    expect_not_in text 'Filter rows'
    expect_not_in text 'Copy methods'
    expect_in text 'plugin = ridge'
}

claim 'on a phone the columns that repeat give way to the scores' scores_on_a_phone
claim 'every shape of report runs without a complaint or a request and fits a phone' every_page
claim 'a script that fails would be seen' planted_error
claim 'a page wider than a phone would be seen' planted_width
claim 'a request would be seen, and is forbidden' planted_request
claim 'a click on a column sorts by number, and typed words filter the rows' tables
claim 'figures shrink to a phone' figures_fit
claim 'the methods are copied as plain text' copies
claim 'a printed report says on each sheet what it is, and leaves its tools out' prints
finish
