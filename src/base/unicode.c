/* SPDX-License-Identifier: MIT
 *
 * See unicode.h.
 */
#include "base/unicode.h"

bool unicode_is_valid(uint32_t code)
{
    return code <= UNICODE_MAX && (code < 0xd800 || code > 0xdfff);
}

/* Size of a sequence by its first byte, 0 if no sequence begins so. */
static size_t sequence_size(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc0) /* a continuation */
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

size_t unicode_decode(const uint8_t *data, size_t size, uint32_t *code)
{
    /* The smallest code point that needs so many bytes. */
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    size_t need = size ? sequence_size(data[0]) : 0;
    if (!need || need > size)
        return 0;
    uint32_t value = need == 1 ? data[0] : data[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (data[i] & 0x3f);
    }
    if (value < smallest[need] || !unicode_is_valid(value))
        return 0;
    *code = value;
    return need;
}

size_t unicode_decode_last(const uint8_t *data, size_t size, uint32_t *code)
{
    for (size_t n = 1; n <= UNICODE_MAX_UTF8 && n <= size; n++) {
        uint32_t value;
        if (unicode_decode(data + size - n, n, &value) == n) {
            *code = value;
            return n;
        }
    }
    return 0;
}

size_t unicode_encode(uint32_t code, uint8_t out[UNICODE_MAX_UTF8])
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (uint8_t)(lead[size] | code);
    return size;
}

bool unicode_is_print(uint32_t code)
{
    /* How many edges are at or below the code point, by bisection. */
    size_t low = 0;
    size_t high = unicode_print_edges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unicode_print_edge[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low % 2 == 1;
}

bool unicode_is_space(uint32_t code)
{
    switch (code) {
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return true;
    default:
        return (code >= '\t' && code <= '\r') ||
               (code >= 0x2000 && code <= 0x200a);
    }
}
