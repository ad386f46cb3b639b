/* SPDX-License-Identifier: MIT
 *
 * One worker process for tests of how the coordinator sees it. The workers are
 * the test program, started as any fuzz binary is; the target, `acts`, is the
 * test's own. A header because each test is a program of its own.
 */
#ifndef THRESH_TEST_ONE_PROCESS_H
#define THRESH_TEST_ONE_PROCESS_H

#include "unit.h"

#include <unistd.h>

#include "coordinator/corpus.h"
#include "coordinator/process.h"
#include "ends.h"
#include "thresh.h"
#include "worker/worker.h"

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)
#define MAX_BYTES   64

static struct corpus corpus;
static struct process process;
static const char *const argv[] = {"test", NULL};
static const struct options opt = {
    .target = "acts",
    .argv = argv,
    .sig = {.nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {MAX_BYTES}},
};

/* ---- help ---- */

static enum process_event await(struct reply *reply, struct process_end *end)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    enum process_event event = EVENT_NONE;
    while (event == EVENT_NONE && platform_now_us() < deadline) {
        bool ready;
        platform_handle pipe =
            process.pipe_ended ? PLATFORM_NO_HANDLE : process.replies;
        (void)platform_wait(&pipe, &ready, 1, platform_now_us() + 10000);
        event = process_poll(&process, reply, end);
    }
    return event;
}

static inline struct process_end await_end(void)
{
    struct reply reply;
    struct process_end end;
    assert_int_equal(await(&reply, &end), EVENT_ENDED);
    return end;
}

static inline struct reply await_reply(void)
{
    struct reply reply;
    struct process_end end;
    assert_int_equal(await(&reply, &end), EVENT_REPLY);
    return reply;
}

static inline int start(void **state)
{
    struct thresh_err err = {0};
    (void)state;
    if (platform_watch(&err) || corpus_init(&corpus, &err) ||
        process_init(&process, 0, MAX_BYTES + sizeof(uint32_t), &err) ||
        process_start(&process, &opt, &corpus.memory, MAX_BYTES, &err)) {
        print_error("%s\n", err.msg);
        return -1;
    }
    struct reply reply;
    struct process_end end;
    return await(&reply, &end) == EVENT_REPLY && reply.status == REPLY_OK ? 0
                                                                          : -1;
}

static inline int release(void **state)
{
    (void)state;
    process_release(&process);
    corpus_release(&corpus);
    return 0;
}

static inline void put(const char *text)
{
    uint8_t packed[sizeof(uint32_t) + MAX_BYTES];
    struct input in = {
        .nargs = 1,
        .arg = {{(uint8_t *)(uintptr_t)text, (uint32_t)strlen(text)}}};
    input_pack(&in, packed);
    process_put_input(&process, packed, input_packed_size(&in));
}

static inline void ask(const char *text)
{
    struct request request = {.kind = REQUEST_INPUT, .count = 1};
    put(text);
    process_ask(&process, &request);
}

static inline struct region *region(void)
{
    return (struct region *)(void *)process.memory.base;
}

static inline void wait_until_running(void)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (!atomic_load(&region()->running) && platform_now_us() < deadline)
        platform_sleep_us(200);
    assert_int_equal(atomic_load(&region()->running), 1);
}

#endif
