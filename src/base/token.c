/* SPDX-License-Identifier: MIT
 *
 * See token.h.
 */
#include "base/token.h"

#include <string.h>

struct token token_make(const void *bytes, size_t size)
{
    struct token t = {.size = (uint32_t)(size < TOKEN_MAX ? size : TOKEN_MAX)};
    memcpy(t.bytes, bytes, t.size);
    return t;
}

/* ---- files ---- */

/* A line without its end; what lies behind is not read. */
struct line {
    const uint8_t *at;
    const uint8_t *end;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void skip_blanks(struct line *l)
{
    while (l->at < l->end && is_blank(*l->at))
        l->at++;
}

/* Takes the next line off the text; false at its end. */
static bool take_line(struct dictionary_reader *r, struct line *l)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
    if (r->at == 0 && r->size >= sizeof bom && !memcmp(r->text, bom, 3))
        r->at = sizeof bom;
    if (r->at >= r->size)
        return false;
    l->at = r->text + r->at;
    const uint8_t *newline = memchr(l->at, '\n', r->size - r->at);
    l->end = newline ? newline : r->text + r->size;
    r->at = (size_t)(l->end - r->text) + (newline != NULL);
    r->line++;
    return true;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of an escape behind its backslash, and how long that is; 0 if it is
 * none, so that the backslash stands for itself, as libFuzzer has it; -1 if it
 * was meant to be one. */
static int escape(struct line l, uint8_t *byte)
{
    static const char names[] = "\\\"nrt0";
    static const uint8_t bytes[] = {'\\', '"', '\n', '\r', '\t', 0};
    if (l.at == l.end)
        return 0;
    if (*l.at == 'x') {
        int high = l.end - l.at > 2 ? hex_digit(l.at[1]) : -1;
        int low = high < 0 ? -1 : hex_digit(l.at[2]);
        *byte = (uint8_t)(high * 16 + low);
        return low < 0 ? -1 : 3;
    }
    const char *name = *l.at ? strchr(names, *l.at) : NULL;
    if (!name)
        return 0;
    *byte = bytes[name - names];
    return 1;
}

/* Whether nothing but a comment stands here. */
static bool is_over(struct line l)
{
    skip_blanks(&l);
    return l.at == l.end || *l.at == '#';
}

static int bad_line(struct thresh_err *err, const char *why)
{
    return thresh_fail(err, THRESH_EFORMAT, "%s", why);
}

/* Reads a value behind its opening quote. */
static int read_value(struct line l, struct token *t, struct thresh_err *err)
{
    size_t size = 0;
    memset(t, 0, sizeof *t);
    while (l.at < l.end) {
        uint8_t byte = *l.at++;
        if (byte == '"' && is_over(l)) {
            t->size = (uint32_t)size;
            return size ? 0 : bad_line(err, "the value is empty");
        }
        int length = byte == '\\' ? escape(l, &byte) : 0;
        if (length < 0)
            return bad_line(err, "\\x needs two hexadecimal digits (a "
                                 "backslash itself is \\\\)");
        l.at += length;
        if (size == TOKEN_MAX)
            return bad_line(err, "the value is longer than 128 bytes");
        t->bytes[size++] = byte;
    }
    return bad_line(err, "the value has no closing quote (a quote inside is "
                         "\\\", a backslash \\\\)");
}

enum dictionary_event dictionary_read(struct dictionary_reader *r,
                                      struct token *token,
                                      struct thresh_err *err)
{
    struct line l;
    while (take_line(r, &l)) {
        if (is_over(l))
            continue;
        const uint8_t *quote = memchr(l.at, '"', (size_t)(l.end - l.at));
        if (!quote) {
            bad_line(err, "want name=\"value\" or \"value\", with quotes");
            return DICTIONARY_BAD;
        }
        l.at = quote + 1;
        return read_value(l, token, err) ? DICTIONARY_BAD : DICTIONARY_TOKEN;
    }
    return DICTIONARY_END;
}

/* ---- lists ---- */

bool token_list_add(uint8_t *list, size_t room, size_t *at,
                    const struct token *token)
{
    if (token_list_size(token->size) > room - *at)
        return false;
    list[*at] = (uint8_t)token->size;
    memcpy(list + *at + 1, token->bytes, token->size);
    *at += token_list_size(token->size);
    return true;
}

bool token_list_take(const uint8_t *list, size_t size, size_t *at,
                     struct token *token, bool *lie)
{
    *lie = false;
    if (*at == size)
        return false;
    size_t n = list[*at];
    *lie = n == 0 || n > TOKEN_MAX || token_list_size(n) > size - *at;
    if (*lie)
        return false;
    *token = token_make(list + *at + 1, n);
    *at += token_list_size(n);
    return true;
}
