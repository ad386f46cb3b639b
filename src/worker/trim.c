/* SPDX-License-Identifier: MIT
 *
 * See trim.h.
 */
#include "worker/trim.h"

#include "base/copy.h"
#include "platform/guest.h"

bool trim_init(struct trim *t, const struct signature *sig,
               bool (*keeps)(void *ctx, const struct input *in, bool *more),
               void *ctx)
{
    *t = (struct trim){.keeps = keeps, .ctx = ctx};
    for (uint32_t i = 0; i < sig->nargs; i++)
        for (int k = 0; k < 2 && !kind_width(sig->kind[i]); k++) {
            size_t room = (size_t)sig->max_bytes[i] + COPY_SLACK;
            t->buffer[i][k] = guest_pages(room, false, NULL);
            if (!t->buffer[i][k])
                return false;
        }
    return true;
}

/* The same for one argument; clears *more when no further input may be run. */
static bool trim_argument(struct trim *t, struct runner *r, uint32_t arg,
                          struct input *best, bool *more)
{
    struct minimise m;
    struct span *span = &best->arg[arg];
    uint32_t before = span->size;
    const uint8_t *data;
    size_t size;
    minimise_begin(&m, t->buffer[arg][0], t->buffer[arg][1], span->data,
                   span->size, 1, MINIMISE_REMOVE);
    while (*more && minimise_next(&m, &data, &size)) {
        struct input candidate = *best, in;
        candidate.arg[arg] = (struct span){(uint8_t *)data, (uint32_t)size};
        runner_load(r, &candidate, &in);
        minimise_result(&m, t->keeps(t->ctx, &in, more));
    }
    minimise_best(&m, &data, &size);
    *span = (struct span){(uint8_t *)data, (uint32_t)size};
    return size < before;
}

bool trim_entry(struct trim *t, struct runner *r, const struct input *entry,
                struct input *best)
{
    bool more = true, smaller = false;
    *best = *entry;
    for (uint32_t i = 0; more && i < entry->nargs; i++)
        if (!kind_width(r->target.sig.kind[i]))
            smaller |= trim_argument(t, r, i, best, &more);
    return smaller;
}
