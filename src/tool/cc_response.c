/* SPDX-License-Identifier: MIT
 *
 * See cc_response.h. Words are separated by white space; quotes of both kinds
 * join, and a backslash takes the next character as it is, also in quotes:
 * what gcc and clang do on POSIX systems.
 */
#include "tool/cc_response.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "platform/platform.h"

#define MAX_NESTING 16
#define MAX_FILE    ((size_t)256 << 20)

static void expand(struct words *out, const char *text, int depth);

/* Cuts the next word out of text, in place. Returns what follows it, or NULL
 * when only white space is left. */
static char *next_word(char *text, char **word)
{
    char quote = '\0';
    while (isspace((unsigned char)*text))
        text++;
    if (!*text)
        return NULL;
    char *end = text;
    *word = text;
    for (; *text && (quote || !isspace((unsigned char)*text)); text++) {
        if (*text == '\\' && text[1])
            *end++ = *++text;
        else if (quote && *text == quote)
            quote = '\0';
        else if (!quote && (*text == '"' || *text == '\''))
            quote = *text;
        else
            *end++ = *text;
    }
    if (*text)
        text++;
    *end = '\0';
    return text;
}

static bool expand_file(struct words *out, const char *path, int depth)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, MAX_FILE, &data, &size, NULL) < 0)
        return false;
    char *text = words_memory(data, size + 1, 1);
    char *rest = text;
    char *word;
    text[size] = '\0';
    while ((rest = next_word(rest, &word)))
        expand(out, word, depth + 1);
    free(text);
    return true;
}

static void expand(struct words *out, const char *text, int depth)
{
    if (text[0] == '@' && depth < MAX_NESTING &&
        expand_file(out, text + 1, depth))
        return;
    words_add(out, text);
}

void cc_response_expand(struct words *out, const char *text)
{
    expand(out, text, 0);
}
