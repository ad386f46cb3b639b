/* SPDX-License-Identifier: MIT
 *
 * The least of all numbers, whose absolute value is negative, and a constant.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t x, y;
    if (size < 8)
        return 0;
    memcpy(&x, data, 4);
    memcpy(&y, data + 4, 4);
    volatile int32_t absolute = x < 0 ? (int32_t)(0u - (uint32_t)x) : x;
    if (absolute < 0 && y == 0x0badcafe)
        abort();
    return 0;
}
