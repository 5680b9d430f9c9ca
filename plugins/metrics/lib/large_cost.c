/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the parts of a large problem take: operations by the formulas that calls count
 * themselves by, and bytes by what each step allocates.
 */
#include "plugins/metrics/lib/large_cost.h"

#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/lib/score.h"

struct ana_large_sizes ana_large_sizes(const struct ana_large *large,
                                       const struct ana_large_item *item)
{
    const struct ana_fold *fold = &large->problem->folds[item->fold];
    const int64_t n_outer = fold->n_train;
    struct ana_large_sizes s = {.p = ana_space_width(large->space),
                                .outer = item->inner < 0,
                                .first = item->inner == 0,
                                .lead = item->inner == 0 && ana_large_led(large)};

    if (!s.outer)
        fold = &fold->inner_folds[item->inner];
    s.n = fold->n_train;
    s.m = fold->n_test;
    s.lacking = s.outer ? 0 : n_outer - s.n;
    s.gap = s.lacking > s.m ? s.lacking - s.m : 0;
    return s;
}

int ana_large_rotates(const struct ana_large *large)
{
    return !large->dual && large->ridge.n_alphas > 1 &&
           ana_space_columns(large->space) != ANA_COLUMNS_MIXED;
}

int ana_large_led(const struct ana_large *large)
{
    return ana_large_rotates(large) &&
           ana_space_columns(large->space) != ANA_COLUMNS_SCALED;
}

int ana_large_maps(const struct ana_large *large, int64_t m)
{
    const double rows = (double)large->ridge.n_alphas * (double)m;

    return ana_large_led(large) && 2 * rows < (double)large->problem->n_targets &&
           rows < 4 * (double)ana_space_width(large->space);
}

int ana_large_beside(const struct ana_large *large, int64_t first, int64_t last)
{
    if (ana_large_led(large))
        return large->items[last - 1].inner < 0;
    return ana_large_rotates(large) && large->items[first].inner >= 0;
}

/* The inner fold that leads, as an item. */
static struct ana_large_sizes lead_sizes(const struct ana_large *large, int64_t fold)
{
    const struct ana_large_item item = {fold, 0};

    return ana_large_sizes(large, &item);
}

/* Matrices of their own take X, and in the dual a kernel, each. */
static int made_anew(const struct ana_large *large, const struct ana_large_sizes *s)
{
    const int32_t columns = ana_space_columns(large->space);

    return !s->outer && (columns == ANA_COLUMNS_MIXED ||
                         (large->dual && columns == ANA_COLUMNS_SCALED));
}

/* The fold whose rows they are, as far as its matrix' cost goes. */
static struct ana_fold own_rows(const struct ana_large_sizes *s)
{
    return (struct ana_fold){
        .size = sizeof(struct ana_fold), .n_train = s->n, .n_test = s->m};
}

int ana_large_apart(const struct ana_large *large, int64_t first, int64_t last)
{
    const struct ana_large_sizes s = ana_large_sizes(large, &large->items[first]);

    return large->dual && large->items[last - 1].inner >= 0 && made_anew(large, &s);
}

double ana_large_unit_bytes(const struct ana_large *large,
                            const struct ana_large_sizes *s)
{
    const double n = (double)s->n, m = (double)s->m, p = (double)s->p;
    const double A = (double)large->ridge.n_alphas;
    const double rows = 8 * (n + m + 2 * (double)s->lacking);

    if (large->spectral)
        return rows +
               ana_spectral_bytes(s->n, s->m, s->outer ? 0 : large->ridge.n_alphas);
    if (large->squared && !s->outer) /* the first has what is of all */
        return rows + (s->first ? 8 * A * (A + 1) +
                                      ana_quadric_bytes(s->n + s->lacking, large->most)
                                : 0);
    if (large->dual)
        return rows + 8 * A * (A + 1) +
               ana_map_bytes(s->n, s->m, large->most,
                             s->outer ? ANA_MAPS_WHOLE : large->form);
    if (!s->outer)
        return rows + ana_sweep_bytes(s->m, s->p, large->ridge.n_alphas) +
               (made_anew(large, s) ? 4 * p * n : 0);
    if (ana_large_maps(large, s->m))
        return rows + 8 * p + 4 * A * m * p;
    return rows + 8 * p +
           4 * p *
               (m + (ana_large_led(large)       ? p
                     : ana_large_rotates(large) ? 0
                                                : n));
}

