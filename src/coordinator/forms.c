/* SPDX-License-Identifier: MIT
 *
 * See forms.h.
 */
#include "coordinator/forms.h"

#include <stddef.h>

#include "coordinator/junit.h"
#include "coordinator/sarif.h"
#include "coordinator/tap.h"

static bool tap;
static const char *junit, *sarif;

void forms_begin(bool with_tap, const char *junit_path, const char *sarif_path)
{
    tap = with_tap;
    junit = junit_path;
    sarif = sarif_path;
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
    if (sarif)
        sarif_result(r);
}

int forms_end(const char *why, struct thresh_err *err)
{
    if (tap)
        tap_end(why);
    int rc = junit ? junit_write(junit, err) : 0;
    int rc_sarif = sarif ? sarif_write(sarif, why, rc ? NULL : err) : 0;
    return rc ? rc : rc_sarif;
}
