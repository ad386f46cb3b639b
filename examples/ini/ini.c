/* SPDX-License-Identifier: MIT
 *
 * See ini.h. The bug that `make demo` finds is planted in unescape().
 */
#include "ini.h"

#include <string.h>

/* Copies [from, end) to a field of `room` bytes; -1 if it does not fit. */
static int copy(char *to, size_t room, const char *from, const char *end)
{
    size_t n = (size_t)(end - from);
    if (n >= room)
        return -1;
    memcpy(to, from, n);
    to[n] = 0;
    return 0;
}

/* Copies a value, turning \n, \t and \\ into what they stand for. */
static int unescape(char *to, size_t room, const char *from, const char *end)
{
    size_t n = 0;
    while (from < end) {
        if (n + 1 >= room)
            return -1;
        char c = *from++;
        if (c == '\\') {
            c = *from++; /* planted: a backslash may be the last character */
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '\\')
                return -1;
        }
        to[n++] = c;
    }
    to[n] = 0;
    return 0;
}

int ini_parse(const char *text, size_t size, struct ini_entry *entries, int max)
{
    const char *at = text, *end = text + size;
    char section[32] = "";
    int n = 0;
    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        if (!eol)
            eol = end;
        if (*at == '[') {
            const char *close = memchr(at, ']', (size_t)(eol - at));
            if (!close || copy(section, sizeof section, at + 1, close))
                return -1;
        } else if (*at != '#' && at < eol) {
            const char *equals = memchr(at, '=', (size_t)(eol - at));
            if (!equals || n == max)
                return -1;
            struct ini_entry *e = &entries[n++];
            strcpy(e->section, section);
            if (copy(e->key, sizeof e->key, at, equals) ||
                unescape(e->value, sizeof e->value, equals + 1, eol))
                return -1;
        }
        at = eol + 1;
    }
    return n;
}
