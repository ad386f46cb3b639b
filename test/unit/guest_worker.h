/* SPDX-License-Identifier: MIT
 *
 * Workers for tests of the guest's part of the platform room: the test program
 * itself, started as a coordinator starts it, with the name of a part that it
 * plays. It answers through the reply pipe. Sanitizers are told to leave
 * signals alone. A header because each test is a program of its own.
 */
#ifndef THRESH_TEST_GUEST_WORKER_H
#define THRESH_TEST_GUEST_WORKER_H

#include "unit.h"

#include <unistd.h>

#include "platform/guest.h"
#include "platform/platform.h"

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

/* ---- the worker's side ---- */

struct part {
    const char *name;
    int (*run)(void);
};

static inline void reply(const char *text)
{
    if (!guest_write(text, strlen(text)))
        guest_exit(90);
}

/* Plays a part of a list that ends with no name; the result is the exit code.
 */
static inline int worker_play(const struct part *parts, const char *name)
{
    if (!guest_is_worker())
        return 100;
    for (; parts->name; parts++) {
        if (strcmp(parts->name, name) == 0)
            return parts->run();
    }
    return 101;
}

/* ---- the coordinator's side ---- */

struct worker {
    struct platform_process process;
    struct platform_shared region, shared;
    platform_handle requests, replies, output;
    char text[4096];
    size_t size;
    bool ended;
};

/* variable: instead of the right one; NULL: the right one. */
static inline void worker_start(struct worker *w, const char *part,
                                const char *variable)
{
    struct thresh_err err = {0};
    platform_handle requests_read, replies_write;
    const char *const argv[] = {"test", part, NULL};
    char right[64];
    const char *env[] = {
        "ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigill=0:"
        "handle_sigfpe=0:handle_abort=0:handle_sigtrap=0:"
        "use_sigaltstack=0:detect_leaks=0:detect_stack_use_after_return=0",
        "UBSAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigill=0:"
        "handle_sigfpe=0:handle_abort=0:handle_sigtrap=0",
        variable ? variable : right, NULL};
    *w = (struct worker){0};
    assert_int_equal(platform_shared_new(&w->region, "r", 8192, false, &err),
                     0);
    assert_int_equal(platform_shared_new(&w->shared, "s", 4096, true, &err), 0);
    assert_int_equal(platform_pipe(&requests_read, &w->requests, &err), 0);
    assert_int_equal(platform_pipe(&w->replies, &replies_write, &err), 0);
    assert_int_equal(platform_output_new(&w->output, &err), 0);
    struct platform_spawn spec = {
        .argv = argv,
        .env = env,
        .handles = {requests_read, replies_write, w->region.handle,
                    w->shared.read_handle},
        .nhandles = GUEST_HANDLES,
        .output = w->output,
        .guarded = true,
    };
    assert_int_equal(platform_worker_variable(right, sizeof right, &spec), 0);
    if (platform_spawn(&spec, &w->process, &err) != 0)
        fail_msg("%s", err.msg);
    platform_close(&requests_read);
    platform_close(&replies_write);
}

static inline void worker_read(struct worker *w)
{
    struct thresh_err err = {0};
    bool ready;
    (void)platform_wait(&w->replies, &ready, 1, platform_now_us() + 1000000);
    long n = platform_read_some(w->replies, w->text + w->size,
                                sizeof w->text - 1 - w->size, &err);
    if (n == 0)
        w->ended = true;
    else if (n > 0)
        w->size += (size_t)n;
    else
        assert_int_equal(n, PLATFORM_AGAIN);
}

static inline void worker_read_text(struct worker *w, const char *text)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (w->size < strlen(text) && !w->ended && platform_now_us() < deadline)
        worker_read(w);
    assert_string_equal(w->text, text);
    memset(w->text, 0, sizeof w->text);
    w->size = 0;
}

static inline struct platform_exit worker_end(struct worker *w)
{
    struct platform_exit exit = {.kind = PLATFORM_RUNNING};
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    platform_close(&w->requests);
    while (!w->ended && platform_now_us() < deadline)
        worker_read(w);
    assert_true(w->ended);
    while (exit.kind == PLATFORM_RUNNING && platform_now_us() < deadline) {
        exit = platform_poll_exit(&w->process);
        platform_sleep_us(200);
    }
    platform_close(&w->replies);
    platform_close(&w->output);
    platform_shared_free(&w->region);
    platform_shared_free(&w->shared);
    return exit;
}

static inline void assert_exits(struct worker *w, int code)
{
    struct platform_exit exit = worker_end(w);
    assert_int_equal(exit.kind, PLATFORM_EXITED);
    assert_int_equal(exit.code, code);
}

#endif
