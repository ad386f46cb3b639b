/* SPDX-License-Identifier: MIT
 *
 * See compare.h. Every callback is the same few instructions: is disarming
 * on, then disarm_call() with the caller and the callback's own address.
 */
#include "worker/compare.h"

#include <stdatomic.h>

#include "worker/disarm.h"

static _Atomic bool disarming;

void compare_arm(bool armed)
{
    if (!armed)
        disarm_init();
    atomic_store_explicit(&disarming, !armed, memory_order_relaxed);
}

/* A macro because the return address is that of the function it stands in. */
#define DISARM_CALL_OF(callback)                                    \
    do {                                                            \
        if (atomic_load_explicit(&disarming, memory_order_relaxed)) \
            disarm_call((uintptr_t)__builtin_return_address(0),     \
                        (uintptr_t)(callback));                     \
    } while (0)

#define OF_TWO(name, type)                            \
    void __sanitizer_cov_trace_##name(type a, type b) \
    {                                                 \
        (void)a;                                      \
        (void)b;                                      \
        DISARM_CALL_OF(__sanitizer_cov_trace_##name); \
    }

#define OF_ONE(name, type)                      \
    void __sanitizer_cov_##name(type a)         \
    {                                           \
        (void)a;                                \
        DISARM_CALL_OF(__sanitizer_cov_##name); \
    }

OF_TWO(cmp1, uint8_t)
OF_TWO(cmp2, uint16_t)
OF_TWO(cmp4, uint32_t)
OF_TWO(cmp8, uint64_t)
OF_TWO(const_cmp1, uint8_t)
OF_TWO(const_cmp2, uint16_t)
OF_TWO(const_cmp4, uint32_t)
OF_TWO(const_cmp8, uint64_t)
OF_TWO(cmpf, float)
OF_TWO(cmpd, double)

void __sanitizer_cov_trace_switch(uint64_t value, void *cases)
{
    (void)value;
    (void)cases;
    DISARM_CALL_OF(__sanitizer_cov_trace_switch);
}

OF_ONE(trace_div4, uint32_t)
OF_ONE(trace_div8, uint64_t)
OF_ONE(trace_gep, uintptr_t)
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
