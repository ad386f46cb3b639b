/* SPDX-License-Identifier: MIT
 *
 * Pipes, waiting, and facts about this system, on every system. Files have a
 * test of their own; so has what differs (test_posix_*.c, test_windows_*.c).
 */
#include "unit.h"

#include "platform/platform.h"

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

/* ---- pipes ---- */

static void test_write_to_closed_pipe_is_an_error(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    platform_close(&r);
    assert_int_equal(r, PLATFORM_NO_HANDLE);
    platform_close(&r);
    assert_int_equal(platform_write_all(w, "x", 1, &err), THRESH_EIO);
    assert_true(err.os != 0);
    assert_non_null(strstr(err.msg, "the other side has closed it"));
    platform_close(&w);
}

static void test_pipe_reads_never_block(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    char text[8];
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    assert_int_equal(platform_read_some(r, text, 8, &err), PLATFORM_AGAIN);
    assert_int_equal(platform_write_all(w, "abc", 3, &err), 0);
    assert_int_equal(platform_read_some(r, text, 8, &err), 3);
    platform_close(&w);
    assert_int_equal(platform_read_some(r, text, 8, &err), 0);
    platform_handle copy = r;
    platform_close(&r);
    assert_int_equal(platform_read_some(copy, text, 8, &err), THRESH_EIO);
    assert_true(err.os != 0);
}

/* More than is read ahead at once, in odd pieces. */
static void test_pipes_keep_the_order_of_bytes(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    uint8_t sent[9973], got[sizeof sent];
    size_t size = 0;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 31 / 7);
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    assert_int_equal(platform_write_all(w, sent, sizeof sent, &err), 0);
    platform_close(&w);
    for (size_t piece = 1; size < sizeof got; piece += 100) {
        size_t room = sizeof got - size < piece ? sizeof got - size : piece;
        long n = platform_read_some(r, got + size, room, &err);
        if (n == PLATFORM_AGAIN)
            continue;
        assert_true(n > 0);
        size += (size_t)n;
    }
    assert_memory_equal(sent, got, sizeof got);
    assert_int_equal(platform_read_some(r, got, 1, &err), 0);
    assert_int_equal(platform_read_some(r, got, 1, &err), 0);
    platform_close(&r);
}

/* A pipe to a child is written to here and read there. */
static void test_pipes_to_children_end_too(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    assert_int_equal(platform_pipe_to_child(&r, &w, &err), 0);
    assert_int_equal(platform_write_all(w, "x", 1, &err), 0);
    platform_close(&r);
    assert_int_equal(platform_write_all(w, "x", 1, &err), THRESH_EIO);
    platform_close(&w);
}

/* ---- waiting ---- */

static void wait_until_ready(const platform_handle *pipes, bool *ready,
                             size_t n)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    bool any = false;
    while (!any && platform_now_us() < deadline) {
        (void)platform_wait(pipes, ready, n, deadline);
        for (size_t i = 0; i < n; i++)
            any = any || ready[i];
    }
    assert_true(any);
}

static void test_wait_ends_by_data_and_by_end(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r[3], w[3];
    bool ready[3];
    assert_int_equal(platform_pipe(&r[0], &w[0], &err), 0);
    assert_int_equal(platform_pipe(&r[2], &w[2], &err), 0);
    r[1] = PLATFORM_NO_HANDLE;
    assert_int_equal(platform_write_all(w[2], "x", 1, &err), 0);
    wait_until_ready(r, ready, 3);
    assert_false(ready[0]);
    assert_false(ready[1]);
    assert_true(ready[2]);
    char byte;
    assert_int_equal(platform_read_some(r[2], &byte, 1, &err), 1);
    platform_close(&w[0]);
    wait_until_ready(r, ready, 3);
    assert_true(ready[0]);
    assert_false(ready[1]);
    assert_false(ready[2]);
    platform_close(&r[0]);
    platform_close(&r[2]);
    platform_close(&w[2]);
}

static void test_wait_ends_at_the_deadline(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    bool ready = true;
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    (void)platform_wait(&r, &ready, 1, 0);
    assert_false(ready);
    uint64_t deadline = platform_now_us() + 3000;
    while (platform_now_us() < deadline) {
        ready = true;
        (void)platform_wait(&r, &ready, 1, deadline);
        assert_false(ready);
    }
    platform_close(&r);
    platform_close(&w);
}

