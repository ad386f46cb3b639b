/* SPDX-License-Identifier: MIT
 *
 * Numbers that are a function of some bytes of the input: a constant was added,
 * subtracted, multiplied or xored, or a text was read. The runs tell which, and
 * what must be written for the result to be the wanted one. See solve_parts.h.
 */
#include <string.h>

#include "base/solve_parts.h"

/* A number of few digits is met by chance. */
#define DIGITS_MIN 2u
#define DIGITS_FEW 4u
/* Zeros and spaces in front of a number that it may have been read from on. */
#define SKIPPED_MOST 2u

/* ---- cells ---- */

struct cells {
    uint64_t v[SOLVE_RUNS]; /* what stands there in each run */
    uint32_t at;
    uint32_t m;
    bool swap;
};

static uint64_t load(const uint8_t *at, uint32_t m, bool swap)
{
    uint64_t v = value_load(at, m);
    return swap ? __builtin_bswap64(v) >> (64 - 8 * m) : v;
}

/* Inverse of an odd number modulo 2^64, by Newton. */
static uint64_t inverse(uint64_t odd)
{
    uint64_t x = odd;
    for (unsigned i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

enum function { FUNCTION_ADD, FUNCTION_XOR, FUNCTION_TAKE, FUNCTION_MULTIPLY };

/* Whether in all runs that did the same x is one function of v; its constants
 * are those that the entry's run tells. */
static bool obeys(const struct solve *s, const struct track *t,
                  const struct cells *c, enum function f, uint64_t factor)
{
    uint64_t mask = value_mask(t->width);
    for (uint32_t r = 1; r < s->nruns; r++) {
        uint64_t x = t->x[r], v = c->v[r];
        if (!(t->same >> r & 1))
            continue;
        uint64_t off = f == FUNCTION_ADD   ? (x - v) - (t->x[0] - c->v[0])
                       : f == FUNCTION_XOR ? (x ^ v) ^ (t->x[0] ^ c->v[0])
                       : f == FUNCTION_TAKE
                           ? (x + v) - (t->x[0] + c->v[0])
                           : (x - t->x[0]) - factor * (v - c->v[0]);
        if (off & mask)
            return false;
    }
    return true;
}

/* False if v has no room in the cell. */
static bool put_cell(const struct track *t, const struct cells *c, uint64_t v,
                     uint8_t bytes[8])
{
    v &= value_mask(t->width);
    if (v > value_mask(c->m))
        return false;
    value_store_order(bytes, c->m, c->swap, v);
    return true;
}

static bool write_cell(struct solve *s, uint32_t arg, const struct track *t,
                       const struct cells *c, uint64_t v)
{
    uint8_t bytes[8];
    if (!put_cell(t, c, v, bytes))
        return false;
    (void)solve_add_exact(s, SOLVE_LIKELY, arg, c->at, bytes, c->m);
    return true;
}

/* The values beside it: a range check (x - first < count) wants to be on the
 * other side of a number, not to be it. */
static void write_beside(struct solve *s, uint32_t arg, const struct track *t,
                         const struct cells *c, uint64_t v)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 2; i++)
        if (put_cell(t, c, i ? v + 1 : v - 1, bytes))
            (void)solve_add_bytes(s, SOLVE_LIKELY, arg, c->at, c->m, bytes,
                                  c->m);
}

/* x = factor * v + constant: the factor comes from two runs whose v differ by
 * an odd number, the others must agree. */
static bool match_factor(struct solve *s, uint32_t arg, const struct track *t,
                         const struct cells *c)
{
    uint64_t mask = value_mask(t->width);
    for (uint32_t r = 1; r < s->nruns; r++) {
        uint64_t dv = c->v[r] - c->v[0];
        if (!(t->same >> r & 1) || !(dv & 1))
            continue;
        uint64_t factor = (t->x[r] - t->x[0]) * inverse(dv) & mask;
        if (factor == 0 || !obeys(s, t, c, FUNCTION_MULTIPLY, factor))
            return false;
        uint64_t way = (t->want - t->x[0]) & mask;
        unsigned shift = (unsigned)__builtin_ctzll(factor);
        if (way & (((uint64_t)1 << shift) - 1))
            return false;
        way = (way >> shift) * inverse(factor >> shift);
        uint64_t v = c->v[0] + way;
        return write_cell(s, arg, t, c, v & value_mask(t->width) >> shift);
    }
    return false;
}

