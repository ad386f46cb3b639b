/* SPDX-License-Identifier: MIT
 *
 * See climb.h: the ways. Each begins with the best bytes so far and ends when
 * the value is what is wanted, when an input is new, or when it is stuck.
 */
#include <string.h>

#include "base/climb_parts.h"
#include "base/float_text.h"
#include "base/solve_parts.h"

/* Passes over all steps of a number. */
#define PASSES 6u
/* Bits of the input tried for one bit of the value. */
#define FLIPS 12u

static bool is_there(const struct climb *c)
{
    return c->now.reached && memcmp(c->now.is, c->now.want, c->size) == 0;
}

static bool is_done(const struct climb *c)
{
    return c->outcome != CLIMB_RAN || c->left == 0 || is_there(c);
}

static bool bit(const uint8_t *bytes, uint32_t i)
{
    return bytes[i / 8] >> i % 8 & 1;
}

static void flip(uint8_t *bytes, uint32_t i)
{
    bytes[i / 8] ^= (uint8_t)(1u << i % 8);
}

static void add_bytes(uint8_t *to, const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] ^= bytes[i];
}

/* The lowest bit that is set, or n bytes' worth of bits. */
static uint32_t lowest(const uint8_t *bytes, uint32_t n)
{
    uint32_t i = 0;
    while (i < 8 * n && !bit(bytes, i))
        i++;
    return i;
}

/* ---- bits that are sums of bits ---- */

static void find_columns(struct climb *c)
{
    for (uint32_t j = 0; j < 8 * c->n; j++) {
        uint8_t bytes[CLIMB_PLACES];
        struct climb_value v;
        memcpy(bytes, c->byte, c->n);
        flip(bytes, j);
        c->wrong[j] = !climb_try(c, bytes, &v) || !v.reached;
        memcpy(c->column[j], v.is, CLIMB_BYTES);
        add_bytes(c->column[j], c->now.is, CLIMB_BYTES);
        if (c->outcome != CLIMB_RAN)
            return;
    }
}

/* A sum of columns, and which they are. */
struct row {
    uint8_t value[CLIMB_BYTES];
    uint8_t columns[CLIMB_PLACES];
};

static void add_row(struct row *to, const struct row *r)
{
    add_bytes(to->value, r->value, CLIMB_BYTES);
    add_bytes(to->columns, r->columns, CLIMB_PLACES);
}

/* Gauss's elimination, a column at a time: `pivot` has for each bit the row, + 1,
 * in which it is the lowest. */
static void reduce(struct row *r, const struct row *rows, const uint8_t *pivot,
                   uint32_t size)
{
    for (uint32_t i = 0; i < 8 * size; i++)
        if (bit(r->value, i) && pivot[i])
            add_row(r, &rows[pivot[i] - 1]);
}

static void try_linear(struct climb *c)
{
    struct row rows[CLIMB_BITS];
    uint8_t pivot[8 * CLIMB_BYTES] = {0};
    struct row wanted = {{0}, {0}};
    uint32_t nrows = 0;
    find_columns(c);
    if (is_done(c))
        return;
    for (uint32_t j = 0; j < 8 * c->n; j++) {
        struct row r = {{0}, {0}};
        if (c->wrong[j])
            continue;
        memcpy(r.value, c->column[j], c->size);
        flip(r.columns, j);
        reduce(&r, rows, pivot, c->size);
        uint32_t low = lowest(r.value, c->size);
        if (low == 8 * c->size)
            continue;
        rows[nrows++] = r;
        pivot[low] = (uint8_t)nrows;
    }
    memcpy(wanted.value, c->now.is, c->size);
    add_bytes(wanted.value, c->now.want, c->size);
    reduce(&wanted, rows, pivot, c->size);
    if (lowest(wanted.value, c->size) < 8 * c->size)
        return;
    uint8_t bytes[CLIMB_PLACES];
    struct climb_value v;
    memcpy(bytes, c->byte, c->n);
    add_bytes(bytes, wanted.columns, c->n);
    if (climb_try(c, bytes, &v) && v.reached &&
        memcmp(v.is, v.want, c->size) == 0)
        (void)climb_keep(c, bytes);
}

