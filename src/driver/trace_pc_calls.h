/* SPDX-License-Identifier: MIT
 *
 * How many blocks trace-pc has instrumented. It leaves no table, and counts
 * only when it is called; what tells is the calls in the program's code. Apart
 * from the counters, which need no number to count.
 */
#ifndef THRESH_DRIVER_TRACE_PC_CALLS_H
#define THRESH_DRIVER_TRACE_PC_CALLS_H

#include <stdint.h>

/* The direct calls in this module's code; 0 on machines whose calls are not
 * known. */
uint32_t trace_pc_calls(void);

#endif
