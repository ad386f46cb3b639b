/* SPDX-License-Identifier: MIT
 *
 * What the running target does with the heap, as the allocation hooks of the
 * sanitizers' runtimes tell: whether an execution allocated more blocks than
 * it freed, and whether it asks for too much at once. Hooks are called from
 * inside the allocator, in every thread: they count, or end the process.
 * Without such a runtime nothing is ever known here.
 */
#ifndef THRESH_WORKER_HEAP_H
#define THRESH_WORKER_HEAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct runner;

/* Blocks allocated less blocks freed since the execution began, in any thread.
 * Stays 0 while nobody counts. */
extern _Atomic int64_t heap_balance;

/* Installs the hooks, once. An allocation of more than max_bytes (0: no limit)
 * while a target runs ends the process. */
void heap_prepare(const struct runner *r, uint64_t max_bytes);

/* Whether blocks are counted. */
void heap_count(bool wanted);

/* An execution begins. */
static inline void heap_begin(void)
{
    atomic_store_explicit(&heap_balance, 0, memory_order_relaxed);
}

/* Whether the execution just made kept blocks that it allocated. */
static inline bool heap_grew(void)
{
    return atomic_load_explicit(&heap_balance, memory_order_relaxed) > 0;
}

#endif
