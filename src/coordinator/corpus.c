/* SPDX-License-Identifier: MIT
 *
 * See corpus.h. Weights are in schedule.c.
 */
#include "coordinator/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "coordinator/schedule.h"

/* Address space, not memory: untouched pages cost nothing. */
#if UINTPTR_MAX > UINT32_MAX
#define MAX_COUNTERS (4u << 20)
#define MAX_ENTRIES  (1u << 20)
#define ARENA_SIZE   ((size_t)8 << 30)
#else
#define MAX_COUNTERS (1u << 18)
#define MAX_ENTRIES  (1u << 17)
#define ARENA_SIZE   ((size_t)128 << 20)
#endif
/* Where address space is limited (ulimit -v), less will do; this is the least.
 */
#define ARENA_LEAST ((size_t)32 << 20)

/* A snapshot without news is still worth making now and then, because weights
 * fall as entries are used. */
#define PUBLISH_EVERY_EXECS (1u << 18)

int corpus_init(struct corpus *c, struct thresh_err *err)
{
    struct shared_header plan;
    *c = (struct corpus){.generation = 0};
    int rc = THRESH_ENOMEM;
    for (size_t arena = ARENA_SIZE; rc && arena >= ARENA_LEAST; arena /= 4) {
        size_t size = shared_plan(&plan, MAX_COUNTERS, MAX_ENTRIES,
                                  DICTIONARY_MAX, CORPUS_SLOTS, arena);
        rc = platform_shared_new(&c->memory, "thresh-corpus", size, true, err);
    }
    if (rc)
        return rc;
    memcpy(c->memory.base, &plan, sizeof plan);
    c->header = (struct shared_header *)(void *)c->memory.base;
    return dictionary_init(&c->dictionary, shared_tokens(c->memory.base), err);
}

void corpus_release(struct corpus *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        free(c->entries[i].features);
    free(c->entries);
    free(c->hashes);
    free(c->seen);
    free(c->marks);
    free(c->varies);
    free(c->owner);
    free(c->weights);
    dictionary_release(&c->dictionary);
    platform_shared_free(&c->memory);
    *c = (struct corpus){0};
}

int corpus_set_counters(struct corpus *c, uint32_t counters, uint32_t values,
                        struct thresh_err *err)
{
    uint32_t cells = counters + DEPTH_CELLS;
    if (counters > c->header->max_counters - DEPTH_CELLS)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the target has %u counters, more than %u", counters,
                           c->header->max_counters - DEPTH_CELLS);
    if (c->seen)
        return counters == c->counters
                   ? 0
                   : thresh_fail(err, THRESH_EPROTO,
                                 "a worker has %u counters, another %u; was "
                                 "the binary replaced while it ran?",
                                 counters, c->counters);
    c->counters = counters;
    c->edges_end = counters - values;
    c->cells = cells;
    c->seen = calloc(cells, 1);
    c->owner = calloc((size_t)cells * 8, sizeof *c->owner);
    c->marks = calloc(cells, 1);
    c->varies = calloc(cells, 1);
    if (!c->seen || !c->owner || !c->marks || !c->varies)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for %u counters",
                           counters);
    return 0;
}

/* The place of a hash in the table, or the free one where it belongs. */
static uint32_t hash_place(const struct corpus *c, uint64_t hash)
{
    uint32_t mask = c->hash_capacity - 1;
    uint32_t i = (uint32_t)hash & mask;
    while (c->hashes[i] && c->hashes[i] != hash)
        i = (i + 1) & mask;
    return i;
}

static uint64_t hash_of(const uint8_t *packed, size_t size)
{
    uint64_t hash = hash_64(0, packed, size);
    return hash ? hash : 1;
}

static int grow(struct corpus *c, struct thresh_err *err)
{
    if (c->count < c->capacity)
        return 0;
    if (c->count >= MAX_ENTRIES)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the corpus has reached its limit of %u entries",
                           MAX_ENTRIES);
    uint32_t capacity = c->capacity ? c->capacity * 2 : 256;
    struct entry *entries = realloc(c->entries, capacity * sizeof *entries);
    if (entries)
        c->entries = entries;
    uint32_t *weights = realloc(c->weights, capacity * sizeof *weights);
    if (weights)
        c->weights = weights;
    uint64_t *old = c->hashes;
    uint32_t old_capacity = c->hash_capacity;
    uint64_t *hashes = calloc((size_t)capacity * 2, sizeof *hashes);
    if (!entries || !weights || !hashes) {
        free(hashes);
        return thresh_fail(err, THRESH_ENOMEM,
                           "no memory for a corpus of %u entries", capacity);
    }
    c->capacity = capacity;
    c->hashes = hashes;
    c->hash_capacity = capacity * 2;
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i])
            c->hashes[hash_place(c, old[i])] = old[i];
    free(old);
    return 0;
}

