/* SPDX-License-Identifier: MIT
 *
 * The guest's part of the platform room. Workers are this program itself,
 * started as the coordinator starts them, with the name of a part below; they
 * answer through the reply pipe. Sanitizers are told to leave signals alone.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/guest.h"
#include "platform/platform.h"

#define PATIENCE_US (60 * 1000000ULL)

/* ---- what workers do ---- */

static void reply(const char *text)
{
    if (!guest_write(text, strlen(text)))
        guest_exit(90);
}

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

static void on_fault(const struct guest_fault *fault)
{
    char text[128];
    char here;
    uint64_t sp = (uint64_t)(uintptr_t)&here;
    /* Own stack: far from that of the fault. */
    bool own = fault->sp - sp > 1 << 20 && sp - fault->sp > 1 << 20;
    int n = snprintf(text, sizeof text, "%s %llx%s%s%s|",
                     platform_signal_name(fault->signal),
                     (unsigned long long)fault->address, own ? " own" : "",
                     fault->pc ? " pc" : "", fault->code ? " code" : "");
    (void)guest_write(text, (size_t)n);
}

/* Not recursion to the compiler's eye, which must not make it a loop. */
static int (*volatile deeper)(int);

static int overflow(int n)
{
    volatile char frame[4096];
    frame[n % 4096] = (char)n;
    return deeper(n + 1) + frame[0];
}

static void *fault_in_thread(void *unused)
{
    volatile int *bad = (int *)0x10; // NOLINT
    (void)unused;
    *bad = 1;
    return NULL;
}

static int part_fault_thread(void)
{
    pthread_t thread[8];
    guest_catch_faults(on_fault);
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, fault_in_thread, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static int part_fault_segv(void)
{
    guest_catch_faults(on_fault);
    fault_in_thread(NULL);
    return 0;
}

static int part_fault_stack(void)
{
    guest_catch_faults(on_fault);
    deeper = overflow;
    return overflow(0);
}

static int part_fault_abort(void)
{
    guest_catch_faults(on_fault);
    abort();
}

static int part_fault_trap(void)
{
    guest_catch_faults(on_fault);
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("int3");
#else
    raise(SIGTRAP);
#endif
    reply("survived");
    return 0;
}

static int part_fault_ill(void)
{
    guest_catch_faults(on_fault);
    __builtin_trap();
}

static int part_fault_fpe(void)
{
    guest_catch_faults(on_fault);
    raise(SIGFPE);
    reply("survived");
    return 0;
}

static int part_fault_bus(void)
{
    int fd = memfd_create("bus", MFD_CLOEXEC);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    guest_catch_faults(on_fault);
    return page[0];
}

static void on_nested(const struct guest_fault *fault)
{
    on_fault(fault);
    fault_in_thread(NULL);
}

/* Last words that crash themselves end the process all the same. */
static int part_fault_nested(void)
{
    guest_catch_faults(on_nested);
    abort();
}

static void targets_handler(int signal)
{
    (void)signal;
    reply("target");
    guest_exit(33);
}

static int part_fault_taken(void)
{
    signal(SIGABRT, targets_handler);
    guest_catch_faults(on_fault);
    abort();
}

static int part_fault_ignored(void)
{
    signal(SIGFPE, SIG_IGN);
    guest_catch_faults(on_fault);
    raise(SIGFPE);
    reply("ignored");
    return 0;
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

static const struct {
    const char *name;
    int (*run)(void);
} parts[] = {
    {"echo", part_echo},
    {"variable is gone", part_variable_is_gone},
    {"memory", part_memory},
    {"broken pipe", part_broken_pipe},
    {"say", part_say},
    {"fault thread", part_fault_thread},
    {"fault segv", part_fault_segv},
    {"fault stack", part_fault_stack},
    {"fault abort", part_fault_abort},
    {"fault trap", part_fault_trap},
    {"fault ill", part_fault_ill},
    {"fault fpe", part_fault_fpe},
    {"fault bus", part_fault_bus},
    {"fault nested", part_fault_nested},
    {"fault taken", part_fault_taken},
    {"fault ignored", part_fault_ignored},
    {"follow", part_follow},
    {"follow by looking", part_follow_by_looking},
};

static int play(const char *name)
{
    if (!guest_is_worker())
        return 100;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, name) == 0)
            return parts[i].run();
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
static void worker_start(struct worker *w, const char *part,
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

static void worker_read(struct worker *w)
{
    struct thresh_err err = {0};
    bool ready;
    platform_wait(&w->replies, &ready, 1, platform_now_us() + 1000000);
    long n = platform_read_some(w->replies, w->text + w->size,
                                sizeof w->text - 1 - w->size, &err);
    if (n == 0)
        w->ended = true;
    else if (n > 0)
        w->size += (size_t)n;
    else
        assert_int_equal(n, PLATFORM_AGAIN);
}

static void worker_read_text(struct worker *w, const char *text)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (w->size < strlen(text) && !w->ended && platform_now_us() < deadline)
        worker_read(w);
    assert_string_equal(w->text, text);
    memset(w->text, 0, sizeof w->text);
    w->size = 0;
}

static struct platform_exit worker_end(struct worker *w)
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

static void assert_exits(struct worker *w, int code)
{
    struct platform_exit exit = worker_end(w);
    assert_int_equal(exit.kind, PLATFORM_EXITED);
    assert_int_equal(exit.code, code);
}

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

/* ---- faults ---- */

#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define PC " pc"
#else
#define PC ""
#endif

static void assert_dies(const char *part, const char *last_words, int signal)
{
    struct worker w;
    worker_start(&w, part, NULL);
    while (!w.ended)
        worker_read(&w);
    assert_string_equal(w.text, last_words);
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, signal);
}

