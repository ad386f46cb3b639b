/* SPDX-License-Identifier: MIT
 *
 * What a worker uses inside a target; see guest.h. The system's calls leave
 * their reason in a variable of the thread, which the target may be about to
 * read: what is called while it runs puts that back.
 */
#include "platform/windows_guest.h"

#include <fcntl.h>
#include <io.h>
#include <psapi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What a worker that can't work ends with: a failure of ours, never one of the
 * target's. */
enum { EXIT_OURS = 70 };

static HANDLE handles[GUEST_HANDLES];

/* ---- start ---- */

/* Reads a decimal number and what separates it from the next; false if there is
 * none. */
static bool next_number(const char **text, uintptr_t *number)
{
    const char *p = *text;
    uintptr_t n = 0;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (n > (UINTPTR_MAX - 9) / 10)
            return false;
        n = n * 10 + (uintptr_t)(*p - '0');
    }
    if (*p == ' ')
        p++;
    else if (*p)
        return false;
    *text = p;
    *number = n;
    return true;
}

static bool take_handles(const char *value)
{
    uintptr_t number;
    if (!next_number(&value, &number) || number != WINDOWS_WORKER_FORMAT)
        return false;
    for (int i = 0; i < GUEST_HANDLES; i++) {
        if (!next_number(&value, &number))
            return false;
        handles[i] = (HANDLE)number; // NOLINT(performance-no-int-to-ptr)
        /* Also keeps them from programs that the target starts. */
        if (!SetHandleInformation(handles[i], HANDLE_FLAG_INHERIT, 0))
            return false;
    }
    return *value == 0;
}

/* A variable that can't be read is a worker's still: to go on as if it were
 * not there would start a second coordinator. */
bool guest_is_worker(void)
{
    static bool is_worker;
    char value[128] = "";
    SetLastError(0);
    DWORD n = GetEnvironmentVariableA(GUEST_VARIABLE, value, sizeof value);
    if (is_worker || (n == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND))
        return is_worker;
    if (n >= sizeof value || !take_handles(value)) {
        guest_say("thresh: the value of " GUEST_VARIABLE
                  " is not for this program; rebuild it and what starts it "
                  "with one version, or unset the variable\n");
        guest_exit(EXIT_OURS);
    }
    /* The C library has a copy of its own, and changes both. */
    (void)_putenv(GUEST_VARIABLE "=");
    /* As C has it: what a dying target said must not die with it. Wine's C
     * library keeps it in a buffer if it goes to a file. */
    (void)setvbuf(stderr, NULL, _IONBF, 0);
    /* A binary stream would keep wide characters, such as assert()'s, wide. */
    (void)_setmode(2, _O_TEXT);
    is_worker = true;
    return true;
}

/* gcc keeps them in .ctors on COFF, which is run backward. */
bool guest_constructs_backward(void)
{
    return true;
}

/* The job that a worker is in ends with the coordinator. */
void guest_follow_parent(void)
{
}

bool guest_is_itself(void)
{
    return true;
}

/* ---- pipes ---- */

bool guest_read(void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        DWORD n = 0;
        DWORD wanted = size > MAXLONG ? MAXLONG : (DWORD)size;
        if (!ReadFile(handles[GUEST_REQUESTS], at, wanted, &n, NULL))
            return false;
        /* Nothing is what somebody has written, and no end. */
        at += n;
        size -= n;
    }
    return true;
}

bool guest_write(const void *data, size_t size)
{
    const char *at = data;
    DWORD reason = GetLastError();
    bool ok = true;
    while (ok && size > 0) {
        DWORD n = 0;
        DWORD wanted = size > MAXLONG ? MAXLONG : (DWORD)size;
        ok = WriteFile(handles[GUEST_REPLIES], at, wanted, &n, NULL);
        at += n;
        size -= n;
    }
    SetLastError(reason);
    return ok;
}

/* ---- memory ---- */

/* A view is as long as what it shows; the system tells its stretches of equal
 * protection. */
static size_t size_of_view(const char *base)
{
    MEMORY_BASIC_INFORMATION m;
    size_t size = 0;
    while (VirtualQuery(base + size, &m, sizeof m) &&
           m.AllocationBase == base && m.State != MEM_FREE)
        size += m.RegionSize;
    return size;
}

void *guest_map(enum guest_handle which, bool writable, size_t *size)
{
    DWORD access = writable ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
    void *base = MapViewOfFile(handles[which], access, 0, 0, 0);
    if (base)
        *size = size_of_view(base);
    return base;
}

size_t guest_page_size(void)
{
    static size_t size;
    if (!size) {
        SYSTEM_INFO info;
        GetSystemInfo(&info);
        size = info.dwPageSize;
    }
    return size;
}

