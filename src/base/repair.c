/* SPDX-License-Identifier: MIT
 *
 * See repair.h.
 */
#include "base/repair.h"

#include <string.h>

/* Smaller numbers are equal, and stand anywhere, by chance. */
#define LEAST_VALUE 256u

/* Where n bytes stand first; false if nowhere. */
static bool find(const struct span *data, const uint8_t *bytes, uint8_t n,
                 uint32_t *at)
{
    for (uint32_t i = 0; i + n <= data->size; i++)
        if (memcmp(data->data + i, bytes, n) == 0) {
            *at = i;
            return true;
        }
    return false;
}

static bool is_listed(const struct repair *r, const struct operand *op)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (r->place[i].site == op->site && r->place[i].value == op->a)
            return true;
    return false;
}

/* Finds a number in the arguments, in as many bytes as possible. */
static bool locate(const struct signature *sig, const struct input *in,
                   const struct operand *op, struct repair_place *place)
{
    for (uint8_t n = op->width; n >= 2; n /= 2)
        for (unsigned swap = 0; swap < 2; swap++) {
            uint8_t bytes[8];
            if (op->a != (op->a & value_mask(n)))
                break;
            value_store_order(bytes, n, swap, op->a);
            for (uint32_t arg = 0; arg < sig->nargs; arg++)
                if (!kind_width(sig->kind[arg]) &&
                    find(&in->arg[arg], bytes, n, &place->at)) {
                    place->arg = arg;
                    place->size = in->arg[arg].size;
                    place->bytes = n;
                    place->swap = swap;
                    return true;
                }
        }
    return false;
}

void repair_init(struct repair *r, const struct signature *sig,
                 const struct input *in, const struct operands *o)
{
    r->n = 0;
    for (uint32_t i = 0; i < o->n && r->n < REPAIR_PLACES; i++) {
        const struct operand *op = &o->op[i];
        struct repair_place *place = &r->place[r->n];
        if (op->a != op->b || op->noise || op->is_float ||
            op->a < LEAST_VALUE || is_listed(r, op) ||
            !locate(sig, in, op, place))
            continue;
        place->site = op->site;
        place->value = op->a;
        place->constant = op->constant;
        r->n++;
    }
}

/* Whether a number stands where the entry's did, counted from the argument's
 * start or, behind what was inserted or deleted, from its end, or anywhere. */
static bool stands(const struct repair_place *p, const struct span *data,
                   uint64_t value, uint32_t *at)
{
    uint8_t bytes[8];
    uint32_t moved = p->at + data->size - p->size;
    if (value != (value & value_mask(p->bytes)))
        return false;
    value_store_order(bytes, p->bytes, p->swap, value);
    for (unsigned i = 0; i < 2; i++) {
        *at = i ? moved : p->at;
        if (*at < data->size && data->size - *at >= p->bytes &&
            memcmp(data->data + *at, bytes, p->bytes) == 0)
            return true;
    }
    return find(data, bytes, p->bytes, at);
}

/* Of the two sides the one that stands in the input is replaced by the other:
 * rather the one that the entry had, and never a constant. */
static bool mend(const struct repair_place *p, struct input *in,
                 const struct operand *op)
{
    struct span *data = &in->arg[p->arg];
    bool b_first = p->constant || op->b == p->value;
    for (unsigned i = 0; i < (p->constant ? 1u : 2u); i++) {
        bool of_b = (i == 0) == b_first;
        uint64_t stored = of_b ? op->b : op->a;
        uint64_t computed = of_b ? op->a : op->b;
        uint32_t at;
        if (computed != (computed & value_mask(p->bytes)) ||
            !stands(p, data, stored, &at))
            continue;
        value_store_order(data->data + at, p->bytes, p->swap, computed);
        return true;
    }
    return false;
}

bool repair_mend(const struct repair *r, struct input *in,
                 const struct operands *o)
{
    for (uint32_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < o->n; k++) {
            const struct operand *op = &o->op[k];
            if (op->site == r->place[i].site && op->a != op->b &&
                mend(&r->place[i], in, op))
                return true;
        }
    return false;
}
