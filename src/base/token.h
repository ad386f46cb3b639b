/* SPDX-License-Identifier: MIT
 *
 * Tokens, the words of a dictionary, and the two forms in which they travel:
 * dictionary files as AFL and libFuzzer read them, and lists of tokens between
 * worker and coordinator. Pure; what is read may be anything.
 *
 * A line of a file is blank, a comment (#), or
 *
 *     name@level="value"    the name and what stands before the value is
 *                           optional, and levels are not told apart
 *
 * In a value \xNN is the byte NN, \\ \" \n \r \t \0 what they are in C, and
 * every other byte stands for itself. The value ends with the last quote, or
 * with one that only a comment follows.
 */
#ifndef THRESH_BASE_TOKEN_H
#define THRESH_BASE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* AFL's limit. */
#define TOKEN_MAX 128u

/* Bytes behind the size are zero. */
struct token {
    uint32_t size;
    uint8_t bytes[TOKEN_MAX];
};

/* Makes a token of up to TOKEN_MAX bytes. */
struct token token_make(const void *bytes, size_t size);

/* ---- files ---- */

struct dictionary_reader {
    const uint8_t *text;
    size_t size;
    size_t at;
    uint32_t line; /* of what was read last, from 1 */
};

enum dictionary_event {
    DICTIONARY_END,
    DICTIONARY_TOKEN,
    DICTIONARY_BAD, /* the line is none; err says why */
};

/* Reads on to the next token or bad line. */
enum dictionary_event dictionary_read(struct dictionary_reader *r,
                                      struct token *token,
                                      struct thresh_err *err);

/* ---- lists ---- */

/* Bytes a token takes in a list. */
static inline size_t token_list_size(size_t size)
{
    return size + 1;
}

/* Appends a token at *at and advances *at; false if there is no room for it.
 */
bool token_list_add(uint8_t *list, size_t room, size_t *at,
                    const struct token *token);

/* Takes the token at *at; false at the end, and, with *lie set, at anything
 * that is not as it should be: an empty token, one that is too long. */
bool token_list_take(const uint8_t *list, size_t size, size_t *at,
                     struct token *token, bool *lie);

#endif
