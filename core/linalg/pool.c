/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parallel loops on threads that wait between them. Items are handed out in
 * ascending order by one counter. That gives the promise of ana_parallel_for: when
 * item i fails, each item below i has been handed out already and is run, so the
 * lowest failing item is the same however the threads were timed.
 */
#include "linalg/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/context.h"

/* What one thread has to itself during a loop. */
struct slot {
    struct ana_ctx *ctx;
    int64_t failed; /* the item at which this thread stopped, or n */
};

struct loop {
    int64_t n;
    int (*work)(struct ana_ctx *ctx, void *arg, int64_t i);
    void *arg;
    atomic_llong next;   /* first item not handed out */
    atomic_llong failed; /* lowest failing item so far, or n */
    atomic_int interrupted;
    int64_t n_slots, taken; /* `taken` behind the pool's lock */
    struct slot *slots;
};

struct ana_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, left;
    struct loop *loop;   /* what threads may join; NULL = nothing */
    atomic_llong turn;   /* loops so far: what a thread that spins looks at */
    atomic_llong inside; /* threads in `loop` beside the caller's; set behind the lock */
    int busy, stop;
    int64_t n_threads; /* workers + 1 */
    int64_t n_workers; /* started so far */
    pthread_t *workers;
};

static void note_failure(struct loop *loop, struct slot *slot, int64_t i, int status)
{
    long long lowest = atomic_load(&loop->failed);

    if (ana_ctx_status(slot->ctx) != status)
        ana_fail(slot->ctx, status,
                 status == ANA_ECANCEL ? "the run was interrupted"
                                       : "item %lld of %lld failed without saying why",
                 (long long)i, (long long)loop->n);
    slot->failed = i;
    while (i < lowest && !atomic_compare_exchange_weak(&loop->failed, &lowest, i))
        ;
}

/* Take items until there are none, one fails here, or one below has failed. */
static void run_items(struct loop *loop, struct slot *slot)
{
    for (;;) {
        int64_t i;
        int status;

        i = atomic_fetch_add(&loop->next, 1);
        if (i >= loop->n || i > atomic_load(&loop->failed))
            return;
        if (ana_cancelled(slot->ctx)) {
            atomic_store(&loop->interrupted, 1);
            return;
        }
        ana_ctx_clear(slot->ctx);
        status = loop->work(slot->ctx, loop->arg, i);
        if (status != 0) {
            note_failure(loop, slot, i, status);
            return;
        }
    }
}

/* The loops of a network follow each other within microseconds, and waking a sleeper takes
 * tens of them: so a thread looks about that long before it sleeps, at a number that is
 * `old` while there is nothing to do. */
static void look_a_while(const atomic_llong *number, long long old)
{
    enum { LOOKS = 1000 }; /* some 20 to 40 us */

    for (int i = 0; i < LOOKS && atomic_load(number) == old; i++) {
#if defined __x86_64__ || defined __i386__
        __builtin_ia32_pause();
#elif defined __aarch64__
        __asm__ volatile("isb");
#endif
    }
}

static int can_join(const struct ana_pool *pool)
{
    return pool->loop && pool->loop->taken < pool->loop->n_slots;
}

static void *worker(void *arg)
{
    struct ana_pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        struct loop *loop;
        struct slot *slot;

        if (!can_join(pool)) {
            const long long turn = atomic_load(&pool->turn);

            pthread_mutex_unlock(&pool->lock);
            look_a_while(&pool->turn, turn);
            pthread_mutex_lock(&pool->lock);
            if (atomic_load(&pool->turn) == turn && !pool->stop)
                pthread_cond_wait(&pool->wake, &pool->lock);
            continue;
        }
        loop = pool->loop;
        slot = &loop->slots[loop->taken++];
        atomic_fetch_add(&pool->inside, 1);
        pthread_mutex_unlock(&pool->lock);
        run_items(loop, slot);
        pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->inside, 1) == 1)
            pthread_cond_signal(&pool->left);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals are the program's: a worker must not be the thread that an interrupt hits. */
static int start_workers(struct ana_pool *pool)
{
    sigset_t all, old;
    int rc = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (rc == 0 && pool->n_workers < pool->n_threads - 1) {
        rc = pthread_create(&pool->workers[pool->n_workers], NULL, worker, pool);
        pool->n_workers += rc == 0;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

int ana_pool_create(struct ana_ctx *ctx, int64_t n_threads, struct ana_pool **out)
{
    enum { MOST = 256 }; /* OpenBLAS has that many work buffers to give, and more */
    struct ana_pool *pool;

    *out = NULL;
    if (n_threads < 1 || n_threads > MOST)
        return ana_fail(ctx, ANA_EPARAM,
                        "the number of threads must be 1 to %d, not %lld", MOST,
                        (long long)n_threads);
    if (!ana_blas_single_thread())
        return ana_fail(
            ctx, ANA_ERESOURCE,
            "%s cannot be held to one thread a call; install the build with POSIX "
            "threads (Debian: libopenblas0-pthread)",
            ana_blas_name());
    pool = calloc(1, sizeof *pool);
    if (!pool)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for %lld threads",
                        (long long)n_threads);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->left, NULL);
    pool->n_threads = n_threads;
    pool->workers = calloc((size_t)n_threads, sizeof *pool->workers);
    if (!pool->workers || start_workers(pool) != 0) {
        ana_pool_destroy(pool);
        return ana_fail(ctx, ANA_ERESOURCE,
                        "the system gave fewer than %lld threads; lower `jobs`",
                        (long long)n_threads);
    }
    *out = pool;
    return 0;
}

