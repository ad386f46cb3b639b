/* SPDX-License-Identifier: MIT
 *
 * The live view: a block of rows at the bottom of a terminal that is drawn anew
 * some times a second, while everything else that is printed goes above it as
 * ever. Whoever prints hides it first; the next look draws it again.
 *
 * Nothing about the terminal is changed that would have to be restored: no
 * other screen, no scrolling region, no hidden cursor, no raw mode. The cursor
 * waits below the block, so that whatever ends the program, or echoes keys,
 * leaves lines that can be read. One for the program, like the terminal.
 */
#ifndef THRESH_COORDINATOR_LIVE_H
#define THRESH_COORDINATOR_LIVE_H

#include <stdbool.h>

#include "coordinator/live_view.h"

/* Shows it from now on, if both streams are a terminal that can do it: not with
 * NO_COLOR, or TERM unset or "dumb". */
void live_begin(void);

bool live_on(void);

/* How often it is drawn. */
#define LIVE_EVERY_US 250000u

/* Draws the block, over the one that is there. */
void live_draw(const struct live_history *h, const struct progress *p,
               uint64_t us);

/* Takes it away; to be called before anything else is printed. */
void live_hide(void);

#endif
