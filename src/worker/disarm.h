/* SPDX-License-Identifier: MIT
 *
 * Removing calls from the target's code. A callback that has nothing to do
 * hands its return address to disarm_call(), which overwrites the call
 * instruction in front of it, so that this place never calls again. On other
 * processors than x86-64, where the system refuses to make code writable, and
 * where it is not certain which instruction made the call, nothing is changed
 * and the callback goes on returning at once.
 */
#ifndef THRESH_WORKER_DISARM_H
#define THRESH_WORKER_DISARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A call that was removed. */
struct disarmed_site {
    uintptr_t address;  /* of its first byte */
    uintptr_t callback; /* that it led to */
    uint8_t size;       /* of the call instruction */
    uint8_t code[6];    /* the call instruction */
};

enum disarm_direction { DISARM_REMOVE, DISARM_PUT_BACK };

/* Gets memory for the list of sites, shared with all forks that this process
 * makes later. Idempotent; without it, or if it fails, sites are patched but
 * not listed. */
void disarm_init(void);

/* Removes the call to the function at `callback` that returns to `ret`, if it
 * is a direct call, or one through this module's PLT or GOT. Never a jump: a
 * function that ends by jumping to the callback leaves its own caller's return
 * address. Any thread; preserves errno. */
void disarm_call(uintptr_t ret, uintptr_t callback);

/* The removed calls in order. The list is bounded; calls removed beyond it are
 * missing. */
const struct disarmed_site *disarm_sites(size_t *n);

/* Until it is taken back, a segment of code stays writable once a call in it has
 * been removed: for work in which many calls are met for the first time, and a
 * target's stray write to its code is nobody's concern. */
void disarm_keep_open(bool on);

/* Removes in this process the calls that its forks have listed since the last
 * time, so that the next fork need not. Targets can write to the list: each
 * site is looked at as if for the first time, and must lead to one of the
 * callbacks. One thread, none of whose forks runs. */
void disarm_again(const uintptr_t *callbacks, size_t n);

/* Puts all listed calls back into the code of this process, or removes them
 * again. A site that is not as expected stays as it is. One thread calls;
 * others may run the target's code meanwhile. */
void disarm_rewrite(enum disarm_direction direction);

#endif
