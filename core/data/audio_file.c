/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sound files through libsndfile, as one channel. libsndfile takes a WAV file that was
 * cut short for a shorter sound; here its chunks are compared with the file's size, so
 * that half a download is not half a stimulus. And a seek into the last page of an Ogg
 * Vorbis file lands late (libsndfile 1.2.0: by the samples that are cut from the end), so
 * the last pages are reached by decoding.
 */
#include "data/audio_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK = 4096,        /* frames decoded at a time */
    LAST_PAGES = 1 << 20 /* more than a page can hold: 255 packets of 4096 frames */
};
static const int64_t most_frames = 1ll << 40; /* 8 months at 48 kHz */
static const int64_t streamed = 0x7ffff000;   /* sizes from here on mean "not known" */

struct ana_audio_file {
    char *path;
    SNDFILE *sound;
    int64_t frames, at; /* at: the frame that libsndfile stands on */
    int32_t channels;
    int vorbis;
    double *block;        /* BLOCK x channels */
    double passed[BLOCK]; /* decoded on the way to somewhere */
};

static int64_t little_endian_32(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (int64_t)bytes[3] << 24;
}

/* Walk the chunks of a RIFF WAVE file to 'data' and compare its size with the file's. */
static int check_wave(struct ana_ctx *ctx, const char *path, int fd, int64_t size)
{
    uint8_t head[12];
    int64_t at = 12;

    if (pread(fd, head, 12, 0) != 12 || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0)
        return 0;
    while (pread(fd, head, 8, at) == 8) {
        const int64_t length = little_endian_32(head + 4);

        if (memcmp(head, "data", 4) == 0 && length < streamed && length > size - at - 8)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: was cut short: the WAV's data chunk at byte %lld promises "
                "%lld bytes, %lld follow",
                path, (long long)at, (long long)length, (long long)(size - at - 8));
        if (memcmp(head, "data", 4) == 0)
            return 0;
        at += 8 + length + (length & 1);
    }
    return ana_fail(ctx, ANA_EDATA,
                    "%s: was cut short: the WAV has no data chunk up to byte %lld", path,
                    (long long)size);
}

/* What can be said about the bytes before libsndfile sees them. */
static int check_file(struct ana_ctx *ctx, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int rc = 0;

    if (fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        rc = ana_fail(ctx, ANA_EDATA, "%s: is not a regular file", path);
    else if (st.st_size == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: byte 0: the file is empty", path);
    else
        rc = check_wave(ctx, path, fd, st.st_size);
    close(fd);
    return rc;
}

static int check_info(struct ana_ctx *ctx, const char *path, const SF_INFO *info)
{
    if (info->frames <= 0)
        return ana_fail(ctx, ANA_EDATA, "%s: holds no samples", path);
    if (info->frames > most_frames || info->channels < 1 || info->channels > 1024 ||
        info->samplerate < 1)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: the header says %lld frames of %d channels at %d Hz", path,
                        (long long)info->frames, info->channels, info->samplerate);
    if (!info->seekable)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: cannot be read from the middle; convert it to WAV", path);
    return 0;
}

int ana_audio_file_open(struct ana_ctx *ctx, const char *path,
                        struct ana_audio_info *info, struct ana_audio_file **out)
{
    struct ana_audio_file *file = ana_alloc(ctx, 1, sizeof *file);
    SF_INFO found = {0};
    int rc = file ? check_file(ctx, path) : ANA_ERESOURCE;

    if (out)
        *out = NULL;
    if (rc != 0)
        goto fail;
    file->sound = sf_open(path, SFM_READ, &found);
    if (!file->sound) {
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: is not a sound that libsndfile reads (WAV, FLAC, OGG, AIFF, MP3): %s",
            path, sf_strerror(NULL));
        goto fail;
    }
    rc = check_info(ctx, path, &found);
    if (rc != 0)
        goto fail;
    *info = (struct ana_audio_info){found.samplerate, found.channels, found.frames};
    file->frames = found.frames;
    file->channels = found.channels;
    file->vorbis = (found.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
    if (out) {
        rc = ANA_ERESOURCE;
        file->path = ana_strdup(ctx, path);
        file->block =
            ana_alloc(ctx, BLOCK * (int64_t)found.channels, sizeof *file->block);
        if (!file->path || !file->block)
            goto fail;
        *out = file;
        return 0;
    }
fail:
    ana_audio_file_close(ctx, file);
    return rc;
}

void ana_audio_file_close(struct ana_ctx *ctx, struct ana_audio_file *file)
{
    if (!file)
        return;
    if (file->sound)
        sf_close(file->sound);
    ana_free(ctx, file->path);
    ana_free(ctx, file->block);
    ana_free(ctx, file);
}

/* Average the channels of n decoded frames; the frame of a NaN or Inf, or -1. */
static int64_t mix(const struct ana_audio_file *file, int64_t n, double *out)
{
    const double *frame = file->block;

    for (int64_t i = 0; i < n; i++, frame += file->channels) {
        double sum = 0;

        for (int32_t c = 0; c < file->channels; c++)
            sum += frame[c];
        out[i] = sum / file->channels;
        if (!isfinite(out[i]))
            return i;
    }
    return -1;
}

/* The next n <= BLOCK frames from where libsndfile stands. */
static int read_block(struct ana_ctx *ctx, struct ana_audio_file *file, int64_t n,
                      double *out)
{
    const int64_t got = sf_readf_double(file->sound, file->block, n);
    int64_t bad;

    if (got != n)
        return ana_fail(
            ctx, ANA_EDATA, "%s: cannot be decoded from frame %lld of %lld on: %s",
            file->path, (long long)(file->at + (got > 0 ? got : 0)),
            (long long)file->frames,
            sf_error(file->sound) ? sf_strerror(file->sound) : "the file ends there");
    bad = mix(file, n, out);
    if (bad >= 0)
        return ana_fail(ctx, ANA_EDATA, "%s: frame %lld is not a finite number",
                        file->path, (long long)(file->at + bad));
    file->at += n;
    return 0;
}

/* Stand on a frame. */
static int move_to(struct ana_ctx *ctx, struct ana_audio_file *file, int64_t frame)
{
    const int64_t last = file->frames > LAST_PAGES ? file->frames - LAST_PAGES : 0;
    const int64_t target = file->vorbis && frame > last ? last : frame;
    int rc = 0;

    if (file->at < target || file->at > frame) { /* else decoding on gets there */
        if (sf_seek(file->sound, target, SEEK_SET) != target)
            return ana_fail(ctx, ANA_EDATA, "%s: frame %lld cannot be reached: %s",
                            file->path, (long long)target, sf_strerror(file->sound));
        file->at = target;
    }
    while (rc == 0 && file->at < frame) {
        const int64_t left = frame - file->at;

        rc = read_block(ctx, file, left < BLOCK ? left : BLOCK, file->passed);
    }
    return rc;
}

int ana_audio_file_read(struct ana_ctx *ctx, struct ana_audio_file *file, int64_t first,
                        int64_t n, double *out)
{
    const int64_t from = first > 0 ? first : 0;
    const int64_t to = first + n < file->frames ? first + n : file->frames;
    int rc;

    memset(out, 0, (size_t)n * sizeof *out);
    if (from >= to)
        return 0;
    rc = move_to(ctx, file, from);
    while (rc == 0 && file->at < to) {
        const int64_t left = to - file->at;

        rc = read_block(ctx, file, left < BLOCK ? left : BLOCK, out + (file->at - first));
    }
    return rc;
}
