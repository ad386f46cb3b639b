/* SPDX-License-Identifier: MIT
 *
 * See probe.h.
 *
 * SIGTRAP kills when it is blocked. Hence functions of libc that change masks
 * and handlers, and those that make processes and threads, have a probe, too,
 * which takes all of them away before that function runs.
 */
#include "platform/probe.h"

#if PROBE_SYSTEM

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "platform/guest.h"
#include "platform/posix_function.h"
#include "platform/posix_raw.h"

// NOLINTBEGIN(performance-no-int-to-ptr): machine code is addresses

#define BREAKPOINT  0xcc
#define SITES_MAX   (1u << 16)
#define MODULES_MAX 16u
/* Comparisons of one function that are kept. */
#define FUNCTION_MAX 4096u
/* Hits of one probe that are told in one execution. */
#define HITS_PER_SITE 4u
/* Probes that wait to be set again. */
#define WAITING 32u

struct site {
    uintptr_t at;
    uint8_t was;
    uint8_t hits;
    bool set;
    bool ends; /* all of it: the entry of a function that must not see it */
};

static struct site *sites; /* by address once `sorted` */
static size_t nsites;
static bool sorted;
static struct code_range modules[MODULES_MAX]; /* code of those looked at */
static size_t nmodules;

static struct {
    bool on;
    bool open; /* the code can be written */
    probe_tell *tell;
    void *ctx;
    uintptr_t thread;
    long process;
    uint64_t most, hits;
    uint32_t waiting[WAITING]; /* sites */
    unsigned nwaiting;
    struct sigaction before;
} now;

/* ---- finding comparisons ---- */

/* The ends of our own code (cmake/archive.cmake), which the handler is part of;
 * null in tests, which link it piece by piece. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): the linker makes these
extern const uint8_t __start_thresh_code[] __attribute__((weak));
extern const uint8_t __stop_thresh_code[] __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

static bool is_ours(uintptr_t address)
{
    return address - (uintptr_t)__start_thresh_code <
           (uintptr_t)__stop_thresh_code - (uintptr_t)__start_thresh_code;
}

static void add_site(uintptr_t at, bool ends)
{
    if (nsites < SITES_MAX)
        sites[nsites++] = (struct site){.at = at, .ends = ends};
}

static void take_function(const struct code_range *f, enum x86_want want)
{
    static uint32_t offset[FUNCTION_MAX];
    size_t n = x86_comparisons((const uint8_t *)f->start, f->end - f->start,
                               want, offset, FUNCTION_MAX);
    for (size_t i = 0; i < n; i++)
        add_site(f->start + offset[i], false);
}

bool probe_find(uintptr_t address, const struct code_range *within,
                enum x86_want want)
{
    struct function_table table;
    struct code_range function;
    if (!sites)
        sites = guest_pages(SITES_MAX * sizeof *sites, false, NULL);
    if (!sites || nmodules == MODULES_MAX ||
        !function_table_find(address, &table))
        return false;
    for (size_t i = 0; i < nmodules; i++)
        if (modules[i].start == table.code.start)
            return true;
    modules[nmodules++] = table.code;
    for (uint32_t i = 0; i < table.n; i++)
        if (function_table_get(&table, i, &function) &&
            (!within->end || code_range_holds(within, function.start)) &&
            !is_ours(function.start))
            take_function(&function, want);
    sorted = false;
    return true;
}

void probe_forget(void)
{
    (void)probe_end();
    nsites = nmodules = 0;
}

size_t probe_sites(void)
{
    return nsites;
}

/* ---- functions that end it ---- */

#pragma weak vfork
#pragma weak system
#pragma weak popen
#pragma weak posix_spawn
#pragma weak posix_spawnp
#pragma weak pthread_create
#pragma weak sigsuspend
#pragma weak sigprocmask

#define ENDERS(X)      \
    X(sigprocmask)     \
    X(pthread_sigmask) \
    X(sigaction)       \
    X(signal)          \
    X(sigsuspend)      \
    X(fork)            \
    X(vfork)           \
    X(system)          \
    X(popen) X(posix_spawn) X(posix_spawnp) X(pthread_create) X(execve) X(execv)

static void add_ender(uintptr_t at)
{
    if (at)
        add_site(at, true);
}

