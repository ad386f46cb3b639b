/* SPDX-License-Identifier: MIT
 *
 * See printable.h.
 */
#include "base/printable.h"

#include <string.h>

#include "base/unicode.h"

/* The size of the printable character at the start of data, 0 if there is
 * none. */
static size_t printable_size(const uint8_t *data, size_t size)
{
    uint32_t code;
    size_t n = unicode_decode(data, size, &code);
    return n && unicode_is_print(code) ? n : 0;
}

void printable_add(struct buf *out, const char *text, size_t size)
{
    const uint8_t *data = (const uint8_t *)text;
    for (size_t i = 0; i < size;) {
        size_t n = printable_size(data + i, size - i);
        if (!n && (data[i] == '\n' || data[i] == '\t'))
            n = 1;
        if (n)
            buf_add(out, data + i, n);
        else if (data[i] != '\r' || i + 1 == size || data[i + 1] != '\n')
            buf_addf(out, "\\x%02x", data[i]);
        i += n ? n : 1;
    }
}

void printable_line(char *text)
{
    uint8_t *data = (uint8_t *)text;
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        size_t n = printable_size(data + i, size - i);
        if (!n)
            data[i] = '?';
        i += n ? n : 1;
    }
}

bool printable_is_text(const uint8_t *data, size_t size)
{
    size_t other = 0;
    for (size_t i = 0; i < size;) {
        size_t n = printable_size(data + i, size - i);
        if (!n && data[i] != '\n' && data[i] != '\t' && data[i] != '\r')
            other++;
        i += n ? n : 1;
    }
    return other * 2 <= size;
}
