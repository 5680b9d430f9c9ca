/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The machine, as /proc/cpuinfo, uname and the libraries describe it.
 */
#include "report/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <gnu/libc-version.h>

#include "linalg/pool.h"

/* The value of "key : value" if the line has this key, cut into out. */
static void take(const char *line, const char *key, char *out, size_t room)
{
    const size_t n = strlen(key);
    const char *colon = strchr(line, ':');

    if (strncmp(line, key, n) != 0 || !colon ||
        strspn(line + n, " \t") + n + line < colon)
        return;
    colon += 1 + strspn(colon + 1, " \t");
    snprintf(out, room, "%.*s", (int)strcspn(colon, "\n"), colon);
}

void ana_machine_describe(struct ana_machine *machine)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    struct utsname name;
    char line[8192];

    snprintf(machine->cpu, sizeof machine->cpu, "unknown");
    snprintf(machine->flags, sizeof machine->flags, "unknown");
    snprintf(machine->system, sizeof machine->system, "unknown");
    /* The first processor speaks for all; its description ends with an empty line. */
    while (file && fgets(line, sizeof line, file) && line[0] != '\n') {
        take(line, "model name", machine->cpu, sizeof machine->cpu);
        take(line, "flags", machine->flags, sizeof machine->flags);
        take(line, "Features", machine->flags, sizeof machine->flags); /* ARM */
    }
    if (file)
        fclose(file);
    if (uname(&name) == 0)
        snprintf(machine->system, sizeof machine->system, "%.60s %.60s %.60s",
                 name.sysname, name.release, name.machine);
    machine->blas = ana_blas_name();
#ifdef __clang__
    machine->compiler = __VERSION__; /* names itself */
#else
    machine->compiler = "GCC " __VERSION__;
#endif
    machine->libc = gnu_get_libc_version();
}
