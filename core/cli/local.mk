anaflow_SOURCES += core/cli/arguments.c core/cli/check.c core/cli/command.h core/cli/doctor.c \
	core/cli/help.c core/cli/inspect.c core/cli/inspect.h core/cli/inspect_folder.c \
	core/cli/interrupt.c core/cli/interrupt.h core/cli/main.c core/cli/open_study.c \
	core/cli/open_study.h core/cli/plugin_info.c core/cli/plugin_list.c core/cli/plugin_new.c core/cli/run.c \
	core/cli/simulate.c \
	core/cli/terminal.c core/cli/terminal.h core/cli/worker.c core/cli/worker.h
