/* SPDX-License-Identifier: MIT
 *
 * Where an argument's bytes lie while the target runs: so that a read past
 * their end is caught without an allocation for each execution.
 *
 *   plain build     against an inaccessible page: data + size is the page
 *   UBSan alone     as near to it as 16-byte alignment allows, because UBSan
 *                   would report the misalignment as the target's
 *   ASan            16-byte aligned, with everything around it poisoned
 *   ASan, exact     a heap block of exactly the size, for re-runs of failures,
 *                   so that the report reads heap-buffer-overflow
 *
 * A function of libFuzzer's kind may look at a byte of the empty input: a heap
 * block of no bytes has one, harnesses that read it are common, and theirs is
 * not the bug that is looked for. It reads 0.
 *
 * A place belongs to the worker for the life of the process.
 */
#ifndef THRESH_WORKER_PLACE_H
#define THRESH_WORKER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/copy.h"
#include "base/kind.h"

enum place_mode {
    PLACE_FLUSH,
    PLACE_ALIGNED,
    PLACE_POISONED,
};

struct place {
    uint8_t *area;
    uint8_t *end;   /* of the area, where the guard page begins */
    size_t exposed; /* PLACE_POISONED: bytes not poisoned now */
    enum place_mode mode;
    uintptr_t alignment; /* mask: what an address may have of its bits */
    size_t terminated;   /* 1: a NUL follows the bytes, else 0 */
    bool has_blank;      /* the empty input has a byte */
    void *heap;          /* the exact block in use, else NULL */
};

/* The mode this program's sanitizers ask for. */
enum place_mode place_mode_wanted(void);

/* A place for up to max_bytes of a value of this kind, for a function of
 * libFuzzer's kind if `raw`. False if memory is refused. */
bool place_init(struct place *place, enum place_mode mode, size_t max_bytes,
                enum input_kind kind, bool raw);

/* Whether place_put() is place_put_simply() for all but the empty input and
 * exact blocks. */
static inline bool place_is_simple(const struct place *place)
{
    return place->mode != PLACE_POISONED && !place->terminated;
}

/* Copies data to where it ends as near to the end as is wanted. */
static inline uint8_t *place_put_simply(struct place *place,
                                        const uint8_t *data, size_t size)
{
    uint8_t *to = place->end - place->terminated - size;
    to = (uint8_t *)((uintptr_t)to & place->alignment);
    copy_backward(to + size, data + size, size);
    return to;
}

/* What place_put() does where it is more than copying. */
uint8_t *place_put_with_care(struct place *place, const uint8_t *data,
                             size_t size, bool exact);

/* Copies data there and returns where; valid until the next call. With `exact`
 * under ASan into a fresh heap block, NULL if memory is refused. Before the
 * data is COPY_SLACK. Inline, because it is a part of each execution. */
static inline uint8_t *place_put(struct place *place, const uint8_t *data,
                                 size_t size, bool exact)
{
    if (exact || place->mode == PLACE_POISONED || (place->has_blank && !size))
        return place_put_with_care(place, data, size, exact);
    uint8_t *to = place_put_simply(place, data, size);
    if (place->terminated)
        to[size] = 0;
    return to;
}

/* Frees the exact block, if one is in use. */
void place_clear(struct place *place);

#endif
