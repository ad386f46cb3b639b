/* SPDX-License-Identifier: MIT
 *
 * One execution of the target, and everything it needs ready beforehand: the
 * record of the running input in the region, the arguments' places, the
 * counters' pass. One of the three hot loops. One runner exists in a worker
 * process; it owns the memory it maps at start and nothing afterwards.
 *
 * Failing checks leave the target by a jump to the frame that armed
 * `on_failure` once for a whole request, so that an execution pays nothing.
 */
#ifndef THRESH_WORKER_RUNNER_H
#define THRESH_WORKER_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/coverage.h"
#include "base/protocol.h"
#include "platform/jump.h"
#include "worker/depth.h"
#include "worker/place.h"
#include "worker/scan.h"
#include "worker/target.h"

struct runner {
    struct target target;
    struct region *region;
    uint8_t *packed;     /* the region's input */
    uint32_t packed_max; /* room there */
    uint8_t *shared;

    /* Where the arguments of the next input are built. With one argument it
     * is the packed input itself, so that recording it costs nothing. */
    uint8_t *work[INPUT_MAX_ARGS];
    struct place place[INPUT_MAX_ARGS];
    bool exact;     /* this request places inputs in exact heap blocks */
    bool is_simple; /* a function of libFuzzer's kind, see place_is_simple() */

    /* The seen-map this worker uses: the snapshot's, plus its own overlay of
     * what it found since the batch began. */
    uint8_t *seen;
    uint64_t seen_generation;
    bool seen_dirty;   /* the overlay is not empty */
    uint32_t counters; /* of the program */
    uint32_t cells;    /* of the seen-map: those, and the steps of depth */
    struct scan scan;
    struct depth depth;
    struct coverage_novel novel;

    jump_place on_failure;
    uintptr_t thread; /* that runs the target */
    volatile bool in_target;
    uint64_t execs_left; /* of this request */
};

/* Makes the runner ready for its target; region and shared are mapped already.
 * Returns a sentence on failure, NULL on success. */
const char *runner_init(struct runner *r);

/* An input whose spans are the work buffers, with the sizes of `in`, whose
 * bytes are copied there. Behind them is COPY_SLACK (base/copy.h), as there is
 * behind the arena's. */
void runner_load(struct runner *r, const struct input *in, struct input *out);

/* Records and runs an input once and counts it. Its spans are the work
 * buffers or point into r->packed, where it is already packed. Returns false
 * if the target rejected it. Does not return if a check fails. The counters
 * hold what the execution did; one of the two passes below must follow. */
bool runner_execute(struct runner *r, const struct input *in);

/* Compares the counters with the seen-map, and clears them. Afterwards r->novel
 * holds what is new. */
static inline void runner_pass(struct runner *r)
{
    scan_pass(&r->scan, r->seen, &r->novel);
    if (__builtin_expect(r->depth.reached != 0, 0))
        depth_pass(&r->depth, r->seen, &r->novel);
}

/* Clears the counters and calls visit for each that was not zero. */
static inline void runner_visit(struct runner *r,
                                void (*visit)(void *ctx, uint32_t index,
                                              uint64_t value),
                                void *ctx)
{
    scan_visit(&r->scan, visit, ctx);
    if (r->depth.reached)
        depth_visit(&r->depth, visit, ctx);
}

/* To be called when this process has put something into the seen-map. */
void runner_has_seen(struct runner *r);

/* Makes the seen-map that of a snapshot. */
void runner_use_snapshot(struct runner *r, uint32_t slot);

/* Makes it that of this process alone: empty before its first input. */
void runner_use_own_seen(struct runner *r);

/* Takes the last execution out of all counts: the next one takes its place. */
void runner_uncount(struct runner *r);

/* Whether the coordinator wants this request to end. */
static inline bool runner_should_stop(const struct runner *r)
{
    const struct shared_header *shared = (const void *)r->shared;
    return atomic_load_explicit(&shared->stop, memory_order_relaxed) != 0;
}

/* Ends the running execution with a failing verdict that leaves the process
 * alive. `text` is copied to the last words. */
_Noreturn void runner_fail(struct runner *r, enum last_words_kind kind,
                           const char *text);

/* The runner of this process, for the hooks that are called from the target;
 * NULL in other processes. */
struct runner *runner_current(void);

#endif
