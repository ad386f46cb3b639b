/* SPDX-License-Identifier: MIT
 *
 * Signatures: which failures are one bug. A signature is a kind and the places
 * in the project's own code that the stack tells; equal texts are one group.
 * They must come out equal in every process of a run, wherever it is loaded
 * and however the input was made smaller, and hold no value of the input.
 */
#ifndef THRESH_COORDINATOR_SIGNATURE_H
#define THRESH_COORDINATOR_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "coordinator/stack.h"

/* Whether a frame is code of the project: not of libc, the loader, the
 * compiler's or a sanitizer's runtime, or the engine, and no helper whose only
 * work is to end the program. */
bool signature_is_project(const struct stack *s, const struct stack_frame *f);

/* Whether a module is libc, the loader, or the compiler's or a sanitizer's
 * runtime. */
bool signature_is_runtime(const char *path);

/* The key of a failure at the top of a stack. Without a frame of the project
 * it is the kind alone. */
void signature_of_stack(char *key, size_t size, const char *kind,
                        const struct stack *s);

/* Of two accesses that race; which one is told first differs from run to run.
 */
void signature_of_race(char *key, size_t size, const char *kind,
                       const struct stack *a, const struct stack *b);

/* Of a stack that overflowed, at a depth that depends on much. */
void signature_of_overflow(char *key, size_t size, const char *kind,
                           const struct stack *s);

/* Of an execution that was interrupted somewhere in a loop. */
void signature_of_hang(char *key, size_t size, const char *kind,
                       const struct stack *s);

#endif
