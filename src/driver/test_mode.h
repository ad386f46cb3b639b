/* SPDX-License-Identifier: MIT
 *
 * What a fuzz binary does without -fuzz: every target's seeds and saved inputs
 * are tests. Each runs in a worker, so that one that crashes takes nothing
 * with it.
 */
#ifndef THRESH_DRIVER_TEST_MODE_H
#define THRESH_DRIVER_TEST_MODE_H

#include <stdbool.h>

#include "base/name_match.h"
#include "driver/setup.h"

struct selection {
    struct name_match *run;  /* NULL: everything */
    struct name_match *skip; /* NULL: nothing */
};

/* Whether TARGET (input NULL: something of it), or TARGET/INPUT, is selected. */
bool selection_has(const struct selection *s, const char *target,
                   const char *input);

/* Runs the selected inputs of all targets but `except` (may be NULL). Tells
 * whether anything ran. */
enum outcome test_mode_run(struct setup *setup, const struct selection *select,
                           const char *except, bool *ran);

#endif
