/* SPDX-License-Identifier: MIT
 *
 * See outbox.h.
 */
#include "worker/outbox.h"

#include <string.h>

void outbox_init(struct outbox *o, struct region *region)
{
    o->region = region;
    o->base = (uint8_t *)region + region->outbox_offset;
    o->size = region->outbox_size;
    outbox_clear(o);
}

void outbox_clear(struct outbox *o)
{
    o->used = 0;
    o->records = 0;
    atomic_store_explicit(&o->region->outbox_used, 0, memory_order_release);
}

bool outbox_is_full(const struct outbox *o)
{
    return o->used > o->size / 2;
}

/* Counts the features and unstable counters of a profile. */
static void count(const struct profile *p, uint32_t *nfeatures,
                  uint32_t *nunstable)
{
    *nfeatures = *nunstable = 0;
    for (uint32_t i = 0; i < p->nhit; i++) {
        uint8_t bits;
        enum profile_stability s = profile_at(p, p->hit[i], &bits);
        *nfeatures += s != PROFILE_HIT_VARIES;
        *nunstable += s != PROFILE_STABLE;
    }
}

/* Makes the record that was just written one of the outbox. */
static void complete(struct outbox *o, uint32_t size)
{
    o->used += size;
    atomic_store_explicit(&o->region->outbox_used, o->used,
                          memory_order_release);
}

void outbox_add(struct outbox *o, const struct profile *p,
                const struct find_origin *origin, const struct input *in)
{
    uint32_t nfeatures, nunstable;
    count(p, &nfeatures, &nunstable);
    size_t input_size = in ? input_packed_size(in) : 0;
    size_t bare = find_record_size(input_size, 0, 0);
    if (bare > o->size - o->used)
        return;
    size_t room = (o->size - o->used - bare) / sizeof(uint32_t);
    if (nunstable > room)
        nunstable = (uint32_t)room;
    if (nfeatures > room - nunstable)
        nfeatures = (uint32_t)(room - nunstable);
    struct find_header h = {
        .size = (uint32_t)find_record_size(input_size, nfeatures, nunstable),
        .flags = origin->flags,
        .parent = origin->parent,
        .input_size = (uint32_t)input_size,
        .nfeatures = nfeatures,
        .nunstable = nunstable,
        .cost = p->runs ? p->cost / p->runs : 0,
        .us = p->us,
        .token = origin->token,
        .trail = origin->trail,
    };
    uint8_t *at = o->base + o->used;
    memcpy(at, &h, sizeof h);
    if (in)
        input_pack(in, at + sizeof h);
    uint32_t *feature =
        (uint32_t *)(void *)(at + h.size) - (nfeatures + nunstable);
    uint32_t *unstable = feature + nfeatures;
    uint32_t f = 0, u = 0;
    for (uint32_t i = 0; i < p->nhit; i++) {
        uint8_t bits;
        uint32_t index = p->hit[i];
        enum profile_stability s = profile_at(p, index, &bits);
        if (s != PROFILE_HIT_VARIES && f < nfeatures)
            feature[f++] = index << 8 | bits;
        if (s != PROFILE_STABLE && u < nunstable)
            unstable[u++] = index;
    }
    o->records++;
    complete(o, h.size);
}

void outbox_add_input(struct outbox *o, const struct input *in)
{
    size_t input_size = input_packed_size(in);
    struct find_header h = {
        .size = (uint32_t)find_record_size(input_size, 0, 0),
        .flags = FIND_RECORDED,
        .input_size = (uint32_t)input_size,
    };
    if (h.size > o->size - o->used)
        return;
    uint8_t *at = o->base + o->used;
    memcpy(at, &h, sizeof h);
    input_pack(in, at + sizeof h);
    o->records++;
    complete(o, h.size);
}

void outbox_add_tokens(struct outbox *o, const uint8_t *list, size_t size,
                       uint32_t parent)
{
    struct find_header h = {
        .size = (uint32_t)find_record_size(size, 0, 0),
        .flags = FIND_TOKENS,
        .parent = parent,
        .input_size = (uint32_t)size,
    };
    if (h.size > o->size - o->used)
        return;
    uint8_t *at = o->base + o->used;
    memcpy(at, &h, sizeof h);
    memcpy(at + sizeof h, list, size);
    complete(o, h.size);
}