/* Of making a unit from its kernel. */
static double dual_work(const struct ana_large *large, const struct ana_large_sizes *s)
{
    const int64_t n_alphas = s->outer ? 0 : large->ridge.n_alphas;

    if (!large->spectral)
        return ana_map_work_bytes(s->n, s->m);
    return fmax(0, ana_spectral_work_bytes(s->n, s->m, n_alphas) -
                       ana_spectral_bytes(s->n, s->m, n_alphas));
}

/* What one decomposition works in and leaves to the next. */
static double room_bytes(double p)
{
    return 8 * (2 * p * p + 6 * p);
}

double ana_large_unit_work(const struct ana_large *large, const struct ana_large_sizes *s)
{
    const double p = (double)s->p, rows = (double)(s->n + s->m);
    const double anew = made_anew(large, s) ? 4 * rows * p : 0;
    const double chunk = 8 * fmin(ANA_GRAM_ROWS, (double)s->n) * p;
    const struct ana_fold own = own_rows(s);
    const double read = /* while the matrix is made */
        anew > 0 ? 3 * anew + (double)ana_fold_matrix_bytes(large->space, &own) : 0;
    double laid;

    if (large->dual && !large->spectral && s->outer)
        return ana_map_leave_out_bytes(s->n, 0, NULL, s->m);
    if (large->dual && !(anew > 0))
        return dual_work(large, s);
    if (large->dual) { /* the kernel is made of both matrices, one over the other */
        const double kernel = 8 * rows * (rows + 1);
        const double made = anew + kernel + 8 * fmin(ANA_GRAM_ROWS, p) * rows -
                            ana_large_unit_bytes(large, s);

        return fmax(fmax(read, made), anew + kernel + dual_work(large, s));
    }
    laid = 16 * ANA_GRAM_BLOCK * p; /* a block of rotated rows */
    if (s->outer)
        return fmax(laid, ana_large_led(large) ? 8 * p * p : 0) +
               (ana_large_maps(large, s->m) ? 4 * p * (p + 2 * (double)s->m) : 0);
    laid =
        8 * p * p + fmax(chunk, laid); /* beside the Gram matrix that becomes a basis */
    return 40 * p + room_bytes(p) + fmax(read, anew + laid);
}

double ana_large_x_bytes(const struct ana_large *large, int64_t fold)
{
    const double n = (double)large->problem->folds[fold].n_train;
    double rows = 0;

    if (ana_large_led(large)) {
        const struct ana_large_sizes s = lead_sizes(large, fold);

        rows = 8 * (double)(s.n + s.m + 2 * s.lacking);
    }
    return ana_large_rotates(large) ? 4 * n * (double)ana_space_width(large->space) + rows
                                    : 0;
}

/* The directions that lead and, after or beside them, those of another unit; chunk: what a
 * row's worth of p is summed in. */
static double directions_bytes(const struct ana_large *large, int64_t first, int64_t last,
                               double at_once, double chunk)
{
    const struct ana_large_sizes s = ana_large_sizes(large, &large->items[first]);
    const double p = (double)s.p, found = 8 * p * p + room_bytes(p);
    double unit, work;

    if (!ana_large_beside(large, first, last))
        return found + (ana_large_led(large) ? chunk * p : 0);
    if (ana_large_led(large))
        return found + fmax(chunk * p, at_once > 1 ? found : 8 * p * p);
    unit = ana_large_unit_bytes(large, &s);
    work = ana_large_unit_work(large, &s);
    return unit + work + (at_once > 1 ? found : 8 * p * p);
}

