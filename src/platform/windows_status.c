/* SPDX-License-Identifier: MIT
 *
 * Exit statuses that stand for what is a signal elsewhere, by name. A process
 * that dies of an exception ends with the exception's number.
 */
#include "platform/windows.h"

#include <stdio.h>

/* Not in every version of the system's headers. */
#define HEAP_CORRUPTION  0xC0000374UL
#define STACK_OVERRUN    0xC0000409UL /* what __fastfail() ends with */
#define FAIL_FAST        0xC0000602UL
#define FATAL_APP_EXIT   0x40000015UL /* what abort() ends with */
#define ASSERTION        0xC0000420UL
#define DLL_NOT_FOUND    0xC0000135UL
#define ENTRY_NOT_FOUND  0xC0000139UL
#define CONTROL_C        0xC000013AUL
#define DLL_INIT_FAILED  0xC0000142UL
#define LOGOFF           0xC000026BUL
#define TERMINATED       0x40010004UL /* the session ends */
#define CPLUSPLUS_THROW  0x20474343UL /* gcc's */
#define MSVC_THROW       0xE06D7363UL
#define INVALID_CRUNTIME 0xC0000417UL

static const struct {
    DWORD status;
    bool crash;
    const char *name;
    const char *text;
} statuses[] = {
    {EXCEPTION_ACCESS_VIOLATION, true, "EXCEPTION_ACCESS_VIOLATION",
     "access violation"},
    {EXCEPTION_STACK_OVERFLOW, true, "EXCEPTION_STACK_OVERFLOW",
     "stack overflow"},
    {EXCEPTION_INT_DIVIDE_BY_ZERO, true, "EXCEPTION_INT_DIVIDE_BY_ZERO",
     "integer division by zero"},
    {EXCEPTION_INT_OVERFLOW, true, "EXCEPTION_INT_OVERFLOW",
     "integer overflow"},
    {EXCEPTION_ILLEGAL_INSTRUCTION, true, "EXCEPTION_ILLEGAL_INSTRUCTION",
     "illegal instruction"},
    {EXCEPTION_PRIV_INSTRUCTION, true, "EXCEPTION_PRIV_INSTRUCTION",
     "privileged instruction"},
    {EXCEPTION_IN_PAGE_ERROR, true, "EXCEPTION_IN_PAGE_ERROR",
     "page that can't be read in"},
    {EXCEPTION_ARRAY_BOUNDS_EXCEEDED, true, "EXCEPTION_ARRAY_BOUNDS_EXCEEDED",
     "array bounds exceeded"},
    {EXCEPTION_FLT_DENORMAL_OPERAND, true, "EXCEPTION_FLT_DENORMAL_OPERAND",
     "floating point exception"},
    {EXCEPTION_FLT_DIVIDE_BY_ZERO, true, "EXCEPTION_FLT_DIVIDE_BY_ZERO",
     "floating point exception"},
    {EXCEPTION_FLT_INEXACT_RESULT, true, "EXCEPTION_FLT_INEXACT_RESULT",
     "floating point exception"},
    {EXCEPTION_FLT_INVALID_OPERATION, true, "EXCEPTION_FLT_INVALID_OPERATION",
     "floating point exception"},
    {EXCEPTION_FLT_OVERFLOW, true, "EXCEPTION_FLT_OVERFLOW",
     "floating point exception"},
    {EXCEPTION_FLT_STACK_CHECK, true, "EXCEPTION_FLT_STACK_CHECK",
     "floating point exception"},
    {EXCEPTION_FLT_UNDERFLOW, true, "EXCEPTION_FLT_UNDERFLOW",
     "floating point exception"},
    {EXCEPTION_NONCONTINUABLE_EXCEPTION, true,
     "EXCEPTION_NONCONTINUABLE_EXCEPTION", "exception that can't be continued"},
    {EXCEPTION_INVALID_DISPOSITION, true, "EXCEPTION_INVALID_DISPOSITION",
     "invalid exception disposition"},
    {EXCEPTION_INVALID_HANDLE, true, "EXCEPTION_INVALID_HANDLE",
     "invalid handle"},
    {EXCEPTION_GUARD_PAGE, true, "EXCEPTION_GUARD_PAGE", "guard page"},
    {EXCEPTION_DATATYPE_MISALIGNMENT, true, "EXCEPTION_DATATYPE_MISALIGNMENT",
     "datatype misalignment"},
    {EXCEPTION_BREAKPOINT, true, "EXCEPTION_BREAKPOINT", "breakpoint trap"},
    {EXCEPTION_SINGLE_STEP, true, "EXCEPTION_SINGLE_STEP", "trace trap"},
    {HEAP_CORRUPTION, true, "STATUS_HEAP_CORRUPTION", "heap corruption"},
    {STACK_OVERRUN, true, "STATUS_STACK_BUFFER_OVERRUN", "fail-fast"},
    {FAIL_FAST, true, "STATUS_FAIL_FAST_EXCEPTION", "fail-fast"},
    {ASSERTION, true, "STATUS_ASSERTION_FAILURE", "assertion failure"},
    {INVALID_CRUNTIME, true, "STATUS_INVALID_CRUNTIME_PARAMETER",
     "invalid parameter of a C function"},
    {MSVC_THROW, true, "uncaught C++ exception", "uncaught C++ exception"},
    {CPLUSPLUS_THROW, true, "uncaught C++ exception", "uncaught C++ exception"},
    {FATAL_APP_EXIT, true, "abort", "aborted"},
    {WINDOWS_KILLED, false, "killed", "killed"},
    {CONTROL_C, false, "^C", "interrupt"},
    {TERMINATED, false, "end of session", "terminated"},
    {LOGOFF, false, "end of session", "terminated"},
    {DLL_NOT_FOUND, false, "STATUS_DLL_NOT_FOUND", "a DLL was not found"},
    {ENTRY_NOT_FOUND, false, "STATUS_ENTRYPOINT_NOT_FOUND",
     "a DLL has not the function it should have"},
    {DLL_INIT_FAILED, false, "STATUS_DLL_INIT_FAILED",
     "a DLL could not be initialised"},
};

enum { NSTATUSES = sizeof statuses / sizeof *statuses };

static size_t find(DWORD status)
{
    size_t i = 0;
    while (i < NSTATUSES && statuses[i].status != status)
        i++;
    return i;
}

/* An error has both of the highest bits set. The fourth is never set in one,
 * but it is in exit codes like -1. */
static bool is_error(DWORD status)
{
    return (status & 0xD0000000UL) == 0xC0000000UL;
}

bool windows_is_exception(DWORD status)
{
    return is_error(status) || find(status) < NSTATUSES;
}

const char *platform_signal_name(int signal)
{
    static char unnamed[32];
    size_t i = find((DWORD)signal);
    if (i < NSTATUSES)
        return statuses[i].name;
    (void)snprintf(unnamed, sizeof unnamed, "exception 0x%08X",
                   (unsigned)signal);
    return unnamed;
}

const char *platform_signal_text(int signal)
{
    size_t i = find((DWORD)signal);
    return i < NSTATUSES ? statuses[i].text : platform_signal_name(signal);
}

/* Errors without a name come from the program too: RaiseException takes any
 * number. */
bool platform_signal_is_crash(int signal)
{
    size_t i = find((DWORD)signal);
    return i < NSTATUSES ? statuses[i].crash : is_error((DWORD)signal);
}

bool platform_signal_is_abort(int signal)
{
    return (DWORD)signal == FATAL_APP_EXIT;
}

bool platform_signal_is_overflow(int signal)
{
    return (DWORD)signal == STATUS_STACK_OVERFLOW;
}
