/* SPDX-License-Identifier: MIT
 *
 * Tokens of one line of a corpus file, cut as the Go language cuts them:
 * blanks and comments between tokens vanish. Apart from the reader because it
 * knows nothing of calls and types.
 *
 * The first failure sticks: from then on the token is TOKEN_BAD, which no
 * grammar accepts, so that a parser may look at `why` when it is done.
 */
#ifndef THRESH_BASE_ENCODING_TOKEN_H
#define THRESH_BASE_ENCODING_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum token_kind {
    TOKEN_END,
    TOKEN_BAD,
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
    struct token token;    /* the current one */
    struct thresh_err why; /* the first failure, code 0 if there is none */
};

/* Begins a line, which must outlive the lexer, at its first token. */
void lexer_init(struct lexer *lexer, const uint8_t *line, size_t size);

/* Moves to the next token; at the end it stays there. */
void lexer_next(struct lexer *lexer);

/* If the current token is this text, moves to the next. */
bool lexer_accept(struct lexer *lexer, const char *text);

/* Fails with THRESH_EFORMAT and this text, unless it has failed before;
 * returns the code of the first failure. */
int lexer_fail(struct lexer *lexer, const char *why);

/* Whether a token is this text. */
bool token_is(const struct token *token, const char *text);

#endif