double ana_large_start_bytes(const struct ana_large *large, int64_t first, int64_t last,
                             double workers, double at_once)
{
    const struct ana_large_sizes s = ana_large_sizes(large, &large->items[first]);
    const int64_t fold = large->items[first].fold;
    const struct ana_fold *f = &large->problem->folds[fold];
    const double rows = (double)(f->n_train + f->n_test);
    const double p = (double)ana_space_width(large->space), x = 4 * rows * p;
    const double read = (double)ana_fold_matrix_bytes(large->space, f) + 3 * x;
    const double blocks = ceil((large->dual ? rows : p) / ANA_GRAM_BLOCK);
    const double chunks = fmin(workers, blocks) * 8 * ANA_GRAM_ROWS;
    double found, turned;

    if (large->dual)
        return fmax(read,
                    x + 8 * rows * rows +
                        chunks * rows * (p < ANA_GRAM_ROWS ? p / ANA_GRAM_ROWS : 1));
    turned = 8 * p * (p + 1) + ana_large_x_bytes(large, fold) + room_bytes(p) +
             fmax(workers * 16 * ANA_GRAM_BLOCK, chunks) * p;
    if (ana_large_beside(large, first, last))
        turned += (ana_large_led(large) ? 0 : ana_large_unit_bytes(large, &s)) +
                  8 * p * (p + 2) + (at_once > 1 ? room_bytes(p) : 0);
    found = directions_bytes(large, first, last, at_once,
                             at_once > 1 ? 8 * ANA_GRAM_ROWS : chunks);
    return fmax(read,
                x + 8 * p * (p + 1) + fmax(chunks * p, 16 * p + fmax(found, turned)));
}

double ana_large_fold_bytes(const struct ana_large *large, int64_t first, int64_t last)
{
    const int64_t fold = large->items[first].fold;
    const struct ana_fold *f = &large->problem->folds[fold];
    const double rows = (double)(f->n_train + f->n_test);
    const double p = (double)ana_space_width(large->space);
    const double beside = ana_large_beside(large, first, last) ? 8 * p * (p + 2) : 0;

    /* units that need none of those beside the directions' own */
    const double rooms = large->items[first].inner < 0 ? room_bytes(p) : 0;

    return large->dual ? 8 * rows * rows
                       : 4 * rows * p + 8 * p * (2 * p + 3) + beside + rooms +
                             ana_large_x_bytes(large, fold);
}

/* Amid what spectra may ask for. */
static double leave_out_flops(const struct ana_large *large, int64_t n, int64_t n_folds,
                              const struct ana_fold *folds, int64_t m)
{
    return .5 * (ana_map_leave_out_flops(n, n_folds, folds, m, large->solved) +
                 ana_map_leave_out_flops(n, n_folds, folds, m, large->most));
}

/* The same of quadrics beside that: plain products. */
static double wide_flops(const struct ana_large *large, int64_t n, int64_t n_folds,
                         const struct ana_fold *folds)
{
    if (!large->squared)
        return 0;
    return .5 * (ana_map_leave_out_wide_flops(n, n_folds, folds, large->solved) +
                 ana_map_leave_out_wide_flops(n, n_folds, folds, large->most));
}

/* Of making a unit by itself. */
static double unit_flops(const struct ana_large *large, const struct ana_large_sizes *s,
                         double *factor)
{
    const int anew = made_anew(large, s);
    const int scaled = ana_space_columns(large->space) == ANA_COLUMNS_SCALED;
    const struct ana_fold own = own_rows(s);
    const double reduce = anew ? ana_fold_matrix_flops(large->space, &own) : 0;

    if (large->spectral) {
        const int64_t n_alphas = s->outer ? 0 : large->ridge.n_alphas;

        *factor = ana_eigh_flops(s->n) + reduce;
        return ana_spectral_flops(s->n, s->m, n_alphas) + reduce +
               (anew ? ana_kernel_flops(s->n + s->m, s->p) : 0);
    }
    if (large->dual && s->outer)
        return *factor = leave_out_flops(large, s->n, 0, NULL, s->m);
    if (large->dual) {
        *factor = .5 * (ana_map_factor_flops(s->n, s->m, large->solved) +
                        ana_map_factor_flops(s->n, s->m, large->most)) +
                  reduce;
        return *factor + (anew ? ana_kernel_flops(s->n + s->m, s->p) : 0);
    }
    *factor = (s->outer ? 0 : ana_eigh_flops(s->p)) + reduce;
    if (s->outer)
        return ana_gemm_flops((ana_large_rotates(large) ? 0 : s->n) + s->m, s->p, s->p) +
               (ana_large_maps(large, s->m)
                    ? ana_gemm_flops(large->ridge.n_alphas * s->m, s->p, s->p)
                    : 0);
    return *factor + ana_sweep_flops(s->m, s->p) +
           ana_gram_flops(anew ? s->n : s->lacking, s->p) +
           ana_gemm_flops(anew     ? s->n
                          : scaled ? s->p
                                   : 0,
                          s->p, s->p);
}

