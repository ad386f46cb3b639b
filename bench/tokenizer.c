/* SPDX-License-Identifier: MIT
 *
 * A tokenizer for a small made-up language: names, keywords, numbers with
 * units, strings, comments, operators. It does little besides comparing bytes,
 * so it shows instrumentation at its dearest. Single-target and libFuzzer
 * style, so that any engine can run it.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum token { END, NAME, KEYWORD, NUMBER, TEXT, OPERATOR, BRACKET, BAD, KINDS };

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t number;
    unsigned depth;
};

static const char keywords[][8] = {"if",     "else", "while", "for",  "return",
                                   "struct", "enum", "match", "with", "yield"};

static int is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int digit_value(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

static int peek(const struct reader *r, size_t ahead)
{
    return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : -1;
}

static void skip_blank(struct reader *r)
{
    for (;;) {
        int c = peek(r, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            r->at++;
        } else if (c == '/' && peek(r, 1) == '/') {
            while (peek(r, 0) != '\n' && peek(r, 0) >= 0)
                r->at++;
        } else if (c == '/' && peek(r, 1) == '*') {
            r->at += 2;
            while (peek(r, 0) >= 0 && !(peek(r, 0) == '*' && peek(r, 1) == '/'))
                r->at++;
            r->at += peek(r, 0) >= 0 ? 2 : 0;
        } else {
            return;
        }
    }
}

static enum token read_name(struct reader *r)
{
    const uint8_t *start = r->at;
    while (is_name_start(peek(r, 0)) || is_digit(peek(r, 0)))
        r->at++;
    size_t length = (size_t)(r->at - start);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (length == strlen(keywords[i]) &&
            memcmp(start, keywords[i], length) == 0)
            return KEYWORD;
    return NAME;
}

/* A power of ten or two behind a number. */
static uint64_t unit(struct reader *r)
{
    switch (peek(r, 0)) {
    case 'k':
        r->at++;
        return 1000;
    case 'M':
        r->at++;
        return 1000000;
    case 'K':
        r->at += peek(r, 1) == 'i' ? 2 : 1;
        return 1024;
    case 'd':
        r->at++;
        return 86400;
    default:
        return 1;
    }
}

static enum token read_number(struct reader *r)
{
    int base = 10;
    if (peek(r, 0) == '0' && (peek(r, 1) == 'x' || peek(r, 1) == 'b')) {
        base = peek(r, 1) == 'x' ? 16 : 2;
        r->at += 2;
    }
    r->number = 0;
    for (; peek(r, 0) >= 0; r->at++) {
        int value = digit_value(peek(r, 0));
        if (peek(r, 0) == '_')
            continue;
        if (value >= base)
            break;
        if (r->number > (UINT64_MAX - 15) / 16)
            return BAD;
        r->number = r->number * (uint64_t)base + (uint64_t)value;
    }
    if (base == 10)
        r->number *= unit(r);
    return is_name_start(peek(r, 0)) ? BAD : NUMBER;
}

static enum token read_text(struct reader *r)
{
    int quote = *r->at++;
    for (int c; (c = peek(r, 0)) >= 0; r->at++) {
        if (c == quote) {
            r->at++;
            return TEXT;
        }
        if (c < ' ')
            return BAD;
        if (c != '\\')
            continue;
        r->at++;
        switch (peek(r, 0)) {
        case 'n':
        case 't':
        case '\\':
        case '"':
        case '\'':
            break;
        case 'x':
            if (digit_value(peek(r, 1)) > 15 || digit_value(peek(r, 2)) > 15)
                return BAD;
            r->at += 2;
            break;
        default:
            return BAD;
        }
    }
    return BAD;
}

static enum token read_operator(struct reader *r)
{
    static const char pairs[] = "==!=<=>=&&||->+=-=<<>>..";
    int first = peek(r, 0), second = peek(r, 1);
    for (size_t i = 0; i + 1 < sizeof pairs; i += 2) {
        if (first == pairs[i] && second == pairs[i + 1]) {
            r->at += 2;
            return OPERATOR;
        }
    }
    r->at++;
    switch (first) {
    case '(':
    case '[':
    case '{':
        r->depth++;
        return BRACKET;
    case ')':
    case ']':
    case '}':
        r->depth -= r->depth > 0;
        return BRACKET;
    case '+':
    case '-':
    case '*':
    case '/':
    case '<':
    case '>':
    case '=':
    case '!':
    case ',':
    case ';':
    case ':':
    case '.':
        return OPERATOR;
    default:
        return BAD;
    }
}

static enum token next(struct reader *r)
{
    skip_blank(r);
    int c = peek(r, 0);
    if (c < 0)
        return END;
    if (is_name_start(c))
        return read_name(r);
    if (is_digit(c))
        return read_number(r);
    if (c == '"' || c == '\'')
        return read_text(r);
    return read_operator(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile unsigned sink;
    struct reader r = {.at = data, .end = data + size};
    unsigned seen[KINDS] = {0};
    enum token token;
    while ((token = next(&r)) != END)
        seen[token]++;
    sink = seen[NAME] + seen[KEYWORD] + r.depth;
    return 0;
}
