# Broken plugins, one fault each. Built as modules (-rpath is what makes libtool build a
# shared one that is not installed); tests load them by the path of their folder.
zoo_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
zoo_cflags = $(PLUGIN_CFLAGS)
zoo_animals = tests/zoo/good.la tests/zoo/no-symbol.la tests/zoo/short-symbol.la \
	tests/zoo/wrong-magic.la tests/zoo/newer-major.la tests/zoo/short-struct.la \
	tests/zoo/duplicate-first.la tests/zoo/duplicate-second.la \
	tests/zoo/undefined-symbol.la tests/zoo/null-entry.la tests/zoo/bad-default.la \
	tests/zoo/newer-minor.la tests/zoo/crash-at-load.la tests/zoo/hang-at-load.la \
	tests/zoo/exit-at-load.la
check_LTLIBRARIES += $(zoo_animals)
EXTRA_DIST += tests/zoo/zoo.h tests/zoo/expected.tsv

tests_zoo_good_la_SOURCES = tests/zoo/good.c
tests_zoo_good_la_CFLAGS = $(zoo_cflags)
tests_zoo_good_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_no_symbol_la_SOURCES = tests/zoo/no-symbol.c
tests_zoo_no_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_no_symbol_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_short_symbol_la_SOURCES = tests/zoo/short-symbol.c
tests_zoo_short_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_short_symbol_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_wrong_magic_la_SOURCES = tests/zoo/wrong-magic.c
tests_zoo_wrong_magic_la_CFLAGS = $(zoo_cflags)
tests_zoo_wrong_magic_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_newer_major_la_SOURCES = tests/zoo/newer-major.c
tests_zoo_newer_major_la_CFLAGS = $(zoo_cflags)
tests_zoo_newer_major_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_short_struct_la_SOURCES = tests/zoo/short-struct.c
tests_zoo_short_struct_la_CFLAGS = $(zoo_cflags)
tests_zoo_short_struct_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_duplicate_first_la_SOURCES = tests/zoo/duplicate-first.c
tests_zoo_duplicate_first_la_CFLAGS = $(zoo_cflags)
tests_zoo_duplicate_first_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_duplicate_second_la_SOURCES = tests/zoo/duplicate-second.c
tests_zoo_duplicate_second_la_CFLAGS = $(zoo_cflags)
tests_zoo_duplicate_second_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_undefined_symbol_la_SOURCES = tests/zoo/undefined-symbol.c
tests_zoo_undefined_symbol_la_CFLAGS = $(zoo_cflags)
tests_zoo_undefined_symbol_la_LDFLAGS = $(zoo_ldflags) -Wl,-z,undefs
tests_zoo_null_entry_la_SOURCES = tests/zoo/null-entry.c
tests_zoo_null_entry_la_CFLAGS = $(zoo_cflags)
tests_zoo_null_entry_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_bad_default_la_SOURCES = tests/zoo/bad-default.c
tests_zoo_bad_default_la_CFLAGS = $(zoo_cflags)
tests_zoo_bad_default_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_newer_minor_la_SOURCES = tests/zoo/newer-minor.c
tests_zoo_newer_minor_la_CFLAGS = $(zoo_cflags)
tests_zoo_newer_minor_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_crash_at_load_la_SOURCES = tests/zoo/crash-at-load.c
tests_zoo_crash_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_crash_at_load_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_hang_at_load_la_SOURCES = tests/zoo/hang-at-load.c
tests_zoo_hang_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_hang_at_load_la_LDFLAGS = $(zoo_ldflags)
tests_zoo_exit_at_load_la_SOURCES = tests/zoo/exit-at-load.c
tests_zoo_exit_at_load_la_CFLAGS = $(zoo_cflags)
tests_zoo_exit_at_load_la_LDFLAGS = $(zoo_ldflags)
