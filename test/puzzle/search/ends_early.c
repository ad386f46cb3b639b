/* SPDX-License-Identifier: MIT
 *
 * Eight bytes in a row, of which each is looked at only if the input has it, and
 * whose meeting is no code of its own: the shortest input that gets so far is all
 * that the corpus keeps.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t word[] = {'m', 0x80, 'v', 9, 'q', 0xc3, '+', 'x'};
    size_t met = 0;
    while (met < size && met < sizeof word && data[met] == word[met])
        met++;
    if (met == sizeof word)
        abort();
    return 0;
}
