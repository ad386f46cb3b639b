/* SPDX-License-Identifier: MIT
 *
 * The last moment of a crashing worker: a handler on a stack of its own gives
 * the circumstances to on_fault and lets the signal kill the process. Apart
 * from posix_guest.c because registers lie in a different place on each system
 * and processor.
 *
 * Best effort: the stack is the calling thread's alone, so that another
 * thread's stack overflow kills without last words; registers are known on
 * Linux for x86 and 64-bit ARM, elsewhere they are 0.
 */
#include "platform/posix.h"
#include "platform/posix_raw.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined(__linux__)
#include <ucontext.h>
#endif

#include "platform/guest.h"
#include "platform/jump.h"
#include "platform/probe.h"

static const int crash_signals[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
                                    SIGTRAP, SIGABRT, SIGSYS};

typedef void (*teller)(const struct guest_fault *fault);

static teller on_death;
static teller on_ask_stack;
static atomic_flag dying = ATOMIC_FLAG_INIT;

/* Where guest_try() goes on after a fault, NULL outside of it, and the thread
 * that is in it. */
static jump_place *escape;
static uintptr_t trying;

static void read_registers(struct guest_fault *fault, const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    const ucontext_t *u = context;
    fault->pc = (uint64_t)u->uc_mcontext.gregs[REG_RIP];
    fault->sp = (uint64_t)u->uc_mcontext.gregs[REG_RSP];
    fault->fp = (uint64_t)u->uc_mcontext.gregs[REG_RBP];
#elif defined(__linux__) && defined(__i386__)
    const ucontext_t *u = context;
    fault->pc = (uint32_t)u->uc_mcontext.gregs[REG_EIP];
    fault->sp = (uint32_t)u->uc_mcontext.gregs[REG_ESP];
    fault->fp = (uint32_t)u->uc_mcontext.gregs[REG_EBP];
#elif defined(__linux__) && defined(__aarch64__)
    const ucontext_t *u = context;
    fault->pc = u->uc_mcontext.pc;
    fault->sp = u->uc_mcontext.sp;
    fault->fp = u->uc_mcontext.regs[29];
#else
    (void)fault;
    (void)context;
#endif
}

/* Positive codes are the processor's and the kernel's. Only with these is
 * there an address; the others have the sender in its place. */
static bool is_from_kernel(const siginfo_t *info)
{
    return info->si_code > 0;
}

static void on_second_fault(int signal)
{
    (void)signal;
    /* Another thread's fault is no business of ours, and what is being told may
     * be its cause: it waits for the end. */
    while (!escape || guest_thread() != trying)
        (void)pause();
    jump_to(*escape);
}

bool guest_try(void (*work)(void *ctx), void *ctx)
{
    static const int faults[2] = {SIGSEGV, SIGBUS};
    struct sigaction guard = {.sa_flags = SA_ONSTACK}, before[2];
    sigset_t open, mask;
    jump_place here;
    jump_place *volatile outer = escape;
    volatile bool ok = false;
    guard.sa_handler = on_second_fault;
    sigfillset(&guard.sa_mask);
    sigemptyset(&open);
    for (size_t i = 0; i < 2; i++) {
        (void)sigaction(faults[i], &guard, &before[i]);
        (void)sigaddset(&open, faults[i]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &open, &mask);
    if (jump_here(here) == 0) {
        trying = guest_thread();
        escape = &here;
        work(ctx);
        ok = true;
    }
    escape = outer;
    for (size_t i = 0; i < 2; i++)
        (void)sigaction(faults[i], &before[i], NULL);
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return ok;
}

struct telling {
    teller tell;
    const struct guest_fault *fault;
};

static void run_telling(void *ctx)
{
    const struct telling *t = ctx;
    t->tell(t->fault);
}

/* What is told may fault: it follows a stack that can be anything. */
static void report(teller tell, const struct guest_fault *fault)
{
    struct telling telling = {tell, fault};
    (void)guest_try(run_telling, &telling);
}

static bool repeats(int signal, const siginfo_t *info)
{
    return is_from_kernel(info) && (signal == SIGSEGV || signal == SIGBUS ||
                                    signal == SIGILL || signal == SIGFPE);
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
    /* All signals are blocked here, so a second one in this thread kills at
     * once, and what comes a second time is another thread: it must not kill
     * the process in the middle of the first one's report. */
    while (atomic_flag_test_and_set(&dying))
        (void)pause();
    /* One that is met now would kill, in libc as well. */
    (void)probe_end();
    struct guest_fault fault = {.signal = signal, .code = info->si_code};
    if (is_from_kernel(info))
        fault.address = (uint64_t)(uintptr_t)info->si_addr;
    read_registers(&fault, context);
    report(on_death, &fault);

    struct sigaction action = {.sa_flags = 0};
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal, &action, NULL);
    /* A faulting instruction faults again when this returns, and dies where it
     * died, which a debugger likes to see. The others would go on, so they get
     * the signal once more; it comes when its mask is restored. */
    if (!repeats(signal, info) && raw_raise(signal) != 0)
        guest_exit(128 + signal);
}

/* A stack that overflowed can't carry the handler. */
static void provide_stack(void)
{
    enum { STACK_BYTES = 128 * 1024 };
    stack_t stack = {0};
    if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE))
        return;
    stack = (stack_t){0};
    stack.ss_sp = guest_pages(STACK_BYTES, true, &stack.ss_size);
    if (stack.ss_sp)
        (void)sigaltstack(&stack, NULL);
}

void guest_catch_faults(void (*on_fault)(const struct guest_fault *fault))
{
    int saved = errno;
    on_death = on_fault;
    provide_stack();
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = on_signal;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++) {
        struct sigaction old;
        if (sigaction(crash_signals[i], NULL, &old) != 0 ||
            (old.sa_flags & SA_SIGINFO) || old.sa_handler != SIG_DFL)
            continue;
        (void)sigaction(crash_signals[i], &action, NULL);
    }
    errno = saved;
}

#if defined(POSIX_ASK_SIGNAL)

static void on_asked(int signal, siginfo_t *info, void *context)
{
    int saved = errno;
    (void)probe_end();
    struct guest_fault place = {.signal = signal, .code = info->si_code};
    read_registers(&place, context);
    report(on_ask_stack, &place);
    errno = saved;
}

void guest_catch_asks(void (*on_ask)(const struct guest_fault *place))
{
    int saved = errno;
    on_ask_stack = on_ask;
    struct sigaction action = {.sa_flags =
                                   SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    action.sa_sigaction = on_asked;
    sigfillset(&action.sa_mask);
    (void)sigaction(POSIX_ASK_SIGNAL, &action, NULL);
    errno = saved;
}

#else

void guest_catch_asks(void (*on_ask)(const struct guest_fault *place))
{
    (void)on_ask;
}

#endif
