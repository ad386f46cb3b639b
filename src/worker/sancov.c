/* SPDX-License-Identifier: MIT
 *
 * See sancov.h. clang's inline counters are the target's own memory; guards
 * and trace-pc, which are only calls, count in tables of this file. The tables
 * are static so that the first call may come from any constructor; what is
 * never touched of them costs no memory.
 */
#include "worker/sancov.h"

#include <stdatomic.h>
#include <stddef.h>

#include "platform/segment.h"
#include "worker/compare.h"
#include "worker/counters.h"

/* A power of two, so that a guard which the target has overwritten can't lead
 * outside. Place 0 is for guards that are not initialised. */
#define GUARDS_MAX (1u << 20)

/* As AFL's map. A power of two. */
#define TRACE_PC_BITS 16

#define MODULES_MAX 64

/* A module's code. Its addresses minus `origin` are the same in all processes
 * of a program, and others than those of other modules. */
struct code {
    uintptr_t start;
    uintptr_t origin;
    _Atomic uintptr_t size; /* written last: what is not 0 is complete */
};

GUEST_THREAD_LOCAL uintptr_t __sancov_lowest_stack;

static uint8_t guard_counters[GUARDS_MAX];
static uint32_t nguards = 1;

static uint8_t trace_pc_counters[1u << TRACE_PC_BITS];
static _Atomic bool trace_pc_called;
static bool trace_pc_counts;
static struct code modules[MODULES_MAX];
static atomic_flag adding_module = ATOMIC_FLAG_INIT;

static void add_extra_counters(void)
{
    uint8_t *start, *stop;
    if (segment_extra_counters(&start, &stop))
        counters_add(start, (size_t)(stop - start), COUNTERS_EXTRA);
}

void sancov_collect(bool nothing_else)
{
    add_extra_counters();
    if (nothing_else || sancov_uses_trace_pc())
        counters_add(trace_pc_counters, sizeof trace_pc_counters,
                     COUNTERS_TRACE_PC);
    trace_pc_counts = true;
}

bool sancov_uses_trace_pc(void)
{
    return atomic_load_explicit(&trace_pc_called, memory_order_relaxed);
}

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop)
{
    if (start < stop)
        counters_add(start, (size_t)(stop - start), COUNTERS_CLANG_INLINE);
}

void __sanitizer_cov_bool_flag_init(bool *start, bool *stop)
{
    if (start < stop)
        counters_add(start, (size_t)(stop - start), COUNTERS_CLANG_INLINE);
}

void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
    if (start < stop)
        counters_add_pcs(start, (size_t)(stop - start) / 2);
}

/* The control-flow table is for reports, which read it from the file. */
void __sanitizer_cov_cfs_init(const uintptr_t *start, const uintptr_t *stop)
{
    (void)start;
    (void)stop;
}

// NOLINTBEGIN(readability-non-const-parameter): the ABI fixes the types
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
    if (start >= stop || *start)
        return;
    size_t n = (size_t)(stop - start);
    if (n > GUARDS_MAX - nguards) {
        counters_drop();
        return;
    }
    counters_add(guard_counters + nguards, n, COUNTERS_GUARDS);
    for (uint32_t *guard = start; guard < stop; guard++)
        *guard = nguards++;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    guard_counters[*guard & (GUARDS_MAX - 1)]++;
}
// NOLINTEND(readability-non-const-parameter)

static bool holds(const struct code *code, uintptr_t pc)
{
    uintptr_t size = atomic_load_explicit(&code->size, memory_order_acquire);
    return pc - code->start < size;
}

/* The place of a block's counter follows from its address in its module's
 * file and the size of the module's code, so that all workers agree. Blocks
 * that share a place are lost: without a table in the program their number is
 * not known beforehand. */
static void count(const struct code *code, uintptr_t pc)
{
    uint64_t key = (uint64_t)(pc - code->origin) * 0x9e3779b97f4a7c15u;
    trace_pc_counters[key >> (64 - TRACE_PC_BITS)]++;
}

/* Fills a free place for the module that holds pc, or leaves it empty. */
static void add_module(struct code *code, uintptr_t pc)
{
    struct segment s;
    if (!segment_find(pc, &s))
        return;
    uint64_t salt = (uint64_t)(s.end - s.start) << 32;
    code->start = s.start;
    code->origin = s.bias - (uintptr_t)salt;
    atomic_store_explicit(&code->size, s.end - s.start, memory_order_release);
}

/* The module that holds pc, perhaps a new one; NULL: not known, or not yet. */
static const struct code *module_of(uintptr_t pc)
{
    size_t i = 0;
    while (i < MODULES_MAX && !holds(&modules[i], pc) && modules[i].size)
        i++;
    if (i == MODULES_MAX)
        return NULL;
    if (!modules[i].size) {
        if (atomic_flag_test_and_set_explicit(&adding_module,
                                              memory_order_acquire))
            return NULL;
        if (!modules[i].size)
            add_module(&modules[i], pc);
        atomic_flag_clear_explicit(&adding_module, memory_order_release);
    }
    return holds(&modules[i], pc) ? &modules[i] : NULL;
}

uintptr_t sancov_address(uintptr_t pc)
{
    const struct code *code = module_of(pc);
    return code ? pc - code->origin : 0;
}

/* The rare ways, which need a stack frame: before counting has begun, another
 * module than the first, a new one. */
static __attribute__((noinline)) void trace_pc_elsewhere(uintptr_t pc)
{
    atomic_store_explicit(&trace_pc_called, true, memory_order_relaxed);
    const struct code *code = trace_pc_counts ? module_of(pc) : NULL;
    if (code)
        count(code, pc);
}

void __sanitizer_cov_trace_pc(void)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    if (holds(&modules[0], pc))
        count(&modules[0], pc);
    else
        trace_pc_elsewhere(pc);
}

/* Depth is seen without (depth.h): __sancov_lowest_stack stays 0, below which
 * no stack grows, so that the code around it stores nothing. */
void __sanitizer_cov_stack_depth(void)
{
}
