/* SPDX-License-Identifier: MIT
 *
 * See spare.h.
 */
#include "worker/spare.h"

#ifdef __x86_64__

#include <string.h>

#include "base/x86_argument.h"
#include "platform/function.h"
#include "platform/guest.h"
#include "worker/patch.h"

// NOLINTBEGIN(performance-no-int-to-ptr): machine code is addresses

#define SITES_MAX (1u << 16)

/* New sites that are worth a walk through their functions: a part of those
 * known, so that functions are not walked through again and again. */
#define WORTH_LEAST 32u
#define WORTH_PART  8u

/* Longer functions would take longer than they are worth. */
#define FUNCTION_MOST (1u << 20)

/* Sites by the hash of their address. */
#define KNOWN_BITS 17
struct known {
    uintptr_t address;
    bool looked; /* its function has been walked through since */
};

/* Some bytes of code, without the call and without its arguments. */
struct spared {
    uintptr_t address;
    uint8_t size;
    uint8_t was[X86_LEADS_MOST];
    uint8_t is[X86_LEADS_MOST];
};

static struct known *known;
static struct spared *spared;
static size_t nknown, nspared;

static bool get_memory(void)
{
    if (!known)
        known = guest_pages(sizeof *known << KNOWN_BITS, false, NULL);
    if (!spared)
        spared = guest_pages(SITES_MAX * sizeof *spared, false, NULL);
    return known && spared;
}

/* Where an address is, or would be. */
static struct known *known_place(uintptr_t address)
{
    size_t i = (uint64_t)address * 0x9e3779b97f4a7c15u >> (64 - KNOWN_BITS);
    while (known[i].address && known[i].address != address)
        i = (i + 1) & ((1u << KNOWN_BITS) - 1);
    return &known[i];
}

/* Whether a call was removed there that nobody has looked at yet. */
static bool is_new(uintptr_t at, size_t length)
{
    uint8_t nothing[X86_LONGEST];
    if (length != 5 && length != 6)
        return false;
    x86_nop(nothing, length);
    if (memcmp((const void *)at, nothing, length) != 0)
        return false;
    struct known *k = known_place(at);
    bool new = k->address && !k->looked;
    k->looked |= new;
    return new;
}

static void add(uintptr_t call, const struct x86_leads *leads)
{
    uintptr_t start = call;
    struct spared s = {0};
    for (unsigned i = 0; i < leads->n; i++)
        start -= leads->argument[i];
    s.size = (uint8_t)x86_spare((const uint8_t *)start, leads, s.is);
    s.address = call + leads->call - s.size;
    memcpy(s.was, (const void *)s.address, s.size);
    if (s.size && nspared < SITES_MAX)
        spared[nspared++] = s;
}

static void push(struct x86_leads *leads, size_t length)
{
    if (leads->n == X86_ARGUMENTS)
        leads->argument[0] = leads->argument[1];
    else
        leads->n++;
    leads->argument[leads->n - 1] = (uint8_t)length;
}

/* Notes the function's new sites; none of them if it is not understood from its
 * beginning to its end. */
static void walk_through(const struct code_range *f)
{
    struct x86_leads leads = {.n = 0};
    size_t before = nspared, length;
    for (uintptr_t at = f->start; at < f->end; at += length) {
        const uint8_t *code = (const uint8_t *)at;
        length = x86_length(code, f->end - at);
        if (!length) {
            nspared = before;
            return;
        }
        if (x86_argument(code, f->end - at)) {
            push(&leads, length);
            continue;
        }
        leads.call = (uint8_t)length;
        if (is_new(at, length))
            add(at, &leads);
        leads.n = 0;
    }
}

/* The functions of sites that are new since last time. */
static void look_at(const struct disarmed_site *sites, size_t nsites)
{
    for (size_t i = nknown; i < nsites; i++)
        known_place(sites[i].address)->address = sites[i].address;
    for (; nknown < nsites; nknown++) {
        struct known *k = known_place(sites[nknown].address);
        struct code_range f;
        if (!k->looked && function_find(k->address, &f) &&
            f.end - f.start <= FUNCTION_MOST)
            walk_through(&f);
        k->looked = true;
    }
}

/* Writes everywhere what is wanted, if there is what is expected. */
static void exchange_all(struct segment *open, bool undo)
{
    for (size_t i = 0; i < nspared; i++) {
        const struct spared *s = &spared[i];
        uint8_t *code = (uint8_t *)s->address;
        if (patch_open(open, s->address) &&
            segment_holds(open, s->address, s->size) &&
            memcmp(code, undo ? s->is : s->was, s->size) == 0)
            memcpy(code, undo ? s->was : s->is, s->size);
    }
}

void spare_do(struct segment *open, const struct disarmed_site *sites,
              size_t nsites)
{
    if (!guest_single_threaded() || !get_memory())
        return;
    if (nsites > nknown + nknown / WORTH_PART + WORTH_LEAST)
        look_at(sites, nsites);
    exchange_all(open, false);
}

void spare_undo(struct segment *open)
{
    if (nspared && guest_single_threaded())
        exchange_all(open, true);
}

// NOLINTEND(performance-no-int-to-ptr)

#else

void spare_do(struct segment *open, const struct disarmed_site *sites,
              size_t nsites)
{
    (void)open;
    (void)sites;
    (void)nsites;
}

void spare_undo(struct segment *open)
{
    (void)open;
}

#endif
