/* SPDX-License-Identifier: MIT
 *
 * Numbers at both ends of an input and in its middle, in an order in which the
 * shortest input that holds the first ones has no room for the last.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t begin;
    uint32_t middle, end;
    if (size < 14)
        return 0;
    memcpy(&begin, data, 8);
    memcpy(&middle, data + size / 2, 4);
    memcpy(&end, data + size - 4, 4);
    if (__builtin_bswap64(begin) == 0x315a9b7c2d6e4f80u &&
        __builtin_bswap32(end) == 0x7b1c2d3e &&
        __builtin_bswap32(middle) == 0x2f5e8d1a)
        abort();
    return 0;
}
