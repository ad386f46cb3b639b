/* SPDX-License-Identifier: MIT
 *
 * A module's table of its functions, .eh_frame_hdr, as function.h reads it and
 * as probes, which want all functions of a module, do.
 */
#ifndef THRESH_PLATFORM_POSIX_FUNCTION_H
#define THRESH_PLATFORM_POSIX_FUNCTION_H

#include <stddef.h>

#include "platform/function.h"

struct function_table {
    struct code_range code; /* of the module */
    const uint8_t *header;  /* .eh_frame_hdr */
    uint32_t n;             /* functions */
};

/* Fills in the table of the module that holds the address, which may be data.
 * False if it has none, or one of an unusual kind. */
bool function_table_find(uintptr_t address, struct function_table *out);

/* The i-th function, in order of their addresses. False if what is told of it
 * makes no sense. */
bool function_table_get(const struct function_table *t, uint32_t i,
                        struct code_range *out);

#endif
