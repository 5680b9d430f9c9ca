EXTRA_DIST += tests/unit/helpers.h
include tests/zoo/local.mk
include tests/study/local.mk

dist_check_SCRIPTS += tests/cli/commands.sh tests/cli/inspect.sh tests/cli/plugins.sh
EXTRA_DIST += tests/cli/lib.sh tests/cli/tiny.sh
