/* SPDX-License-Identifier: MIT
 *
 * The arguments of removed calls. Where a callback's call was removed from the
 * target's code the instructions stay that make its arguments, two or three a
 * comparison. Here they go, too: with the place of the call they become one or
 * two instructions that do nothing (base/x86_argument.h). It takes the
 * beginnings of instructions to be known, so the whole function is walked
 * through, once for many sites; what is not understood stays. Of the arguments
 * nobody knows any more: a call might have changed these registers.
 *
 * Kept in this process alone, unlike the list of sites, which forks share and
 * a target can write to.
 */
#ifndef THRESH_WORKER_SPARE_H
#define THRESH_WORKER_SPARE_H

#include <stddef.h>

#include "platform/segment.h"
#include "worker/disarm.h"

/* Removes what arguments it can, where the calls of these sites are removed;
 * earlier sites are the same as last time. Nothing if the process has threads.
 * Code that was opened stays so. */
void spare_do(struct segment *open, const struct disarmed_site *sites,
              size_t nsites);

/* Puts them back; the calls stay removed. */
void spare_undo(struct segment *open);

#endif
