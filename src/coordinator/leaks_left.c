/* SPDX-License-Identifier: MIT
 *
 * See leaks_left.h.
 */
#include "coordinator/leaks_left.h"

#include <stdlib.h>

/* Enough for a report of very many leaks. */
#define KEPT ((size_t)256 << 10)

void leaks_left_keep(struct leaks_left *l, const struct verdict *v,
                     const struct process *p)
{
    if (l->found)
        return;
    l->found = true;
    l->verdict = *v;
    l->output = malloc(KEPT);
    if (l->output)
        l->size = platform_output_tail(p->output, l->output, KEPT);
}

void leaks_left_release(struct leaks_left *l)
{
    free(l->output);
    *l = (struct leaks_left){.found = false};
}
