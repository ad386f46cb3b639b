/* SPDX-License-Identifier: MIT
 *
 * See disarm.h. A site is patched at most once, by whoever gets the lock;
 * callers that find it taken return and come again with the next call.
 */
#include "worker/disarm.h"

#ifdef __x86_64__

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "platform/guest.h"
#include "platform/segment.h"
#include "worker/depth.h"
#include "worker/patch.h"
#include "worker/spare.h"

// NOLINTBEGIN(performance-no-int-to-ptr): machine code is addresses

#define SITES_MAX (1u << 16)

/* Return addresses that can't be patched, by hash: places reached by a jump
 * may be hot, and must not be looked at again each time. */
#define HOPELESS_BITS 10

/* Shared by a process and its forks, which write in turns. */
struct list {
    _Atomic size_t n;
    struct disarmed_site site[SITES_MAX];
};

static struct list *list;
static bool keeps_open;
static struct segment kept_open;
static size_t nrepeated; /* sites that this process has removed, too */
static atomic_flag patching = ATOMIC_FLAG_INIT;
static _Atomic uintptr_t hopeless[1u << HOPELESS_BITS];

void disarm_init(void)
{
    if (!list)
        list = guest_shared_pages(sizeof *list);
}

const struct disarmed_site *disarm_sites(size_t *n)
{
    size_t listed = list ? atomic_load(&list->n) : 0;
    *n = listed < SITES_MAX ? listed : SITES_MAX;
    return list ? list->site : NULL;
}

static _Atomic uintptr_t *hopeless_place(uintptr_t ret)
{
    return &hopeless[(uint64_t)ret * 0x9e3779b97f4a7c15u >>
                     (64 - HOPELESS_BITS)];
}

/* Where a 32-bit displacement leads that ends at `end`. */
static uintptr_t relative_to(uintptr_t end)
{
    int32_t displacement;
    memcpy(&displacement, (const void *)(end - sizeof displacement),
           sizeof displacement);
    return end + (uintptr_t)(intptr_t)displacement;
}

/* Whether the module's GOT slot at this address holds the callback. */
static bool slot_holds(uintptr_t slot, uintptr_t module, uintptr_t callback)
{
    struct segment s;
    if (!segment_find(slot, &s) || !s.readable || s.module != module ||
        !segment_holds(&s, slot, sizeof slot))
        return false;
    uintptr_t content;
    memcpy(&content, (const void *)slot, sizeof content);
    return content == callback;
}

/* Whether there is a PLT entry of the module at this address that leads to the
 * callback: [endbr64] [bnd] jmp *slot(%rip). */
static bool stub_leads(uintptr_t stub, uintptr_t module, uintptr_t callback)
{
    static const uint8_t endbr64[4] = {0xf3, 0x0f, 0x1e, 0xfa};
    const uintptr_t longest = sizeof endbr64 + 7;
    struct segment s;
    if (!segment_find(stub, &s) || !s.executable || !s.readable ||
        s.module != module || !segment_holds(&s, stub, longest))
        return false;
    const uint8_t *code = (const uint8_t *)stub;
    if (memcmp(code, endbr64, sizeof endbr64) == 0)
        code += sizeof endbr64;
    if (*code == 0xf2)
        code++;
    return code[0] == 0xff && code[1] == 0x25 &&
           slot_holds(relative_to((uintptr_t)code + 6), module, callback);
}

/* The size of the call instruction before ret if it surely is one and leads
 * to the callback, else 0. */
static unsigned call_size(uintptr_t ret, uintptr_t callback)
{
    const uint8_t *code = (const uint8_t *)ret;
    bool direct = code[-5] == 0xe8;
    bool by_slot = code[-6] == 0xff && code[-5] == 0x15;
    if (direct && relative_to(ret) == callback)
        return 5;
    struct segment s;
    if ((!direct && !by_slot) || !segment_find(ret - 1, &s))
        return 0;
    if (direct && stub_leads(relative_to(ret), s.module, callback))
        return 5;
    if (by_slot && slot_holds(relative_to(ret), s.module, callback))
        return 6;
    return 0;
}

