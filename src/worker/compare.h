/* SPDX-License-Identifier: MIT
 *
 * The callbacks that tell values: operands of comparisons, switches, divisors,
 * indexes, addresses, callees. Most executions don't want them and pay for
 * them dearly, since they are called more often than anything else; so there
 * are three states, and one program serves for all.
 *
 *     at the start      the callbacks return at once
 *     compare_disarm()  the first call from a place removes that call from the
 *                       code (disarm.h), unless a value profile is wanted, for
 *                       which all calls stay (values.h)
 *     compare_record()  the removed calls are put back, and the operands of
 *                       comparisons and switches are recorded, until
 *                       compare_disarm() removes the calls again
 *
 * Nothing is removed before compare_disarm(), because what constructors share
 * with the target need not be removed by each process.
 */
#ifndef THRESH_WORKER_COMPARE_H
#define THRESH_WORKER_COMPARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/operands.h"
#include "platform/abi.h"

void compare_disarm(void);

/* Records into *operands, which it empties, what is compared from now on. The
 * memory stays the caller's. Called between executions, by the thread that
 * runs them; other threads' comparisons are not recorded. */
void compare_record(struct operands *operands);

/* Records two texts that were compared, if anything is recorded, as far as the
 * sizes go; of equal ones nothing could be learnt. The second form says what
 * was asked of them and whether a NUL ends them. */
void compare_text(const void *a, size_t a_size, const void *b, size_t b_size);
void compare_text_as(enum text_relation relation, bool ends, const void *a,
                     size_t a_size, const void *b, size_t b_size);

/* Whether texts are worth measuring. */
extern _Atomic bool compare_recording;

/* Whether any callback for comparisons has been called, as far as is known: it
 * must have been called while calls were being removed. */
bool compare_is_told(void);

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
