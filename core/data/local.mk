# Sources and tests of core/data.
libanaflow_la_SOURCES += core/data/audio.c core/data/audio_file.c core/data/audio_file.h \
	core/data/blob.c core/data/blob.h core/data/blob_parts.h \
	core/data/blocks.c core/data/blocks.h core/data/blocks_key.c core/data/blocks_parts.h \
	core/data/elements.c core/data/events.c core/data/events.h \
	core/data/known_files.c core/data/known_files.h core/data/npy.c core/data/npy.h \
	core/data/npy_header.c core/data/npy_part.c core/data/npy_header.h core/data/npy_write.c core/data/npy_write.h \
	core/data/safetensors.c core/data/safetensors.h core/data/stimuli.c core/data/stimuli.h \
	core/data/tensor.c core/data/tensor.h core/data/tsv.c core/data/tsv.h \
	core/data/utf8.c core/data/textgrid.c core/data/words.c \
	core/data/words.h core/data/words_json.c
libanaflow_la_SOURCES += core/data/arrays.c core/data/arrays.h core/data/arrays_axes.c \
	core/data/arrays_cells.c core/data/arrays_clock.c core/data/arrays_file.c \
	core/data/arrays_info.c core/data/arrays_label.c core/data/arrays_list.c \
	core/data/arrays_load.c core/data/arrays_part.c core/data/arrays_targets.c core/data/arrays_names.c core/data/arrays_read.c \
	core/data/lists.c core/data/lists.h

# BIDS datasets: names, folders, the inheritance rule.
libanaflow_la_SOURCES += core/data/bids.h core/data/bids_private.h core/data/bids_names.c \
	core/data/bids_tree.c core/data/bids_list.c core/data/bids_inherit.c \
	core/data/bids_beside.c core/data/bids_beside.h core/data/bids_events.c \
	core/data/bids_events.h

check_PROGRAMS += test_bids
test_bids_SOURCES = tests/unit/test_bids.c
test_bids_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
test_bids_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += test_tensor
test_tensor_SOURCES = tests/unit/test_tensor.c
test_tensor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_tensor_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_npy
test_npy_SOURCES = tests/unit/test_npy.c
test_npy_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_npy_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/oracles/make_npy.py
EXTRA_DIST += tests/golden/npy

check_PROGRAMS += test_stimuli
test_stimuli_SOURCES = tests/unit/test_stimuli.c
test_stimuli_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_stimuli_LDADD = $(TEST_LIBS) $(SNDFILE_LIBS)

check_PROGRAMS += test_events
test_events_SOURCES = tests/unit/test_events.c
test_events_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_events_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_words
test_words_SOURCES = tests/unit/test_words.c
test_words_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_words_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_tsv
test_tsv_SOURCES = tests/unit/test_tsv.c
test_tsv_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_tsv_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_safetensors
test_safetensors_SOURCES = tests/unit/test_safetensors.c
test_safetensors_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_safetensors_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_arrays test_arrays_names
test_arrays_SOURCES = tests/unit/test_arrays.c tests/unit/fake_arrays.h tests/unit/fake_files.h \
	tests/unit/sources.h
test_arrays_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_arrays_LDADD = $(TEST_LIBS)
test_arrays_names_SOURCES = tests/unit/test_arrays_names.c tests/unit/fake_arrays.h \
	tests/unit/fake_files.h
test_arrays_names_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_arrays_names_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_blocks
test_blocks_SOURCES = tests/unit/test_blocks.c
test_blocks_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_blocks_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_blob
test_blob_SOURCES = tests/unit/test_blob.c
test_blob_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_blob_LDADD = $(TEST_LIBS)
