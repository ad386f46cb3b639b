/* SPDX-License-Identifier: MIT
 *
 * See function.h and posix_function.h. The table: version 1, pointers of the
 * usual kinds, their number, then pairs (function, description), relative to
 * the table, in order. A description holds the function's start, relative to
 * itself, and its size.
 */
#include "platform/posix_function.h"

#include <errno.h>
#include <link.h>
#include <string.h>

// NOLINTBEGIN(performance-no-int-to-ptr): machine code is addresses

#define HEADER_BYTES 12u
#define PAIR_BYTES   8u

struct search {
    uintptr_t address;
    struct code_range code;
    const uint8_t *header;
    size_t header_bytes;
};

static int32_t load_signed(uintptr_t at)
{
    int32_t value;
    memcpy(&value, (const void *)at, sizeof value);
    return value;
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct search *s = ctx;
    bool holds = false;
    (void)size;
    s->header = NULL;
    s->code.end = 0;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + p->p_vaddr;
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
            s->code = (struct code_range){start, start + p->p_memsz};
        if (p->p_type == PT_LOAD)
            holds |= s->address - start < p->p_memsz;
        if (p->p_type == PT_GNU_EH_FRAME) {
            s->header = (const uint8_t *)start;
            s->header_bytes = p->p_memsz;
        }
    }
    return holds;
}

bool function_table_find(uintptr_t address, struct function_table *out)
{
    static const uint8_t usual[] = {1, 0x1b, 0x03, 0x3b};
    struct search s = {.address = address};
    int saved = errno;
    bool found = dl_iterate_phdr(visit, &s) == 1;
    errno = saved;
    if (!found || !s.header || !s.code.end || s.header_bytes < HEADER_BYTES ||
        memcmp(s.header, usual, sizeof usual) != 0)
        return false;
    uint32_t n = (uint32_t)load_signed((uintptr_t)s.header + 8);
    *out = (struct function_table){s.code, s.header, n};
    return n <= (s.header_bytes - HEADER_BYTES) / PAIR_BYTES;
}

static uintptr_t pair_at(const struct function_table *t, uint32_t i)
{
    return (uintptr_t)t->header + HEADER_BYTES + PAIR_BYTES * (uintptr_t)i;
}

static uintptr_t start_of(const struct function_table *t, uint32_t i)
{
    return (uintptr_t)t->header + (uintptr_t)load_signed(pair_at(t, i));
}

bool function_table_get(const struct function_table *t, uint32_t i,
                        struct code_range *out)
{
    uintptr_t start = start_of(t, i);
    uintptr_t about =
        (uintptr_t)t->header + (uintptr_t)load_signed(pair_at(t, i) + 4);
    int32_t size = load_signed(about + 12);
    if (about + 8 + (uintptr_t)load_signed(about + 8) != start || size <= 0 ||
        !code_range_holds(&t->code, start) ||
        (uintptr_t)size > t->code.end - start)
        return false;
    *out = (struct code_range){start, start + (uintptr_t)size};
    return true;
}

bool function_find(uintptr_t address, struct code_range *out)
{
    struct function_table t;
    if (!function_table_find(address, &t))
        return false;
    uint32_t low = 0, high = t.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (start_of(&t, middle) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && function_table_get(&t, low - 1, out) &&
           code_range_holds(out, address);
}

// NOLINTEND(performance-no-int-to-ptr)
