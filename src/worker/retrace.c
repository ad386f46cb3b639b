/* SPDX-License-Identifier: MIT
 *
 * See retrace.h.
 */
#include "worker/retrace.h"

#include <stdio.h>

#include "platform/guest.h"

void retrace_begin(struct retrace *t, const struct request *request)
{
    bool watch = request->flags & REQUEST_WATCH_MEMORY;
    *t = (struct retrace){
        .replay = request->flags & REQUEST_REPLAY,
        .from = request->from,
        .until = request->until,
        .allowance = watch ? request->memory_limit / 2 + 1 : 0,
    };
    t->on = t->replay || watch;
}

/* What was resident at most, before and after: memory that the execution has
 * given back counts too, since it would have been the end at the limit. */
static void judge_memory(const struct retrace *t, struct runner *r)
{
    uint64_t before =
        atomic_load_explicit(&r->region->resident, memory_order_relaxed);
    uint64_t after = guest_peak_bytes();
    if (after <= before || after - before < t->allowance)
        return;
    char text[LAST_WORDS_TEXT];
    (void)snprintf(text, sizeof text,
                   "out of memory: one execution took %llu MB",
                   (unsigned long long)((after - before) >> 20));
    runner_fail(r, LAST_WORDS_MEMORY, text);
}

bool retrace_execute(struct retrace *t, struct runner *r, struct outbox *o,
                     const struct input *in)
{
    if (t->replay && t->made >= t->from)
        outbox_add_input(o, in);
    t->made++;
    if (t->allowance)
        atomic_store_explicit(&r->region->resident, guest_peak_bytes(),
                              memory_order_relaxed);
    bool accepted = runner_execute(r, in);
    if (t->allowance)
        judge_memory(t, r);
    return accepted;
}
