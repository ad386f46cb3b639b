/* SPDX-License-Identifier: MIT
 *
 * See tool.h. Nothing is kept between calls. A process can't become another
 * program here: it waits for that one and ends with its status.
 */
#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/tool.h"

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && _stricmp(text + n - m, end) == 0;
}

/* Writes a directory, if any, and a name, with the end that programs have. */
static bool try_program(const char *dir, size_t length, const char *name,
                        char *out, size_t size)
{
    int n =
        snprintf(out, size, "%.*s%s%s%s", (int)length, dir, length ? "/" : "",
                 name, ends_with(name, ".exe") ? "" : ".exe");
    return n > 0 && (size_t)n < size && platform_is_file(out);
}

int platform_find_program(const char *name, char *out, size_t size,
                          struct thresh_err *err)
{
    if (strpbrk(name, "/\\:")) {
        if (try_program("", 0, name, out, size))
            return 0;
        return thresh_fail(err, THRESH_EIO, "%s is not a program", name);
    }
    const size_t most = 32768 * 3;
    char *path = malloc(most);
    bool found = false;
    if (path && *name && windows_variable(L"PATH", path, most)) {
        for (const char *at = path; *at && !found;) {
            size_t length = strcspn(at, ";");
            found = length && try_program(at, length, name, out, size);
            at += length + (at[length] != 0);
        }
    }
    free(path);
    if (found)
        return 0;
    return thresh_fail(err, THRESH_EIO, "no program %s along PATH", name);
}

struct platform_exit platform_wait_exit(struct platform_process *process)
{
    struct platform_exit end = {.kind = PLATFORM_EXITED, .code = 127};
    while (process->id) {
        (void)WaitForSingleObject((HANDLE)process->id, INFINITE);
        end = platform_poll_exit(process);
        if (end.kind == PLATFORM_RUNNING)
            Sleep(1);
    }
    return end;
}

/* ^C is for the other program, which shares our console. */
static BOOL WINAPI leave_to_other(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

int platform_become(const char *path, char *const *argv, struct thresh_err *err)
{
    struct platform_spawn spec = {.path = path,
                                  .argv = (const char *const *)argv,
                                  .output = PLATFORM_NO_HANDLE};
    struct platform_process process;
    (void)fflush(NULL);
    int r = platform_spawn(&spec, &process, err);
    if (r)
        return r;
    (void)SetConsoleCtrlHandler(leave_to_other, TRUE);
    ExitProcess((UINT)platform_wait_exit(&process).code);
}

uint64_t platform_modified_seconds(const char *path)
{
    /* From 1601, in tenths of microseconds. */
    const uint64_t epoch = 11644473600u, second = 10000000u;
    wchar_t wide[WINDOWS_MAX_PATH];
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!windows_path(path, wide) ||
        !GetFileAttributesExW(wide, GetFileExInfoStandard, &data))
        return 0;
    uint64_t ticks = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 |
                     data.ftLastWriteTime.dwLowDateTime;
    return ticks / second > epoch ? ticks / second - epoch : 0;
}
