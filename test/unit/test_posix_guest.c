/* SPDX-License-Identifier: MIT
 *
 * The guest's part of the platform room but for faults, which are in
 * test_posix_fault.c. See guest_worker.h for how workers come about.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest_worker.h"

/* ---- what workers do ---- */

/* The request, turned round, again and again until the pipe ends. */
static int part_echo(void)
{
    char text[4], back[4];
    while (guest_read(text, sizeof text)) {
        for (size_t i = 0; i < sizeof text; i++)
            back[i] = text[sizeof text - 1 - i];
        if (!guest_write(back, sizeof back))
            return 2;
    }
    reply("end");
    return 0;
}

static int part_variable_is_gone(void)
{
    bool kept = true;
    for (int fd = 3; fd < 3 + GUEST_HANDLES; fd++)
        kept = kept && fcntl(fd, F_GETFD) == FD_CLOEXEC;
    reply(getenv(GUEST_VARIABLE) ? "there" : "gone");
    reply(kept ? " private" : " inherited");
    reply(guest_is_worker() ? " worker" : " stranger");
    return 0;
}

static int part_memory(void)
{
    size_t region_size = 0, shared_size = 0;
    char *region = guest_map(GUEST_REGION, true, &region_size);
    const char *shared = guest_map(GUEST_SHARED, false, &shared_size);
    if (!region || !shared || guest_map(GUEST_SHARED, true, &shared_size))
        return 1;
    if (guest_map(GUEST_REQUESTS, false, &shared_size))
        return 2;
    if (region_size != 8192 || shared_size != 4096)
        return 3;
    char published;
    if (!guest_read(&published, 1))
        return 4;
    strcpy(region, shared);
    return 0;
}

static int part_broken_pipe(void)
{
    errno = 1234;
    for (int i = 0; i < 1000000; i++) {
        if (!guest_write("x", 1))
            return errno == 1234 ? 55 : 56;
    }
    return 0;
}

static int part_say(void)
{
    errno = 1234;
    guest_say("said\n");
    return errno == 1234 ? 0 : 1;
}

/* Words are seen at the beginning of lines, once, wherever they lie. */
static int part_output_has(void)
{
    uint64_t from = 0;
    char filler[2] = "x";
    guest_say("not word: here\n");
    if (guest_output_has("word: ", &from))
        return 1;
    guest_say("word: here\n");
    if (!guest_output_has("word: ", &from) || guest_output_has("word: ", &from))
        return 2;
    /* at every place of a chunk, and across its end */
    for (int i = 0; i < 1100; i++) {
        guest_say("\n");
        for (int k = 0; k < i; k++)
            guest_say(filler);
        if (guest_output_has("word: ", &from))
            return 3;
        guest_say("\nword: ");
        if (!guest_output_has("word: ", &from))
            return 4;
        from -= (uint64_t)i + 8;
        if (!guest_output_has("word: ", &from))
            return 5;
    }
    /* emptied meanwhile */
    if (ftruncate(STDERR_FILENO, 0) != 0)
        return 6;
    guest_say("word: again\n");
    errno = 1234;
    if (!guest_output_has("word: ", &from) || errno != 1234)
        return 7;
    (void)close(STDERR_FILENO);
    return guest_output_has("word: ", &from) ? 8 : 0;
}

/* A fork server whose child outlives it must end, if only at the next call;
 * here the system's own notice is what ends it. */
static int part_follow(void)
{
    guest_follow_parent();
    pid_t pid = fork();
    if (pid == 0) {
        guest_follow_parent();
        guest_follow_parent();
        reply("child");
        for (;;)
            pause();
    }
    char text[5] = "";
    (void)guest_read(text, 4); /* ends when the other side has heard it */
    raise(SIGKILL);
    return 0;
}

/* The check alone: the system's notice is switched off. */
static int part_follow_by_looking(void)
{
    pid_t pid = fork();
    if (pid > 0) {
        char text[4];
        (void)guest_read(text, 4);
        raise(SIGKILL);
    }
    pid_t server = getppid();
    reply("child");
    while (getppid() == server)
        usleep(1000);
    guest_follow_parent();
    reply("survived");
    return 0;
}

static const struct part parts[] = {
    {"echo", part_echo},
    {"variable is gone", part_variable_is_gone},
    {"memory", part_memory},
    {"broken pipe", part_broken_pipe},
    {"say", part_say},
    {"output has", part_output_has},
    {"follow", part_follow},
    {"follow by looking", part_follow_by_looking},
    {0},
};

