/* SPDX-License-Identifier: MIT
 *
 * What a fuzz binary does without -fuzz: every target's seeds and saved inputs
 * are tests. Each runs in a worker, so that one that crashes takes nothing
 * with it, and several run side by side.
 */
#ifndef THRESH_DRIVER_TEST_MODE_H
#define THRESH_DRIVER_TEST_MODE_H

#include <stdbool.h>

#include "driver/selection.h"
#include "driver/setup.h"

/* What came of the tests. */
struct test_mode {
    enum outcome outcome;
    bool ran;         /* targets were selected... */
    bool ran_inputs;  /* ...and inputs of theirs */
    const char *why;  /* they ended before their end; NULL: they did not */
    bool interrupted; /* by the user */
};

/* Runs the selected inputs of all targets that are not to be fuzzed. */
struct test_mode test_mode_run(struct setup *setup,
                               const struct selection *select);

#endif
