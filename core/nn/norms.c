/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Norms with statistics over many rows. Their sums are long: they go in double.
 */
#include <math.h>

#include <anaflow/nn.h>

enum { ROWS = 256 }; /* of a block, whose sums are added in order afterwards */

struct groups {
    int64_t n, channels, groups, blocks;
    const float *x, *centre, *scale, *shift; /* a channel's */
    float *y;
    double *mean, *part; /* groups; blocks x groups */
};

/* Sum over a block's rows of x - mean, or of its square. */
static void add_block(const struct groups *job, int64_t block, int square)
{
    const int64_t width = job->channels / job->groups;
    double *part = job->part + block * job->groups;

    for (int64_t g = 0; g < job->groups; g++)
        part[g] = 0;
    for (int64_t t = block * ROWS; t < (block + 1) * ROWS && t < job->n; t++)
        for (int64_t g = 0; g < job->groups; g++)
            for (int64_t c = g * width; c < (g + 1) * width; c++) {
                const double d = (double)job->x[t * job->channels + c] - job->mean[g];

                part[g] += square ? d * d : d;
            }
}

static int sum_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    (void)ctx;
    add_block(arg, block, 0);
    return 0;
}

static int square_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    (void)ctx;
    add_block(arg, block, 1);
    return 0;
}

static int scale_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct groups *job = arg;

    (void)ctx;
    for (int64_t t = block * ROWS; t < (block + 1) * ROWS && t < job->n; t++)
        for (int64_t c = 0; c < job->channels; c++)
            job->y[t * job->channels + c] =
                (job->x[t * job->channels + c] - job->centre[c]) * job->scale[c] +
                job->shift[c];
    return 0;
}

static double total(const struct groups *job, int64_t g)
{
    double sum = 0;

    for (int64_t b = 0; b < job->blocks; b++)
        sum += job->part[b * job->groups + g];
    return sum / ((double)job->n * (double)(job->channels / job->groups));
}

/* The mean is taken off as a float before anything is scaled, so that nothing far from 0
 * rounds; what is left of it goes with the bias. */
static int normalise(struct ana_ctx *ctx, struct groups *job, const float *gain,
                     const float *bias, float eps, float *centre)
{
    const int64_t width = job->channels / job->groups;
    float *scale = centre + job->channels, *shift = scale + job->channels;
    int rc = ana_parallel_for(ctx, job->blocks, sum_block, job);

    for (int64_t g = 0; rc == 0 && g < job->groups; g++)
        job->mean[g] = total(job, g);
    if (rc == 0)
        rc = ana_parallel_for(ctx, job->blocks, square_block, job);
    for (int64_t c = 0; rc == 0 && c < job->channels; c++) {
        const double factor =
            (gain ? (double)gain[c] : 1) / sqrt(total(job, c / width) + (double)eps);

        centre[c] = (float)job->mean[c / width];
        scale[c] = (float)factor;
        shift[c] = (float)((bias ? (double)bias[c] : 0) -
                           (job->mean[c / width] - (double)centre[c]) * factor);
    }
    job->centre = centre;
    job->scale = scale;
    job->shift = shift;
    return rc == 0 ? ana_parallel_for(ctx, job->blocks, scale_block, job) : rc;
}

int ana_nn_group_norm(struct ana_ctx *ctx, int64_t n, int64_t channels, int64_t groups,
                      const float *x, const float *gain, const float *bias, float eps,
                      float *y)
{
    struct groups job = {.n = n, .channels = channels, .groups = groups, .x = x, .y = y};
    float *affine;
    int rc = ANA_ERESOURCE;

    if (n < 0 || groups < 1 || channels < groups || channels % groups != 0)
        return ana_fail(ctx, ANA_ESHAPE,
                        "group norm: %lld rows of %lld channels in %lld groups",
                        (long long)n, (long long)channels, (long long)groups);
    if (n == 0)
        return 0;
    job.blocks = (n + ROWS - 1) / ROWS;
    job.mean = ana_alloc(ctx, groups, sizeof *job.mean);
    job.part = ana_alloc(ctx, job.blocks * groups, sizeof *job.part);
    affine = ana_alloc(ctx, channels, 3 * sizeof *affine);
    if (job.mean && job.part && affine)
        rc = normalise(ctx, &job, gain, bias, eps, affine);
    ana_free(ctx, job.mean);
    ana_free(ctx, job.part);
    ana_free(ctx, affine);
    return rc;
}

int ana_nn_batch_norm_fold(struct ana_ctx *ctx, int64_t channels, const float *mean,
                           const float *var, const float *gain, const float *bias,
                           const float *conv_bias, float eps, float *scale, float *shift)
{
    for (int64_t c = 0; c < channels; c++) {
        const double v = (double)var[c] + (double)eps;
        const double factor = (gain ? (double)gain[c] : 1) / sqrt(v);

        if (!(v > 0))
            return ana_fail(ctx, ANA_ENUMERIC,
                            "batch norm: the variance of channel %lld is %g",
                            (long long)c, (double)var[c]);
        scale[c] = (float)factor;
        shift[c] =
            (float)((bias ? (double)bias[c] : 0) +
                    ((conv_bias ? (double)conv_bias[c] : 0) - (double)mean[c]) * factor);
    }
    return 0;
}