static bool match_cells(struct solve *s, uint32_t arg, const struct track *t,
                        const struct cells *c)
{
    uint64_t way = t->want - t->x[0];
    if (obeys(s, t, c, FUNCTION_ADD, 0)) {
        bool written = write_cell(s, arg, t, c, c->v[0] + way);
        write_beside(s, arg, t, c, c->v[0] + way);
        return written;
    }
    if (obeys(s, t, c, FUNCTION_XOR, 0))
        return write_cell(s, arg, t, c, c->v[0] ^ t->x[0] ^ t->want);
    if (obeys(s, t, c, FUNCTION_TAKE, 0))
        return write_cell(s, arg, t, c, c->v[0] - way);
    return solve_count(t->same) > 2 && match_factor(s, arg, t, c);
}

/* The first run but the entry's in which the number is another one. */
static uint32_t moving_run(const struct solve *s, const struct track *t)
{
    for (uint32_t r = 1; r < s->nruns; r++)
        if ((t->same >> r & 1) && t->x[r] != t->x[0])
            return r;
    return 0;
}

static unsigned match_width(struct solve *s, uint32_t arg,
                            const struct track *t, uint32_t m, uint32_t run)
{
    uint32_t size = s->in->arg[arg].size;
    const uint8_t *here = s->in->arg[arg].data;
    const uint8_t *there = s->run[run].in->arg[arg].data;
    unsigned places = 0;
    for (uint32_t at = 0; at + m <= size && places < PLACES && s->steps; at++) {
        if (memcmp(here + at, there + at, m) == 0)
            continue;
        for (unsigned swap = 0; swap < 1 + (m > 1u); swap++) {
            struct cells c = {.at = at, .m = m, .swap = swap};
            for (uint32_t r = 0; r < s->nruns; r++)
                c.v[r] = load(s->run[r].in->arg[arg].data + at, m, swap);
            places += match_cells(s, arg, t, &c);
        }
        s->steps--;
    }
    return places;
}

/* ---- numbers read from text ---- */

struct number_text {
    uint8_t text[24];
    uint32_t n;
};

static void format(struct number_text *to, uint64_t value, unsigned base,
                   uint32_t least, bool capital)
{
    uint8_t digits[24];
    uint32_t n = 0;
    do {
        unsigned digit = (unsigned)(value % base);
        digits[n++] =
            (uint8_t)(digit < 10 ? '0' + digit
                                 : (capital ? 'A' : 'a') + digit - 10);
        value /= base;
    } while (value || n < least);
    for (uint32_t i = 0; i < n; i++)
        to->text[i] = digits[n - 1 - i];
    to->n = n;
}

static bool is_digit(uint8_t c, unsigned base)
{
    uint8_t low = c | 0x20;
    return (c >= '0' && c <= '9') || (base == 16 && low >= 'a' && low <= 'f');
}

/* Writes a number over what is at a place of the entry: in as many digits as
 * are there, or with something behind it that is none. */
static void write_text(struct solve *s, uint32_t arg, uint32_t at,
                       const struct number_text *want, unsigned base,
                       enum solve_rank rank)
{
    const struct span *data = &s->in->arg[arg];
    uint8_t text[64];
    uint32_t there = 0;
    while (there < sizeof text && at + there < data->size &&
           is_digit(data->data[at + there], base))
        there++;
    memcpy(text, want->text, want->n);
    text[want->n] = ' ';
    (void)solve_add_bytes(s, rank, arg, at, want->n + 1, text, want->n + 1);
    (void)solve_add_exact(s, rank, arg, at, text, want->n);
    text[want->n] = 0;
    (void)solve_add_bytes(s, rank, arg, at, want->n + 1, text, want->n + 1);
    if (there > want->n && there < sizeof text) {
        memset(text, '0', there - want->n);
        memcpy(text + there - want->n, want->text, want->n);
        (void)solve_add_bytes(s, rank, arg, at, there, text, there);
        (void)solve_add_bytes(s, SOLVE_GUESS, arg, at, there, want->text,
                              want->n);
    }
    (void)solve_add_bytes(s, SOLVE_GUESS, arg, at, there, want->text, want->n);
}

/* What readers of numbers skip. */
static bool is_skipped(uint8_t c)
{
    return c == '0' || c == ' ';
}

/* Writes it where the digits of a run's number stand; and where it was perhaps
 * read from on, if they were skipped to. */
static void write_number(struct solve *s, uint32_t arg, uint32_t run,
                         uint32_t at, const struct number_text *want,
                         unsigned base, enum solve_rank rank)
{
    const uint8_t *there = s->run[run].in->arg[arg].data;
    write_text(s, arg, at, want, base, rank);
    for (unsigned i = 0; i < SKIPPED_MOST && at; i++) {
        if (!is_skipped(there[--at]) || is_skipped(s->in->arg[arg].data[at]))
            break;
        write_text(s, arg, at, want, base, rank);
    }
}

