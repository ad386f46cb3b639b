/* SPDX-License-Identifier: MIT
 *
 * See segment.h. Works for shared, static and position-dependent programs,
 * whose C libraries all list their program headers through dl_iterate_phdr.
 */
#include "platform/segment.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>

struct search {
    uintptr_t address;
    struct segment *out;
};

static int visit_module(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    const struct search *search = ctx;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD || search->address < start ||
            search->address - start >= p->p_memsz)
            continue;
        *search->out = (struct segment){
            .start = start,
            .end = start + p->p_memsz,
            .bias = info->dlpi_addr,
            .module = (uintptr_t)info->dlpi_phdr,
            .executable = (p->p_flags & PF_X) != 0,
            .readable = (p->p_flags & PF_R) != 0,
        };
        return 1;
    }
    return 0;
}

bool segment_find(uintptr_t address, struct segment *out)
{
    int saved = errno;
    struct search search = {address, out};
    bool found = dl_iterate_phdr(visit_module, &search) == 1;
    errno = saved;
    return found;
}

/* Null without an array in that section, see the linker's manual. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): the linker makes these
extern uint8_t __start___libfuzzer_extra_counters[] __attribute__((weak));
extern uint8_t __stop___libfuzzer_extra_counters[] __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

bool segment_extra_counters(uint8_t **start, uint8_t **stop)
{
    *start = __start___libfuzzer_extra_counters;
    *stop = __stop___libfuzzer_extra_counters;
    return *start && *stop > *start;
}
