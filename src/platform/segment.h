/* SPDX-License-Identifier: MIT
 *
 * Which module's segment an address lies in. The worker patches the target's
 * code, reads its tables and bridges gaps between its counters; before it
 * touches an address that it has computed, it asks here whether the address
 * belongs to the module it thinks of. Apart from guest.h because only the
 * instrumentation needs it.
 */
#ifndef THRESH_PLATFORM_SEGMENT_H
#define THRESH_PLATFORM_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* A piece of a loaded module (executable or shared object). */
struct segment {
    uintptr_t start;
    uintptr_t end;    /* one past its last byte in memory */
    uintptr_t bias;   /* what loading added to the addresses in the file */
    uintptr_t module; /* equal for all segments of one module, and only then */
    bool executable;
    bool readable;
};

/* Fills *out with the segment that holds address; false if there is none.
 * Takes the loader's lock: not for signal handlers, and not before main. */
bool segment_find(uintptr_t address, struct segment *out);

/* Fills in where the program's arrays in section `__libfuzzer_extra_counters`
 * begin and end, collected there by the linker; false if there are none. */
bool segment_extra_counters(uint8_t **start, uint8_t **stop);

/* Whether size bytes at address lie inside. */
static inline bool segment_holds(const struct segment *s, uintptr_t address,
                                 uintptr_t size)
{
    return address >= s->start && size <= s->end - s->start &&
           address - s->start <= s->end - s->start - size;
}

#endif
