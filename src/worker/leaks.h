/* SPDX-License-Identifier: MIT
 *
 * Looking for leaks with LeakSanitizer, which takes milliseconds: only after
 * executions that kept more blocks than they freed, and ever more rarely where
 * that turns out to mean nothing (a cache, a list that grows). A leak ends the
 * process, because its blocks would be found again after every later input.
 *
 *   execution grew --skip?--> run again --grew?--> look --leak--> process ends
 *                     |              |               |
 *                     v              v               v
 *                  skip - 1     gap grows a bit   gap doubles
 */
#ifndef THRESH_WORKER_LEAKS_H
#define THRESH_WORKER_LEAKS_H

#include <stdbool.h>

#include "base/protocol.h"

struct leaks {
    bool on;
    bool always; /* after every execution */
    struct leak_pace pace;
};

/* A request begins. */
void leaks_begin(struct leaks *l, const struct request *request);

/* Whether the execution just made gives reason to look. To be asked after each
 * one, before the target or the pace knows of another. */
bool leaks_suspects(struct leaks *l);

/* The suspicious input, run again, kept nothing: a cache was filled. */
void leaks_cleared(struct leaks *l);

/* Looks. Does not return if there is a leak. */
void leaks_look(struct leaks *l);

/* The process leaves: looks for what all inputs together have leaked. If that
 * is anything the runtime reports it and ends the process, with its own exit
 * code; *looking, in the region, is 1 then. */
void leaks_look_last(_Atomic uint32_t *looking);

/* Whether LeakSanitizer is at work, for the callback of its death. */
bool leaks_checking(void);

#endif
