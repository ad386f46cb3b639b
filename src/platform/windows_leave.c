/* SPDX-License-Identifier: MIT
 *
 * Leaving and being killed. Both give a process an exit status, any number, so
 * that only the process itself can tell which it was: whatever way it leaves by
 * itself leads through this note. Apart from windows_guest.c because it is one
 * question, asked on both sides.
 */
#include "platform/windows_guest.h"

static _Atomic uint32_t *note;

void guest_note_leaving(_Atomic uint32_t *flag)
{
    note = flag;
}

void windows_note_leaving(void)
{
    if (note)
        *note = 1;
}

/* The loader says good-bye to what is linked into the program when the process
 * exits, or its last thread does, but not when somebody terminates it. */
static void NTAPI on_detach(void *module, DWORD reason, void *reserved)
{
    (void)module;
    (void)reserved;
    if (reason == DLL_PROCESS_DETACH)
        windows_note_leaving();
}

extern const PIMAGE_TLS_CALLBACK windows_on_detach;

/* A list that linker and C library put together by the names of sections. */
__attribute__((section(".CRT$XLD"), used))
const PIMAGE_TLS_CALLBACK windows_on_detach = on_detach;

struct platform_exit platform_unannounced_exit(struct platform_exit exit)
{
    if (exit.kind == PLATFORM_EXITED)
        exit = (struct platform_exit){PLATFORM_SIGNALLED, (int)WINDOWS_KILLED};
    return exit;
}
