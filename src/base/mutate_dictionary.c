/* SPDX-License-Identifier: MIT
 *
 * Operators that bring in a token of the dictionary: inserted, or over what is
 * there. They do not apply where there is no dictionary, and now and then
 * where there is one: its first token is empty and stands for "none", with the
 * weight that the others have not earned.
 */
#include "base/mutate_ops.h"

/* Draws a token; NULL for none. */
static const struct token *draw_token(struct edit *e, uint32_t *index)
{
    const struct mutate_tokens *t = &e->m->tokens;
    if (!t->n)
        return NULL;
    *index = alias_pick(t->alias, t->n, &e->m->rng);
    return *index ? &t->token[*index] : NULL;
}

/* Puts a token in at a place, if there is room. */
static bool insert(struct edit *e, uint32_t at, uint32_t *end)
{
    uint32_t index = 0;
    const struct token *t = draw_token(e, &index);
    if (!t || t->size > e->max - e->size)
        return false;
    if (t->size <= PIECE_SIZE) {
        struct piece p = mutate_piece_load(t->bytes);
        (void)mutate_replace(e, at, 0, t->size, &p);
    } else {
        memmove(e->data + at + t->size, e->data + at, e->size - at);
        memcpy(e->data + at, t->bytes, t->size);
        e->size += t->size;
    }
    e->m->tokens.last = index;
    *end = at + t->size;
    return true;
}

/* One in eight is followed by another: words make sentences. */
bool mutate_dictionary_insert(struct edit *e, struct draw d)
{
    uint32_t end = 0;
    if (!insert(e, mutate_high(d.a, e->size + 1), &end))
        return false;
    if (!(d.b & 7))
        (void)insert(e, end, &end);
    return true;
}

/* The token may reach behind the end: what begins late is not cut off. */
bool mutate_dictionary_overwrite(struct edit *e, struct draw d)
{
    uint32_t index = 0;
    const struct token *t = draw_token(e, &index);
    if (!t || t->size > e->max || !e->size)
        return false;
    uint32_t fits = e->size > t->size ? e->size - t->size : 0;
    uint32_t last = mutate_smaller(e->size, e->max - t->size);
    uint32_t at = mutate_high(d.a, (d.a & 0x700 ? fits : last) + 1);
    uint32_t end = at + t->size;
    if (end <= e->size && !memcmp(e->data + at, t->bytes, t->size))
        return false;
    memcpy(e->data + at, t->bytes, t->size);
    e->size = end > e->size ? end : e->size;
    e->m->tokens.last = index;
    return true;
}
