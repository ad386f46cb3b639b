/* SPDX-License-Identifier: MIT
 *
 * Numbers that lie in the bytes of an argument: as they are, in both byte
 * orders, in fewer bytes than they were compared in, as floats. See
 * solve_parts.h.
 */
#include <string.h>

#include "base/solve_parts.h"

/* Single bytes that did not change with the input are guessed only in inputs
 * so short at first: elsewhere too many are equal, and mutation finds them. */
#define SHORT 64u

/* ---- where two bytes stand ---- */

static uint32_t head_of(const uint8_t *bytes)
{
    return (bytes[0] * 0x9du ^ (uint32_t)bytes[1] << 4) % SOLVE_HEADS;
}

void solve_index(struct solve *s, uint32_t arg)
{
    s->index_arg = arg + 1;
    for (uint32_t r = 0; r < s->nruns; r++) {
        const struct span *data = &s->run[r].in->arg[arg];
        struct place_index *index = &s->index[r];
        uint32_t size = data->size < SOLVE_PLACES ? data->size : SOLVE_PLACES;
        memset(index->head, 0, sizeof index->head);
        for (uint32_t at = size; at-- > 1;) {
            uint32_t h = head_of(data->data + at - 1);
            index->next[at] = index->head[h];
            index->head[h] = (uint16_t)at;
        }
    }
}

uint32_t solve_first_place(const struct solve *s, uint32_t run,
                           const uint8_t *bytes)
{
    return s->index[run].head[head_of(bytes)];
}

uint32_t solve_next_place(const struct solve *s, uint32_t run, uint32_t place)
{
    return s->index[run].next[place];
}

/* ---- one side of a comparison ---- */

static struct track track(const struct solve *s, const struct operand *op,
                          bool of_b)
{
    struct track t = {.want = of_b ? op->a : op->b, .width = op->width};
    for (uint32_t r = 0; r < s->nruns; r++) {
        const struct operand *like = r ? operands_like(s->run[r].o, op) : op;
        if (!like)
            continue;
        t.x[r] = of_b ? like->b : like->a;
        t.have |= 1u << r;
        t.same |= (uint32_t)s->run[r].same << r;
        t.moves |= t.x[r] != t.x[0];
    }
    t.idle = op->constant && operands_met(s->o, op, t.want);
    return t;
}

/* Whether m bytes say it, with or without a sign. */
static bool fits(uint64_t value, uint8_t width, uint32_t m)
{
    uint64_t mask = value_mask(width);
    uint64_t sign = (value_mask(m) >> 1) + 1;
    uint64_t low = value & value_mask(m);
    return value == low || value == (((low ^ sign) - sign) & mask);
}

/* Whether the number stands at a place of all runs that did the same. */
static bool stands(const struct solve *s, uint32_t arg, const struct track *t,
                   uint32_t at, uint32_t m, bool swap)
{
    for (uint32_t r = 0; r < s->nruns; r++) {
        uint8_t bytes[8];
        if (!(t->same >> r & 1))
            continue;
        value_store_order(bytes, m, swap, t->x[r]);
        if (memcmp(s->run[r].in->arg[arg].data + at, bytes, m) != 0)
            return false;
    }
    return true;
}

/* The run whose places are looked at: one in which the number is another one
 * than in the entry's, so that it is less often met by chance. */
static uint32_t telling_run(const struct solve *s, const struct track *t)
{
    for (uint32_t r = 1; r < s->nruns; r++)
        if ((t->same >> r & 1) && t->x[r] != t->x[0])
            return r;
    return 0;
}

