/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The maps of one penalty from the inverse A = (K + alpha)^-1, in numbers of type REAL;
 * included with REAL and the names of its functions set. K + alpha is divided by its
 * size, so that float32 holds it: maps that leave rows out do not change.
 */

/* a = ((K + alpha) / size)^-1; what is added for the constant takes the direction of it out
 * of the null space of a centred kernel. */
static int invert(struct ana_ctx *ctx, const struct ana_leaving *l, double alpha,
                  double size, REAL *a)
{
    const int64_t n = l->n;
    const double least = DBL_EPSILON * l->trace, by = 1 / size;
    const double constant = l->constant;

    for (int64_t i = 0; i < n; i++) {
        const double *row = l->kernel + i * l->N;

        for (int64_t j = 0; j < n; j++)
            a[i * n + j] = (REAL)((row[j] + constant) * by);
        a[i * n + i] = (REAL)((row[i] + constant + (alpha > least ? alpha : least)) * by);
    }
    return INVERT(ctx, n, a);
}

/* The same from a factor in float64, in its place; u: n. */
static int invert_factor(struct ana_ctx *ctx, int64_t n, double size, double *u, void *a)
{
    const double by = 1 / sqrt(size);

    for (int64_t i = 0; i < n; i++) { /* never wider than what is read */
        REAL *to = (REAL *)a + i * n;

        memcpy(u, (double *)a + i * n, (size_t)n * sizeof *u);
        for (int64_t j = 0; j < n; j++)
            to[j] = (REAL)(u[j] * by);
    }
    return INVERSE(ctx, n, a, n);
}

/* The sums of a's rows, and what they take back of the constant; what an unpenalised one
 * takes is taken at once, A1 1'A / 1'A1. */
