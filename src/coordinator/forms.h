/* SPDX-License-Identifier: MIT
 *
 * Results in the forms that build systems and code hosts read: TAP on standard
 * output, JUnit's XML and SARIF in files. They know tests that pass, fail or
 * have no verdict, and nothing of fuzzing, which is why they stand apart from
 * events.h: a result is told once, here, and written in the forms that were
 * asked for.
 *
 * One for the whole program, like the streams it writes to.
 */
#ifndef THRESH_COORDINATOR_FORMS_H
#define THRESH_COORDINATOR_FORMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "coordinator/symbolise.h"
#include "coordinator/verdict.h"

struct form_result {
    const char *target;
    const char *name; /* of the input, or what else of the target was tested */
    uint64_t us;      /* it took */
    const char *kind; /* "crash", "check", ...; FORM_ERROR; NULL: it passed */
    const char *title;
    const char *text; /* all that is known, in lines; "" if that is nothing */
    const char *file; /* path of the input; NULL: it has none */
    const struct verdict *verdict; /* NULL: none could be had, or it passed */
    const struct symbolise *names; /* of the verdict's stack */
};

/* The kind of a test for which no verdict could be had. */
#define FORM_ERROR "error"

/* `tap`: standard output is TAP from now on. `junit`, `sarif`: the files to be
 * written, NULL for none. */
void forms_begin(bool tap, const char *junit, const char *sarif);

/* Whether standard output belongs to TAP. */
bool forms_have_stdout(void);

/* Results of a target follow; it is listed even if none do. */
void forms_target(const char *target);

void forms_result(const struct form_result *r);

/* Ends the forms, and writes the files, each whole or not at all. `why` the run ended
 * before its end; NULL: it did not. */
int forms_end(const char *why, struct thresh_err *err);

#endif
