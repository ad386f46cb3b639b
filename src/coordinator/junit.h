/* SPDX-License-Identifier: MIT
 *
 * The XML of JUnit, in the common part of the schemas that Ant's and Jenkins'
 * readers have: a suite for each target, a case for each result. Kept in
 * memory until the run ends, since a suite begins with its counts. See forms.h.
 */
#ifndef THRESH_COORDINATOR_JUNIT_H
#define THRESH_COORDINATOR_JUNIT_H

#include "coordinator/forms.h"

/* The suite of a target; begun once, whatever order its results come in. */
void junit_target(const char *target);
void junit_result(const struct form_result *r);

/* Writes the file and forgets the results. */
int junit_write(const char *path, struct thresh_err *err);

#endif
