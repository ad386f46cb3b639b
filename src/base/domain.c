/* SPDX-License-Identifier: MIT
 *
 * See domain.h.
 */
#include "base/domain.h"

#include <string.h>

static uint64_t sign_bit(enum input_kind kind)
{
    return (uint64_t)1 << (8 * kind_width(kind) - 1);
}

uint64_t domain_key(enum input_kind kind, uint64_t value)
{
    if (kind_is_signed(kind))
        return value ^ sign_bit(kind);
    if (!kind_is_float(kind))
        return value;
    /* The greater a negative number, the smaller its bits. */
    return value & sign_bit(kind) ? ~value & value_mask(kind_width(kind))
                                  : value | sign_bit(kind);
}

uint64_t domain_value(enum input_kind kind, uint64_t key)
{
    if (!kind_is_float(kind))
        return domain_key(kind, key);
    return key & sign_bit(kind) ? key & ~sign_bit(kind)
                                : ~key & value_mask(kind_width(kind));
}

static bool convert_float(enum input_kind kind, const void *from,
                          uint64_t *value)
{
    double d;
    memcpy(&d, from, sizeof d);
    if (kind == KIND_DOUBLE) {
        memcpy(value, from, sizeof *value);
        return d == d;
    }
    float f = (float)d;
    uint32_t half;
    memcpy(&half, &f, sizeof half);
    *value = half;
    return d == d;
}

bool domain_convert(enum input_kind kind, const void *from, uint64_t *value)
{
    uint64_t word;
    if (kind_is_float(kind))
        return convert_float(kind, from, value);
    memcpy(&word, from, sizeof word);
    *value = word & value_mask(kind_width(kind));
    return value_widen(kind, *value) == word;
}

uint64_t domain_choice(const struct domain *d, enum input_kind kind, uint32_t i)
{
    uint64_t value = 0;
    const uint8_t *choice = d->choices;
    (void)domain_convert(kind, choice + (size_t)i * sizeof value, &value);
    return value;
}

uint32_t domain_choice_index(const struct domain *d, enum input_kind kind,
                             uint64_t value)
{
    uint32_t i = 0;
    while (i < d->nchoices && domain_choice(d, kind, i) != value)
        i++;
    return i;
}

static bool in_range(const struct domain *d, uint64_t key)
{
    return d->least <= key && key <= d->most;
}

bool domain_has(const struct domain *d, enum input_kind kind, uint64_t value)
{
    if (!d->limited)
        return true;
    if (d->nchoices)
        return domain_choice_index(d, kind, value) < d->nchoices;
    return in_range(d, domain_key(kind, value));
}

uint64_t domain_simplest(const struct domain *d, enum input_kind kind)
{
    uint64_t zero = domain_key(kind, 0);
    if (!d->limited)
        return 0;
    if (d->nchoices)
        return domain_choice(d, kind, 0);
    return domain_value(kind, zero < d->least  ? d->least
                              : zero > d->most ? d->most
                                               : zero);
}

uint64_t domain_initial(const struct domain *d, enum input_kind kind)
{
    return d->limited && d->has_initial ? d->initial : domain_simplest(d, kind);
}

/* A number from 0 to last. */
static uint64_t up_to(uint64_t last, uint64_t bits)
{
    return last == UINT64_MAX ? bits : bits % (last + 1);
}

uint64_t domain_fit(const struct domain *d, enum input_kind kind,
                    uint64_t value, uint64_t bits)
{
    if (domain_has(d, kind, value))
        return value;
    if (d->nchoices)
        return domain_choice(d, kind, (uint32_t)up_to(d->nchoices - 1, bits));
    /* Keeps the low bits, which a change of the value has changed. */
    uint64_t key = domain_key(kind, value);
    uint64_t mixed = bits & 1 ? key : bits >> 1;
    return domain_value(kind, d->least + up_to(d->most - d->least, mixed));
}

uint64_t domain_edge(const struct domain *d, enum input_kind kind,
                     uint64_t bits)
{
    if (d->nchoices)
        return domain_choice(d, kind, (uint32_t)up_to(d->nchoices - 1, bits));
    uint64_t inwards = bits >> 1 & 3;
    inwards = inwards < 3 ? inwards : 0;
    if (inwards > d->most - d->least)
        inwards = 0;
    return domain_value(kind,
                        bits & 1 ? d->least + inwards : d->most - inwards);
}
