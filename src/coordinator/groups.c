/* SPDX-License-Identifier: MIT
 *
 * See groups.h.
 */
#include "coordinator/groups.h"

#include <stdlib.h>
#include <string.h>

void groups_release(struct groups *g)
{
    for (uint32_t i = 0; i < g->count; i++)
        failure_free(g->list[i]);
    free(g->list);
    *g = (struct groups){0};
}

bool groups_add(struct groups *g, struct failure *f)
{
    if (g->count == MAX_GROUPS)
        return false;
    if ((g->count & (g->count - 1)) == 0) {
        size_t capacity = g->count ? (size_t)g->count * 2 : 1;
        struct failure **list = realloc(g->list, capacity * sizeof(*list));
        if (!list)
            return false;
        g->list = list;
    }
    if (g->count >= MAX_FAILURES) {
        failure_stop(f);
        f->reported = true;
    }
    g->list[g->count++] = f;
    return true;
}

/* Whether it is no failure, or not yet known to be one. */
static bool is_undecided(const struct failure *f)
{
    return f->dropped || f->state == FAILURE_PROBE || f->state == FAILURE_BLAME;
}

static struct failure *group_of(struct failure *f)
{
    while (f->same_as)
        f = f->same_as;
    return f;
}

struct failure *groups_find(const struct groups *g, const struct verdict *v)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (!is_undecided(g->list[i]) && failure_is(g->list[i], v))
            return group_of(g->list[i]);
    return NULL;
}

struct failure *groups_find_hang(const struct groups *g,
                                 const struct stack *where, enum likeness *how)
{
    struct failure *best = NULL;
    *how = UNLIKE;
    for (uint32_t i = 0; i < g->count; i++) {
        enum likeness like = is_undecided(g->list[i])
                                 ? UNLIKE
                                 : failure_likeness(g->list[i], where);
        if (like <= *how)
            continue;
        *how = like;
        best = group_of(g->list[i]);
    }
    return best;
}

/* Nothing is left to do with it and nothing to be said. */
static bool is_finished(const struct failure *f)
{
    bool silent = f->dropped && !f->watched && !f->verdict.timeout;
    bool said = f->reported || f->same_as || silent;
    return f->state == FAILURE_DONE && said && !f->smaller;
}

static bool is_new(const struct failure *f)
{
    return f->state < FAILURE_MINIMISE ||
           (f->state == FAILURE_DONE && !f->reported);
}

struct failure *groups_next(const struct groups *g)
{
    struct failure *next = NULL;
    for (uint32_t i = 0; i < g->count; i++) {
        struct failure *f = g->list[i];
        if (is_finished(f))
            continue;
        if (failure_is_in_sequence(f))
            return f;
        if (!next || (is_new(f) && !is_new(next)))
            next = f;
    }
    return next;
}

struct failure *groups_join(struct groups *g, struct failure *f,
                            const struct options *opt)
{
    for (uint32_t i = 0; i < g->count; i++) {
        struct failure *other = g->list[i];
        if (other == f || is_undecided(other) || other->same_as ||
            !failure_is(other, &f->verdict))
            continue;
        other->count += f->count;
        (void)failure_offer(other, opt, f->packed, f->size);
        failure_stop(f);
        f->same_as = other;
        if (strcmp(f->name, other->name) != 0)
            failure_unsave(f, opt);
        return other;
    }
    return NULL;
}

bool groups_probe(const struct groups *g)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (g->list[i]->state == FAILURE_PROBE)
            return true;
    return false;
}

bool groups_any(const struct groups *g)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (!g->list[i]->dropped)
            return true;
    return g->beyond > 0;
}

uint32_t groups_count(const struct groups *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->count; i++)
        n += !g->list[i]->dropped && !g->list[i]->same_as;
    return n;
}

uint32_t groups_waiting(const struct groups *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->count; i++)
        n += !is_finished(g->list[i]);
    return n;
}

void groups_stop(struct groups *g)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (!is_finished(g->list[i]))
            failure_stop(g->list[i]);
}
