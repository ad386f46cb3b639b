/* SPDX-License-Identifier: MIT
 *
 * See compare.h. Every callback is the same few instructions: is disarming
 * on, then disarm_call() with the caller and the callback's own address; is
 * recording on, then the operands are kept.
 */
#include "worker/compare.h"

#include <string.h>

#include "base/kind.h"
#include "platform/guest.h"
#include "worker/disarm.h"
#include "worker/probe.h"
#include "worker/values.h"

/* Cases of one switch that are recorded. */
#define CASES_MAX 64u

static _Atomic bool disarming;
_Atomic bool compare_recording;
static struct operands *record;
static uintptr_t recorder; /* the thread that records */

/* For a value profile every comparison is wanted. */
static void stay_armed(void)
{
    record = NULL;
    atomic_store(&compare_recording, true);
}

void compare_disarm(void)
{
    probe_stop();
    if (values_wanted()) {
        stay_armed();
        return;
    }
    disarm_init();
    if (atomic_exchange(&compare_recording, false))
        disarm_rewrite(DISARM_REMOVE);
    atomic_store(&disarming, true);
}

bool compare_is_told(void)
{
    size_t n;
    (void)disarm_sites(&n);
    return n > 0 || values_told();
}

void compare_record(struct operands *operands)
{
    operands_clear(operands);
    record = operands;
    recorder = guest_thread();
    if (!atomic_load(&compare_recording)) {
        atomic_store(&disarming, false);
        disarm_rewrite(DISARM_PUT_BACK);
        atomic_store(&compare_recording, true);
    }
    probe_record(operands);
}

static bool is_recording(void)
{
    return atomic_load_explicit(&compare_recording, memory_order_relaxed) &&
           record && guest_thread() == recorder;
}

/* The result of all comparisons of one place; kept out of the callbacks, so
 * that these need no stack. */
__attribute__((noinline, cold)) static void
keep(uint64_t a, uint64_t b, uint8_t width, bool constant, uintptr_t site)
{
    if (values_wanted())
        values_add(a, b, width, site);
    if (is_recording())
        operands_add(record, (struct operand){.a = a,
                                              .b = b,
                                              .site = site,
                                              .width = width,
                                              .constant = constant});
}

__attribute__((noinline, cold)) static void
keep_floats(const void *a, const void *b, uint8_t width, uintptr_t site)
{
    uint64_t x = 0, y = 0;
    memcpy(&x, a, width);
    memcpy(&y, b, width);
    if (is_recording())
        operands_add(record, (struct operand){.a = x,
                                              .b = y,
                                              .site = site,
                                              .width = width,
                                              .is_float = true});
}

__attribute__((noinline, cold)) static void
keep_cases(uint64_t value, const uint64_t *cases, uintptr_t site)
{
    uint8_t width = (uint8_t)(cases[1] / 8);
    if (!width || width > 8 || (width & (width - 1)))
        return;
    /* Each case is a place of its own; no address has bits so high. */
    for (uint64_t i = 0; i < cases[0] && i < CASES_MAX; i++)
        keep(cases[2 + i] & value_mask(width), value & value_mask(width), width,
             true, site ^ (uintptr_t)(i << (sizeof site * 8 - 8)));
}

void compare_text(const void *a, size_t a_size, const void *b, size_t b_size)
{
    compare_text_as(TEXT_EQUAL, false, a, a_size, b, b_size);
}

void compare_text_as(enum text_relation relation, bool ends, const void *a,
                     size_t a_size, const void *b, size_t b_size)
{
    if (is_recording())
        operands_add_text(record, relation, ends, a, a_size, b, b_size);
}

/* Macros because the return address is that of the function they stand in. */
#define SITE (uintptr_t) __builtin_return_address(0)
#define DISARM_CALL_OF(callback)                                    \
    do {                                                            \
        if (atomic_load_explicit(&disarming, memory_order_relaxed)) \
            disarm_call(SITE, (uintptr_t)(callback));               \
    } while (0)
#define RECORDING     \
    __builtin_expect( \
        atomic_load_explicit(&compare_recording, memory_order_relaxed), 0)

