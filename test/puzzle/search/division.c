/* SPDX-License-Identifier: MIT
 *
 * A divisor that is 0 for one value of four bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int32_t quotient;
    int32_t number;
    if (size < 4)
        return 0;
    memcpy(&number, data, 4);
    quotient = 1000 / (int32_t)(713705u - (uint32_t)number);
    return 0;
}
