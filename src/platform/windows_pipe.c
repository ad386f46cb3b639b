/* SPDX-License-Identifier: MIT
 *
 * Handles and pipes. A read end of ours is read ahead: a read is always under
 * way, whose end is posted to the port of windows_wait.c, since that is the
 * only way to wait for many pipes. All other ends are plain blocking handles.
 *
 * Only a pipe with a name can be read that way. Nobody else gets in: it has
 * one instance, which is this process's own other end as soon as that is
 * opened; who was faster only makes us take another name.
 */
#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Bytes read ahead, and those the system keeps for each pipe. */
#define READ_AHEAD  4096
#define PIPE_BUFFER 65536

enum { NAME_TRIES = 16 };

struct read_end {
    HANDLE handle;
    OVERLAPPED overlapped;
    bool reading; /* the system may write to overlapped and bytes */
    bool ended;
    DWORD os;        /* what ended it */
    size_t from, to; /* what of bytes has still to be taken */
    uint8_t bytes[READ_AHEAD];
};

/* In no order. Each has memory of its own, since the system knows where it
 * is. */
static struct {
    struct read_end **end;
    size_t n;
    size_t room;
    size_t last; /* where one was found last: they are asked for in turn */
} ends;

static struct read_end *find(platform_handle handle)
{
    for (size_t i = 0; i < ends.n; i++) {
        size_t at = (ends.last + i) % ends.n;
        if ((platform_handle)ends.end[at]->handle == handle) {
            ends.last = at;
            return ends.end[at];
        }
    }
    return NULL;
}

/* Room for one more, not among the others yet; NULL without memory. */
static struct read_end *read_end_new(void)
{
    if (ends.n == ends.room) {
        size_t room = ends.room * 2 + 16;
        struct read_end **more = realloc(ends.end, room * sizeof *more);
        if (!more)
            return NULL;
        ends.end = more;
        ends.room = room;
    }
    return calloc(1, sizeof(struct read_end));
}

/* ---- reading ahead ---- */

static void end_with(struct read_end *end, DWORD os)
{
    end->reading = false;
    end->ended = true;
    end->os = os;
}

static void start_read(struct read_end *end)
{
    end->overlapped = (OVERLAPPED){0};
    end->reading = true;
    if (!ReadFile(end->handle, end->bytes, READ_AHEAD, NULL,
                  &end->overlapped) &&
        GetLastError() != ERROR_IO_PENDING)
        end_with(end, GetLastError());
}

static void finish_read(struct read_end *end, bool wait)
{
    DWORD n = 0;
    if (GetOverlappedResult(end->handle, &end->overlapped, &n, wait)) {
        end->reading = false;
        end->from = 0;
        end->to = n;
    } else if (GetLastError() != ERROR_IO_INCOMPLETE) {
        end_with(end, GetLastError());
    }
}

/* Whether there is something to tell. A read that ends without a byte (the
 * other side has written none) counts too: the next look starts another. */
static bool look(struct read_end *end)
{
    if (end->ended || end->from < end->to)
        return true;
    if (!end->reading)
        start_read(end);
    if (end->reading)
        finish_read(end, false);
    return !end->reading;
}

bool windows_pipe_ready(platform_handle handle)
{
    struct read_end *end = find(handle);
    return end && look(end);
}

long platform_read_some(platform_handle handle, void *data, size_t size,
                        struct thresh_err *err)
{
    struct read_end *end = find(handle);
    if (!end)
        return windows_fail(err, ERROR_INVALID_HANDLE, "read from a pipe");
    if (!look(end))
        return PLATFORM_AGAIN;
    if (end->from == end->to && end->ended)
        return end->os == ERROR_BROKEN_PIPE
                   ? 0
                   : windows_fail(err, end->os, "read from a pipe");
    size_t n = end->to - end->from;
    if (n == 0)
        return PLATFORM_AGAIN;
    n = n < size ? n : size;
    memcpy(data, end->bytes + end->from, n);
    end->from += n;
    return (long)n;
}

/* ---- opening and closing ---- */

