/* SPDX-License-Identifier: MIT
 *
 * One worker process as the coordinator sees it. What the target does hangs on
 * the first byte of its input. What becomes of the process after a death is in
 * test_posix_nursery.c.
 */
#include "one_process.h"

THRESH_TARGET(acts, (bytes, in, .max = MAX_BYTES))
{
    switch (in.size ? in.data[0] : 0) {
    case 'h':
        for (;;)
            platform_sleep_us(1000000);
    case 'e':
        _exit(3);
    case 'f':
        THRESH_CHECK(in.size == 0, "told to");
        break;
    default:
        break;
    }
}

static bool is_open(int fd)
{
    int copy = dup(fd);
    return copy >= 0 && close(copy) == 0;
}

/* ---- R1: calls ---- */

static void test_a_call_is_answered(void **state)
{
    (void)state;
    assert_true(process_is_ready(&process));
    ask("quiet");
    assert_false(process_is_ready(&process));
    assert_int_equal(await_reply().status, REPLY_OK);
    assert_int_equal(process_execs(&process), 1);
    ask("fail");
    assert_int_equal(await_reply().status, REPLY_FAILED);
    assert_true(process_is_ready(&process));
}

static void test_r1_4_asked_to_leave_it_exits_0(void **state)
{
    (void)state;
    process_leave(&process, 1);
    assert_false(process_is_ready(&process));
    struct process_end end = await_end();
    assert_int_equal(end.exit.kind, PLATFORM_EXITED);
    assert_int_equal(end.exit.code, 0);
    assert_int_equal(end.killed, KILL_NOT);
    assert_false(end.blames_input);
}

static void test_r1_4_also_when_asked_during_a_call(void **state)
{
    (void)state;
    ask("quiet");
    process_leave(&process, 1);
    (void)await_reply();
    struct process_end end = await_end();
    assert_int_equal(end.exit.kind, PLATFORM_EXITED);
    assert_int_equal(end.exit.code, 0);
}

static void test_r1_5_a_call_to_a_dead_process_only_shows_its_end(void **state)
{
    (void)state;
    process_kill(&process, KILL_STOP);
    platform_sleep_us(50000);
    ask("quiet");
    struct process_end end = await_end();
    assert_int_equal(end.killed, KILL_STOP);
    assert_false(end.blames_input);
}

/* ---- R2: inputs ---- */

static void test_r2_2_input_of_a_dead_process_is_there(void **state)
{
    uint8_t packed[MAX_BYTES * 2];
    (void)state;
    ask("exits");
    struct process_end end = await_end();
    assert_true(end.blames_input);
    assert_int_equal(end.exit.code, 3);
    assert_int_equal(process_take_input(&process, &opt.sig, packed), 9);
    assert_memory_equal(packed + 4, "exits", 5);
}

static void test_r2_2_a_failed_check_is_not_lost_with_its_reply(void **state)
{
    (void)state;
    ask("fail");
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (region()->words.kind != LAST_WORDS_CHECK &&
           platform_now_us() < deadline)
        platform_sleep_us(200);
    /* The reply may be under way: killed as it is, it is never read. */
    process_kill(&process, KILL_STOP);
    struct process_end end = await_end();
    assert_true(end.blames_input);
    assert_int_equal(end.words.kind, LAST_WORDS_CHECK);
}

static void test_r2_2_an_old_failed_check_is_not_taken_for_a_new(void **state)
{
    (void)state;
    ask("fail");
    assert_int_equal(await_reply().status, REPLY_FAILED);
    process_kill(&process, KILL_NOT);
    platform_sleep_us(50000);
    ask("quiet");
    assert_false(await_end().blames_input);
}

static void test_r2_5_what_is_taken_is_a_copy(void **state)
{
    uint8_t packed[MAX_BYTES * 2];
    uint8_t *outbox = malloc(process.layout.outbox_size);
    size_t size;
    (void)state;
    put("kept");
    assert_int_equal(process_take_input(&process, &opt.sig, packed), 8);
    memcpy(process.memory.base + process.layout.outbox_offset, "find", 4);
    atomic_store(&region()->outbox_used, 4);
    assert_true(process_take_outbox(&process, outbox, &size));
    memset(process.memory.base, 0xee, process.memory.size);
    assert_memory_equal(packed, "\4\0\0\0kept", 8);
    assert_int_equal(size, 4);
    assert_memory_equal(outbox, "find", 4);
    free(outbox);
}

static void test_what_does_not_fit_is_not_taken(void **state)
{
    uint8_t packed[MAX_BYTES * 2];
    uint8_t *outbox = malloc(process.layout.outbox_size);
    size_t size;
    (void)state;
    put("fits");
    region()->input_size = (uint32_t)process.layout.input_max + 1;
    assert_int_equal(process_take_input(&process, &opt.sig, packed), 0);
    region()->input_size = 7;
    assert_int_equal(process_take_input(&process, &opt.sig, packed), 0);
    atomic_store(&region()->outbox_used, process.layout.outbox_size + 1);
    assert_false(process_take_outbox(&process, outbox, &size));
    assert_int_equal(size, 0);
    atomic_store(&region()->outbox_used, process.layout.outbox_size);
    assert_true(process_take_outbox(&process, outbox, &size));
    free(outbox);
}

/* ---- R3: the end ---- */

static void test_r3_1_release_during_a_call_leaves_nothing(void **state)
{
    (void)state;
    ask("hangs");
    wait_until_running();
    process_release(&process);
    assert_no_children();
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_null(process.memory.base);
}

static void test_r3_2_release_is_idempotent(void **state)
{
    (void)state;
    process_release(&process);
    process_release(&process);
    corpus_release(&corpus);
    corpus_release(&corpus);
    assert_no_children();
}

static void test_r3_2_release_of_a_zeroed_one_closes_nothing(void **state)
{
    struct process zeroed = {0};
    (void)state;
    if (!is_open(0))
        (void)dup(2); /* takes the lowest number */
    assert_true(is_open(0));
    process_release(&zeroed);
    assert_true(is_open(0));
}

static void test_r3_3_killed_in_a_call_it_is_stopped_not_failed(void **state)
{
    (void)state;
    ask("hangs");
    wait_until_running();
    process_kill(&process, KILL_STOP);
    struct process_end end = await_end();
    assert_int_equal(end.killed, KILL_STOP);
    assert_int_equal(end.words.kind, LAST_WORDS_NONE);
}

int main(int argc, char **arguments)
{
    if (worker_wanted())
        worker_serve(&argc, &arguments);
#define CASE(test) cmocka_unit_test_setup_teardown(test, start, release)
    const struct CMUnitTest tests[] = {
        CASE(test_a_call_is_answered),
        CASE(test_r1_4_asked_to_leave_it_exits_0),
        CASE(test_r1_4_also_when_asked_during_a_call),
        CASE(test_r1_5_a_call_to_a_dead_process_only_shows_its_end),
        CASE(test_r2_2_input_of_a_dead_process_is_there),
        CASE(test_r2_2_a_failed_check_is_not_lost_with_its_reply),
        CASE(test_r2_2_an_old_failed_check_is_not_taken_for_a_new),
        CASE(test_r2_5_what_is_taken_is_a_copy),
        CASE(test_what_does_not_fit_is_not_taken),
        CASE(test_r3_1_release_during_a_call_leaves_nothing),
        CASE(test_r3_2_release_is_idempotent),
        cmocka_unit_test(test_r3_2_release_of_a_zeroed_one_closes_nothing),
        CASE(test_r3_3_killed_in_a_call_it_is_stopped_not_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
