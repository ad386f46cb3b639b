/* SPDX-License-Identifier: MIT
 *
 * See climb.h.
 */
#include "base/climb.h"

#include <string.h>

#include "base/climb_parts.h"
#include "base/solve_parts.h"

/* ---- which comparison ---- */

static const uint8_t *text_side(const struct operand_text *t, bool of_b,
                                uint32_t *size)
{
    *size = of_b ? t->b_size : t->a_size;
    return of_b ? t->b : t->a;
}

static bool text_moves(const struct solve *s, const struct operand_text *t,
                       bool of_b)
{
    uint32_t size, other_size;
    const uint8_t *text = text_side(t, of_b, &size);
    for (uint32_t r = 1; r < s->nruns; r++) {
        const struct operand_text *like =
            s->run[r].same ? operands_text_like(s->run[r].o, t) : NULL;
        if (!like)
            continue;
        const uint8_t *other = text_side(like, of_b, &other_size);
        if (other_size != size || memcmp(other, text, size) != 0)
            return true;
    }
    return false;
}

/* Whether these bytes stand at a place of the run's input. */
static bool stands_at(const struct span *data, uint32_t at,
                      const uint8_t *bytes, uint32_t n)
{
    return at <= data->size && n <= data->size - at &&
           memcmp(data->data + at, bytes, n) == 0;
}

/* The value's bytes as they may stand in a run's input: a number's low ones, in
 * either order, or a text's first. 0 if it is no such number, or there was no
 * such comparison. */
static uint32_t image(const struct climb_goal *g, const struct operands *o,
                      uint32_t n, bool swapped, uint8_t out[8])
{
    uint32_t size;
    if (g->op) {
        const struct operand *op = operands_like(o, g->op);
        uint64_t value = op ? g->of_b ? op->b : op->a : 0;
        if (!op || !value_fits(value, op->width, n))
            return 0;
        for (uint32_t i = 0; i < n; i++)
            out[swapped ? n - 1 - i : i] = (uint8_t)(value >> 8 * i);
        return n;
    }
    const struct operand_text *t = operands_text_like(o, g->text);
    if (!t)
        return 0;
    const uint8_t *text = text_side(t, g->of_b, &size);
    size = size < n ? size : n;
    memcpy(out, text, size);
    return size;
}

/* Whether the value is found where it comes from, in all runs: then others have
 * done what can be done. */
static bool stands_in_input(const struct solve *s, const struct climb_goal *g,
                            uint32_t arg, uint32_t n, bool swapped)
{
    uint8_t bytes[SOLVE_RUNS][8];
    uint32_t size[SOLVE_RUNS];
    for (uint32_t r = 0; r < s->nruns; r++) {
        bool counts = r == 0 || s->run[r].same;
        size[r] = counts ? image(g, s->run[r].o, n, swapped, bytes[r]) : 0;
    }
    for (uint32_t at = 0; size[0] && at < s->in->arg[arg].size; at++) {
        bool all = true;
        for (uint32_t r = 0; all && r < s->nruns; r++)
            all = size[r] == 0 ||
                  stands_at(&s->run[r].in->arg[arg], at, bytes[r], size[r]);
        if (all)
            return true;
    }
    return false;
}

static bool is_explained(const struct solve *s, const struct climb_goal *g)
{
    uint32_t most = g->op ? g->op->width : 4;
    for (uint32_t arg = 0; arg < s->sig->nargs; arg++)
        for (uint32_t n = g->op ? 1 : 4;
             !kind_width(s->sig->kind[arg]) && n <= most; n *= 2)
            if (stands_in_input(s, g, arg, n, false) ||
                stands_in_input(s, g, arg, n, true))
                return true;
    return false;
}

static bool same_place(const struct climb_goal *a, const struct climb_goal *b)
{
    if (a->op && b->op)
        return a->op->site == b->op->site;
    /* The neighbours of one comparison have numbers of their own. */
    return a->text && b->text && a->text->site && b->text->site &&
           a->text->site >> 8 == b->text->site >> 8;
}

/* Adds a goal if one side moved with the input, and the other did not. */
static void consider(const struct solve *s, struct climb_goal g, bool a, bool b,
                     struct climb_goal goals[CLIMB_GOALS], uint32_t *n)
{
    g.of_b = b;
    for (uint32_t i = 0; i < *n; i++)
        if (same_place(&g, &goals[i]))
            return;
    if (a != b && !is_explained(s, &g))
        goals[(*n)++] = g;
}

