# SPDX-License-Identifier: BSD-3-Clause
# Lines of each function's body, with its place: "12 core/base/file.c:40". Relies on the
# formatting that ./dev lint checks: a body stands between lines of { and } alone.
FNR == 1 { inside = 0 }
/^{$/ { inside = 1; begin = FNR }
/^}$/ && inside { inside = 0; print FNR - begin - 1, FILENAME ":" begin }
