/* SPDX-License-Identifier: MIT
 *
 * Six branches, each of which sets a bit of its own, on bytes far apart.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char wanted[] = "sextet";
    volatile unsigned bits = 0;
    if (size < 30)
        return 0;
    if (data[0] == wanted[0])
        bits |= 1;
    if (data[5] == wanted[1])
        bits |= 2;
    if (data[11] == wanted[2])
        bits |= 4;
    if (data[16] == wanted[3])
        bits |= 8;
    if (data[22] == wanted[4])
        bits |= 16;
    if (data[29] == wanted[5])
        bits |= 32;
    if (bits == 63)
        abort();
    return 0;
}
