/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How much memory there is to plan with.
 */
#include "pipeline/budget.h"

#include <stdio.h>
#include <unistd.h>

static int64_t kernel_available(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    long long kb = 0;
    char line[128];

    while (file && kb == 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lld kB", &kb) != 1)
            kb = 0;
    if (file)
        fclose(file);
    return kb > 0 ? kb * 1024 : (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
}

static int64_t read_number(const char *path)
{
    FILE *file = fopen(path, "re");
    long long value = -1;

    if (file) {
        if (fscanf(file, "%lld", &value) != 1)
            value = -1;
        fclose(file);
    }
    return value;
}

int64_t ana_memory_available(void)
{
    const int64_t most = read_number("/sys/fs/cgroup/memory.max");
    const int64_t used = read_number("/sys/fs/cgroup/memory.current");
    int64_t bytes = kernel_available();

    if (most > 0 && used >= 0 && most - used < bytes)
        bytes = most > used ? most - used : 0;
    return bytes / 10 * 7;
}
