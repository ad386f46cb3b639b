/* SPDX-License-Identifier: MIT
 *
 * Three bytes that must add up: no value of the input is any operand.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    uint32_t sum = data[0] + 239u * data[1] + 239u * 239u * data[2];
    if (sum == 6543210)
        abort();
    return 0;
}
