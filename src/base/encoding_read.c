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
 * which is parsed here and means what encoding_value.h says. The "..." is what
 * Go writes after a spread argument; its reader does not mind it.
 */
#include "base/encoding.h"

#include <string.h>

#include "base/encoding_token.h"
#include "base/encoding_value.h"
#include "base/quote.h"
#include "base/unicode.h"

#define HEADER_SIZE (sizeof ENCODING_HEADER - 1)

/* About how many characters of bad bytes an error message shows. */
#define EXCERPT 160

/* Texts that several places fail with. */
#define NO_CALL    "expected call expression"
#define NO_TYPE    "expected []byte or primitive type"
#define NO_LITERAL "literal value required for primitive type"

bool encoding_has_header(const uint8_t *data, size_t size)
{
    if (size <= HEADER_SIZE || memcmp(data, ENCODING_HEADER, HEADER_SIZE) != 0)
        return false;
    const uint8_t *end = data + HEADER_SIZE;
    return end[0] == '\n' ||
           (end[0] == '\r' && size > HEADER_SIZE + 1 && end[1] == '\n');
}

bool encoding_kind_matches(enum input_kind in_file, enum input_kind wanted)
{
    enum input_kind a = in_file == KIND_RUNE ? KIND_INT32 : in_file;
    enum input_kind b = wanted == KIND_RUNE ? KIND_INT32 : wanted;
    return a == b;
}

/* Parses the type before a call's parenthesis. *type is NULL if it is a name
 * that the format does not have. */
static int parse_type(struct lexer *lexer, const struct value_type **type)
{
    if (lexer_accept(lexer, "[")) {
        if (!lexer_accept(lexer, "]"))
            return lexer_fail(lexer, NO_TYPE);
        *type = value_type_find("[]", &lexer->token);
        if (!*type)
            return lexer_fail(lexer, "expected []byte");
        lexer_next(lexer);
        return 0;
    }
    struct token name = lexer->token;
    if (name.kind != TOKEN_NAME)
        return lexer_fail(lexer, NO_CALL);
    lexer_next(lexer);
    if (!lexer_accept(lexer, ".")) {
        *type = value_type_find("", &name);
        return 0;
    }
    *type = value_type_find("math.", &lexer->token);
    if (!*type || !token_is(&name, "math"))
        return lexer_fail(lexer, "invalid selector type");
    lexer_next(lexer);
    return 0;
}

static int parse_argument(struct lexer *lexer, struct argument *argument)
{
    if (token_is(&lexer->token, ")"))
        return lexer_fail(lexer, NO_CALL " with 1 argument; got 0");
    argument->operation = (struct token){.kind = TOKEN_END};
    if (lexer->token.kind == TOKEN_UNARY) {
        argument->operation = lexer->token;
        lexer_next(lexer);
    }
    argument->operand = lexer->token;
    switch (lexer->token.kind) {
    case TOKEN_NAME:
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_CHAR:
    case TOKEN_STRING:
        lexer_next(lexer);
        return 0;
    case TOKEN_END:
    case TOKEN_BAD:
    case TOKEN_UNARY:
    case TOKEN_SYMBOL:
        break;
    }
    return lexer_fail(lexer, NO_LITERAL);
}

/* Parses what follows the argument, to the end of the line. */
static int parse_end(struct lexer *lexer)
{
    (void)lexer_accept(lexer, "...");
    bool comma = lexer_accept(lexer, ",");
    enum token_kind kind = lexer->token.kind;
    if (lexer_accept(lexer, ")")) {
        if (lexer->token.kind == TOKEN_END)
            return 0;
        return lexer_fail(lexer, "expected one call and nothing after it");
    }
    if (comma)
        return lexer_fail(lexer, NO_CALL " with 1 argument; got more");
    if (kind == TOKEN_SYMBOL || kind == TOKEN_UNARY)
        return lexer_fail(lexer, NO_LITERAL);
    return lexer_fail(lexer, "missing ',' or ')' after the argument");
}

