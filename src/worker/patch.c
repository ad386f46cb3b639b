/* SPDX-License-Identifier: MIT
 *
 * See patch.h.
 */
#include "worker/patch.h"

#ifdef __x86_64__

#include <stdatomic.h>
#include <string.h>

#include "base/x86_argument.h"
#include "platform/guest.h"

// NOLINTBEGIN(performance-no-int-to-ptr): machine code is addresses

/* Processors fetch code in aligned blocks of at least this size: what changes
 * in one store inside a block is seen wholly or not at all. */
#define FETCH_BLOCK 16

static _Atomic bool refused;

/* Replaces the instruction in one store of 8 bytes within its fetch block. */
static bool exchange_whole(uint8_t *code, const uint8_t *with, unsigned size)
{
    uintptr_t offset = (uintptr_t)code % FETCH_BLOCK;
    uint8_t *window = offset > 8 ? code - (offset - 8) : code;
    uint8_t bytes[8];
    memcpy(bytes, window, sizeof bytes);
    uint64_t before, after;
    memcpy(&before, bytes, sizeof before);
    memcpy(bytes + (code - window), with, size);
    memcpy(&after, bytes, sizeof after);
    uint64_t found = before;
    __asm__ volatile("lock cmpxchgq %1, (%2)"
                     : "+a"(found)
                     : "r"(after), "r"(window)
                     : "memory", "cc");
    return found == before;
}

/* Replaces its first two bytes. */
static bool exchange_head(uint8_t *code, uint16_t with) // NOLINT: writes
{
    __asm__ volatile("xchgw %0, (%1)" : "+r"(with) : "r"(code) : "memory");
    return true;
}

/* A jump over the rest of an instruction of `size` bytes, which stays. */
static uint16_t jump_over(unsigned size)
{
    return (uint16_t)(0xeb | (size - 2) << 8);
}

/* Other threads may be about to run the very instruction. */
bool patch_remove(uint8_t *code, unsigned size)
{
    uint8_t nothing[X86_LONGEST];
    uintptr_t room = FETCH_BLOCK - (uintptr_t)code % FETCH_BLOCK;
    x86_nop(nothing, size);
    if (room >= size)
        return exchange_whole(code, nothing, size);
    if (guest_single_threaded()) {
        memcpy(code, nothing, size);
        return true;
    }
    return room >= 2 && exchange_head(code, jump_over(size));
}

void patch_put_back(uint8_t *code, const uint8_t *call, unsigned size)
{
    uintptr_t room = FETCH_BLOCK - (uintptr_t)code % FETCH_BLOCK;
    uint16_t head, jump = jump_over(size);
    uint8_t nothing[X86_LONGEST];
    x86_nop(nothing, size);
    memcpy(&head, call, sizeof head);
    if (memcmp(code, &jump, sizeof jump) == 0)
        (void)exchange_head(code, head);
    else if (memcmp(code, nothing, size) != 0)
        return;
    else if (room >= size)
        (void)exchange_whole(code, call, size);
    else if (guest_single_threaded())
        memcpy(code, call, size);
}

bool patch_refused(void)
{
    return atomic_load_explicit(&refused, memory_order_relaxed);
}

static bool make_writable(uintptr_t start, uintptr_t end, bool writable)
{
    bool done = guest_code_writable((void *)start, end - start, writable);
    if (!done && !writable)
        atomic_store_explicit(&refused, true, memory_order_relaxed);
    return done;
}

void patch_close(struct segment *open)
{
    if (open->start)
        (void)make_writable(open->start, open->end, false);
    *open = (struct segment){0};
}

bool patch_open(struct segment *open, uintptr_t address)
{
    struct segment now;
    if (open->start && segment_holds(open, address - 1, 8))
        return true;
    patch_close(open);
    if (!segment_find(address, &now) || !now.executable || !now.readable ||
        !segment_holds(&now, address - 1, 8) ||
        !make_writable(now.start, now.end, true))
        return false;
    *open = now;
    return true;
}

bool patch_remove_one(uint8_t *code, unsigned size)
{
    uintptr_t start = (uintptr_t)code;
    if (!make_writable(start, start + size, true)) {
        atomic_store_explicit(&refused, true, memory_order_relaxed);
        return false;
    }
    bool done = patch_remove(code, size);
    (void)make_writable(start, start + size, false);
    return done;
}

// NOLINTEND(performance-no-int-to-ptr)

#endif
