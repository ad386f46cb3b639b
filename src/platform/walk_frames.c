/* SPDX-License-Identifier: MIT
 *
 * The walk by frame pointers; see walk.h. The same on every system, because
 * frames are the processor's.
 */
#include "platform/walk.h"

#include <string.h>

/* What the walk must know of memory before it reads any. */
struct places {
    const struct guest_fault *at;
    bool pc_is_code;
    uint64_t sp_end; /* of the mapping that sp points into, 0: nowhere */
    uint64_t fp_end; /* the same for the frame pointer */
};

static bool visit_places(void *ctx, const struct walk_mapping *m)
{
    struct places *p = ctx;
    if (m->executable && p->at->pc >= m->start && p->at->pc < m->end)
        p->pc_is_code = true;
    if (m->readable && p->at->sp >= m->start && p->at->sp < m->end)
        p->sp_end = m->end;
    if (m->readable && p->at->fp >= m->start && p->at->fp < m->end)
        p->fp_end = m->end;
    return true;
}

static uint64_t word_at(uint64_t address)
{
    uintptr_t word;
    memcpy(&word, (const void *)(uintptr_t)address, sizeof word);
    return word;
}

size_t walk_frames(const struct guest_fault *at, uint64_t *pc, size_t max)
{
    const uint64_t word = sizeof(uintptr_t);
    size_t n = 0;
    uint64_t frame = at->fp;
    struct places p = {.at = at};
    walk_mappings(visit_places, &p);
    pc[n++] = at->pc;
#if defined(__x86_64__) || defined(__i386__)
    /* A call into nowhere has just pushed where it came from. */
    if (!p.pc_is_code && p.sp_end >= at->sp + word && n < max)
        pc[n++] = word_at(at->sp);
#endif
    while (n < max && frame % word == 0 && frame >= at->sp &&
           frame < p.fp_end && p.fp_end - frame >= 2 * word) {
        uint64_t caller = word_at(frame), back = word_at(frame + word);
        if (back == 0)
            break;
        pc[n++] = back;
        /* Callers' frames lie above, or this is no chain of frames. */
        if (caller <= frame)
            break;
        frame = caller;
    }
    return n;
}
