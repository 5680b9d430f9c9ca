/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Adding up in order without waiting: a part goes to a list, and whoever finds nobody
 * adding takes the list and adds what has its turn, for itself and for the others.
 */
#include "plugins/metrics/pls/sum.h"

#include <anaflow/linalg.h>
#include <stddef.h>

struct pls_part {
    struct pls_part *after;
    int64_t first, w;
    double b[];
};

struct pls_part *pls_part_create(struct ana_ctx *ctx, const struct pls_sum *sum,
                                 int64_t first, int64_t w)
{
    enum { HEAD = offsetof(struct pls_part, b) / sizeof(double) };
    struct pls_part *part = ana_alloc(ctx, HEAD + sum->r * w, sizeof(double));

    if (part) {
        part->first = first;
        part->w = w;
    }
    return part;
}

double *pls_part_values(struct pls_part *part)
{
    return part->b;
}

void pls_part_drop(struct ana_ctx *ctx, struct pls_part *part)
{
    ana_free(ctx, part);
}

int pls_sum_start(struct ana_ctx *ctx, int64_t r, struct pls_sum *sum)
{
    sum->r = r;
    sum->next = 0;
    sum->waiting = NULL;
    atomic_init(&sum->arrived, NULL);
    atomic_flag_clear(&sum->busy);
    sum->gram = ana_alloc(ctx, r * r, sizeof *sum->gram);
    return sum->gram ? 0 : ANA_ERESOURCE;
}

static void drop_list(struct ana_ctx *ctx, struct pls_part *part)
{
    while (part) {
        struct pls_part *after = part->after;

        ana_free(ctx, part);
        part = after;
    }
}

void pls_sum_finish(struct ana_ctx *ctx, struct pls_sum *sum)
{
    drop_list(ctx, sum->waiting);
    drop_list(ctx, atomic_exchange(&sum->arrived, NULL));
    ana_free(ctx, sum->gram);
    sum->waiting = NULL;
    sum->gram = NULL;
}

/* What has arrived, behind what waits. */
static void take_arrived(struct pls_sum *sum)
{
    struct pls_part *part = atomic_exchange(&sum->arrived, NULL);

    while (part) {
        struct pls_part *after = part->after;

        part->after = sum->waiting;
        sum->waiting = part;
        part = after;
    }
}

/* The part whose turn it is, or NULL. */
static struct pls_part *take_next(struct pls_sum *sum)
{
    for (struct pls_part **at = &sum->waiting; *at; at = &(*at)->after)
        if ((*at)->first == sum->next) {
            struct pls_part *part = *at;

            *at = part->after;
            return part;
        }
    return NULL;
}

static int add_waiting(struct ana_ctx *ctx, struct pls_sum *sum)
{
    struct pls_part *part;
    int rc = 0;

    take_arrived(sum);
    while (rc == 0 && (part = take_next(sum)) != NULL) {
        rc = ana_syrk(ctx, 0, sum->r, part->w, 1, part->b, part->w, part->first > 0,
                      sum->gram, sum->r);
        sum->next = part->first + part->w;
        ana_free(ctx, part);
        take_arrived(sum);
    }
    return rc;
}

int pls_sum_add(struct ana_ctx *ctx, struct pls_sum *sum, struct pls_part *part)
{
    int rc = 0;

    part->after = atomic_load(&sum->arrived);
    while (!atomic_compare_exchange_weak(&sum->arrived, &part->after, part))
        ;
    while (rc == 0 && atomic_load(&sum->arrived)) {
        if (atomic_flag_test_and_set(&sum->busy))
            return 0; /* who is adding looks again before it goes */
        rc = add_waiting(ctx, sum);
        atomic_flag_clear(&sum->busy);
    }
    return rc;
}
