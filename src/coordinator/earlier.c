/* SPDX-License-Identifier: MIT
 *
 * See earlier.h.
 */
#include "coordinator/earlier.h"

#include <string.h>

/* Its first line, with its end if it has one: numbers of processes and
 * addresses, which differ from run to run, come later in all reports. */
static size_t first_line(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    return end ? (size_t)(end - text) + 1 : size;
}

size_t earlier_size(const char *output, size_t size, const char *again,
                    size_t again_size)
{
    if (!again_size)
        return size;
    size_t line = first_line(again, again_size);
    for (size_t at = size < line ? 0 : size - line + 1; at-- > 0;)
        if ((at == 0 || output[at - 1] == '\n') &&
            memcmp(output + at, again, line) == 0)
            return at;
    return 0;
}
