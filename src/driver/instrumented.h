/* SPDX-License-Identifier: MIT
 *
 * Tells the user how much of the program the search can see, and what to do
 * about the rest. Apart from the coordinator, which never looks into the
 * program it runs.
 */
#ifndef THRESH_DRIVER_INSTRUMENTED_H
#define THRESH_DRIVER_INSTRUMENTED_H

#include <stdint.h>

/* Prints to standard error how many counters and objects there are; a warning
 * if some objects, or all, are not instrumented. `counters` is what a worker's
 * handshake tells, or UINT32_MAX before there is one: this process has the
 * same counters, having the same constructors. Reads the program's symbols,
 * which takes milliseconds for large programs: best while workers start. */
void instrumented_report(uint32_t counters);

#endif
