/* SPDX-License-Identifier: MIT
 *
 * Writing of corpus files; see encoding.h.
 */
#include "base/encoding.h"

#include <inttypes.h>

#include "base/float_text.h"
#include "base/quote.h"
#include "base/unicode.h"

/* The word of an argument; what is missing of it counts as zero. */
static uint64_t load(enum input_kind kind, const uint8_t *data, size_t size)
{
    size_t width = kind_width(kind);
    return value_load(data, size < width ? size : width);
}

/* The same, with the sign of the kind's width. */
static int64_t load_signed(enum input_kind kind, const uint8_t *data,
                           size_t size)
{
    return (int64_t)value_widen(kind, load(kind, data, size));
}

static void write_text(struct buf *out, enum input_kind kind,
                       const uint8_t *data, size_t size)
{
    buf_add_text(out, kind_text(kind));
    buf_add_char(out, '(');
    quote_string(out, data, size);
    buf_add_char(out, ')');
}

/* A code point as a character; what is none, as the number it is. Negative
 * numbers are none: unsigned they are beyond the last one. */
static void write_rune(struct buf *out, int64_t code)
{
    if (!unicode_is_valid((uint32_t)code)) {
        buf_addf(out, "int32(%" PRId64 ")", code);
        return;
    }
    buf_add_text(out, "rune(");
    quote_char(out, (uint32_t)code);
    buf_add_char(out, ')');
}

static void write_byte(struct buf *out, uint64_t byte)
{
    buf_add_text(out, "byte(");
    quote_char(out, (uint32_t)byte);
    buf_add_char(out, ')');
}

/* All but one NaN are written as their bits: a text of letters could not tell
 * them apart. That one is what Go's math.NaN() gives in this width. */
static void write_float(struct buf *out, enum input_kind kind, uint64_t bits)
{
    bool single = kind == KIND_FLOAT;
    const struct float_format *format =
        single ? &float_text_single : &float_text_double;
    uint64_t nan = single ? 0x7fc00000u : 0x7ff8000000000001u;
    if ((bits & (format->sign - 1)) > format->infinity && bits != nan) {
        buf_addf(out, "math.Float%dfrombits(0x%" PRIx64 ")", single ? 32 : 64,
                 bits);
        return;
    }
    char text[FLOAT_TEXT_MAX];
    size_t size = float_text_write(text, format, bits);
    buf_addf(out, "%s(%.*s)", kind_text(kind), (int)size, text);
}

void encoding_write_value(struct buf *out, enum input_kind kind,
                          const uint8_t *data, size_t size)
{
    switch (kind) {
    case KIND_BYTES:
    case KIND_STRING:
        write_text(out, kind, data, size);
        break;
    case KIND_BOOL:
        buf_add_text(out,
                     load(kind, data, size) ? "bool(true)" : "bool(false)");
        break;
    case KIND_INT32:
    case KIND_RUNE:
        write_rune(out, load_signed(kind, data, size));
        break;
    case KIND_UINT8:
        write_byte(out, load(kind, data, size));
        break;
    case KIND_FLOAT:
    case KIND_DOUBLE:
        write_float(out, kind, load(kind, data, size));
        break;
    case KIND_INT8:
    case KIND_INT16:
    case KIND_INT64:
    case KIND_INT:
        buf_addf(out, "%s(%" PRId64 ")", kind_text(kind),
                 load_signed(kind, data, size));
        break;
    case KIND_UINT16:
    case KIND_UINT32:
    case KIND_UINT64:
    case KIND_UINT:
        buf_addf(out, "%s(%" PRIu64 ")", kind_text(kind),
                 load(kind, data, size));
        break;
    case KIND_COUNT:
        break;
    }
}

static void show_number(struct buf *out, enum input_kind kind, uint64_t value)
{
    char text[FLOAT_TEXT_MAX];
    const struct float_format *format =
        kind == KIND_FLOAT ? &float_text_single : &float_text_double;
    if (kind == KIND_BOOL)
        buf_add_text(out, value ? "true" : "false");
    else if (kind_is_float(kind))
        buf_add(out, text, float_text_write(text, format, value));
    else if (kind == KIND_RUNE && unicode_is_valid((uint32_t)value))
        quote_char(out, (uint32_t)value);
    else if (kind_is_signed(kind))
        buf_addf(out, "%" PRId64, (int64_t)value_widen(kind, value));
    else
        buf_addf(out, "%" PRIu64, value);
}

void encoding_show_value(struct buf *out, enum input_kind kind,
                         const uint8_t *data, size_t size, size_t most)
{
    if (kind_width(kind)) {
        show_number(out, kind, load(kind, data, size));
        return;
    }
    size_t shown = size < most ? size : most;
    quote_string(out, data, shown);
    if (shown < size)
        buf_addf(out, "... %zu bytes", size);
}

void encoding_write(struct buf *out, const enum input_kind *kind,
                    const struct input *in)
{
    buf_add_text(out, ENCODING_HEADER "\n");
    for (uint32_t i = 0; i < in->nargs; i++) {
        encoding_write_value(out, kind[i], in->arg[i].data, in->arg[i].size);
        buf_add_char(out, '\n');
    }
}
