/* SPDX-License-Identifier: MIT
 *
 * What the patterns on the command line choose: targets to be fuzzed, and
 * targets and inputs to be run as tests. Owns the patterns.
 */
#ifndef THRESH_DRIVER_SELECTION_H
#define THRESH_DRIVER_SELECTION_H

#include <stdbool.h>

#include "base/name_match.h"
#include "driver/flags.h"

struct selection {
    struct name_match *run;  /* NULL: everything */
    struct name_match *skip; /* NULL: nothing */
    struct name_match *fuzz; /* NULL: nothing */
    struct name_match *list; /* NULL: nothing is listed */
};

int selection_init(struct selection *s, const struct flags *flags,
                   struct thresh_err *err);
void selection_release(struct selection *s);

/* Whether TARGET (input NULL: something of it), or TARGET/INPUT, is to be run
 * as a test. */
bool selection_has(const struct selection *s, const char *target,
                   const char *input);

/* Whether a target is to be fuzzed, and not run as tests. */
bool selection_fuzzes(const struct selection *s, const char *target);

/* Whether a target's name is to be printed. */
bool selection_lists(const struct selection *s, const char *target);

#endif
