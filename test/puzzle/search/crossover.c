/* SPDX-License-Identifier: MIT
 *
 * Two halves, each known by a checksum alone, each in another seed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t sum(const uint8_t *data, size_t size)
{
    uint32_t s = 7;
    for (size_t i = 0; i < size; i++)
        s = (s ^ data[i]) * 2654435761u;
    return s ^ s >> 15;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int met;
    if (size != 12)
        return 0;
    if (sum(data, 6) % 65521 != LEFT)
        return 0;
    met++;
    if (sum(data + 6, 6) % 65521 == RIGHT)
        abort();
    return 0;
}
