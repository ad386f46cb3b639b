/* SPDX-License-Identifier: MIT
 *
 * What the guest's parts on Windows tell each other: the place that is being
 * told, on whose behalf, and that this process leaves by itself.
 */
#ifndef THRESH_PLATFORM_WINDOWS_GUEST_H
#define THRESH_PLATFORM_WINDOWS_GUEST_H

#include "platform/windows.h"

#include "platform/guest.h"

typedef void (*windows_teller)(const struct guest_fault *fault);

/* Calls tell, which may fault, with the place of these registers; the rest of
 * the fault is as given. One thread at a time. */
void windows_tell(windows_teller tell, struct guest_fault *fault,
                  const CONTEXT *registers);

/* The registers of the place that is being told; NULL outside of it. */
const CONTEXT *windows_place(void);

/* From now on guest_thread() takes the calling thread for another one. */
void windows_speak_for(DWORD thread);

/* Says that this process ends by its own doing, where guest_note_leaving() has
 * said. */
void windows_note_leaving(void);

/* Goes from a function to its caller: changes registers to what they are after
 * its return, as the tables of its module tell, or as they must be if it has
 * none. False at the end of the stack. Reads the stack, which may fault. */
bool windows_unwind(CONTEXT *registers);

/* Whether the system will find its way from these registers to the handlers
 * that lie around main. */
bool windows_stack_is_whole(const CONTEXT *registers);

#endif
