/* SPDX-License-Identifier: MIT
 *
 * Overwriting a call in the target's code with an instruction that does
 * nothing, and putting it back, while other threads may run that code. Apart
 * from disarm.h, which knows which calls: here are protections and bytes. For
 * x86-64. Pages are writable, and stay executable, only while they are
 * changed, so that a target's stray write to its code is still a crash.
 */
#ifndef THRESH_WORKER_PATCH_H
#define THRESH_WORKER_PATCH_H

#ifdef __x86_64__

#include <stdbool.h>
#include <stdint.h>

#include "platform/segment.h"

/* Whether the system has ever refused to make code writable, or to protect it
 * again. */
bool patch_refused(void);

/* Makes the segment of an address writable, if it is another one than *open,
 * which no longer is then. All zeroes: none. */
bool patch_open(struct segment *open, uintptr_t address);

/* Protects it again. */
void patch_close(struct segment *open);

/* Removes the instruction of 5 or 6 bytes: as the next one does, in code that
 * is protected. */
bool patch_remove_one(uint8_t *code, unsigned size);

/* Removes it from code that is writable. False if it was left as it is. */
bool patch_remove(uint8_t *code, unsigned size);

/* Undoes patch_remove(), if that is what was done there. */
void patch_put_back(uint8_t *code, const uint8_t *call, unsigned size);

#endif

#endif
