/* SPDX-License-Identifier: MIT
 *
 * A worker whose pipes go through a relay, which sees every byte that the
 * coordinator and the worker exchange and notes in "wire" what no sound
 * coordinator sends: a cut or foreign message, a request before the previous
 * one is answered. It also notes the end of the requests.
 *
 * The relay is a thread that starts before main and keeps the inherited
 * descriptors; the engine finds others at their numbers. relay_slowly makes it
 * hand each reply on in two halves, with a pause between them.
 */
#ifndef THRESH_TEST_RELAY_H
#define THRESH_TEST_RELAY_H

#include "fault.h"

#include <poll.h>
#include <pthread.h>

static unsigned relay_pause_us;

static struct {
    int requests, replies;      /* to the coordinator */
    int to_worker, from_worker; /* to the engine in this process */
    struct request request;
    size_t got;
    uint64_t last_id;
    atomic_bool open_call; /* a request is unanswered */
} relay;

static void relay_write(int fd, const void *data, size_t size)
{
    if (write(fd, data, size) != (ssize_t)size)
        note("wire", "cannot write %zu bytes", size);
}

static void relay_check_request(const struct request *r)
{
    if (r->magic != PROTOCOL_MAGIC || r->version != PROTOCOL_VERSION ||
        r->kind < REQUEST_HELLO || r->kind > REQUEST_INPUT)
        note("wire", "bad: no request");
    if (r->id != relay.last_id + 1 && relay.last_id)
        note("wire", "bad: request %llu after %llu", (unsigned long long)r->id,
             (unsigned long long)relay.last_id);
    relay.last_id = r->id;
    if (atomic_exchange(&relay.open_call, true))
        note("wire", "bad: a request before the answer to the last");
}

/* False at the end. */
static bool relay_request(void)
{
    char *at = (char *)&relay.request + relay.got;
    ssize_t n = read(relay.requests, at, sizeof relay.request - relay.got);
    if (n < 0)
        return true;
    if (n == 0) {
        note("wire", relay.got ? "bad: cut request" : "end");
        close(relay.to_worker);
        return false;
    }
    relay.got += (size_t)n;
    if (relay.got < sizeof relay.request)
        return true;
    relay.got = 0;
    relay_check_request(&relay.request);
    relay_write(relay.to_worker, &relay.request, sizeof relay.request);
    return true;
}

static bool relay_reply(void)
{
    struct reply reply;
    ssize_t n = read(relay.from_worker, &reply, sizeof reply);
    if (n != (ssize_t)sizeof reply)
        return false;
    size_t half = sizeof reply / 2;
    if (relay_pause_us) {
        relay_write(relay.replies, &reply, half);
        usleep(relay_pause_us);
    } else {
        half = 0;
    }
    atomic_store(&relay.open_call, false);
    relay_write(relay.replies, (char *)&reply + half, sizeof reply - half);
    return true;
}

static void *relay_serve(void *arg)
{
    struct pollfd fds[2] = {{.fd = relay.requests, .events = POLLIN},
                            {.fd = relay.from_worker, .events = POLLIN}};
    while (fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents && !relay_reply())
            fds[1].fd = -1;
        else if (fds[0].revents && !relay_request())
            fds[0].fd = -1;
    }
    return arg;
}

static int relay_insert(int fd, int worker_end)
{
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    if (kept < 0 || dup2(worker_end, fd) < 0)
        abort();
    close(worker_end);
    return kept;
}

__attribute__((constructor)) static void relay_start(void)
{
    int down[2], up[2];
    pthread_t thread;
    if (!starts_as_worker())
        return;
    if (pipe(down) != 0 || pipe(up) != 0)
        abort();
    /* A write to a coordinator that has gone shall be noted, not fatal. */
    signal(SIGPIPE, SIG_IGN);
    relay.requests = relay_insert(FD_REQUESTS, down[0]);
    relay.replies = relay_insert(FD_REPLIES, up[1]);
    relay.to_worker = down[1];
    relay.from_worker = up[0];
    if (pthread_create(&thread, NULL, relay_serve, NULL) != 0)
        abort();
}

#endif