/* ---- start, pipes, memory ---- */

static void test_stranger_is_no_worker(void **state)
{
    (void)state;
    unsetenv(GUEST_VARIABLE);
    assert_false(guest_is_worker());
}

static void test_variable_and_handles_are_private(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "variable is gone", NULL);
    worker_read_text(&w, "gone private worker");
    assert_exits(&w, 0);
}

static void test_unreadable_variable_is_our_failure(void **state)
{
    (void)state;
    static const char *const values[] = {
        "THRESH_WORKER=",           "THRESH_WORKER=2 3 4 5 6",
        "THRESH_WORKER=1 3 4 5",    "THRESH_WORKER=1 3 4 5 6 7",
        "THRESH_WORKER=1 3 4 5 x",  "THRESH_WORKER=1 3 4 5 700",
        "THRESH_WORKER=1 3 4 5 -1", "THRESH_WORKER=1 3 4 5 99999999999"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct worker w;
        worker_start(&w, "say", values[i]);
        while (!w.ended)
            worker_read(&w);
        char text[64] = "";
        platform_output_tail(w.output, text, sizeof text - 1);
        assert_non_null(strstr(text, "version"));
        assert_exits(&w, 70);
    }
}

static void test_worker_variable_needs_room_and_handles(void **state)
{
    (void)state;
    char text[32];
    struct platform_spawn spec = {.nhandles = GUEST_HANDLES};
    assert_int_equal(platform_worker_variable(text, sizeof text, &spec), 0);
    assert_string_equal(text, "THRESH_WORKER=1 3 4 5 6");
    assert_int_equal(platform_worker_variable(text, 24, &spec), 0);
    assert_int_equal(platform_worker_variable(text, 23, &spec), THRESH_ELIMIT);
    assert_int_equal(platform_worker_variable(text, 3, &spec), THRESH_ELIMIT);
    spec.nhandles--;
    assert_int_equal(platform_worker_variable(text, sizeof text, &spec),
                     THRESH_EUSAGE);
}

/* In pieces, with pauses in which the worker finds the pipe empty. */
static void test_requests_and_replies(void **state)
{
    (void)state;
    struct worker w;
    struct thresh_err err = {0};
    worker_start(&w, "echo", NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(platform_write_all(w.requests, "abc", 3, &err), 0);
        platform_sleep_us(2000);
        assert_int_equal(platform_write_all(w.requests, "d", 1, &err), 0);
        worker_read_text(&w, "dcba");
    }
    assert_int_equal(platform_write_all(w.requests, "half", 2, &err), 0);
    platform_close(&w.requests);
    worker_read_text(&w, "end");
    assert_exits(&w, 0);
}

static void test_write_to_closed_pipe_raises_nothing(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "broken pipe", NULL);
    platform_close(&w.replies);
    struct platform_exit exit;
    do {
        platform_sleep_us(200);
        exit = platform_poll_exit(&w.process);
    } while (exit.kind == PLATFORM_RUNNING);
    assert_int_equal(exit.kind, PLATFORM_EXITED);
    assert_int_equal(exit.code, 55);
    platform_close(&w.requests);
    platform_close(&w.output);
    platform_shared_free(&w.region);
    platform_shared_free(&w.shared);
}

static void test_memory_is_mapped(void **state)
{
    (void)state;
    struct worker w;
    char copy[16];
    platform_handle region;
    worker_start(&w, "memory", NULL);
    strcpy((char *)w.shared.base, "published");
    assert_int_equal(platform_write_all(w.requests, "x", 1, NULL), 0);
    /* Kept beyond worker_end, which unmaps. */
    region = fcntl((int)w.region.handle, F_DUPFD_CLOEXEC, 3);
    assert_exits(&w, 0);
    assert_int_equal(pread((int)region, copy, sizeof copy, 0), sizeof copy);
    assert_string_equal(copy, "published");
    platform_close(&region);
}

static void test_say(void **state)
{
    (void)state;
    struct worker w;
    char text[16] = "";
    worker_start(&w, "say", NULL);
    while (!w.ended)
        worker_read(&w);
    platform_output_tail(w.output, text, sizeof text - 1);
    assert_string_equal(text, "said\n");
    assert_exits(&w, 0);
}

static void test_output_has(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "output has", NULL);
    while (!w.ended)
        worker_read(&w);
    assert_exits(&w, 0);
}

