/* SPDX-License-Identifier: MIT
 *
 * A child from its start to its end. A guarded one is born into a job object,
 * which ends all of its processes when its only handle, ours, is closed,
 * however this process ends. What a child inherits is listed, so that two that
 * are started at once can't get each other's handles.
 *
 * A guarded child has no console: ^C, closing the window and dialog boxes are
 * for this process, which then says what becomes of the others.
 */
#include "platform/windows_child.h"

#include <inttypes.h>
#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "platform/guest.h"

/* ---- what a child inherits ---- */

enum { STANDARD = 3, MAX_INHERITED = STANDARD + PLATFORM_MAX_CHILD_HANDLES };

struct inheritance {
    HANDLE standard[STANDARD]; /* NULL: none */
    HANDLE list[MAX_INHERITED];
    DWORD before[MAX_INHERITED]; /* their flags, to be restored */
    DWORD n;
    HANDLE own[STANDARD]; /* made for the child alone, to be closed */
    size_t nown;
};

/* Makes a handle one of those that are inherited; it must not be listed
 * twice. */
static bool inherit(struct inheritance *in, HANDLE handle)
{
    for (DWORD i = 0; i < in->n; i++) {
        if (in->list[i] == handle)
            return true;
    }
    if (!GetHandleInformation(handle, &in->before[in->n]) ||
        !SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
        return false;
    in->list[in->n++] = handle;
    return true;
}

static bool own(struct inheritance *in, int stream, HANDLE handle)
{
    in->own[in->nown++] = handle;
    in->standard[stream] = handle;
    return inherit(in, handle);
}

/* A child may only append to a file, so that nothing is lost when this process
 * empties it, and may read what it wrote. */
static HANDLE output_for_child(HANDLE output)
{
    HANDLE copy;
    bool file = GetFileType(output) == FILE_TYPE_DISK;
    DWORD access =
        FILE_APPEND_DATA | FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    if (DuplicateHandle(GetCurrentProcess(), output, GetCurrentProcess(), &copy,
                        file ? access : 0, FALSE,
                        file ? 0 : DUPLICATE_SAME_ACCESS))
        return copy;
    return INVALID_HANDLE_VALUE;
}

static bool inherit_output(struct inheritance *in, platform_handle output)
{
    HANDLE null = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (null == INVALID_HANDLE_VALUE || !own(in, 0, null))
        return false;
    HANDLE copy = output_for_child((HANDLE)output);
    if (copy == INVALID_HANDLE_VALUE || !own(in, 1, copy))
        return false;
    in->standard[2] = copy;
    return true;
}

/* Stream number i of ours; if it is closed it is none of the child's either. */
static void inherit_stream(struct inheritance *in, int i)
{
    static const DWORD streams[STANDARD] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
                                            STD_ERROR_HANDLE};
    HANDLE handle = GetStdHandle(streams[i]);
    bool ours = handle && handle != INVALID_HANDLE_VALUE && inherit(in, handle);
    in->standard[i] = ours ? handle : NULL;
}

static bool inherit_all(struct inheritance *in,
                        const struct platform_spawn *spec)
{
    bool none = spec->output == PLATFORM_NO_HANDLE;
    if (!none && !inherit_output(in, spec->output))
        return false;
    for (int i = 0; i < STANDARD; i++)
        if (none || (i == 1 && spec->own_stdout))
            inherit_stream(in, i);
    for (size_t i = 0; i < spec->nhandles; i++) {
        if (!inherit(in, (HANDLE)spec->handles[i]))
            return false;
    }
    return true;
}

static void inheritance_release(struct inheritance *in)
{
    for (DWORD i = 0; i < in->n; i++)
        (void)SetHandleInformation(in->list[i], HANDLE_FLAG_INHERIT,
                                   in->before[i] & HANDLE_FLAG_INHERIT);
    for (size_t i = 0; i < in->nown; i++)
        CloseHandle(in->own[i]);
}

/* ---- start ---- */

/* A job that dies with its handle, shows no dialog box, and tells the port
 * when its last process has ended. NULL, with the reason in GetLastError. */
static HANDLE job_new(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
        JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT port = {.CompletionPort =
                                                    windows_port()};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (job && port.CompletionPort &&
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits,
                                sizeof limits) &&
        SetInformationJobObject(job,
                                JobObjectAssociateCompletionPortInformation,
                                &port, sizeof port))
        return job;
    DWORD os = GetLastError();
    if (job)
        CloseHandle(job);
    SetLastError(os);
    return NULL;
}

/* The list of attributes (free() it) that names the job, if any, and the
 * handles, of which there is at least one or a job. */
