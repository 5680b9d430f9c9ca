# Sources and tests of core/report.
libanaflow_la_SOURCES += core/report/colour.c core/report/columns.c core/report/escape.c core/report/escape.h \
	core/report/figure_best.c core/report/figure_kernel.c core/report/figure_lags.c core/report/figure_layers.c core/report/figure_map.c core/report/figure_measures.c core/report/figure_regions.c \
	core/report/figure_targets.c core/report/figures.h core/report/join.c core/report/json.c \
	core/report/json.h core/report/lock.c core/report/machine.c core/report/machine.h \
	core/report/marks.c core/report/marks.h core/report/named_arrays.c core/report/names.c core/report/names.h core/report/number.c \
	core/report/outline.c core/report/outline.h core/report/page.c core/report/page.h core/report/page_layers.c \
	core/report/page_notes.c core/report/page_peaks.c core/report/page_targets.c \
	core/report/page_words.c \
	core/report/places.c core/report/places.h core/report/panels.c core/report/panels.h core/report/record.h core/report/record_arrays.c core/report/record_blocks.c \
	core/report/record_fields.c core/report/record_read.c core/report/record_write.c core/report/region_cell.c core/report/region_cell.h core/report/results.h core/report/scores.c \
	core/report/scores.h core/report/spread.c core/report/spread.h core/report/store.c \
	core/report/store.h core/report/summary.c core/report/svg.c core/report/svg.h \
	core/report/warnings.c core/report/warnings.h
nodist_libanaflow_la_SOURCES = core/report/page_assets.h

# The page's style and script are edited as what they are and compiled in as strings.
page_parts = core/report/page.css core/report/page.js
EXTRA_DIST += core/report/embed.awk $(page_parts)
BUILT_SOURCES += core/report/page_assets.h
CLEANFILES += core/report/page_assets.h
core/report/page_assets.h: core/report/embed.awk $(page_parts)
	$(AM_V_GEN)$(MKDIR_P) core/report && \
	(cd $(abs_srcdir) && LC_ALL=C $(AWK) -f core/report/embed.awk $(page_parts)) >$@-t && \
	mv $@-t $@
core/report/page.lo: core/report/page_assets.h

check_PROGRAMS += test_results test_report test_record test_places
test_results_SOURCES = tests/unit/test_results.c tests/unit/report_cases.h
test_results_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_results_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)
test_report_SOURCES = tests/unit/test_report.c tests/unit/report_cases.h
test_report_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_report_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)
test_record_SOURCES = tests/unit/test_record.c tests/unit/report_cases.h
test_record_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_record_LDADD = $(TEST_LIBS)
test_places_SOURCES = tests/unit/test_places.c
test_places_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_places_LDADD = $(TEST_LIBS)

# The best layer, chosen on half of the splits.
libanaflow_la_SOURCES += core/report/series_halves.c core/report/series_halves.h

# Control networks drawn together.
libanaflow_la_SOURCES += core/report/twins.c core/report/twins.h
