/* SPDX-License-Identifier: MIT
 *
 * See minimise.h. A candidate is built in a second buffer and becomes the best
 * by exchanging the two.
 *
 *     EMPTY -> REMOVE -> (again while a round removed something) -> SIMPLIFY
 *
 * Removal goes from the end to the front, because what is behind the bytes
 * that matter is seldom needed. A chunk size that keeps k chunks leaves 2k of
 * the next size to be tried, so scattered bytes cost a logarithm each, and the
 * worst round, in which nothing can go, two tries a byte.
 */
#include "base/minimise.h"

#include <stdlib.h>
#include <string.h>

/* Rounds of removal at most: that a later one finds much is rare. */
#define MAX_ROUNDS 8

/* Tries of simplification at most: so many, and so many for each byte. It
 * improves the reading and no more, so it must not cost more than removal. */
#define SIMPLIFY_TRIES          1024
#define SIMPLIFY_TRIES_PER_BYTE 2

/* What bytes are simplified to, the plainest first. A byte in this list is
 * replaced only by one before it. */
static const uint8_t plain[] = {'0', 0, ' ', 'A', 'a', '1'};

enum stage { STAGE_EMPTY, STAGE_REMOVE, STAGE_SIMPLIFY, STAGE_DONE };

void minimise_begin(struct minimise *m, uint8_t *buffer, uint8_t *other,
                    const uint8_t *data, size_t size, size_t unit,
                    enum minimise_mode mode)
{
    *m = (struct minimise){
        .unit = unit, .mode = mode, .best = buffer, .candidate = other};
    if (size)
        memcpy(m->best, data, size);
    m->best_size = size / unit;
    m->stage = m->best_size ? STAGE_EMPTY : STAGE_DONE;
}

struct minimise *minimise_new(const uint8_t *data, size_t size, size_t unit,
                              enum minimise_mode mode)
{
    struct minimise *m = malloc(sizeof *m);
    uint8_t *buffer = malloc(size ? size : 1);
    uint8_t *other = malloc(size ? size : 1);
    if (!m || !buffer || !other) {
        free(m);
        free(buffer);
        free(other);
        return NULL;
    }
    minimise_begin(m, buffer, other, data, size, unit, mode);
    return m;
}

void minimise_free(struct minimise *m)
{
    if (!m)
        return;
    free(m->best);
    free(m->candidate);
    free(m);
}

static size_t half(size_t n)
{
    return n - n / 2;
}

static void begin_round(struct minimise *m)
{
    m->stage = STAGE_REMOVE;
    m->improved = false;
    m->rounds++;
    m->chunk = half(m->best_size);
    m->place = m->best_size;
}

static void begin_simplify(struct minimise *m)
{
    m->stage = STAGE_SIMPLIFY;
    /* Sizes that make this overflow don't fit in memory twice. */
    m->tries_left = SIMPLIFY_TRIES + SIMPLIFY_TRIES_PER_BYTE * m->best_size;
    m->chunk = m->best_size;
    m->place = 0;
    m->fill = 0;
}

/* The chunks of this size are through: half the size, or the next round. */
static void end_removals(struct minimise *m)
{
    if (m->chunk > 1) {
        m->chunk = half(m->chunk);
        m->place = m->best_size;
    } else if (m->improved && m->rounds < MAX_ROUNDS) {
        begin_round(m);
    } else if (m->mode == MINIMISE_SIMPLIFY) {
        begin_simplify(m);
    } else {
        m->stage = STAGE_DONE;
    }
}

/* Proposes to remove the chunk before the place. False at the front, and
 * where nothing would be left: that was tried as EMPTY. */
static bool propose_removal(struct minimise *m)
{
    size_t start = m->place > m->chunk ? m->place - m->chunk : 0;
    size_t behind = m->best_size - m->place;
    if (!m->place || start + behind == 0)
        return false;
    memcpy(m->candidate, m->best, start * m->unit);
    memcpy(m->candidate + start * m->unit, m->best + m->place * m->unit,
           behind * m->unit);
    m->candidate_size = start + behind;
    m->place = start;
    return true;
}

/* How plain a byte is: 0 is plainest. */
static size_t rank(uint8_t c)
{
    size_t i = 0;
    while (i < sizeof plain && plain[i] != c)
        i++;
    return i;
}

/* Makes the bytes from start to end plain that are less so than the fill, in
 * the candidate. False if there are none. */
static bool fill_chunk(struct minimise *m, size_t start, size_t end)
{
    bool changed = false;
    for (size_t i = start; i < end; i++) {
        if (rank(m->best[i]) > m->fill) {
            m->candidate[i] = plain[m->fill];
            changed = true;
        }
    }
    return changed;
}

/* Proposes the next chunk that the fill changes. False behind the last. */
static bool propose_fill(struct minimise *m)
{
    memcpy(m->candidate, m->best, m->best_size);
    m->candidate_size = m->best_size;
    while (m->place < m->best_size) {
        size_t rest = m->best_size - m->place;
        size_t end = m->place + (rest < m->chunk ? rest : m->chunk);
        bool changed = fill_chunk(m, m->place, end);
        m->place = end;
        if (changed)
            return true;
    }
    return false;
}

/* The chunks are through with this fill: the next fill, or half the size. All
 * fills have their turn in large chunks before tries run out in small ones. */
static void end_fills(struct minimise *m)
{
    m->place = 0;
    m->fill++;
    if (m->fill < sizeof plain)
        return;
    m->fill = 0;
    if (m->chunk > 1)
        m->chunk = half(m->chunk);
    else
        m->stage = STAGE_DONE;
}

/* Takes a step in the current stage. True if it made a candidate. */
static bool advance(struct minimise *m)
{
    switch ((enum stage)m->stage) {
    case STAGE_EMPTY:
        m->candidate_size = 0;
        begin_round(m);
        return true;
    case STAGE_REMOVE:
        if (propose_removal(m))
            return true;
        end_removals(m);
        return false;
    case STAGE_SIMPLIFY:
        if (!m->tries_left) {
            m->stage = STAGE_DONE;
            return false;
        }
        if (propose_fill(m)) {
            m->tries_left--;
            return true;
        }
        end_fills(m);
        return false;
    case STAGE_DONE:
        break;
    }
    return false;
}

bool minimise_next(struct minimise *m, const uint8_t **data, size_t *size)
{
    m->pending = false;
    while (!m->pending && m->stage != STAGE_DONE)
        m->pending = advance(m);
    if (!m->pending)
        return false;
    *data = m->candidate;
    *size = m->candidate_size * m->unit;
    return true;
}

void minimise_result(struct minimise *m, bool still_fails)
{
    if (!m->pending)
        return;
    m->pending = false;
    if (!still_fails)
        return;
    uint8_t *was = m->best;
    m->best = m->candidate;
    m->candidate = was;
    if (m->candidate_size < m->best_size)
        m->improved = true;
    m->best_size = m->candidate_size;
    if (!m->best_size)
        m->stage = STAGE_DONE;
}

void minimise_best(const struct minimise *m, const uint8_t **data, size_t *size)
{
    *data = m->best;
    *size = m->best_size * m->unit;
}
