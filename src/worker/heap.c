/* SPDX-License-Identifier: MIT
 *
 * See heap.h.
 */
#include "worker/heap.h"

#include <stdio.h>

#include "platform/guest.h"
#include "worker/last_words.h"
#include "worker/runner.h"
#include "worker/sanitizer.h"

_Atomic int64_t heap_balance;

static const struct runner *runner;
static bool counting;
static uint64_t limit;

/* The allocator has given the memory already, but nobody has touched it. */
static _Noreturn void end_for(uint64_t size)
{
    char text[96];
    sanitizer_enter_engine();
    (void)snprintf(text, sizeof text, "out of memory: malloc(%llu)",
                   (unsigned long long)size);
    if (!last_words_speak(LAST_WORDS_ALLOCATION, text))
        guest_exit(1);
    guest_say("thresh: ");
    guest_say(text);
    guest_say(", above the limit (-maxrss), here:\n");
    if (__sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    guest_exit(1);
}

static void count(int64_t change)
{
    if (counting)
        atomic_fetch_add_explicit(&heap_balance, change, memory_order_relaxed);
}

static void on_malloc(const volatile void *at, size_t size)
{
    (void)at;
    if (!runner->in_target)
        return;
    if (size > limit)
        end_for(size);
    count(1);
}

static void on_free(const volatile void *at)
{
    if (at && runner->in_target)
        count(-1);
}

void heap_prepare(const struct runner *r, uint64_t max_bytes)
{
    if (runner || !__sanitizer_install_malloc_and_free_hooks)
        return;
    runner = r;
    limit = max_bytes ? max_bytes : UINT64_MAX;
    (void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

void heap_count(bool wanted)
{
    counting = wanted;
}
