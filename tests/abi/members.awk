# SPDX-License-Identifier: BSD-3-Clause
# The members of every struct in the installed headers, "struct member" a line, in order.
{ sub(/\/\*.*\*\//, "") }
comment { if (!sub(/.*\*\//, "")) next; comment = 0 }
/\/\*/ { comment = 1; sub(/\/\*.*/, "") }
/^struct ana_[a-z0-9_]+ \{/ { name = $2; text = ""; next }
/^};/ { name = "" }
name != "" {
    text = text " " $0
    while ((at = index(text, ";")) > 0) {
        declare(name, substr(text, 1, at - 1))
        text = substr(text, at + 1)
    }
}
# "int64_t n_train, *test[4]" or "int (*open)(struct ana_ctx *ctx, ...)"
function declare(name, text,    n, part, i) {
    if (match(text, /\(\*[a-z0-9_]+\)/)) {
        print name, substr(text, RSTART + 2, RLENGTH - 3)
        return
    }
    gsub(/\[[^]]*\]/, "", text)
    n = split(text, part, ",")
    for (i = 1; i <= n; i++) {
        sub(/[ \t]+$/, "", part[i])
        sub(/.*[ \t*]/, "", part[i])
        if (part[i] != "")
            print name, part[i]
    }
}