/* Whether the call of this size before ret was removed. */
static bool patch(uintptr_t ret, unsigned size)
{
    uint8_t *code = (uint8_t *)(ret - size);
    if (!size)
        return false;
    if (keeps_open)
        return patch_open(&kept_open, ret - size) && patch_remove(code, size);
    return patch_remove_one(code, size);
}

/* The count comes last: whoever dies in here leaves no half site. */
static void add_to_list(struct disarmed_site site)
{
    size_t n = list ? atomic_load(&list->n) : SITES_MAX;
    if (n >= SITES_MAX)
        return;
    list->site[n] = site;
    atomic_store(&list->n, n + 1);
}

void disarm_keep_open(bool on)
{
    if (on == keeps_open)
        return;
    while (atomic_flag_test_and_set_explicit(&patching, memory_order_acquire))
        continue;
    patch_close(&kept_open);
    keeps_open = on;
    atomic_flag_clear_explicit(&patching, memory_order_release);
}

void disarm_call(uintptr_t ret, uintptr_t callback)
{
    if (patch_refused() ||
        atomic_load_explicit(hopeless_place(ret), memory_order_relaxed) == ret)
        return;
    if (atomic_flag_test_and_set_explicit(&patching, memory_order_acquire))
        return;
    depth_is_disturbed = true;
    unsigned size = call_size(ret, callback);
    struct disarmed_site site = {ret - size, callback, (uint8_t)size, {0}};
    memcpy(site.code, (const void *)site.address, size);
    if (patch(ret, size))
        add_to_list(site);
    else
        atomic_store_explicit(hopeless_place(ret), ret, memory_order_relaxed);
    atomic_flag_clear_explicit(&patching, memory_order_release);
}

/* Whether a listed site is what its author said, in this process. */
static bool is_sound(const struct disarmed_site *site)
{
    struct segment s;
    return (site->size == 5 || site->size == 6) &&
           segment_find(site->address, &s) && s.executable && s.readable &&
           segment_holds(&s, site->address - 1, site->size + 1u) &&
           call_size(site->address + site->size, site->callback) == site->size;
}

void disarm_rewrite(enum disarm_direction direction)
{
    struct segment open = {0};
    size_t nsites;
    const struct disarmed_site *sites = disarm_sites(&nsites);
    if (patch_refused())
        return;
    while (atomic_flag_test_and_set_explicit(&patching, memory_order_acquire))
        continue;
    if (direction == DISARM_PUT_BACK)
        spare_undo(&open);
    for (size_t i = 0; i < nsites; i++) {
        struct disarmed_site site = sites[i];
        uint8_t *code = (uint8_t *)site.address;
        if ((site.size != 5 && site.size != 6) ||
            !patch_open(&open, site.address))
            continue;
        if (direction == DISARM_PUT_BACK)
            patch_put_back(code, site.code, site.size);
        else if (memcmp(code, site.code, site.size) == 0)
            (void)patch_remove(code, site.size);
    }
    if (direction == DISARM_REMOVE)
        spare_do(&open, sites, nsites);
    patch_close(&open);
    atomic_flag_clear_explicit(&patching, memory_order_release);
}

void disarm_again(const uintptr_t *callbacks, size_t n)
{
    struct segment open = {0};
    size_t nsites;
    const struct disarmed_site *sites = disarm_sites(&nsites);
    for (; nrepeated < nsites; nrepeated++) {
        struct disarmed_site site = sites[nrepeated];
        size_t i = 0;
        while (i < n && callbacks[i] != site.callback)
            i++;
        if (i < n && is_sound(&site) && patch_open(&open, site.address))
            (void)patch_remove((uint8_t *)site.address, site.size);
    }
    patch_close(&open);
}

// NOLINTEND(performance-no-int-to-ptr)

#else

void disarm_init(void)
{
}

const struct disarmed_site *disarm_sites(size_t *n)
{
    *n = 0;
    return NULL;
}

void disarm_call(uintptr_t ret, uintptr_t callback)
{
    (void)ret;
    (void)callback;
}

void disarm_keep_open(bool on)
{
    (void)on;
}

void disarm_again(const uintptr_t *callbacks, size_t n)
{
    (void)callbacks;
    (void)n;
}

void disarm_rewrite(enum disarm_direction direction)
{
    (void)direction;
}

#endif
