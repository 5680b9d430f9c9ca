# SPDX-License-Identifier: BSD-3-Clause
# The contract of every public symbol: what stands above a function, a struct or a
# constant of the installed headers, up to the blank line before it, must say what its
# reader has to know. A comment that stands by itself under the includes may say it for the
# whole header ("Unless said otherwise: ... Errors: ... Threads: ...").
#   functions   Since, Threads; Errors where it returns a status; Owns where it hands out
#               a pointer or fills a tensor
#   structs     Since
#   constants   Since
FNR == 1 { comment = standing = declared = ""; inside = 0; text = "" }

# A comment, which may begin and end on one line.
!inside && /^[ \t]*\/\*/ && text == "" {
    comment = comment " " $0
    inside = !/\*\/[ \t]*$/
    next
}
inside { comment = comment " " $0; if (/\*\//) inside = 0; next }

/^[^ \t]/ && comment ~ /Unless said otherwise/ { standing = standing " " comment }

# A comment with nothing under it speaks for the header.
/^$/ && text == "" {
    if (comment != "" && !used && comment !~ /SPDX/)
        standing = standing " " comment
    comment = ""
    used = 0
    next
}

/^#define ANA_[A-Z0-9_]+/ && text == "" {
    used = 1
    split($2, name, "(")
    need(name[1], "Since")
    skipping = /\\$/
    next
}
skipping { skipping = /\\$/; next }

/^struct ana_[a-z0-9_]+ \{/ { used = 1; need("struct " $2, "Since"); body = 1; next }
body { if (/^};/) body = 0; next }
/^struct ana_[a-z0-9_]+;/ { used = 1; next }

/^ANA_API/ || text != "" {
    used = 1
    text = text " " $0
    if (text ~ /;/) {
        declaration(text)
        text = ""
    }
}

function declaration(text,    name) {
    if (!match(text, /ana_[a-z0-9_]+\(/)) return
    name = substr(text, RSTART, RLENGTH - 1)
    need(name, "Since")
    need(name, "Threads")
    if (text ~ /^ *ANA_API int ana_[a-z0-9_]+\(struct ana_ctx \*ctx/)
        need(name, "Errors")
    if (text ~ /^ *ANA_API [^(]*\*ana_/ || text ~ /\*\*/ || text ~ /struct ana_tensor \*(out|train|test)/)
        need(name, "Owns")
}

function need(name, what) {
    if ((comment standing) !~ (what "[,:]"))
        printf "%s:%d: `%s` does not say %s\n", FILENAME, FNR, name, what
}
