/* SPDX-License-Identifier: MIT
 *
 * Twenty-four equal bytes in a row, counted without a branch.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned row = 0, longest = 0;
    for (size_t i = 0; i < size; i++) {
        row = (row + 1) * (data[i] == 'Z');
        longest ^= (longest ^ row) & -(unsigned)(longest < row);
    }
    if (longest >= 24)
        abort();
    return 0;
}
