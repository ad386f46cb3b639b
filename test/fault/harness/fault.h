/* SPDX-License-Identifier: MIT
 *
 * What the targets of the fault tests share: notes that outlive the process,
 * memory that all processes of a run see, and a look into what the engine
 * gives a worker. Everything lies in the current directory, which is the
 * test's own. A header because each test's target is a program of its own.
 */
#ifndef THRESH_TEST_FAULT_H
#define THRESH_TEST_FAULT_H

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/protocol.h"

#define FAULT_UNUSED __attribute__((unused))

enum { FD_REQUESTS = 3, FD_REPLIES, FD_REGION, FD_SHARED };

/* Only before main: the engine takes the variable away. */
static FAULT_UNUSED bool starts_as_worker(void)
{
    return getenv("THRESH_WORKER") != NULL;
}

/* Appends a line to a file, in one piece. */
__attribute__((format(printf, 2, 3))) static FAULT_UNUSED void
note(const char *file, const char *format, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line, sizeof line - 1, format, ap);
    va_end(ap);
    if (n < 0 || (size_t)n > sizeof line - 2)
        abort();
    line[n] = '\n';
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)n + 1) != n + 1)
        abort();
    close(fd);
}

/* Keeps the last bytes given, whole. */
static FAULT_UNUSED void dump(const char *file, const void *data, size_t size)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

/* Sixteen numbers shared by all processes of the run, zero at first. */
static FAULT_UNUSED _Atomic uint32_t *board(void)
{
    static _Atomic uint32_t *shared;
    if (shared)
        return shared;
    int fd = open("board", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        abort();
    void *base = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        abort();
    close(fd);
    shared = base;
    return shared;
}

static FAULT_UNUSED void *map_fd(int fd, int protection)
{
    struct stat st;
    void *base = MAP_FAILED;
    if (fstat(fd, &st) == 0)
        base = mmap(NULL, (size_t)st.st_size, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        abort();
    return base;
}

/* This worker's region. */
static FAULT_UNUSED struct region *region(void)
{
    static struct region *mapped;
    if (!mapped)
        mapped = map_fd(FD_REGION, PROT_READ | PROT_WRITE);
    return mapped;
}

/* Whether the coordinator has asked all workers to stop. */
static FAULT_UNUSED bool stop_is_asked(void)
{
    static struct shared_header *mapped;
    if (!mapped)
        mapped = map_fd(FD_SHARED, PROT_READ);
    return atomic_load(&mapped->stop) != 0;
}

static FAULT_UNUSED void sleep_for_ever(void)
{
    for (;;)
        pause();
}

#endif
