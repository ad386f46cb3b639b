/* SPDX-License-Identifier: MIT
 *
 * See segment.h. The sections of a loaded module, by the headers in memory.
 * An address in the file is one relative to the module's base, since the base
 * that the file asks for is overwritten by what it got.
 */
#include "platform/windows.h"

#include "platform/segment.h"

#include "platform/windows_image.h"

bool segment_find(uintptr_t address, struct segment *out)
{
    const uint8_t *base;
    struct windows_section section;
    if (!windows_image_of(address, &base))
        return false;
    for (size_t i = 0; windows_section(base, i, &section); i++) {
        uintptr_t start = (uintptr_t)base + section.start;
        if (address < start || address - start >= section.size)
            continue;
        *out = (struct segment){
            .start = start,
            .end = start + section.size,
            .bias = (uintptr_t)base,
            .module = (uintptr_t)base,
            .executable = section.executable,
            .readable = section.readable,
        };
        return true;
    }
    return false;
}

/* The linker gives the section no symbols, and its name is too long for the
 * headers. A mark of ours is in it, and tells where it is. */
__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t mark[16];

bool segment_extra_counters(uint8_t **start, uint8_t **stop)
{
    struct segment s;
    if (!segment_find((uintptr_t)mark, &s))
        return false;
    *start = mark - ((uintptr_t)mark - s.start);
    *stop = *start + (s.end - s.start);
    /* Nothing in it counts, so that it is left out where that is easy. */
    if (*start == mark)
        *start += sizeof mark;
    else if (*stop == mark + sizeof mark)
        *stop = mark;
    return *start < *stop;
}
