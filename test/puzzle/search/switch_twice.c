/* SPDX-License-Identifier: MIT
 *
 * Two different cases of one switch, in a loop over three numbers.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned met = 0;
    for (size_t i = 0; i < 3 && size >= (i + 1) * 4; i++) {
        uint32_t number;
        memcpy(&number, data + i * 4, 4);
        switch (number) {
        case 40961:
            met |= 1;
            break;
        case 1234554321:
            met |= 2;
            break;
        case 0xfeedc0de:
            met |= 4;
            break;
        default:
            break;
        }
    }
    if (met & (met - 1))
        abort();
    return 0;
}
