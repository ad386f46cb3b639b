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

#endif
