/* SPDX-License-Identifier: MIT
 *
 * Arguments as the header's macros describe them, and what the rest of the
 * engine makes of it: kinds, limits, allowed values. Apart from the targets
 * because here alone the options are understood and checked.
 */
#ifndef THRESH_WORKER_PARAM_H
#define THRESH_WORKER_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/input.h"
#include "thresh.h"

/* The engine's kind of a kind in the header. */
enum input_kind param_kind(enum thresh_kind kind);

/* Describes argument number i of a signature. Its list of choices stays where
 * the program has it. */
void param_fill(struct signature *sig, uint32_t i,
                const struct thresh_param *param);

/* Whether options are wrong: unknown, out of the kind's reach, contradictory.
 * `text` gets a sentence about it. */
bool param_is_broken(const char *target, const struct thresh_param *param,
                     char *text, size_t size);

/* The length of the options' text without the comma that macros leave. */
int param_text_size(const struct thresh_param *param);

#endif
