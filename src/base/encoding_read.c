/* SPDX-License-Identifier: MIT
 *
 * Reading of corpus files; see encoding.h.
 *
 * A file is its header and one value on each other line that is not blank. A
 * value is a call expression of Go with one argument,
 *
 *     line     = type "(" argument ["..."] [","] ")"
 *     type     = "[" "]" "byte" | name | "math" "." name
 *     argument = [operator] (name | literal)
 *
 * which is first parsed without regard to what the type wants, and then
 * converted (encoding_value.c).
 */
#include "base/encoding.h"

#include <string.h>

#include "base/encoding_token.h"
#include "base/encoding_value.h"
#include "base/quote.h"
#include "base/unicode.h"

#define HEADER_SIZE (sizeof ENCODING_HEADER - 1)

/* About how many characters of a bad line an error message shows. */
#define EXCERPT 160

bool encoding_has_header(const uint8_t *data, size_t size)
{
    if (size <= HEADER_SIZE || memcmp(data, ENCODING_HEADER, HEADER_SIZE) != 0)
        return false;
    const uint8_t *end = data + HEADER_SIZE;
    return *end == '\n' ||
           (*end == '\r' && size > HEADER_SIZE + 1 && end[1] == '\n');
}

bool encoding_kind_matches(enum input_kind in_file, enum input_kind wanted)
{
    enum input_kind a = in_file == KIND_RUNE ? KIND_INT32 : in_file;
    enum input_kind b = wanted == KIND_RUNE ? KIND_INT32 : wanted;
    return a == b;
}

/* Parses the type before a call's parenthesis. *type is NULL if it is one
 * that the format does not have. */
static int parse_type(struct lexer *lexer, const struct value_type **type,
                      struct thresh_err *err)
{
    if (token_is(&lexer->token, "[")) {
        int rc = lexer_next(lexer, err);
        if (rc)
            return rc;
        if (!token_is(&lexer->token, "]"))
            return thresh_fail(err, THRESH_EFORMAT,
                               "expected []byte or primitive type");
        rc = lexer_next(lexer, err);
        if (rc)
            return rc;
        if (!token_is(&lexer->token, "byte"))
            return thresh_fail(err, THRESH_EFORMAT, "expected []byte");
        *type = &value_type_bytes;
        return lexer_next(lexer, err);
    }
    if (lexer->token.kind != TOKEN_NAME)
        return thresh_fail(err, THRESH_EFORMAT, "expected call expression");
    struct token name = lexer->token;
    int rc = lexer_next(lexer, err);
    if (rc)
        return rc;
    *type = value_type_find(&name);
    if (!token_is(&lexer->token, "."))
        return 0;
    rc = lexer_next(lexer, err);
    if (rc)
        return rc;
    *type = value_type_find_bits(&lexer->token);
    if (!token_is(&name, "math") || !*type)
        return thresh_fail(err, THRESH_EFORMAT, "invalid selector type");
    return lexer_next(lexer, err);
}

static int parse_argument(struct lexer *lexer, struct argument *argument,
                          struct thresh_err *err)
{
    if (token_is(&lexer->token, ")"))
        return thresh_fail(err, THRESH_EFORMAT,
                           "expected call expression with 1 argument; got 0");
    *argument = (struct argument){.operation = {.kind = TOKEN_END}};
    if (lexer->token.kind == TOKEN_UNARY) {
        argument->operation = lexer->token;
        int rc = lexer_next(lexer, err);
        if (rc)
            return rc;
    }
    argument->operand = lexer->token;
    switch (lexer->token.kind) {
    case TOKEN_NAME:
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_CHAR:
    case TOKEN_STRING:
        return lexer_next(lexer, err);
    case TOKEN_END:
    case TOKEN_UNARY:
    case TOKEN_SYMBOL:
        break;
    }
    return thresh_fail(err, THRESH_EFORMAT,
                       "literal value required for primitive type");
}

/* Parses what follows the argument, to the end of the line. */
static int parse_end(struct lexer *lexer, struct thresh_err *err)
{
    int rc = 0;
    if (token_is(&lexer->token, "..."))
        rc = lexer_next(lexer, err);
    bool comma = !rc && token_is(&lexer->token, ",");
    if (comma)
        rc = lexer_next(lexer, err);
    if (rc)
        return rc;
    if (!token_is(&lexer->token, ")")) {
        bool expression = lexer->token.kind == TOKEN_SYMBOL ||
                          lexer->token.kind == TOKEN_UNARY;
        return thresh_fail(
            err, THRESH_EFORMAT, "%s",
            comma        ? "expected call expression with 1 argument"
            : expression ? "literal value required for primitive type"
                         : "missing ',' or ')' after the argument");
    }
    rc = lexer_next(lexer, err);
    if (rc)
        return rc;
    if (lexer->token.kind != TOKEN_END)
        return thresh_fail(err, THRESH_EFORMAT,
                           "expected the end of the line after the call");
    return 0;
}

static int read_value(struct value *value, struct buf *bytes,
                      const uint8_t *line, size_t size, struct thresh_err *err)
{
    struct lexer lexer;
    const struct value_type *type;
    struct argument argument;
    int rc = lexer_init(&lexer, line, size, err);
    if (rc)
        return rc;
    rc = parse_type(&lexer, &type, err);
    if (rc)
        return rc;
    if (!token_is(&lexer.token, "("))
        return thresh_fail(err, THRESH_EFORMAT, "expected call expression");
    rc = lexer_next(&lexer, err);
    if (rc)
        return rc;
    rc = parse_argument(&lexer, &argument, err);
    if (rc)
        return rc;
    rc = parse_end(&lexer, err);
    if (rc)
        return rc;
    if (!type)
        return thresh_fail(err, THRESH_EFORMAT,
                           "expected []byte or primitive type");
    return value_convert(value, bytes, type, &argument, err);
}

/* Cuts white space off both ends. */
static void trim(const uint8_t **line, size_t *size)
{
    uint32_t code;
    size_t used;
    while ((used = unicode_decode(*line, *size, &code)) != 0 &&
           unicode_is_space(code)) {
        *line += used;
        *size -= used;
    }
    while ((used = unicode_decode_last(*line, *size, &code)) != 0 &&
           unicode_is_space(code))
        *size -= used;
}

/* Fails with the bytes, as far as they fit, in place of the one %s. */
static int fail_showing(struct thresh_err *err, const char *before,
                        const uint8_t *data, size_t size, const char *after)
{
    struct buf shown;
    buf_init(&shown, 2 * EXCERPT);
    quote_excerpt(&shown, data, size, EXCERPT);
    int rc = thresh_fail(err, THRESH_EFORMAT, "%s%s%s", before,
                         buf_text(&shown), after);
    buf_release(&shown);
    return rc;
}

static int read_line(struct encoding_file *file, size_t *offset,
                     const uint8_t *line, size_t size, struct thresh_err *err)
{
    trim(&line, &size);
    if (!size)
        return 0;
    struct input *in = &file->input;
    if (in->nargs == INPUT_MAX_ARGS)
        return thresh_fail(err, THRESH_ELIMIT, "more than %d values",
                           INPUT_MAX_ARGS);
    struct value value;
    struct thresh_err why = {0};
    size_t start = file->bytes.size;
    if (read_value(&value, &file->bytes, line, size, &why)) {
        char after[sizeof why.msg + 4];
        (void)snprintf(after, sizeof after, "\": %s", why.msg);
        return fail_showing(err, "malformed line \"", line, size, after);
    }
    return 0;
}