/* The digits of a run's number, where they stand in that run. */
static unsigned match_digits(struct solve *s, uint32_t arg, uint32_t run,
                             const struct number_text *digits,
                             const struct number_text *want, unsigned base)
{
    const struct span *data = &s->run[run].in->arg[arg];
    unsigned places = 0;
    if (digits->n < DIGITS_MIN)
        return 0;
    for (uint32_t p = solve_first_place(s, run, digits->text);
         p && places < PLACES; p = solve_next_place(s, run, p)) {
        uint32_t at = p - 1;
        if (at + digits->n > data->size ||
            memcmp(data->data + at, digits->text, digits->n) != 0)
            continue;
        write_number(s, arg, run, at, want, base,
                     digits->n < DIGITS_FEW ? SOLVE_GUESS : SOLVE_LIKELY);
        places++;
    }
    return digits->n < DIGITS_FEW ? 0 : places;
}

static bool is_negative(const struct track *t, uint64_t value)
{
    return value > value_mask(t->width) / 2;
}

/* The decimal digits of a number, without its sign or as if it had none. */
static void format_decimal(struct number_text *to, const struct track *t,
                           uint64_t value, bool negated)
{
    format(to, (negated ? 0 - value : value) & value_mask(t->width), 10, 1,
           false);
}

/* What a number of text may be, a negative one or one without sign, is written
 * as what the wanted one may be. */
static unsigned match_decimal(struct solve *s, uint32_t arg, uint32_t run,
                              const struct track *t)
{
    unsigned places = 0;
    for (unsigned way = 0; way < 4; way++) {
        struct number_text digits, want;
        bool negated = way & 1, negative = way & 2;
        if ((negated && !is_negative(t, t->x[run])) ||
            (negative && !is_negative(t, t->want)))
            continue;
        format_decimal(&digits, t, t->x[run], negated);
        format_decimal(&want, t, t->want, negative);
        if (negative) {
            memmove(want.text + 1, want.text, want.n++);
            want.text[0] = '-';
        }
        places += match_digits(s, arg, run, &digits, &want, 10);
    }
    return places;
}

/* As few digits as say it, or as many as its bytes have; and bytes that were
 * read one after the other. */
static bool match_hex(struct solve *s, uint32_t arg, uint32_t run,
                      const struct track *t)
{
    unsigned places = 0;
    unsigned width = 8u * t->width;
    for (unsigned way = 0; way < 6; way++) {
        bool capital = way & 1;
        uint32_t least = way < 2 ? 2u * t->width : 1;
        uint64_t x = t->x[run], wanted = t->want;
        struct number_text digits, want;
        if (way >= 4) {
            least = 2u * t->width;
            x = __builtin_bswap64(x) >> (64 - width);
            wanted = __builtin_bswap64(wanted) >> (64 - width);
        }
        format(&digits, x, 16, least, capital);
        format(&want, wanted, 16, least, capital);
        places += match_digits(s, arg, run, &digits, &want, 16);
    }
    return places;
}

/* ---- all of them ---- */

/* The bytes of a number, which may have been changed one by one. */
static void match_each_byte(struct solve *s, uint32_t arg,
                            const struct track *t)
{
    uint8_t bytes[SOLVE_RUNS + 1][8];
    for (unsigned swap = 0; swap < 2; swap++) {
        struct text_track text = {.want = bytes[SOLVE_RUNS],
                                  .want_size = t->width,
                                  .have = t->have,
                                  .same = t->same,
                                  .moves = true};
        for (uint32_t r = 0; r <= SOLVE_RUNS; r++) {
            uint64_t x = r == SOLVE_RUNS ? t->want : t->x[r];
            if (swap)
                x = __builtin_bswap64(x) >> (64 - 8 * t->width);
            value_store(bytes[r], t->width, x);
            if (r == SOLVE_RUNS)
                break;
            text.x[r] = bytes[r];
            text.size[r] = t->width;
        }
        solve_text_function(s, arg, &text);
    }
}

bool solve_number_function(struct solve *s, uint32_t arg, const struct track *t)
{
    uint32_t run = moving_run(s, t);
    unsigned places = 0;
    for (uint32_t m = t->width; m > 0 && run && !places; m /= 2)
        /* A single byte obeys two runs too often. */
        if (m > 1 || solve_count(t->same) > 2)
            places += match_width(s, arg, t, m, run);
    for (uint32_t r = 0; r < s->nruns && !places; r++) {
        if (!(t->have >> r & 1))
            continue;
        places += match_decimal(s, arg, r, t);
        places += match_hex(s, arg, r, t);
    }
    if (!places && run && t->width > 1)
        match_each_byte(s, arg, t);
    if (!places && run)
        places = solve_bits(s, arg, t);
    return places;
}
