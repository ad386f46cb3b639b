/* SPDX-License-Identifier: MIT
 *
 * Watching what a process runs: whether it gets on, where it is if it does not,
 * how much memory it has, and ending it for that. Apart from process.c, which
 * talks with it. Who decides is limits.c. See process.h.
 */
#include "coordinator/process.h"

/* Patience with a hanging process that was asked for its stack. Long, because
 * a loaded machine lets even a handler wait, and nothing is lost by it. */
#define STACK_PATIENCE_US 500000u
/* After this what is there is no answer to an earlier question. */
#define STACK_DELAY_US 20000u
/* Patience with one that prints its heap's profile; a large heap takes some
 * time. */
#define PROFILE_PATIENCE_US 30000000u
/* Output beyond this is cut whatever happens. */
#define OUTPUT_MAX ((uint64_t)64 << 20)

bool process_hangs(struct process *p, uint64_t now_us, uint64_t limit_us)
{
    struct region *region = process_region(p);
    if (p->state != PROCESS_BUSY && p->state != PROCESS_STARTING)
        return false;
    uint64_t execs = atomic_load(&region->execs);
    if (execs != p->last_execs) {
        p->last_execs = execs;
        p->progress_us = now_us;
        p->asked_us = 0;
        p->stands = p->peeked = false;
    }
    return p->killed == KILL_NOT && now_us > p->progress_us + limit_us;
}

/* What gets on sooner is not asked for its time: that takes some system calls. */
bool process_spins(struct process *p, uint64_t now_us, uint64_t slow_us)
{
    uint64_t half_us = slow_us / 2;
    if (!process_hangs(p, now_us, half_us))
        return false;
    uint64_t cpu = platform_cpu_us(&p->os);
    if (!p->stands || cpu < p->cpu_us) {
        p->stands = true;
        p->cpu_us = cpu;
        p->allowed_us = 0;
    }
    return cpu - p->cpu_us >= (p->allowed_us ? p->allowed_us : half_us);
}

void process_peek(struct process *p)
{
    struct region *region = process_region(p);
    uint32_t told = LAST_WORDS_STACK;
    (void)__atomic_compare_exchange_n(&region->words.kind, &told,
                                      LAST_WORDS_NONE, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED);
    atomic_store(&region->peek, 1);
    p->peeked = true;
    platform_peek_stack(&p->os);
}

bool process_has_told(const struct process *p)
{
    return __atomic_load_n(&process_region(p)->words.kind, __ATOMIC_ACQUIRE) ==
           LAST_WORDS_STACK;
}

void process_end_known(struct process *p)
{
    p->known = true;
    process_kill(p, KILL_HANG);
}

void process_let_go_on(struct process *p)
{
    p->peeked = false;
    p->allowed_us = 2 * (platform_cpu_us(&p->os) - p->cpu_us);
}

/* Asks for its stack, with which it ends. */
static void ask_last(struct process *p, uint64_t now_us)
{
    p->asked_us = now_us;
    atomic_store(&process_region(p)->peek, 0);
    platform_ask_stack(&p->os);
}

void process_end_hang(struct process *p, uint64_t now_us)
{
    const uint32_t *kind = &process_region(p)->words.kind;
    bool running = p->state == PROCESS_BUSY;
    if (running && !p->asked_us) {
        ask_last(p, now_us);
    } else if (!running || now_us > p->asked_us + STACK_PATIENCE_US ||
               (now_us > p->asked_us + STACK_DELAY_US &&
                __atomic_load_n(kind, __ATOMIC_ACQUIRE) != LAST_WORDS_NONE)) {
        process_kill(p, KILL_HANG);
    }
}

void process_end_memory(struct process *p, uint64_t now_us)
{
    struct region *region = process_region(p);
    bool answers = __atomic_load_n(&region->words.kind, __ATOMIC_ACQUIRE) !=
                   LAST_WORDS_NONE;
    uint64_t patience = answers ? PROFILE_PATIENCE_US : STACK_PATIENCE_US;
    if (!p->profiles && process_in_target(p)) {
        p->profiles = true;
        atomic_store(&region->profile, 1);
        ask_last(p, now_us);
    } else if (!p->profiles || now_us > p->asked_us + patience ||
               atomic_load(&region->profile) == 2) {
        process_kill(p, KILL_MEMORY);
    }
}

bool process_in_target(const struct process *p)
{
    return p->state == PROCESS_BUSY &&
           atomic_load(&process_region(p)->running) != 0;
}

bool process_runs_inputs(const struct process *p)
{
    return p->state == PROCESS_BUSY && (p->request.kind == REQUEST_INPUT ||
                                        (p->request.kind == REQUEST_BATCH &&
                                         !(p->request.flags & REQUEST_REPLAY)));
}

void process_excuse(struct process *p, uint64_t us)
{
    p->progress_us += us;
    if (p->leave_us)
        p->leave_us += us;
    if (p->closed_us)
        p->closed_us += us;
    if (p->asked_us)
        p->asked_us += us;
}

void process_measure(struct process *p)
{
    if (p->state != PROCESS_IDLE &&
        platform_output_size(p->output) > OUTPUT_MAX)
        platform_output_clear(p->output);
    p->resident = platform_resident_bytes(&p->os);
    p->measured_us = platform_now_us();
}
