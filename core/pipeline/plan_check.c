/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whether a plan fits this machine and what the study allows; and what does not, with the
 * numbers and what would make it fit.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "pipeline/plan.h"

static int64_t memory_of(long pid, int depth, int64_t *most);

/* At their most, those that one thread of a process has started: the system lists them by
 * threads. */
static int64_t most_of_children(long pid, long thread, int depth)
{
    char path[96];
    int64_t most = 0;
    FILE *file;
    long child;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, thread);
    file = fopen(path, "re");
    while (file && fscanf(file, "%ld", &child) == 1)
        memory_of(child, depth, &most);
    if (file)
        fclose(file);
    return most;
}

/* A process and, down to `depth` generations, those that it has started: what a helper took
 * once, to open a file, it may take again. */
static int64_t memory_of(long pid, int depth, int64_t *most)
{
    long long kb = 0, now = 0, peak = 0;
    char path[64], line[128];
    DIR *threads;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %lld kB", &kb) == 1)
            now = kb * 1024;
        if (sscanf(line, "VmHWM: %lld kB", &kb) == 1)
            peak = kb * 1024;
    }
    if (file)
        fclose(file);
    *most += peak;
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    threads = depth > 0 ? opendir(path) : NULL;
    for (struct dirent *e; threads && (e = readdir(threads)) != NULL;)
        if (e->d_name[0] != '.') {
            const int64_t had =
                most_of_children(pid, strtol(e->d_name, NULL, 10), depth - 1);

            now += had;
            *most += had;
        }
    if (threads)
        closedir(threads);
    return now;
}

int64_t ana_process_memory(int64_t *most)
{
    enum { GENERATIONS = 2 }; /* a task's helper has a reader's worker */
    int64_t peak = 0;
    const int64_t now = memory_of((long)getpid(), GENERATIONS, &peak);

    if (most)
        *most = peak;
    return now;
}

int64_t ana_disk_free(struct ana_ctx *ctx, const char *path)
{
    char *copy = ana_strdup(ctx, path), *slash;
    struct statvfs disk;
    int64_t bytes = -1;

    while (copy && statvfs(copy, &disk) != 0) { /* what does not exist yet, its parent */
        slash = strrchr(copy, '/');
        if (strcmp(copy, ".") == 0 || strcmp(copy, "/") == 0)
            goto done;
        if (slash)
            slash[slash == copy] = 0;
        else
            strcpy(copy, ".");
    }
    if (copy)
        bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
done:
    ana_free(ctx, copy);
    return bytes;
}

/* The key beside `memory` that lowers what memory goes to. */
static const char *memory_advice(const struct ana_plan *plan)
{
    if (*plan->advice)
        return plan->advice;
    switch (plan->largest) {
    case ANA_PLAN_MODELS:
    case ANA_PLAN_ACTIVATIONS:
        return "choose fewer `layers` in [model]";
    case ANA_PLAN_METRIC:
        return "score fewer targets or rows with `data` in [brain]";
    case ANA_PLAN_OPENING:
        return "open less with `data` in [brain]";
    case ANA_PLAN_RECORDING:
        return "shorten the recording with `prepare` in [brain]";
    default:
        return "compare fewer layers with `layers` in [model]";
    }
}

static int check_memory(struct ana_ctx *ctx, const struct ana_plan *plan, int64_t memory)
{
    char needed[32], allowed[32], part[32];

    if (plan->memory <= memory)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE,
                    "the run needs %s of memory (%s takes %s of it) and may use %s; "
                    "raise `memory` in "
                    "[study], or %s",
                    ana_text_bytes_up(plan->memory + ANA_PLAN_WAVERS, needed), plan->what,
                    ana_text_bytes(plan->largest_bytes, part),
                    ana_text_bytes(memory, allowed), memory_advice(plan));
}

/* What is written to one place, against what is free there. */
static int check_place(struct ana_ctx *ctx, const char *what, int64_t bytes,
                       const char *path, const char *advice)
{
    const int64_t available = ana_disk_free(ctx, path);
    char needed[32], left[32];

    if (available < 0 || bytes <= available)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE, "%s take %s on disk and %s has %s free; %s", what,
                    ana_text_bytes(bytes, needed), path, ana_text_bytes(available, left),
                    advice);
}

/* What readers make of files. */
static int64_t read_bytes(const struct ana_plan *plan)
{
    return plan->reading.scratch + plan->reading.to_keep;
}

/* What would lower most of what is written. */
static const char *disk_advice(const struct ana_plan *plan)
{
    const int64_t here = plan->results + plan->store;

    if (read_bytes(plan) > plan->cache && read_bytes(plan) > here)
        return "choose fewer voxels with `mask` in [brain], or give the images "
               "uncompressed";
    return plan->cache > here ? "choose fewer `layers` in [model]"
                              : "write fewer rows with `folds = no` in [report]";
}

static int check_disk(struct ana_ctx *ctx, const struct ana_plan *plan, int64_t disk)
{
    const int64_t all = plan->results + plan->store + plan->cache + read_bytes(plan);
    char needed[32], allowed[32], kept[32], blocks[32], more[96] = "";

    if (disk <= 0 || all <= disk)
        return 0;
    if (read_bytes(plan) > 0)
        snprintf(more, sizeof more, ", %s images that are inflated once",
                 ana_text_bytes(read_bytes(plan), blocks));
    return ana_fail(ctx, ANA_ERESOURCE,
                    "the run writes %s (%s of it kept activations%s) and `disk` allows "
                    "%s; raise `disk` in [study], or %s",
                    ana_text_bytes(all, needed), ana_text_bytes(plan->cache, kept), more,
                    ana_text_bytes(disk, allowed), disk_advice(plan));
}

int ana_plan_check(struct ana_ctx *ctx, const struct ana_plan *plan, int64_t memory,
                   int64_t disk, const char *output, const char *cache)
{
    int rc = check_memory(ctx, plan, memory);

    if (rc == 0)
        rc = check_disk(ctx, plan, disk);
    if (rc == 0)
        rc = check_place(ctx, "the results", plan->results + plan->store, output,
                         "choose another folder with `output` in [study], or write fewer "
                         "rows with `folds = no` in [report]");
    if (rc == 0 && read_bytes(plan) > plan->cache)
        rc = check_place(ctx, "the images that are inflated once",
                         plan->cache + read_bytes(plan), cache,
                         "choose another folder with `cache` in [study], or fewer voxels "
                         "with `mask` in [brain]");
    else if (rc == 0)
        rc = check_place(ctx, "the activations that are kept",
                         plan->cache + read_bytes(plan), cache,
                         "choose another folder with `cache` in [study], or fewer "
                         "`layers` in [model]");
    return rc;
}
