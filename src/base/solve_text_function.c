/* SPDX-License-Identifier: MIT
 *
 * Texts that are a function of some bytes of the input: something was added to
 * each byte or xored with it, letters got another case, the order was reversed,
 * bytes became hexadecimal digits or digits bytes, or were read as base64. See
 * solve_parts.h.
 */
#include <string.h>

#include "base/solve_parts.h"

/* Texts of so few bytes must be confirmed by a third run. */
#define SHORT 4u
/* So many bytes of a text decide. */
#define LOOKED_AT 16u

enum byte_function {
    BYTES_ADD,
    BYTES_XOR,
    BYTES_UPPER,
    BYTES_LOWER,
    BYTES_REVERSED,
    BYTE_FUNCTIONS,
};

static uint8_t upper(uint8_t c)
{
    return (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static uint8_t lower(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* What the text's byte i says of the function: the same in all runs, if it is
 * this one. */
static uint8_t key(enum byte_function f, uint8_t out, uint8_t in)
{
    switch (f) {
    case BYTES_ADD:
        return (uint8_t)(out - in);
    case BYTES_XOR:
        return out ^ in;
    case BYTES_UPPER:
        return out ^ upper(in);
    case BYTES_LOWER:
        return out ^ lower(in);
    default:
        return out ^ in;
    }
}

static uint32_t shortest(const struct solve *s, const struct text_track *t)
{
    uint32_t n = OPERAND_TEXT;
    for (uint32_t r = 0; r < s->nruns; r++)
        if ((t->same >> r & 1) && t->size[r] < n)
            n = t->size[r];
    return n;
}

/* Whether n bytes of the texts are this function of those at a place. Of cases
 * and order there is no constant: their keys are 0. */
static bool obeys(const struct solve *s, uint32_t arg,
                  const struct text_track *t, uint32_t at, uint32_t n,
                  enum byte_function f)
{
    bool keyed = f == BYTES_ADD || f == BYTES_XOR;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = at + (f == BYTES_REVERSED ? n - 1 - i : i);
        uint8_t first = key(f, t->x[0][i], s->in->arg[arg].data[from]);
        if (!keyed && first)
            return false;
        for (uint32_t r = 1; r < s->nruns; r++)
            if ((t->same >> r & 1) &&
                key(f, t->x[r][i], s->run[r].in->arg[arg].data[from]) != first)
                return false;
    }
    return true;
}

static void write_bytes(struct solve *s, uint32_t arg,
                        const struct text_track *t, uint32_t at, uint32_t n,
                        enum byte_function f)
{
    const uint8_t *in = s->in->arg[arg].data + at;
    uint8_t bytes[OPERAND_TEXT + 1];
    uint32_t size = t->want_size;
    for (uint32_t i = 0; i < size; i++) {
        /* What is beyond the texts' end is done to as their last byte. */
        uint32_t k = i < n ? i : n - 1;
        uint8_t constant = key(f, t->x[0][k], in[k]);
        bytes[i] = f == BYTES_ADD        ? (uint8_t)(t->want[i] - constant)
                   : f == BYTES_XOR      ? t->want[i] ^ constant
                   : f == BYTES_REVERSED ? t->want[size - 1 - i]
                                         : t->want[i];
    }
    bytes[size] = 0;
    (void)solve_add_exact(s, SOLVE_LIKELY, arg, at, bytes, size);
    if (t->ends)
        (void)solve_add_bytes(s, SOLVE_LIKELY, arg, at, size + 1, bytes,
                              size + 1);
}

/* Functions of single bytes, at all places that differ between two runs. */
static void match_bytes(struct solve *s, uint32_t arg,
                        const struct text_track *t)
{
    uint32_t all = shortest(s, t);
    uint32_t n = all < LOOKED_AT ? all : LOOKED_AT;
    uint32_t size = s->in->arg[arg].size;
    unsigned places = 0;
    unsigned runs = solve_count(t->same);
    if (n < 2 || runs < (n < SHORT ? 3u : 2u))
        return;
    for (uint32_t at = 0; at + n <= size && places < PLACES && s->steps; at++) {
        for (unsigned f = 0; f < BYTE_FUNCTIONS; f++) {
            /* All of a reversed text must be there to be turned. */
            uint32_t part = f == BYTES_REVERSED ? all : n;
            if (at + part > size ||
                !obeys(s, arg, t, at, part, (enum byte_function)f))
                continue;
            write_bytes(s, arg, t, at, at + all <= size ? all : size - at,
                        (enum byte_function)f);
            places++;
        }
        s->steps--;
    }
}

/* ---- hexadecimal ---- */

static int digit_value(uint8_t c)
{
    uint8_t low = c | 0x20;
    return c >= '0' && c <= '9'       ? c - '0'
           : low >= 'a' && low <= 'f' ? low - 'a' + 10
                                      : -1;
}

static uint32_t to_hex(uint8_t *to, const uint8_t *from, uint32_t n,
                       bool capital)
{
    const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    for (uint32_t i = 0; i < n; i++) {
        to[2 * i] = (uint8_t)digits[from[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[from[i] & 15];
    }
    return 2 * n;
}

/* As many bytes as the digits are pairs; 0 if they are no digits. */
static uint32_t from_hex(uint8_t *to, const uint8_t *from, uint32_t n)
{
    for (uint32_t i = 0; i + 1 < n; i += 2) {
        int high = digit_value(from[i]);
        int low = digit_value(from[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        to[i / 2] = (uint8_t)(high << 4 | low);
    }
    return n / 2;
}

/* What a run's text was made from stands in its input: there comes what the
 * wanted one would be made from. */
static unsigned match_source(struct solve *s, uint32_t arg, uint32_t run,
                             const uint8_t *source, uint32_t n,
                             const uint8_t *want, uint32_t want_size)
{
    const struct span *data = &s->run[run].in->arg[arg];
    unsigned places = 0;
    n = n < LOOKED_AT ? n : LOOKED_AT;
    if (n < 2)
        return 0;
    for (uint32_t p = solve_first_place(s, run, source); p && places < PLACES;
         p = solve_next_place(s, run, p)) {
        if (p - 1 + n > data->size ||
            memcmp(data->data + p - 1, source, n) != 0)
            continue;
        (void)solve_add_exact(s, SOLVE_LIKELY, arg, p - 1, want, want_size);
        places++;
    }
    return places;
}

static void match_hex(struct solve *s, uint32_t arg, uint32_t run,
                      const struct text_track *t)
{
    uint8_t source[2 * OPERAND_TEXT], want[2 * OPERAND_TEXT];
    uint32_t n = from_hex(source, t->x[run], t->size[run]);
    uint32_t want_size = from_hex(want, t->want, t->want_size);
    if (n && want_size)
        (void)match_source(s, arg, run, source, n, want, want_size);
    for (unsigned capital = 0; capital < 2; capital++) {
        n = to_hex(source, t->x[run], t->size[run], capital);
        want_size = to_hex(want, t->want, t->want_size, capital);
        (void)match_source(s, arg, run, source, n, want, want_size);
    }
}

/* ---- base64 ---- */

/* Whole groups of three bytes alone where the text goes on: of the last one not
 * all digits are known. */
static uint32_t to_base64(uint8_t *to, const uint8_t *from, uint32_t n,
                          bool padded)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i += 3) {
        uint32_t there = n - i < 3 ? n - i : 3, group = 0;
        if (there < 3 && !padded)
            break;
        for (uint32_t k = 0; k < 3; k++)
            group = group << 8 | (k < there ? from[i + k] : 0u);
        for (uint32_t k = 0; k < 4; k++)
            to[used++] =
                k > there ? '=' : (uint8_t)digits[group >> (18 - 6 * k) & 63];
    }
    return used;
}

static void match_base64(struct solve *s, uint32_t arg, uint32_t run,
                         const struct text_track *t)
{
    uint8_t source[2 * OPERAND_TEXT], want[2 * OPERAND_TEXT];
    uint32_t n = to_base64(source, t->x[run], t->size[run], false);
    for (unsigned padded = 0; padded < 2; padded++)
        (void)match_source(s, arg, run, source, n, want,
                           to_base64(want, t->want, t->want_size, padded));
}

void solve_text_function(struct solve *s, uint32_t arg,
                         const struct text_track *t)
{
    match_bytes(s, arg, t);
    for (uint32_t r = 0; r < s->nruns; r++)
        if (t->have >> r & 1) {
            match_hex(s, arg, r, t);
            match_base64(s, arg, r, t);
        }
}
