/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A library that is loaded before the program (LD_PRELOAD) and lets its n-th call fail:
 *
 *     FAULT_KIND=memory | files | disk   which calls; disk: those that write, and from
 *                                        the N-th on all of them, as when it is full
 *     FAULT_AT=N                         the one that fails; 0 = none
 *     FAULT_COUNT=FILE            where the number of calls is written at the end, and
 *                                 how many bytes of memory were not given back
 *
 * Only calls from the program, its library and its plugins count: what the C library and
 * others do inside is theirs. So the program that is tested is the one that is installed,
 * and nothing in it knows of this.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NONE, MEMORY, FILES, DISK };

static int kind;
static long long at;
static atomic_llong count;
static int ready;

/* dlsym itself allocates: it is served from here. */
static char spare[65536];
static atomic_size_t spare_used;

static void *from_spare(size_t n)
{
    const size_t first = atomic_fetch_add(&spare_used, (n + 63) / 64 * 64);

    return first + n <= sizeof spare ? spare + first : NULL;
}

static int is_spare(const void *p)
{
    return (const char *)p >= spare && (const char *)p < spare + sizeof spare;
}

static int ours(void *caller)
{
    Dl_info info;

    if (!dladdr(caller, &info) || !info.dli_fname)
        return 0;
    return strstr(info.dli_fname, "/libanaflow.so") ||
           strstr(info.dli_fname, "/plugins/") ||
           strstr(info.dli_fname, "anaflow/.libs/") ||
           (strlen(info.dli_fname) > 8 &&
            strcmp(info.dli_fname + strlen(info.dli_fname) - 8, "/anaflow") == 0);
}

/* Memory that our code has and has not given back: pointers and sizes in a table that is
 * searched from the pointer's own place on. */
enum { PLACES = 1 << 20 };
static struct held {
    void *at;
    size_t bytes;
} held[PLACES];
static atomic_flag held_lock = ATOMIC_FLAG_INIT;

static struct held *place_of(void *p, int empty_too)
{
    size_t i = ((uintptr_t)p >> 4) * 2654435761u % PLACES;

    for (size_t tries = 0; tries < PLACES; tries++, i = (i + 1) % PLACES) {
        if (held[i].at == p || (empty_too && (!held[i].at || held[i].at == (void *)1)))
            return &held[i];
        if (!held[i].at)
            return NULL;
    }
    return NULL;
}

static void *hold(void *p, size_t n, void *caller)
{
    struct held *h;

    if (!p || !ready || !ours(caller))
        return p;
    while (atomic_flag_test_and_set(&held_lock))
        ;
    h = place_of(p, 1);
    if (h)
        *h = (struct held){p, n};
    atomic_flag_clear(&held_lock);
    return p;
}

static void let_go(void *p)
{
    struct held *h;

    if (!p || !ready)
        return;
    while (atomic_flag_test_and_set(&held_lock))
        ;
    h = place_of(p, 0);
    if (h)
        *h = (struct held){(void *)1, 0}; /* was used: a search goes on behind it */
    atomic_flag_clear(&held_lock);
}

__attribute__((constructor)) static void begin(void)
{
    const char *which = getenv("FAULT_KIND"), *number = getenv("FAULT_AT");

    at = number ? atoll(number) : 0;
    kind = !which                         ? NONE
           : strcmp(which, "memory") == 0 ? MEMORY
           : strcmp(which, "disk") == 0   ? DISK
                                          : FILES;
    ready = 1;
}

/* 1 if this call is the one. */
static int fails(int of, void *caller)
{
    if (!ready || kind != of || !ours(caller))
        return 0;
    return atomic_fetch_add(&count, 1) + 1 == at;
}

/* The same for a call that takes room on a disk. */
static int fails_to_write(void *caller)
{
    if (kind != DISK)
        return fails(FILES, caller);
    return ready && ours(caller) && atomic_fetch_add(&count, 1) + 1 >= at && at > 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    size_t bytes = 0;
    FILE *file;

    ready = 0;
    for (size_t i = 0; i < PLACES; i++)
        bytes += held[i].bytes;
    file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%lld %zu\n", atomic_load(&count), bytes);
        fclose(file);
    }
}

