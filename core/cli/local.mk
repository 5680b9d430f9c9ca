anaflow_SOURCES += core/cli/inspect_checkpoint.c
anaflow_SOURCES += core/cli/arguments.c core/cli/cache.c core/cli/check.c core/cli/command.h core/cli/doctor.c \
	core/cli/help.c core/cli/meanings.c core/cli/inspect.c core/cli/inspect.h core/cli/inspect_folder.c \
	core/cli/interrupt.c core/cli/interrupt.h core/cli/main.c core/cli/open_study.c \
	core/cli/open_study.h core/cli/complete.c core/cli/manual.c core/cli/page.c \
	core/cli/page.h core/cli/page_ini.c core/cli/page_program.c core/cli/param.c \
	core/cli/plugin_check.c core/cli/plugin_info.c core/cli/plugin_list.c core/cli/plugin_new.c core/cli/run.c \
	core/cli/simulate.c \
	core/cli/terminal.c core/cli/terminal.h core/cli/worker.c core/cli/worker.h

anaflow_SOURCES += core/cli/inspect_bids.c core/cli/inspect_bids.h core/cli/inspect_bids_check.c \
	core/cli/inspect_bids_print.c
anaflow_SOURCES += core/cli/inspect_print.c core/cli/inspect_recording.c core/cli/inspect_timing.c core/cli/new.c core/cli/new.h \
	core/cli/new_axes.c core/cli/new_bids.c core/cli/new_events.c core/cli/new_files.c core/cli/new_recording.c core/cli/new_trial.h core/cli/new_write.c core/cli/report.c

# Manual and completion say what the tables of the program and its plugins say, so the
# program writes them: run from the build tree, with no plugins but the package's own.
man_MANS = anaflow.1 anaflow.ini.5
CLEANFILES += $(man_MANS) anaflow.1.tmp anaflow.ini.5.tmp
write_page = $(AM_V_GEN)env -u ANAFLOW_PLUGIN_PATH HOME=/nonexistent ./anaflow$(EXEEXT) manual
anaflow.1: anaflow$(EXEEXT)
	$(write_page) anaflow >$@.tmp && mv $@.tmp $@
anaflow.ini.5: anaflow$(EXEEXT) $(nobase_pkglib_LTLIBRARIES)
	$(write_page) anaflow.ini >$@.tmp && mv $@.tmp $@

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = core/cli/completion/anaflow

check_PROGRAMS += test_tables
test_tables_SOURCES = tests/unit/test_tables.c
test_tables_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_tables_LDADD = $(TEST_LIBS)
