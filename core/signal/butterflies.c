/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The small transforms of which a long one is made, decimation in frequency with
 * self-sorting order (Stockham; Cochran et al. 1967, "What is the fast Fourier
 * transform?", IEEE Trans. Audio Electroacoust. 15:45): radix 2, 3, 4 and 5 written
 * out, other primes by their definition.
 *
 * R radix, M groups, S stride; x is R*M x S pairs (re, im), y is M*R x S.
 */
#include "signal/butterflies.h"

struct pair {
    double re, im;
};

static struct pair load(const double *x, int64_t i)
{
    return (struct pair){x[2 * i], x[2 * i + 1]};
}

static void store(double *y, int64_t i, struct pair a)
{
    y[2 * i] = a.re;
    y[2 * i + 1] = a.im;
}

static struct pair add(struct pair a, struct pair b)
{
    return (struct pair){a.re + b.re, a.im + b.im};
}

static struct pair sub(struct pair a, struct pair b)
{
    return (struct pair){a.re - b.re, a.im - b.im};
}

static struct pair scale(double s, struct pair a)
{
    return (struct pair){s * a.re, s * a.im};
}

static struct pair mul(struct pair a, struct pair b)
{
    return (struct pair){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* -i a */
static struct pair turn(struct pair a)
{
    return (struct pair){a.im, -a.re};
}

static void radix2(const struct ana_pass *pass, const double *restrict x,
                   double *restrict y)
{
    const int64_t M = pass->groups, S = pass->stride;

    for (int64_t p = 0; p < M; p++) {
        const struct pair w = load(pass->twiddle, p);

        for (int64_t q = 0; q < S; q++) {
            const struct pair a = load(x, p * S + q), b = load(x, (p + M) * S + q);

            store(y, 2 * p * S + q, add(a, b));
            store(y, (2 * p + 1) * S + q, mul(w, sub(a, b)));
        }
    }
}

static void radix3(const struct ana_pass *pass, const double *restrict x,
                   double *restrict y)
{
    const double half = 0.5, sine = 0.86602540378443864676;
    const int64_t M = pass->groups, S = pass->stride;

    for (int64_t p = 0; p < M; p++) {
        const struct pair w1 = load(pass->twiddle, 2 * p),
                          w2 = load(pass->twiddle, 2 * p + 1);

        for (int64_t q = 0; q < S; q++) {
            const struct pair a = load(x, p * S + q), b = load(x, (p + M) * S + q);
            const struct pair c = load(x, (p + 2 * M) * S + q), sum = add(b, c);
            const struct pair mid = sub(a, scale(half, sum));
            const struct pair side = turn(scale(sine, sub(b, c)));

            store(y, 3 * p * S + q, add(a, sum));
            store(y, (3 * p + 1) * S + q, mul(w1, add(mid, side)));
            store(y, (3 * p + 2) * S + q, mul(w2, sub(mid, side)));
        }
    }
}

static void radix4(const struct ana_pass *pass, const double *restrict x,
                   double *restrict y)
{
    const int64_t M = pass->groups, S = pass->stride;

    for (int64_t p = 0; p < M; p++) {
        const struct pair w1 = load(pass->twiddle, 3 * p),
                          w2 = load(pass->twiddle, 3 * p + 1);
        const struct pair w3 = load(pass->twiddle, 3 * p + 2);

        for (int64_t q = 0; q < S; q++) {
            const struct pair a = load(x, p * S + q), b = load(x, (p + M) * S + q);
            const struct pair c = load(x, (p + 2 * M) * S + q);
            const struct pair d = load(x, (p + 3 * M) * S + q);
            const struct pair ac = add(a, c), bd = add(b, d);
            const struct pair dif = sub(a, c), side = turn(sub(b, d));

            store(y, 4 * p * S + q, add(ac, bd));
            store(y, (4 * p + 1) * S + q, mul(w1, add(dif, side)));
            store(y, (4 * p + 2) * S + q, mul(w2, sub(ac, bd)));
            store(y, (4 * p + 3) * S + q, mul(w3, sub(dif, side)));
        }
    }
}

static void radix5(const struct ana_pass *pass, const double *restrict x,
                   double *restrict y)
{
    const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
    const double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
    const int64_t M = pass->groups, S = pass->stride;

    for (int64_t p = 0; p < M; p++) {
        const double *const w = pass->twiddle + 8 * p;

        for (int64_t q = 0; q < S; q++) {
            const struct pair a = load(x, p * S + q), b = load(x, (p + M) * S + q);
            const struct pair c = load(x, (p + 2 * M) * S + q);
            const struct pair d = load(x, (p + 3 * M) * S + q);
            const struct pair e = load(x, (p + 4 * M) * S + q);
            const struct pair be = add(b, e), cd = add(c, d);
            const struct pair be_ = sub(b, e), cd_ = sub(c, d);
            const struct pair mid1 = add(a, add(scale(c1, be), scale(c2, cd)));
            const struct pair mid2 = add(a, add(scale(c2, be), scale(c1, cd)));
            const struct pair side1 = turn(add(scale(s1, be_), scale(s2, cd_)));
            const struct pair side2 = turn(sub(scale(s2, be_), scale(s1, cd_)));

            store(y, 5 * p * S + q, add(a, add(be, cd)));
            store(y, (5 * p + 1) * S + q, mul(load(w, 0), add(mid1, side1)));
            store(y, (5 * p + 2) * S + q, mul(load(w, 1), add(mid2, side2)));
            store(y, (5 * p + 3) * S + q, mul(load(w, 2), sub(mid2, side2)));
            store(y, (5 * p + 4) * S + q, mul(load(w, 3), sub(mid1, side1)));
        }
    }
}

static void any_radix(const struct ana_pass *pass, const double *restrict x,
                      double *restrict y)
{
    const int64_t R = pass->radix, M = pass->groups, S = pass->stride;
    struct pair a[ANA_PASS_MOST];

    for (int64_t p = 0; p < M; p++)
        for (int64_t q = 0; q < S; q++) {
            for (int64_t j = 0; j < R; j++)
                a[j] = load(x, (p + j * M) * S + q);
            for (int64_t k = 0; k < R; k++) {
                struct pair sum = a[0];

                for (int64_t j = 1; j < R; j++)
                    sum = add(sum, mul(load(pass->roots, j * k % R), a[j]));
                if (k > 0)
                    sum = mul(load(pass->twiddle, (R - 1) * p + k - 1), sum);
                store(y, (R * p + k) * S + q, sum);
            }
        }
}

void ana_pass_run(const struct ana_pass *pass, const double *x, double *y)
{
    switch (pass->radix) {
    case 2:
        radix2(pass, x, y);
        break;
    case 3:
        radix3(pass, x, y);
        break;
    case 4:
        radix4(pass, x, y);
        break;
    case 5:
        radix5(pass, x, y);
        break;
    default:
        any_radix(pass, x, y);
    }
}
