/* SPDX-License-Identifier: MIT
 *
 * See inline.h.
 */
#include "inline.h"

int second(double d)
{
    return d == 7.0 ? above(d) : 0;
}