/* ---- bits that depend on lower ones ---- */

/* The lowest bit that is not what is wanted. */
static uint32_t first_wrong(const struct climb *c, const struct climb_value *v)
{
    uint8_t differs[CLIMB_BYTES];
    memcpy(differs, v->is, CLIMB_BYTES);
    add_bytes(differs, v->want, CLIMB_BYTES);
    return lowest(differs, c->size);
}

/* Flips a bit of the input whose flip changed this bit, and none below. */
static bool mend_bit(struct climb *c, uint32_t wrong)
{
    uint32_t flips = 0;
    for (uint32_t j = 0; j < 8 * c->n && flips < FLIPS; j++) {
        uint8_t bytes[CLIMB_PLACES];
        struct climb_value v;
        if (c->wrong[j] || lowest(c->column[j], c->size) != wrong)
            continue;
        flips++;
        memcpy(bytes, c->byte, c->n);
        flip(bytes, j);
        if (climb_try(c, bytes, &v) && v.reached && first_wrong(c, &v) > wrong)
            return climb_keep(c, bytes);
        if (c->outcome != CLIMB_RAN)
            return false;
    }
    return false;
}

static void try_upwards(struct climb *c)
{
    while (!is_done(c) && mend_bit(c, first_wrong(c, &c->now)))
        continue;
}

/* ---- a number that grows with another one ---- */

/* Some bytes of the input as a number. */
struct field {
    uint32_t size; /* 1 to 8 */
    bool swapped;  /* the highest byte first */
};

static uint64_t load(const struct field *f, const uint8_t *bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < f->size; i++)
        value |= (uint64_t)bytes[f->swapped ? f->size - 1 - i : i] << 8 * i;
    return value;
}

