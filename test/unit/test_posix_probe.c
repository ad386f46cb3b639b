/* SPDX-License-Identifier: MIT
 *
 * Probes in functions of this program: what they compare is told, other code is
 * left alone, and nothing of it shows when it has ended. Where it can't be done
 * it says so and does nothing.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/guest.h"
#include "platform/jump.h"
#include "platform/probe.h"

#if PROBE_SYSTEM && !defined(__SANITIZE_THREAD__)

#define TOLD_MAX 100000u

static struct probe_compare told[TOLD_MAX];
static unsigned ntold;
static volatile unsigned long sink;
static jump_place out;

static void on_compare(void *ctx, const struct probe_compare *c)
{
    assert_ptr_equal(ctx, told);
    if (ntold < TOLD_MAX)
        told[ntold++] = *c;
}

/* A section of their own: what is told must not meet a probe itself. */
#define PROBED __attribute__((noinline, section("probed")))
extern const uint8_t __start_probed[], __stop_probed[];

static void begin(uint64_t hits)
{
    ntold = 0;
    assert_true(probe_begin(hits, on_compare, told));
}

static bool was_told(enum x86_kind kind, size_t width, const void *a,
                     const void *b)
{
    for (unsigned i = 0; i < ntold; i++)
        if (told[i].kind == kind && told[i].width == width &&
            memcmp(told[i].a, a, width) == 0 &&
            memcmp(told[i].b, b, width) == 0)
            return true;
    return false;
}

static bool number_was_told(uint64_t a, uint64_t b, size_t width)
{
    return was_told(X86_COMPARE, width, &a, &b);
}

/* Assembly, so that no compiler's mood decides what is compared. */
static uint64_t in_memory = 0x1122334455667788;

PROBED static void compares(unsigned long x)
{
    __asm__ volatile("movabs $0x123456789abcdef0, %%rcx\n\t"
                     "cmp %%rcx, %0\n\t"
                     "cmp %1, %0\n\t"
                     "cmpl $-5, %k0\n\t"
                     "movq %0, %%xmm1\n\t"
                     "movq %%rcx, %%xmm2\n\t"
                     "ucomisd %%xmm2, %%xmm1\n\t"
                     "fld1\n\t"
                     "fldpi\n\t"
                     "fcomip %%st(1), %%st\n\t"
                     "fstp %%st(0)"
                     :
                     : "r"(x), "m"(in_memory)
                     : "rcx", "xmm1", "xmm2", "cc");
}

static const uint64_t constant = 0x123456789abcdef0;

static void all_kinds_are_told(void **state)
{
    const uint64_t x = 0x4041424344454647;
    const long double pi = 3.14159265358979323851L, one = 1;
    (void)state;
    begin(1000);
    compares(x);
    assert_true(probe_end() >= 5);
    assert_true(number_was_told(x, constant, 8));
    assert_true(number_was_told(x, in_memory, 8));
    assert_true(number_was_told(x & UINT32_MAX, UINT32_MAX - 4, 4));
    assert_true(was_told(X86_FLOAT, 8, &x, &constant));
    assert_true(was_told(X86_LONG_DOUBLE, 10, &pi, &one));
    /* Nothing is left: the code is what it was. */
    unsigned n = ntold;
    compares(x);
    assert_int_equal(ntold, n);
    assert_int_equal(probe_end(), 0);
}

/* Asks the system, by reading what is there over itself. */
static bool is_writable(const uint8_t *code)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], code, 1), 1);
    bool writable = read(ends[0], (void *)(uintptr_t)code, 1) == 1;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return writable;
}

/* Code stays open for the next recorded execution, and only for that. */
static void a_pause_leaves_code_open(void **state)
{
    (void)state;
    assert_false(is_writable(__start_probed));
    begin(1000);
    compares(1);
    assert_true(probe_pause() >= 5);
    unsigned n = ntold;
    compares(1);
    assert_int_equal(ntold, n);
    assert_true(is_writable(__start_probed));
    begin(1000);
    compares(1);
    assert_int_equal(ntold, n);
    (void)probe_end();
    assert_false(is_writable(__start_probed));
    begin(1000);
    (void)probe_pause();
    assert_int_equal(probe_end(), 0);
    assert_false(is_writable(__start_probed));
}

/* Each again only after another one, and not for ever. */
static void a_loop_costs_little(void **state)
{
    (void)state;
    begin(1000000);
    for (unsigned long i = 0; i < 100000; i++)
        compares(i);
    assert_in_range(probe_end(), 20, 2000);
    assert_true(number_was_told(0, constant, 8));
    assert_true(number_was_told(3, constant, 8));
}

static void hits_are_limited(void **state)
{
    (void)state;
    begin(2);
    compares(7);
    compares(8);
    assert_int_equal(probe_end(), 2);
    assert_true(ntold <= 2);
}

/* What can't be read is left to the target. */
PROBED static void reads_nothing(unsigned long x)
{
    __asm__ volatile("cmp (%0), %0" : : "r"(x) : "cc");
}

static void on_fault(int signal)
{
    (void)signal;
    jump_to(out);
}

static void a_fault_is_the_targets(void **state)
{
    struct sigaction own = {.sa_flags = SA_NODEFER}, before;
    volatile bool faulted = true;
    (void)state;
    own.sa_handler = on_fault;
    assert_int_equal(sigaction(SIGSEGV, &own, &before), 0);
    begin(1000);
    if (jump_here(out) == 0) {
        reads_nothing(16);
        faulted = false;
    }
    assert_true(probe_end() > 0);
    assert_true(faulted);
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
}

