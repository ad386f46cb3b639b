/* SPDX-License-Identifier: MIT
 *
 * How processes end on this system: the numbers of a kind, and their names;
 * and whether all that were started have ended.
 */
#ifndef THRESH_TEST_ENDS_H
#define THRESH_TEST_ENDS_H

#include "unit.h"

#ifdef _WIN32

#include "platform/windows.h"

#include <tlhelp32.h>

#define END_ABORT       ((int)STATUS_FATAL_APP_EXIT)
#define END_ABORT_NAME  "abort"
#define END_ACCESS      ((int)EXCEPTION_ACCESS_VIOLATION)
#define END_ACCESS_NAME "EXCEPTION_ACCESS_VIOLATION"
#define END_KILLED      ((int)WINDOWS_KILLED)
/* The last two are fail-fast. */
#define END_CRASHES                                                            \
    END_ABORT, END_ACCESS, (int)EXCEPTION_STACK_OVERFLOW,                      \
        (int)EXCEPTION_INT_DIVIDE_BY_ZERO, (int)EXCEPTION_ILLEGAL_INSTRUCTION, \
        (int)EXCEPTION_IN_PAGE_ERROR, (int)0xC0000409, (int)0xC0000602
/* ^C, and the end of a session. */
#define END_OUTSIDE END_KILLED, (int)0xC000013A, (int)0x40010004

static inline void assert_no_children(void)
{
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    BOOL more = Process32First(all, &entry);
    assert_true(more);
    for (; more; more = Process32Next(all, &entry))
        assert_int_not_equal(entry.th32ParentProcessID, GetCurrentProcessId());
    CloseHandle(all);
}

#else

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define END_ABORT       SIGABRT
#define END_ABORT_NAME  "SIGABRT"
#define END_ACCESS      SIGSEGV
#define END_ACCESS_NAME "SIGSEGV"
#define END_KILLED      SIGKILL
#define END_CRASHES     SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS
#define END_OUTSIDE     SIGKILL, SIGTERM, SIGHUP, SIGINT

static inline void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

#endif

#endif
