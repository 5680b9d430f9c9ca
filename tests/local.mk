EXTRA_DIST += tests/unit/helpers.h
include tests/zoo/local.mk
