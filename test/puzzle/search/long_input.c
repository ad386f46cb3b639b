/* SPDX-License-Identifier: MIT
 *
 * At least 3000 bytes, of which five matter.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int met;
    if (size < 3000)
        return 0;
    met = 1;
    if (data[40] != 'L')
        return 0;
    met = 2;
    if (data[900] != 'o')
        return 0;
    met = 3;
    if (data[1700] != 'n')
        return 0;
    met = 4;
    if (data[2500] != 'g')
        return 0;
    met = 5;
    if (data[size - 1] == '!')
        abort();
    return 0;
}
