/* SPDX-License-Identifier: MIT
 *
 * Texts that lie in the bytes of an argument: whole, up to the end of the
 * argument, or with their beginning; and texts that are looked for in others.
 * See solve_parts.h.
 */
#include <string.h>

#include "base/solve_parts.h"

/* So much of a text's beginning is enough to know it by. */
#define BEGINNING 4u
/* So much of a long text says where the text it is looked for in begins. */
#define HAY 16u

static uint8_t fold(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool equal(const uint8_t *a, const uint8_t *b, uint32_t n, bool folded)
{
    if (!folded)
        return n == 0 || memcmp(a, b, n) == 0;
    for (uint32_t i = 0; i < n; i++)
        if (fold(a[i]) != fold(b[i]))
            return false;
    return true;
}

static struct text_track track(const struct solve *s,
                               const struct operand_text *text, bool of_b)
{
    struct text_track t = {
        .want = of_b ? text->a : text->b,
        .want_size = of_b ? text->a_size : text->b_size,
        .relation = text->relation,
        .ends = text->ends,
    };
    for (uint32_t r = 0; r < s->nruns; r++) {
        const struct operand_text *like =
            r ? operands_text_like(s->run[r].o, text) : text;
        if (!like)
            continue;
        t.x[r] = of_b ? like->b : like->a;
        t.size[r] = of_b ? like->b_size : like->a_size;
        t.have |= 1u << r;
        t.same |= (uint32_t)s->run[r].same << r;
        t.moves |=
            t.size[r] != t.size[0] || memcmp(t.x[r], t.x[0], t.size[0]) != 0;
    }
    return t;
}

/* Whether the texts of all runs that did the same stand at a place, each as
 * far as the argument goes, but at most `most` bytes of it. */
static bool stands(const struct solve *s, uint32_t arg,
                   const struct text_track *t, uint32_t at, uint32_t most)
{
    for (uint32_t r = 0; r < s->nruns; r++) {
        const struct span *data = &s->run[r].in->arg[arg];
        uint32_t n = t->size[r] < most ? t->size[r] : most;
        if (!(t->same >> r & 1))
            continue;
        if (n > data->size - at)
            n = data->size - at;
        if (!equal(data->data + at, t->x[r], n, t->relation == TEXT_FOLDED))
            return false;
    }
    return true;
}

/* The run with the longest text, but rather not the entry's. */
static uint32_t telling_run(const struct solve *s, const struct text_track *t)
{
    uint32_t best = 0;
    for (uint32_t r = 1; r < s->nruns; r++)
        if ((t->same >> r & 1) && t->size[r] >= t->size[best] &&
            (t->size[r] != t->size[0] ||
             memcmp(t->x[r], t->x[0], t->size[0]) != 0))
            best = r;
    return best;
}

/* The wanted text in place of the one at a place: over what is there, in its
 * place, with an end. */
static void add_text(struct solve *s, uint32_t arg, const struct text_track *t,
                     uint32_t at, bool sure)
{
    enum solve_rank rank = sure ? SOLVE_SURE : SOLVE_GUESS;
    enum solve_rank next = sure ? SOLVE_LIKELY : SOLVE_RARE;
    uint32_t n = t->want_size;
    uint8_t ended[OPERAND_TEXT + 1];
    memcpy(ended, t->want, n);
    ended[n] = 0;
    if (sure)
        (void)solve_add_exact(s, rank, arg, at, ended, n);
    else
        (void)solve_add_bytes(s, rank, arg, at, n, ended, n);
    if (t->ends)
        (void)solve_add_bytes(s, rank, arg, at, n + 1, ended, n + 1);
    if (n != t->size[0]) {
        (void)solve_add_bytes(s, next, arg, at, t->size[0], ended, n);
        if (t->ends)
            (void)solve_add_bytes(s, next, arg, at, t->size[0], ended, n + 1);
    }
    /* The rest may have to go, too. */
    (void)solve_add_bytes(s, next, arg, at, s->in->arg[arg].size, ended, n);
}

/* Places of a text, of which at least `least` bytes must stand there. */
static unsigned match_places(struct solve *s, uint32_t arg,
                             const struct text_track *t, uint32_t least,
                             uint32_t most)
{
    uint32_t run = telling_run(s, t);
    const struct span *data = &s->run[run].in->arg[arg];
    unsigned places = 0;
    bool folded = t->relation == TEXT_FOLDED;
    if (least == 0 || t->size[run] < least)
        return 0;
    for (uint32_t at = 0; at + least <= data->size && places < PLACES; at++) {
        uint8_t byte = data->data[at];
        uint8_t wanted = t->x[run][0];
        if ((folded ? fold(byte) != fold(wanted) : byte != wanted) ||
            !equal(data->data + at, t->x[run], least, folded) ||
            !stands(s, arg, t, at, most))
            continue;
        add_text(s, arg, t, at, run != 0);
        places++;
    }
    return run ? places : 0;
}

static void match_side(struct solve *s, uint32_t arg,
                       const struct text_track *t)
{
    uint32_t run = telling_run(s, t);
    uint32_t size = t->size[run];
    uint32_t some = size < BEGINNING ? size : BEGINNING;
    const struct span *data = &s->in->arg[arg];
    /* Nothing at all is had by an argument that is empty or begins with a
     * NUL. */
    if (size == 0 && t->want_size && (data->size == 0 || data->data[0] == 0))
        (void)solve_add_bytes(s, SOLVE_GUESS, arg, 0, data->size, t->want,
                              t->want_size);
    bool found =
        match_places(s, arg, t, some, OPERAND_TEXT) ||
        (size > BEGINNING && match_places(s, arg, t, BEGINNING, BEGINNING));
    if (!found && t->moves)
        solve_text_function(s, arg, t);
}

/* ---- texts that are looked for ---- */

/* Puts the needle where the hay begins, and at the end. */
static void match_needle(struct solve *s, uint32_t arg,
                         const struct operand_text *text)
{
    struct text_track hay = track(s, text, false);
    const struct span *data = &s->in->arg[arg];
    uint32_t n = text->b_size;
    uint32_t some = hay.size[0] < HAY ? hay.size[0] : HAY;
    uint32_t at = 0;
    hay.relation = TEXT_EQUAL;
    while (at + some <= data->size && !stands(s, arg, &hay, at, HAY))
        at++;
    if (at + some > data->size)
        return;
    (void)solve_add_bytes(s, SOLVE_LIKELY, arg, at, n, text->b, n);
    (void)solve_add_bytes(s, SOLVE_LIKELY, arg, at, 0, text->b, n);
    (void)solve_add_bytes(s, SOLVE_GUESS, arg, data->size, 0, text->b, n);
    if (n < data->size)
        (void)solve_add_bytes(s, SOLVE_GUESS, arg, data->size - n, n, text->b,
                              n);
    (void)solve_add_bytes(s, SOLVE_GUESS, arg, at, data->size, text->b, n);
}

void solve_match_text(struct solve *s, uint32_t arg,
                      const struct operand_text *text)
{
    if (text->noise)
        return;
    if (text->relation == TEXT_FOUND) {
        match_needle(s, arg, text);
        return;
    }
    if (text->a_size == text->b_size &&
        equal(text->a, text->b, text->a_size, text->relation == TEXT_FOLDED))
        return;
    struct text_track a = track(s, text, false);
    struct text_track b = track(s, text, true);
    /* What does not change with the input did not come from it. */
    if (a.moves || !b.moves)
        match_side(s, arg, &a);
    if (b.moves || !a.moves)
        match_side(s, arg, &b);
}
