/* SPDX-License-Identifier: MIT
 *
 * Which function of a table is called depends on the input; the calls must
 * come in order.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int at;

static void reset(void)
{
    at = 0;
}
static void first(void)
{
    at = 1;
}
static void second(void)
{
    at = at == 1 ? 2 : 0;
}
static void third(void)
{
    at = at == 2 ? 3 : 0;
}
static void fourth(void)
{
    if (at == 3)
        abort();
    at = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*table[256])(void);
    if (!table[0]) {
        for (int i = 0; i < 256; i++)
            table[i] = reset;
        table['p'] = first;
        table['q'] = second;
        table['r'] = third;
        table['s'] = fourth;
    }
    at = 0;
    for (size_t i = 0; i < size && i < 8; i++)
        table[data[i]]();
    return 0;
}
