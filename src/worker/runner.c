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

/* The seen-map is no snapshot's. */
#define OWN_GENERATION (UINT64_MAX - 1)

/* Reading back what was just written stalls the processor for a tenth of an
 * empty execution. A target that changes its const input does it often, so
 * that looking now and then finds it; every re-run of a failure looks. */
#define CONST_CHECK_EVERY 128

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
        if (!place_init(&r->place[i], mode, room, sig->kind[i], r->target.raw))
            return "no memory for the target's arguments";
        r->work[i] = r->packed + sizeof(uint32_t);
        if (sig->nargs == 1)
            continue;
        r->work[i] = guest_pages(room + 2 * COPY_SLACK, false, NULL);
        if (!r->work[i])
            return "no memory for the target's arguments";
        r->work[i] += COPY_SLACK;
    }
    r->is_simple = r->target.raw && place_is_simple(&r->place[0]);
    return NULL;
}

const char *runner_init(struct runner *r)
{
    gcov_data_prepare();
    if (!counters_prepare() || !scan_init(&r->scan))
        return "no memory for the table of counters";
    compare_disarm();
    r->counters = counters_total();
    struct shared_header *shared = (struct shared_header *)r->shared;
    r->cells = r->counters + DEPTH_CELLS;
    depth_init(&r->depth, r->counters);
    if (r->cells > shared->max_counters)
        return "this program has more counters than the coordinator allows";
    r->packed = (uint8_t *)r->region + r->region->input_offset;
    r->packed_max = (uint32_t)r->region->input_max;
    r->seen = guest_pages((size_t)r->cells + 64, false, NULL);
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
 * dies. The bytes of a single argument were made there. */
static inline void record_one(struct runner *r, uint32_t size)
{
    memcpy(r->packed, &size, sizeof size);
    r->region->input_size = (uint32_t)sizeof size + size;
}

static void record(struct runner *r, const struct input *in)
{
    if (in->nargs == 1) {
        record_one(r, in->arg[0].size);
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

static __attribute__((noinline)) void
check_const_one(struct runner *r, const struct span *arg, const uint8_t *placed)
{
    if (!same_ends(placed, arg->data, arg->size))
        runner_fail(r, LAST_WORDS_OVERWRITE,
                    "fuzz target overwrites its const input");
}

static void check_const(struct runner *r, const struct input *in,
                        const struct input *placed)
{
    for (uint32_t i = 0; i < in->nargs; i++)
        check_const_one(r, &in->arg[i], placed->arg[i].data);
}

/* What the values of a typed target take of the stack. */
#define VALUES_ROOM 512u

/* Calls the target and looks how deep it goes, from a small frame that lies
 * alike in every process, whatever is above it. */
static __attribute__((noinline)) bool call_deeply(struct runner *r,
                                                  const struct input *placed)
{
    _Alignas(64) char base[64];
    uintptr_t address = (uintptr_t)base - (r->target.typed ? VALUES_ROOM : 0);
    __asm__ volatile("" : "+r"(address) : : "memory");
    depth_mark(&r->depth, address);
    bool accepted = target_call(&r->target, placed);
    depth_look(&r->depth, address);
    return accepted;
}

/* The target begins: the input is recorded. */
static inline void enter_target(struct runner *r)
{
    struct region *region = r->region;
    atomic_store_explicit(
        &region->execs,
        atomic_load_explicit(&region->execs, memory_order_relaxed) + 1,
        memory_order_relaxed);
    r->execs_left--;
    r->in_target = true;
    atomic_store_explicit(&region->running, 1, memory_order_release);
    heap_begin();
}

static inline void leave_target(struct runner *r)
{
    atomic_store_explicit(&r->region->running, 0, memory_order_release);
    r->in_target = false;
    if (__builtin_expect(finding_signs != 0, 0))
        finding_check();
}

/* Any number of arguments, placed in any way. */
static __attribute__((noinline)) bool execute(struct runner *r,
                                              const struct input *in)
{
    struct input placed; /* not zeroed: 16 spans are more than the work */
    placed.nargs = in->nargs;
    for (uint32_t i = 0; i < in->nargs; i++) {
        placed.arg[i].size = in->arg[i].size;
        placed.arg[i].data =
            place_put(&r->place[i], in->arg[i].data, in->arg[i].size, r->exact);
        if (r->exact && !placed.arg[i].data) {
            guest_say("thresh: no memory for an exact copy of the input\n");
            guest_exit(70);
        }
    }
    record(r, in);
    enter_target(r);
    bool accepted = depth_is_looked_for(&r->depth)
                        ? call_deeply(r, &placed)
                        : target_call(&r->target, &placed);
    leave_target(r);
    if (r->exact || r->execs_left % CONST_CHECK_EVERY == 0)
        check_const(r, in, &placed);
    for (uint32_t i = 0; r->exact && i < in->nargs; i++)
        place_clear(&r->place[i]);
    return accepted;
}

/* What execute() does for a function of libFuzzer's kind whose input
 * is simply placed, without what it need not ask then. */
static inline __attribute__((always_inline)) bool
execute_raw(struct runner *r, const struct input *in)
{
    const struct span *arg = &in->arg[0];
    uint32_t size = arg->size;
    uint8_t *data = place_put_simply(&r->place[0], arg->data, size);
    record_one(r, size);
    enter_target(r);
    int result = target_call_raw(r->target.raw, data, size);
    leave_target(r);
    if (__builtin_expect(r->execs_left % CONST_CHECK_EVERY == 0, 0))
        check_const_one(r, arg, data);
    return result != -1;
}

bool runner_execute(struct runner *r, const struct input *in)
{
    if (__builtin_expect(r->is_simple && !r->exact && in->arg[0].size &&
                             !depth_is_looked_for(&r->depth),
                         1))
        return execute_raw(r, in);
    return execute(r, in);
}

/* With a seen-map of its own, a process only looks at entries, which have no
 * depth. */
static void learn_depth(struct runner *r)
{
    if (r->seen_generation == OWN_GENERATION)
        depth_learn_all(&r->depth);
    else
        depth_learn(&r->depth, r->seen + r->depth.first);
}

void runner_has_seen(struct runner *r)
{
    r->seen_dirty = true;
    learn_depth(r);
}

void runner_use_snapshot(struct runner *r, uint32_t slot)
{
    const struct shared_slot *snapshot = shared_slot(r->shared, slot);
    if (snapshot->generation == r->seen_generation && !r->seen_dirty)
        return;
    memcpy(r->seen, shared_seen(r->shared, slot), r->cells);
    r->seen_generation = snapshot->generation;
    r->seen_dirty = false;
    learn_depth(r);
}

void runner_use_own_seen(struct runner *r)
{
    if (r->seen_generation == OWN_GENERATION)
        return;
    memset(r->seen, 0, r->cells);
    r->seen_generation = OWN_GENERATION;
    learn_depth(r);
}

void runner_uncount(struct runner *r)
{
    atomic_fetch_sub_explicit(&r->region->execs, 1, memory_order_relaxed);
    r->execs_left++;
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