static void store(const struct field *f, uint8_t *bytes, uint64_t value)
{
    for (uint32_t i = 0; i < f->size; i++)
        bytes[f->swapped ? f->size - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

/* One step, if it leads nearer, or no farther and that will do. */
static bool step(struct climb *c, const struct field *f, uint64_t by,
                 bool level)
{
    uint8_t bytes[CLIMB_PLACES];
    struct climb_value v;
    store(f, bytes, load(f, c->byte) + by);
    if (!climb_try(c, bytes, &v) || !v.reached ||
        v.far >= c->now.far + (level && c->now.far < UINT64_MAX))
        return false;
    memcpy(c->byte, bytes, f->size);
    c->now = v;
    return true;
}

/* Steps that become smaller. What is rounded, or too small beside a number that
 * is added, changes nothing for a while: one pass goes up there, the next one
 * down, and the sign stays. */
static void descend(struct climb *c, const struct field *f)
{
    uint64_t before[2] = {UINT64_MAX, UINT64_MAX};
    for (unsigned pass = 0; pass < PASSES && !is_done(c); pass++) {
        bool up = pass % 2 == 0;
        if (c->now.far == before[up])
            return;
        before[up] = c->now.far;
        for (uint32_t k = 8 * f->size; k-- > 0 && !is_done(c);) {
            uint64_t by = (uint64_t)1 << k;
            bool sign = k == 8 * f->size - 1;
            (void)(step(c, f, by, up && !sign) ||
                   step(c, f, 0 - by, !up && !sign));
        }
    }
}

/* Makes a piece of the input the places; beside what was met already, with the
 * bytes that met it. False if it is not inside, or does not hold the ones that
 * matter. */
static bool choose_piece(struct climb *c, uint32_t start, uint32_t size,
                         uint32_t from, uint32_t end)
{
    const struct span *base = &c->base->arg[c->arg];
    uint8_t bytes[CLIMB_PLACES];
    if (start > from || start + size < end || start + size > base->size)
        return false;
    memcpy(bytes, base->data + start, size);
    for (uint32_t i = 0; c->beside && i < c->n; i++)
        if (c->at[i] - start < size)
            bytes[c->at[i] - start] = c->byte[i];
    c->n = size;
    for (uint32_t i = 0; i < size; i++)
        c->at[i] = start + i;
    return climb_keep(c, bytes);
}

static void try_field(struct climb *c, uint32_t from, uint32_t end,
                      uint32_t start, const struct field *f)
{
    if (choose_piece(c, start, f->size, from, end))
        descend(c, f);
}

/* A field may have bytes that did not matter so far: low ones, in front of the
 * others, or behind them where the highest byte comes first; or, less likely,
 * high ones. */
static void try_fields(struct climb *c, uint32_t from, uint32_t end,
                       uint32_t size)
{
    for (unsigned way = 0; way < 4 && !is_done(c); way++) {
        struct field f = {size, way & 1};
        bool at_end = way == 0 || way == 3;
        if (size < end - from || (size == 1 && f.swapped) ||
            (way >= 2 && size == end - from) || (at_end && end < size))
            continue;
        try_field(c, from, end, at_end ? end - size : from, &f);
    }
}

/* What makes a float is mostly one as large; else the least that it may be comes
 * first. */
static void try_number(struct climb *c)
{
    uint32_t from = c->at[0], end = c->at[c->n - 1] + 1;
    bool is_float = c->goal.op && c->goal.op->is_float;
    if (is_float)
        try_fields(c, from, end, c->size);
    for (uint32_t size = 1; size <= 8 && !is_done(c); size *= 2)
        if (!is_float || size != c->size)
            try_fields(c, from, end, size);
}

/* ---- bytes that depend on one byte each ---- */

static uint32_t matches(const struct climb *c, const struct climb_value *v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; v->reached && i < c->size; i++)
        n += v->is[i] == v->want[i];
    return n;
}

/* Whether the byte of the input at place p changes byte j of the value. */
static bool leads_to(const struct climb *c, uint32_t p, uint32_t j)
{
    for (uint32_t k = 8 * p; k < 8 * p + 8; k++)
        if (!c->wrong[k] && c->column[k][j])
            return true;
    return false;
}

static void find_table(struct climb *c)
{
    for (uint32_t value = 0; value < 256; value++) {
        uint8_t bytes[CLIMB_PLACES];
        struct climb_value v;
        memset(bytes, (int)value, c->n);
        c->known[value] = climb_try(c, bytes, &v) && v.reached;
        memcpy(c->table[value], v.is, CLIMB_BYTES);
        if (c->outcome != CLIMB_RAN)
            return;
    }
}

/* All places at once, where each has the value that it was seen to want. */
static void try_table(struct climb *c)
{
    uint8_t bytes[CLIMB_PLACES];
    struct climb_value v;
    find_table(c);
    if (is_done(c))
        return;
    memcpy(bytes, c->byte, c->n);
    for (uint32_t p = 0; p < c->n; p++)
        for (uint32_t j = 0; j < c->size; j++)
            for (uint32_t value = 0; leads_to(c, p, j) && value < 256; value++)
                if (c->known[value] && c->table[value][j] == c->now.want[j]) {
                    bytes[p] = (uint8_t)value;
                    break;
                }
    if (climb_try(c, bytes, &v) && matches(c, &v) > matches(c, &c->now))
        (void)climb_keep(c, bytes);
}

static bool leads_to_wrong(const struct climb *c, uint32_t p)
{
    for (uint32_t j = 0; j < c->size; j++)
        if (c->now.is[j] != c->now.want[j] && leads_to(c, p, j))
            return true;
    return false;
}

/* One place after the other, each value, until more of the bytes are right. */
static void try_each(struct climb *c)
{
    for (uint32_t p = 0; p < c->n && !is_done(c); p++) {
        if (!leads_to_wrong(c, p))
            continue;
        uint32_t before = matches(c, &c->now);
        uint8_t bytes[CLIMB_PLACES];
        struct climb_value v;
        memcpy(bytes, c->byte, c->n);
        for (uint32_t value = 0; value < 256; value++) {
            bytes[p] = (uint8_t)value;
            if (!climb_try(c, bytes, &v))
                return;
            if (matches(c, &v) <= before)
                continue;
            memcpy(c->byte, bytes, c->n);
            c->now = v;
            break;
        }
    }
}

/* ---- text of a number ---- */

/* Writes the text, and what it ends with, at the first place. */
static void try_text(struct climb *c, const char *text, uint32_t size, char end)
{
    const struct span *base = &c->base->arg[c->arg];
    uint8_t bytes[CLIMB_PLACES];
    uint32_t at[CLIMB_PLACES];
    uint32_t places = c->n, n = size + 1;
    struct climb_value v;
    if (n > CLIMB_PLACES || n > base->size - c->at[0])
        return;
    memcpy(bytes, text, size);
    bytes[size] = (uint8_t)end;
    memcpy(at, c->at, sizeof at);
    for (uint32_t i = 1; i < n; i++)
        c->at[i] = c->at[0] + i;
    c->n = n;
    if (climb_try(c, bytes, &v) && v.reached && v.far == 0) {
        (void)climb_keep(c, bytes);
        return;
    }
    memcpy(c->at, at, sizeof at);
    c->n = places;
}

/* A float that is read from text: what is wanted, and the numbers beside it. */
static void try_texts(struct climb *c)
{
    uint8_t width = c->goal.op->width;
    const struct float_format *format =
        width == 4 ? &float_text_single : &float_text_double;
    uint64_t want = value_load(c->now.want, width);
    for (unsigned i = 0; i < 6 && !is_done(c); i++) {
        char text[FLOAT_TEXT_MAX];
        uint64_t near = want + (i / 2 == 1) - (i / 2 == 2);
        size_t size = float_text_write(text, format, near);
        try_text(c, text, (uint32_t)size, i % 2 ? '\0' : ' ');
    }
}

/* ---- all ---- */

/* Whether all bytes that matter are digits, or what else there is in a text. */
static bool is_text(const struct climb *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->byte[i] < ' ' || c->byte[i] > '~')
            return false;
    return true;
}

