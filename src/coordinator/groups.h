/* SPDX-License-Identifier: MIT
 *
 * The failures of a run, one for each kind: which one an execution's end
 * belongs to, which one is to be worked on next. Each is the group of all
 * executions that failed likewise. Owns them.
 */
#ifndef THRESH_COORDINATOR_GROUPS_H
#define THRESH_COORDINATOR_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "coordinator/failure.h"

/* Groups that are confirmed, minimised and reported; and further ones that are
 * only saved and listed. A run that has more of them than this has keys that
 * tell nothing. */
#define MAX_FAILURES 256u
#define MAX_GROUPS   4096u

struct groups {
    struct failure **list; /* in the order they were found */
    uint32_t count;
    uint64_t beyond; /* failing executions that became no group */
};

void groups_release(struct groups *g);

/* Takes a failure; those past MAX_FAILURES are not worked on. False, and
 * nothing is taken, when there are MAX_GROUPS. */
bool groups_add(struct groups *g, struct failure *f);

/* The group of a verdict; NULL: none yet. */
struct failure *groups_find(const struct groups *g, const struct verdict *v);

/* The known hang that an execution with this stack is most likely in, and how
 * sure that is. NULL: none. */
struct failure *groups_find_hang(const struct groups *g,
                                 const struct stack *where, enum likeness *how);

/* The failure to be worked on or reported next; NULL: none. What is new comes
 * before what is minimised, so that its batch is not kept for long. */
struct failure *groups_next(const struct groups *g);

/* Called when a failure's key may have changed: if there is another of the same
 * key, the failure becomes part of that one, which is returned. */
struct failure *groups_join(struct groups *g, struct failure *f,
                            const struct options *opt);

/* Whether saved inputs with a history are still to be run. */
bool groups_probe(const struct groups *g);

/* Whether the failures of a run include real ones. */
bool groups_any(const struct groups *g);

/* How many kinds there were, as far as they were told apart. */
uint32_t groups_count(const struct groups *g);

/* Failures that wait to be worked on or reported. */
uint32_t groups_waiting(const struct groups *g);

/* Gives up the runs that failures still want. */
void groups_stop(struct groups *g);

#endif
