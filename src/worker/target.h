/* SPDX-License-Identifier: MIT
 *
 * The targets of this binary: those registered by THRESH_TARGET, and
 * LLVMFuzzerTestOneInput where it is linked in. Read by the driver (names,
 * seeds) and by the worker (calling one). Registration happens in
 * constructors, into the targets' own static memory; nothing is owned here.
 */
#ifndef THRESH_WORKER_TARGET_H
#define THRESH_WORKER_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/input.h"
#include "thresh.h"

struct target {
    const char *name;
    struct thresh_target *typed; /* NULL: a function of libFuzzer's kind */
    int (*raw)(const uint8_t *data, size_t size); /* that function, or NULL */
    struct signature sig; /* max_bytes 0: no limit of its own */
};

/* Tells the program's name, after which LLVMFuzzerTestOneInput is named; the
 * text must stay. To be called before the functions below. */
void target_set_program(const char *argv0);

/* Takes a function that LLVMFuzzerRunDriver was given for the target, in place
 * of LLVMFuzzerTestOneInput. */
void target_set_raw(int (*call)(const uint8_t *data, size_t size));

/* The targets in the order they were registered: fills *target with number i,
 * false past the last. */
bool target_at(size_t i, struct target *target);
bool target_find(const char *name, struct target *target);

/* The first thing that is wrong with a target's definition, as a sentence in
 * `text`: options that contradict each other, seeds outside their range. False
 * if there is none. */
bool target_is_broken(const struct target *target, char *text, size_t size);

/* Whether a target's saved inputs are raw files: it takes one bytes value. */
bool target_is_raw(const struct target *target);

/* Seed number i of a target: its spans point into the seed's own memory, fixed
 * width values into `store`. False past the last. */
bool target_seed(const struct target *target, size_t i, struct input *in,
                 uint64_t store[INPUT_MAX_ARGS]);

/* The name of an argument, NULL if it has none. */
const char *target_arg_name(const struct target *target, uint32_t arg);

/* Calls LLVMFuzzerInitialize where it exists. Returns a sentence if it broke
 * its contract, else NULL. */
const char *target_initialize(int *argc, char ***argv);

/* The two kinds of target_call(). */
int target_call_raw(int (*call)(const uint8_t *, size_t), const uint8_t *data,
                    size_t size);
bool target_call_with_values(const struct target *target,
                             const struct input *in);

/* Calls the target once with arguments that lie where the spans say (a
 * string's span is followed by its NUL), between the functions that the user
 * wants called before and after each input. False: it was rejected; of
 * libFuzzer's kind, those do it that return -1. */
static inline bool target_call(const struct target *target,
                               const struct input *in)
{
    if (__builtin_expect(target->raw != NULL, 1))
        return target_call_raw(target->raw, in->arg[0].data, in->arg[0].size) !=
               -1;
    return target_call_with_values(target, in);
}

/* Calls what the user wants called after each input, unless that has begun. For
 * an input whose target_call() will not return. */
void target_end_input(const struct target *target);

/* Calls the target's function for this occasion, if it has one. */
void target_hook(const struct target *target, enum thresh_hook hook);

/* Where target_call() calls this process's target: the return address of the
 * call. The frames from there outwards are the engine's in any stack. */
const void *target_called_from(const struct target *target);

#endif