void ana_pool_destroy(struct ana_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int64_t i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->left);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

int64_t ana_pool_threads(const struct ana_pool *pool)
{
    return pool ? pool->n_threads : 1;
}

/* Threads that this loop may use: a pool serves one loop at a time, and whoever asks
 * while it is busy is inside one already. */
static int64_t claim(struct ana_pool *pool, int64_t n)
{
    int free_now;

    if (!pool || pool->n_threads < 2 || n < 2)
        return 1;
    pthread_mutex_lock(&pool->lock);
    free_now = !pool->busy;
    pool->busy = 1;
    pthread_mutex_unlock(&pool->lock);
    if (!free_now)
        return 1;
    return n < pool->n_threads ? n : pool->n_threads;
}

static void release(struct ana_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->busy = 0;
    pthread_mutex_unlock(&pool->lock);
}

/* The caller works too, then waits for those who joined; who wakes too late to join
 * finds no loop and is not waited for. */
static void run_together(struct ana_pool *pool, struct loop *loop)
{
    pthread_mutex_lock(&pool->lock);
    loop->taken = 1;
    pool->loop = loop;
    atomic_fetch_add(&pool->turn, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    run_items(loop, &loop->slots[0]);
    pthread_mutex_lock(&pool->lock);
    pool->loop = NULL;
    if (atomic_load(&pool->inside) == 1) { /* of more, some will sleep anyway */
        pthread_mutex_unlock(&pool->lock);
        look_a_while(&pool->inside, 1);
        pthread_mutex_lock(&pool->lock);
    }
    while (atomic_load(&pool->inside) > 0)
        pthread_cond_wait(&pool->left, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static int open_slots(struct ana_ctx *ctx, struct loop *loop)
{
    loop->slots = ana_alloc(ctx, loop->n_slots, sizeof *loop->slots);
    if (!loop->slots)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < loop->n_slots; i++) {
        const int rc = ana_ctx_child(ctx, &loop->slots[i].ctx);

        if (rc != 0)
            return rc;
        ana_ctx_set_nested(loop->slots[i].ctx, loop->n_slots > 1 || ana_ctx_nested(ctx));
        loop->slots[i].failed = loop->n;
    }
    return 0;
}

static void close_slots(struct ana_ctx *ctx, struct loop *loop)
{
    for (int64_t i = 0; loop->slots && i < loop->n_slots; i++)
        ana_ctx_destroy(loop->slots[i].ctx);
    ana_free(ctx, loop->slots);
}

static int verdict(struct ana_ctx *ctx, struct loop *loop)
{
    const int64_t failed = atomic_load(&loop->failed);

    for (int64_t i = 0; i < loop->n_slots; i++)
        if (failed < loop->n && loop->slots[i].failed == failed)
            return ana_ctx_adopt(ctx, loop->slots[i].ctx);
    if (atomic_load(&loop->interrupted))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    return 0;
}

static int run_loop(struct ana_ctx *ctx, struct ana_pool *pool, int64_t n,
                    int64_t at_once,
                    int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg)
{
    struct loop loop = {.n = n, .work = work, .arg = arg};
    int rc;

    if (n <= 0)
        return 0;
    atomic_init(&loop.next, 0);
    atomic_init(&loop.failed, n);
    atomic_init(&loop.interrupted, 0);
    loop.n_slots = claim(pool, n < at_once ? n : at_once);
    rc = open_slots(ctx, &loop);
    if (pool)
        ana_ctx_loop_begins(ctx);
    if (rc == 0 && pool && loop.n_slots > 1)
        run_together(pool, &loop);
    else if (rc == 0)
        run_items(&loop, &loop.slots[0]);
    if (pool)
        ana_ctx_loop_ends(ctx);
    if (pool && loop.n_slots > 1)
        release(pool);
    if (rc == 0)
        rc = verdict(ctx, &loop);
    close_slots(ctx, &loop);
    return rc;
}

int ana_pool_for(struct ana_ctx *ctx, struct ana_pool *pool, int64_t n,
                 int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg)
{
    return run_loop(ctx, pool, n, n, work, arg);
}

int ana_parallel_few(struct ana_ctx *ctx, int64_t n, int64_t at_once,
                     int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg)
{
    return run_loop(ctx, ana_ctx_nested(ctx) ? NULL : ana_ctx_pool(ctx), n, at_once, work,
                    arg);
}

int ana_parallel_for(struct ana_ctx *ctx, int64_t n,
                     int (*work)(struct ana_ctx *ctx, void *arg, int64_t i), void *arg)
{
    return ana_pool_for(ctx, ana_ctx_nested(ctx) ? NULL : ana_ctx_pool(ctx), n, work,
                        arg);
}

int64_t ana_workers(const struct ana_ctx *ctx)
{
    const struct ana_pool *pool = ana_ctx_nested(ctx) ? NULL : ana_ctx_pool(ctx);

    return pool ? ana_pool_threads(pool) : 1;
}
