/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The machine's speed, remembered and looked after.
 */
#include "pipeline/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "base/hash.h"
#include "base/version.h"
#include "data/blob.h"
#include "report/machine.h"

enum { KINDS = 5, SMALL_SIDE = 128, OLDEST = 30 * 24 * 3600 /* s */ };

/* What a look may be off by; the share of a measurement that pages take. */
static const double NEAR = 1.25, FRESH = .15;

static char *path_of(struct ana_ctx *ctx, const char *folder, int64_t threads)
{
    struct ana_machine machine;
    char text[640], name[48];
    struct ana_hash key;

    ana_machine_describe(&machine);
    snprintf(text, sizeof text, "%s|%s|%s|%lld|%s", machine.cpu, machine.system,
             machine.blas, (long long)threads, ana_version());
    key = ana_hash_bytes(text, (int64_t)strlen(text));
    snprintf(name, sizeof name, "speed-%s", key.hex);
    return ana_path_join(ctx, folder, name);
}

/* < 0: too old. A clock that was set back, or another machine's that is ahead, makes no
 * measurement worse: one of the future is new. */
static double age_of(const char *path)
{
    struct ana_file_sign sign;
    struct timespec now;
    double age;

    if (!ana_file_sign(path, &sign))
        return -1;
    clock_gettime(CLOCK_REALTIME, &now);
    age = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - 1e-9 * (double)sign.mtime;
    return age > OLDEST ? -1 : fmax(age, 0);
}

/* What nobody could have measured is no better than damage. */
static int is_sound(const struct ana_rates *rates, int64_t threads)
{
    const double all[] = {rates->gemm,        rates->gemm_f32,  rates->factor,
                          rates->factor_side, rates->transform, rates->loop,
                          rates->fresh,       rates->again};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!isfinite(all[i]) || all[i] <= 0)
            return 0;
    return rates->threads == threads;
}

int ana_calibrate_recall(struct ana_ctx *ctx, const char *folder, int64_t threads,
                         struct ana_rates *out, double *age)
{
    char *path = path_of(ctx, folder, threads);
    struct ana_blob blob = {0};

    *age = -1;
    if (!path)
        return ANA_ERESOURCE;
    if (ana_blob_open(ctx, path, &blob) != 0)
        ana_ctx_clear(ctx);
    if (blob.data && blob.n == (int64_t)sizeof *out) {
        memcpy(out, blob.data, sizeof *out);
        *age = is_sound(out, threads) ? age_of(path) : -1;
    }
    ana_blob_close(&blob);
    ana_free(ctx, path);
    return 0;
}

static int keep(struct ana_ctx *ctx, const char *folder, const struct ana_rates *rates)
{
    char *path = path_of(ctx, folder, rates->threads), note[200];
    const struct ana_piece piece = {rates, (int64_t)sizeof *rates};
    int rc;

    if (!path)
        return ANA_ERESOURCE;
    snprintf(
        note, sizeof note,
        "speed of this machine with %lld threads: %.3g operations of matrix products "
        "each a second",
        (long long)rates->threads, rates->gemm);
    rc = ana_blob_write(ctx, path, 1, &piece, note);
    ana_free(ctx, path);
    return rc;
}

int ana_calibrate_measure(struct ana_ctx *ctx, const char *folder, double seconds,
                          int64_t bytes, struct ana_rates *out)
{
    int rc = ana_rates_measure(ctx, (1 - FRESH) * seconds, out);

    if (rc == 0)
        rc = ana_rates_measure_fresh(ctx, FRESH * seconds, bytes, out);
    if (rc == 0 && folder && seconds >= ANA_CALIBRATE_WHOLE &&
        keep(ctx, folder, out) != 0) {
        ana_log(ctx, "the machine's speed could not be kept: %s", ana_error(ctx));
        ana_ctx_clear(ctx);
    }
    return rc;
}

/* How many times as fast as then: the middle of the kinds of work, since one alone may have
 * met another program. */
static double compare(const struct ana_rates *now, const struct ana_rates *then)
{
    double ratio[KINDS] = {now->gemm / then->gemm, now->gemm_f32 / then->gemm_f32,
                           ana_rates_factor(now, SMALL_SIDE) /
                               ana_rates_factor(then, SMALL_SIDE),
                           now->transform / then->transform, now->loop / then->loop};

    for (int i = 1; i < KINDS; i++)
        for (int j = i; j > 0 && ratio[j - 1] > ratio[j]; j--) {
            const double r = ratio[j];

            ratio[j] = ratio[j - 1];
            ratio[j - 1] = r;
        }
    return ratio[KINDS / 2];
}

int ana_calibrate_look(struct ana_ctx *ctx, const char *folder, struct ana_rates *out,
                       int *agrees)
{
    struct ana_rates now, then;
    double age = -1, times;
    int rc = ana_rates_measure(ctx, ANA_CALIBRATE_LOOK, &now);

    *agrees = 0;
    if (rc == 0 && folder)
        rc = ana_calibrate_recall(ctx, folder, now.threads, &then, &age);
    if (rc != 0)
        return rc;
    *out = now;
    if (age < 0)
        return 0;
    times = compare(&now, &then);
    *agrees = times < NEAR && times > 1 / NEAR;
    *out = then;
    if (!*agrees) {
        out->gemm *= times;
        out->gemm_f32 *= times;
        out->factor *= times;
        out->transform *= times;
        out->loop *= times;
    }
    return 0;
}
