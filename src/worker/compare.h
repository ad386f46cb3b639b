/* SPDX-License-Identifier: MIT
 *
 * The callbacks that tell values: operands of comparisons, switches, divisors,
 * indexes, addresses, callees. Most executions don't want them and pay for
 * them dearly, since they are called more often than anything else; so there
 * are three modes, and one program serves for all.
 *
 *     at the start       the callbacks return at once
 *     compare_arm(false) the first call from a place removes that call from
 *                        the code (disarm.h)
 *     compare_arm(true)  operands are wanted: calls stay, and return at once
 *                        until something collects them
 *
 * Nothing is removed before compare_arm(false), because what constructors
 * share with the target would be missing in a process that traces later.
 * Removed calls don't come back.
 */
#ifndef THRESH_WORKER_COMPARE_H
#define THRESH_WORKER_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/abi.h"

void compare_arm(bool armed);

/* Removes here the calls that forks of this process have removed. */
void compare_disarm_again(void);

/* The ABI. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): compilers call these
GUEST_ABI void __sanitizer_cov_trace_cmp1(uint8_t a, uint8_t b);
GUEST_ABI void __sanitizer_cov_trace_cmp2(uint16_t a, uint16_t b);
GUEST_ABI void __sanitizer_cov_trace_cmp4(uint32_t a, uint32_t b);
GUEST_ABI void __sanitizer_cov_trace_cmp8(uint64_t a, uint64_t b);
GUEST_ABI void __sanitizer_cov_trace_const_cmp1(uint8_t constant, uint8_t b);
GUEST_ABI void __sanitizer_cov_trace_const_cmp2(uint16_t constant, uint16_t b);
GUEST_ABI void __sanitizer_cov_trace_const_cmp4(uint32_t constant, uint32_t b);
GUEST_ABI void __sanitizer_cov_trace_const_cmp8(uint64_t constant, uint64_t b);
GUEST_ABI void __sanitizer_cov_trace_cmpf(float a, float b);
GUEST_ABI void __sanitizer_cov_trace_cmpd(double a, double b);
/* cases: uint64_t, their number, the bits of value, then the cases. */
GUEST_ABI void __sanitizer_cov_trace_switch(uint64_t value, void *cases);

GUEST_ABI void __sanitizer_cov_trace_div4(uint32_t divisor);
GUEST_ABI void __sanitizer_cov_trace_div8(uint64_t divisor);
GUEST_ABI void __sanitizer_cov_trace_gep(uintptr_t index);
GUEST_ABI void __sanitizer_cov_trace_pc_indir(uintptr_t callee);
GUEST_ABI void __sanitizer_cov_load1(const void *from);
GUEST_ABI void __sanitizer_cov_load2(const void *from);
GUEST_ABI void __sanitizer_cov_load4(const void *from);
GUEST_ABI void __sanitizer_cov_load8(const void *from);
GUEST_ABI void __sanitizer_cov_load16(const void *from);
GUEST_ABI void __sanitizer_cov_store1(const void *to);
GUEST_ABI void __sanitizer_cov_store2(const void *to);
GUEST_ABI void __sanitizer_cov_store4(const void *to);
GUEST_ABI void __sanitizer_cov_store8(const void *to);
GUEST_ABI void __sanitizer_cov_store16(const void *to);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif
