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
 * A place belongs to the worker for the life of the process.
 */
#ifndef THRESH_WORKER_PLACE_H
#define THRESH_WORKER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum place_mode {
    PLACE_FLUSH,
    PLACE_ALIGNED,
    PLACE_POISONED,
};

struct place {
    uint8_t *area;
    size_t area_size;
    size_t exposed; /* PLACE_POISONED: bytes not poisoned now */
    enum place_mode mode;
    bool terminated; /* a NUL follows the bytes */
    void *heap;      /* the exact block in use, else NULL */
};

/* The mode this program's sanitizers ask for. */
enum place_mode place_mode_wanted(void);

/* A place for up to max_bytes. False if memory is refused. */
bool place_init(struct place *place, enum place_mode mode, size_t max_bytes,
                bool terminated);

/* Copies data there and returns where; valid until the next call. With `exact`
 * under ASan into a fresh heap block, NULL if memory is refused. */
uint8_t *place_put(struct place *place, const uint8_t *data, size_t size,
                   bool exact);

/* Frees the exact block, if one is in use. */
void place_clear(struct place *place);

#endif
