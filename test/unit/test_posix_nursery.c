/* SPDX-License-Identifier: MIT
 *
 * A worker that is a nursery, as the coordinator sees it: deaths of its child,
 * its own, and what a target can make up about either. What the target does
 * hangs on the first byte of its input.
 */
#include "one_process.h"

#include <signal.h>
#include <stdlib.h>

#include "platform/guest.h"

#define MEMORY ((size_t)64 << 20)

static char *volatile mapped;

/* A lie: that the child which request `id` began has ended of SIGSEGV. */
static void tell_end(uint64_t id)
{
    struct reply reply = {.magic = PROTOCOL_MAGIC,
                          .version = PROTOCOL_VERSION,
                          .status = REPLY_ENDED,
                          .flags = REPLY_SIGNALLED,
                          .id = id,
                          .done = SIGSEGV};
    if (!guest_write(&reply, sizeof reply))
        abort();
}

static void tell_first_end(int signal)
{
    (void)signal;
    tell_end(1);
}

/* Leaves a process behind that does nothing for ever. */
static void leave_behind(void)
{
    if (fork() != 0)
        return;
    for (;;)
        (void)pause();
}

/* The requests are numbered: HELLO, which begins the child, is the first. */
static void act(const struct thresh_bytes *in)
{
    switch (in->size ? in->data[0] : 0) {
    case 'd': /* two ends for one child */
        tell_end(1);
        tell_end(1);
        break;
    case 'e':
        tell_end(1);
        break;
    case 'i': /* while idle, when the test says so */
        (void)signal(SIGUSR1, tell_first_end);
        break;
    case 'g': /* garbage follows, as the answer to REQUEST_FORK */
        tell_end(1);
        (void)guest_write(&(struct reply){0}, sizeof(struct reply));
        for (;;)
            (void)pause();
    case 'l':
        leave_behind();
        _exit(4);
    case 'm':
        memset(mapped = malloc(MEMORY), 1, MEMORY);
        break;
    case 'o': /* an end of another child */
        tell_end(77);
        break;
    case 'h':
        for (;;)
            (void)pause();
    case 'x':
        _exit(3);
    case 'p':
        (void)kill(getppid(), SIGKILL);
        for (;;)
            (void)pause();
    default:
        break;
    }
}

THRESH_TARGET(acts, (bytes, in, .max = MAX_BYTES))
{
    act(&in);
}

/* Starts what serves next, and awaits its answer. */
static void start_next(void)
{
    struct thresh_err err;
    assert_true(process_can_start(&process));
    assert_int_equal(
        process_start(&process, &opt, &corpus.memory, MAX_BYTES, &err), 0);
    assert_int_equal(process.state, PROCESS_STARTING);
    assert_int_equal(await_reply().status, REPLY_OK);
}

static int start_without_forks(void **state)
{
    (void)setenv("THRESH_NO_FORK", "1", 1);
    int rc = start(state);
    (void)unsetenv("THRESH_NO_FORK");
    return rc;
}

static void test_after_a_death_the_next_start_is_a_fork(void **state)
{
    (void)state;
    long number = platform_process_number(&process.os);
    for (int i = 0; i < 3; i++) {
        assert_true(process.fresh);
        ask("quiet");
        assert_int_equal(await_reply().status, REPLY_OK);
        assert_false(process.fresh);
        ask("x");
        struct process_end end = await_end();
        assert_true(end.blames_input);
        assert_false(end.asked);
        assert_int_equal(end.state, PROCESS_BUSY);
        assert_int_equal(end.exit.kind, PLATFORM_EXITED);
        assert_int_equal(end.exit.code, 3);
        assert_int_equal(process_execs(&process), 1);
        assert_int_equal(process.state, PROCESS_PARKED);
        assert_false(process_is_ready(&process));
        start_next();
        assert_int_equal(platform_process_number(&process.os), number);
        assert_int_equal(atomic_load(&region()->execs), 0);
        assert_int_equal(region()->words.kind, LAST_WORDS_NONE);
    }
}

static void test_without_forks_the_process_is_down(void **state)
{
    (void)state;
    ask("x");
    assert_int_equal(await_end().exit.code, 3);
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
    start_next();
}

static void test_a_parked_one_leaves_when_asked(void **state)
{
    (void)state;
    ask("x");
    (void)await_end();
    process_leave(&process, 1);
    assert_false(process_can_start(&process));
    struct process_end end = await_end();
    assert_int_equal(end.state, PROCESS_PARKED);
    assert_true(end.asked);
    assert_false(end.blames_input);
    assert_int_equal(end.exit.kind, PLATFORM_EXITED);
    assert_int_equal(end.exit.code, 0);
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
}

static void test_with_its_child_the_nursery_leaves(void **state)
{
    (void)state;
    process_leave(&process, 1);
    assert_true(await_end().asked);
    if (process.state == PROCESS_PARKED) {
        assert_false(process_can_start(&process));
        assert_true(await_end().asked);
    }
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
}

