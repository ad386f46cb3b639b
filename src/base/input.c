/* SPDX-License-Identifier: MIT
 *
 * See input.h.
 */
#include "base/input.h"

#include <string.h>

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
        if (sig->domain[i].limited &&
            !domain_has(&sig->domain[i], sig->kind[i],
                        value_load(in->arg[i].data, width)))
            return false;
    }
    return true;
}

void input_initial(struct input *in, const struct signature *sig,
                   uint64_t store[INPUT_MAX_ARGS])
{
    in->nargs = sig->nargs;
    for (uint32_t i = 0; i < sig->nargs; i++) {
        enum input_kind kind = sig->kind[i];
        size_t width = kind_width(kind);
        uint8_t *data = (uint8_t *)&store[i];
        in->arg[i] = (struct span){data, (uint32_t)width};
        if (width)
            value_store(data, width, domain_initial(&sig->domain[i], kind));
    }
}
