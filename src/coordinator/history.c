/* SPDX-License-Identifier: MIT
 *
 * See history.h. Suffixes are tried because what matters is most often near;
 * doubling them costs a logarithm of tries, and what is found has at most
 * twice the inputs that delta debugging must then look through.
 */
#include "coordinator/history.h"

#include <stdlib.h>
#include <string.h>

/* Each is a replay of the batch. Large inputs come few at a time, and small
 * ones all at once. */
#define MAX_FETCHES 16

void history_begin(struct history *h, uint64_t execution, uint64_t window)
{
    history_release(h);
    h->unknown = execution;
    h->window = window ? window : 1;
}

static void forget_search(struct history *h)
{
    free(h->tail);
    minimise_free(h->shortest);
    h->tail = NULL;
    h->shortest = NULL;
    h->tried = NULL;
    h->ntried = 0;
}

void history_release(struct history *h)
{
    forget_search(h);
    for (uint32_t i = 0; i < h->count; i++)
        free(h->input[i].packed);
    free(h->input);
    *h = (struct history){0};
}

static bool reserve(struct history *h, uint32_t count)
{
    if (count <= h->capacity)
        return true;
    uint32_t capacity = h->capacity ? h->capacity * 2 : 16;
    if (capacity < count)
        capacity = count;
    struct history_input *input = realloc(h->input, capacity * sizeof *input);
    if (!input)
        return false;
    h->input = input;
    h->capacity = capacity;
    return true;
}

bool history_add(struct history *h, const uint8_t *packed, size_t size)
{
    if (h->count == HISTORY_MAX || size > HISTORY_BYTES_MAX - h->bytes ||
        !reserve(h, h->count + 1))
        return false;
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return false;
    memcpy(copy, packed, size);
    h->input[h->count++] = (struct history_input){copy, size};
    h->bytes += size;
    return true;
}

/* Removes the oldest. */
static void drop_oldest(struct history *h, uint32_t n)
{
    if (n == 0)
        return;
    for (uint32_t i = 0; i < n; i++) {
        h->bytes -= h->input[i].size;
        free(h->input[i].packed);
    }
    h->count -= n;
    memmove(h->input, h->input + n, h->count * sizeof *h->input);
}

void history_older(struct history *h, struct history *older, uint64_t from)
{
    uint32_t surplus = 0;
    size_t bytes = h->bytes + older->bytes;
    while (surplus < older->count &&
           (older->count - surplus + h->count > HISTORY_MAX ||
            bytes > HISTORY_BYTES_MAX))
        bytes -= older->input[surplus++].size;
    drop_oldest(older, surplus);
    /* What was too much, or brought nothing, is the end of the search. */
    h->unknown = surplus || !older->count ? 0 : from;
    if (!reserve(h, h->count + older->count)) {
        h->unknown = 0;
        history_release(older);
        return;
    }
    if (older->count) {
        memmove(h->input + older->count, h->input, h->count * sizeof *h->input);
        memcpy(h->input, older->input, older->count * sizeof *h->input);
    }
    h->count += older->count;
    h->bytes += older->bytes;
    older->count = 0; /* the inputs are ours now */
    history_release(older);
}

/* ---- growing ---- */

/* Executions that a brief search looks at. */
#define BRIEF_WINDOW 64u

/* Names the last n as what is tried. False if memory is refused. */
static bool try_last(struct history *h, uint32_t n)
{
    uint32_t *tail = realloc(h->tail, n * sizeof *tail);
    if (!tail)
        return false;
    for (uint32_t i = 0; i < n; i++)
        tail[i] = h->count - n + i;
    h->tail = tail;
    h->tried = tail;
    h->ntried = n;
    return true;
}

static enum history_step grow(struct history *h, uint64_t *from,
                              uint64_t *until)
{
    uint64_t window =
        h->brief && h->window > BRIEF_WINDOW ? BRIEF_WINDOW : h->window;
    unsigned fetches = h->brief ? 1 : MAX_FETCHES;
    if (h->wanted > h->count && h->unknown && h->fetches < fetches) {
        h->fetches++;
        *until = h->unknown;
        *from = h->unknown > window ? h->unknown - window : 0;
        return HISTORY_FETCH;
    }
    uint32_t n = h->wanted < h->count ? h->wanted : h->count;
    if (n > h->most && try_last(h, n))
        return HISTORY_TRY;
    h->state = HISTORY_NONE;
    return HISTORY_END;
}

static void begin_shortening(struct history *h)
{
    h->state = HISTORY_SHORTEN;
    h->shortest =
        minimise_new((const uint8_t *)h->tried, h->ntried * sizeof *h->tried,
                     sizeof *h->tried, MINIMISE_REMOVE);
}

static void grow_result(struct history *h, bool failed, uint32_t ran)
{
    if (failed && ran == h->ntried) {
        begin_shortening(h);
        return;
    }
    /* It came back before its turn, as when it takes a number of executions of
     * whatever input: then that number is what it needs. */
    if (failed && ran > h->most && !h->early) {
        h->early = h->ntried;
        h->wanted = ran;
        return;
    }
    h->most = h->early ? h->early : h->ntried;
    h->early = 0;
    h->wanted = h->most < HISTORY_MAX / 2 ? h->most * 2 : HISTORY_MAX;
}

/* ---- shortening ---- */

/* Keeps the inputs of a list of rising indexes. */
static void keep(struct history *h, const uint32_t *index, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        if (kept < n && index[kept] == i) {
            h->input[kept++] = h->input[i];
        } else {
            h->bytes -= h->input[i].size;
            free(h->input[i].packed);
        }
    }
    h->count = kept;
}

static void finish(struct history *h)
{
    const uint8_t *best = (const uint8_t *)h->tail;
    size_t size = h->ntried * sizeof(uint32_t);
    if (h->shortest)
        minimise_best(h->shortest, &best, &size);
    keep(h, (const uint32_t *)(const void *)best,
         (uint32_t)(size / sizeof(uint32_t)));
    forget_search(h);
    h->state = HISTORY_FOUND;
}

enum history_step history_next(struct history *h, uint64_t *from,
                               uint64_t *until)
{
    if (!h->wanted)
        h->wanted = 1;
    if (h->state == HISTORY_GROW)
        return grow(h, from, until);
    if (h->state != HISTORY_SHORTEN)
        return HISTORY_END;
    const uint8_t *data;
    size_t size;
    if (h->shortest && minimise_next(h->shortest, &data, &size)) {
        h->tried = (const uint32_t *)(const void *)data;
        h->ntried = (uint32_t)(size / sizeof *h->tried);
        return HISTORY_TRY;
    }
    finish(h);
    return HISTORY_END;
}

void history_result(struct history *h, bool failed, uint32_t ran)
{
    if (h->state == HISTORY_GROW)
        grow_result(h, failed, ran);
    else if (h->state == HISTORY_SHORTEN && h->shortest)
        minimise_result(h->shortest, failed && ran == h->ntried);
}

void history_stop(struct history *h)
{
    if (h->state == HISTORY_SHORTEN)
        finish(h);
    else if (h->state == HISTORY_GROW)
        h->state = HISTORY_NONE;
}
