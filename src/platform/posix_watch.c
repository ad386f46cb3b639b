/* SPDX-License-Identifier: MIT
 *
 * Looking at a process that runs, and at the children it has forked: the memory
 * and the processor's time they use, and where they are. Apart from
 * posix_process.c because only Linux tells such things of others, in /proc and
 * by their clocks; elsewhere nothing is known.
 */
#include "platform/posix.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000u

#if defined(__linux__)
/* The text of a file of /proc; "" if it can't be read. */
static void read_proc(char *text, size_t size, const char *path)
{
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, text, size - 1);
        close(fd);
    }
    text[n > 0 ? n : 0] = 0;
}

static uint64_t resident_bytes(long pid)
{
    char path[64], text[128];
    (void)snprintf(path, sizeof path, "/proc/%ld/statm", pid);
    read_proc(text, sizeof text, path);
    /* The second number is the resident pages. */
    const char *space = strchr(text, ' ');
    return space ? (uint64_t)strtoull(space, NULL, 10) *
                       (uint64_t)sysconf(_SC_PAGESIZE)
                 : 0;
}

static uint64_t cpu_us(long pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0 ||
        clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * SECOND_US + (uint64_t)t.tv_nsec / 1000;
}

/* Whether a process has a handler for a signal, which kills any other. */
static bool catches(long pid, int signal)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", pid);
    read_proc(text, sizeof text, path);
    const char *caught = strstr(text, "\nSigCgt:");
    return caught &&
           strtoull(caught + strlen("\nSigCgt:"), NULL, 16) >> (signal - 1) & 1;
}

/* The process and its children, as many as fit; returns how many. */
static size_t family(const struct platform_process *process, long *pid,
                     size_t max)
{
    char path[64], text[512];
    size_t n = 0;
    pid[n++] = (long)process->id;
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid[0],
                   pid[0]);
    read_proc(text, sizeof text, path);
    for (char *at = text, *end; *at && n < max; at = end) {
        pid[n] = strtol(at, &end, 10);
        if (end == at || *end != ' ')
            break;
        n++;
    }
    return n;
}

#define FAMILY_MAX 64

uint64_t platform_resident_bytes(const struct platform_process *process)
{
    long pid[FAMILY_MAX];
    uint64_t most = 0;
    if (process->id <= 0)
        return 0;
    for (size_t n = family(process, pid, FAMILY_MAX); n-- > 0;) {
        uint64_t bytes = resident_bytes(pid[n]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

uint64_t platform_cpu_us(const struct platform_process *process)
{
    long pid[FAMILY_MAX];
    uint64_t sum = 0;
    if (process->id <= 0)
        return 0;
    for (size_t n = family(process, pid, FAMILY_MAX); n-- > 0;)
        sum += cpu_us(pid[n]);
    return sum;
}

void platform_peek_stack(const struct platform_process *process)
{
#if defined(POSIX_ASK_SIGNAL)
    long pid[FAMILY_MAX];
    if (process->id <= 0)
        return;
    for (size_t n = family(process, pid, FAMILY_MAX); n-- > 0;)
        if (catches(pid[n], POSIX_ASK_SIGNAL))
            (void)kill((pid_t)pid[n], POSIX_ASK_SIGNAL);
#else
    (void)process;
#endif
}

#else

void platform_peek_stack(const struct platform_process *process)
{
    (void)process;
}

uint64_t platform_resident_bytes(const struct platform_process *process)
{
    (void)process;
    return 0;
}

uint64_t platform_cpu_us(const struct platform_process *process)
{
    (void)process;
    return 0;
}

#endif

uint64_t platform_own_resident(void)
{
    return platform_resident_bytes(
        &(struct platform_process){.id = (intptr_t)getpid()});
}
