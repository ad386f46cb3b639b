/* SPDX-License-Identifier: MIT
 *
 * See kind.h.
 */
#include "base/kind.h"

static const struct {
    size_t width;
    const char *text;
} kinds[] = {
#define INPUT_KIND_ROW(name, width, text) {width, text},
    INPUT_KINDS(INPUT_KIND_ROW)
#undef INPUT_KIND_ROW
};

size_t kind_width(enum input_kind kind)
{
    return kinds[kind].width;
}

const char *kind_text(enum input_kind kind)
{
    return kinds[kind].text;
}

uint64_t value_widen(enum input_kind kind, uint64_t value)
{
    if (!kind_is_signed(kind))
        return value;
    uint64_t sign = (uint64_t)1 << (8 * kind_width(kind) - 1);
    return (value ^ sign) - sign;
}