static void consider_texts(const struct solve *s, enum text_relation relation,
                           struct climb_goal goals[CLIMB_GOALS], uint32_t *n)
{
    for (uint32_t i = s->o->ntexts; i-- > 0 && *n < CLIMB_GOALS;) {
        const struct operand_text *t = &s->o->text[i];
        if (t->relation == relation && !t->noise && t->a_size && t->b_size)
            consider(s, (struct climb_goal){.text = t}, text_moves(s, t, false),
                     text_moves(s, t, true), goals, n);
    }
}

static void consider_numbers(const struct solve *s,
                             struct climb_goal goals[CLIMB_GOALS], uint32_t *n)
{
    for (uint32_t i = s->o->n; i-- > 0 && *n < CLIMB_GOALS;) {
        const struct operand *op = &s->o->op[i];
        bool truth =
            op->a <= 1 && op->b <= 1; /* it is only asked if it is so */
        if (op->a != op->b && !op->noise && !truth)
            consider(s, (struct climb_goal){.op = op},
                     solve_moves(s, op, false), solve_moves(s, op, true), goals,
                     n);
    }
}

/* The last comparisons are what stopped the entry. Texts come first: a loop makes
 * many numbers of their letters; numbers as bytes last, which most are as numbers,
 * too. */
static uint32_t choose_goals(const struct solve *s,
                             struct climb_goal goals[CLIMB_GOALS])
{
    uint32_t n = 0;
    consider_texts(s, TEXT_EQUAL, goals, &n);
    consider_numbers(s, goals, &n);
    consider_texts(s, TEXT_NUMBER, goals, &n);
    return n;
}

/* ---- a run ---- */

