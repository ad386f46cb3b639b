/* SPDX-License-Identifier: MIT
 *
 * Instrumented modules that the target loads after the handshake (dlopen, or a
 * set-up that does it): the index space is fixed by then, so they get a place
 * in a part of it that counters.h keeps free. Where, follows from the module's
 * file and its number of counters, so that all workers agree whatever they
 * load first; only modules that want the same place depend on the order.
 *
 * Modules register while the target runs, and may be unloaded by it in the
 * same execution. What is scanned therefore changes between executions alone:
 * late_settle() takes in what came and leaves out what went. The counters are
 * the target's own; a module that comes back finds its old place.
 *
 * The table belongs to this file, for the life of the process.
 */
#ifndef THRESH_WORKER_LATE_H
#define THRESH_WORKER_LATE_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/scan.h"

/* Indexes that are kept free. Each worker copies as many bytes with a new
 * snapshot. */
#define LATE_CELLS 16384u

/* From now on modules are late; their first index. */
void late_open(uint32_t first);
bool late_is_open(void);

/* Adds a run of one-byte counters; `module` is an address in the module they
 * count for. Called by its constructors. */
void late_add(void *start, uint32_t count, const void *module);

/* After an execution and before the counters are looked at. Cheap, but not
 * free: to be called when finding_signs says so (finding.h). */
void late_settle(struct scan *s);

/* Whether a module had to be left out. */
bool late_has_dropped(void);

#endif
