/* SPDX-License-Identifier: MIT
 *
 * Something to instrument: compares of several widths, a switch, a float, an
 * indirect call, an inline function that two objects have (second.c).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "inline.h"

#define NOINLINE __attribute__((noinline))

int target(const unsigned char *data, size_t size);

NOINLINE static size_t number(const unsigned char *p, size_t n, uint64_t *v)
{
    size_t i = 0;
    for (*v = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++)
        *v = *v * 10 + p[i] - '0';
    return i;
}

NOINLINE static int kind(int c)
{
    switch (c) {
    case ' ':
        return 1;
    case '{':
    case '}':
        return 2;
    case '"':
        return 3;
    case '#':
        return 4;
    case ',':
        return 5;
    case ':':
        return 6;
    default:
        return c >= 'a' ? 8 : 9;
    }
}

static int (*volatile kind_of)(int) = kind;

int target(const unsigned char *data, size_t size)
{
    int sum = 0;
    for (size_t i = 0; i < size; i++) {
        int k = kind_of(data[i]);
        if (k == 9) {
            uint64_t v;
            size_t n = number(data + i, size - i, &v);
            i += n ? n - 1 : 0;
            if (v == 0x123456789abcdefu)
                sum += 100;
            if ((uint16_t)v == 12345)
                sum++;
            sum += above((double)v);
        } else if (k == 8 && size - i > 5 && !memcmp(data + i, "world", 5)) {
            sum += second(7.0);
        }
        sum += k;
    }
    return sum;
}
