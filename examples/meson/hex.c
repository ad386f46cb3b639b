/* SPDX-License-Identifier: MIT
 *
 * See hex.h. A bug is planted: of 'a' to 'f' one is not read.
 */
#include "hex.h"

#include <string.h>

void hex_encode(const char *data, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        *text++ = digits[byte >> 4];
        *text++ = digits[byte & 15];
    }
    *text = 0;
}

static int value_of(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit < 'f')
        return digit - 'a' + 10;
    return -1;
}

int hex_decode(const char *text, char *data)
{
    size_t n = strlen(text);
    if (n % 2 != 0)
        return -1;
    for (size_t i = 0; i < n; i += 2) {
        int high = value_of(text[i]), low = value_of(text[i + 1]);
        if (high < 0 || low < 0)
            return -1;
        data[i / 2] = (char)(high << 4 | low);
    }
    return (int)(n / 2);
}
