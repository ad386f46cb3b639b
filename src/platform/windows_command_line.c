/* SPDX-License-Identifier: MIT
 *
 * Arguments and the one string that Windows gives a process instead, one made
 * from the other, by the rules of the C runtimes: arguments with blanks stand
 * in quotes, a quote is written \", and backslashes count only before a quote,
 * where they are doubled.
 */
#include "platform/windows_child.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The longest that the system takes, in bytes of UTF-8. */
#define MAX_BYTES ((size_t)3 * 32767)

/* ---- from arguments to a line ---- */

static void add_backslashes(struct buf *line, size_t n)
{
    while (n-- > 0)
        buf_add_char(line, '\\');
}

/* The program's name has rules of its own: nothing but a quote ends what a
 * quote began. It can't have one itself, no more than a file can. */
static void add_name(struct buf *line, const char *name)
{
    buf_add_char(line, '"');
    for (; *name; name++) {
        if (*name != '"')
            buf_add_char(line, *name);
    }
    buf_add_char(line, '"');
}

static void add_argument(struct buf *line, const char *text)
{
    bool quoted = !*text || strpbrk(text, " \t\n\v\"");
    size_t backslashes = 0;
    buf_add_char(line, ' ');
    if (!quoted) {
        buf_add_text(line, text);
        return;
    }
    buf_add_char(line, '"');
    for (; *text; text++) {
        if (*text == '"')
            add_backslashes(line, backslashes + 1);
        backslashes = *text == '\\' ? backslashes + 1 : 0;
        buf_add_char(line, *text);
    }
    add_backslashes(line, backslashes);
    buf_add_char(line, '"');
}

wchar_t *windows_command_line_new(const char *const *argv)
{
    struct buf line;
    buf_init(&line, MAX_BYTES);
    add_name(&line, argv[0] ? argv[0] : "");
    for (size_t i = 1; argv[0] && argv[i]; i++)
        add_argument(&line, argv[i]);
    wchar_t *wide = NULL;
    if (line.failed)
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
    else
        wide = windows_wide_new(buf_text(&line));
    buf_release(&line);
    return wide;
}

/* ---- from a line to arguments ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the program's name, in which backslashes are but backslashes. */
static const char *take_name(const char *line, char **out)
{
    bool quoted = false;
    for (; *line && (quoted || !is_blank(*line)); line++) {
        if (*line == '"')
            quoted = !quoted;
        else
            *(*out)++ = *line;
    }
    return line;
}

static const char *take_argument(const char *line, char **out)
{
    bool quoted = false;
    while (*line && (quoted || !is_blank(*line))) {
        size_t backslashes = strspn(line, "\\");
        line += backslashes;
        size_t kept = *line == '"' ? backslashes / 2 : backslashes;
        memset(*out, '\\', kept);
        *out += kept;
        if (*line == '"' && backslashes % 2 == 0) {
            /* Two in a row between quotes are one of the argument. */
            if (quoted && line[1] == '"')
                *(*out)++ = *++line;
            else
                quoted = !quoted;
            line++;
        } else if (*line && (quoted || !is_blank(*line))) {
            *(*out)++ = *line++;
        }
    }
    return line;
}

char **windows_command_line_split(const char *line, int *argc)
{
    /* Each argument but the name takes a blank and a character. */
    size_t most = strlen(line) / 2 + 3;
    char **argv = calloc(most, sizeof *argv);
    char *text = malloc(strlen(line) + 2);
    if (!argv || !text) {
        free(argv);
        free(text);
        return NULL;
    }
    *argc = 0;
    argv[(*argc)++] = text;
    line = take_name(line, &text);
    *text++ = 0;
    for (line += strspn(line, " \t"); *line; line += strspn(line, " \t")) {
        argv[(*argc)++] = text;
        line = take_argument(line, &text);
        *text++ = 0;
    }
    return argv;
}
