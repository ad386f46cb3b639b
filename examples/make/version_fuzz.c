/* SPDX-License-Identifier: MIT
 *
 * The fuzz target, with two texts: if a is newer than b, b is older than a, and
 * nothing is newer than itself.
 */
#include <thresh.h>

#include "version.h"

THRESH_TARGET(compare, (string, a, .max = 64), (string, b, .max = 64))
{
    int forth = version_compare(a.data, b.data);
    int back = version_compare(b.data, a.data);
    THRESH_CHECK(forth == -back, "%d there, %d back", forth, back);
    THRESH_CHECK(version_compare(a.data, a.data) == 0, "not itself");
}
THRESH_SEED(compare, THRESH_STR("1.9"), THRESH_STR("1.10"));