int corpus_add(struct corpus *c, const struct input *in,
               enum entry_origin origin, const char *name, bool *added,
               struct thresh_err *err)
{
    size_t size = input_packed_size(in);
    *added = false;
    int rc = grow(c, err);
    if (rc)
        return rc;
    uint64_t room = (size + 15) & ~(uint64_t)15;
    if (room > c->header->arena_size - c->arena_used)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the corpus has reached its limit of %llu bytes",
                           (unsigned long long)c->header->arena_size);
    uint8_t *packed = shared_arena(c->memory.base) + c->arena_used;
    input_pack(in, packed);
    uint64_t hash = hash_of(packed, size);
    uint32_t place = hash_place(c, hash);
    if (c->hashes[place])
        return 0;
    c->hashes[place] = hash;
    shared_entries(c->memory.base)[c->count] =
        (struct shared_entry){.offset = c->arena_used, .size = (uint32_t)size};
    c->arena_used += room;
    struct entry *e = &c->entries[c->count++];
    *e = (struct entry){.packed = packed,
                        .size = (uint32_t)size,
                        .bytes = (uint32_t)input_bytes(in),
                        .origin = origin};
    (void)snprintf(e->name, sizeof e->name, "%s", name);
    *added = true;
    c->changed = true;
    return 0;
}

bool corpus_is_new(const struct corpus *c, const uint32_t *features, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if ((features[i] & 0xff) & ~c->seen[features[i] >> 8])
            return true;
    return false;
}

static uint32_t bit_count(uint32_t bits)
{
    uint32_t n = 0; /* no builtin: it would call libgcc */
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

/* An entry owns a feature while no cheaper entry has it. */
static void claim(struct corpus *c, uint32_t entry, uint32_t feature)
{
    struct entry *e = &c->entries[entry];
    double price = schedule_price(e);
    for (uint32_t bits = feature & 0xff; bits; bits &= bits - 1) {
        uint32_t *owner = &c->owner[(size_t)(feature >> 8) * 8 +
                                    (uint32_t)__builtin_ctz(bits)];
        if (*owner) {
            struct entry *old = &c->entries[*owner - 1];
            if (schedule_price(old) <= price)
                continue;
            old->owned--;
        }
        *owner = entry + 1;
        e->owned++;
    }
}

static bool is_edge(const struct corpus *c, uint32_t cell)
{
    return cell < c->edges_end;
}

void corpus_set_features(struct corpus *c, uint32_t entry,
                         const uint32_t *features, uint32_t n, uint64_t cost)
{
    struct entry *e = &c->entries[entry];
    if (!e->nfeatures && n) {
        c->units++;
        c->unit_bytes += e->bytes;
        c->longest = e->bytes > c->longest ? e->bytes : c->longest;
    }
    e->cost = cost;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *seen = &c->seen[features[i] >> 8];
        uint32_t bits = features[i] & 0xff;
        c->edges += is_edge(c, features[i] >> 8) && *seen == 0;
        c->features += bit_count(bits & ~(uint32_t)*seen);
        *seen |= (uint8_t)bits;
        claim(c, entry, features[i]);
    }
    free(e->features);
    e->features = n ? malloc(n * sizeof *features) : NULL;
    e->nfeatures = e->features ? n : 0;
    if (e->features)
        memcpy(e->features, features, n * sizeof *features);
    c->changed = true;
}

void corpus_set_time(struct corpus *c, uint32_t entry, uint32_t us)
{
    usual_add(&c->usual, us);
    c->entries[entry].us = us;
}

/* All anew: the first entries were judged when little was known. */
static void judge_times(struct corpus *c)
{
    c->doubtful = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        struct entry *e = &c->entries[i];
        e->slow = usual_is_exceeded(&c->usual, e->us);
        /* What was found has been run more than once. */
        if (e->slow && !e->disabled && !e->timed && e->origin != ENTRY_FOUND)
            c->doubtful = i + 1;
    }
}

uint32_t corpus_take_doubtful(struct corpus *c)
{
    uint32_t doubtful = c->doubtful;
    if (doubtful)
        c->entries[doubtful - 1].timed = true;
    c->doubtful = 0;
    return doubtful;
}

void corpus_timed_again(struct corpus *c, uint32_t entry, uint32_t us)
{
    struct entry *e = &c->entries[entry];
    if (us < e->us)
        e->us = us;
    c->changed = true;
}

/* The bits of an entry's i-th feature that it owns. */
static uint32_t owned_bits(const struct corpus *c, uint32_t entry, uint32_t i)
{
    uint32_t feature = c->entries[entry].features[i];
    const uint32_t *owner = c->owner + (size_t)(feature >> 8) * 8;
    uint32_t owned = 0;
    for (uint32_t bit = 0; bit < 8; bit++)
        owned |= (uint32_t)(owner[bit] == entry + 1) << bit;
    return owned & feature & 0xff;
}

