/* SPDX-License-Identifier: MIT
 *
 * SARIF 2.1.0 (the form of static analysers' results, which code hosts show
 * beside the lines of source): a result for each failure, at the innermost
 * place of the project's own code that the stack tells, else at the file of the
 * input. What had no verdict is a notification of the run, not a result. Kept
 * in memory until the run ends. See forms.h.
 */
#ifndef THRESH_COORDINATOR_SARIF_H
#define THRESH_COORDINATOR_SARIF_H

#include "coordinator/forms.h"

/* Takes note of what did not pass. */
void sarif_result(const struct form_result *r);

/* Writes the file and forgets the results. `why` the run ended before its end,
 * or NULL. */
int sarif_write(const char *path, const char *why, struct thresh_err *err);

#endif