double ana_large_make_flops(const struct ana_large *large, int64_t first, int64_t last,
                            double *factor)
{
    const struct ana_large_item *items = large->items + first;
    const struct ana_fold *fold = &large->problem->folds[items->fold];
    const int64_t n = fold->n_train, p = ana_space_width(large->space);
    const int outer = items[last - first - 1].inner < 0;
    double flops = 0, own;

    if (!ana_large_apart(large, first, last))
        flops =
            ana_fold_matrix_flops(large->space, fold) +
            (large->dual ? ana_kernel_flops(n + fold->n_test, p) : ana_gram_flops(n, p));
    *factor = 0;
    if (ana_large_led(large)) {
        const struct ana_large_sizes s = lead_sizes(large, items->fold);

        *factor = (1 + outer) * ana_eigh_flops(p);
        flops += *factor + 2 * ana_gram_flops(s.lacking, p) + ana_gemm_flops(n, p, p) +
                 (outer ? ana_gemm_flops(p, p, p) : 0);
    } else if (!large->dual && (ana_large_rotates(large) || outer)) {
        *factor = ana_eigh_flops(p);
        flops += *factor + (ana_large_rotates(large) ? ana_gemm_flops(n, p, p) : 0);
    }
    if (large->leave_out) {
        const struct ana_fold *inner =
            items->inner < 0 ? NULL : fold->inner_folds + items->inner;
        const int64_t n_inner = last - first - outer;

        *factor = leave_out_flops(large, n, n_inner, inner, outer ? fold->n_test : 0);
        return flops + *factor + wide_flops(large, n, n_inner, inner);
    }
    for (int64_t i = first; i < last; i++) {
        const struct ana_large_sizes s = ana_large_sizes(large, &large->items[i]);

        if (s.lead) {
            flops += ana_gram_flops(s.m, s.p);
            continue;
        }
        flops += unit_flops(large, &s, &own);
        *factor += own;
    }
    return flops;
}

double ana_large_target_flops(const struct ana_large *large,
                              const struct ana_large_sizes *s)
{
    double sweep;

    if (large->spectral)
        return ana_spectral_target_flops(s->n, s->m,
                                         s->outer ? 0 : large->ridge.n_alphas);
    if (large->squared && !s->outer)
        return s->first
                   ? .5 * (ana_quadric_target_flops(s->n + s->lacking, large->least) +
                           ana_quadric_target_flops(s->n + s->lacking, large->most))
                   : 0;
    if (large->dual)
        return s->outer
                   ? ana_map_target_flops(s->n, s->m, 1, ANA_MAPS_WHOLE)
                   : .5 * (ana_map_target_flops(s->n, s->m, large->least, large->form) +
                           ana_map_target_flops(s->n, s->m, large->most, large->form));
    if (s->outer) /* the sums are in its directions already, where it leads */
        return ana_gemm_flops(s->p, 1,
                              (ana_large_maps(large, s->m) ? 0
                               : ana_large_led(large)      ? s->p
                               : ana_large_rotates(large)  ? 0
                                                           : s->n) +
                                  s->m);
    sweep = ana_sweep_target_flops(s->m, s->p, large->ridge.n_alphas);
    if (s->lead) /* its rows are among those that sums are made of */
        return sweep - ana_gemm_flops(s->p, 1, s->m);
    return sweep + (made_anew(large, s) ? ana_gemm_flops(s->p, 1, s->n)
                                        : ana_gemm_flops(s->p, 1, s->p + s->gap));
}