static LPPROC_THREAD_ATTRIBUTE_LIST attributes_new(struct inheritance *in,
                                                   HANDLE *job)
{
    SIZE_T size = 0;
    (void)InitializeProcThreadAttributeList(NULL, 2, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (!list || !InitializeProcThreadAttributeList(list, 2, 0, &size)) {
        free(list);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    bool ok = true;
    if (in->n > 0)
        ok = UpdateProcThreadAttribute(
            list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, in->list,
            in->n * sizeof *in->list, NULL, NULL);
    if (ok && *job)
        ok = UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST,
                                       job, sizeof *job, NULL, NULL);
    if (ok)
        return list;
    DWORD os = GetLastError();
    DeleteProcThreadAttributeList(list);
    free(list);
    SetLastError(os);
    return NULL;
}

struct child {
    wchar_t path[WINDOWS_MAX_PATH];
    wchar_t *command_line;
    wchar_t *environment;
    struct inheritance inherited;
    HANDLE job; /* NULL: none */
};

/* Of starting a process: one that has not got through its start, as happens one
 * time in a thousand on a busy machine, is an internal error to Wine. */
#define ATTEMPTS 4

static bool create(struct child *child, PROCESS_INFORMATION *made)
{
    STARTUPINFOEXW start = {.StartupInfo = {
                                .cb = sizeof start,
                                .dwFlags = STARTF_USESTDHANDLES,
                                .hStdInput = child->inherited.standard[0],
                                .hStdOutput = child->inherited.standard[1],
                                .hStdError = child->inherited.standard[2],
                            }};
    DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                  (child->job ? DETACHED_PROCESS : 0);
    start.lpAttributeList = attributes_new(&child->inherited, &child->job);
    if (!start.lpAttributeList)
        return false;
    bool ok = false;
    DWORD os = ERROR_INTERNAL_ERROR;
    for (int i = 0; i < ATTEMPTS && !ok && os == ERROR_INTERNAL_ERROR; i++) {
        ok = CreateProcessW(child->path, child->command_line, NULL, NULL,
                            child->inherited.n > 0, flags, child->environment,
                            NULL, &start.StartupInfo, made);
        os = GetLastError();
    }
    DeleteProcThreadAttributeList(start.lpAttributeList);
    free(start.lpAttributeList);
    SetLastError(os);
    return ok;
}

static VOID CALLBACK on_end(PVOID ctx, BOOLEAN timed_out)
{
    (void)ctx;
    (void)timed_out;
    windows_wake();
}

/* 0, or the number of the error. */
static DWORD start(struct child *child, const struct platform_spawn *spec,
                   struct platform_process *process)
{
    PROCESS_INFORMATION made;
    HANDLE wait;
    if (!windows_path(spec->path, child->path))
        return GetLastError();
    child->command_line = windows_command_line_new(spec->argv);
    if (!child->command_line)
        return GetLastError();
    child->environment = windows_environment_new(spec->env);
    if (!child->environment)
        return GetLastError();
    if (spec->guarded && !(child->job = job_new()))
        return GetLastError();
    if (!inherit_all(&child->inherited, spec) || !create(child, &made))
        return GetLastError();
    CloseHandle(made.hThread);
    if (!RegisterWaitForSingleObject(
            &wait, made.hProcess, on_end, NULL, INFINITE,
            WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE)) {
        DWORD os = GetLastError();
        (void)TerminateProcess(made.hProcess, WINDOWS_KILLED);
        CloseHandle(made.hProcess);
        return os;
    }
    process->id = (intptr_t)made.hProcess;
    process->wait = (intptr_t)wait;
    process->guarded = spec->guarded;
    if (child->job)
        process->job = (platform_handle)child->job;
    child->job = NULL;
    return 0;
}

/* This program's path. Its file is held open from now on, so that nobody
 * renames it away and puts another in its place: coordinator and workers stay
 * the same program. */
static const char *find_self(void)
{
    static HANDLE held = INVALID_HANDLE_VALUE;
    wchar_t path[WINDOWS_MAX_PATH];
    const char *self = platform_self_path();
    if (self && held == INVALID_HANDLE_VALUE && windows_path(self, path))
        held = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL,
                           OPEN_EXISTING, 0, NULL);
    return self;
}

