/* SPDX-License-Identifier: MIT
 *
 * What workers had leaked when they left, as LeakSanitizer told of it then: no
 * single input's failure. The first report of a run is kept, for its end.
 */
#ifndef THRESH_COORDINATOR_LEAKS_LEFT_H
#define THRESH_COORDINATOR_LEAKS_LEFT_H

#include "coordinator/verdict.h"

struct leaks_left {
    bool found;
    struct verdict verdict;
    char *output; /* what that process printed last; may be NULL */
    size_t size;
};

/* Keeps the verdict on a process that ended so, and its output. */
void leaks_left_keep(struct leaks_left *l, const struct verdict *v,
                     const struct process *p);
void leaks_left_release(struct leaks_left *l);

#endif
