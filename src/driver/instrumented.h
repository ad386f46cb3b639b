/* SPDX-License-Identifier: MIT
 *
 * Tells the user how much of the program the search can see, and what to do
 * about the rest. Apart from the coordinator, which never looks into the
 * program it runs.
 */
#ifndef THRESH_DRIVER_INSTRUMENTED_H
#define THRESH_DRIVER_INSTRUMENTED_H

#include <stdint.h>

/* Prints to standard error how many counters and objects there are, and a
 * warning if some objects, or all, are not instrumented. `counters` is what a
 * worker's handshake tells. Before there is one it is UINT32_MAX, and this
 * process's own are taken, which are the same; but nothing is said then if it
 * has none, since it can't know trace-pc. Reads the program's symbols, some
 * milliseconds for a large program: best done while workers run. */
void instrumented_report(uint32_t counters);

#endif