static void add_cell(struct solve *s, uint32_t arg, const struct track *t,
                     uint32_t at, uint32_t m, bool swap, bool sure)
{
    enum solve_rank rank = sure    ? m > 1 ? SOLVE_SURE : SOLVE_LIKELY
                           : m > 2 ? SOLVE_GUESS
                                   : SOLVE_RARE;
    enum solve_rank next = sure && m > 1 ? SOLVE_LIKELY : SOLVE_RARE;
    uint8_t bytes[8];
    if (t->idle)
        rank = next = SOLVE_RARE;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t value = t->want + (i == 1) - (i == 2);
        value &= value_mask(t->width);
        if (!fits(value, t->width, m))
            continue;
        value_store_order(bytes, m, swap, value);
        if (i == 0 && sure && !t->idle)
            (void)solve_add_exact(s, rank, arg, at, bytes, m);
        else
            (void)solve_add_bytes(s, i ? next : rank, arg, at, m, bytes, m);
        /* What is there may be needed as it is, where the end is looked at. */
        if (i == 0 && at + m == s->in->arg[arg].size)
            (void)solve_add_bytes(s, next, arg, at + m, 0, bytes, m);
    }
}

/* The number in m bytes of one order. Returns at how many places. */
static unsigned match_cell(struct solve *s, uint32_t arg, const struct track *t,
                           uint32_t m, bool swap)
{
    uint32_t run = telling_run(s, t);
    uint32_t size = s->in->arg[arg].size;
    uint8_t bytes[8];
    unsigned places = 0;
    value_store_order(bytes, m, swap, t->x[run]);
    for (uint32_t p = solve_first_place(s, run, bytes); p && places < PLACES;
         p = solve_next_place(s, run, p))
        if (p - 1 + m <= size && stands(s, arg, t, p - 1, m, swap)) {
            add_cell(s, arg, t, p - 1, m, swap, run != 0);
            places++;
        }
    return places;
}

static unsigned match_byte(struct solve *s, uint32_t arg, const struct track *t)
{
    uint32_t run = telling_run(s, t);
    const struct span *data = &s->run[run].in->arg[arg];
    uint32_t size = data->size < SOLVE_PLACES ? data->size : SOLVE_PLACES;
    unsigned places = 0;
    if (run == 0 && size > SHORT && s->level == 0)
        return 0;
    for (uint32_t at = 0; at < size && places < PLACES; at++)
        if (data->data[at] == (uint8_t)t->x[run] &&
            stands(s, arg, t, at, 1, false)) {
            add_cell(s, arg, t, at, 1, false, run != 0);
            places++;
        }
    return places;
}

static bool all_fit(const struct solve *s, const struct track *t, uint32_t m)
{
    bool fit = fits(t->want, t->width, m);
    for (uint32_t r = 0; r < s->nruns; r++)
        if (t->same >> r & 1)
            fit &= fits(t->x[r], t->width, m);
    return fit;
}

/* The number in as many bytes as it was compared in, or as say it; in fewer
 * only if it is not found in more. Whether it certainly is where it came
 * from, and the same of what follows. */
static bool match_number(struct solve *s, uint32_t arg, const struct track *t)
{
    unsigned places = 0;
    for (uint32_t m = t->width; m > 1 && !places; m /= 2)
        if (all_fit(s, t, m))
            for (unsigned swap = 0; swap < 2; swap++)
                places += match_cell(s, arg, t, m, swap);
    if (!places && all_fit(s, t, 1))
        places += match_byte(s, arg, t);
    return places && telling_run(s, t);
}

/* ---- floats ---- */

/* The bits of a number as the other width's float; false if it is none. */
static bool narrow(uint64_t bits, uint64_t *narrowed)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    float f = d > 3e38 || d < -3e38 ? 0 : (float)d;
    uint32_t half;
    memcpy(&half, &f, sizeof half);
    *narrowed = half;
    return (double)f == d;
}

/* The neighbours of a float are those of its bits but for the sign. */
static uint64_t beside(uint8_t width, uint64_t bits, int way)
{
    enum input_kind kind = width == 4 ? KIND_FLOAT : KIND_DOUBLE;
    return domain_value(kind, domain_key(kind, bits) + (uint64_t)(int64_t)way);
}

