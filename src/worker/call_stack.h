/* SPDX-License-Identifier: MIT
 *
 * The stack in the last words: which calls led to a place, and where in the
 * files of which modules they are, since addresses mean nothing once the
 * process has gone. Runs in signal handlers, like all of last_words.c, from
 * which it is apart because it only knows places, not why they are asked for.
 */
#ifndef THRESH_WORKER_CALL_STACK_H
#define THRESH_WORKER_CALL_STACK_H

#include "base/protocol.h"
#include "platform/guest.h"

/* Loads what is needed; once, before the target's first input. */
void call_stack_prepare(void);

/* Fills the stack of words, beginning at `place`. May fault on a damaged stack;
 * words->nframes is 0 then. */
void call_stack_record(struct last_words *words,
                       const struct guest_fault *place);

/* Names a place of the code, the engine's or another. */
void call_stack_engine(struct engine_place *place, const void *pc);

#endif
