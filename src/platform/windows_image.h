/* SPDX-License-Identifier: MIT
 *
 * Modules as they are loaded: which one an address is in, and its sections.
 * Apart from those who ask (segments, the walk) because nothing here takes a
 * lock or memory, so that dying processes can use it.
 */
#ifndef THRESH_PLATFORM_WINDOWS_IMAGE_H
#define THRESH_PLATFORM_WINDOWS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The base of the module that an address is in; false if it is in none.
 * Keeps GetLastError. */
bool windows_image_of(uintptr_t address, const uint8_t **base);

struct windows_section {
    uint32_t start;  /* relative to the base */
    uint32_t size;   /* in memory */
    uint32_t offset; /* in the file; 0: it has nothing there */
    bool executable;
    bool readable;
};

/* Section number i of a module, in the order of their addresses; false past
 * the last. */
bool windows_section(const uint8_t *base, size_t i,
                     struct windows_section *section);

#endif