static bool match_float_bits(struct solve *s, uint32_t arg,
                             const struct track *t)
{
    static const int ways[] = {0, 1, -1};
    uint32_t run = telling_run(s, t);
    unsigned places = 0;
    for (unsigned swap = 0; swap < 2; swap++) {
        uint8_t bytes[8];
        value_store_order(bytes, t->width, swap, t->x[run]);
        for (uint32_t p = solve_first_place(s, run, bytes);
             p && places < PLACES; p = solve_next_place(s, run, p)) {
            if (p - 1 + t->width > s->in->arg[arg].size ||
                !stands(s, arg, t, p - 1, t->width, swap))
                continue;
            places++;
            for (unsigned i = 0; i < 3; i++) {
                value_store_order(bytes, t->width, swap,
                                  beside(t->width, t->want, ways[i]));
                (void)solve_add_bytes(s, run ? SOLVE_SURE : SOLVE_GUESS, arg,
                                      p - 1, t->width, bytes, t->width);
            }
        }
    }
    return places && run;
}

/* A float that was compared as a double: all its values are floats, but the
 * wanted one need not be. */
static bool match_narrow(struct solve *s, uint32_t arg, const struct track *t)
{
    struct track narrowed = *t;
    double want = solve_double(8, t->want);
    float near = want > 3e38 || want < -3e38 ? 0 : (float)want;
    uint32_t half;
    memcpy(&half, &near, sizeof half);
    narrowed.width = 4;
    narrowed.want = half;
    for (uint32_t r = 0; r < s->nruns; r++)
        if ((t->have >> r & 1) && !narrow(t->x[r], &narrowed.x[r]))
            return false;
    return match_float_bits(s, arg, &narrowed);
}

/* A float that is a whole number in all runs may have been an integer. */
static bool as_integers(const struct solve *s, const struct track *t,
                        struct track *whole)
{
    *whole = *t;
    whole->width = 8;
    for (uint32_t r = 0; r <= s->nruns; r++) {
        bool is_want = r == s->nruns;
        if (!is_want && !(t->have >> r & 1))
            continue;
        double d = solve_double(t->width, is_want ? t->want : t->x[r]);
        if (!(d > -9e15 && d < 9e15) || (!is_want && (double)(int64_t)d != d))
            return false;
        *(is_want ? &whole->want : &whole->x[r]) = (uint64_t)(int64_t)d;
    }
    return true;
}

static bool match_float(struct solve *s, uint32_t arg, const struct track *t)
{
    struct track whole;
    bool found = match_float_bits(s, arg, t);
    if (!found && t->width == 8)
        found = match_narrow(s, arg, t);
    if (!found && t->moves && as_integers(s, t, &whole))
        found = match_number(s, arg, &whole) ||
                solve_number_function(s, arg, &whole);
    return found;
}

/* ---- both sides ---- */

static bool match_side(struct solve *s, uint32_t arg, const struct operand *op,
                       const struct track *t)
{
    if (op->is_float)
        return match_float(s, arg, t);
    return match_number(s, arg, t) ||
           (t->moves && solve_number_function(s, arg, t));
}

/* A side that changes with the input and is no function of it that we know,
 * while the other one stands in the input: a checksum, and the candidates from
 * `first` on put into its place what it should be. */
static void note_checksum(struct solve *s, uint64_t site, uint32_t first)
{
    uint32_t i = 0;
    while (i < s->nchecksums && s->checksum[i] != site)
        i++;
    if (i == SOLVE_CHECKSUMS)
        return;
    s->checksum[i] = site;
    if (i == s->nchecksums)
        s->nchecksums++;
    for (; first < s->n; first++)
        s->candidate[first].checksum = (uint8_t)(i + 1);
}

void solve_match_cell(struct solve *s, uint32_t arg, const struct operand *op)
{
    struct track a = track(s, op, false);
    struct track b = track(s, op, true);
    uint32_t first = s->n;
    /* What does not change with the input did not come from it, unless what
     * does can't be found. */
    bool found_b = (b.moves || !a.moves) && match_side(s, arg, op, &b);
    uint32_t middle = s->n;
    if (op->constant || (found_b && !a.moves))
        return;
    bool found_a = match_side(s, arg, op, &a);
    if (!b.moves && a.moves && !found_a)
        found_b = match_side(s, arg, op, &b);
    if (op->is_float || op->width < 2)
        return;
    if (found_b && !found_a && a.moves)
        note_checksum(s, op->site, first);
    else if (found_a && !found_b && b.moves)
        note_checksum(s, op->site, middle);
}
