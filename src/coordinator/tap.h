/* SPDX-License-Identifier: MIT
 *
 * The Test Anything Protocol, version 13: a line for each result as it comes,
 * what is known of one that failed below it, the kind in YAML, the report as a
 * comment, and the plan at the end, when the number is known. See forms.h.
 */
#ifndef THRESH_COORDINATOR_TAP_H
#define THRESH_COORDINATOR_TAP_H

#include "coordinator/forms.h"

void tap_begin(void);
void tap_result(const struct form_result *r);

/* The plan; or, if the run ended early, why: then no plan is what tells that
 * tests are missing. */
void tap_end(const char *why);

#endif
