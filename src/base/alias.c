/* SPDX-License-Identifier: MIT
 *
 * See alias.h. Of the ways to build the table this is the sweep (Hübschle-
 * Schneider and Sanders, "Parallel weighted random sampling", 2019): one
 * cursor over the light items, one over the heavy ones, and no worklists.
 *
 * Weights are multiplied by n, so that the average of these shares is exactly
 * the total of the weights. A place holds one total: a light item's share and,
 * for the rest, a piece of the current heavy item. What is left of a heavy
 * item that has become light is filled up by the next heavy one.
 */
#include "base/alias.h"

struct sweep {
    const uint32_t *weights;
    uint32_t n;
    uint64_t total;
};

static uint64_t share(const struct sweep *s, uint32_t i)
{
    return (uint64_t)s->weights[i] * s->n;
}

static uint32_t next_light(const struct sweep *s, uint32_t i)
{
    while (i < s->n && share(s, i) > s->total)
        i++;
    return i;
}

static uint32_t next_heavy(const struct sweep *s, uint32_t i)
{
    while (i < s->n && share(s, i) <= s->total)
        i++;
    return i;
}

/* part * 2^32 / whole for part < whole; the product has up to 96 bits, and a
 * rounding in the last place is nothing that a draw could show. */
static uint32_t fraction(uint64_t part, uint64_t whole)
{
    double quotient = (double)part / (double)whole * 0x1p32;
    return quotient < 0x1p32 - 1 ? (uint32_t)quotient : UINT32_MAX;
}

static struct alias_place place(const struct sweep *s, uint32_t self,
                                uint64_t part, uint32_t other)
{
    /* A full place can't say so in 32 bits; both its sides lead home. */
    if (part >= s->total)
        return (struct alias_place){0, self};
    return (struct alias_place){fraction(part, s->total), other};
}

void alias_build(struct alias_place *table, const uint32_t *weights, uint32_t n)
{
    struct sweep s = {weights, n, 0};
    for (uint32_t i = 0; i < n; i++)
        s.total += weights[i];
    uint32_t light = next_light(&s, 0);
    uint32_t heavy = next_heavy(&s, 0);
    uint64_t left = heavy < n ? share(&s, heavy) : 0;
    while (heavy < n) {
        if (left > s.total) {
            /* More than the average is left, so a light item is left too. */
            uint64_t part = share(&s, light);
            table[light] = place(&s, light, part, heavy);
            left -= s.total - part;
            light = next_light(&s, light + 1);
            continue;
        }
        uint32_t next = next_heavy(&s, heavy + 1);
        table[heavy] = place(&s, heavy, left, next);
        if (next < n)
            left = share(&s, next) - (s.total - left);
        heavy = next;
    }
    /* What remains when no heavy item does is exactly average. */
    for (; light < n; light = next_light(&s, light + 1))
        table[light] = place(&s, light, s.total, light);
}
