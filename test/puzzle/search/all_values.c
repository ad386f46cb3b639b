/* SPDX-License-Identifier: MIT
 *
 * More than 5000 bytes in which every value occurs.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t met[256] = {0};
    unsigned values = 0;
    if (size <= 5000)
        return 0;
    for (size_t i = 0; i < size; i++)
        met[data[i]] = 1;
    for (int i = 0; i < 256; i++)
        values += met[i];
    if (values == 256)
        abort();
    return 0;
}