static void
test_a_parked_one_killed_from_outside_is_no_inputs_fault(void **state)
{
    (void)state;
    ask("x");
    (void)await_end();
    (void)kill((pid_t)process.os.id, SIGKILL);
    struct process_end end = await_end();
    assert_int_equal(end.state, PROCESS_PARKED);
    assert_int_equal(end.exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(end.exit.code, SIGKILL);
    assert_false(end.blames_input);
    assert_false(end.asked);
    assert_int_equal(process.state, PROCESS_DOWN);
    start_next();
}

static void test_a_killed_nursery_takes_its_child_along(void **state)
{
    (void)state;
    ask("p");
    struct process_end end = await_end();
    assert_int_equal(end.exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(end.exit.code, SIGKILL);
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
}

static void test_a_kill_ends_nursery_and_child(void **state)
{
    (void)state;
    ask("h");
    wait_until_running();
    process_kill(&process, KILL_HANG);
    assert_int_equal(await_end().killed, KILL_HANG);
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
}

static void test_a_kill_ends_a_parked_one(void **state)
{
    (void)state;
    ask("x");
    (void)await_end();
    process_kill(&process, KILL_STOP);
    assert_false(process_can_start(&process));
    assert_int_equal(await_end().killed, KILL_STOP);
    assert_int_equal(process.state, PROCESS_DOWN);
}

static void test_release_ends_a_parked_one(void **state)
{
    (void)state;
    ask("x");
    (void)await_end();
    process_release(&process);
    assert_no_children();
}

static void test_a_renewed_one_is_fresh_and_the_same_process(void **state)
{
    (void)state;
    long number = platform_process_number(&process.os);
    ask("quiet");
    (void)await_reply();
    process_renew(&process, 1);
    assert_false(process_is_ready(&process));
    struct process_end end = await_end();
    assert_true(end.asked);
    assert_false(end.blames_input);
    assert_int_equal(end.exit.code, 0);
    start_next();
    assert_true(process.fresh);
    assert_int_equal(platform_process_number(&process.os), number);
    assert_true(process_is_ready(&process));
}

static void test_what_a_child_leaves_behind_ends_the_nursery(void **state)
{
    (void)state;
    ask("l");
    struct process_end end = await_end();
    assert_true(end.blames_input);
    assert_int_equal(end.exit.kind, PLATFORM_EXITED);
    assert_int_equal(end.exit.code, 4);
    assert_int_equal(process.state, PROCESS_DOWN);
    assert_no_children();
    start_next();
}

/* A false end is believed, and then the child gives itself away. */
static void test_an_invented_end_gains_nothing(void **state)
{
    static const char *const lies[] = {"e", "i", "d", "g"};
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        ask(lies[i]);
        if (lies[i][0] == 'i') {
            (void)await_reply();
            /* The nursery blocks it, its child alone takes it. */
            (void)kill(-(pid_t)process.os.id, SIGUSR1);
        }
        struct process_end end = await_end();
        assert_int_equal(end.exit.code, SIGSEGV);
        struct thresh_err err;
        assert_true(process_can_start(&process));
        (void)process_start(&process, &opt, &corpus.memory, MAX_BYTES, &err);
        assert_int_equal(await_end().killed, KILL_LIE);
        assert_int_equal(process.state, PROCESS_DOWN);
        assert_no_children();
        process.next_id = 0; /* the lies know their numbers */
        start_next();
    }
}

static void test_the_end_of_another_child_is_a_lie(void **state)
{
    (void)state;
    ask("o");
    struct process_end end = await_end();
    assert_int_equal(end.killed, KILL_LIE);
    assert_int_equal(process.state, PROCESS_DOWN);
}

static void test_an_end_told_by_no_nursery_is_a_lie(void **state)
{
    (void)state;
    ask("e");
    assert_int_equal(await_end().killed, KILL_LIE);
    assert_int_equal(process.state, PROCESS_DOWN);
}

static void test_memory_is_that_of_the_child(void **state)
{
    (void)state;
    ask("q");
    (void)await_reply();
    uint64_t before = platform_resident_bytes(&process.os);
    assert_true(before > 0 && before < MEMORY / 2);
    ask("m");
    (void)await_reply();
    assert_true(platform_resident_bytes(&process.os) > MEMORY / 4 * 3);
}

int main(int argc, char **arguments)
{
    if (worker_wanted())
        worker_serve(&argc, &arguments);
#define CASE(test) cmocka_unit_test_setup_teardown(test, start, release)
#define CASE_WITHOUT_FORKS(test) \
    cmocka_unit_test_setup_teardown(test, start_without_forks, release)
    const struct CMUnitTest tests[] = {
        CASE(test_after_a_death_the_next_start_is_a_fork),
        CASE_WITHOUT_FORKS(test_without_forks_the_process_is_down),
        CASE(test_a_parked_one_leaves_when_asked),
        CASE(test_with_its_child_the_nursery_leaves),
        CASE(test_a_parked_one_killed_from_outside_is_no_inputs_fault),
        CASE(test_a_killed_nursery_takes_its_child_along),
        CASE(test_a_kill_ends_nursery_and_child),
        CASE(test_a_kill_ends_a_parked_one),
        CASE(test_release_ends_a_parked_one),
        CASE(test_a_renewed_one_is_fresh_and_the_same_process),
        CASE(test_what_a_child_leaves_behind_ends_the_nursery),
        CASE(test_memory_is_that_of_the_child),
        CASE(test_an_invented_end_gains_nothing),
        CASE(test_the_end_of_another_child_is_a_lie),
        CASE_WITHOUT_FORKS(test_an_end_told_by_no_nursery_is_a_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