double ana_large_target_loops(const struct ana_large *large,
                              const struct ana_large_sizes *s)
{
    const double A = (double)large->ridge.n_alphas, m = (double)s->m, p = (double)s->p;

    if (s->outer)
        return 6 * (double)s->n + ANA_SCORED * m + (large->dual ? (double)s->n : p);
    if (large->squared)
        return 3 * m + (double)s->lacking +
               (s->first ? A * (double)large->most +
                               (double)((large->most + 1) * (s->n + s->lacking))
                         : 0);
    return 5 * m + 3 * A + (double)s->lacking +
           (large->spectral ? 7 * (double)s->n
            : large->dual   ? (double)s->n + A * (double)(large->most + 1) * m
                            : 6 * p);
}

double ana_large_sums_flops(const struct ana_large *large, int64_t first)
{
    return ana_large_rotates(large)
               ? ana_gemm_flops(ana_space_width(large->space), 1,
                                large->problem->folds[large->items[first].fold].n_train)
               : 0;
}

/* What one unit works in, a worker's room. */
static double work_floats(const struct ana_large *large, const struct ana_large_sizes *s)
{
    const double n = (double)s->n, m = (double)s->m, p = (double)s->p;

    if (s->outer) /* predictions in both precisions, what they are made of */
        return 5 * m + (large->spectral               ? n
                        : large->dual                 ? n + m
                        : ana_large_maps(large, s->m) ? p + m
                                                      : p);
    if (large->spectral)
        return m + 2 * n + (double)ana_sweep_work(s->n);
    if (large->squared) /* and sums in float64 */
        return (double)(ana_quadric_room(large->most) + 2 * large->most);
    if (large->dual && large->form == ANA_MAPS_HALVED) /* even sizes, sums of halves */
        return m + n + 1 + (n + 6) / 4 + (double)large->most * (m + 1);
    if (large->dual)
        return m + n + (double)large->most * m;
    return m + p + (double)ana_sweep_work(s->p) + (made_anew(large, s) ? n : 0);
}

/* Rows of T and Y that sums of the inner fold that leads, and of the gap of each, are laid
 * side by side for. */
static double laid_rows(const struct ana_large *large)
{
    int64_t most = 0;

    for (int64_t k = 0; ana_large_led(large) && k < large->problem->n_folds; k++) {
        const struct ana_fold *lead = large->problem->folds[k].inner_folds;
        const struct ana_picked train = {NULL, lead->train, lead->n_train, 0};
        const struct ana_picked test = {NULL, lead->test, lead->n_test, 0};

        most = (int64_t)fmax((double)most, (double)ana_cross_laid(&train));
        most = (int64_t)fmax((double)most, (double)ana_cross_laid(&test));
    }
    for (int64_t i = 0; ana_large_rotates(large) && i < large->n_items; i++) {
        const struct ana_large_sizes s = ana_large_sizes(large, &large->items[i]);

        if (!s.outer)
            most = (int64_t)fmax((double)most, fmin(ANA_GRAM_ROWS, (double)s.gap));
    }
    return (double)most;
}

double ana_large_tile_floats(const struct ana_large *large)
{
    const double p = (double)ana_space_width(large->space),
                 A = (double)large->ridge.n_alphas;
    double rows = 0, work = 0;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct ana_large_item *item = &large->items[i];
        const struct ana_large_sizes s = ana_large_sizes(large, item);

        rows = fmax(rows, (double)large->problem->folds[item->fold].n_train);
        work = fmax(work, work_floats(large, &s));
    }
    rows += 6 + (ana_large_rotates(large) ? p : 0) + laid_rows(large);
    return rows + work + 3 * A + 12 + (large->n_stages > 1 ? 0 : 2 * A + 2);
}

double ana_large_worker_floats(const struct ana_large *large)
{
    double most = laid_rows(large) * (double)ana_space_width(large->space);

    for (int64_t k = 0; large->dual && !large->spectral && k < large->problem->n_folds;
         k++)
        most = fmax(most, (double)large->problem->folds[k].n_test *
                              (double)large->problem->folds[k].n_train);
    return most;
}
