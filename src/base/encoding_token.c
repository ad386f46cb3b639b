/* SPDX-License-Identifier: MIT
 *
 * See encoding_token.h.
 */
#include "base/encoding_token.h"

#include <string.h>

#include "base/unicode.h"

#define BYTE_ORDER_MARK 0xfeffu

static bool is_decimal(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_hex(uint8_t c)
{
    return is_decimal(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* The character so many places ahead, 0 beyond the end (a line has no other
 * zeros). */
static uint8_t peek(const struct lexer *lexer, size_t ahead)
{
    size_t left = (size_t)(lexer->end - lexer->at);
    return ahead < left ? lexer->at[ahead] : 0;
}

static int check_characters(const uint8_t *line, size_t size,
                            struct thresh_err *err)
{
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t used = unicode_decode(line + i, size - i, &code);
        if (!used)
            return thresh_fail(err, THRESH_EFORMAT, "illegal UTF-8 encoding");
        if (!code)
            return thresh_fail(err, THRESH_EFORMAT, "illegal character NUL");
        if (code == BYTE_ORDER_MARK && i)
            return thresh_fail(err, THRESH_EFORMAT, "illegal byte order mark");
        i += used;
    }
    return 0;
}

/* Skips blanks and comments. */
static int skip_space(struct lexer *lexer, struct thresh_err *err)
{
    for (;;) {
        uint8_t c = peek(lexer, 0);
        if (c == ' ' || c == '\t' || c == '\r') {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            lexer->at = lexer->end;
        } else if (c == '/' && peek(lexer, 1) == '*') {
            lexer->at += 2;
            while (peek(lexer, 0) != '*' || peek(lexer, 1) != '/') {
                if (lexer->at == lexer->end)
                    return thresh_fail(err, THRESH_EFORMAT,
                                       "comment not terminated");
                lexer->at++;
            }
            lexer->at += 2;
        } else {
            return 0;
        }
    }
}

/* Skips digits and underscores; says whether there was a digit and whether
 * one of them is too large for the base. */
static void skip_digits(struct lexer *lexer, uint32_t base, bool *any,
                        bool *too_large)
{
    for (;;) {
        uint8_t c = peek(lexer, 0);
        if (base == 16 ? is_hex(c) : is_decimal(c))
            *any = true;
        else if (c != '_')
            return;
        if (is_decimal(c) && (uint32_t)(c - '0') >= base)
            *too_large = true;
        lexer->at++;
    }
}

/* Whether every underscore stands between two digits, a base prefix counting
 * as one. */
static bool underscores_separate(const uint8_t *text, size_t size)
{
    bool prefixed = size > 1 && text[0] == '0' && is_letter(text[1]) &&
                    strchr("xob", lower(text[1]));
    bool hex = prefixed && lower(text[1]) == 'x';
    bool after_digit = prefixed;
    for (size_t i = prefixed ? 2 : 0; i < size; i++) {
        bool digit = hex ? is_hex(text[i]) : is_decimal(text[i]);
        if (text[i] == '_') {
            uint8_t next = i + 1 < size ? text[i + 1] : 0;
            if (!after_digit || !(hex ? is_hex(next) : is_decimal(next)))
                return false;
        }
        after_digit = digit;
    }
    return true;
}

/* What a number's beginning says about the rest. */
struct number {
    uint32_t base;
    bool prefixed; /* 0x, 0o, 0b */
    bool any;      /* has a digit */
    bool too_large;
};

static void begin_number(struct lexer *lexer, struct number *n)
{
    *n = (struct number){.base = 10};
    if (peek(lexer, 0) != '0')
        return;
    switch (lower(peek(lexer, 1))) {
    case 'x':
        n->base = 16;
        break;
    case 'o':
        n->base = 8;
        break;
    case 'b':
        n->base = 2;
        break;
    default: /* octal as an integer; `any` comes with the 0 itself */
        n->base = 8;
        return;
    }
    n->prefixed = true;
    lexer->at += 2;
}

/* Takes an exponent if there is one. */
static int take_exponent(struct lexer *lexer, const struct number *n,
                         struct thresh_err *err)
{
    bool hex = n->base == 16;
    uint8_t letter = lower(peek(lexer, 0));
    if (letter != 'e' && letter != 'p') {
        if (hex && lexer->token.kind == TOKEN_FLOAT)
            return thresh_fail(err, THRESH_EFORMAT,
                               "hexadecimal mantissa requires a 'p' exponent");
        return 0;
    }
    if (letter == 'p' ? !hex : n->prefixed)
        return thresh_fail(err, THRESH_EFORMAT,
                           "'%c' exponent requires %s mantissa", letter,
                           letter == 'p' ? "hexadecimal" : "decimal");
    lexer->at++;
    lexer->token.kind = TOKEN_FLOAT;
    if (peek(lexer, 0) == '+' || peek(lexer, 0) == '-')
        lexer->at++;
    bool any = false;
    bool too_large = false;
    skip_digits(lexer, 10, &any, &too_large);
    if (!any)
        return thresh_fail(err, THRESH_EFORMAT, "exponent has no digits");
    return 0;
}

static int take_number(struct lexer *lexer, struct thresh_err *err)
{
    struct number n;
    struct token *token = &lexer->token;
    token->kind = TOKEN_INT;
    begin_number(lexer, &n);
    skip_digits(lexer, n.base, &n.any, &n.too_large);
    if (peek(lexer, 0) == '.') {
        token->kind = TOKEN_FLOAT;
        if (n.prefixed && n.base != 16)
            return thresh_fail(err, THRESH_EFORMAT,
                               "invalid radix point in number");
        lexer->at++;
        skip_digits(lexer, n.base, &n.any, &n.too_large);
    }
    if (!n.any)
        return thresh_fail(err, THRESH_EFORMAT, "number has no digits");
    int rc = take_exponent(lexer, &n, err);
    if (rc)
        return rc;
    if (token->kind == TOKEN_INT && n.too_large)
        return thresh_fail(err, THRESH_EFORMAT, "invalid digit in number");
    if (!underscores_separate(token->text, (size_t)(lexer->at - token->text)))
        return thresh_fail(err, THRESH_EFORMAT,
                           "'_' must separate successive digits");
    return 0;
}

/* Takes a literal up to its closing quote. */
static int take_quoted(struct lexer *lexer, struct thresh_err *err)
{
    uint8_t quote = *lexer->at++;
    lexer->token.kind = quote == '\'' ? TOKEN_CHAR : TOKEN_STRING;
    while (lexer->at < lexer->end) {
        uint8_t c = *lexer->at++;
        if (c == quote)
            return 0;
        if (c == '\\' && quote != '`' && lexer->at < lexer->end)
            lexer->at++;
    }
    return thresh_fail(err, THRESH_EFORMAT, "%s literal not terminated",
                       quote == '\'' ? "character" : "string");
}

/* Size of the operator at hand if it may stand before an operand, else 0.
 * That `--` and `&^` are one operator each in Go need not be known here: no
 * grammar of ours takes two. */
static size_t unary_size(const struct lexer *lexer)
{
    uint8_t c = peek(lexer, 0);
    if (c == '<')
        return peek(lexer, 1) == '-' ? 2 : 0;
    return strchr("+-!^&~", c) != NULL;
}

static void take_symbol(struct lexer *lexer)
{
    size_t unary = unary_size(lexer);
    lexer->token.kind = unary ? TOKEN_UNARY : TOKEN_SYMBOL;
    bool ellipsis =
        peek(lexer, 0) == '.' && peek(lexer, 1) == '.' && peek(lexer, 2) == '.';
    lexer->at += unary ? unary : ellipsis ? 3 : 1;
}

static int take_token(struct lexer *lexer, struct thresh_err *err)
{
    int rc = skip_space(lexer, err);
    if (rc)
        return rc;
    uint8_t c = peek(lexer, 0);
    lexer->token = (struct token){.kind = TOKEN_END, .text = lexer->at};
    if (lexer->at == lexer->end)
        return 0;
    if (is_letter(c)) {
        lexer->token.kind = TOKEN_NAME;
        while (is_letter(peek(lexer, 0)) || is_decimal(peek(lexer, 0)))
            lexer->at++;
    } else if (is_decimal(c) || (c == '.' && is_decimal(peek(lexer, 1)))) {
        rc = take_number(lexer, err);
    } else if (c == '"' || c == '\'' || c == '`') {
        rc = take_quoted(lexer, err);
    } else {
        take_symbol(lexer);
    }
    lexer->token.size = (size_t)(lexer->at - lexer->token.text);
    return rc;
}

void lexer_next(struct lexer *lexer)
{
    if (!lexer->why.code && take_token(lexer, &lexer->why))
        lexer->token.kind = TOKEN_BAD;
}

int lexer_fail(struct lexer *lexer, const char *why)
{
    if (!lexer->why.code)
        thresh_fail(&lexer->why, THRESH_EFORMAT, "%s", why);
    lexer->token.kind = TOKEN_BAD;
    return lexer->why.code;
}

bool lexer_accept(struct lexer *lexer, const char *text)
{
    if (lexer->why.code || !token_is(&lexer->token, text))
        return false;
    lexer_next(lexer);
    return true;
}

bool token_is(const struct token *token, const char *text)
{
    return token->size == strlen(text) &&
           memcmp(token->text, text, token->size) == 0;
}

void lexer_init(struct lexer *lexer, const uint8_t *line, size_t size)
{
    *lexer = (struct lexer){.at = line, .end = line + size};
    lexer->token = (struct token){.kind = TOKEN_BAD, .text = line};
    if (check_characters(line, size, &lexer->why))
        return;
    uint32_t first;
    size_t used = unicode_decode(line, size, &first);
    if (used && first == BYTE_ORDER_MARK)
        lexer->at += used;
    lexer_next(lexer);
}