/* Whether the byte can be read or written, as the kernel sees it. */
static bool is_accessible(const void *byte)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    bool ok = write(fd[1], byte, 1) == 1;
    close(fd[0]);
    close(fd[1]);
    return ok;
}

static void test_pages_have_guards(void **state)
{
    (void)state;
    size_t page = guest_page_size();
    size_t rounded = 0;
    errno = 1234;
    uint8_t *p = guest_pages(page + 1, true, &rounded);
    assert_int_equal(errno, 1234);
    assert_non_null(p);
    assert_int_equal(rounded, 2 * page);
    for (size_t i = 0; i < rounded; i++) {
        assert_int_equal(p[i], 0);
        p[i] = 1;
    }
    assert_true(is_accessible(p) && is_accessible(p + rounded - 1));
    assert_false(is_accessible(p - 1));
    assert_false(is_accessible(p - page));
    assert_false(is_accessible(p + rounded));
    assert_false(is_accessible(p + rounded + page - 1));
    munmap(p - page, rounded + 2 * page);

    errno = 1234;
    p = guest_pages(1, false, NULL);
    assert_non_null(p);
    p[page - 1] = 1;
    munmap(p, page);
    assert_null(guest_pages(0, false, NULL));
    assert_null(guest_pages(SIZE_MAX, true, NULL));
    assert_null(guest_pages(SIZE_MAX / 2, true, NULL));
    assert_int_equal(errno, 1234);
}

static int one(void)
{
    return 1;
}

static void test_code_becomes_writable(void **state)
{
    (void)state;
    int (*volatile function)(void) = one;
    uint8_t *code = (uint8_t *)(uintptr_t)function;
    errno = 1234;
    assert_true(guest_code_writable(code, 5, true));
    volatile uint8_t *byte = code;
    *byte = *byte;
    assert_int_equal(function(), 1);
    assert_true(guest_code_writable(code, 5, false));
    assert_int_equal(function(), 1);
    /* Nothing is mapped there. */
    assert_false(guest_code_writable((void *)0x1000, 5, true)); // NOLINT
    assert_int_equal(errno, 1234);
}

static void *no_work(void *p)
{
    return p;
}

static void test_single_threaded_until_a_thread(void **state)
{
    (void)state;
#if defined(__GLIBC__)
    pthread_t thread;
    assert_true(guest_single_threaded());
    pthread_create(&thread, NULL, no_work, NULL);
    assert_false(guest_single_threaded());
    pthread_join(thread, NULL);
#else
    (void)no_work;
    assert_false(guest_single_threaded());
#endif
}

/* ---- memory ---- */

/* What was given back counts too. */
static void test_peak_of_memory(void **state)
{
    (void)state;
    enum { SIZE = 64 << 20 };
    uint64_t before = guest_peak_bytes();
    assert_true(before > 0);
    volatile char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    assert_in_range(guest_peak_bytes(), before, before + SIZE / 2);
    for (size_t i = 0; i < SIZE; i += 4096)
        p[i] = 1;
    munmap((void *)(uintptr_t)p, SIZE);
    assert_in_range(guest_peak_bytes(), before + SIZE / 2, before + 2 * SIZE);
}

/* ---- following the parent ---- */

static void test_fork_dies_with_its_server(void **state)
{
    (void)state;
    static const char *const names[] = {"follow", "follow by looking"};
    for (size_t i = 0; i < 2; i++) {
        struct worker w;
        worker_start(&w, names[i], NULL);
        worker_read_text(&w, "child");
        /* The server ends now, and only then the pipe can. Not polled yet,
         * which would kill the rest of the group. */
        struct platform_exit exit = worker_end(&w);
        assert_string_equal(w.text, "");
        assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2)
        _exit(worker_play(parts, argv[1]));
    if (platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_threaded_until_a_thread),
        cmocka_unit_test(test_stranger_is_no_worker),
        cmocka_unit_test(test_variable_and_handles_are_private),
        cmocka_unit_test(test_unreadable_variable_is_our_failure),
        cmocka_unit_test(test_worker_variable_needs_room_and_handles),
        cmocka_unit_test(test_requests_and_replies),
        cmocka_unit_test(test_write_to_closed_pipe_raises_nothing),
        cmocka_unit_test(test_memory_is_mapped),
        cmocka_unit_test(test_say),
        cmocka_unit_test(test_output_has),
        cmocka_unit_test(test_pages_have_guards),
        cmocka_unit_test(test_code_becomes_writable),
        cmocka_unit_test(test_peak_of_memory),
        cmocka_unit_test(test_fork_dies_with_its_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