/* Each as this program calls it, which may be a sanitizer's, and as the next
 * module would. */
static void find_enders(void)
{
#define ADD_ENDER(name)                           \
    add_ender((uintptr_t)(void (*)(void))(name)); \
    add_ender((uintptr_t)guest_next_function(#name));
    ENDERS(ADD_ENDER)
}

/* ---- setting and taking away ---- */

static void set(struct site *s)
{
    s->set = true;
    *(volatile uint8_t *)s->at = BREAKPOINT;
}

static void take_away(struct site *s)
{
    if (s->set)
        *(volatile uint8_t *)s->at = s->was;
    s->set = false;
}

static void take_all_away(void)
{
    for (size_t i = 0; i < nsites; i++)
        take_away(&sites[i]);
    now.nwaiting = 0;
}

static int by_address(const void *a, const void *b)
{
    const struct site *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* In order, each place once. */
static void sort(void)
{
    if (sorted)
        return;
    find_enders();
    qsort(sites, nsites, sizeof *sites, by_address);
    size_t n = 0;
    for (size_t i = 0; i < nsites; i++)
        if (n == 0 || sites[n - 1].at != sites[i].at)
            sites[n++] = sites[i];
    nsites = n;
    sorted = true;
}

static struct site *site_at(uintptr_t at)
{
    size_t low = 0, high = nsites;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sites[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < nsites && sites[low].at == at ? &sites[low] : NULL;
}

/* The functions that end it, those of one page together. */
static bool open_enders(bool writable)
{
    uintptr_t page = guest_page_size(), opened = 0;
    bool all = true;
    for (size_t i = 0; i < nsites; i++) {
        if (!sites[i].ends || sites[i].at / page == opened)
            continue;
        opened = sites[i].at / page;
        all &= guest_code_writable((void *)sites[i].at, 1, writable);
    }
    return all;
}

/* Code that can be written stays so while the probes are set: each one is
 * written when it is hit. The system takes its time for each change. */
static bool open_code(bool writable)
{
    bool all = true;
    if (now.open == writable)
        return true;
    now.open = writable;
    for (size_t i = 0; i < nmodules; i++)
        all &= guest_code_writable((void *)modules[i].start,
                                   modules[i].end - modules[i].start, writable);
    return open_enders(writable) && all;
}

/* ---- operands ---- */

static const int greg[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/* Reads what may not be there, which is the target's business. */
static bool read_memory(uint8_t out[16], uintptr_t from, size_t size)
{
    struct iovec to = {out, size};
    struct iovec source = {(void *)from, size};
    register long flags __asm__("r9") = 0;
    register long sources __asm__("r8") = 1;
    register const void *remote __asm__("r10") = &source;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_process_vm_readv), "D"(now.process), "S"(&to),
                       "d"(1L), "r"(remote), "r"(sources), "r"(flags)
                     : "rcx", "r11", "memory");
    return result == (long)size;
}

/* A float or a double as a long double's ten bytes. */
static void widen(uint8_t out[16], unsigned width)
{
    double d = 0;
    float f = 0;
    memcpy(&d, out, sizeof d);
    memcpy(&f, out, sizeof f);
    long double value = width == 4 ? (long double)f : (long double)d;
    memset(out, 0, 16);
    memcpy(out, &value, 10);
}

/* Fetches an operand; false if it can't be read. */
static bool fetch(const struct x86_insn *i, const struct x86_operand *o,
                  uint8_t out[16], const mcontext_t *m)
{
    const struct _libc_fpstate *fp = m->fpregs;
    uint64_t reg[16];
    memset(out, 0, 16);
    switch (o->place) {
    case X86_REGISTER:
        memcpy(out, &m->gregs[greg[o->number & 15]], 8);
        return true;
    case X86_IMMEDIATE:
        memcpy(out, &i->immediate, 8);
        return true;
    case X86_XMM:
        if (fp)
            memcpy(out, &fp->_xmm[o->number & 15], 16);
        return fp != NULL;
    case X86_STACK:
        if (fp)
            memcpy(out, &fp->_st[o->number & 7], 10);
        return fp != NULL;
    case X86_MEMORY:
        for (int k = 0; k < 16; k++)
            reg[k] = (uint64_t)m->gregs[greg[k]];
        if (!read_memory(
                out,
                (uintptr_t)x86_address(i, reg, (uint64_t)m->gregs[REG_RIP]),
                i->width))
            return false;
        if (i->kind == X86_LONG_DOUBLE)
            widen(out, i->width);
        return true;
    default:
        return false;
    }
}

/* ---- a hit ---- */

/* Sets those again that were hit before: they have been passed. */
static void set_waiting(void)
{
    for (unsigned i = 0; i < now.nwaiting; i++)
        set(&sites[now.waiting[i]]);
    now.nwaiting = 0;
}

/* The original instruction is there again, at rip. */
static void hit(struct site *s, const mcontext_t *m)
{
    struct x86_insn insn;
    struct probe_compare c = {.site = s->at};
    set_waiting();
    if (++s->hits < HITS_PER_SITE && now.nwaiting < WAITING)
        now.waiting[now.nwaiting++] = (uint32_t)(s - sites);
    if (x86_decode(&insn, (const uint8_t *)s->at, X86_LONGEST) == X86_OTHER ||
        !fetch(&insn, &insn.a, c.a, m) || !fetch(&insn, &insn.b, c.b, m))
        return;
    c.kind = insn.kind;
    c.width = insn.kind == X86_LONG_DOUBLE ? 10 : insn.width;
    now.tell(now.ctx, &c);
}

/* Gives a trap of the target's own to whoever had it before: the instruction
 * traps again, or the signal is sent once more. */
static void give_back(const siginfo_t *info, mcontext_t *m)
{
    take_all_away();
    (void)sigaction(SIGTRAP, &now.before, NULL);
    if (info->si_code > 0)
        m->gregs[REG_RIP]--;
    else
        (void)raw_raise(SIGTRAP);
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
    mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
    uintptr_t at = (uintptr_t)m->gregs[REG_RIP] - 1;
    struct site *s = info->si_code == SI_KERNEL ? site_at(at) : NULL;
    (void)signal;
    if (!s) {
        give_back(info, m);
        return;
    }
    /* Another thread may have been here first. */
    m->gregs[REG_RIP] = (greg_t)at;
    take_away(s);
    if (s->ends || ++now.hits >= now.most)
        take_all_away();
    else if (guest_thread() == now.thread && now.on)
        hit(s, m);
}

/* ---- the whole ---- */

/* Whether SIGTRAP would come to a handler of ours and disturb nobody's. */
static bool is_free(void)
{
    sigset_t mask;
    struct sigaction action;
    return pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 &&
           !sigismember(&mask, SIGTRAP) &&
           sigaction(SIGTRAP, NULL, &action) == 0 &&
           (action.sa_flags & SA_SIGINFO || action.sa_handler == SIG_DFL);
}

static bool take_signal(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK}, got;
    action.sa_sigaction = on_trap;
    sigfillset(&action.sa_mask);
    /* A sanitizer may keep the signal for itself and say nothing. */
    return sigaction(SIGTRAP, &action, &now.before) == 0 &&
           sigaction(SIGTRAP, NULL, &got) == 0 && got.sa_sigaction == on_trap;
}

bool probe_begin(uint64_t hits, probe_tell *tell, void *ctx)
{
    int saved = errno;
    (void)probe_pause();
    if (nsites == 0 || !guest_single_threaded() || !is_free())
        return false;
    sort();
    now.tell = tell;
    now.ctx = ctx;
    now.thread = guest_thread();
    now.process = raw_process();
    now.most = hits;
    now.hits = 0;
    now.on = open_code(true) && take_signal();
    for (size_t i = 0; now.on && i < nsites; i++) {
        sites[i].was = *(const volatile uint8_t *)sites[i].at;
        sites[i].hits = 0;
        set(&sites[i]);
    }
    bool begun = now.on;
    if (!begun)
        (void)open_code(false);
    errno = saved;
    return begun;
}

uint64_t probe_pause(void)
{
    int saved = errno;
    if (!now.on)
        return 0;
    take_all_away();
    now.on = false;
    (void)sigaction(SIGTRAP, &now.before, NULL);
    errno = saved;
    return now.hits;
}

uint64_t probe_end(void)
{
    uint64_t hits = probe_pause();
    int saved = errno;
    (void)open_code(false);
    errno = saved;
    return hits;
}

// NOLINTEND(performance-no-int-to-ptr)

#endif