/* One byte has no more than these. */
static void try_all_values(struct climb *c)
{
    for (unsigned value = 0; value < 256 && !is_done(c); value++) {
        uint8_t byte = (uint8_t)value;
        struct climb_value v;
        if (climb_try(c, &byte, &v) && v.reached && v.far < c->now.far)
            (void)climb_keep(c, &byte);
    }
}

static void try_ways(struct climb *c)
{
    if (c->n == 1 && (c->goal.text || c->size < 4)) {
        try_all_values(c);
        return;
    }
    if (c->goal.op && c->goal.op->is_float && is_text(c))
        try_texts(c);
    if (!is_done(c))
        try_linear(c);
    if (!is_done(c))
        try_upwards(c);
    if (c->goal.text && c->size > 1 && !is_done(c))
        try_table(c);
    if (c->goal.text && c->size > 1 && !is_done(c))
        try_each(c);
    if (!is_done(c))
        try_number(c);
}

/* Where numbers are ordered it may take the next one, on either side. */
void climb_all_ways(struct climb *c)
{
    static const uint64_t beside[] = {0, 1, UINT64_MAX};
    uint32_t n = c->goal.op ? sizeof beside / sizeof beside[0] : 1;
    for (uint32_t i = 0; i < n; i++) {
        c->beside = beside[i];
        if (i && !climb_keep(c, c->byte))
            return;
        try_ways(c);
        if (c->outcome != CLIMB_RAN || !is_there(c))
            return;
    }
}
