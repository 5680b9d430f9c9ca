# SPDX-License-Identifier: BSD-3-Clause
# Turns text files into C: `page.css` becomes `static const char *const page_css[]`, one
# string a line, NULL at the end. Run under LC_ALL=C, so that bytes stay bytes.
FNR == 1 {
    if (NR > 1)
        print "    NULL,\n};\n"
    name = FILENAME
    sub(/.*\//, "", name)
    gsub(/[^A-Za-z0-9]/, "_", name)
    print "static const char *const " name "[] = {"
}
{
    gsub(/\\/, "&&")
    gsub(/["?]/, "\\\\&") # a ? too, for ??= would be a trigraph
    print "    \"" $0 "\\n\","
}
END {
    print "    NULL,\n};"
}
