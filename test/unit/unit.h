/* SPDX-License-Identifier: MIT
 *
 * What every unit test includes: cmocka with the headers it needs before it.
 */
#ifndef THRESH_TEST_UNIT_H
#define THRESH_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* How often something random is tried: THRESH_TEST_LONG=1 asks for many. */
static inline unsigned test_rounds(unsigned few, unsigned many)
{
    const char *text = getenv("THRESH_TEST_LONG");
    return text && strcmp(text, "1") == 0 ? many : few;
}

#endif
