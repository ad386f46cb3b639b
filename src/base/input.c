/* SPDX-License-Identifier: MIT
 *
 * See input.h.
 */
#include "base/input.h"

#include <string.h>

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

size_t input_bytes(const struct input *in)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < in->nargs; i++)
        sum += in->arg[i].size;
    return sum;
}

size_t input_packed_size(const struct input *in)
{
    return in->nargs * sizeof(uint32_t) + input_bytes(in);
}

void input_pack(const struct input *in, uint8_t *out)
{
    uint8_t *bytes = out + in->nargs * sizeof(uint32_t);
    for (uint32_t i = 0; i < in->nargs; i++) {
        memcpy(out + i * sizeof(uint32_t), &in->arg[i].size, sizeof(uint32_t));
        if (in->arg[i].size)
            memcpy(bytes, in->arg[i].data, in->arg[i].size);
        bytes += in->arg[i].size;
    }
}

bool input_unpack(struct input *in, uint32_t nargs, uint8_t *packed,
                  size_t size)
{
    size_t at = nargs * sizeof(uint32_t);
    if (nargs > INPUT_MAX_ARGS || size < at)
        return false;
    in->nargs = nargs;
    for (uint32_t i = 0; i < nargs; i++) {
        memcpy(&in->arg[i].size, packed + i * sizeof(uint32_t),
               sizeof(uint32_t));
        if (in->arg[i].size > size - at)
            return false;
        in->arg[i].data = packed + at;
        at += in->arg[i].size;
    }
    return at == size;
}

bool input_fits(const struct input *in, const struct signature *sig)
{
    if (in->nargs != sig->nargs)
        return false;
    for (uint32_t i = 0; i < in->nargs; i++) {
        size_t width = kind_width(sig->kind[i]);
        if (width ? in->arg[i].size != width
                  : in->arg[i].size > sig->max_bytes[i])
            return false;
    }
    return true;
}
