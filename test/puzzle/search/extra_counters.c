/* SPDX-License-Identifier: MIT
 *
 * The target's own counters alone tell what is new: a path of eight cells
 * through a table, which are 0 again before each execution.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t cells[2048];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t path[8] = {17, 203, 99, 4, 250, 31, 128, 77};
    size_t right = 0;
    for (size_t i = 0; i < sizeof cells; i++)
        if (cells[i])
            _Exit(3); /* not 0: found at once, but for the wrong reason */
    for (size_t i = 0; i < 8 && i < size; i++)
        right += (right == i) & (data[i] == path[i]);
    cells[right * 256]++;
    if (right == 8)
        abort();
    return 0;
}
