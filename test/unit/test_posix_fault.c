/* SPDX-License-Identifier: MIT
 *
 * Last words of crashing workers (guest_catch_faults), and what they die of.
 */
#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest_worker.h"

/* ---- what workers do ---- */

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
    /* volatile: the compiler must not see where it points */
    int *volatile bad = (int *)0x10; // NOLINT
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

/* Last words that crash themselves end the process all the same, by the signal
 * that came first. */
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

static const struct part parts[] = {
    {"fault thread", part_fault_thread},   {"fault segv", part_fault_segv},
    {"fault stack", part_fault_stack},     {"fault abort", part_fault_abort},
    {"fault trap", part_fault_trap},       {"fault ill", part_fault_ill},
    {"fault fpe", part_fault_fpe},         {"fault bus", part_fault_bus},
    {"fault nested", part_fault_nested},   {"fault taken", part_fault_taken},
    {"fault ignored", part_fault_ignored}, {0},
};

/* ---- tests ---- */

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
    assert_dies("fault nested", "SIGABRT 0 own" PC " code|", SIGABRT);
}

static void read_forbidden(void *ctx)
{
    (void)*(volatile char *)ctx;
}

static void test_a_survived_fault_leaves_signals_as_they_were(void **state)
{
    (void)state;
    char *pages = guest_pages(1, true, NULL);
    sigset_t before, after;
    struct sigaction action[2];
    (void)sigprocmask(SIG_SETMASK, NULL, &before);
    (void)sigaction(SIGSEGV, NULL, &action[0]);
    assert_false(guest_try(read_forbidden, pages - 1));
    (void)sigprocmask(SIG_SETMASK, NULL, &after);
    (void)sigaction(SIGSEGV, NULL, &action[1]);
    assert_int_equal(sigismember(&after, SIGTERM),
                     sigismember(&before, SIGTERM));
    assert_int_equal(sigismember(&after, SIGSEGV), 0);
    assert_true(action[0].sa_handler == action[1].sa_handler);
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

int main(int argc, char **argv)
{
    if (argc == 2)
        _exit(worker_play(parts, argv[1]));
    if (platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_leave_last_words),
        cmocka_unit_test(test_trap_does_not_go_on),
        cmocka_unit_test(test_faults_with_addresses),
        cmocka_unit_test(test_one_thread_reports),
        cmocka_unit_test(test_fault_in_last_words_ends_it),
        cmocka_unit_test(test_a_survived_fault_leaves_signals_as_they_were),
        cmocka_unit_test(test_handlers_of_others_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
