/* SPDX-License-Identifier: MIT
 *
 * Fuzzing several targets in one run: whose turn it is and for how long. Apart
 * from the coordinator, which knows one target: here nothing is known of
 * inputs and workers, only shares of time and executions.
 */
#ifndef THRESH_COORDINATOR_ROUNDS_H
#define THRESH_COORDINATOR_ROUNDS_H

#include <stddef.h>

#include "coordinator/options.h"

/* Fuzzes n targets in turns, and reports each and all of them. The limit of
 * the first one's options is that of all. Returns the worst outcome. */
enum outcome rounds_run(struct options *targets, size_t n);

#endif
