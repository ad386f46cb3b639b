/* SPDX-License-Identifier: MIT
 *
 * What a process had printed before the execution that failed in it, as far as
 * a later run of the same input tells one from the other.
 */
#ifndef THRESH_COORDINATOR_EARLIER_H
#define THRESH_COORDINATOR_EARLIER_H

#include <stddef.h>

/* Of `size` bytes that a process printed with its last execution at their end,
 * how many came before it, if that alone prints `again`: those before the last
 * place where the first line of `again` stands. None if there is no such place,
 * all if it prints nothing. */
size_t earlier_size(const char *output, size_t size, const char *again,
                    size_t again_size);

#endif
