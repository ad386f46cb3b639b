/* SPDX-License-Identifier: MIT
 *
 * Jumps out of a function into one that called it, past code that is not ours.
 * Nothing on the way is told: no signal mask is restored, no handler or
 * destructor runs, and the stack in between may be damaged. Apart from
 * guest.h because these must be macros: a frame can only be jumped to from
 * within itself.
 *
 *     if (jump_here(place) == 0)      the first time
 *     jump_to(place);                 the second time it is 1
 */
#ifndef THRESH_PLATFORM_JUMP_H
#define THRESH_PLATFORM_JUMP_H

#include <setjmp.h>

typedef jmp_buf jump_place;

#ifdef _WIN32
/* Without a frame there is nothing to unwind to. */
#define jump_here(place) _setjmp(place, NULL)
#define jump_to(place)   longjmp(place, 1)
#else
#define jump_here(place) _setjmp(place)
#define jump_to(place)   _longjmp(place, 1)
#endif

#endif