/* Of the one that was found last. */
static void read_end_close(struct read_end *end)
{
    if (end->reading) {
        (void)CancelIoEx(end->handle, &end->overlapped);
        finish_read(end, true);
    }
    CloseHandle(end->handle);
    ends.end[ends.last] = ends.end[--ends.n];
    ends.last = 0;
    free(end);
}

void platform_close(platform_handle *handle)
{
    if (*handle == PLATFORM_NO_HANDLE)
        return;
    struct read_end *end = find(*handle);
    if (end)
        read_end_close(end);
    else
        CloseHandle((HANDLE)*handle);
    *handle = PLATFORM_NO_HANDLE;
}

/* One try to make both ends. 0 or an error number. */
static DWORD open_pipe(HANDLE *read_end, HANDLE *write_end)
{
    wchar_t name[96];
    (void)swprintf(name, sizeof name / sizeof *name,
                   L"\\\\.\\pipe\\thresh-%lu-%016llx", GetCurrentProcessId(),
                   (unsigned long long)platform_entropy());
    *write_end = INVALID_HANDLE_VALUE;
    *read_end = CreateNamedPipeW(name,
                                 PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED |
                                     FILE_FLAG_FIRST_PIPE_INSTANCE,
                                 PIPE_TYPE_BYTE | PIPE_READMODE_BYTE |
                                     PIPE_REJECT_REMOTE_CLIENTS,
                                 1, 0, PIPE_BUFFER, 0, NULL);
    if (*read_end == INVALID_HANDLE_VALUE)
        return GetLastError();
    *write_end = CreateFileW(name, GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                             SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    return *write_end == INVALID_HANDLE_VALUE ? GetLastError() : 0;
}

int platform_pipe(platform_handle *read_end, platform_handle *write_end,
                  struct thresh_err *err)
{
    HANDLE port = windows_port(), r = INVALID_HANDLE_VALUE;
    HANDLE w = INVALID_HANDLE_VALUE;
    *read_end = PLATFORM_NO_HANDLE;
    *write_end = PLATFORM_NO_HANDLE;
    if (!port)
        return windows_fail(err, GetLastError(), "make a pipe");
    struct read_end *end = read_end_new();
    DWORD os = end ? ERROR_PIPE_BUSY : ERROR_NOT_ENOUGH_MEMORY;
    for (int i = 0; i < NAME_TRIES && end && os; i++) {
        os = open_pipe(&r, &w);
        if (!os && !CreateIoCompletionPort(r, port, 0, 0))
            os = GetLastError();
        if (!os)
            break;
        if (r != INVALID_HANDLE_VALUE)
            CloseHandle(r);
        if (w != INVALID_HANDLE_VALUE)
            CloseHandle(w);
    }
    if (os) {
        free(end);
        return windows_fail(err, os, "make a pipe");
    }
    end->handle = r;
    ends.end[ends.n++] = end;
    *read_end = (platform_handle)r;
    *write_end = (platform_handle)w;
    return 0;
}

int platform_pipe_to_child(platform_handle *read_end,
                           platform_handle *write_end, struct thresh_err *err)
{
    HANDLE r, w;
    *read_end = PLATFORM_NO_HANDLE;
    *write_end = PLATFORM_NO_HANDLE;
    if (!CreatePipe(&r, &w, NULL, PIPE_BUFFER))
        return windows_fail(err, GetLastError(), "make a pipe");
    *read_end = (platform_handle)r;
    *write_end = (platform_handle)w;
    return 0;
}

/* Blocks when the other side leaves PIPE_BUFFER bytes unread, which is many
 * more than a request has. */
int platform_write_all(platform_handle handle, const void *data, size_t size,
                       struct thresh_err *err)
{
    const char *at = data;
    size_t left = size;
    while (left > 0) {
        DWORD n = 0;
        DWORD most = left < PIPE_BUFFER ? (DWORD)left : PIPE_BUFFER;
        if (!WriteFile((HANDLE)handle, at, most, &n, NULL))
            return windows_fail(err, GetLastError(),
                                "write %zu bytes to a pipe", size);
        at += n;
        left -= n;
    }
    return 0;
}
