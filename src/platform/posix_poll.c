/* SPDX-License-Identifier: MIT
 *
 * Asking which of many pipes are ready. Apart from the wait itself because
 * Linux has a way whose cost does not grow with the pipes: epoll, which is told
 * once of each. What it has been told is kept here, by descriptor, and undone
 * when a descriptor is closed or no longer asked for. Elsewhere, and where epoll
 * is refused, it is poll. One thread.
 */
#include "platform/posix.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/epoll.h>

/* Events taken at a time: what is left over is told next time. */
#define EVENTS_MAX 64

/* A descriptor. */
struct known {
    bool told;      /* epoll knows it */
    uint64_t asked; /* the last wait that asked for it */
    size_t index;   /* its place there */
};

static struct {
    int fd; /* 0: none yet, -1: refused */
    struct known *known;
    size_t room;
    size_t ntold;
    uint64_t waits;
} set;

static bool know(int fd)
{
    size_t wanted = (size_t)fd + 1;
    if (wanted <= set.room)
        return true;
    wanted += wanted / 2;
    struct known *more = realloc(set.known, wanted * sizeof *more);
    if (!more)
        return false;
    memset(more + set.room, 0, (wanted - set.room) * sizeof *more);
    set.known = more;
    set.room = wanted;
    return true;
}

void posix_poll_forget(int fd)
{
    if (fd < 0 || (size_t)fd >= set.room || !set.known[fd].told)
        return;
    (void)epoll_ctl(set.fd, EPOLL_CTL_DEL, fd, NULL);
    set.known[fd].told = false;
    set.ntold--;
}

static bool ask_for(int fd, size_t index)
{
    if (!know(fd))
        return false;
    struct known *k = &set.known[fd];
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (!k->told) {
        if (epoll_ctl(set.fd, EPOLL_CTL_ADD, fd, &event) != 0)
            return false;
        k->told = true;
        set.ntold++;
    }
    k->asked = set.waits;
    k->index = index;
    return true;
}

/* Undoes what earlier waits asked for and this one does not. */
static void drop_others(size_t asked)
{
    for (size_t fd = 0; set.ntold > asked && fd < set.room; fd++)
        if (set.known[fd].told && set.known[fd].asked != set.waits)
            posix_poll_forget((int)fd);
}

/* False if epoll won't do. */
static bool poll_by_set(const platform_handle *pipes, bool *ready, size_t n,
                        platform_handle wake, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    size_t asked = 0;
    if (set.fd == 0)
        set.fd = epoll_create1(EPOLL_CLOEXEC);
    if (set.fd <= 0)
        return false;
    set.waits++;
    for (size_t i = 0; i <= n; i++) {
        platform_handle pipe = i < n ? pipes[i] : wake;
        if (i < n)
            ready[i] = false;
        if (pipe == PLATFORM_NO_HANDLE)
            continue;
        if (!ask_for((int)pipe, i))
            return false;
        asked++;
    }
    drop_others(asked);
    int count = epoll_wait(set.fd, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < count; i++) {
        size_t index = set.known[events[i].data.fd].index;
        if (index < n)
            ready[index] = true;
    }
    return true;
}
#else
void posix_poll_forget(int fd)
{
    (void)fd;
}

static bool poll_by_set(const platform_handle *pipes, bool *ready, size_t n,
                        platform_handle wake, int timeout_ms)
{
    (void)wake;
    (void)pipes;
    (void)ready;
    (void)n;
    (void)timeout_ms;
    return false;
}
#endif

/* The list given to poll, kept between waits; NULL without memory. */
static struct pollfd *poll_list(size_t n)
{
    static struct pollfd *list;
    static size_t capacity;
    if (n > capacity) {
        struct pollfd *bigger = realloc(list, n * sizeof *list);
        if (!bigger)
            return NULL;
        list = bigger;
        capacity = n;
    }
    return list;
}

bool posix_poll(const platform_handle *pipes, bool *ready, size_t n,
                platform_handle wake, int timeout_ms)
{
    if (poll_by_set(pipes, ready, n, wake, timeout_ms))
        return true;
    struct pollfd *list = poll_list(n + 1);
    if (!list)
        return false;
    /* poll skips negative descriptors, which PLATFORM_NO_HANDLE becomes. */
    for (size_t i = 0; i < n; i++)
        list[i] = (struct pollfd){.fd = (int)pipes[i], .events = POLLIN};
    list[n] = (struct pollfd){.fd = (int)wake, .events = POLLIN};
    int count = poll(list, (nfds_t)(n + 1), timeout_ms);
    for (size_t i = 0; i < n; i++)
        ready[i] = count > 0 && list[i].revents != 0;
    return true;
}
