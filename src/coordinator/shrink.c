/* SPDX-License-Identifier: MIT
 *
 * See shrink.h.
 */
#include "coordinator/shrink.h"

#include <stdlib.h>

void shrink_release(struct shrink *s)
{
    minimise_free(s->minimise);
    free(s->candidate);
    *s = (struct shrink){0};
}

bool shrink_has_budget(const struct shrink *s, const struct options *opt,
                       uint64_t cost_us)
{
    if (opt->minimise_time.count)
        return s->tries < opt->minimise_time.count;
    return s->us + cost_us < opt->minimise_time.us;
}

/* Moves on to the next argument that can be made smaller. */
static bool next_argument(struct shrink *s, const struct options *opt,
                          enum minimise_mode mode, const struct input *in)
{
    for (; s->arg < in->nargs; s->arg++) {
        const struct span *arg = &in->arg[s->arg];
        if (kind_width(opt->sig.kind[s->arg]) || arg->size == 0)
            continue;
        s->minimise = minimise_new(arg->data, arg->size, 1, mode);
        if (s->minimise)
            return true;
    }
    return false;
}

bool shrink_next(struct shrink *s, const struct options *opt,
                 enum minimise_mode mode, const uint8_t *best, size_t best_size)
{
    struct input in;
    (void)input_unpack(&in, opt->sig.nargs, (uint8_t *)(uintptr_t)best,
                       best_size);
    if (!s->candidate && !(s->candidate = malloc(best_size)))
        return false;
    while (s->minimise || next_argument(s, opt, mode, &in)) {
        const uint8_t *data;
        size_t size;
        if (minimise_next(s->minimise, &data, &size)) {
            in.arg[s->arg] =
                (struct span){(uint8_t *)(uintptr_t)data, (uint32_t)size};
            input_pack(&in, s->candidate);
            s->size = input_packed_size(&in);
            return true;
        }
        minimise_free(s->minimise);
        s->minimise = NULL;
        s->arg++;
    }
    return false;
}

void shrink_result(struct shrink *s, bool same)
{
    minimise_result(s->minimise, same);
}

void shrink_spend(struct shrink *s, uint64_t us)
{
    s->tries++;
    s->us += us;
}
