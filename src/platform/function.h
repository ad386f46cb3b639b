/* SPDX-License-Identifier: MIT
 *
 * Which function of the program's code an address lies in, and where that
 * begins and ends, by the tables for unwinding, which compilers make by
 * default. Apart from symbols.h, which names functions for people: this needs
 * no symbols, and no memory.
 */
#ifndef THRESH_PLATFORM_FUNCTION_H
#define THRESH_PLATFORM_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

struct code_range {
    uintptr_t start;
    uintptr_t end; /* one past its last byte */
};

static inline bool code_range_holds(const struct code_range *r,
                                    uintptr_t address)
{
    return address - r->start < r->end - r->start;
}

/* Fills *out with the function, or the piece of one, that holds the address and
 * consists of whole instructions; false if no table tells. Takes the loader's
 * lock: not for signal handlers. Preserves errno. */
bool function_find(uintptr_t address, struct code_range *out);

#endif
