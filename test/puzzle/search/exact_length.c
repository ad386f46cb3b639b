/* SPDX-License-Identifier: MIT
 *
 * A byte, a number, and a length that must be exact.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t number;
    if (size < 5 || data[0] != '#')
        return 0;
    memcpy(&number, data + 1, 4);
    if (number == 0x00c0ffee && size == 53)
        abort();
    return 0;
}
