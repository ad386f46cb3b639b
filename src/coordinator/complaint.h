/* SPDX-License-Identifier: MIT
 *
 * What a program says before it aborts itself: assert's line, libc's about a
 * damaged heap or stack, the C++ runtime's about an exception. The signal alone
 * says little; the line says what is wrong and tells bugs apart.
 */
#ifndef THRESH_COORDINATOR_COMPLAINT_H
#define THRESH_COORDINATOR_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the last complaint in output[0..size) and writes it without the
 * program's name and without addresses, which differ between runs. False:
 * there is none. */
bool complaint_find(char *out, size_t out_size, const char *output,
                    size_t size);

#endif