static void sum_rows(const struct ana_leaving *l, double size, struct ana_inverse *v)
{
    const int64_t n = l->n;
    double *sums = v->sums, sum = 0;
    REAL *a = v->a;

    if (!v->summed)
        memset(sums, 0, (size_t)n * sizeof *sums);
    for (int64_t i = 0; !v->summed && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            sums[j] += (double)a[i * n + j];
    for (int64_t j = 0; v->summed && j < n; j++)
        sums[j] *= size;
    for (int64_t i = 0; i < n; i++)
        sum += sums[i];
    v->back = ana_inverse_back(l, l->constant / size, sum);
    for (int64_t i = 0; l->centre && i < n; i++) {
        const double by = v->back * sums[i];

        for (int64_t j = 0; j < n; j++)
            a[i * n + j] += (REAL)(by * sums[j]);
    }
}

/* The rows of a fold's map, product, from A as they would be without the constant: with t =
 * A1, B = A_LL, w = B^-1 t_L and M = -B^-1 A_L,train they are M - w (t_train + t_L M)' / (1 /
 * back + t_L w). w is not made yet: block is B^-1, cross is A_L,train; g: n_train. */
static void take_back(const struct ana_inverse *v, int64_t n_left, int64_t n_train,
                      const int64_t *train, double *w, double *g)
{
    const REAL *block = v->block, *cross = v->cross;
    double sum = 1 / v->back;

    for (int64_t i = 0; i < n_left; i++) {
        w[i] = 0;
        for (int64_t j = 0; j < n_left; j++)
            w[i] += (double)block[i * n_left + j] * v->sums[v->left[j]];
        sum += w[i] * v->sums[v->left[i]];
    }
    for (int64_t j = 0; j < n_train; j++)
        g[j] = v->sums[train[j]];
    for (int64_t i = 0; i < n_left; i++)
        for (int64_t j = 0; j < n_train; j++)
            g[j] -= w[i] * (double)cross[i * n_train + j];
    for (int64_t j = 0; j < n_train; j++)
        g[j] /= sum;
}

/* The rows of block's inverse that belong to test rows, to the front; they stand in
 * ascending order. */
static void keep_rows(int64_t n_left, int64_t m, const int64_t *kept, REAL *block)
{
    for (int64_t i = 0; i < m; i++)
        if (kept[i] != i)
            memcpy(block + i * n_left, block + kept[i] * n_left,
                   (size_t)n_left * sizeof *block);
}

/* The largest eigenvalue of a positive definite matrix, to some per cent: by powers; room
 * has 2n. */
static double largest(int64_t n, const REAL *a, double *room)
{
    enum { TURNS = 8 };
    double *from = room, *to = room + n, size = 0;

    for (int64_t i = 0; i < n; i++) /* signs and sizes of no order */
        from[i] = sin((double)(i * i + 1));
    for (int turn = 0; turn < TURNS; turn++) {
        double square = 0;

        for (int64_t i = 0; i < n; i++) {
            to[i] = 0;
            for (int64_t j = 0; j < n; j++)
                to[i] += (double)a[i * n + j] * from[j];
        }
        for (int64_t i = 0; i < n; i++)
            square += to[i] * to[i];
        size = sqrt(square);
        for (int64_t i = 0; size > 0 && i < n; i++)
            from[i] = to[i] / size;
    }
    return size;
}

/* A row of a map, less a number and so many times g (or NULL), where a quadric wants it. */
static void put_wide(const struct ana_leaving *l, const struct ana_fold *fold,
                     const REAL *row, double less, double times, const double *g,
                     float *to)
{
    memset(to, 0, (size_t)l->n * sizeof *to);
    for (int64_t j = 0; !g && j < fold->n_train; j++)
        to[fold->train[j]] = (float)((double)row[j] - less);
    for (int64_t j = 0; g && j < fold->n_train; j++)
        to[fold->train[j]] = (float)((double)row[j] - less - times * g[j]);
}

/* The same in a map. */
static void put(const struct ana_map *map, int64_t q, int64_t i, const REAL *row,
                double less, double times, const double *g, double *room)
{
    float *to = map->maps ? map->maps + (q * map->m + i) * map->n : NULL;

    for (int64_t j = 0; to && !g && j < map->n; j++)
        to[j] = (float)((double)row[j] - less);
    for (int64_t j = 0; to && g && j < map->n; j++)
        to[j] = (float)((double)row[j] - less - times * g[j]);
    if (to)
        return;
    for (int64_t j = 0; j < map->n; j++)
        room[j] = (double)row[j] - less;
    for (int64_t j = 0; g && j < map->n; j++)
        room[j] -= times * g[j];
    ana_map_put(map, q, i, room);
}

/* The training rows' columns of a row, whole runs at a time. */
static void take_runs(const struct ana_inverse *v, int64_t n_train, const int64_t *train,
                      const REAL *row, REAL *to)
{
    for (int64_t r = 0; r < v->n_runs; r++) {
        const int64_t first = v->runs[r];
        const int64_t last = r + 1 < v->n_runs ? v->runs[r + 1] : n_train;

        memcpy(to + first, row + train[first], (size_t)(last - first) * sizeof *to);
    }
}

/* A fold's rows, product, to where they are wanted. */
static int hand_out(struct ana_ctx *ctx, const struct ana_leaving *l,
                    const struct ana_inverse *v, int64_t k, int64_t q, double less,
                    const double *g, const REAL *product)
{
    const struct ana_fold *fold = &l->folds[k];
    const int64_t n_train = fold->n_train;

    for (int64_t i = 0; i < fold->n_test; i++) {
        const REAL *row = product + i * n_train;
        const double times = v->vector[v->kept[i]];

        if (l->quadric)
            put_wide(l, fold, row, less, times, g, v->rows + i * l->n);
        else
            put(l->out[k], q, i, row, less, times, g, v->u);
    }
    if (l->quadric)
        return ana_quadric_add(ctx, l->quadric, q, fold, l->intercept, v->rows);
    ana_map_complete(l->out[k], q);
    return 0;
}

/* The k-th fold's map of the q-th penalty: m x n_train. */
static int leave_out(struct ana_ctx *ctx, const struct ana_leaving *l, double size,
                     struct ana_inverse *v, int64_t k, int64_t q)
{
    const struct ana_fold *fold = &l->folds[k];
    const int64_t n = l->n, n_left = ana_inverse_list(n, fold, v);
    const int64_t n_train = fold->n_train, m = fold->n_test;
    const double mean = l->centre ? 1 / (double)n_train : 0;
    REAL *a = v->a, *block = v->block, *cross = v->cross;
    REAL *product = cross + n_left * n_train;
    double *g = l->constant > 0 && !l->centre ? v->g : NULL;
    int rc;

    for (int64_t i = 0; i < n_left; i++) {
        const REAL *row = a + v->left[i] * n;

        for (int64_t j = 0; j < n_left; j++)
            block[i * n_left + j] = row[v->left[j]];
        take_runs(v, n_train, fold->train, row, cross + i * n_train);
    }
    if (v->measure)
        v->low = fmin(v->low, size / largest(n_left, block, v->vector));
    rc = INVERT(ctx, n_left, block);
    if (rc == 0) {
        if (v->measure)
            v->high = fmax(v->high, size * largest(n_left, block, v->vector));
        if (g)
            take_back(v, n_left, n_train, fold->train, v->vector, g);
        keep_rows(n_left, m, v->kept, block);
        rc = GEMM(ctx, 0, 0, m, n_train, n_left, -1, block, n_left, cross, n_train, 0,
                  product, n_train);
    }
    return rc == 0 ? hand_out(ctx, l, v, k, q, mean, g, product) : rc;
}

/* From all n rows to those that follow: (K_test - 1 (the mean of K's rows)') A. */
static int predict_on(struct ana_ctx *ctx, const struct ana_leaving *l, double size,
                      struct ana_inverse *v, int64_t q)
{
    const int64_t n = l->n, m = l->m;
    const double by = 1 / size, *sums = v->sums;
    const int taken = l->centre || !(l->constant > 0);
    REAL *cross = v->cross, *product = cross + m * n;
    int rc;

    memset(v->u, 0, (size_t)n * sizeof *v->u);
    for (int64_t i = 0; l->centre && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            v->u[j] += l->kernel[i * l->N + j] / (double)n;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            cross[i * n + j] = (REAL)((l->kernel[(n + i) * l->N + j] - v->u[j]) * by);
    rc = GEMM(ctx, 0, 0, m, n, n, 1, cross, n, v->a, n, 0, product, n);
    for (int64_t i = 0; rc == 0 && i < m; i++) {
        double all = 0;

        for (int64_t j = 0; !taken && j < n; j++) /* K_test A1 */
            all += (double)product[i * n + j];
        put(l->out[l->n_folds], q, i, product + i * n, 0, -v->back * all,
            taken ? NULL : sums, v->u);
    }
    return rc;
}

int RUN(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q, double alpha,
        struct ana_inverse *v)
{
    const double size = l->range.high + alpha;
    int rc = v->factored ? invert_factor(ctx, l->n, size, v->u, v->a)
                         : invert(ctx, l, alpha, size, v->a);

    v->low = (double)INFINITY;
    v->high = 0;
    if (rc == 0 && l->constant > 0)
        sum_rows(l, size, v);
    for (int64_t k = 0; rc == 0 && k < l->n_folds; k++)
        rc = leave_out(ctx, l, size, v, k, q);
    if (rc == 0 && l->m > 0 && !v->predicted)
        rc = predict_on(ctx, l, size, v, q);
    return rc;
}
