/* SPDX-License-Identifier: MIT
 *
 * Memory without a name: what processes share, and the file that takes a
 * child's output.
 *
 * Memory of the paging file is charged in full when it is made. That is right
 * for a little; much of it, of which little is used, lies in a sparse temporary
 * file, of which only what is written takes room. Such files vanish with their
 * last handle, so that nothing is left behind.
 */
#include "platform/windows.h"

#include <stdio.h>
#include <wchar.h>
#include <winioctl.h>

/* Up to here the paging file is used. */
#define LITTLE ((size_t)32 << 20)

HANDLE windows_temporary_file(const wchar_t *what)
{
    wchar_t dir[MAX_PATH + 1], path[MAX_PATH + 80];
    DWORD n = GetTempPathW(sizeof dir / sizeof *dir, dir);
    if (n == 0 || n >= sizeof dir / sizeof *dir)
        return INVALID_HANDLE_VALUE;
    (void)swprintf(path, sizeof path / sizeof *path, L"%lsthresh-%ls-%016llx",
                   dir, what, (unsigned long long)platform_entropy());
    return CreateFileW(
        path, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
        FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
}

/* ---- shared memory ---- */

/* The file for much memory; a file system without sparse files takes the room
 * at once, or refuses. */
static HANDLE sparse_file(void)
{
    DWORD n;
    HANDLE file = windows_temporary_file(L"memory");
    if (file != INVALID_HANDLE_VALUE)
        (void)DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &n,
                              NULL);
    return file;
}

/* A mapping whose list of those who may open it is empty. Without a list a
 * child could make itself a handle that writes from one that only reads. */
static HANDLE mapping_new(HANDLE file, size_t size)
{
    ACL nobody = {.AclRevision = ACL_REVISION, .AclSize = sizeof nobody};
    SECURITY_DESCRIPTOR rules = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                                 .Control = SE_DACL_PRESENT,
                                 .Dacl = &nobody};
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security,
                                    .lpSecurityDescriptor = &rules};
    return CreateFileMappingW(file, &security, PAGE_READWRITE,
                              (DWORD)((uint64_t)size >> 32), (DWORD)size, NULL);
}

/* 0, or the number of the error. */
static DWORD set_up(struct platform_shared *shared, bool read_only)
{
    HANDLE reading;
    HANDLE file = INVALID_HANDLE_VALUE;
    if (shared->size > LITTLE) {
        file = sparse_file();
        if (file == INVALID_HANDLE_VALUE)
            return GetLastError();
        shared->file = (platform_handle)file;
    }
    HANDLE mapping = mapping_new(file, shared->size);
    if (!mapping)
        return GetLastError();
    shared->handle = (platform_handle)mapping;
    shared->base =
        MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
    if (!shared->base)
        return GetLastError();
    if (!read_only)
        return 0;
    if (!DuplicateHandle(GetCurrentProcess(), mapping, GetCurrentProcess(),
                         &reading, FILE_MAP_READ, FALSE, 0))
        return GetLastError();
    shared->read_handle = (platform_handle)reading;
    platform_close(&shared->handle);
    return 0;
}

int platform_shared_new(struct platform_shared *shared, const char *name,
                        size_t size, bool read_only_for_others,
                        struct thresh_err *err)
{
    if (size == 0 || (uintmax_t)size > INTMAX_MAX) {
        *shared = (struct platform_shared){.size = 0};
        return thresh_fail(err, THRESH_ELIMIT,
                           "make shared memory (%s): %zu bytes are no size",
                           name, size);
    }
    *shared = (struct platform_shared){.size = size,
                                       .handle = PLATFORM_NO_HANDLE,
                                       .read_handle = PLATFORM_NO_HANDLE,
                                       .file = PLATFORM_NO_HANDLE};
    DWORD os = set_up(shared, read_only_for_others);
    if (!os)
        return 0;
    platform_shared_free(shared);
    return windows_fail(err, os, "make %zu bytes of shared memory (%s)", size,
                        name);
}

void platform_shared_free(struct platform_shared *shared)
{
    /* The handles of a zeroed struct are none of ours. */
    if (shared->size == 0)
        return;
    if (shared->base)
        (void)UnmapViewOfFile(shared->base);
    platform_close(&shared->handle);
    platform_close(&shared->read_handle);
    platform_close(&shared->file);
    *shared = (struct platform_shared){.handle = PLATFORM_NO_HANDLE,
                                       .read_handle = PLATFORM_NO_HANDLE,
                                       .file = PLATFORM_NO_HANDLE};
}

/* ---- a child's output ---- */

int platform_output_new(platform_handle *handle, struct thresh_err *err)
{
    HANDLE file = windows_temporary_file(L"output");
    *handle = PLATFORM_NO_HANDLE;
    if (file == INVALID_HANDLE_VALUE)
        return windows_fail(err, GetLastError(),
                            "make a file for a process's output");
    *handle = (platform_handle)file;
    return 0;
}

uint64_t platform_output_size(platform_handle handle)
{
    LARGE_INTEGER size;
    return GetFileSizeEx((HANDLE)handle, &size) ? (uint64_t)size.QuadPart : 0;
}

/* Where this handle stands does not matter: a child's only appends. */
/* Line ends as C has them; what is left. */
static size_t without_returns(char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n')
            text[n++] = text[i];
    }
    return n;
}

size_t platform_output_tail(platform_handle handle, void *data, size_t size)
{
    uint64_t total = platform_output_size(handle);
    uint64_t from = total > size ? total - size : 0;
    size_t want = (size_t)(total - from);
    size_t done = 0;
    while (done < want) {
        uint64_t at = from + done;
        OVERLAPPED where = {.Offset = (DWORD)at,
                            .OffsetHigh = (DWORD)(at >> 32)};
        DWORD n = 0;
        DWORD most = want - done < LITTLE ? (DWORD)(want - done) : LITTLE;
        if (!ReadFile((HANDLE)handle, (char *)data + done, most, &n, &where) ||
            n == 0)
            break;
        done += n;
    }
    return without_returns(data, done);
}

void platform_output_clear(platform_handle handle)
{
    FILE_END_OF_FILE_INFO empty = {.EndOfFile = {.QuadPart = 0}};
    (void)SetFileInformationByHandle((HANDLE)handle, FileEndOfFileInfo, &empty,
                                     sizeof empty);
}