/* The C library's own function of that name. */
#define REAL(name)                                                                       \
    static __typeof__(name) *real;                                                       \
    if (!real)                                                                           \
    *(void **)(&real) = dlsym(RTLD_NEXT, #name)
#define CALLER __builtin_return_address(0)
#define FAIL(of, code, result)                                                           \
    do {                                                                                 \
        if (fails(of, CALLER)) {                                                         \
            errno = code;                                                                \
            return result;                                                               \
        }                                                                                \
    } while (0)

void *malloc(size_t n)
{
    static __thread int inside;
    static __typeof__(malloc) *real;

    if (inside)
        return from_spare(n);
    if (!real) {
        inside = 1;
        *(void **)(&real) = dlsym(RTLD_NEXT, "malloc");
        inside = 0;
    }
    FAIL(MEMORY, ENOMEM, NULL);
    return hold(real(n), n, CALLER);
}

void *calloc(size_t n, size_t size)
{
    static __thread int inside;
    static __typeof__(calloc) *real;

    if (inside)
        return from_spare(n * size);
    if (!real) {
        inside = 1;
        *(void **)(&real) = dlsym(RTLD_NEXT, "calloc");
        inside = 0;
    }
    FAIL(MEMORY, ENOMEM, NULL);
    return hold(real(n, size), n * size, CALLER);
}

void free(void *p)
{
    REAL(free);
    let_go(p);
    if (!is_spare(p))
        real(p);
}

void *realloc(void *p, size_t n)
{
    void *moved;

    REAL(realloc);
    FAIL(MEMORY, ENOMEM, NULL);
    if (!is_spare(p)) {
        moved = real(p, n);
        if (moved)
            let_go(p);
        return hold(moved, n, CALLER);
    }
    moved = malloc(n);
    if (moved)
        memcpy(moved, p, n);
    return moved;
}

void *aligned_alloc(size_t alignment, size_t n)
{
    REAL(aligned_alloc);
    FAIL(MEMORY, ENOMEM, NULL);
    return hold(real(alignment, n), n, CALLER);
}

char *strdup(const char *text)
{
    REAL(strdup);
    FAIL(MEMORY, ENOMEM, NULL);
    return hold(real(text), 1, CALLER);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    REAL(open);
    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    FAIL(FILES, EMFILE, -1);
    return real(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    FAIL(FILES, EMFILE, NULL);
    return real(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
    REAL(fdopen);
    FAIL(FILES, ENOMEM, NULL);
    return real(fd, mode);
}

int mkstemp(char *name)
{
    REAL(mkstemp);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(name);
}

int mkostemp(char *name, int flags)
{
    REAL(mkostemp);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(name, flags);
}

int mkostemps(char *name, int ending, int flags)
{
    REAL(mkostemps);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(name, ending, flags);
}

ssize_t read(int fd, void *buffer, size_t n)
{
    REAL(read);
    FAIL(FILES, EIO, -1);
    return real(fd, buffer, n);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
    REAL(pread);
    FAIL(FILES, EIO, -1);
    return real(fd, buffer, n, offset);
}

/* What glibc notes in a stream after an error, for ferror. */
static void spoil(FILE *file)
{
    file->_flags |= 0x20;
}

size_t fread(void *to, size_t size, size_t n, FILE *file)
{
    REAL(fread);
    if (fails(FILES, CALLER)) {
        spoil(file);
        errno = EIO;
        return 0;
    }
    return real(to, size, n, file);
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *file)
{
    REAL(fwrite);
    if (file != stdout && file != stderr && fails_to_write(CALLER)) {
        spoil(file);
        errno = ENOSPC;
        return 0;
    }
    return real(from, size, n, file);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
    REAL(write);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, buffer, n);
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t offset)
{
    REAL(pwrite);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, buffer, n, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t n)
{
    REAL(fallocate);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, mode, offset, n);
}

int fflush(FILE *file)
{
    REAL(fflush);
    if (file && file != stderr && fails_to_write(CALLER)) {
        spoil(file);
        errno = ENOSPC;
        return EOF;
    }
    return real(file);
}

int fclose(FILE *file)
{
    REAL(fclose);
    if (fails(FILES, CALLER)) {
        real(file);
        errno = EIO;
        return EOF;
    }
    return real(file);
}

int fsync(int fd)
{
    REAL(fsync);
    if (fails_to_write(CALLER)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    FAIL(FILES, EIO, -1);
    return real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    if (fails_to_write(CALLER)) {
        errno = ENOSPC;
        return -1;
    }
    return real(path, mode);
}

void *mmap(void *where, size_t n, int protection, int flags, int fd, off_t offset)
{
    REAL(mmap);
    FAIL(FILES, ENOMEM, MAP_FAILED);
    return real(where, n, protection, flags, fd, offset);
}
