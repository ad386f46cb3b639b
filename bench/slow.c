/* SPDX-License-Identifier: MIT
 *
 * A target that sleeps instead of working, so that hundreds of workers fit on
 * two processors, and that keeps its own books in a file which all processes
 * share: how often it was run, and which of its 256 branches were reached.
 *
 * SLOW_BOOKS names the file, SLOW_US the microseconds of an execution.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct books {
    uint64_t executions;
    uint8_t reached[256];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct books *open_books(void)
{
    const char *path = getenv("SLOW_BOOKS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED
                       : mmap(NULL, sizeof(struct books),
                              PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        abort();
    close(fd);
    return map;
}

#define ONE(n)       \
    case n:          \
        seen[n] = n; \
        break;
#define FOUR(n)    ONE(n) ONE(n + 1) ONE(n + 2) ONE(n + 3)
#define SIXTEEN(n) FOUR(n) FOUR(n + 4) FOUR(n + 8) FOUR(n + 12)
#define QUARTER(n) SIXTEEN(n) SIXTEEN(n + 16) SIXTEEN(n + 32) SIXTEEN(n + 48)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct books *books;
    static struct timespec pause;
    static volatile uint8_t seen[256];
    if (!books) {
        const char *us = getenv("SLOW_US");
        pause.tv_nsec = (us ? atol(us) : 1000) * 1000;
        books = open_books();
    }
    __atomic_add_fetch(&books->executions, 1, __ATOMIC_RELAXED);
    nanosleep(&pause, NULL);
    if (size == 0)
        return 0;
    switch (data[size - 1]) {
        QUARTER(0)
        QUARTER(64)
        QUARTER(128)
        QUARTER(192)
    }
    books->reached[data[size - 1]] = 1;
    return 0;
}
