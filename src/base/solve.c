/* SPDX-License-Identifier: MIT
 *
 * See solve.h.
 */
#include "base/solve.h"

#include <string.h>

/* Sizes are not guessed beyond this: a comparison with 2^20 is seldom of the
 * size. */
#define LARGEST_SIZE 4096u
/* Places of an argument at which equal bytes are replaced. */
#define PLACES 4

void solve_init(struct solve *s, const struct signature *sig,
                const struct input *in)
{
    s->sig = sig;
    s->in = in;
    s->n = 0;
}

/* Adds a candidate unless it is there already. */
static void add(struct solve *s, const struct candidate *c)
{
    if (s->n == CANDIDATES_MAX)
        return;
    for (uint32_t i = 0; i < s->n; i++)
        if (memcmp(&s->candidate[i], c, sizeof *c) == 0)
            return;
    memcpy(&s->candidate[s->n++], c, sizeof *c);
}

/* A candidate whose padding is zero too, so that equal ones are. */
static void clear(struct candidate *c, uint32_t arg)
{
    memset(c, 0, sizeof *c);
    c->arg = (uint8_t)arg;
}

static void add_value(struct solve *s, uint32_t arg, uint64_t value)
{
    enum input_kind kind = s->sig->kind[arg];
    struct candidate c;
    clear(&c, arg);
    c.is_value = true;
    c.value = value & value_mask(kind_width(kind));
    if ((kind == KIND_BOOL && c.value > 1) ||
        !domain_has(&s->sig->domain[arg], kind, c.value) ||
        c.value == value_load(s->in->arg[arg].data, kind_width(kind)))
        return;
    add(s, &c);
}

/* The value and its neighbours: what is compared may have to be greater. */
static void add_around(struct solve *s, uint32_t arg, uint64_t value)
{
    add_value(s, arg, value);
    add_value(s, arg, value + 1);
    add_value(s, arg, value - 1);
}

/* ---- floats ---- */

static double load_double(const struct operand *op, uint64_t bits)
{
    double d;
    float f;
    uint32_t half = (uint32_t)bits;
    memcpy(&d, &bits, sizeof d);
    memcpy(&f, &half, sizeof f);
    return op->width == 4 ? (double)f : d;
}

static double argument_double(const struct solve *s, uint32_t arg)
{
    enum input_kind kind = s->sig->kind[arg];
    size_t width = kind_width(kind);
    uint64_t bits = value_load(s->in->arg[arg].data, width);
    if (kind_is_float(kind))
        return load_double(&(struct operand){.width = (uint8_t)width}, bits);
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
        add_value(s, arg, value);
        value = domain_key(kind, value);
        add_value(s, arg, domain_value(kind, value + 1));
        add_value(s, arg, domain_value(kind, value - 1));
    } else if (d > -9e18 && d < 9e18) {
        add_around(s, arg, (uint64_t)(int64_t)d);
    }
}

