/* SPDX-License-Identifier: MIT
 *
 * The first byte, the one in the middle and the last: the shortest input that
 * has two of them has no room for the third.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && data[0] == '<' && data[size / 2] == '|' &&
        data[size - 1] == '>')
        abort();
    return 0;
}