bool corpus_can_replace(const struct corpus *c, uint32_t entry,
                        const uint32_t *features, uint32_t n, uint64_t bytes)
{
    const struct entry *e = &c->entries[entry];
    bool can = !e->disabled && bytes < e->bytes;
    for (uint32_t i = 0; i < n; i++)
        c->marks[features[i] >> 8] = features[i] & 0xff;
    for (uint32_t i = 0; can && i < e->nfeatures; i++)
        can = !(owned_bits(c, entry, i) & ~c->marks[e->features[i] >> 8]);
    for (uint32_t i = 0; i < n; i++)
        c->marks[features[i] >> 8] = 0;
    return can;
}

void corpus_replace(struct corpus *c, uint32_t entry, uint32_t by)
{
    struct entry *old = &c->entries[entry];
    for (uint32_t i = 0; i < old->nfeatures; i++) {
        uint32_t feature = old->features[i];
        for (uint32_t bits = owned_bits(c, entry, i); bits; bits &= bits - 1) {
            c->owner[(size_t)(feature >> 8) * 8 +
                     (uint32_t)__builtin_ctz(bits)] = by + 1;
            c->entries[by].owned++;
        }
    }
    c->units--;
    c->unit_bytes -= old->bytes;
    old->owned = 0;
    old->disabled = true;
    c->entries[by].picks = old->picks;
    c->entries[by].offspring = old->offspring;
    c->entries[by].traced = old->traced;
    c->changed = true;
}

bool corpus_list_owned(struct corpus *c, uint32_t entry, uint64_t *offset,
                       uint32_t *n)
{
    const struct entry *e = &c->entries[entry];
    uint64_t room =
        ((uint64_t)e->owned * sizeof(uint32_t) + 15) & ~(uint64_t)15;
    *offset = c->arena_used;
    *n = 0;
    if (!e->owned || room > c->header->arena_size - c->arena_used)
        return false;
    uint32_t *list =
        (uint32_t *)(void *)(shared_arena(c->memory.base) + *offset);
    for (uint32_t i = 0; i < e->nfeatures; i++) {
        uint32_t owned = owned_bits(c, entry, i);
        if (owned)
            list[(*n)++] = (e->features[i] & ~(uint32_t)0xff) | owned;
    }
    c->arena_used += room;
    return *n > 0;
}

void corpus_mark_unstable(struct corpus *c, const uint32_t *counters,
                          uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *seen = &c->seen[counters[i]];
        bool edge = is_edge(c, counters[i]);
        c->edges += edge && *seen == 0;
        c->features += *seen == 0;
        c->unstable += edge && !c->varies[counters[i]];
        c->varies[counters[i]] = 1;
        *seen = 0xff;
    }
    c->changed |= n > 0;
}

static uint32_t free_slot(const struct corpus *c)
{
    for (uint32_t i = 0; i < CORPUS_SLOTS; i++)
        if (c->slot_users[i] == 0 && (i != c->current || c->generation == 0))
            return i;
    return CORPUS_SLOTS;
}

/* Puts the dictionary into a slot, unless it is there already. */
static void publish_tokens(struct corpus *c, uint32_t slot)
{
    struct dictionary *d = &c->dictionary;
    dictionary_weigh(d);
    shared_slot(c->memory.base, slot)->tokens = d->count;
    if (d->version != c->slot_tokens[slot])
        memcpy(shared_token_alias(c->memory.base, slot), d->alias,
               d->count * sizeof *d->alias);
    c->slot_tokens[slot] = d->version;
}

uint32_t corpus_publish(struct corpus *c, bool force)
{
    bool changed = c->changed || c->dictionary.changed;
    if (!force && !changed && c->execs_since_publish < PUBLISH_EVERY_EXECS)
        return c->current;
    uint32_t slot = free_slot(c);
    if (slot == CORPUS_SLOTS)
        return c->current;
    struct shared_slot *snapshot = shared_slot(c->memory.base, slot);
    snapshot->generation = ++c->generation;
    snapshot->entries = c->count;
    if (c->seen)
        memcpy(shared_seen(c->memory.base, slot), c->seen, c->cells);
    judge_times(c);
    schedule_weigh(c->entries, c->count, c->weights);
    alias_build(shared_alias(c->memory.base, slot), c->weights, c->count);
    publish_tokens(c, slot);
    c->current = slot;
    c->changed = false;
    c->execs_since_publish = 0;
    return slot;
}

void corpus_slot_take(struct corpus *c, uint32_t slot)
{
    c->slot_users[slot]++;
}

void corpus_slot_done(struct corpus *c, uint32_t slot, uint64_t execs)
{
    c->slot_users[slot]--;
    c->execs_since_publish += execs;
    dictionary_spend(&c->dictionary, execs);
    schedule_spend(c->entries, shared_slot(c->memory.base, slot)->entries,
                   c->weights, execs);
}
