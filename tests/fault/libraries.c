/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A library that is loaded before the program (LD_PRELOAD) and stands in front of libhdf5
 * and libmatio:
 *
 *     LIBRARIES_LOG=FILE     a line `CALL worker|main` for each call of one of those below
 *     LIBRARIES_CRASH=CALL   that call reads address 0, in whichever process it is made
 *     LIBRARIES_SWAP=FILE    the file FILE.later takes the place of FILE before it crashes
 *     LIBRARIES_KILL=CALL    its process gets a SIGKILL there, as from outside
 *     LIBRARIES_HANG=CALL    that call does not come back
 *
 * So it is seen which process opens a file by such a library, and a crash inside one can
 * be had whenever a test needs it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "anaflow worker ..." */
static const char *process_kind(void)
{
    char line[8192];
    const int fd = open("/proc/self/cmdline", O_RDONLY);
    const ssize_t n = fd >= 0 ? read(fd, line, sizeof line - 1) : 0;
    const char *second;

    if (fd >= 0)
        close(fd);
    line[n > 0 ? n : 0] = 0;
    second = line + strlen(line) + 1;
    return second < line + n && strcmp(second, "worker") == 0 ? "worker" : "main";
}

static void swap(const char *path)
{
    char later[4096];

    snprintf(later, sizeof later, "%s.later", path);
    rename(later, path);
}

static void note(const char *call)
{
    const char *path = getenv("LIBRARIES_LOG"), *crash = getenv("LIBRARIES_CRASH");
    const char *killed = getenv("LIBRARIES_KILL"), *hangs = getenv("LIBRARIES_HANG");
    char line[128];
    int fd, n;

    if (path && (fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666)) >= 0) {
        n = snprintf(line, sizeof line, "%s %s\n", call, process_kind());
        if (write(fd, line, (size_t)n) != n)
            abort();
        close(fd);
    }
    if (crash && strcmp(crash, call) == 0 && getenv("LIBRARIES_SWAP"))
        swap(getenv("LIBRARIES_SWAP"));
    if (crash && strcmp(crash, call) == 0)
        *(volatile int *)(uintptr_t)8 = 1;
    if (killed && strcmp(killed, call) == 0)
        kill(getpid(), SIGKILL);
    while (hangs && strcmp(hangs, call) == 0)
        pause();
}

/* The call that the caller meant: of the libraries that it was linked with. */
static void *meant(void *caller, const char *call)
{
    Dl_info info;
    void *handle = NULL, *found = NULL;

    if (dladdr(caller, &info) && info.dli_fname)
        handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle)
        found = dlsym(handle, call);
    if (!found)
        abort();
    return found;
}

int64_t H5Fopen(const char *name, unsigned flags, int64_t access)
{
    int64_t (*next)(const char *, unsigned, int64_t) =
        (int64_t(*)(const char *, unsigned, int64_t))meant(__builtin_return_address(0),
                                                           "H5Fopen");

    note("H5Fopen");
    return next(name, flags, access);
}

int H5Dread_chunk(int64_t set, int64_t list, const uint64_t *offset, uint32_t *filters,
                  void *out)
{
    int (*next)(int64_t, int64_t, const uint64_t *, uint32_t *, void *) =
        (int (*)(int64_t, int64_t, const uint64_t *, uint32_t *, void *))meant(
            __builtin_return_address(0), "H5Dread_chunk");

    note("H5Dread_chunk");
    return next(set, list, offset, filters, out);
}

void *Mat_Open(const char *name, int mode)
{
    void *(*next)(const char *, int) =
        (void *(*)(const char *, int))meant(__builtin_return_address(0), "Mat_Open");

    note("Mat_Open");
    return next(name, mode);
}

void *Mat_VarRead(void *file, const char *name)
{
    void *(*next)(void *, const char *) = (void *(*)(void *, const char *))meant(
        __builtin_return_address(0), "Mat_VarRead");

    note("Mat_VarRead");
    return next(file, name);
}
