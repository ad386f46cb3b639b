/* SPDX-License-Identifier: MIT
 *
 * See ring.h. A bug is planted: ring_drop() forgets to wrap around.
 */
#include "ring.h"

bool ring_put(struct ring *ring, unsigned char byte)
{
    if (ring->used == RING_SIZE)
        return false;
    ring->data[(ring->first + ring->used++) % RING_SIZE] = byte;
    return true;
}

bool ring_get(struct ring *ring, unsigned char *byte)
{
    if (ring->used == 0)
        return false;
    *byte = ring->data[ring->first];
    ring->first = (ring->first + 1) % RING_SIZE;
    ring->used--;
    return true;
}

void ring_drop(struct ring *ring, size_t n)
{
    if (n > ring->used)
        n = ring->used;
    ring->first += n;
    ring->used -= n;
}
