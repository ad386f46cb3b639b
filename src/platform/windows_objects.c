/* SPDX-License-Identifier: MIT
 *
 * See objects.h. What a program was made of is not read from PE files, which
 * tells nothing, as if they were stripped.
 */
#include "platform/windows.h"

#include "platform/objects.h"

#include <string.h>

size_t objects_list(const struct objects_query *query)
{
    (void)query;
    return 0;
}

size_t objects_of_program(const void *image, size_t size, uintptr_t bias,
                          const struct objects_query *query)
{
    (void)image;
    (void)size;
    (void)bias;
    (void)query;
    return 0;
}

size_t objects_of_library(const void *image, size_t size, const char *name,
                          const struct objects_query *query)
{
    (void)image;
    (void)size;
    (void)name;
    (void)query;
    return 0;
}

/* Compilers' runtimes lie beside the program, mostly. */
bool objects_is_system_library(const char *path)
{
    static const char *const runtimes[] = {
        "libgcc_s", "libstdc++", "libwinpthread", "libc++", "libunwind"};
    char root[WINDOWS_MAX_PATH];
    const char *slash = strrchr(path, '/');
    if (windows_variable(L"SystemRoot", root, sizeof root)) {
        size_t n = strlen(root);
        for (char *p = root; *p; p++)
            if (*p == '\\')
                *p = '/';
        if (_strnicmp(path, root, n) == 0 && path[n] == '/')
            return true;
    }
    for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
        if (slash && strncmp(slash + 1, runtimes[i], strlen(runtimes[i])) == 0)
            return true;
    return false;
}