PROBED static void jumps(unsigned long x)
{
    compares(x);
    jump_to(out);
}

static void a_jump_out_leaves_nothing(void **state)
{
    struct sigaction before, after;
    (void)state;
    assert_int_equal(sigaction(SIGTRAP, NULL, &before), 0);
    begin(1000);
    if (jump_here(out) == 0)
        jumps(5);
    errno = 77;
    assert_true(probe_end() > 0);
    assert_int_equal(errno, 77);
    assert_int_equal(sigaction(SIGTRAP, NULL, &after), 0);
    assert_ptr_equal(after.sa_sigaction, before.sa_sigaction);
    assert_true(number_was_told(5, 0x123456789abcdef0, 8));
}

/* Calls that would make the next trap lethal. */
PROBED static void blocks(unsigned long x)
{
    sigset_t all, was;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &was);
    compares(x);
    (void)pthread_sigmask(SIG_SETMASK, &was, NULL);
}

PROBED static void forks(unsigned long x)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        compares(x);
        _exit(9);
    }
    (void)waitpid(child, &status, 0);
    sink = (unsigned long)status;
}

static void what_would_show_ends_it(void **state)
{
    (void)state;
    begin(1000);
    blocks(5);
    (void)probe_end();
    begin(1000);
    forks(5);
    (void)probe_end();
    assert_true(WIFEXITED((int)sink) && WEXITSTATUS((int)sink) == 9);
}

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

PROBED static void raises(unsigned long x)
{
    (void)raise((int)x);
}

PROBED static void traps(unsigned long x)
{
    sink = x;
    __asm__ volatile("int3");
}

/* The target's own traps are its own. */
static void foreign_traps_are_given_back(void **state)
{
    struct sigaction own = {.sa_flags = SA_SIGINFO}, before;
    (void)state;
    own.sa_handler = on_signal;
    assert_int_equal(sigaction(SIGTRAP, &own, &before), 0);
    begin(1000);
    traps(1);
    assert_int_equal(caught, SIGTRAP);
    (void)probe_end();
    caught = 0;
    begin(1000);
    raises(SIGTRAP);
    assert_int_equal(caught, SIGTRAP);
    (void)probe_end();
    assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
}

PROBED static void aborts(unsigned long x)
{
    compares(x);
    abort();
}

static void on_death(const struct guest_fault *fault)
{
    sink = (unsigned long)fault->signal;
}

/* The last words of a process come in a handler in which SIGTRAP is blocked. */
static void a_death_meanwhile_is_the_same(void **state)
{
    int status = 0;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        guest_catch_faults(on_death);
        begin(1000);
        aborts(7);
        _exit(3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_signal_meanwhile_is_served(void **state)
{
    struct sigaction own = {.sa_flags = 0}, before;
    (void)state;
    own.sa_handler = on_signal;
    assert_int_equal(sigaction(SIGUSR1, &own, &before), 0);
    begin(1000);
    raises(SIGUSR1);
    (void)probe_end();
    assert_int_equal(caught, SIGUSR1);
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void a_blocked_trap_is_refused(void **state)
{
    sigset_t trap;
    (void)state;
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &trap, NULL), 0);
    assert_false(probe_begin(10, on_compare, told));
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &trap, NULL), 0);
    struct sigaction ignore = {.sa_flags = 0}, before;
    ignore.sa_handler = SIG_IGN;
    assert_int_equal(sigaction(SIGTRAP, &ignore, &before), 0);
    assert_false(probe_begin(10, on_compare, told));
    assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
    compares(3);
    assert_int_equal(probe_end(), 0);
}

static void *idle(void *ctx)
{
    (void)ctx;
    return NULL;
}

/* Comes last: a process that had threads is never fit again. */
static void threads_are_refused(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, idle, NULL), 0);
    bool begun = probe_begin(10, on_compare, told);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(begun);
}

static int find(void **state)
{
    const struct code_range here = {(uintptr_t)__start_probed,
                                    (uintptr_t)__stop_probed};
    (void)state;
    assert_true(probe_find((uintptr_t)compares, &here, X86_WANT_ALL));
    size_t n = probe_sites();
    assert_true(n > 5);
    /* Once. */
    assert_true(probe_find((uintptr_t)&in_memory, &here, X86_WANT_ALL));
    assert_int_equal(probe_sites(), n);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_are_told),
        cmocka_unit_test(a_pause_leaves_code_open),
        cmocka_unit_test(a_loop_costs_little),
        cmocka_unit_test(hits_are_limited),
        cmocka_unit_test(a_fault_is_the_targets),
        cmocka_unit_test(a_jump_out_leaves_nothing),
        cmocka_unit_test(what_would_show_ends_it),
        cmocka_unit_test(foreign_traps_are_given_back),
        cmocka_unit_test(a_death_meanwhile_is_the_same),
        cmocka_unit_test(a_signal_meanwhile_is_served),
        cmocka_unit_test(a_blocked_trap_is_refused),
        cmocka_unit_test(threads_are_refused),
    };
    return cmocka_run_group_tests(tests, find, NULL);
}

#else

static void nothing_is_done(void **state)
{
    const struct code_range all = {0, 0};
    (void)state;
    assert_false(probe_find((uintptr_t)&nothing_is_done, &all, X86_WANT_ALL));
    assert_int_equal(probe_sites(), 0);
    assert_false(probe_begin(10, NULL, NULL));
    assert_int_equal(probe_end(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
