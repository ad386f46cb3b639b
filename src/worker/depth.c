/* SPDX-License-Identifier: MIT
 *
 * See depth.h.
 */
#include "worker/depth.h"

#include <stddef.h>

#include "base/protocol.h"
#include "platform/guest.h"

/* Where the first step begins: below the engine's own frames. */
#define SHALLOWEST 256u

#define STEPS_PER_OCTAVE 8u

/* Words looked at in a step, unless it has fewer. They are spread over it at
 * uneven distances: a frame has parts that are never written, and in a recursion
 * they come again at even ones. */
#define WORDS 16u

/* How far beyond what was seen an execution is measured. The stack is written
 * as far as that, which takes memory. */
#define AHEAD 16u

/* Dead frames may be poisoned. */
#define DEPTH_UNCHECKED __attribute__((no_sanitize_address))

#define MARK UINT64_C(0x9b3f6d81c2e7a455)

bool depth_is_disturbed;

/* Where a step begins. The step past the last one has a beginning too. */
static uintptr_t begins_at(uint32_t step)
{
    return ((uintptr_t)SHALLOWEST / STEPS_PER_OCTAVE
            << (step / STEPS_PER_OCTAVE)) *
           (STEPS_PER_OCTAVE + step % STEPS_PER_OCTAVE);
}

/* The words of a step: one in each of n parts, downwards from `first`. */
struct words {
    uintptr_t first;
    uint32_t n;
    uint32_t part; /* words */
};

static struct words words_of(uintptr_t base, uint32_t step)
{
    uintptr_t from = begins_at(step);
    uint32_t all = (uint32_t)(begins_at(step + 1) - from) / sizeof(uint64_t);
    uint32_t n = all < WORDS ? all : WORDS;
    return (struct words){base - from - sizeof(uint64_t), n, all / n};
}

static uintptr_t word_of(const struct words *w, uint32_t i)
{
    uint32_t uneven = (i * i * 5 + i * 3) & (w->part - 1); /* a power of two */
    return w->first - (uintptr_t)(i * w->part + uneven) * sizeof(uint64_t);
}

/* Not the compiler's business: no object of its is there. */
static volatile uint64_t *at(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (volatile uint64_t *)address; // NOLINT(performance-no-int-to-ptr)
}

void depth_init(struct depth *d, uint32_t first)
{
    *d = (struct depth){.first = first};
    size_t room = guest_stack_room() / 2;
    while (d->steps < DEPTH_CELLS && begins_at(d->steps + 1) <= room)
        d->steps++;
}

void depth_measure(struct depth *d, bool all)
{
    uint32_t end = d->next + (all ? AHEAD : d->next > 0);
    d->from = all ? 0 : d->next;
    d->until = end < d->steps ? end : d->steps;
}

void depth_pause(struct depth *d)
{
    d->from = d->until = 0;
}

void depth_learn(struct depth *d, const uint8_t *seen)
{
    d->next = d->steps;
    while (d->next > 0 && !seen[d->next - 1])
        d->next--;
    depth_measure(d, false);
}

void depth_learn_all(struct depth *d)
{
    d->next = d->steps;
    depth_measure(d, false);
}

DEPTH_UNCHECKED void depth_mark(const struct depth *d, uintptr_t base)
{
    depth_is_disturbed = false;
    for (uint32_t step = d->from; step < d->until; step++) {
        struct words w = words_of(base, step);
        for (uint32_t i = 0; i < w.n; i++)
            *at(word_of(&w, i)) = MARK;
    }
}

DEPTH_UNCHECKED static bool was_reached(uintptr_t base, uint32_t step)
{
    struct words w = words_of(base, step);
    uint64_t changed = 0;
    for (uint32_t i = 0; i < w.n; i++)
        changed |= *at(word_of(&w, i)) ^ MARK;
    return changed != 0;
}

void depth_look(struct depth *d, uintptr_t base)
{
    uint32_t step = depth_is_disturbed ? d->from : d->until;
    while (step > d->from && !was_reached(base, step - 1))
        step--;
    d->reached = step > d->from ? step : 0;
    depth_is_disturbed = false;
}

void depth_pass(struct depth *d, const uint8_t *seen,
                struct coverage_novel *novel)
{
    uint32_t index = d->first + d->reached - 1;
    d->reached = 0;
    if (seen[index])
        return;
    if (novel->total < COVERAGE_NOVEL_MAX)
        novel->index[novel->total] = index;
    novel->total++;
}

void depth_visit(struct depth *d,
                 void (*visit)(void *ctx, uint32_t index, uint64_t value),
                 void *ctx)
{
    uint32_t index = d->first + d->reached - 1;
    d->reached = 0;
    visit(ctx, index, 1);
}
