/* SPDX-License-Identifier: MIT
 *
 * See dictionary.h.
 */
#include "coordinator/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct token_merit {
    enum token_origin origin;
    uint32_t finds;
    bool retired; /* not drawn any more */
    double uses;  /* how often it was put in, as estimated */
};

/* What the tokens of an origin share while they are as good as expected, in
 * parts of WHOLE; what is left over is the empty token's. */
static const double shares[TOKEN_ORIGINS] = {8, 4, 1};
#define WHOLE 8.0

/* Tokens of an origin at most. Of those compared the oldest make way. */
static const uint32_t limits[TOKEN_ORIGINS] = {8192, 1024, 2048};

/* Weights are 32-bit integers; all of them together are about this. */
#define UNIT 1073741824.0

/* bench/EXPERIMENTS.md says what these were measured to do. Uses without a find after which a token's weight has halved; and its bounds,
 * in parts of what is expected. The user's word is not given up so far. */
#define PATIENCE         16384.0
#define MERIT_LEAST      0.0625
#define MERIT_LEAST_USER 0.25
#define MERIT_MOST       16.0

/* One execution in so many puts a token in, roughly. */
#define EXECS_PER_USE 8.0

/* Without news the weights are still made anew now and then. */
#define REFRESH_EXECS (1u << 18)

#define HASHES (2 * DICTIONARY_MAX)

int dictionary_init(struct dictionary *d, struct token *token,
                    struct thresh_err *err)
{
    *d = (struct dictionary){.token = token};
    d->merit = calloc(DICTIONARY_MAX, sizeof *d->merit);
    d->hashes = calloc(HASHES, sizeof *d->hashes);
    d->weights = calloc(DICTIONARY_MAX, sizeof *d->weights);
    d->alias = calloc(DICTIONARY_MAX, sizeof *d->alias);
    if (!d->merit || !d->hashes || !d->weights || !d->alias)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for a dictionary");
    return 0;
}

void dictionary_release(struct dictionary *d)
{
    free(d->merit);
    free(d->hashes);
    free(d->weights);
    free(d->alias);
    *d = (struct dictionary){0};
}

/* The place of a token's hash, with the token's index, or a free one. */
static uint64_t *place_of(struct dictionary *d, const struct token *token)
{
    uint64_t hash = hash_64(0, token->bytes, token->size);
    uint64_t *place;
    for (uint32_t i = (uint32_t)hash;; i++) {
        place = &d->hashes[i % HASHES];
        const struct token *t = &d->token[*place];
        if (!*place || (t->size == token->size &&
                        memcmp(t->bytes, token->bytes, t->size) == 0))
            return place;
    }
}

/* Makes room for one more of an origin: the oldest that has found nothing is
 * not drawn any more. */
static bool make_way(struct dictionary *d, enum token_origin origin)
{
    if (d->alive[origin] < limits[origin])
        return true;
    if (origin != TOKEN_COMPARED)
        return false;
    for (uint32_t i = 1; i < d->count; i++) {
        struct token_merit *m = &d->merit[i];
        if (m->origin != origin || m->retired || m->finds)
            continue;
        m->retired = true;
        d->alive[origin]--;
        return true;
    }
    return false;
}

/* A token that is known may be known better. */
static void upgrade(struct dictionary *d, struct token_merit *m,
                    enum token_origin origin)
{
    if (m->origin <= origin || !make_way(d, origin))
        return;
    d->alive[m->origin] -= !m->retired;
    d->alive[origin]++;
    m->retired = false;
    m->origin = origin;
    d->changed = true;
}

bool dictionary_add(struct dictionary *d, const struct token *token,
                    enum token_origin origin)
{
    if (!token->size)
        return false;
    if (!d->count)
        d->token[d->count++] = (struct token){.size = 0};
    uint64_t *place = place_of(d, token);
    if (*place) {
        upgrade(d, &d->merit[*place], origin);
        return false;
    }
    if (d->count == DICTIONARY_MAX || !make_way(d, origin))
        return false;
    *place = d->count;
    d->token[d->count] = *token;
    d->merit[d->count++] = (struct token_merit){.origin = origin};
    d->alive[origin]++;
    d->changed = true;
    return true;
}

void dictionary_credit(struct dictionary *d, uint32_t index)
{
    if (index == 0 || index >= d->count)
        return;
    struct token_merit *m = &d->merit[index];
    m->finds++;
    d->changed = true;
    /* One that pays stands no longer for all that lie about. */
    upgrade(d, m, TOKEN_COMPARED);
}

bool dictionary_is_users(const struct dictionary *d, uint32_t index)
{
    return index && index < d->count && d->merit[index].origin == TOKEN_OF_USER;
}

void dictionary_spend(struct dictionary *d, uint64_t execs)
{
    d->spent += execs;
}

/* Spreads the executions spent over the tokens by the weights they had. */
static void spread(struct dictionary *d)
{
    double total = 0;
    for (uint32_t i = 0; i < d->count; i++)
        total += d->weights[i];
    if (total > 0)
        for (uint32_t i = 1; i < d->count; i++)
            d->merit[i].uses +=
                (double)d->spent / EXECS_PER_USE * d->weights[i] / total;
    d->spent = 0;
}

static double merit_of(const struct token_merit *m)
{
    double merit = (1.0 + 4.0 * m->finds) / (1.0 + m->uses / PATIENCE);
    double least = m->origin == TOKEN_OF_USER ? MERIT_LEAST_USER : MERIT_LEAST;
    if (merit < least)
        return least;
    return merit > MERIT_MOST ? MERIT_MOST : merit;
}

void dictionary_weigh(struct dictionary *d)
{
    if (!d->count || (!d->changed && d->spent < REFRESH_EXECS))
        return;
    spread(d);
    double sum = 0;
    for (uint32_t i = 1; i < d->count; i++) {
        const struct token_merit *m = &d->merit[i];
        double part = shares[m->origin] / WHOLE / d->alive[m->origin];
        double weight = m->retired ? 0 : part * merit_of(m);
        sum += weight;
        weight *= UNIT / (MERIT_MOST * 2);
        d->weights[i] = m->retired ? 0 : (uint32_t)weight + 1;
    }
    double rest = sum < 1 ? 1 - sum : 0;
    d->weights[0] = (uint32_t)(rest * UNIT / (MERIT_MOST * 2));
    alias_build(d->alias, d->weights, d->count);
    d->version++;
    d->changed = false;
}
