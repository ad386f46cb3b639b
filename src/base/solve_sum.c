/* SPDX-License-Identifier: MIT
 *
 * See solve_sum.h.
 */
#include "base/solve_sum.h"

#include <string.h>

#include "base/solve_parts.h"

/* Looks for the bytes of one sum. */
#define STEPS_MAX 4096u
/* The longest piece of an argument that a candidate replaces. */
#define PIECE_MAX 256u

static uint64_t side(const struct operand *op, bool of_b)
{
    return of_b ? op->b : op->a;
}

/* The low bytes of a difference as a number with a sign. */
static int64_t signed_in(uint64_t value, uint8_t width)
{
    unsigned shift = 64 - 8u * width;
    return (int64_t)(value << shift) >> shift;
}

/* ---- what is looked at ---- */

static bool is_goal_already(const struct solve_sum *sum,
                            const struct operand *op)
{
    for (uint32_t i = 0; i < sum->ngoals; i++)
        if (sum->goal[i].op->site == op->site)
            return true;
    return false;
}

static void choose_goals(struct solve_sum *sum, const struct solve *s)
{
    for (uint32_t i = s->o->n; i-- > 0 && sum->ngoals < SUM_GOALS;) {
        const struct operand *op = &s->o->op[i];
        if (op->a == op->b || op->noise || op->is_float ||
            is_goal_already(sum, op))
            continue;
        bool a = solve_moves(s, op, false), b = solve_moves(s, op, true);
        if (a != b)
            sum->goal[sum->ngoals++] = (struct sum_goal){.op = op, .of_b = b};
    }
}

static void choose_places(struct solve_sum *sum, const struct solve *s,
                          uint32_t arg, uint32_t window)
{
    const struct span *entry = &s->in->arg[arg];
    const struct span *coloured = &s->run[SOLVE_COLOURED].in->arg[arg];
    uint32_t coloured_bytes = 0;
    for (uint32_t i = 0; i < entry->size; i++)
        coloured_bytes += entry->data[i] != coloured->data[i];
    uint32_t windows = (coloured_bytes + SUM_PLACES - 1) / SUM_PLACES;
    uint32_t skip = windows ? window % windows * SUM_PLACES : 0;
    sum->arg = arg;
    for (uint32_t i = 0; i < entry->size && sum->n < SUM_PLACES; i++) {
        if (entry->data[i] == coloured->data[i])
            continue;
        if (skip) {
            skip--;
            continue;
        }
        sum->at[sum->n] = i;
        sum->step[sum->n++] = entry->data[i] < 255 ? 1 : -1;
    }
}

uint32_t sum_begin(struct solve_sum *sum, const struct solve *s,
                   uint32_t window)
{
    sum->n = sum->ngoals = 0;
    if (s->nruns < 2)
        return 0;
    choose_goals(sum, s);
    for (uint32_t arg = 0; arg < s->sig->nargs && sum->ngoals && !sum->n; arg++)
        if (!kind_width(s->sig->kind[arg]))
            choose_places(sum, s, arg, window);
    return sum->n;
}

void sum_step(const struct solve_sum *sum, uint32_t i, struct input *in)
{
    uint8_t *byte = &in->arg[sum->arg].data[sum->at[i]];
    *byte = (uint8_t)(*byte + sum->step[i]);
}

void sum_seen(struct solve_sum *sum, uint32_t i, const struct operands *o)
{
    for (uint32_t g = 0; g < sum->ngoals; g++) {
        struct sum_goal *goal = &sum->goal[g];
        const struct operand *like = operands_like(o, goal->op);
        uint64_t change =
            like ? side(like, goal->of_b) - side(goal->op, goal->of_b) : 0;
        goal->factor[i] = signed_in(change, goal->op->width) * sum->step[i];
    }
}

/* ---- solving ---- */

struct search {
    const int64_t *factor;
    const uint8_t *order; /* places, the largest factors first */
    uint32_t n;
    uint32_t steps;
    uint8_t value[SUM_PLACES]; /* of each place */
};

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

/* Changes the places from `k` on so that the sum changes by `way`: of each, the
 * largest change that does not lead too far, or the one after it. */
static bool reach(struct search *r, uint32_t k, int64_t way)
{
    if (way == 0)
        return true;
    if (k == r->n || ++r->steps > STEPS_MAX)
        return false;
    uint8_t place = r->order[k], was = r->value[place];
    int64_t factor = r->factor[place], change = way / factor;
    int64_t beyond = (way < 0) == (factor < 0) ? 1 : -1;
    for (unsigned i = 0; i < 2; i++, change += beyond) {
        int64_t value = was + (change < -256  ? -256
                               : change > 256 ? 256
                                              : change);
        value = value < 0 ? 0 : value > 255 ? 255 : value;
        r->value[place] = (uint8_t)value;
        if (reach(r, k + 1, way - (value - was) * factor))
            return true;
    }
    r->value[place] = was;
    return false;
}

/* Orders the places that have factors; returns how many there are. */
static uint32_t order(const int64_t *factor, uint32_t n,
                      uint8_t places[SUM_PLACES])
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = used;
        if (factor[i] == 0)
            continue;
        for (; k > 0 && magnitude(factor[places[k - 1]]) < magnitude(factor[i]);
             k--)
            places[k] = places[k - 1];
        places[k] = (uint8_t)i;
        used++;
    }
    return used;
}

static void solve_goal(const struct solve_sum *sum, const struct sum_goal *goal,
                       struct solve *s)
{
    uint8_t places[SUM_PLACES], piece[PIECE_MAX];
    const uint8_t *data = s->in->arg[sum->arg].data;
    struct search r = {.factor = goal->factor, .order = places};
    uint32_t from = sum->at[0], size = sum->at[sum->n - 1] + 1 - from;
    r.n = order(goal->factor, sum->n, places);
    for (uint32_t i = 0; i < sum->n; i++)
        r.value[i] = data[sum->at[i]];
    uint64_t way = side(goal->op, !goal->of_b) - side(goal->op, goal->of_b);
    if (size > PIECE_MAX || !r.n ||
        !reach(&r, 0, signed_in(way, goal->op->width)))
        return;
    memcpy(piece, data + from, size);
    for (uint32_t i = 0; i < sum->n; i++)
        piece[sum->at[i] - from] = r.value[i];
    (void)solve_add_bytes(s, SOLVE_LIKELY, sum->arg, from, size, piece, size);
}

void sum_end(const struct solve_sum *sum, struct solve *s)
{
    for (uint32_t g = 0; g < sum->ngoals; g++)
        solve_goal(sum, &sum->goal[g], s);
}
