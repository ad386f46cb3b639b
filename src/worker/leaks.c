/* SPDX-License-Identifier: MIT
 *
 * See leaks.h.
 */
#include "worker/leaks.h"

#include "platform/guest.h"
#include "worker/heap.h"
#include "worker/last_words.h"
#include "worker/sanitizer.h"

/* Where the gap between two looks ends to grow, in suspicious executions. A
 * second run costs one execution in 16 then; a look of some milliseconds costs
 * a few per cent of 65536 short executions. */
#define GAP_AFTER_RERUN 15u
#define GAP_AFTER_LOOK  65535u

static volatile bool checking;

void leaks_begin(struct leaks *l, const struct request *request)
{
    bool wanted = request->flags & (REQUEST_LEAKS | REQUEST_LEAKS_ALWAYS);
    l->on = wanted && __lsan_do_recoverable_leak_check;
    l->always = request->flags & REQUEST_LEAKS_ALWAYS;
    l->pace = request->leaks;
    heap_count(l->on);
    heap_begin();
}

bool leaks_suspects(struct leaks *l)
{
    if (!l->on || !(l->always || heap_grew()))
        return false;
    if (l->pace.skip == 0)
        return true;
    l->pace.skip--;
    return false;
}

/* Waits longer before the next time, up to `most`. */
static void slow_down(struct leak_pace *pace, uint32_t most)
{
    uint32_t gap =
        pace->gap < GAP_AFTER_LOOK / 2 ? pace->gap * 2 + 1 : GAP_AFTER_LOOK;
    if (gap > most)
        gap = pace->gap > most ? pace->gap : most;
    *pace = (struct leak_pace){.skip = gap, .gap = gap};
}

void leaks_cleared(struct leaks *l)
{
    slow_down(&l->pace, GAP_AFTER_RERUN);
}

void leaks_look(struct leaks *l)
{
    checking = true;
    int found = __lsan_do_recoverable_leak_check();
    checking = false;
    if (found) {
        (void)last_words_speak(LAST_WORDS_SANITIZER, NULL);
        guest_exit(1);
    }
    slow_down(&l->pace, GAP_AFTER_LOOK);
}

void leaks_look_last(_Atomic uint32_t *looking)
{
    if (!__lsan_do_leak_check)
        return;
    atomic_store(looking, 1);
    __lsan_do_leak_check();
    atomic_store(looking, 0);
}

bool leaks_checking(void)
{
    return checking;
}
