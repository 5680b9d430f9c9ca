# A library that lets calls fail, loaded before the program by faults.sh. It is not built
# with the sanitizers: what it calls is.
check_LTLIBRARIES += tests/fault/fault.la
tests_fault_fault_la_SOURCES = tests/fault/fault.c
tests_fault_fault_la_CFLAGS = -std=c11
tests_fault_fault_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_fault_fault_la_LIBADD = -ldl
# The same in front of libhdf5 and libmatio, for tests/fault/libraries.sh.
check_LTLIBRARIES += tests/fault/libraries.la
tests_fault_libraries_la_SOURCES = tests/fault/libraries.c
tests_fault_libraries_la_CFLAGS = -std=gnu11
tests_fault_libraries_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_fault_libraries_la_LIBADD = -ldl
dist_check_SCRIPTS += tests/fault/libraries.sh
dist_check_SCRIPTS += tests/fault/faults.sh tests/fault/stops.sh
