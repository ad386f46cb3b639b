/* SPDX-License-Identifier: MIT
 *
 * The counters of the instrumented code, whatever compiler made them: a list
 * of memory ranges that together form one index space, 0 .. total-1. It stands
 * between the ABIs that register counters (sancov.c for clang, gcov.c for gcc)
 * and the code that scans them (execute.c), which knows nothing of compilers.
 *
 * Registration runs before main, in constructors, in any order; it keeps what
 * it is given and nothing more. counters_prepare() then builds the table once,
 * in pages of its own. The counters' memory belongs to the target's modules;
 * the table belongs to this file, for the life of the process. A module with
 * counters must stay loaded.
 */
#ifndef THRESH_WORKER_COUNTERS_H
#define THRESH_WORKER_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One contiguous run of counters. */
struct counter_range {
    void *start;
    uint32_t count;
    uint32_t first; /* index of its first counter */
    uint8_t width;  /* 1 or 8 bytes a counter */
};

/* A view of 64-bit counters for fast scanning: compilers scatter them in many
 * small arrays with variables of the target between them, and a span takes in
 * several arrays together with the small gaps. Holes may be read but never
 * written. */
struct counter_span {
    void *start; /* aligned to 8 bytes */
    size_t words;
    /* For each word the index of its counter, UINT32_MAX for a hole. */
    const uint32_t *index_of_word;
};

/* Where counters came from; bits, for the handshake and for messages. */
enum counter_source {
    COUNTERS_CLANG_INLINE = 1, /* inline-8bit-counters */
    COUNTERS_GUARDS = 2,       /* trace-pc-guard */
    COUNTERS_TRACE_PC = 4,     /* trace-pc, hashed */
    COUNTERS_GCC_ARCS = 8,     /* gcc -fprofile-arcs */
    COUNTERS_EXTRA = 16,       /* __libfuzzer_extra_counters */
};

/* Adds a run of one-byte counters. Called by the ABI files only, from
 * constructors: it writes to static memory and nothing else. A run that is
 * already known is ignored. Runs beyond the fixed limit are counted and left
 * out (counters_dropped). */
void counters_add(void *start, size_t count, enum counter_source source);

/* Gives the youngest run its table of {pc, flags} pairs, if it has as many
 * counters as the table has pairs. The table is not copied. */
void counters_add_pcs(const uintptr_t *pairs, size_t count);

/* Tells that a run had to be left out by whoever would have added it. */
void counters_drop(void);

/* Builds the table: takes in gcc's arcs and what else is only known now
 * (gcov.h, sancov.h), joins adjacent runs, deals indexes. The order is the
 * same in every process of a program, wherever it is loaded: one-byte runs as
 * they were registered, then gcc's arrays by module, as the modules were
 * registered, and by address within one, then the value profile (values.h).
 * Idempotent; later calls only take in what was registered since (with indexes
 * after the old ones). Returns false if memory is refused. Not for signal
 * handlers. */
bool counters_prepare(void);

/* The table, valid after counters_prepare() until its next call: every counter
 * as a range, and those of 8 bytes also as spans, with the same indexes. */
const struct counter_range *counters_ranges(size_t *n);
const struct counter_span *counters_spans(size_t *n);
uint32_t counters_total(void);
/* Of them those of the value profile, the last. */
uint32_t counters_of_values(void);
unsigned counters_sources(void);
uint32_t counters_dropped(void);

/* The program counter of a counter's code where a table tells it (clang's
 * pc-table), else 0; and whether that is a function's entry. */
uintptr_t counters_pc(uint32_t index);
bool counters_is_entry(uint32_t index);
/* The tables themselves, from 0 on. False past the last. */
bool counters_pc_table(size_t number, const uintptr_t **pairs, size_t *n);

/* A sentence if instrumentation was found that can't be used (a gcc with an
 * unknown layout), else NULL. */
const char *counters_refusal(void);

#endif