/* Parses a line, appends its value's bytes and sets their kind. */
static int read_value(struct buf *bytes, enum input_kind *kind,
                      struct lexer *lexer)
{
    const struct value_type *type = NULL;
    struct argument argument;
    int rc = parse_type(lexer, &type);
    if (rc)
        return rc;
    if (!lexer_accept(lexer, "("))
        return lexer_fail(lexer, NO_CALL);
    rc = parse_argument(lexer, &argument);
    if (rc)
        return rc;
    rc = parse_end(lexer);
    if (rc)
        return rc;
    if (!type)
        return lexer_fail(lexer, NO_TYPE);
    *kind = type->kind;
    return type->convert(bytes, type->kind, &argument, &lexer->why);
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

/* Fails with a text in which the bytes, as far as they fit, are shown. */
static int fail_showing(struct thresh_err *err, const char *before,
                        const uint8_t *data, size_t size, const char *between,
                        const char *after)
{
    struct buf shown;
    buf_init(&shown, (size_t)2 * EXCERPT);
    quote_excerpt(&shown, data, size, EXCERPT);
    int rc = thresh_fail(err, THRESH_EFORMAT, "%s%s%s%s", before,
                         buf_text(&shown), between, after);
    buf_release(&shown);
    return rc;
}

/* The spans get their sizes at once, their data when the buffer has stopped
 * moving. */
static int read_line(struct encoding_file *file, const uint8_t *line,
                     size_t size, struct thresh_err *err)
{
    trim(&line, &size);
    if (!size)
        return 0;
    struct input *in = &file->input;
    if (in->nargs == INPUT_MAX_ARGS)
        return thresh_fail(err, THRESH_ELIMIT, "more than %d values",
                           INPUT_MAX_ARGS);
    struct lexer lexer;
    size_t before = file->bytes.size;
    lexer_init(&lexer, line, size);
    if (read_value(&file->bytes, &file->kind[in->nargs], &lexer))
        return fail_showing(err, "malformed line \"", line, size,
                            "\": ", lexer.why.msg);
    size_t added = file->bytes.size - before;
    if (added > UINT32_MAX)
        return thresh_fail(err, THRESH_ELIMIT, "a value of more than 4 GiB");
    in->arg[in->nargs++].size = (uint32_t)added;
    return 0;
}

static int read_lines(struct encoding_file *file, const uint8_t *at,
                      const uint8_t *end, struct thresh_err *err)
{
    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *stop = newline ? newline : end;
        int rc = read_line(file, at, (size_t)(stop - at), err);
        if (rc)
            return rc;
        at = newline ? newline + 1 : end;
    }
    if (file->bytes.failed)
        return thresh_fail(err, THRESH_ENOMEM,
                           "no memory for the values of a corpus file");
    uint8_t *data = file->bytes.data;
    for (uint32_t i = 0; i < file->input.nargs; i++) {
        file->input.arg[i].data = data;
        data += file->input.arg[i].size;
    }
    return 0;
}

int encoding_read(struct encoding_file *file, const uint8_t *data, size_t size,
                  struct thresh_err *err)
{
    *file = (struct encoding_file){.input = {.nargs = 0}};
    /* No literal means more bytes than it has itself, but for the numbers. */
    buf_init(&file->bytes, size + INPUT_MAX_ARGS * sizeof(uint64_t));
    if (!size)
        return thresh_fail(err, THRESH_EFORMAT,
                           "cannot unmarshal empty string");
    const uint8_t *newline = memchr(data, '\n', size);
    if (!newline)
        return thresh_fail(err, THRESH_EFORMAT,
                           "must include version and at least one value");
    if (!encoding_has_header(data, size)) {
        size_t version = (size_t)(newline - data);
        if (version && newline[-1] == '\r')
            version--;
        return fail_showing(err, "unknown encoding version: ", data, version,
                            "", "");
    }
    /* Makes the buffer's data a pointer even if all values are empty. */
    buf_add(&file->bytes, "", 0);
    int rc = read_lines(file, newline + 1, data + size, err);
    if (rc)
        encoding_file_release(file);
    return rc;
}

void encoding_file_release(struct encoding_file *file)
{
    buf_release(&file->bytes);
    file->input.nargs = 0;
}
