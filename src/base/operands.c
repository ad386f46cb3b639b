/* SPDX-License-Identifier: MIT
 *
 * See operands.h.
 */
#include "base/operands.h"

#include <string.h>

#define HALF        (OPERANDS_PER_SITE / 2)
#define SITES_FULL  (OPERAND_SITES / 4 * 3)
#define TEXTS_FIRST (OPERAND_TEXTS_MAX / 2)

void operands_clear(struct operands *o)
{
    o->n = o->texts = o->ntexts = o->plain = o->nsites = 0;
    o->epoch++;
}

/* Where a site is or would be. */
static uint32_t place_of(const struct operands *o, uint64_t site)
{
    uint64_t hash = site * 0x9e3779b97f4a7c15u;
    uint32_t i = (uint32_t)(hash >> 40) % OPERAND_SITES;
    while (o->site[i].epoch == o->epoch && o->site[i].site != site)
        i = (i + 1) % OPERAND_SITES;
    return i;
}

/* Which of a site's slots its comparison number `nth` is in. */
static uint32_t slot_of(uint32_t nth)
{
    return nth < HALF ? nth : HALF + nth % HALF;
}

void operands_add(struct operands *o, struct operand op)
{
    /* Memory that was never cleared: epoch 0 is that of empty places. */
    if (o->epoch == 0)
        operands_clear(o);
    struct operand_site *s = &o->site[place_of(o, op.site)];
    if (s->epoch != o->epoch) {
        if (o->nsites == SITES_FULL)
            return;
        o->nsites++;
        s->site = op.site;
        s->epoch = o->epoch;
        s->seen = 0;
    }
    op.nth = s->seen;
    uint16_t *slot = &s->slot[slot_of(op.nth)];
    if (op.nth < OPERANDS_PER_SITE) {
        if (o->n == OPERANDS_MAX)
            return;
        *slot = (uint16_t)o->n++;
    }
    s->seen++;
    o->op[*slot] = op;
}

static uint16_t copy(uint8_t *to, const uint8_t *from, size_t size)
{
    size = size < OPERAND_TEXT ? size : OPERAND_TEXT;
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
    return (uint16_t)size;
}

static uint32_t text_slot_of(uint32_t nth)
{
    return nth < OPERAND_TEXTS_MAX ? nth : TEXTS_FIRST + nth % TEXTS_FIRST;
}

static struct operand_text *next_text(struct operands *o, uint64_t site,
                                      uint32_t nth)
{
    struct operand_text *t = &o->text[text_slot_of(o->texts)];
    t->site = site;
    t->nth = nth;
    t->order = o->texts++;
    t->noise = false;
    if (o->ntexts < OPERAND_TEXTS_MAX)
        o->ntexts++;
    return t;
}

void operands_add_text(struct operands *o, enum text_relation relation,
                       bool ends, const void *a, size_t a_size, const void *b,
                       size_t b_size)
{
    struct operand_text *t = next_text(o, 0, o->plain++);
    t->a_size = copy(t->a, a, a_size);
    t->b_size = copy(t->b, b, b_size);
    t->relation = relation;
    t->ends = ends;
}

/* One more than the last text of a site that is kept. */
static uint32_t texts_of(const struct operands *o, uint64_t site)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->ntexts; i++)
        if (o->text[i].site == site && o->text[i].nth >= n)
            n = o->text[i].nth + 1;
    return n;
}

void operands_add_bytes(struct operands *o, uint64_t site, const uint8_t *a,
                        const uint8_t *b, size_t n)
{
    struct operand_text *t = next_text(o, site, texts_of(o, site));
    t->a_size = copy(t->a, a, n);
    t->b_size = copy(t->b, b, n);
    t->relation = TEXT_NUMBER;
    t->ends = false;
}

const struct operand *operands_like(const struct operands *o,
                                    const struct operand *op)
{
    const struct operand_site *s = &o->site[place_of(o, op->site)];
    if (o->epoch == 0 || s->epoch != o->epoch || op->nth >= s->seen)
        return NULL;
    const struct operand *like = &o->op[s->slot[slot_of(op->nth)]];
    return like->nth == op->nth && like->width == op->width ? like : NULL;
}

bool operands_met(const struct operands *o, const struct operand *op,
                  uint64_t value)
{
    const struct operand_site *s = &o->site[place_of(o, op->site)];
    if (o->epoch == 0 || s->epoch != o->epoch)
        return false;
    for (uint32_t i = 0; i < OPERANDS_PER_SITE && i < s->seen; i++) {
        const struct operand *kept = &o->op[s->slot[i]];
        if (kept->a == kept->b && kept->a == value)
            return true;
    }
    return false;
}

static bool is_like(const struct operand_text *a, const struct operand_text *b)
{
    return a->nth == b->nth && a->site == b->site && a->relation == b->relation;
}

const struct operand_text *operands_text_like(const struct operands *o,
                                              const struct operand_text *text)
{
    /* Mostly it is at the same place. */
    uint32_t slot = text_slot_of(text->order);
    if (slot < o->ntexts && is_like(&o->text[slot], text))
        return &o->text[slot];
    for (uint32_t i = 0; i < o->ntexts; i++)
        if (is_like(&o->text[i], text))
            return &o->text[i];
    return NULL;
}

bool operands_beyond(const struct operands *o, const struct operands *other)
{
    for (uint32_t i = 0; i < o->n; i++) {
        const struct operand *op = &o->op[i];
        const struct operand_site *s = &other->site[place_of(other, op->site)];
        if (s->epoch != other->epoch || op->nth >= s->seen)
            return true;
    }
    /* Of too many texts some were not kept. */
    for (uint32_t i = 0; i < o->ntexts && other->texts == other->ntexts; i++)
        if (!operands_text_like(other, &o->text[i]))
            return true;
    return false;
}

void operands_mark_noise(struct operands *o, const struct operands *again)
{
    for (uint32_t i = 0; i < o->n; i++) {
        const struct operand *op = &o->op[i];
        const struct operand *like = operands_like(again, op);
        bool again_same = like && like->a == op->a && like->b == op->b;
        o->op[i].noise = !again_same;
    }
    for (uint32_t i = 0; i < o->ntexts; i++) {
        struct operand_text *t = &o->text[i];
        const struct operand_text *like = operands_text_like(again, t);
        t->noise = !like || like->a_size != t->a_size ||
                   like->b_size != t->b_size ||
                   memcmp(like->a, t->a, t->a_size) != 0 ||
                   memcmp(like->b, t->b, t->b_size) != 0;
    }
}
