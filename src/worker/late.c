/* SPDX-License-Identifier: MIT
 *
 * See late.h. Loading is serialised by the system's loader, so that there is
 * one writer at a time; the thread that scans only reads what an entry's state
 * says is complete.
 */
#include "worker/late.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "platform/segment.h"
#include "worker/finding.h"

/* Places are dealt in pieces of this size. */
#define PIECE  64u
#define PIECES (LATE_CELLS / PIECE)

struct late {
    uint64_t key;   /* of the module's file, and which of its runs this is */
    uint32_t first; /* piece */
    uint32_t count; /* of counters */
    uintptr_t module;
    uint64_t file;
    uintptr_t bias;
    uint8_t *_Atomic start; /* NULL: it is not loaded; written last */
};

static struct late table[SCAN_LATE_MAX];
static _Atomic uint32_t nlate;
static _Atomic bool news;
static _Atomic bool dropped;
static uint64_t departures; /* when the table was last looked through */
static uint32_t first_index;
static bool is_open;

void late_open(uint32_t first)
{
    first_index = first;
    is_open = true;
}

bool late_is_open(void)
{
    return is_open;
}

bool late_has_dropped(void)
{
    return dropped;
}

static uint64_t hash_of_file(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return hash_64(0, name, strlen(name));
}

static uint32_t pieces_of(uint32_t count)
{
    return (count + PIECE - 1) / PIECE;
}

static bool is_free(uint32_t piece, uint32_t pieces)
{
    if (pieces > PIECES - piece)
        return false;
    for (uint32_t i = 0; i < nlate; i++)
        if (piece < table[i].first + pieces_of(table[i].count) &&
            table[i].first < piece + pieces)
            return false;
    return true;
}

/* The first free place from the one the key names on; PIECES: there is none. */
static uint32_t place_for(uint64_t key, uint32_t pieces)
{
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t piece = (uint32_t)((key + i) % PIECES);
        if (is_free(piece, pieces))
            return piece;
    }
    return PIECES;
}

/* The entry of a key, perhaps a new one; NULL if there is no room. */
static struct late *entry_of(uint64_t key, uint32_t count)
{
    uint32_t i = 0;
    while (i < nlate && table[i].key != key)
        i++;
    if (i < nlate)
        return &table[i];
    uint32_t piece =
        count <= LATE_CELLS ? place_for(key, pieces_of(count)) : PIECES;
    if (piece == PIECES || nlate == SCAN_LATE_MAX)
        return NULL;
    table[i] = (struct late){.key = key, .first = piece, .count = count};
    nlate = i + 1;
    return &table[i];
}

void late_add(void *start, uint32_t count, const void *module)
{
    struct segment s;
    if (!segment_find((uintptr_t)module, &s))
        return;
    uint64_t file = hash_of_file(s.path);
    const uint64_t where[] = {file, (uintptr_t)module - s.bias, count};
    struct late *late = entry_of(hash_64(0, where, sizeof where), count);
    if (!late) {
        dropped = true;
        return;
    }
    late->start = NULL;
    late->module = (uintptr_t)module;
    late->file = file;
    late->bias = s.bias;
    late->start = start;
    news = true;
    finding_signs |= FINDING_MODULES;
}

/* Whether the module is still there, and not another in its place. */
static bool is_loaded(const struct late *late)
{
    struct segment s;
    return segment_find(late->module, &s) && s.bias == late->bias &&
           hash_of_file(s.path) == late->file;
}

void late_settle(struct scan *s)
{
    if (nlate == 0)
        return;
    uint64_t now = segment_departures();
    if (now == departures && !news)
        return;
    departures = now;
    news = false;
    scan_forget_late(s);
    for (uint32_t i = 0; i < nlate; i++) {
        struct late *late = &table[i];
        uint8_t *start = late->start;
        if (start && is_loaded(late))
            scan_add_late(s, start, late->count,
                          first_index + late->first * PIECE);
        else
            late->start = NULL;
    }
}
