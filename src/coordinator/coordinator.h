/* SPDX-License-Identifier: MIT
 *
 * The coordinator: everything -fuzz does once the flags are understood. Starts
 * workers, hands out work, takes in what they find, until time, count, a
 * failure or the user ends it. Never runs target code.
 */
#ifndef THRESH_COORDINATOR_COORDINATOR_H
#define THRESH_COORDINATOR_COORDINATOR_H

#include "coordinator/options.h"

/* Runs to the end and reports. Every child is reaped and every temporary gone
 * when it returns. */
enum outcome coordinator_run(const struct options *opt);

#endif
