/* SPDX-License-Identifier: MIT
 *
 * Tokens of one line of a corpus file, cut as the Go language cuts them:
 * blanks and comments between tokens vanish, and what would be one longer
 * operator in Go (`--`, `&&`) is not two short ones here. Apart from the
 * reader because it knows nothing of calls and types.
 */
#ifndef THRESH_BASE_ENCODING_TOKEN_H
#define THRESH_BASE_ENCODING_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_INT,    /* a well-formed integer literal, in any base */
    TOKEN_FLOAT,  /* a well-formed floating-point literal */
    TOKEN_CHAR,   /* '...', not looked into */
    TOKEN_STRING, /* "..." or `...`, not looked into */
    TOKEN_UNARY,  /* an operator that may stand before an operand */
    TOKEN_SYMBOL, /* ( ) [ ] , . or ..., or the first byte of anything else */
};

struct token {
    enum token_kind kind;
    const uint8_t *text; /* points into the line */
    size_t size;
};

struct lexer {
    const uint8_t *at;
    const uint8_t *end;
    struct token token; /* the current one */
};

/* Begins a line, which must outlive the lexer, at its first token. Fails if
 * the line is not UTF-8 or has a character that Go allows nowhere. */
int lexer_init(struct lexer *lexer, const uint8_t *line, size_t size,
               struct thresh_err *err);

/* Moves to the next token; at the end it stays there. */
int lexer_next(struct lexer *lexer, struct thresh_err *err);

#endif
