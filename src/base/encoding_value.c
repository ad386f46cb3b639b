/* SPDX-License-Identifier: MIT
 *
 * See encoding_value.h.
 */
#include "base/encoding_value.h"

#include <string.h>

#include "base/float_text.h"
#include "base/quote.h"

#define OUT_OF_RANGE "value out of range"

static void add_number(struct buf *bytes, enum input_kind kind, uint64_t value)
{
    uint8_t data[sizeof value];
    value_store(data, sizeof data, value);
    buf_add(bytes, data, kind_width(kind));
}

static bool has_operation(const struct argument *argument)
{
    return argument->operation.size > 0;
}

/* Takes the sign before a number. */
static int read_sign(const struct argument *argument, bool *negative,
                     struct thresh_err *err)
{
    *negative = has_operation(argument);
    if (*negative && !token_is(&argument->operation, "-"))
        return thresh_fail(err, THRESH_EFORMAT,
                           "unsupported operation on int/float: %.*s",
                           (int)argument->operation.size,
                           (const char *)argument->operation.text);
    return 0;
}

/* The value of an integer literal, which is well-formed; false if it has more
 * than 64 bits. */
static bool read_digits(const struct token *token, uint64_t *value)
{
    uint64_t base = 10;
    size_t i = 0;
    if (token->text[0] == '0' && token->size > 1) {
        /* Digits and underscores are no letters in either case. */
        uint8_t letter = token->text[1] | 0x20;
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        i = letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1;
    }
    uint64_t sum = 0;
    for (; i < token->size; i++) {
        uint8_t c = token->text[i];
        if (c == '_')
            continue;
        uint64_t digit =
            c <= '9' ? (uint64_t)(c - '0') : (c | 0x20u) - 'a' + 10;
        if (sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

static int convert_signed(struct buf *bytes, enum input_kind kind,
                          const struct argument *argument,
                          struct thresh_err *err)
{
    bool negative;
    uint64_t value;
    uint64_t limit = (uint64_t)1 << (8 * kind_width(kind) - 1);
    if (argument->operand.kind != TOKEN_INT)
        return thresh_fail(err, THRESH_EFORMAT,
                           "integer literal required for int types");
    int rc = read_sign(argument, &negative, err);
    if (rc)
        return rc;
    if (!read_digits(&argument->operand, &value) ||
        value > limit - (negative ? 0 : 1))
        return thresh_fail(err, THRESH_EFORMAT, OUT_OF_RANGE);
    add_number(bytes, kind, negative ? 0 - value : value);
    return 0;
}

/* Adds an unsigned integer literal of the kind's width. */
static int add_unsigned(struct buf *bytes, enum input_kind kind,
                        const struct argument *argument, struct thresh_err *err)
{
    bool negative;
    uint64_t value;
    int rc = read_sign(argument, &negative, err);
    if (rc)
        return rc;
    if (negative)
        return thresh_fail(err, THRESH_EFORMAT,
                           "no sign allowed for uint types");
    if (!read_digits(&argument->operand, &value) ||
        value > UINT64_MAX >> (64 - 8 * kind_width(kind)))
        return thresh_fail(err, THRESH_EFORMAT, OUT_OF_RANGE);
    add_number(bytes, kind, value);
    return 0;
}

static int convert_unsigned(struct buf *bytes, enum input_kind kind,
                            const struct argument *argument,
                            struct thresh_err *err)
{
    if (argument->operand.kind != TOKEN_INT)
        return thresh_fail(err, THRESH_EFORMAT,
                           "integer literal required for uint types");
    return add_unsigned(bytes, kind, argument, err);
}

/* byte and rune: numbers or characters. */
static int convert_char(struct buf *bytes, enum input_kind kind,
                        const struct argument *argument, struct thresh_err *err)
{
    const struct token *operand = &argument->operand;
    if (operand->kind == TOKEN_INT)
        return kind == KIND_UINT8 ? convert_unsigned(bytes, kind, argument, err)
                                  : convert_signed(bytes, kind, argument, err);
    if (operand->kind != TOKEN_CHAR || has_operation(argument))
        return thresh_fail(err, THRESH_EFORMAT,
                           "character literal required for byte/rune types");
    uint32_t code;
    int rc = unquote_char(&code, operand->text, operand->size, err);
    if (rc)
        return rc;
    if (kind == KIND_UINT8 && code > 255)
        return thresh_fail(err, THRESH_EFORMAT,
                           "can only encode single byte to a byte type");
    add_number(bytes, kind, code);
    return 0;
}

static int convert_text(struct buf *bytes, enum input_kind kind,
                        const struct argument *argument, struct thresh_err *err)
{
    const struct token *operand = &argument->operand;
    if (operand->kind != TOKEN_STRING || has_operation(argument))
        return thresh_fail(err, THRESH_EFORMAT,
                           kind == KIND_STRING
                               ? "string literal value required for type string"
                               : "string literal required for type []byte");
    return unquote_string(bytes, operand->text, operand->size, err);
}

static int convert_bool(struct buf *bytes, enum input_kind kind,
                        const struct argument *argument, struct thresh_err *err)
{
    const struct token *operand = &argument->operand;
    bool value = token_is(operand, "true");
    if (operand->kind != TOKEN_NAME || has_operation(argument))
        return thresh_fail(err, THRESH_EFORMAT, "malformed bool");
    if (!value && !token_is(operand, "false"))
        return thresh_fail(err, THRESH_EFORMAT,
                           "true or false required for type bool");
    add_number(bytes, kind, value);
    return 0;
}

/* NaN without and Inf with an operator; of the operators only - counts. */
static bool read_special(const struct argument *argument, bool single,
                         uint64_t *bits)
{
    if (!has_operation(argument)) {
        *bits = single ? 0x7fc00000u : 0x7ff8000000000001u;
        return token_is(&argument->operand, "NaN");
    }
    const struct float_format *format =
        single ? &float_text_single : &float_text_double;
    *bits = format->infinity;
    if (token_is(&argument->operation, "-"))
        *bits |= format->sign;
    return token_is(&argument->operand, "Inf");
}

static int convert_float(struct buf *bytes, enum input_kind kind,
                         const struct argument *argument,
                         struct thresh_err *err)
{
    const struct token *operand = &argument->operand;
    bool single = kind == KIND_FLOAT;
    const struct float_format *format =
        single ? &float_text_single : &float_text_double;
    uint64_t bits;
    if (read_special(argument, single, &bits)) {
        add_number(bytes, kind, bits);
        return 0;
    }
    if (operand->kind != TOKEN_INT && operand->kind != TOKEN_FLOAT)
        return thresh_fail(err, THRESH_EFORMAT,
                           "float or integer literal required for %s type",
                           kind_text(kind));
    bool negative;
    int rc = read_sign(argument, &negative, err);
    if (rc)
        return rc;
    rc = float_text_read(format, (const char *)operand->text, operand->size,
                         &bits);
    if (rc == THRESH_ELIMIT)
        return thresh_fail(err, THRESH_EFORMAT, OUT_OF_RANGE);
    if (rc)
        return thresh_fail(err, THRESH_EFORMAT,
                           "integer literal for %s type must be decimal",
                           kind_text(kind));
    add_number(bytes, kind, bits | (negative ? format->sign : 0));
    return 0;
}

static int convert_bits(struct buf *bytes, enum input_kind kind,
                        const struct argument *argument, struct thresh_err *err)
{
    if (argument->operand.kind != TOKEN_INT)
        return thresh_fail(
            err, THRESH_EFORMAT,
            "integer literal required for math.Float%dfrombits type",
            kind == KIND_FLOAT ? 32 : 64);
    return add_unsigned(bytes, kind, argument, err);
}

static const struct value_type types[] = {
    {"[]byte", KIND_BYTES, convert_text},
    {"string", KIND_STRING, convert_text},
    {"bool", KIND_BOOL, convert_bool},
    {"byte", KIND_UINT8, convert_char},
    {"rune", KIND_INT32, convert_char},
    {"int", KIND_INT, convert_signed},
    {"int8", KIND_INT8, convert_signed},
    {"int16", KIND_INT16, convert_signed},
    {"int32", KIND_INT32, convert_signed},
    {"int64", KIND_INT64, convert_signed},
    {"uint", KIND_UINT, convert_unsigned},
    {"uint8", KIND_UINT8, convert_unsigned},
    {"uint16", KIND_UINT16, convert_unsigned},
    {"uint32", KIND_UINT32, convert_unsigned},
    {"uint64", KIND_UINT64, convert_unsigned},
    {"float32", KIND_FLOAT, convert_float},
    {"float64", KIND_DOUBLE, convert_float},
    {"math.Float32frombits", KIND_FLOAT, convert_bits},
    {"math.Float64frombits", KIND_DOUBLE, convert_bits},
};

const struct value_type *value_type_find(const char *prefix,
                                         const struct token *name)
{
    size_t skip = strlen(prefix);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strncmp(types[i].name, prefix, skip) == 0 &&
            token_is(name, types[i].name + skip))
            return &types[i];
    }
    return NULL;
}
