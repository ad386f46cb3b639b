/* SPDX-License-Identifier: MIT
 *
 * A queue of at most eight bytes.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

#define RING_SIZE 8

struct ring {
    unsigned char data[RING_SIZE];
    size_t first, used;
};

/* Both return false, and change nothing, where the ring is full or empty. */
bool ring_put(struct ring *ring, unsigned char byte);
bool ring_get(struct ring *ring, unsigned char *byte);

/* Takes away the n oldest bytes, or all if there are fewer. */
void ring_drop(struct ring *ring, size_t n);

#endif
