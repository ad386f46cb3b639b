/* SPDX-License-Identifier: MIT
 *
 * Comparisons that no callback tells, seen by probes in the target's code:
 * floats (clang has no callback for them), long doubles, 128-bit and odd-width
 * integers, blocks of 16 bytes, and all integers where code has counters alone.
 * They are recorded beside what the callbacks tell, as numbers where base/solve
 * knows the kind of number, else as runs of bytes with their neighbours.
 *
 * Setting probes and hitting them costs microseconds each, so that they are
 * allowed for single traces.
 */
#ifndef THRESH_WORKER_PROBE_H
#define THRESH_WORKER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"
#include "base/solve.h"

/* What was done since the last probe_allow(). */
struct probe_account {
    uint64_t hits;
    uint64_t set;  /* probes */
    uint32_t runs; /* executions that had some */
};

/* Recorded executions have probes from now on, or not any more. Where it can't
 * be done nothing happens. Tells what was done since the last time. */
struct probe_account probe_allow(enum request_probes wanted);

/* Whether recorded executions have them. */
bool probe_is_allowed(void);

/* compare_record() and compare_disarm() call these: an execution that will be
 * recorded follows, or none. */
void probe_record(struct operands *operands);
void probe_stop(void);

#endif
