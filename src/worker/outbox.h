/* SPDX-License-Identifier: MIT
 *
 * The outbox of finds in the region: filled during a request, read by the
 * coordinator after the reply. The worker only ever appends; a new request
 * starts at the beginning.
 */
#ifndef THRESH_WORKER_OUTBOX_H
#define THRESH_WORKER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/calibrate.h"

struct outbox {
    struct region *region; /* told how much is used, record by record */
    uint8_t *base;
    size_t size;
    size_t used;
    uint32_t records; /* of inputs and features */
};

void outbox_init(struct outbox *o, struct region *region);
void outbox_clear(struct outbox *o);

/* Whether the request should end so that the next record surely fits. */
bool outbox_is_full(const struct outbox *o);

/* Appends what a profile says: the features, the unstable counters, and the
 * input unless it is NULL. Features that do not fit are left out. */
void outbox_add(struct outbox *o, const struct profile *p,
                const struct find_origin *origin, const struct input *in);

/* Appends a list of tokens that an entry was compared with, if it fits; that
 * counts for no record. */
void outbox_add_tokens(struct outbox *o, const uint8_t *list, size_t size,
                       uint32_t parent);

/* Appends an input alone, if it fits. */
void outbox_add_input(struct outbox *o, const struct input *in);

#endif
