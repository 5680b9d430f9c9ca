// report.html: sorting and filtering of its tables; without it the page still reads.
(function () {
    "use strict";

    // "−0.250", "1,024" and "0.40" as numbers; anything else stays text.
    function number(text) {
        var plain = text.replace(/\u2212/g, "-").replace(/,/g, "");

        return /^-?[0-9.]+(e[-+]?[0-9]+)?$/i.test(plain) ? parseFloat(plain) : NaN;
    }

    // Numbers before text; n/a last whichever way the column is sorted.
    function compare(a, b, down) {
        var x = number(a), y = number(b), sign = down ? -1 : 1;

        if (a === b) return 0;
        if (a === "n/a" || b === "n/a") return a === "n/a" ? 1 : -1;
        if (!isNaN(x) && !isNaN(y)) return sign * (x - y);
        return sign * a.localeCompare(b, "en", {numeric: true});
    }

    // A table's head becomes buttons; sort(column, down) puts the rows in order.
    function makeSortable(table, sort) {
        var heads = table.tHead.rows[0].cells;

        Array.prototype.forEach.call(heads, function (th, column) {
            var button = document.createElement("button");

            button.type = "button";
            button.textContent = th.textContent;
            th.textContent = "";
            th.appendChild(button);
            button.addEventListener("click", function () {
                var state = th.getAttribute("aria-sort");
                var down = state ? state === "ascending" : th.classList.contains("n");

                Array.prototype.forEach.call(heads, function (other) {
                    other.removeAttribute("aria-sort");
                });
                th.setAttribute("aria-sort", down ? "descending" : "ascending");
                sort(column, down);
            });
        });
    }

    // Columns of words that say the same in every row, or what an earlier one says there: a
    // narrow screen leaves them out.
    function sameColumns(rows) {
        function repeats(column, other) {
            return rows.every(function (row) {
                return row[column] === row[other];
            });
        }

        return rows.length < 2 ? [] : rows[0].map(function (text, column) {
            return isNaN(number(text)) && (rows.every(function (row) {
                return row[column] === text;
            }) || rows[0].some(function (_, other) {
                return other < column && repeats(column, other);
            }));
        });
    }

    // Each word that was typed must stand somewhere in the row.
    function matches(words, text) {
        return words.every(function (word) {
            return text.indexOf(word) >= 0;
        });
    }

    function wordsOf(input) {
        return input.value.toLowerCase().split(/\s+/).filter(Boolean);
    }

    function addTools(before, label) {
        var tools = document.createElement("div");
        var input = document.createElement("input");
        var count = document.createElement("span");

        tools.className = "tools";
        input.type = "search";
        input.placeholder = "Filter rows";
        input.setAttribute("aria-label", label);
        count.setAttribute("aria-live", "polite");
        tools.appendChild(input);
        tools.appendChild(count);
        before.parentNode.insertBefore(tools, before);
        return {box: tools, input: input, count: count};
    }

    // A table whose rows all stand in the page.
    function wireStatic(table) {
        var body = table.tBodies[0];
        var rows = Array.prototype.slice.call(body.rows);
        var tools = addTools(table.parentNode, "Filter the scores by layer");
        var same = sameColumns(rows.map(function (row) {
            return Array.prototype.map.call(row.cells, function (td) {
                return td.textContent;
            });
        }));

        function filter() {
            var words = wordsOf(tools.input), shown = 0;

            rows.forEach(function (row) {
                row.hidden = !matches(words, row.textContent.toLowerCase());
                shown += row.hidden ? 0 : 1;
            });
            tools.count.textContent = shown + " of " + rows.length + " rows";
        }

        [table.tHead.rows[0]].concat(rows).forEach(function (row) {
            same.forEach(function (is, column) {
                if (is) row.cells[column].classList.add("same");
            });
        });
        makeSortable(table, function (column, down) {
            rows.sort(function (a, b) {
                return compare(a.cells[column].textContent, b.cells[column].textContent, down);
            });
            rows.forEach(function (row) {
                body.appendChild(row);
            });
        });
        tools.input.addEventListener("input", filter);
        filter();
    }

    // Scores by target: data in the page, rows made as they are asked for.
    function wireTargets(place, data) {
        var STEP = 100, limit = STEP;
        var table = document.createElement("table");
        var body = document.createElement("tbody");
        var wrap = document.createElement("div");
        var more = document.createElement("button");
        var numeric = data.numeric, view, tools;
        var rows = data.rows.map(function (row) {
            return data.blocks[row[0]].concat(row.slice(1));
        });
        var texts = rows.map(function (row) {
            return row.join(" ").toLowerCase();
        });
        var same = sameColumns(rows);
        var order = rows.map(function (row, i) {
            return i;
        });

        function cell(tag, text, column) {
            var made = document.createElement(tag);

            made.textContent = text;
            if (numeric[column]) made.className = text === "n/a" ? "n na" : "n";
            if (same[column]) made.classList.add("same");
            return made;
        }

        function draw() {
            body.textContent = "";
            view.slice(0, limit).forEach(function (index) {
                var tr = document.createElement("tr");

                rows[index].forEach(function (text, column) {
                    tr.appendChild(cell("td", text, column));
                });
                body.appendChild(tr);
            });
            tools.count.textContent = Math.min(limit, view.length) + " of " + view.length + " rows";
            more.hidden = view.length <= limit;
        }

        function filter() {
            var words = wordsOf(tools.input);

            view = order.filter(function (index) {
                return matches(words, texts[index]);
            });
            limit = STEP;
            draw();
        }

        table.createTHead().insertRow();
        data.columns.forEach(function (name, column) {
            table.tHead.rows[0].appendChild(cell("th", name, column));
        });
        table.appendChild(body);
        wrap.className = "table";
        wrap.tabIndex = 0;
        wrap.appendChild(table);
        place.appendChild(wrap);
        tools = addTools(wrap, "Filter the scores by target");
        more.type = "button";
        more.textContent = "Show more rows";
        more.addEventListener("click", function () {
            limit += 5 * STEP;
            draw();
        });
        tools.box.appendChild(more);
        makeSortable(table, function (column, down) {
            order.sort(function (a, b) {
                return compare(rows[a][column], rows[b][column], down) || a - b;
            });
            filter();
        });
        tools.input.addEventListener("input", filter);
        filter();
    }

    // The methods as plain text: paragraphs, then the references with their numbers.
    function plainMethods(place) {
        var lines = [], number = 0;

        place.querySelectorAll("p, h3, li").forEach(function (part) {
            var before = part.tagName === "LI" ? "[" + ++number + "] " : "";

            lines.push(before + part.textContent);
        });
        return lines.join("\n") + "\n";
    }

    // Browsers keep the clipboard from some pages; a selection can always be copied.
    function copyBySelection(place) {
        var range = document.createRange(), selection = window.getSelection();

        range.selectNodeContents(place);
        selection.removeAllRanges();
        selection.addRange(range);
        return document.execCommand("copy");
    }

    function wireMethods(place) {
        var tools = document.createElement("div");
        var button = document.createElement("button");
        var said = document.createElement("span");

        function done(copied) {
            said.textContent = copied ? "Copied." : "Select the text to copy it.";
        }

        tools.className = "tools";
        button.type = "button";
        button.textContent = "Copy methods and references";
        said.setAttribute("aria-live", "polite");
        tools.appendChild(button);
        tools.appendChild(said);
        place.parentNode.insertBefore(tools, place);
        button.addEventListener("click", function () {
            if (!navigator.clipboard) return done(copyBySelection(place));
            navigator.clipboard.writeText(plainMethods(place)).then(function () {
                done(true);
            }, function () {
                done(copyBySelection(place));
            });
        });
    }

    var data = document.getElementById("target-scores");
    var layers = document.getElementById("layer-scores");

    if (document.querySelector("#methods-text p")) {
        wireMethods(document.getElementById("methods-text"));
    }
    if (layers) wireStatic(layers);
    if (data) wireTargets(document.getElementById("targets"), JSON.parse(data.textContent));
    // Paper cannot unfold.
    window.addEventListener("beforeprint", function () {
        document.querySelectorAll("details").forEach(function (details) {
            details.open = true;
        });
    });
    document.documentElement.setAttribute("data-ready", "yes");
})();
