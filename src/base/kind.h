/* SPDX-License-Identifier: MIT
 *
 * The kinds of arguments, and values of fixed width as 64-bit words. Apart from
 * inputs because what one value is, and which are allowed (domain.h), knows
 * nothing of several.
 *
 * A word holds a value in two's complement without sign extension, or as the
 * bits of a float: the bits above the kind's width are zero. In an input the
 * same value is its little-endian bytes.
 */
#ifndef THRESH_BASE_KIND_H
#define THRESH_BASE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The argument kinds. The last two columns: fixed width in bytes (0 =
 * variable), name in the text format "go test fuzz v1". */
#define INPUT_KINDS(X)      \
    X(BYTES, 0, "[]byte")   \
    X(STRING, 0, "string")  \
    X(BOOL, 1, "bool")      \
    X(INT8, 1, "int8")      \
    X(INT16, 2, "int16")    \
    X(INT32, 4, "int32")    \
    X(INT64, 8, "int64")    \
    X(UINT8, 1, "uint8")    \
    X(UINT16, 2, "uint16")  \
    X(UINT32, 4, "uint32")  \
    X(UINT64, 8, "uint64")  \
    X(INT, 8, "int")        \
    X(UINT, 8, "uint")      \
    X(FLOAT, 4, "float32")  \
    X(DOUBLE, 8, "float64") \
    X(RUNE, 4, "rune")

enum input_kind {
#define INPUT_KIND_NAME(name, width, text) KIND_##name,
    INPUT_KINDS(INPUT_KIND_NAME)
#undef INPUT_KIND_NAME
        KIND_COUNT
};

/* Width in bytes of a kind, 0 for the variable ones. Inline: asked in each
 * execution. */
static inline size_t kind_width(enum input_kind kind)
{
    static const uint8_t widths[KIND_COUNT] = {
#define INPUT_KIND_WIDTH(name, width, text) (width),
        INPUT_KINDS(INPUT_KIND_WIDTH)
#undef INPUT_KIND_WIDTH
    };
    return widths[kind];
}

/* The kind's name in the text format. */
const char *kind_text(enum input_kind kind);

/* Whether a kind is an integer that may be negative. */
static inline bool kind_is_signed(enum input_kind kind)
{
    return kind == KIND_INT8 || kind == KIND_INT16 || kind == KIND_INT32 ||
           kind == KIND_INT64 || kind == KIND_INT || kind == KIND_RUNE;
}

static inline bool kind_is_float(enum input_kind kind)
{
    return kind == KIND_FLOAT || kind == KIND_DOUBLE;
}

/* The bits of a value of `width` bytes, which is 1 to 8. */
static inline uint64_t value_mask(size_t width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

/* Whether a value of so many bytes is one of `n`, without sign or with. */
static inline bool value_fits(uint64_t value, size_t width, size_t n)
{
    uint64_t beyond = value_mask(width) & ~value_mask(n);
    uint64_t sign = value >> (8 * n - 1) & 1;
    return (value & beyond) == 0 || (sign && (value & beyond) == beyond);
}

/* The word of a value's bytes. */
static inline uint64_t value_load(const uint8_t *data, size_t width)
{
    uint64_t value = 0;
    for (size_t i = width; i-- > 0;)
        value = value << 8 | data[i];
    return value;
}

static inline void value_store(uint8_t *data, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width; i++)
        data[i] = (uint8_t)(value >> (8 * i));
}

/* The same with the bytes' order turned round, if `swap`. */
static inline void value_store_order(uint8_t *data, size_t width, bool swap,
                                     uint64_t value)
{
    value_store(data, width,
                swap ? __builtin_bswap64(value) >> (64 - 8 * width) : value);
}

/* The same value in 64 bits, for integers: with its sign if the kind has
 * one. */
uint64_t value_widen(enum input_kind kind, uint64_t value);

#endif
