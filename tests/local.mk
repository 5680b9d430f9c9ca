EXTRA_DIST += tests/unit/helpers.h tests/unit/wav.h
include tests/zoo/local.mk
include tests/abi/local.mk
include tests/fault/local.mk
include tests/study/local.mk

dist_check_SCRIPTS += tests/cli/checkpoints.sh
dist_check_SCRIPTS += tests/cli/check.sh tests/cli/commands.sh tests/cli/damaged.sh \
	tests/cli/design_examples.sh tests/cli/plan.sh tests/cli/examples.sh tests/cli/inspect.sh tests/cli/plugins.sh \
	tests/cli/report_page.sh tests/cli/run.sh tests/cli/subjects.sh \
	tests/cli/wrong_ini.sh
dist_check_SCRIPTS += tests/cli/cache.sh tests/cli/demo.sh tests/cli/kill.sh tests/cli/determinism.sh \
	tests/cli/natural_sounds.sh tests/cli/natsound_reference.sh
dist_check_SCRIPTS += tests/cli/manual.sh tests/cli/abi.sh tests/cli/plugin_new.sh tests/cli/network.sh tests/cli/first_plugin.sh \
	tests/cli/attended.sh tests/cli/bids.sh tests/cli/bounded.sh tests/cli/hour.sh tests/cli/inflated.sh tests/cli/story.sh tests/cli/maps.sh tests/cli/trials.sh tests/cli/zoo.sh
EXTRA_DIST += tests/golden/bids tests/oracles/make_bids.py
EXTRA_DIST += tests/cli/wrong-ini tests/cli/design-examples tests/cli/lib.sh tests/cli/planned.sh tests/cli/tiny.sh tests/cli/bids_story.sh tests/cli/images.sh
EXTRA_DIST += tests/cli/sounds.sh tests/oracles/natsound_reference.py tests/oracles/make_components.py

# What ./dev bench times; not part of `make`.
EXTRA_PROGRAMS += bench_ridge bench_banded
bench_ridge_SOURCES = tests/bench/encoding.c plugins/metrics/ridge/ridge.c
bench_ridge_LDADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm -lpthread
bench_banded_SOURCES = tests/bench/encoding.c $(BANDED)
bench_banded_CFLAGS = $(AM_CFLAGS) $(VECTOR_CFLAGS)
bench_banded_LDADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm -lpthread
EXTRA_DIST += tests/bench/encoding.awk tests/bench/encoding.py tests/bench/encoding.sh
EXTRA_PROGRAMS += bench_trf
bench_trf_SOURCES = tests/bench/trf.c $(TRF)
bench_trf_CFLAGS = $(AM_CFLAGS) $(VECTOR_CFLAGS)
bench_trf_LDADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm -lpthread
EXTRA_DIST += tests/bench/trf.m tests/bench/trf.py tests/bench/trf.sh

EXTRA_PROGRAMS += bench_readers
bench_readers_SOURCES = tests/bench/readers.c
bench_readers_CFLAGS = $(AM_CFLAGS) $(VECTOR_CFLAGS)
bench_readers_LDADD = libanaflow.la -lm -ldl
EXTRA_DIST += tests/fuzz/reader.c tests/fuzz/fuzz.sh
EXTRA_DIST += tests/bench/readers.py tests/bench/readers.sh
EXTRA_DIST += tests/bench/plan.py tests/bench/plan.sh

# Not built by default: `make tests/bench/network` (./dev bench networks does).
EXTRA_PROGRAMS += tests/bench/network
tests_bench_network_SOURCES = tests/bench/network.c $(wav2vec2_sources)
tests_bench_network_LDADD = libanaflow.la -lm
EXTRA_DIST += tests/bench/make_networks.py tests/bench/networks.sh \
	tests/bench/peer_onnxruntime.js tests/bench/peer_torchaudio.py
dist_check_SCRIPTS += tests/cli/trust.sh tests/cli/contract.sh tests/cli/new.sh tests/cli/report.sh

check_PROGRAMS += test_damage
test_damage_SOURCES = tests/unit/test_damage.c tests/unit/damage.h tests/unit/sources.h
test_damage_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(GZIP_CFLAGS)
test_damage_LDADD = $(TEST_LIBS) -lz -ldl
EXTRA_DIST += tests/damaged tests/golden/arrays

check_PROGRAMS += test_real_eeg
test_real_eeg_SOURCES = tests/unit/test_real_eeg.c tests/unit/sources.h
test_real_eeg_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_real_eeg_LDADD = $(TEST_LIBS) -ldl
EXTRA_DIST += tests/golden/real_eeg.tsv tests/oracles/make_real_eeg.py
dist_check_SCRIPTS += tests/cli/inspect_formats.sh tests/cli/real_eeg.sh
EXTRA_DIST += tests/golden/real_eeg_files.tsv
