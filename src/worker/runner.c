/* SPDX-License-Identifier: MIT
 *
 * See runner.h.
 */
#include "worker/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/copy.h"
#include "platform/guest.h"
#include "worker/compare.h"
#include "worker/counters.h"
#include "worker/finding.h"
#include "worker/gcov_data.h"
#include "worker/heap.h"
#include "worker/sanitizer.h"

/* Reading back what was just written stalls the processor for a tenth of an
 * empty execution. A target that changes its const input does it often, so
 * that looking now and then finds it; every re-run of a failure looks. */
#define CONST_CHECK_EVERY 64

static struct runner *current;

struct runner *runner_current(void)
{
    return current;
}

static const char *init_arguments(struct runner *r)
{
    struct signature *sig = &r->target.sig;
    enum place_mode mode = place_mode_wanted();
    for (uint32_t i = 0; i < sig->nargs; i++) {
        size_t width = kind_width(sig->kind[i]);
        size_t room = width ? width : sig->max_bytes[i];
        if (!place_init(&r->place[i], mode, room, sig->kind[i] == KIND_STRING))
            return "no memory for the target's arguments";
        r->work[i] = r->packed + sizeof(uint32_t);
        if (sig->nargs == 1)
            continue;
        r->work[i] = guest_pages(room + 2 * COPY_SLACK, false, NULL);
        if (!r->work[i])
            return "no memory for the target's arguments";
        r->work[i] += COPY_SLACK;
    }
    return NULL;
}

const char *runner_init(struct runner *r)
{
    coverage_init();
    gcov_data_prepare();
    if (!counters_prepare() || !scan_init(&r->scan))
        return "no memory for the table of counters";
    compare_disarm();
    r->counters = counters_total();
    struct shared_header *shared = (struct shared_header *)r->shared;
    if (r->counters > shared->max_counters)
        return "this program has more counters than the coordinator allows";
    r->packed = (uint8_t *)r->region + r->region->input_offset;
    r->packed_max = (uint32_t)r->region->input_max;
    r->seen = guest_pages((size_t)r->counters + 64, false, NULL);
    if (!r->seen)
        return "no memory for the seen-map";
    r->seen_generation = UINT64_MAX;
    r->thread = guest_thread();
    current = r;
    return init_arguments(r);
}

void runner_load(struct runner *r, const struct input *in, struct input *out)
{
    out->nargs = in->nargs;
    for (uint32_t i = 0; i < in->nargs; i++) {
        uint32_t size = in->arg[i].size;
        if (size)
            copy_forward(r->work[i], in->arg[i].data, size);
        out->arg[i] = (struct span){r->work[i], size};
    }
}

/* Puts the input into the region, so that it is there however this process
 * dies. */
static inline void record(struct runner *r, const struct input *in,
                          uint32_t nargs)
{
    uint32_t size = in->arg[0].size;
    if (nargs == 1) {
        memcpy(r->packed, &size, sizeof size);
        r->region->input_size = (uint32_t)sizeof size + size;
        return;
    }
    if (in->arg[0].data == r->work[0])
        input_pack(in, r->packed);
    r->region->input_size = (uint32_t)input_packed_size(in);
}

/* libFuzzer's rule: all of a short input, both ends of a long one. */
static bool same_ends(const uint8_t *a, const uint8_t *b, size_t size)
{
    if (size <= 64)
        return memcmp(a, b, size) == 0;
    return memcmp(a, b, 32) == 0 &&
           memcmp(a + size - 32, b + size - 32, 32) == 0;
}

static void check_const(struct runner *r, const struct input *in,
                        const struct input *placed)
{
    for (uint32_t i = 0; i < in->nargs; i++)
        if (!same_ends(placed->arg[i].data, in->arg[i].data, in->arg[i].size))
            runner_fail(r, LAST_WORDS_OVERWRITE,
                        "fuzz target overwrites its const input");
}

/* runner_execute() for a number of arguments and a way to place them that the
 * compiler knows where they are the usual ones. */
static inline __attribute__((always_inline)) bool
execute(struct runner *r, const struct input *in, uint32_t nargs, bool exact)
{
    struct input placed; /* not zeroed: 16 spans are more than the work */
    placed.nargs = nargs;
    for (uint32_t i = 0; i < nargs; i++) {
        placed.arg[i].size = in->arg[i].size;
        placed.arg[i].data =
            place_put(&r->place[i], in->arg[i].data, in->arg[i].size, exact);
        if (exact && !placed.arg[i].data) {
            guest_say("thresh: no memory for an exact copy of the input\n");
            guest_exit(70);
        }
    }
    record(r, in, nargs);
    struct region *region = r->region;
    atomic_store_explicit(
        &region->execs,
        atomic_load_explicit(&region->execs, memory_order_relaxed) + 1,
        memory_order_relaxed);
    r->execs_left--;
    r->in_target = true;
    atomic_store_explicit(&region->running, 1, memory_order_release);
    heap_begin();
    bool accepted = target_call(&r->target, &placed);
    atomic_store_explicit(&region->running, 0, memory_order_release);
    r->in_target = false;
    if (__builtin_expect(finding_signs != 0, 0))
        finding_check();
    if (exact || r->execs_left % CONST_CHECK_EVERY == 0)
        check_const(r, in, &placed);
    for (uint32_t i = 0; exact && i < nargs; i++)
        place_clear(&r->place[i]);
    return accepted;
}

bool runner_execute(struct runner *r, const struct input *in)
{
    if (__builtin_expect(in->nargs == 1 && !r->exact, 1))
        return execute(r, in, 1, false);
    return execute(r, in, in->nargs, r->exact);
}

void runner_use_snapshot(struct runner *r, uint32_t slot)
{
    const struct shared_slot *snapshot = shared_slot(r->shared, slot);
    if (snapshot->generation == r->seen_generation && !r->seen_dirty)
        return;
    memcpy(r->seen, shared_seen(r->shared, slot), r->counters);
    r->seen_generation = snapshot->generation;
    r->seen_dirty = false;
}

_Noreturn void runner_fail(struct runner *r, enum last_words_kind kind,
                           const char *text)
{
    /* What came first is closer to the cause. */
    if (finding_signs)
        finding_check();
    struct last_words *words = &r->region->words;
    words->kind = kind;
    (void)snprintf(words->text, sizeof words->text, "%s", text);
    if (!r->in_target && kind == LAST_WORDS_CHECK)
        abort();
    if (guest_thread() != r->thread)
        abort();
    if (r->in_target)
        target_end_input(&r->target);
    if (r->in_target)
        sanitizer_enter_engine();
    r->in_target = false;
    atomic_store_explicit(&r->region->running, 0, memory_order_release);
    (void)fflush(NULL); /* what the target printed belongs to the report */
    jump_to(r->on_failure);
}