static void test_faults_leave_last_words(void **state)
{
    (void)state;
    assert_dies("fault segv", "SIGSEGV 10 own" PC " code|", SIGSEGV);
    assert_dies("fault abort", "SIGABRT 0 own" PC " code|", SIGABRT);
    assert_dies("fault fpe", "SIGFPE 0 own" PC " code|", SIGFPE);
}

static void test_trap_does_not_go_on(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "fault trap", NULL);
    while (!w.ended)
        worker_read(&w);
    assert_memory_equal(w.text, "SIGTRAP ", 8);
    assert_null(strstr(w.text, "survived"));
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, SIGTRAP);
}

/* Their addresses are only known to the worker. */
static void assert_dies_somewhere(const char *part, int signal)
{
    struct worker w;
    worker_start(&w, part, NULL);
    while (!w.ended)
        worker_read(&w);
    const char *name = platform_signal_name(signal);
    assert_memory_equal(w.text, name, strlen(name));
    assert_null(strstr(w.text, " 0 "));
    assert_non_null(strstr(w.text, " own" PC " code|"));
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, signal);
}

static void test_faults_with_addresses(void **state)
{
    (void)state;
    assert_dies_somewhere("fault stack", SIGSEGV);
    assert_dies_somewhere("fault bus", SIGBUS);
#if defined(__x86_64__) || defined(__i386__)
    assert_dies_somewhere("fault ill", SIGILL);
#endif
}

/* Threads that crash at once: one of them reports, wholly. */
static void test_one_thread_reports(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "fault thread", NULL);
    while (!w.ended)
        worker_read(&w);
    assert_memory_equal(w.text, "SIGSEGV 10", 10);
    assert_int_equal(w.text[w.size - 1], '|');
    assert_ptr_equal(strchr(w.text, '|'), w.text + w.size - 1);
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, SIGSEGV);
}

static void test_fault_in_last_words_ends_it(void **state)
{
    (void)state;
    assert_dies("fault nested", "SIGABRT 0 own" PC " code|", SIGSEGV);
}

static void test_handlers_of_others_are_left_alone(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "fault taken", NULL);
    worker_read_text(&w, "target");
    assert_exits(&w, 33);
    worker_start(&w, "fault ignored", NULL);
    worker_read_text(&w, "ignored");
    assert_exits(&w, 0);
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
        _exit(play(argv[1]));
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
        cmocka_unit_test(test_pages_have_guards),
        cmocka_unit_test(test_code_becomes_writable),
        cmocka_unit_test(test_faults_leave_last_words),
        cmocka_unit_test(test_trap_does_not_go_on),
        cmocka_unit_test(test_faults_with_addresses),
        cmocka_unit_test(test_one_thread_reports),
        cmocka_unit_test(test_fault_in_last_words_ends_it),
        cmocka_unit_test(test_handlers_of_others_are_left_alone),
        cmocka_unit_test(test_fork_dies_with_its_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