/* A float's bits, in the order of the numbers. */
static int64_t in_order(uint64_t bits, unsigned width)
{
    unsigned shift = 64 - 8 * width;
    int64_t value = (int64_t)(bits << shift) >> shift;
    int64_t least = (int64_t)((uint64_t)1 << (8 * width - 1) << shift) >> shift;
    return value < 0 ? (int64_t)((uint64_t)least - (uint64_t)value) : value;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static uint64_t number_distance(uint64_t a, uint64_t b,
                                const struct operand *op)
{
    if (op->is_float && (op->width == 4 || op->width == 8)) {
        int64_t x = in_order(a, op->width), y = in_order(b, op->width);
        return x > y ? (uint64_t)x - (uint64_t)y : (uint64_t)y - (uint64_t)x;
    }
    /* either way round, so that it is the same with a sign and without */
    uint64_t way = (a - b) & value_mask(op->width);
    uint64_t back = (b - a) & value_mask(op->width);
    return way < back ? way : back;
}

static void take_number(const struct climb *c, const struct operands *o,
                        struct climb_value *v)
{
    const struct operand *op = operands_like(o, c->goal.op);
    if (!op)
        return;
    uint64_t is = c->goal.of_b ? op->b : op->a;
    uint64_t want = (c->goal.of_b ? op->a : op->b) + c->beside;
    want &= value_mask(op->width);
    value_store(v->is, 8, is);
    value_store(v->want, 8, want);
    v->far = number_distance(is, want, op);
    v->reached = true;
}

/* The first bytes of a text as a number, the first one highest. */
static uint64_t head_of(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void take_text(const struct climb_goal *g, const struct operands *o,
                      uint32_t size, struct climb_value *v)
{
    uint32_t is_size, want_size;
    const struct operand_text *t = operands_text_like(o, g->text);
    if (!t)
        return;
    const uint8_t *is = text_side(t, g->of_b, &is_size);
    const uint8_t *want = text_side(t, !g->of_b, &want_size);
    memcpy(v->is, is, is_size < size ? is_size : size);
    memcpy(v->want, want, want_size < size ? want_size : size);
    uint32_t same = 0;
    while (same + 8 < CLIMB_BYTES && v->is[same] == v->want[same])
        same++;
    v->far = apart(head_of(v->is + same), head_of(v->want + same)) >> 8;
    v->far |= (uint64_t)(CLIMB_BYTES - same) << 56;
    v->reached = true;
}

bool climb_try(struct climb *c, const uint8_t *bytes, struct climb_value *v)
{
    const struct operands *o;
    memset(v, 0, sizeof *v);
    if (c->outcome != CLIMB_RAN || c->left == 0)
        return false;
    c->left--;
    c->outcome = c->run(c->ctx, c->base, c->arg, c->at, bytes, c->n, &o);
    if (c->outcome != CLIMB_RAN)
        return false;
    if (c->goal.op)
        take_number(c, o, v);
    else
        take_text(&c->goal, o, c->size, v);
    return true;
}

bool climb_keep(struct climb *c, const uint8_t *bytes)
{
    memcpy(c->byte, bytes, c->n);
    return climb_try(c, c->byte, &c->now) && c->now.reached;
}

/* ---- what it depends on ---- */

/* Bytes that are tried at once. */
#define GROUP 12u

static bool is_changed(const struct climb *c, const struct climb_value *v)
{
    return !v->reached || memcmp(v->is, c->now.is, sizeof v->is) != 0;
}

/* Whether some bytes of the other input in place of the base's change the
 * value; *lost if the comparison is not reached then. */
static bool matters(struct climb *c, const struct span *other, uint32_t from,
                    uint32_t n, bool *lost)
{
    struct climb_value v;
    for (uint32_t i = 0; i < n; i++) {
        c->at[i] = from + i;
        c->byte[i] = other->data[from + i];
    }
    c->n = n;
    bool changed = climb_try(c, c->byte, &v) && is_changed(c, &v);
    *lost = changed && !v.reached;
    return changed;
}

/* Finds the places, by another input of the same size. False if there are too
 * many, or none. */
static bool find_places(struct climb *c, const struct span *other)
{
    const struct span *base = &c->base->arg[c->arg];
    uint32_t end = base->size < CLIMB_LOOKED ? base->size : CLIMB_LOOKED;
    uint32_t place[CLIMB_PLACES], n = 0;
    bool lost;
    c->n = 0;
    if (!climb_try(c, c->byte, &c->now) || !c->now.reached)
        return false;
    for (uint32_t from = 0; from < end; from += GROUP) {
        uint32_t size = end - from < GROUP ? end - from : GROUP;
        if (memcmp(base->data + from, other->data + from, size) == 0 ||
            !matters(c, other, from, size, &lost))
            continue;
        for (uint32_t i = from; i < from + size; i++) {
            if (base->data[i] == other->data[i] ||
                !matters(c, other, i, 1, &lost) || lost)
                continue;
            if (n == CLIMB_PLACES)
                return false;
            place[n++] = i;
        }
    }
    c->n = n;
    for (uint32_t i = 0; i < n; i++) {
        c->at[i] = place[i];
        c->byte[i] = base->data[place[i]];
    }
    return n > 0;
}

/* ---- the whole ---- */

static uint32_t value_size(const struct climb_goal *g)
{
    if (g->op)
        return g->op->width;
    const struct operand_text *t = g->text;
    uint32_t size = g->of_b ? t->a_size : t->b_size;
    size += t->ends; /* and it ends there */
    return size < CLIMB_BYTES ? size : CLIMB_BYTES;
}

/* From the entry, where its bytes matter; else from the run with digits, where
 * they do. */
static bool begin(struct climb *c, const struct solve *s, uint32_t arg)
{
    c->arg = arg;
    c->base = s->run[SOLVE_ENTRY].in;
    if (find_places(c, &s->run[SOLVE_COLOURED].in->arg[arg]))
        return true;
    if (s->nruns <= SOLVE_DIGITS || !s->run[SOLVE_PARTED_DIGITS].same)
        return false;
    c->base = s->run[SOLVE_PARTED_DIGITS].in;
    return find_places(c, &s->run[SOLVE_DIGITS].in->arg[arg]);
}

bool climb(struct climb *c, const struct solve *s, unsigned turn, uint32_t runs,
           climb_run *run, void *ctx)
{
    struct climb_goal goals[CLIMB_GOALS];
    uint32_t n = s->nruns > 1 ? choose_goals(s, goals) : 0;
    c->run = run;
    c->ctx = ctx;
    c->left = runs;
    c->outcome = CLIMB_RAN;
    if (n == 0)
        return true;
    c->goal = goals[turn % n];
    c->beside = 0;
    c->size = value_size(&c->goal);
    for (uint32_t arg = 0; arg < s->sig->nargs; arg++)
        if (!kind_width(s->sig->kind[arg]) && begin(c, s, arg)) {
            climb_all_ways(c);
            break;
        }
    return c->outcome != CLIMB_OVER;
}
