/* SPDX-License-Identifier: MIT
 *
 * See nursery.h.
 */
#include "worker/nursery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/guest.h"
#include "worker/compare.h"
#include "worker/sanitizer.h"

bool nursery_open(void)
{
    const char *forbidden = getenv("THRESH_NO_FORK");
    if (forbidden && *forbidden && strcmp(forbidden, "0") != 0)
        return false;
    /* TSan has a thread of its own that children would lack. */
    if (sanitizer_flags() & REPLY_TSAN || !guest_nursery())
        return false;
    /* What initialisation printed must not be printed by every child. */
    (void)fflush(NULL);
    return true;
}

static bool say(uint32_t status, uint64_t id, const struct guest_end *end)
{
    struct reply reply = {.magic = PROTOCOL_MAGIC,
                          .version = PROTOCOL_VERSION,
                          .status = status,
                          .id = id};
    if (end) {
        reply.flags = end->signalled ? REPLY_SIGNALLED : 0;
        reply.done = (uint32_t)end->code;
    }
    return guest_write(&reply, sizeof reply);
}

/* Requests that the dead child has not read are skipped: the coordinator knows
 * that they were not served. */
static bool await_fork(uint64_t *id, bool (*next)(struct request *request))
{
    struct request request;
    do {
        if (!next(&request))
            return false;
    } while (request.kind != REQUEST_FORK);
    *id = request.id;
    return true;
}

void nursery_run(uint64_t id, bool (*next)(struct request *request),
                 void (*leave)(void))
{
    struct guest_end end;
    while (guest_fork(&end) == GUEST_CHILD_ENDED) {
        /* What is left of its processes may write to what the next child
         * uses. As the group's first process this one takes them along. */
        if (!end.alone)
            guest_end_likewise(&end);
        if (!say(REPLY_ENDED, id, &end))
            leave();
        if (!await_fork(&id, next))
            leave();
        compare_disarm_again();
        guest_follow_parent();
        if (!say(REPLY_OK, id, NULL))
            leave();
    }
}
