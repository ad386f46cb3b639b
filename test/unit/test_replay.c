/* SPDX-License-Identifier: MIT
 *
 * Inputs run side by side: each has its own verdict, told in the order in which
 * they were added, and what can't be run any more is told as that. The workers
 * are the test program, started as any fuzz binary is.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "coordinator/replay.h"
#include "platform/platform.h"
#include "thresh.h"
#include "worker/worker.h"

#define MAX_BYTES 64
#define MANY      200

THRESH_TARGET(acts, (bytes, in, .max = MAX_BYTES))
{
    static unsigned ran;
    ran++;
    switch (in.size ? in.data[0] : 0) {
    case 'a':
        abort();
    case 'c':
        THRESH_CHECK(in.size == 0, "told to");
        break;
    case 'h':
        for (;;)
            platform_sleep_us(1000);
    case 'n': /* fails unless it is the first */
        THRESH_CHECK(ran == 1, "ran %u", ran);
        break;
    default:
        break;
    }
}

static const char *const argv[] = {"test", NULL};
static struct options opt = {
    .target = "acts",
    .argv = argv,
    .sig = {.nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {MAX_BYTES}},
    .input_timeout_us = 0,
};

/* What was told: a letter for each, and whether the names were in order. */
static char told[MANY + 1];
static unsigned ntold;
static struct replay *replay;

static void tell(void *ctx, const struct replay_result *r)
{
    char name[20];
    (void)ctx;
    (void)snprintf(name, sizeof name, "%u", ntold);
    assert_string_equal(r->name, name);
    assert_true(ntold < MANY);
    told[ntold++] = r->how == REPLAY_NOT_RUN           ? '-'
                    : r->how == REPLAY_NO_VERDICT      ? '?'
                    : r->how == REPLAY_ENGINE          ? '!'
                    : r->verdict->kind == VERDICT_PASS ? '.'
                    : r->verdict->timeout              ? 't'
                    : r->verdict->died                 ? 'D'
                                                       : 'F';
    told[ntold] = 0;
}

static void begin(unsigned parallel, uint64_t deadline_us)
{
    struct thresh_err err;
    const struct replay_spec spec = {.opt = &opt,
                                     .max_bytes = MAX_BYTES,
                                     .deadline_us = deadline_us,
                                     .timeout_us = 1,
                                     .tell = tell};
    opt.parallel = parallel;
    ntold = 0;
    told[0] = 0;
    assert_int_equal(replay_new(&replay, &spec, &err), 0);
}

static struct input input_of(const char *text)
{
    return (struct input){
        .nargs = 1,
        .arg = {{(uint8_t *)(uintptr_t)text, (uint32_t)strlen(text)}}};
}

static int add_after(unsigned n, const char *text, struct history *before)
{
    char name[20];
    struct thresh_err err;
    struct input in = input_of(text);
    (void)snprintf(name, sizeof name, "%u", n);
    return replay_add(replay, name, &in, before, &err);
}

static int add(unsigned n, const char *text)
{
    struct history nothing = {0};
    return add_after(n, text, &nothing);
}

static int release(void **state)
{
    (void)state;
    replay_free(replay);
    replay = NULL;
    return 0;
}

static void expect_many(unsigned parallel)
{
    static const char *const texts[] = {"ok", "abort", "", "check"};
    begin(parallel, 0);
    for (unsigned n = 0; n < MANY; n++)
        assert_int_equal(add(n, texts[n % 4]), 0);
    replay_finish(replay);
    assert_int_equal(ntold, MANY);
    for (unsigned n = 0; n < MANY; n++)
        assert_int_equal(told[n], ".D.F"[n % 4]);
}

static void test_one_worker(void **state)
{
    (void)state;
    expect_many(1);
}

static void test_three_workers(void **state)
{
    (void)state;
    expect_many(3);
}

static void test_earlier_inputs_run_before_it_in_a_new_process(void **state)
{
    (void)state;
    uint8_t packed[16];
    struct input in = input_of("x");
    struct history before = {0};
    input_pack(&in, packed);
    assert_true(history_add(&before, packed, input_packed_size(&in)));
    begin(1, 0);
    assert_int_equal(add(0, "ok"), 0);
    assert_int_equal(add_after(1, "new", &before), 0);
    assert_int_equal(before.count, 0);
    assert_int_equal(add(2, "new"), 0); /* it alone: the process is new */
    replay_finish(replay);
    assert_string_equal(told, ".F.");
}

static void test_what_has_no_verdict_keeps_its_place(void **state)
{
    (void)state;
    struct thresh_err why, err;
    (void)thresh_fail(&why, THRESH_EFORMAT, "junk");
    begin(2, 0);
    assert_int_equal(add(0, "ok"), 0);
    assert_int_equal(replay_add_error(replay, "1", &why, &err), 0);
    assert_int_equal(add(2, "abort"), 0);
    replay_finish(replay);
    assert_string_equal(told, ".?D");
}

static void test_after_the_deadline_nothing_is_run(void **state)
{
    (void)state;
    begin(2, 1);
    assert_int_equal(add(0, "ok"), 1);
    replay_finish(replay);
    assert_int_equal(ntold, 0);
}

static void test_at_the_deadline_what_runs_is_ended(void **state)
{
    (void)state;
    begin(1, platform_now_us() + 300000);
    assert_int_equal(add(0, "hang"), 0);
    assert_int_equal(add(1, "ok"), 0);
    replay_finish(replay);
    assert_string_equal(told, "t-");
}

static void test_freed_while_it_runs(void **state)
{
    (void)state;
    begin(2, 0);
    assert_int_equal(add(0, "hang"), 0);
    assert_int_equal(add(1, "ok"), 0);
}

int main(int argc, char **arguments)
{
    if (worker_wanted())
        worker_serve(&argc, &arguments);
#define CASE(test) cmocka_unit_test_teardown(test, release)
    const struct CMUnitTest tests[] = {
        CASE(test_one_worker),
        CASE(test_three_workers),
        CASE(test_earlier_inputs_run_before_it_in_a_new_process),
        CASE(test_what_has_no_verdict_keeps_its_place),
        CASE(test_after_the_deadline_nothing_is_run),
        CASE(test_at_the_deadline_what_runs_is_ended),
        CASE(test_freed_while_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
