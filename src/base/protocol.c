/* SPDX-License-Identifier: MIT
 *
 * See protocol.h.
 */
#include "base/protocol.h"

#include <string.h>

#include "base/copy.h"

#define PAGE       4096u
#define OUTBOX_MIN ((size_t)4 << 20)

/* The most that a system tells of an end. */
#define SIGNAL_MAX    127u
#define EXIT_CODE_MAX 255u

static uint64_t round_up(uint64_t n)
{
    return (n + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

size_t shared_plan(struct shared_header *header, uint32_t max_counters,
                   uint32_t max_entries, uint32_t max_tokens, uint32_t slots,
                   size_t arena_size)
{
    *header = (struct shared_header){
        .magic = PROTOCOL_MAGIC,
        .version = PROTOCOL_VERSION,
        .max_counters = (uint32_t)round_up(max_counters),
        .max_entries = max_entries,
        .max_tokens = max_tokens,
        .slots = slots,
        .arena_size = round_up(arena_size),
    };
    header->entries_offset = round_up(sizeof *header);
    header->tokens_offset = round_up(header->entries_offset +
                                     max_entries * sizeof(struct shared_entry));
    header->slots_offset =
        round_up(header->tokens_offset + max_tokens * sizeof(struct token));
    header->slot_size = round_up(64 + (uint64_t)header->max_counters +
                                 ((uint64_t)max_entries + max_tokens) *
                                     sizeof(struct alias_place));
    header->arena_offset = header->slots_offset + slots * header->slot_size;
    header->total_size =
        header->arena_offset + header->arena_size + round_up(COPY_SLACK);
    return header->total_size;
}

size_t region_plan(struct region *region, size_t input_max)
{
    size_t outbox = input_max > OUTBOX_MIN / 4 ? input_max * 4 : OUTBOX_MIN;
    region->magic = PROTOCOL_MAGIC;
    region->version = PROTOCOL_VERSION;
    region->input_offset = REGION_HEADER_SIZE;
    region->input_max = round_up(input_max + COPY_SLACK);
    region->outbox_offset = region->input_offset + region->input_max;
    region->outbox_size = round_up(outbox);
    return region->outbox_offset + region->outbox_size;
}

void last_words_check(struct last_words *copy)
{
    if (copy->kind >= LAST_WORDS_KINDS)
        copy->kind = LAST_WORDS_NONE;
    if (copy->nframes > LAST_WORDS_FRAMES)
        copy->nframes = 0;
    for (uint32_t i = 0; i < copy->nframes; i++)
        if (copy->frame[i].module >= LAST_WORDS_MODULES)
            copy->frame[i].module = LAST_WORDS_NO_MODULE;
    for (size_t i = 0; i < LAST_WORDS_MODULES; i++)
        copy->module[i][LAST_WORDS_PATH - 1] = 0;
    copy->text[LAST_WORDS_TEXT - 1] = 0;
}

static bool hello_is_sane(const struct reply *reply)
{
    if (reply->nargs == 0 || reply->nargs > INPUT_MAX_ARGS ||
        reply->values > reply->counters)
        return false;
    for (uint32_t i = 0; i < reply->nargs; i++)
        if (reply->kind[i] >= KIND_COUNT)
            return false;
    return true;
}

bool reply_is_sane(const struct reply *reply, const struct request *request)
{
    if (reply->magic != PROTOCOL_MAGIC || reply->version != PROTOCOL_VERSION ||
        reply->id != request->id || reply->status < REPLY_OK ||
        reply->status > REPLY_REFUSED)
        return false;
    if (reply->status == REPLY_REFUSED)
        return request->kind != REQUEST_FORK;
    switch (request->kind) {
    case REQUEST_HELLO:
        return hello_is_sane(reply);
    case REQUEST_FORK:
        return reply->status == REPLY_OK;
    case REQUEST_LEAVE:
        return false;
    case REQUEST_ENTRIES:
        return reply->done <= request->count && reply->execs <= request->limit;
    case REQUEST_BATCH:
        return reply->execs <= request->count &&
               reply->traced <= reply->execs &&
               reply->recorded <= reply->execs &&
               reply->probe_runs <= reply->execs &&
               reply->done <= request->traces;
    default:
        return reply->execs <= request->count;
    }
}

bool reply_is_end(const struct reply *reply, uint64_t id)
{
    uint32_t most = reply->flags & REPLY_SIGNALLED ? SIGNAL_MAX : EXIT_CODE_MAX;
    return reply->magic == PROTOCOL_MAGIC &&
           reply->version == PROTOCOL_VERSION && reply->status == REPLY_ENDED &&
           reply->id == id && reply->done <= most;
}

static size_t align4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

size_t find_record_size(size_t input_size, size_t nfeatures, size_t nunstable)
{
    return sizeof(struct find_header) + align4(input_size) +
           (nfeatures + nunstable) * sizeof(uint32_t);
}

static bool find_lists_are_sane(const struct find *find, uint32_t counters)
{
    for (uint32_t i = 0; i < find->nfeatures; i++)
        if (find->features[i] >> 8 >= counters || !(find->features[i] & 0xff))
            return false;
    for (uint32_t i = 0; i < find->nunstable; i++)
        if (find->unstable[i] >= counters)
            return false;
    return true;
}

bool find_take(struct find *find, uint8_t *outbox, size_t size, size_t *at,
               const struct signature *sig, uint32_t counters, uint32_t entries,
               uint32_t tokens, bool *lie)
{
    struct find_header h;
    *lie = false;
    if (*at == size)
        return false;
    *lie = true;
    if (size - *at < sizeof h)
        return false;
    memcpy(&h, outbox + *at, sizeof h);
    if (h.size > size - *at || h.nfeatures > h.size || h.nunstable > h.size ||
        h.input_size > h.size ||
        find_record_size(h.input_size, h.nfeatures, h.nunstable) != h.size)
        return false;
    *find = (struct find){.flags = h.flags,
                          .parent = h.parent,
                          .cost = h.cost,
                          .token = h.token,
                          .us = h.us,
                          .trail = h.trail};
    find->packed = outbox + *at + sizeof h;
    find->packed_size = h.input_size;
    find->features =
        (const uint32_t *)(const void *)(find->packed + align4(h.input_size));
    find->nfeatures = h.nfeatures;
    find->unstable = find->features + h.nfeatures;
    find->nunstable = h.nunstable;
    bool baseline = h.flags & FIND_BASELINE;
    if ((baseline || entries) && h.parent >= entries)
        return false;
    if (h.token && h.token >= tokens)
        return false;
    if (h.input_size && !(h.flags & FIND_TOKENS) &&
        (!input_unpack(&find->input, sig->nargs, find->packed, h.input_size) ||
         !input_fits(&find->input, sig)))
        return false;
    if (!find_lists_are_sane(find, counters))
        return false;
    *at += h.size;
    *lie = false;
    return true;
}
