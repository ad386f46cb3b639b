/* SPDX-License-Identifier: MIT
 *
 * SanitizerCoverage as clang and gcc emit it: the entry points that count.
 * Those that tell values, above all comparisons, are in compare.h.
 */
#ifndef THRESH_WORKER_SANCOV_H
#define THRESH_WORKER_SANCOV_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/abi.h"

/* Adds the runs that only show up late: the extra counters, and the table of
 * trace-pc once something has called it or if nothing else has counters.
 * From here on trace-pc counts. Idempotent; for counters_prepare(). */
void sancov_collect(bool nothing_else);

/* An address in the target's code as it is in all processes of a program; 0:
 * in none of its modules. */
uintptr_t sancov_address(uintptr_t pc);

/* Whether trace-pc has been called at all. */
bool sancov_uses_trace_pc(void);

/* The ABI. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): compilers call these
GUEST_ABI extern GUEST_THREAD_LOCAL uintptr_t __sancov_lowest_stack
    GUEST_INITIAL_EXEC;

GUEST_ABI void __sanitizer_cov_8bit_counters_init(uint8_t *start,
                                                  uint8_t *stop);
GUEST_ABI void __sanitizer_cov_bool_flag_init(bool *start, bool *stop);
GUEST_ABI void __sanitizer_cov_pcs_init(const uintptr_t *start,
                                        const uintptr_t *stop);
GUEST_ABI void __sanitizer_cov_cfs_init(const uintptr_t *start,
                                        const uintptr_t *stop);
GUEST_ABI void __sanitizer_cov_trace_pc_guard_init(uint32_t *start,
                                                   uint32_t *stop);
GUEST_ABI void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
GUEST_ABI void __sanitizer_cov_trace_pc(void);
GUEST_ABI void __sanitizer_cov_stack_depth(void);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif
