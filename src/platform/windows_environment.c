/* SPDX-License-Identifier: MIT
 *
 * A private copy of this process's environment, with changes, as the block of
 * UTF-16 that a new process is given: "NAME=value" strings one after the other,
 * sorted by name, then an empty one. Names are equal whatever their case.
 */
#include "platform/windows_child.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct settings {
    const wchar_t **list; /* borrowed */
    size_t n;
};

/* The system's own names for the current directories of drives begin with
 * '='. */
static int name_length(const wchar_t *setting)
{
    return *setting ? (int)wcscspn(setting + 1, L"=") + 1 : 0;
}

static int compare_names(const wchar_t *a, const wchar_t *b)
{
    return CompareStringOrdinal(a, name_length(a), b, name_length(b), TRUE) -
           CSTR_EQUAL;
}

static int compare_settings(const void *a, const void *b)
{
    return compare_names(*(const wchar_t *const *)a,
                         *(const wchar_t *const *)b);
}

static bool is_named(wchar_t *const *list, size_t n, const wchar_t *setting)
{
    for (size_t i = 0; i < n; i++) {
        if (compare_names(list[i], setting) == 0)
            return true;
    }
    return false;
}

static size_t count_block(const wchar_t *block)
{
    size_t n = 0;
    for (; *block; block += wcslen(block) + 1)
        n++;
    return n;
}

/* What is there, unless it is changed, then the changes that are no removals;
 * of two to one name the later counts. */
static void merge(struct settings *all, const wchar_t *block,
                  wchar_t *const *changes, size_t n)
{
    for (; *block; block += wcslen(block) + 1) {
        if (!is_named(changes, n, block))
            all->list[all->n++] = block;
    }
    for (size_t i = 0; i < n; i++) {
        if (changes[i][name_length(changes[i])] == L'=' &&
            !is_named(changes + i + 1, n - i - 1, changes[i]))
            all->list[all->n++] = changes[i];
    }
    qsort(all->list, all->n, sizeof *all->list, compare_settings);
}

static wchar_t *join(const struct settings *all)
{
    size_t size = 2;
    for (size_t i = 0; i < all->n; i++)
        size += wcslen(all->list[i]) + 1;
    wchar_t *block = calloc(size, sizeof *block);
    wchar_t *at = block;
    for (size_t i = 0; block && i < all->n; i++) {
        size_t n = wcslen(all->list[i]) + 1;
        memcpy(at, all->list[i], n * sizeof *at);
        at += n;
    }
    return block;
}

wchar_t *windows_environment_new(const char *const *changes)
{
    size_t n = 0, made = 0;
    while (changes && changes[n])
        n++;
    wchar_t *block = GetEnvironmentStringsW();
    wchar_t **wide = calloc(n + 1, sizeof *wide);
    struct settings all = {0};
    wchar_t *joined = NULL;
    if (block && wide)
        all.list = malloc((count_block(block) + n + 1) * sizeof *all.list);
    if (!all.list)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    while (all.list && made < n &&
           (wide[made] = windows_wide_new(changes[made])))
        made++;
    if (all.list && made == n) {
        merge(&all, block, wide, n);
        joined = join(&all);
        if (!joined)
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    DWORD os = GetLastError();
    for (size_t i = 0; i < made; i++)
        free(wide[i]);
    free(wide);
    free(all.list);
    if (block)
        FreeEnvironmentStringsW(block);
    SetLastError(os);
    return joined;
}
