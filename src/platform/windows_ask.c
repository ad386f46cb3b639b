/* SPDX-License-Identifier: MIT
 *
 * Asking a worker where it is, and the answer. Windows interrupts no thread,
 * but one process may start a thread in another: it begins in this file's
 * answer(), stops the thread that runs the target and speaks for it. Both sides
 * stand here because they are one program: what is where in the coordinator
 * tells where it is in the worker.
 */
#include "platform/windows_guest.h"

#include <psapi.h>

static windows_teller on_ask_stack;
static HANDLE asked_thread;
static DWORD asked_id;

static DWORD WINAPI answer(void *unused)
{
    struct guest_fault fault = {0};
    CONTEXT registers = {.ContextFlags = CONTEXT_FULL};
    (void)unused;
    if (!asked_thread || SuspendThread(asked_thread) == (DWORD)-1)
        return 0;
    /* Waits until it has really stopped. */
    if (GetThreadContext(asked_thread, &registers)) {
        windows_speak_for(asked_id);
        windows_tell(on_ask_stack, &fault, &registers);
    }
    (void)ResumeThread(asked_thread);
    return 0;
}

void guest_catch_asks(void (*on_ask)(const struct guest_fault *place))
{
    HANDLE process = GetCurrentProcess();
    on_ask_stack = on_ask;
    asked_id = GetCurrentThreadId();
    if (!asked_thread)
        (void)DuplicateHandle(process, GetCurrentThread(), process,
                              &asked_thread, 0, FALSE, DUPLICATE_SAME_ACCESS);
}

void platform_ask_stack(const struct platform_process *process)
{
    HANDLE worker = (HANDLE)process->id; // NOLINT(performance-no-int-to-ptr)
    const char *own = (const char *)GetModuleHandleW(NULL);
    HMODULE program;
    DWORD size;
    /* The first module is the program. */
    if (!worker ||
        !K32EnumProcessModules(worker, &program, sizeof program, &size))
        return;
    uintptr_t start = (uintptr_t)program + ((uintptr_t)answer - (uintptr_t)own);
    HANDLE thread = CreateRemoteThread(worker, NULL, 0,
                                       (LPTHREAD_START_ROUTINE)start, // NOLINT
                                       NULL, 0, NULL);
    if (thread)
        (void)CloseHandle(thread);
}
