/* SPDX-License-Identifier: MIT
 *
 * See forms.h.
 */
#include "coordinator/forms.h"

#include <stddef.h>

#include "coordinator/junit.h"
#include "coordinator/tap.h"

static bool tap;
static const char *junit;

void forms_begin(bool with_tap, const char *path)
{
    tap = with_tap;
    junit = path;
    if (tap)
        tap_begin();
}

bool forms_have_stdout(void)
{
    return tap;
}

void forms_target(const char *target)
{
    if (junit)
        junit_target(target);
}

void forms_result(const struct form_result *r)
{
    if (tap)
        tap_result(r);
    if (junit)
        junit_result(r);
}

int forms_end(const char *why, struct thresh_err *err)
{
    if (tap)
        tap_end(why);
    return junit ? junit_write(junit, err) : 0;
}
