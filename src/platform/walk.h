/* SPDX-License-Identifier: MIT
 *
 * The calls that led to a place in this process, and the modules they are in.
 * Made for the handler of a signal in a process that has just been broken:
 * nothing is allocated and nothing of the target's is called. Apart from
 * guest.h because it is a subject of its own, with more than one way to do it.
 */
#ifndef THRESH_PLATFORM_WALK_H
#define THRESH_PLATFORM_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/guest.h"

/* Loads what the walk needs; to be called once, while memory can still be
 * allocated. */
void walk_prepare(void);

/* The return addresses of the calls that led to at->pc, innermost first, after
 * at->pc itself. Returns how many there are, at least 1 and at most max; on a
 * damaged stack those before the damage. For one thread at a time. */
size_t walk_stack(const struct guest_fault *at, uint64_t *pc, size_t max);

/* The same by frame pointers alone, which need no tables but miss functions
 * that were compiled without, and may fault on a damaged stack (guest_try). What
 * walk_stack() falls back to; exposed for its test. */
size_t walk_frames(const struct guest_fault *at, uint64_t *pc, size_t max);

/* A stretch of this process's memory. */
struct walk_mapping {
    uint64_t start;
    uint64_t end;
    uint64_t offset; /* of start, in the file */
    bool readable;
    bool executable;
    const char *path; /* "" without a file; may be cut at its beginning. Valid
                       * during the visit */
};

/* Visits all mappings in the order of their addresses, as far as the system
 * tells them, until visit returns false. */
void walk_mappings(bool (*visit)(void *ctx, const struct walk_mapping *m),
                   void *ctx);

#endif
