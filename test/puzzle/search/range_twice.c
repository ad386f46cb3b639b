/* SPDX-License-Identifier: MIT
 *
 * Two numbers that lie in a small range, and are not the same: the range is
 * checked by one comparison of their distance from its start.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t weight[] = {1, 2, 4};
    unsigned sum = 0;
    if (size < 8)
        return 0;
    for (int i = 0; i < 2; i++) {
        uint32_t number;
        memcpy(&number, data + 4 * i, 4);
        if (number - 770077u < 3)
            sum += weight[number - 770077u];
    }
    if (sum == 3 || sum == 5 || sum == 6)
        abort();
    return 0;
}
