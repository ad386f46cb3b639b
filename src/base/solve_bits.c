/* SPDX-License-Identifier: MIT
 *
 * Numbers that are some bits of the input, next to each other: what formats pack
 * (a version in four bits, a length in twelve), compared after a shift and a
 * mask, in either byte order, or masked where they stand. See solve_parts.h.
 */
#include "base/solve_parts.h"

/* So few bits are met by chance anywhere, and found by chance soon. */
#define BITS_MIN 3u
/* A window of 8 bytes holds so many from any bit on. */
#define BITS_MAX 57u

struct field {
    uint32_t at;
    uint32_t bytes;
    unsigned shift;
    unsigned bits;
    bool swap;
};

static uint64_t load(const uint8_t *at, uint32_t bytes, bool swap)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < bytes; i++)
        v |= (uint64_t)at[swap ? bytes - 1 - i : i] << 8 * i;
    return v;
}

static uint64_t mask_of(unsigned bits)
{
    return ((uint64_t)1 << bits) - 1;
}

/* Whether all runs that did the same compared what the field held, shifted to
 * the left by `left`. */
static bool obeys(const struct solve *s, uint32_t arg, const struct track *t,
                  const struct field *f, unsigned left)
{
    for (uint32_t r = 0; r < s->nruns; r++) {
        if (!(t->same >> r & 1))
            continue;
        uint64_t v =
            load(s->run[r].in->arg[arg].data + f->at, f->bytes, f->swap);
        if ((v >> f->shift & mask_of(f->bits)) != t->x[r] >> left)
            return false;
    }
    return true;
}

/* The wanted number, and those beside it. */
static void write_field(struct solve *s, uint32_t arg, const struct field *f,
                        uint64_t want)
{
    static const int ways[] = {0, 1, -1};
    uint64_t mask = mask_of(f->bits);
    uint64_t was = load(s->in->arg[arg].data + f->at, f->bytes, f->swap);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t v = (want + (uint64_t)(int64_t)ways[i]) & mask;
        uint8_t bytes[8];
        v = (was & ~(mask << f->shift)) | v << f->shift;
        value_store_order(bytes, f->bytes, f->swap, v);
        if (i == 0)
            (void)solve_add_exact(s, SOLVE_LIKELY, arg, f->at, bytes, f->bytes);
        else
            (void)solve_add_bytes(s, SOLVE_LIKELY, arg, f->at, f->bytes, bytes,
                                  f->bytes);
    }
}

/* Fields that begin in the byte at a place, from its lowest bit on. */
static unsigned match_place(struct solve *s, uint32_t arg,
                            const struct track *t, uint32_t at, unsigned bits,
                            unsigned left)
{
    uint32_t size = s->in->arg[arg].size;
    unsigned places = 0;
    for (unsigned shift = 0; shift < 8; shift++) {
        struct field f = {at, (shift + bits + 7) / 8, shift, bits, false};
        for (unsigned swap = 0; swap < (f.bytes > 1 ? 2u : 1u); swap++) {
            f.swap = swap;
            if (at + f.bytes > size || !obeys(s, arg, t, &f, left))
                continue;
            write_field(s, arg, &f, t->want >> left);
            places++;
        }
    }
    return places;
}

bool solve_bits(struct solve *s, uint32_t arg, const struct track *t)
{
    uint32_t size = s->in->arg[arg].size;
    uint64_t all = t->want;
    unsigned left = 0, bits = 0, places = 0;
    bool moves = false;
    for (uint32_t r = 0; r < s->nruns; r++)
        if (t->same >> r & 1) {
            all |= t->x[r];
            moves |= t->x[r] != t->x[0];
        }
    if (!moves || solve_count(t->same) < 3)
        return false;
    for (; !(all >> left & 1); left++)
        ;
    for (; left + bits < 64 && all >> left >> bits; bits++)
        ;
    if (bits < BITS_MIN || bits > BITS_MAX)
        return false;
    for (uint32_t at = 0; at < size && places < PLACES && s->steps; at++) {
        places += match_place(s, arg, t, at, bits, left);
        s->steps--;
    }
    return places != 0;
}