void *guest_pages(size_t size, bool guard, size_t *rounded)
{
    DWORD reason = GetLastError();
    size_t page = guest_page_size();
    size_t margin = guard ? page : 0;
    if (size == 0 || size > SIZE_MAX / 2)
        return NULL;
    size_t usable = (size + page - 1) / page * page;
    char *base =
        VirtualAlloc(NULL, usable + 2 * margin, MEM_RESERVE, PAGE_NOACCESS);
    char *pages =
        base ? VirtualAlloc(base + margin, usable, MEM_COMMIT, PAGE_READWRITE)
             : NULL;
    if (base && !pages)
        (void)VirtualFree(base, 0, MEM_RELEASE);
    if (pages && rounded)
        *rounded = usable;
    SetLastError(reason);
    return pages;
}

void *guest_shared_pages(size_t size)
{
    return guest_pages(size, false, NULL);
}

/* Stays executable while it is writable: what runs, here and in other threads,
 * may be on the same page. */
bool guest_code_writable(void *address, size_t size, bool writable)
{
    DWORD reason = GetLastError();
    DWORD before;
    bool ok = VirtualProtect(
        address, size, writable ? PAGE_EXECUTE_READWRITE : PAGE_EXECUTE_READ,
        &before);
    if (ok && !writable)
        (void)FlushInstructionCache(GetCurrentProcess(), address, size);
    SetLastError(reason);
    return ok;
}

uint64_t guest_clock_us(void)
{
    LARGE_INTEGER now, frequency;
    (void)QueryPerformanceCounter(&now);
    (void)QueryPerformanceFrequency(&frequency);
    uint64_t ticks = (uint64_t)now.QuadPart;
    uint64_t second = (uint64_t)frequency.QuadPart;
    return ticks / second * 1000000u + ticks % second * 1000000u / second;
}

uint64_t guest_peak_bytes(void)
{
    DWORD reason = GetLastError();
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    bool ok = K32GetProcessMemoryInfo(GetCurrentProcess(), &counters,
                                      sizeof counters);
    SetLastError(reason);
    return ok ? counters.PeakWorkingSetSize : 0;
}

/* Below the page that was touched last is one that guards it. */
size_t guest_stack_room(void)
{
    return 0;
}

/* ---- the rest ---- */

_Noreturn void guest_exit(int code)
{
    windows_note_leaving();
    for (;;)
        (void)TerminateProcess(GetCurrentProcess(), (UINT)code);
}

/* Where we say something, if not on standard error. */
static HANDLE said_on;

/* Leads the C library's descriptor, and with it the system's standard handle,
 * to `null`. */
static void drop(int null, int descriptor, DWORD which)
{
    intptr_t handle =
        _dup2(null, descriptor) == 0 ? _get_osfhandle(descriptor) : -1;
    if (handle != -1) // NOLINTNEXTLINE(performance-no-int-to-ptr)
        (void)SetStdHandle(which, (HANDLE)handle);
}

intptr_t guest_drop_output(bool out, bool err)
{
    HANDLE self = GetCurrentProcess(), kept = NULL;
    int null = out || err ? _open("NUL", _O_WRONLY | _O_NOINHERIT) : -1;
    if (null < 0)
        return -1;
    if (out)
        drop(null, 1, STD_OUTPUT_HANDLE);
    if (err && DuplicateHandle(self, GetStdHandle(STD_ERROR_HANDLE), self,
                               &kept, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        drop(null, 2, STD_ERROR_HANDLE);
        said_on = kept;
    }
    (void)_close(null);
    return kept ? (intptr_t)kept : -1;
}

void guest_say(const char *text)
{
    DWORD reason = GetLastError();
    DWORD size = 0, written;
    while (text[size])
        size++;
    (void)WriteFile(said_on ? said_on : GetStdHandle(STD_ERROR_HANDLE), text,
                    size, &written, NULL);
    SetLastError(reason);
}

/* Asked only where a sanitizer's runtime prints and does no more, of which
 * Windows has none. */
int guest_file_lock(const char *path)
{
    (void)path;
    return -1;
}

void guest_file_unlock(int lock)
{
    (void)lock;
}

bool guest_output_has(const char *word, uint64_t *from)
{
    (void)word;
    (void)from;
    return false;
}

/* ---- threads ---- */

static DWORD speaker;
static DWORD spoken_for;

void windows_speak_for(DWORD thread)
{
    spoken_for = thread;
    __atomic_store_n(&speaker, GetCurrentThreadId(), __ATOMIC_RELEASE);
}

uintptr_t guest_thread(void)
{
    DWORD self = GetCurrentThreadId();
    return __atomic_load_n(&speaker, __ATOMIC_ACQUIRE) == self ? spoken_for
                                                               : self;
}

bool guest_single_threaded(void)
{
    return false;
}

/* ---- forks, of which there are none ---- */

bool guest_nursery(void)
{
    return false;
}

enum guest_side guest_fork(struct guest_end *end)
{
    (void)end;
    return GUEST_NO_CHILD;
}

_Noreturn void guest_end_likewise(const struct guest_end *end)
{
    guest_exit(end->code);
}

size_t guest_file_read(const char *path, void *data, size_t size)
{
    (void)path;
    (void)data;
    (void)size;
    return 0;
}

bool guest_file_write(const char *path, const void *data, size_t size)
{
    (void)path;
    (void)data;
    (void)size;
    return false;
}
