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

/* Begins with the argument. False if it can't be made simpler. */
static bool begin_argument(struct shrink *s, const struct signature *sig,
                           enum minimise_mode mode, const struct span *arg)
{
    enum input_kind kind = sig->kind[s->arg];
    size_t width = kind_width(kind);
    s->in_value = width > 0;
    if (width)
        minimise_value_init(&s->value, kind, &sig->domain[s->arg],
                            value_load(arg->data, width));
    else if (arg->size)
        s->minimise = minimise_new(arg->data, arg->size, 1, mode);
    return s->in_value || s->minimise;
}

/* The argument in work as its machine proposes it; false when it is done. */
static bool next_candidate(struct shrink *s, struct span *arg)
{
    const uint8_t *data;
    size_t size;
    uint64_t value;
    if (s->in_value && minimise_value_next(&s->value, &value)) {
        value_store(s->value_bytes, arg->size, value);
        arg->data = s->value_bytes;
        return true;
    }
    if (s->minimise && minimise_next(s->minimise, &data, &size)) {
        *arg = (struct span){(uint8_t *)(uintptr_t)data, (uint32_t)size};
        return true;
    }
    minimise_free(s->minimise);
    s->minimise = NULL;
    s->in_value = false;
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
    for (; s->arg < in.nargs; s->arg++) {
        struct span *arg = &in.arg[s->arg];
        bool busy = s->in_value || s->minimise;
        if (!busy && !begin_argument(s, &opt->sig, mode, arg))
            continue;
        if (!next_candidate(s, arg))
            continue;
        input_pack(&in, s->candidate);
        s->size = input_packed_size(&in);
        return true;
    }
    return false;
}

void shrink_result(struct shrink *s, bool same)
{
    if (s->in_value)
        minimise_value_result(&s->value, same);
    else
        minimise_result(s->minimise, same);
}

void shrink_spend(struct shrink *s, uint64_t us)
{
    s->tries++;
    s->us += us;
}