/* Without a deadline: only the end of the child can end this wait. */
static void test_wait_ends_by_the_end_of_a_child(void **state)
{
    (void)state;
    const char *const argv[] = {"test", "end at once", NULL};
    struct platform_spawn spec = {.argv = argv, .output = PLATFORM_NO_HANDLE};
    struct platform_process process;
    platform_handle none = PLATFORM_NO_HANDLE;
    bool ready;
    for (int i = 0; i < 10; i++) {
        bool told = false;
        assert_int_equal(platform_spawn(&spec, &process, NULL), 0);
        while (!told)
            told = platform_wait(&none, &ready, 1, UINT64_MAX);
        while (platform_poll_exit(&process).kind == PLATFORM_RUNNING)
            (void)platform_wait(&none, &ready, 1, UINT64_MAX);
    }
}

static void test_many_pipes(void **state)
{
    (void)state;
    enum { N = 200 };
    struct thresh_err err = {0};
    platform_handle r[N], w[N];
    bool ready[N];
    for (size_t i = 0; i < N; i++)
        assert_int_equal(platform_pipe(&r[i], &w[i], &err), 0);
    for (size_t i = 0; i < N; i += 7)
        assert_int_equal(platform_write_all(w[i], "x", 1, &err), 0);
    wait_until_ready(r, ready, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(ready[i], i % 7 == 0);
        platform_close(&r[i]);
        platform_close(&w[i]);
    }
}

/* What a wait has been told of one set of pipes does not outlive them: numbers
 * of closed ones are given out again. */
static void test_waits_for_other_pipes(void **state)
{
    (void)state;
    enum { N = 100 };
    struct thresh_err err = {0};
    platform_handle r[N], w[N], swapped[2];
    bool ready[N];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N; i++)
            assert_int_equal(platform_pipe(&r[i], &w[i], &err), 0);
        (void)platform_wait(r, ready, N, 0);
        assert_int_equal(platform_write_all(w[round], "x", 1, &err), 0);
        /* another place, and without those that have something to tell */
        swapped[0] = r[N - 1];
        swapped[1] = r[round];
        wait_until_ready(swapped, ready, 2);
        assert_false(ready[0]);
        assert_true(ready[1]);
        (void)platform_wait(r + 10, ready, N - 10, 0);
        for (size_t i = 0; i < N - 10; i++)
            assert_false(ready[i]);
        for (size_t i = 0; i < N; i++) {
            platform_close(round % 2 ? &w[i] : &r[i]);
            platform_close(round % 2 ? &r[i] : &w[i]);
        }
    }
}

/* All of them are told of, if not at once. */
static void test_all_pipes_get_their_turn(void **state)
{
    (void)state;
    enum { N = 200 };
    struct thresh_err err = {0};
    platform_handle r[N], w[N];
    bool ready[N];
    size_t left = N;
    char byte;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(platform_pipe(&r[i], &w[i], &err), 0);
        assert_int_equal(platform_write_all(w[i], "x", 1, &err), 0);
    }
    while (left > 0) {
        wait_until_ready(r, ready, N);
        for (size_t i = 0; i < N; i++) {
            if (!ready[i])
                continue;
            left--;
            assert_int_equal(platform_read_some(r[i], &byte, 1, &err), 1);
        }
    }
    for (size_t i = 0; i < N; i++) {
        platform_close(&r[i]);
        platform_close(&w[i]);
    }
}

/* ---- this system ---- */

static void test_system_facts(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char text[4096], small[1];
    assert_true(platform_cpu_count() >= 1);
    assert_true(platform_is_file(platform_self_path()));
    assert_null(strchr(platform_self_path(), '\\'));
    assert_int_equal(platform_current_dir(text, sizeof text, &err), 0);
    assert_true(platform_is_dir(text));
    assert_int_equal(platform_current_dir(small, sizeof small, &err),
                     THRESH_EIO);
    uint64_t one = platform_entropy();
    uint64_t other = platform_entropy();
    assert_true(one != other);
    assert_false(platform_is_terminal(99));
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return 0;
    if (platform_watch(NULL) != 0 || platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_to_closed_pipe_is_an_error),
        cmocka_unit_test(test_pipe_reads_never_block),
        cmocka_unit_test(test_pipes_keep_the_order_of_bytes),
        cmocka_unit_test(test_pipes_to_children_end_too),
        cmocka_unit_test(test_wait_ends_by_data_and_by_end),
        cmocka_unit_test(test_wait_ends_at_the_deadline),
        cmocka_unit_test(test_wait_ends_by_the_end_of_a_child),
        cmocka_unit_test(test_many_pipes),
        cmocka_unit_test(test_waits_for_other_pipes),
        cmocka_unit_test(test_all_pipes_get_their_turn),
        cmocka_unit_test(test_system_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
