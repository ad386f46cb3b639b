/* SPDX-License-Identifier: MIT
 *
 * Tokens for the dictionary: what a traced entry was compared with and does
 * not hold. The coordinator gets them in the outbox. Apart from the search for
 * candidates, which uses the same comparisons for this entry alone, because
 * tokens are for all others too.
 */
#ifndef THRESH_WORKER_TOKENS_H
#define THRESH_WORKER_TOKENS_H

#include "base/solve.h"
#include "worker/outbox.h"

/* Forgets what was met: a batch reports what follows from itself alone. */
void tokens_begin(void);

/* Reports tokens of an entry's comparisons. Texts are told at once, numbers
 * when a second trace meets them: constants come again, lengths and sums
 * seldom. What was told is not told again, as far as is remembered. */
void tokens_report(struct outbox *o, const struct operands *operands,
                   const struct input *entry, uint32_t number);

#endif