int platform_spawn(const struct platform_spawn *spec,
                   struct platform_process *process, struct thresh_err *err)
{
    *process = (struct platform_process){.job = PLATFORM_NO_HANDLE};
    if (spec->nhandles > PLATFORM_MAX_CHILD_HANDLES)
        return thresh_fail(err, THRESH_ELIMIT,
                           "start a process with %zu handles: at most %d",
                           spec->nhandles, PLATFORM_MAX_CHILD_HANDLES);
    struct platform_spawn own_spec = *spec;
    if (!spec->path)
        own_spec.path = find_self();
    if (!own_spec.path)
        return thresh_fail(err, THRESH_EIO,
                           "start this program once more: its path is too "
                           "long; move it");
    struct child *child = calloc(1, sizeof *child);
    DWORD os = child ? start(child, &own_spec, process)
                     : (DWORD)ERROR_NOT_ENOUGH_MEMORY;
    if (child) {
        inheritance_release(&child->inherited);
        free(child->command_line);
        free(child->environment);
        if (child->job)
            CloseHandle(child->job);
        free(child);
    }
    return os ? windows_fail(err, os, "start %s", own_spec.path) : 0;
}

int platform_worker_variable(char *out, size_t size,
                             const struct platform_spawn *spec)
{
    if (spec->nhandles < GUEST_HANDLES)
        return THRESH_EUSAGE;
    int n = snprintf(out, size, "%s=%d", GUEST_VARIABLE, WINDOWS_WORKER_FORMAT);
    for (int i = 0; i < GUEST_HANDLES; i++) {
        if (n < 0 || (size_t)n >= size)
            return THRESH_ELIMIT;
        n += snprintf(out + n, size - (size_t)n, " %" PRIuPTR,
                      (uintptr_t)spec->handles[i]);
    }
    return (size_t)n < size ? 0 : THRESH_ELIMIT;
}

/* ---- end ---- */

void platform_kill_group(const struct platform_process *process)
{
    if (process->id && process->job != PLATFORM_NO_HANDLE)
        (void)TerminateJobObject((HANDLE)process->job, WINDOWS_KILLED);
}

void platform_kill(struct platform_process *process)
{
    if (!process->id)
        return;
    (void)TerminateProcess((HANDLE)process->id, WINDOWS_KILLED);
    platform_kill_group(process);
}

/* Whether processes of its job have still to end. */
static bool has_group(const struct platform_process *process)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION facts;
    return process->job != PLATFORM_NO_HANDLE &&
           QueryInformationJobObject((HANDLE)process->job,
                                     JobObjectBasicAccountingInformation,
                                     &facts, sizeof facts, NULL) &&
           facts.ActiveProcesses > 0;
}

static void let_go(struct platform_process *process)
{
    (void)UnregisterWaitEx((HANDLE)process->wait, INVALID_HANDLE_VALUE);
    CloseHandle((HANDLE)process->id);
    platform_close(&process->job);
    process->id = 0;
}

struct platform_exit platform_abandon(struct platform_process *process)
{
    let_go(process);
    return (struct platform_exit){.kind = PLATFORM_SIGNALLED,
                                  .code = (int)WINDOWS_KILLED};
}

struct platform_exit platform_poll_exit(struct platform_process *process)
{
    const struct platform_exit running = {.kind = PLATFORM_RUNNING};
    if (!process->id)
        return running;
    if (process->exit.kind == PLATFORM_RUNNING) {
        DWORD status = WINDOWS_KILLED;
        if (WaitForSingleObject((HANDLE)process->id, 0) != WAIT_OBJECT_0)
            return running;
        (void)GetExitCodeProcess((HANDLE)process->id, &status);
        platform_kill_group(process);
        process->exit = (struct platform_exit){
            .kind = windows_is_exception(status) ? PLATFORM_SIGNALLED
                                                 : PLATFORM_EXITED,
            .code = (int)status};
    }
    if (has_group(process))
        return running;
    let_go(process);
    return process->exit;
}

uint64_t platform_resident_bytes(const struct platform_process *process)
{
    PROCESS_MEMORY_COUNTERS counters;
    if (process->id &&
        GetProcessMemoryInfo((HANDLE)process->id, &counters, sizeof counters))
        return counters.WorkingSetSize;
    return 0;
}

/* Wine tells one's own time for that of any process. So nothing is slow here,
 * and nobody is asked where it is to go on afterwards: a thread that is stopped
 * may hold a lock that walking its stack takes. */
uint64_t platform_cpu_us(const struct platform_process *process)
{
    (void)process;
    return 0;
}

void platform_peek_stack(const struct platform_process *process)
{
    (void)process;
}

uint64_t platform_own_resident(void)
{
    return platform_resident_bytes(
        &(struct platform_process){.id = (intptr_t)GetCurrentProcess()});
}

long platform_process_number(const struct platform_process *process)
{
    return process->id ? (long)GetProcessId((HANDLE)process->id) : 0;
}
