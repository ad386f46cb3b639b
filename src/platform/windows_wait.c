/* SPDX-License-Identifier: MIT
 *
 * The one place where the host sleeps. Everything that can end a wait is
 * posted to one completion port: reads that have ended, processes that have
 * (windows_process.c), ^C and closing, which the system tells on a thread of
 * its own. There is no limit of 64 then. A packet only wakes; what has come is
 * looked for where it lies.
 */
#include "platform/windows.h"

#include <stdatomic.h>

static atomic_uint interrupts;
static atomic_int last_interrupt;

uint64_t platform_now_us(void)
{
    static uint64_t frequency; /* constant as long as the system runs */
    LARGE_INTEGER count;
    if (!frequency) {
        (void)QueryPerformanceFrequency(&count);
        frequency = (uint64_t)count.QuadPart;
    }
    (void)QueryPerformanceCounter(&count);
    uint64_t n = (uint64_t)count.QuadPart;
    return n / frequency * 1000000 + n % frequency * 1000000 / frequency;
}

uint64_t platform_utc_seconds(void)
{
    /* Between 1601, where the system's count of 100 ns begins, and 1970. */
    const uint64_t before_1970 = 11644473600u;
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    uint64_t count = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return count / 10000000 - before_1970;
}

void platform_sleep_us(uint64_t us)
{
    const uint64_t most = 1000000;
    uint64_t ms = us / 1000 + (us % 1000 != 0);
    for (; ms > most; ms -= most)
        Sleep((DWORD)most);
    Sleep((DWORD)ms);
}

HANDLE windows_port(void)
{
    static HANDLE port;
    if (!port)
        port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    return port;
}

void windows_wake(void)
{
    (void)PostQueuedCompletionStatus(windows_port(), 0, 0, NULL);
}

/* On a thread of the system's. When a console closes, or the session ends, the
 * process is ended as soon as this returns: the main thread shall end it, and
 * is given what time the system gives us. */
static BOOL WINAPI on_console(DWORD event)
{
    bool ours = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
    atomic_store(&last_interrupt,
                 ours ? PLATFORM_INTERRUPT : PLATFORM_TERMINATE);
    atomic_fetch_add(&interrupts, 1);
    windows_wake();
    if (!ours)
        Sleep(INFINITE);
    return TRUE;
}

int platform_watch(struct thresh_err *err)
{
    static bool watching;
    if (watching)
        return 0;
    if (!windows_port())
        return windows_fail(err, GetLastError(), "make a completion port");
    /* ^C is caught also where what started us has it ignored. */
    (void)SetConsoleCtrlHandler(NULL, FALSE);
    if (!SetConsoleCtrlHandler(on_console, TRUE))
        return windows_fail(err, GetLastError(), "catch ^C");
    watching = true;
    return 0;
}

int platform_watch_requests(bool usr1, bool usr2, struct thresh_err *err)
{
    (void)usr1;
    (void)usr2;
    (void)err;
    return 0;
}

unsigned platform_interrupts(enum platform_interrupt *last)
{
    unsigned n = atomic_load(&interrupts);
    if (last)
        *last = (enum platform_interrupt)atomic_load(&last_interrupt);
    return n;
}

/* Milliseconds, rounded up so that a deadline has passed when they end. */
static DWORD timeout_ms(uint64_t deadline_us)
{
    if (deadline_us == UINT64_MAX)
        return INFINITE;
    uint64_t now = platform_now_us();
    if (now >= deadline_us)
        return 0;
    uint64_t ms = (deadline_us - now - 1) / 1000 + 1;
    return ms >= INFINITE ? INFINITE - 1 : (DWORD)ms;
}

static bool look(const platform_handle *pipes, bool *ready, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        ready[i] =
            pipes[i] != PLATFORM_NO_HANDLE && windows_pipe_ready(pipes[i]);
        any = any || ready[i];
    }
    return any;
}

bool platform_wait(const platform_handle *pipes, bool *ready, size_t n,
                   uint64_t deadline_us)
{
    enum { AT_ONCE = 64 };
    OVERLAPPED_ENTRY packets[AT_ONCE];
    HANDLE port = windows_port();
    ULONG count;
    bool woken = !port; /* a packet may be that of an ended process */
    bool any = look(pipes, ready, n);
    DWORD patience = any ? 0 : timeout_ms(deadline_us);
    if (!port && !any)
        platform_sleep_us(1000);
    do {
        count = 0;
        if (port && !GetQueuedCompletionStatusEx(port, packets, AT_ONCE, &count,
                                                 patience, FALSE))
            count = 0;
        woken = woken || count > 0;
        patience = 0;
    } while (count == AT_ONCE);
    if (!any)
        (void)look(pipes, ready, n);
    return woken;
}
