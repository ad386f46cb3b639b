/* SPDX-License-Identifier: MIT
 *
 * See kind.h.
 */
#include "base/kind.h"

const char *kind_text(enum input_kind kind)
{
    static const char *const texts[KIND_COUNT] = {
#define INPUT_KIND_TEXT(name, width, text) text,
        INPUT_KINDS(INPUT_KIND_TEXT)
#undef INPUT_KIND_TEXT
    };
    return texts[kind];
}

uint64_t value_widen(enum input_kind kind, uint64_t value)
{
    if (!kind_is_signed(kind))
        return value;
    uint64_t sign = (uint64_t)1 << (8 * kind_width(kind) - 1);
    return (value ^ sign) - sign;
}
