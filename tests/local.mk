EXTRA_DIST += tests/unit/helpers.h
