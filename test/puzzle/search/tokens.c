/* SPDX-License-Identifier: MIT
 *
 * A word that nothing but the dictionary knows, twice, without a branch
 * for each letter.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t hidden[] = {0x3e, 0x3d, 0x26, 0x26, 0x37,
                                     0x20, 0x31, 0x27, 0x22};
    unsigned found = 0;
    for (size_t at = 0; at + sizeof hidden <= size; at++) {
        unsigned wrong = 0;
        for (size_t i = 0; i < sizeof hidden; i++)
            wrong |= (data[at + i] ^ 'R') ^ hidden[i];
        found += wrong == 0;
    }
    if (found >= 2)
        abort();
    return 0;
}