static void match_float(struct solve *s, uint32_t arg, const struct operand *op)
{
    double a = load_double(op, op->a);
    double b = load_double(op, op->b);
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

/* ---- bytes and strings ---- */

static void add_size(struct solve *s, uint32_t arg, uint64_t size)
{
    struct candidate c;
    clear(&c, arg);
    c.value = size;
    if (size <= LARGEST_SIZE && size <= s->sig->max_bytes[arg] &&
        size != s->in->arg[arg].size)
        add(s, &c);
}

static void match_size(struct solve *s, uint32_t arg, const struct operand *op)
{
    uint64_t size = s->in->arg[arg].size;
    uint64_t other = size == op->a ? op->b : op->a;
    if (size != op->a && size != op->b)
        return;
    add_size(s, arg, other);
    add_size(s, arg, other + 1);
    add_size(s, arg, other - 1);
}

static void add_replacement(struct solve *s, uint32_t arg, size_t at,
                            size_t was, const uint8_t *bytes, size_t n)
{
    struct candidate c;
    size_t size = s->in->arg[arg].size;
    if (size - was + n > s->sig->max_bytes[arg])
        return;
    clear(&c, arg);
    c.replaces = true;
    c.at = (uint32_t)at;
    c.was = (uint32_t)was;
    c.nbytes = (uint8_t)n;
    memcpy(c.bytes, bytes, n);
    add(s, &c);
}

/* Replaces the first places of one run of bytes by another. */
static void match_bytes(struct solve *s, uint32_t arg, const uint8_t *from,
                        size_t was, const uint8_t *to, size_t n)
{
    const struct span *data = &s->in->arg[arg];
    unsigned places = 0;
    /* Copies that are the same would change nothing. */
    if (was == n && memcmp(from, to, n) == 0)
        return;
    for (size_t at = 0; at + was <= data->size && places < PLACES; at++)
        if (memcmp(data->data + at, from, was) == 0) {
            add_replacement(s, arg, at, was, to, n);
            places++;
        }
}

/* Numbers that lie in the bytes, in both byte orders. Single bytes are found
 * by mutation. */
static void match_cell(struct solve *s, uint32_t arg, const struct operand *op)
{
    uint8_t a[8], b[8];
    if (op->width < 2 || s->in->arg[arg].size < op->width)
        return;
    value_store(a, op->width, op->a);
    value_store(b, op->width, op->b);
    match_bytes(s, arg, a, op->width, b, op->width);
    match_bytes(s, arg, b, op->width, a, op->width);
    value_store(a, 8, __builtin_bswap64(op->a) >> (64 - 8 * op->width));
    value_store(b, 8, __builtin_bswap64(op->b) >> (64 - 8 * op->width));
    match_bytes(s, arg, a, op->width, b, op->width);
    match_bytes(s, arg, b, op->width, a, op->width);
}

/* A text that the argument has, replaced by another; nothing at all is had by
 * an argument that is empty or begins with a NUL. */
static void match_text(struct solve *s, uint32_t arg, const uint8_t *from,
                       size_t was, const uint8_t *to, size_t n)
{
    const struct span *data = &s->in->arg[arg];
    if (was == 0 && data->size && data->data[0])
        return;
    if (was == 0)
        add_replacement(s, arg, 0, data->size, to, n);
    else
        match_bytes(s, arg, from, was, to, n);
    /* The rest may have to go, too. */
    if (was && was < data->size && memcmp(data->data, from, was) == 0)
        add_replacement(s, arg, 0, data->size, to, n);
}

/* ---- all of them ---- */

static void match(struct solve *s, uint32_t arg, const struct operand *op)
{
    enum input_kind kind = s->sig->kind[arg];
    if (!kind_width(kind)) {
        if (op->is_float)
            return;
        match_size(s, arg, op);
        match_cell(s, arg, op);
    } else if (op->is_float) {
        match_float(s, arg, op);
    } else if (kind_is_float(kind)) {
        match_truncated(s, arg, op);
    } else {
        match_integer(s, arg, op);
    }
}

static uint64_t first_kept(const struct operands *o)
{
    return o->count > OPERANDS_MAX ? o->count - OPERANDS_MAX : 0;
}

void solve_equal(struct solve *s, const struct operands *o)
{
    for (uint32_t i = o->ntexts; i-- > 0;)
        for (uint32_t arg = 0; arg < s->in->nargs; arg++) {
            const struct operand_text *t = &o->text[i];
            if (kind_width(s->sig->kind[arg]))
                continue;
            match_text(s, arg, t->a, t->a_size, t->b, t->b_size);
            match_text(s, arg, t->b, t->b_size, t->a, t->a_size);
        }
    for (uint64_t i = o->count; i-- > first_kept(o);) {
        const struct operand *op = &o->op[i % OPERANDS_MAX];
        for (uint32_t arg = 0; arg < s->in->nargs && op->a != op->b; arg++)
            match(s, arg, op);
    }
}

/* The operand moved from `was` to `now` while the argument grew by one. */
static void follow(struct solve *s, uint32_t arg, const struct operand *op,
                   uint64_t was, uint64_t now, uint64_t wanted)
{
    size_t width = kind_width(s->sig->kind[arg]);
    uint64_t mask = value_mask(op->width);
    uint64_t sign = (mask >> 1) + 1;
    int64_t slope = (int64_t)((((now - was) & mask) ^ sign) - sign);
    int64_t way = (int64_t)((((wanted - was) & mask) ^ sign) - sign);
    if (slope == 0 || (slope == -1 && way == INT64_MIN))
        return;
    add_around(s, arg,
               value_load(s->in->arg[arg].data, width) +
                   (uint64_t)(way / slope));
}

void solve_linear(struct solve *s, uint32_t arg, const struct operands *o,
                  const struct operands *moved)
{
    uint64_t common = o->count < moved->count ? o->count : moved->count;
    uint64_t first = first_kept(o->count > moved->count ? o : moved);
    for (uint64_t i = common; i-- > first;) {
        const struct operand *was = &o->op[i % OPERANDS_MAX];
        const struct operand *now = &moved->op[i % OPERANDS_MAX];
        if (was->site != now->site || was->width != now->width || was->is_float)
            continue;
        if (was->b == now->b)
            follow(s, arg, was, was->a, now->a, was->b);
        if (was->a == now->a)
            follow(s, arg, was, was->b, now->b, was->a);
    }
}

static void replace_bytes(const struct candidate *c, struct span *arg)
{
    uint8_t *at = arg->data + c->at;
    memmove(at + c->nbytes, at + c->was, arg->size - c->at - c->was);
    memcpy(at, c->bytes, c->nbytes);
    arg->size = arg->size - c->was + c->nbytes;
}

void solve_apply(const struct solve *s, uint32_t i, struct input *in)
{
    const struct candidate *c = &s->candidate[i];
    struct span *arg = &in->arg[c->arg];
    if (c->is_value) {
        value_store(arg->data, kind_width(s->sig->kind[c->arg]), c->value);
    } else if (c->replaces) {
        replace_bytes(c, arg);
    } else {
        if (c->value > arg->size)
            memset(arg->data + arg->size, '0', c->value - arg->size);
        arg->size = (uint32_t)c->value;
    }
}
