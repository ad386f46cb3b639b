/* SPDX-License-Identifier: MIT
 *
 * Last words: what a dying worker writes into its region so that the
 * coordinator can tell how it died. Everything here runs inside a process that
 * has just been broken: it only stores to memory mapped long ago.
 */
#ifndef THRESH_WORKER_LAST_WORDS_H
#define THRESH_WORKER_LAST_WORDS_H

#include <stdbool.h>

#include "base/protocol.h"
#include "worker/target.h"

/* Installs the handlers; once, after the target's own initialisation. Signals
 * and callbacks that somebody else handles already stay theirs. */
void last_words_prepare(struct region *region, const struct target *target);

/* Says it, with a text or NULL, unless something was said before. False: it
 * was. */
bool last_words_speak(enum last_words_kind kind, const char *text);

#endif
