/* SPDX-License-Identifier: MIT
 *
 * Every right byte of a cycle leads one call deeper; depth 600 is wanted.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static __attribute__((noinline)) int deeper(const uint8_t *data, size_t size,
                                            int depth)
{
    static const char cycle[] = "<{[(";
    volatile int own = depth; /* so that it is a call, not a loop */
    if (own == 600)
        abort();
    if (size == 0 || data[0] != (uint8_t)cycle[depth & 3])
        return own;
    return deeper(data + 1, size - 1, depth + 1) + own;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int depth;
    depth = deeper(data, size, 0);
    return 0;
}
