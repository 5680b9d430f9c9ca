/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_AUDIO_FILE_H
#define ANA_DATA_AUDIO_FILE_H

#include <anaflow/base.h>

/* A sound file of any format libsndfile reads, open for reading anywhere in it. */
struct ana_audio_file;

/* What a file's header says. */
struct ana_audio_info {
    double rate; /* Hz, a whole number */
    int32_t channels;
    int64_t frames; /* samples a channel, >= 1 */
};

/* Open a file and read its header; out may be NULL to only look.
 * Owns: the caller; release with `ana_audio_file_close`.
 * Errors: ANA_EDATA for what is not sound, is empty or was cut short. Threads: any. */
int ana_audio_file_open(struct ana_ctx *ctx, const char *path,
                        struct ana_audio_info *info, struct ana_audio_file **out);
void ana_audio_file_close(struct ana_ctx *ctx, struct ana_audio_file *file);

/* Frames [first, first + n), channels averaged, full scale = 1; silence outside the file.
 * Errors: ANA_EDATA with the frame that cannot be decoded or is not a number. */
int ana_audio_file_read(struct ana_ctx *ctx, struct ana_audio_file *file, int64_t first,
                        int64_t n, double *out);

#endif
