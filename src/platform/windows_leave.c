/* SPDX-License-Identifier: MIT
 *
 * Leaving and being killed. Both give a process an exit status, any number, so
 * that only the process itself can tell which it was: whatever way it leaves by
 * itself leads through this note. Apart from windows_guest.c because it is one
 * question, asked on both sides.
 *
 * All those ways end in three functions of ntdll, which the modules call
 * through their tables of imports: there a step in between is put. Modules
 * that are loaded later have none, but the loader still says good-bye to the
 * program when it exits (Wine's does not).
 */
#include "platform/windows_guest.h"

#include <string.h>

#include "platform/walk.h"

static _Atomic uint32_t *note;
static DWORD noted_thread; /* the one whose end is the worker's */

void windows_note_leaving(void)
{
    if (note)
        *note = 1;
}

/* ---- steps in between ---- */

typedef void(NTAPI *exit_function)(LONG status);
typedef LONG(NTAPI *terminate_function)(HANDLE process, LONG status);

static exit_function exit_process, exit_thread;
static terminate_function terminate;

static void NTAPI noted_exit_process(LONG status)
{
    windows_note_leaving();
    exit_process(status);
}

static void NTAPI noted_exit_thread(LONG status)
{
    if (GetCurrentThreadId() == noted_thread)
        windows_note_leaving();
    exit_thread(status);
}

static LONG NTAPI noted_terminate(HANDLE process, LONG status)
{
    if (process && GetProcessId(process) == GetCurrentProcessId())
        windows_note_leaving();
    return terminate(process, status);
}

/* ---- tables of imports ---- */

static void replace(uintptr_t *slot, uintptr_t by)
{
    DWORD before;
    if (!VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &before))
        return;
    *slot = by;
    (void)VirtualProtect(slot, sizeof *slot, before, &before);
}

static void step_in(uintptr_t *slot)
{
    if (*slot == (uintptr_t)exit_process)
        replace(slot, (uintptr_t)noted_exit_process);
    else if (*slot == (uintptr_t)exit_thread)
        replace(slot, (uintptr_t)noted_exit_thread);
    else if (*slot == (uintptr_t)terminate)
        replace(slot, (uintptr_t)noted_terminate);
}

static void step_into_module(char *base)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_IMPORT_DESCRIPTOR import;
    memcpy(&dos, base, sizeof dos);
    memcpy(&nt, base + dos.e_lfanew, sizeof nt);
    const IMAGE_DATA_DIRECTORY *imports =
        &nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    if (!imports->VirtualAddress)
        return;
    for (char *at = base + imports->VirtualAddress;; at += sizeof import) {
        memcpy(&import, at, sizeof import);
        if (!import.FirstThunk)
            return;
        uintptr_t *slot = (uintptr_t *)(void *)(base + import.FirstThunk);
        for (; *slot; slot++)
            step_in(slot);
    }
}

static bool visit_module(void *ctx, const struct walk_mapping *m)
{
    HMODULE module;
    (void)ctx;
    if (*m->path && m->offset == 0 &&
        GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                               GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           (const char *)(uintptr_t)m->start, &module) &&
        (uintptr_t)module == m->start)
        step_into_module((char *)module);
    return true;
}

/* Copied, since a function of the system may have any type. */
static bool find_function(HMODULE module, const char *name, void *function)
{
    FARPROC found = GetProcAddress(module, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

void guest_note_leaving(_Atomic uint32_t *flag)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    bool again = note != NULL;
    note = flag;
    noted_thread = GetCurrentThreadId();
    if (again || !ntdll)
        return;
    if (find_function(ntdll, "RtlExitUserProcess", &exit_process) &&
        find_function(ntdll, "RtlExitUserThread", &exit_thread) &&
        find_function(ntdll, "NtTerminateProcess", &terminate))
        walk_mappings(visit_module, NULL);
}

/* ---- the loader's good-bye ---- */

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

/* ---- the coordinator's side ---- */

struct platform_exit platform_unannounced_exit(struct platform_exit exit)
{
    if (exit.kind == PLATFORM_EXITED)
        exit = (struct platform_exit){PLATFORM_SIGNALLED, (int)WINDOWS_KILLED};
    return exit;
}
