/* SPDX-License-Identifier: MIT
 *
 * How often one branch is taken tells how many of five places are right, and
 * nothing else does.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int right = 0;
    for (size_t i = 0; i < size && i < 10; i++)
        if (i % 2 == 1 && data[i] == 'b' + i)
            right++;
    if (right == 5)
        abort();
    return 0;
}
