anaflow_SOURCES += core/cli/main.c
