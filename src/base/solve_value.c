/* SPDX-License-Identifier: MIT
 *
 * Comparisons with arguments of fixed width, and with the sizes of others. See
 * solve_parts.h.
 */
#include <string.h>

#include "base/solve_parts.h"

/* The value and its neighbours: what is compared may have to be greater. */
static void add_around(struct solve *s, uint32_t arg, uint64_t value)
{
    solve_add_value(s, arg, value);
    solve_add_value(s, arg, value + 1);
    solve_add_value(s, arg, value - 1);
}

/* ---- floats ---- */

double solve_double(uint8_t width, uint64_t bits)
{
    double d;
    float f;
    uint32_t half = (uint32_t)bits;
    memcpy(&d, &bits, sizeof d);
    memcpy(&f, &half, sizeof f);
    return width == 4 ? (double)f : d;
}

static double argument_double(const struct solve *s, uint32_t arg)
{
    enum input_kind kind = s->sig->kind[arg];
    size_t width = kind_width(kind);
    uint64_t bits = value_load(s->in->arg[arg].data, width);
    if (kind_is_float(kind))
        return solve_double((uint8_t)width, bits);
    bits = value_widen(kind, bits);
    return kind_is_signed(kind) ? (double)(int64_t)bits : (double)bits;
}

/* The number as a value of the argument, with its neighbours. */
static void add_double(struct solve *s, uint32_t arg, double d)
{
    enum input_kind kind = s->sig->kind[arg];
    uint64_t value = 0;
    if (kind_is_float(kind)) {
        (void)domain_convert(kind, &d, &value);
        solve_add_value(s, arg, value);
        value = domain_key(kind, value);
        solve_add_value(s, arg, domain_value(kind, value + 1));
        solve_add_value(s, arg, domain_value(kind, value - 1));
    } else if (d > -9e18 && d < 9e18) {
        add_around(s, arg, (uint64_t)(int64_t)d);
    }
}

static void match_float(struct solve *s, uint32_t arg, const struct operand *op)
{
    double a = solve_double(op->width, op->a);
    double b = solve_double(op->width, op->b);
    double x = argument_double(s, arg);
    bool nan = x != x;
    if (x == a || (nan && a != a))
        add_double(s, arg, b);
    if (x == b || (nan && b != b))
        add_double(s, arg, a);
}

/* ---- integers ---- */

/* A float argument that was compared as the integer it is. */
static void match_truncated(struct solve *s, uint32_t arg,
                            const struct operand *op)
{
    double x = argument_double(s, arg);
    if (!(x > -9e18 && x < 9e18))
        return;
    uint64_t mask = value_mask(op->width);
    uint64_t whole = (uint64_t)(int64_t)x & mask;
    uint64_t sign = (mask >> 1) + 1;
    if (whole == op->a)
        add_double(s, arg, (double)(int64_t)((op->b ^ sign) - sign));
    if (whole == op->b)
        add_double(s, arg, (double)(int64_t)((op->a ^ sign) - sign));
}

static void match_integer(struct solve *s, uint32_t arg,
                          const struct operand *op)
{
    enum input_kind kind = s->sig->kind[arg];
    uint64_t mask = value_mask(op->width);
    uint64_t value = value_load(s->in->arg[arg].data, kind_width(kind));
    uint64_t wide = value_widen(kind, value);
    /* The target may have taken it for one of the other sign. */
    bool is_a = (wide & mask) == op->a || value == op->a;
    bool is_b = (wide & mask) == op->b || value == op->b;
    if (is_a)
        add_around(s, arg, (wide & ~mask) | op->b);
    if (is_b)
        add_around(s, arg, (wide & ~mask) | op->a);
}

/* ---- sizes ---- */

static void add_sizes(struct solve *s, uint32_t arg, uint64_t size)
{
    solve_add_size(s, arg, size);
    solve_add_size(s, arg, size + 1);
    solve_add_size(s, arg, size - 1);
}

void solve_match_size(struct solve *s, uint32_t arg, const struct operand *op)
{
    uint64_t size = s->in->arg[arg].size;
    if (size == op->b)
        add_sizes(s, arg, op->a);
    else if (size == op->a && !op->constant)
        add_sizes(s, arg, op->b);
}

void solve_match_value(struct solve *s, uint32_t arg, const struct operand *op)
{
    enum input_kind kind = s->sig->kind[arg];
    if (op->is_float)
        match_float(s, arg, op);
    else if (kind_is_float(kind))
        match_truncated(s, arg, op);
    else
        match_integer(s, arg, op);
}

/* ---- what follows a change by a constant factor ---- */

/* By how much a number of this width changed, with its sign. */
static int64_t step(uint8_t width, uint64_t was, uint64_t now)
{
    uint64_t mask = value_mask(width);
    uint64_t sign = (mask >> 1) + 1;
    return (int64_t)((((now - was) & mask) ^ sign) - sign);
}

/* The change of the argument that makes an operand `wanted` which moved from
 * `was` to `now` when the argument grew by `grown`. False if it did not move. */
static bool invert(const struct operand *op, uint64_t was, uint64_t now,
                   uint64_t wanted, int64_t grown, uint64_t *change)
{
    int64_t moved = step(op->width, was, now);
    int64_t way = step(op->width, was, wanted);
    if (moved == 0 || way > INT64_MAX / grown || way < -INT64_MAX / grown)
        return false;
    *change = (uint64_t)(way * grown / moved);
    return true;
}

/* Calls visit for each operand that is in both runs, for either side of it. */
static void each_moved(struct solve *s, uint32_t arg, int64_t grown,
                       const struct operands *moved,
                       void (*visit)(struct solve *s, uint32_t arg,
                                     uint64_t change))
{
    const struct operands *o = s->o;
    uint64_t change;
    for (uint32_t i = o->n; i-- > 0;) {
        const struct operand *was = &o->op[i];
        const struct operand *now = operands_like(moved, was);
        if (!now || was->is_float || was->noise)
            continue;
        if (was->b == now->b &&
            invert(was, was->a, now->a, was->b, grown, &change))
            visit(s, arg, change);
        if (was->a == now->a &&
            invert(was, was->b, now->b, was->a, grown, &change))
            visit(s, arg, change);
    }
}

static void move_value(struct solve *s, uint32_t arg, uint64_t change)
{
    size_t width = kind_width(s->sig->kind[arg]);
    add_around(s, arg, value_load(s->in->arg[arg].data, width) + change);
}

void solve_linear(struct solve *s, uint32_t arg, const struct operands *moved)
{
    each_moved(s, arg, 1, moved, move_value);
}

static void move_size(struct solve *s, uint32_t arg, uint64_t change)
{
    add_sizes(s, arg, s->in->arg[arg].size + change);
}

void solve_longer(struct solve *s, uint32_t arg, uint32_t grown,
                  const struct operands *longer)
{
    each_moved(s, arg, grown, longer, move_size);
}
