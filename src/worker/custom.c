/* SPDX-License-Identifier: MIT
 *
 * See custom.h.
 */
#include "worker/custom.h"

#include <string.h>

#include "platform/abi.h"
#include "platform/guest.h"
#include "platform/optional.h"
#include "worker/sanitizer.h"

/* Mutants that a harness refuses to make, in a row, before it is left be. */
#define TRIES 8u
/* One mutant of so many is crossed over: beside a mutator of the harness's, and
 * beside ours, which cross over too. */
#define CROSS_BESIDE_CUSTOM 2u
#define CROSS_BESIDE_OURS   8u

OPTIONAL_HOOK_OF(size_t, LLVMFuzzerCustomMutator,
                 (uint8_t * data, size_t size, size_t max, unsigned seed));
OPTIONAL_HOOK_OF(size_t, LLVMFuzzerCustomCrossOver,
                 (const uint8_t *data1, size_t size1, const uint8_t *data2,
                  size_t size2, uint8_t *out, size_t max, unsigned seed));

GUEST_ABI size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* In whose favour LLVMFuzzerMutate() is called. */
static struct mutate *current;

bool custom_wanted(const struct target *target)
{
    return !target->typed && OPTIONAL_HAS(LLVMFuzzerCustomMutator);
}

uintptr_t custom_mutator(const struct target *target)
{
    return custom_wanted(target) ? (uintptr_t)LLVMFuzzerCustomMutator : 0;
}

bool custom_init(struct custom *c, const struct target *target)
{
    *c = (struct custom){.mutates = custom_wanted(target)};
    c->crosses = !target->typed && OPTIONAL_HAS(LLVMFuzzerCustomCrossOver);
    if (!c->crosses)
        return true;
    c->room = target->sig.max_bytes[0];
    c->crossed = guest_pages(c->room + 1, false, NULL);
    return c->crossed != NULL;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
    static struct mutate stray; /* outside of a mutator, which is no use */
    static uint8_t table[256];
    struct mutate *m = current ? current : &stray;
    if (max == 0)
        return 0;
    sanitizer_enter_engine();
    if (!m->table) {
        mutate_fill_table(table, NULL);
        m->table = table;
    }
    /* Texts of the corpus that are spliced in are never longer than an int. */
    size_t made =
        mutate_bytes(m, data, size, max < INT32_MAX ? max : INT32_MAX);
    /* libFuzzer's never is empty, and its users build on that. */
    if (made == 0)
        data[made++] = (uint8_t)rng_next(&m->rng);
    sanitizer_initialised(data, made);
    sanitizer_enter_target();
    return made;
}

static size_t mutate_once(struct mutate *m, struct span *arg, size_t max)
{
    unsigned seed = (unsigned)rng_next(&m->rng);
    sanitizer_initialised(arg->data, arg->size);
    sanitizer_enter_target();
    size_t size = LLVMFuzzerCustomMutator(arg->data, arg->size, max, seed);
    sanitizer_enter_engine();
    m->trail = mutate_trail(m->trail, MUTATE_BY_HARNESS);
    return size;
}

static size_t cross_once(struct custom *c, struct mutate *m, struct span *arg,
                         const struct span *other, size_t max)
{
    unsigned seed = (unsigned)rng_next(&m->rng);
    if (max > c->room)
        max = c->room;
    sanitizer_initialised(arg->data, arg->size);
    sanitizer_initialised(other->data, other->size);
    sanitizer_enter_target();
    size_t size = LLVMFuzzerCustomCrossOver(arg->data, arg->size, other->data,
                                            other->size, c->crossed, max, seed);
    sanitizer_enter_engine();
    m->trail = mutate_trail(m->trail, MUTATE_CROSS_BY_HARNESS);
    if (size && size <= max)
        memcpy(arg->data, c->crossed, size);
    return size;
}

static bool draws_cross(const struct custom *c, struct mutate *m)
{
    return rng_below(&m->rng,
                     c->mutates ? CROSS_BESIDE_CUSTOM : CROSS_BESIDE_OURS) == 0;
}

void custom_mutate(struct custom *c, struct mutate *m,
                   const struct signature *sig, struct input *in, size_t max,
                   const struct input *other, bool cross)
{
    struct span *arg = &in->arg[0];
    bool crossing =
        c->crosses && cross && other && arg->size && other->arg[0].size;
    if (max > sig->max_bytes[0])
        max = sig->max_bytes[0];
    if (arg->size > max)
        arg->size = (uint32_t)max;
    m->other = other ? other->arg[0].data : NULL;
    m->other_size = other && cross ? other->arg[0].size : 0;
    current = m;
    for (unsigned i = 0; i < TRIES; i++) {
        size_t size;
        if (crossing && draws_cross(c, m))
            size = cross_once(c, m, arg, &other->arg[0], max);
        else if (c->mutates)
            size = mutate_once(m, arg, max);
        else
            size = mutate_bytes(m, arg->data, arg->size, max);
        if (size && size <= max) {
            arg->size = (uint32_t)size;
            break;
        }
    }
    current = NULL;
}
