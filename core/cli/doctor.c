/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow doctor`: what this installation is made of, for a person with a problem and
 * for whoever helps them.
 */
#include <jansson.h>
#include <nettle/version.h>
#include <sched.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "config.h"
#include "linalg/pool.h"
#include "pipeline/budget.h"
#include "pipeline/calibrate.h"
#include "plugin/registry.h"
#include "plugin/remember.h"
#include "plugin/search.h"
#include "report/machine.h"

static void title(const char *text)
{
    printf("%s%s%s\n", ana_terminal_bold(stdout), text, ana_terminal_plain(stdout));
}

/* A line of /proc/meminfo: "MemTotal:   24671060 kB". */
static void print_memory(const char *label, const char *name)
{
    FILE *file = fopen("/proc/meminfo", "r");
    const size_t n = strlen(name);
    char line[256];

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            printf("  %-14s %.1f GB\n", label, strtod(line + n + 1, NULL) * 1024 / 1e9);
    if (file)
        fclose(file);
}

/* The limit of the container or service that we run in, if it has one. */
static void print_memory_limit(void)
{
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "r");
    char line[64] = "";
    double bytes;

    if (file && fgets(line, sizeof line, file))
        line[strcspn(line, "\n")] = 0;
    if (ana_text_to_double(line, &bytes)) /* "max" = none */
        printf("  %-14s %.1f GB\n", "memory limit", bytes / 1e9);
    if (file)
        fclose(file);
}

static void print_machine(void)
{
    struct ana_machine machine;
    cpu_set_t set;

    ana_machine_describe(&machine);
    title("Machine");
    printf("  %-14s %s\n  %-14s %s\n", "system", machine.system, "processor",
           machine.cpu);
    printf("  %-14s %s, C library %s\n", "built with", machine.compiler, machine.libc);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        printf("  %-14s %d for this program, %ld in all\n", "cores", CPU_COUNT(&set),
               sysconf(_SC_NPROCESSORS_ONLN));
    print_memory("memory", "MemTotal");
    print_memory("memory free", "MemAvailable");
    print_memory_limit();
}

/* Free bytes where something will be written; the nearest folder that is there. */
static void print_disk(const char *label, const char *path)
{
    char place[4096], bytes[32];
    struct statvfs fs;

    snprintf(place, sizeof place, "%s", path);
    while (statvfs(place, &fs) != 0) {
        char *slash = strrchr(place, '/');

        if (!slash || slash == place)
            return;
        *slash = 0;
    }
    printf("  %-14s %s free for %s\n", label,
           ana_text_bytes((int64_t)(fs.f_bavail * fs.f_frsize), bytes), path);
}

/* What the plan of a run's time goes by, where one has measured it. */
static void print_speed(struct ana_ctx *ctx, const char *cache)
{
    const int64_t threads = sysconf(_SC_NPROCESSORS_ONLN);
    struct ana_rates rates;
    double age;

    if (ana_calibrate_recall(ctx, cache, threads, &rates, &age) == 0 && age >= 0)
        printf("  %-14s %.3g operations of matrix products a second with %lld threads, "
               "measured %.1f days ago\n",
               "speed", rates.gemm * (double)threads, (long long)threads, age / 86400);
}

/* What a run is kept to, beside the memory above. */
static void print_limits(struct ana_ctx *ctx)
{
    char *cache = ana_cache_folder(ctx), bytes[32], here[4096];
    struct rlimit files;

    title("Limits");
    printf("  %-14s %s, where [study] has no `memory`\n", "memory",
           ana_text_bytes(ana_memory_available(), bytes));
    printf("  %-14s %ld, where nothing says `jobs`\n", "threads",
           sysconf(_SC_NPROCESSORS_ONLN));
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        files.rlim_cur = RLIM_INFINITY;
    if (files.rlim_cur == RLIM_INFINITY)
        printf("  %-14s no limit\n", "open files");
    else if (files.rlim_cur >= files.rlim_max)
        printf("  %-14s %llu\n", "open files", (unsigned long long)files.rlim_cur);
    else
        printf("  %-14s %llu (could be raised to %llu)\n", "open files",
               (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_max);
    if (cache) {
        print_disk("cache", cache);
        print_speed(ctx, cache);
    }
    if (getcwd(here, sizeof here))
        print_disk("results", here);
    ana_free(ctx, cache);
}

static void print_libraries(void)
{
    const unsigned xxhash = XXH_versionNumber();

    title("Libraries");
    printf("  %-14s %s; one thread a call: %s\n", "BLAS", ana_blas_name(),
           ana_blas_single_thread() ? "yes" : "no, it ignores openblas_set_num_threads");
    printf("  %-14s LAPACKE %s\n", "LAPACK", ANA_LAPACKE_VERSION);
    printf("  %-14s %s, %s\n", "sound", sf_version_string(), soxr_version());
    printf("  %-14s inih %s, jansson %s\n", "text", ANA_INIH_VERSION,
           jansson_version_str());
    printf("  %-14s xxhash %u.%u.%u, nettle %d.%d\n", "hashes", xxhash / 10000,
           xxhash / 100 % 100, xxhash % 100, nettle_version_major(),
           nettle_version_minor());
}

/* Returns the number of refused files. */
static int64_t print_plugins(const struct ana_registry *registry)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);
    int64_t refused = 0;

    title("Plugins");
    for (int64_t i = 0; i < n; i++) {
        if (entry[i].plugin)
            printf("  %-7s %s %s\n          %s\n", ana_kind_name(entry[i].plugin->kind),
                   entry[i].plugin->id, entry[i].plugin->version, entry[i].path);
        else
            printf("  refused %s\n", entry[i].problem);
        refused += !entry[i].plugin;
    }
    if (n == 0)
        puts("  none");
    return refused;
}

static int print_search_path(struct ana_ctx *ctx)
{
    struct ana_plugin_place *folder;
    int64_t n;
    int rc = ana_plugin_folders(ctx, &n, &folder);

    if (rc != 0)
        return rc;
    title("Where plugins are looked for");
    for (int64_t i = 0; i < n; i++)
        printf("  %s%s%s\n", folder[i].path,
               folder[i].from_package ? " (the package's own)" : "",
               access(folder[i].path, R_OK | X_OK) == 0 ? "" : " (does not exist)");
    ana_plugin_places_free(ctx, n, folder);
    return 0;
}

static void print_environment(void)
{
    static const char *const names[] = {"ANAFLOW_PLUGIN_PATH", "ANAFLOW_DATA",
                                        "OPENBLAS_CORETYPE",   "OPENBLAS_NUM_THREADS",
                                        "OMP_NUM_THREADS",     "LC_ALL"};

    int set = 0;

    title("Environment");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);

        if (value)
            set += printf("  %s=%s\n", names[i], value) > 0;
    }
    if (!set)
        puts("  nothing of note is set");
}

static int doctor(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    struct ana_registry *registry;
    int64_t refused;
    int rc = ana_registry_create(ctx, &registry);

    (void)arguments;
    if (rc != 0)
        return rc;
    printf("anaflow %s, plugin interface %d.%d\n", ana_version(), ANA_ABI_MAJOR,
           ANA_ABI_MINOR);
    print_machine();
    print_limits(ctx);
    print_libraries();
    refused = print_plugins(registry);
    ana_registry_destroy(registry);
    rc = print_search_path(ctx);
    print_environment();
    if (rc == 0 && refused > 0)
        rc = ana_fail(ctx, ANA_EPLUGIN, "%lld plugin file%s refused, see above",
                      (long long)refused, refused == 1 ? " was" : "s were");
    if (rc == 0 && !ana_blas_single_thread())
        rc = ana_fail(
            ctx, ANA_ERESOURCE,
            "this BLAS ignores openblas_set_num_threads, so results would depend on "
            "the number of threads; install libopenblas0-pthread");
    return rc;
}

const struct ana_command ana_command_doctor = {
    .name = "doctor",
    .summary = "say what this installation is made of, and what is wrong with it",
    .details =
        "Prints versions, processor, cores, memory, limits, free disk, the BLAS and its "
        "kernel, every "
        "plugin\n"
        "file and why one was refused, and the folders that are searched. Paste it into\n"
        "a report of a problem. Exit status 4 if a plugin was refused.",
    .run = doctor,
};
