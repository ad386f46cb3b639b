/* SPDX-License-Identifier: MIT
 *
 * See quote.h.
 */
#include "base/quote.h"

#include <stdbool.h>
#include <string.h>

#include "base/unicode.h"

/* The escapes of one letter: control characters 7 to 13 in order. */
static const char letters[] = "abtnvfr";
#define FIRST_LETTER 7
#define LETTERS      (sizeof letters - 1)

static void add_hex(struct buf *out, char letter, uint32_t value, int digits)
{
    buf_add_char(out, '\\');
    buf_add_char(out, letter);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        buf_add_char(out, "0123456789abcdef"[value >> shift & 15]);
}

static void add_code(struct buf *out, uint32_t code, char quote)
{
    if (code == (uint8_t)quote || code == '\\') {
        buf_add_char(out, '\\');
        buf_add_char(out, (char)code);
    } else if (unicode_is_print(code)) {
        uint8_t utf8[UNICODE_MAX_UTF8];
        buf_add(out, utf8, unicode_encode(code, utf8));
    } else if (code >= FIRST_LETTER && code < FIRST_LETTER + LETTERS) {
        buf_add_char(out, '\\');
        buf_add_char(out, letters[code - FIRST_LETTER]);
    } else if (code < 0x80) {
        add_hex(out, 'x', code, 2);
    } else if (code < 0x10000) {
        add_hex(out, 'u', code, 4);
    } else {
        add_hex(out, 'U', code, 8);
    }
}

/* Appends the first code point, or the first byte if there is none, and
 * returns its size. */
static size_t add_first(struct buf *out, const uint8_t *data, size_t size,
                        char quote)
{
    uint32_t code;
    size_t used = unicode_decode(data, size, &code);
    if (used) {
        add_code(out, code, quote);
        return used;
    }
    add_hex(out, 'x', data[0], 2);
    return 1;
}

void quote_string(struct buf *out, const uint8_t *data, size_t size)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < size;)
        i += add_first(out, data + i, size - i, '"');
    buf_add_char(out, '"');
}

void quote_excerpt(struct buf *out, const uint8_t *data, size_t size,
                   size_t most)
{
    size_t start = out->size;
    size_t i = 0;
    while (i < size && !out->failed && out->size - start < most)
        i += add_first(out, data + i, size - i, '"');
    if (i < size)
        buf_add_text(out, "...");
}

void quote_char(struct buf *out, uint32_t code)
{
    buf_add_char(out, '\'');
    add_code(out, code, '\'');
    buf_add_char(out, '\'');
}

/* The characters between a literal's quotes. */
struct inside {
    const uint8_t *at;
    const uint8_t *end;
    char quote;
};

/* What one character of a literal stands for. */
struct unit {
    uint32_t value;
    bool is_byte; /* a byte of a string, from \xhh or \ooo */
};

static bool take_digits(struct inside *in, uint32_t base, int digits,
                        uint32_t *value)
{
    uint32_t sum = 0;
    for (int i = 0; i < digits; i++) {
        if (in->at == in->end)
            return false;
        static const char figures[] = "0123456789abcdefABCDEF";
        const char *figure = *in->at ? strchr(figures, (char)*in->at) : NULL;
        if (!figure)
            return false;
        uint32_t digit = (uint32_t)(figure - figures);
        digit -= digit > 15 ? 6 : 0;
        if (digit >= base)
            return false;
        sum = sum * base + digit;
        in->at++;
    }
    *value = sum;
    return true;
}

/* Takes what follows a backslash. */
static int take_escape(struct inside *in, struct unit *unit,
                       struct thresh_err *err)
{
    if (in->at == in->end)
        return thresh_fail(err, THRESH_EFORMAT, "unfinished escape sequence");
    char c = (char)*in->at++;
    const char *letter = c ? strchr(letters, c) : NULL;
    bool good = true;
    *unit = (struct unit){.value = (uint8_t)c};
    if (letter) {
        unit->value = FIRST_LETTER + (uint32_t)(letter - letters);
    } else if (c == 'x') {
        unit->is_byte = true;
        good = take_digits(in, 16, 2, &unit->value);
    } else if (c == 'u' || c == 'U') {
        good = take_digits(in, 16, c == 'u' ? 4 : 8, &unit->value);
    } else if (c >= '0' && c <= '7') {
        unit->is_byte = true;
        in->at--;
        good = take_digits(in, 8, 3, &unit->value);
    } else if (c != '\\' && c != in->quote) {
        return thresh_fail(err, THRESH_EFORMAT, "unknown escape sequence");
    }
    if (!good)
        return thresh_fail(err, THRESH_EFORMAT,
                           "wrong digits in escape sequence");
    if (unit->is_byte ? unit->value > 255 : !unicode_is_valid(unit->value))
        return thresh_fail(err, THRESH_EFORMAT,
                           "escape sequence is invalid Unicode code point");
    return 0;
}

static int take_unit(struct inside *in, struct unit *unit,
                     struct thresh_err *err)
{
    if (*in->at == '\\') {
        in->at++;
        return take_escape(in, unit, err);
    }
    uint32_t code;
    size_t used = unicode_decode(in->at, (size_t)(in->end - in->at), &code);
    if (!used)
        return thresh_fail(err, THRESH_EFORMAT, "illegal UTF-8 encoding");
    if (code == (uint8_t)in->quote || code == '\n')
        return thresh_fail(err, THRESH_EFORMAT, "literal not terminated");
    in->at += used;
    *unit = (struct unit){.value = code};
    return 0;
}

/* Strips the quotes; false unless they are equal and among `quotes`. */
static bool open_literal(struct inside *in, const char *quotes,
                         const uint8_t *literal, size_t size)
{
    if (size < 2 || !literal[0] || !strchr(quotes, (char)literal[0]) ||
        literal[size - 1] != literal[0])
        return false;
    *in = (struct inside){
        .at = literal + 1,
        .end = literal + size - 1,
        .quote = (char)literal[0],
    };
    return true;
}

int unquote_string(struct buf *out, const uint8_t *literal, size_t size,
                   struct thresh_err *err)
{
    struct inside in;
    if (!open_literal(&in, "\"`", literal, size))
        return thresh_fail(err, THRESH_EFORMAT, "literal without its quotes");
    if (in.quote == '`') {
        for (; in.at < in.end; in.at++) {
            if (*in.at != '\r')
                buf_add_char(out, (char)*in.at);
        }
        return 0;
    }
    while (in.at < in.end) {
        struct unit unit = {0};
        int rc = take_unit(&in, &unit, err);
        if (rc)
            return rc;
        uint8_t utf8[UNICODE_MAX_UTF8] = {(uint8_t)unit.value};
        buf_add(out, utf8, unit.is_byte ? 1 : unicode_encode(unit.value, utf8));
    }
    return 0;
}

int unquote_char(uint32_t *code, const uint8_t *literal, size_t size,
                 struct thresh_err *err)
{
    struct inside in;
    struct unit unit = {0};
    if (!open_literal(&in, "'", literal, size))
        return thresh_fail(err, THRESH_EFORMAT, "literal without its quotes");
    if (in.at == in.end)
        return thresh_fail(err, THRESH_EFORMAT, "empty character literal");
    int rc = take_unit(&in, &unit, err);
    if (rc)
        return rc;
    if (in.at != in.end)
        return thresh_fail(err, THRESH_EFORMAT,
                           "more than one character in character literal");
    *code = unit.value;
    return 0;
}