#define OF_TWO(name, type, constant)                  \
    void __sanitizer_cov_trace_##name(type a, type b) \
    {                                                 \
        DISARM_CALL_OF(__sanitizer_cov_trace_##name); \
        if (RECORDING)                                \
            keep(a, b, sizeof a, constant, SITE);     \
    }

#define OF_TWO_FLOATS(name, type)                     \
    void __sanitizer_cov_trace_##name(type a, type b) \
    {                                                 \
        DISARM_CALL_OF(__sanitizer_cov_trace_##name); \
        if (RECORDING)                                \
            keep_floats(&a, &b, sizeof a, SITE);      \
    }

/* Compared with what it must not be. */
#define OF_DIVISOR(name, type)                  \
    void __sanitizer_cov_##name(type a)         \
    {                                           \
        DISARM_CALL_OF(__sanitizer_cov_##name); \
        if (RECORDING)                          \
            keep(0, a, sizeof a, true, SITE);   \
    }

/* An index, which is compared with nothing: what is far off is a value, too. */
#define OF_INDEX(name)                          \
    void __sanitizer_cov_##name(uintptr_t a)    \
    {                                           \
        DISARM_CALL_OF(__sanitizer_cov_##name); \
        if (RECORDING && values_wanted())       \
            values_add(a, 0, sizeof a, SITE);   \
    }

#define OF_ONE(name, type)                      \
    void __sanitizer_cov_##name(type a)         \
    {                                           \
        (void)a;                                \
        DISARM_CALL_OF(__sanitizer_cov_##name); \
    }

OF_TWO(cmp1, uint8_t, false)
OF_TWO(cmp2, uint16_t, false)
OF_TWO(cmp4, uint32_t, false)
OF_TWO(cmp8, uint64_t, false)
OF_TWO(const_cmp1, uint8_t, true)
OF_TWO(const_cmp2, uint16_t, true)
OF_TWO(const_cmp4, uint32_t, true)
OF_TWO(const_cmp8, uint64_t, true)
OF_TWO_FLOATS(cmpf, float)
OF_TWO_FLOATS(cmpd, double)

void __sanitizer_cov_trace_switch(uint64_t value, void *cases)
{
    DISARM_CALL_OF(__sanitizer_cov_trace_switch);
    if (RECORDING)
        keep_cases(value, cases, SITE);
}

OF_DIVISOR(trace_div4, uint32_t)
OF_DIVISOR(trace_div8, uint64_t)
OF_INDEX(trace_gep)
/* Which functions an indirect call reaches is not counted: the callee's own
 * counters say that it ran, and clang puts this before every indirect call of
 * a -fsanitize=fuzzer-no-link build, where a look-up would cost more than the
 * call. */
OF_ONE(trace_pc_indir, uintptr_t)
OF_ONE(load1, const void *)
OF_ONE(load2, const void *)
OF_ONE(load4, const void *)
OF_ONE(load8, const void *)
OF_ONE(load16, const void *)
OF_ONE(store1, const void *)
OF_ONE(store2, const void *)
OF_ONE(store4, const void *)
OF_ONE(store8, const void *)
OF_ONE(store16, const void *)

#define CALLBACK(name) (uintptr_t)(__sanitizer_cov_##name)

void compare_disarm_again(void)
{
    static const uintptr_t callbacks[] = {
        CALLBACK(trace_cmp1),
        CALLBACK(trace_cmp2),
        CALLBACK(trace_cmp4),
        CALLBACK(trace_cmp8),
        CALLBACK(trace_const_cmp1),
        CALLBACK(trace_const_cmp2),
        CALLBACK(trace_const_cmp4),
        CALLBACK(trace_const_cmp8),
        CALLBACK(trace_cmpf),
        CALLBACK(trace_cmpd),
        CALLBACK(trace_switch),
        CALLBACK(trace_div4),
        CALLBACK(trace_div8),
        CALLBACK(trace_gep),
        CALLBACK(trace_pc_indir),
        CALLBACK(load1),
        CALLBACK(load2),
        CALLBACK(load4),
        CALLBACK(load8),
        CALLBACK(load16),
        CALLBACK(store1),
        CALLBACK(store2),
        CALLBACK(store4),
        CALLBACK(store8),
        CALLBACK(store16),
    };
    if (atomic_load_explicit(&disarming, memory_order_relaxed))
        disarm_again(callbacks, sizeof callbacks / sizeof callbacks[0]);
}
