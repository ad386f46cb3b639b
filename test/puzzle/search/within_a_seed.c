/* SPDX-License-Identifier: MIT
 *
 * Three letters of a seed are wrong, and nothing may be longer than it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char wanted[] = "PUT key INTO box";
    static volatile size_t met;
    if (size > 16)
        return 0;
    size_t i = 0;
    while (i < size && i < 16 && data[i] == (uint8_t)wanted[i])
        i++;
    met = i;
    if (i == 16)
        abort();
    return 0;
}
