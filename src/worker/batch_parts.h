/* SPDX-License-Identifier: MIT
 *
 * What the files of a batch share, and nobody else includes. batch.c makes and
 * runs mutants, which is a hot loop; follow.c does what comes before them in a
 * batch: it traces entries and runs what follows from that.
 */
#ifndef THRESH_WORKER_BATCH_PARTS_H
#define THRESH_WORKER_BATCH_PARTS_H

#include "base/alias.h"
#include "base/mutate.h"
#include "worker/batch.h"

/* State of a batch between mutants; in a struct of its own because it must
 * survive the jump out of a failing target. */
struct search {
    struct mutate mutate;
    const struct alias_place *alias;
    uint32_t entries;
    uint32_t max_bytes;
    uint32_t linger; /* executions still to make after a find */
    uint32_t chain;  /* mutants in a row, of which only the first is made from
                      * the entry, the others by one operator more */
    uint32_t chains; /* made of an entry before the next one is drawn */
    bool cross;      /* entries may be crossed over */
    bool ascii;      /* mutants are to be text */
    bool lingering;
    bool plain; /* see is_plain() */
    size_t limit;
    uint32_t traces; /* entries traced, and executions made for it */
    uint64_t traced;
    uint32_t recorded; /* of them those that were recorded beyond the usual */
    uint64_t spared;   /* executions allowed that are not to be made */
    uint32_t us;       /* that the entry took which was to be timed */
};

/* ---- both ---- */

/* The entry's input; its spans point into the arena. */
static inline bool entry_input(const struct runner *r, uint32_t entry,
                               struct input *in)
{
    const struct shared_entry *e = &shared_entries(r->shared)[entry];
    return input_unpack(in, r->target.sig.nargs,
                        shared_arena(r->shared) + e->offset, e->size);
}

static inline bool execute(struct batch *b, const struct input *in)
{
    if (__builtin_expect(b->retrace.on, 0))
        return retrace_execute(&b->retrace, b->runner, &b->outbox, in);
    return runner_execute(b->runner, in);
}

/* Whether nothing more is to be run. */
static inline bool is_over(const struct batch *b)
{
    struct runner *r = b->runner;
    return r->execs_left == 0 ||
           (b->retrace.replay ? retrace_has_ended(&b->retrace)
                              : runner_should_stop(r));
}

/* ---- batch.c ---- */

/* Runs a new input, looks at what it did, and reports it if it is reliably new.
 * False when the outbox is full. */
bool batch_try(struct batch *b, struct search *s, const struct input *in,
               const struct find_origin *origin);

/* Makes a mutant of what is in the work buffers, in the way that the request
 * wants. */
void batch_mutate(struct batch *b, struct search *s, struct input *in,
                  const struct input *other);

/* libFuzzer's rule for -only_ascii. */
void batch_make_ascii(struct span *arg);

/* ---- follow.c ---- */

/* Executes an input for a trace; what trace_init() wants. */
bool follow_execute(void *ctx, const struct input *in, bool recording,
                    uint64_t *did);

/* Executes an input with its comparisons recorded, and clears the counters. */
void follow_recorded(struct batch *b, const struct input *in, bool *is_new);

/* Traces an entry and runs what follows from it; a find is no reason to end.
 * False when the batch should end. */
bool follow_entry(struct batch *b, struct search *s, uint32_t entry,
                  unsigned level);

/* ---- follow_climb.c ---- */

/* Looks for an input that meets one comparison of the entry that was traced,
 * which is a function of its bytes that nobody knows. Comparisons are not
 * recorded afterwards. False when the batch should end. */
bool follow_climb(struct batch *b, struct search *s, unsigned turn,
                  const struct find_origin *origin);

#endif
