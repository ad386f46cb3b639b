/* SPDX-License-Identifier: MIT
 *
 * Four branches that do not depend on each other: inputs that take one each
 * are to be joined.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int met[4];
    int all = 0;
    if (size > 0 && data[0] == 'W')
        met[0] = 1, all++;
    if (size > 1 && data[1] == 'i')
        met[1] = 1, all++;
    if (size > 2 && data[2] == 'n')
        met[2] = 1, all++;
    if (size > 3 && data[3] == 'd')
        met[3] = 1, all++;
    if (all == 4)
        abort();
    return 0;
}
