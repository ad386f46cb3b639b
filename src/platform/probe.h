/* SPDX-License-Identifier: MIT
 *
 * Probes: breakpoints on the target's comparing instructions, to see what it
 * compares where no compiler tells. Part of what the guest may ask the system
 * for, and apart from guest.h because it exists on few systems: Linux on x86-64
 * so far.
 *
 * A probe that is hit tells its operands and takes itself away, until another
 * one is hit; so a loop costs little, and nothing is ever executed step by step
 * (the trap flag costs ten times a breakpoint, and in virtual machines a
 * hundred times). The target sees nothing of it but its own code's bytes and
 * the clock.
 */
#ifndef THRESH_PLATFORM_PROBE_H
#define THRESH_PLATFORM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/x86_length.h"
#include "platform/function.h"

/* Whether there are probes on this system at all; elsewhere the calls below do
 * nothing. */
#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__)
#define PROBE_SYSTEM 1
#define PROBE_CALL
#else
#define PROBE_SYSTEM 0
#define PROBE_CALL   static inline
#endif

/* A comparison that is about to be executed. */
struct probe_compare {
    uint64_t site; /* the instruction */
    enum x86_kind kind;
    uint8_t width; /* of both; 10 for LONG_DOUBLE */
    uint8_t a[16];
    uint8_t b[16];
};

typedef void probe_tell(void *ctx, const struct probe_compare *compare);

/* Finds the comparisons of the module that holds `address`, which may be data,
 * in functions that begin in `within` (end 0: anywhere), but not in our own code.
 * A module is looked at once. False where the system can't. Not for signal
 * handlers. */
PROBE_CALL bool probe_find(uintptr_t address, const struct code_range *within,
                           enum x86_want want);

/* Forgets what was found. None is set. */
PROBE_CALL void probe_forget(void);

/* How many there are. */
PROBE_CALL size_t probe_sites(void);

/* Sets the probes until probe_pause() or probe_end(), or until `hits` were told.
 * `tell` is called in a signal handler. False, with no probe set, where the
 * process is not fit for it: it has threads, or SIGTRAP is blocked or its
 * own. */
PROBE_CALL bool probe_begin(uint64_t hits, probe_tell *tell, void *ctx);

/* Takes them away and returns how many were hit. Code stays writable, for
 * another probe_begin() before anything else runs. Preserves errno. */
PROBE_CALL uint64_t probe_pause(void);

/* Takes them away, wherever the target was left, makes code what it was, and
 * returns how many were hit. Harmless when nothing has begun. Preserves
 * errno. */
PROBE_CALL uint64_t probe_end(void);

#if !PROBE_SYSTEM
PROBE_CALL bool probe_find(uintptr_t address, const struct code_range *within,
                           enum x86_want want)
{
    (void)address;
    (void)within;
    (void)want;
    return false;
}

PROBE_CALL void probe_forget(void)
{
}

PROBE_CALL size_t probe_sites(void)
{
    return 0;
}

PROBE_CALL bool probe_begin(uint64_t hits, probe_tell *tell, void *ctx)
{
    (void)hits;
    (void)tell;
    (void)ctx;
    return false;
}

PROBE_CALL uint64_t probe_pause(void)
{
    return 0;
}

PROBE_CALL uint64_t probe_end(void)
{
    return 0;
}
#endif

#endif
