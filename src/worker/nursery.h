/* SPDX-License-Identifier: MIT
 *
 * The nursery: a worker that has initialised its target and from then on only
 * forks children, which serve requests as the worker would have done. When a
 * child dies of its target the next one is there in the time of a fork, without
 * loading the program and initialising the target anew.
 *
 *                 HELLO answered
 *     worker ---> forking ---> waiting ---> child ended ---> told (ENDED)
 *                    ^       (for the child)    |               |
 *                    |                          | left others   | FORK asked
 *                    +--------- answered <------|---------------+
 *                                               v
 *                                   ends as the child did
 *
 * While a child lives the nursery touches neither pipes nor target code: both
 * read and write the same two pipes, in turns.
 */
#ifndef THRESH_WORKER_NURSERY_H
#define THRESH_WORKER_NURSERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"

/* Whether this process becomes a nursery: not if the user forbids it
 * (THRESH_NO_FORK), or if a fork would not be as good as a process started
 * anew. To be asked when the target is initialised and has run nothing. */
bool nursery_open(void);

/* Forks children, the first of them for the request `id`. Returns in each, and
 * in this process itself if the system refuses to fork; never otherwise.
 * `next` reads a request, and does not return what is none; `leave`, which does
 * not return, is called when there will be none. */
void nursery_run(uint64_t id, bool (*next)(struct request *request),
                 void (*leave)(void));

#endif
