/* SPDX-License-Identifier: MIT
 *
 * Behind a checksum of all that follows it: a record whose length field must
 * fit, and in it a choice that no comparison leads to at once.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint16_t sum_of(const uint8_t *data, size_t size)
{
    uint16_t sum = 0xbeef;
    for (size_t i = 0; i < size; i++)
        sum = (uint16_t)((sum << 3 | sum >> 13) ^ (uint32_t)data[i] * 257);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8 || (data[0] << 8 | data[1]) != sum_of(data + 2, size - 2))
        return 0;
    unsigned at = 0;
    for (size_t i = 2; i + 1 < size; i += 2)
        if (data[i] == 'j' && at == data[i + 1] % 4u)
            at++;
    if (at == 4)
        abort();
    return 0;
}
