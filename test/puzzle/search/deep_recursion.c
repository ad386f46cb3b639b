/* SPDX-License-Identifier: MIT
 *
 * Ten brackets are opened in turn, a thousand deep: far beyond the last bucket
 * of hit counts.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned closed; /* so that a level is a call, not a loop */

static void open_next(const uint8_t *data, size_t size, unsigned depth)
{
    static const uint8_t opens[10] = "([{</\\|`'\"";
    if (depth > 1000)
        abort();
    if (size > 0 && data[0] == opens[depth % 10])
        open_next(data + 1, size - 1, depth + 1);
    closed++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_next(data, size, 0);
    return 0;
}
