/* SPDX-License-Identifier: MIT
 *
 * See posix_lines.h. A line table is a program for a small machine; of its
 * registers only the address matters here, so that most operations are only
 * stepped over. The file compiled is file 0 of the table's head.
 */
#include "platform/posix.h"

#include "platform/posix_lines.h"

#include <stdlib.h>
#include <string.h>

#define LINES_DWARF64 0xffffffffu

enum { OP_EXTENDED, OP_COPY, OP_ADVANCE_PC, OP_CONST_ADD_PC = 8, OP_FIXED_PC };
enum { EXTENDED_END_SEQUENCE = 1, EXTENDED_SET_ADDRESS };
enum { CONTENT_PATH = 1 };
enum {
    FORM_DATA2 = 0x05,
    FORM_DATA4 = 0x06,
    FORM_DATA8 = 0x07,
    FORM_STRING = 0x08,
    FORM_BLOCK = 0x09,
    FORM_DATA1 = 0x0b,
    FORM_STRP = 0x0e,
    FORM_UDATA = 0x0f,
    FORM_DATA16 = 0x1e,
    FORM_LINE_STRP = 0x1f,
};

/* What is left to read; reading beyond the end gives zeros and sets bad. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static const uint8_t *take(struct cursor *c, uint64_t n)
{
    if (n > (uint64_t)(c->end - c->at)) {
        c->bad = true;
        c->at = c->end;
        return NULL;
    }
    const uint8_t *from = c->at;
    c->at += n;
    return from;
}

/* A number of 1, 2, 4 or 8 bytes in this machine's order. */
static uint64_t take_number(struct cursor *c, unsigned width)
{
    const uint8_t *from = take(c, width);
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    if (!from)
        return 0;
    switch (width) {
    case 1:
        memcpy(&one, from, 1);
        return one;
    case 2:
        memcpy(&two, from, 2);
        return two;
    case 4:
        memcpy(&four, from, 4);
        return four;
    case 8:
        memcpy(&eight, from, 8);
        return eight;
    default:
        c->bad = true;
        return 0;
    }
}

/* LEB128. Signed ones are only ever stepped over, which is the same. */
static uint64_t take_leb(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t *byte = take(c, 1);
        if (!byte)
            return 0;
        if (shift < 64)
            value |= (uint64_t)(*byte & 0x7fu) << shift;
        if (!(*byte & 0x80u))
            return value;
    }
}

static const char *take_string(struct cursor *c)
{
    const uint8_t *end = memchr(c->at, '\0', (size_t)(c->end - c->at));
    if (!end) {
        c->bad = true;
        return NULL;
    }
    return (const char *)take(c, (uint64_t)(end - c->at) + 1);
}

struct reader {
    struct line_table *table;
    struct elf_bytes strings;      /* .debug_str */
    struct elf_bytes line_strings; /* .debug_line_str */
    size_t span_capacity;
    size_t unit_capacity;
};

/* One unit's head. */
struct head {
    unsigned offset_width;
    unsigned address_width;
    uint8_t step;       /* bytes of the smallest instruction */
    uint8_t line_range; /* of special opcodes */
    uint8_t opcode_base;
    const uint8_t *operands; /* number of each standard opcode's, from 1 */
};

/* Steps over a value of a form; returns it if it is a string. */
static const char *take_form(struct reader *r, const struct head *h,
                             struct cursor *c, uint64_t form)
{
    switch (form) {
    case FORM_STRING:
        return take_string(c);
    case FORM_LINE_STRP:
        return elf_string(r->line_strings,
                          (size_t)take_number(c, h->offset_width));
    case FORM_STRP:
        return elf_string(r->strings, (size_t)take_number(c, h->offset_width));
    case FORM_UDATA:
        (void)take_leb(c);
        return NULL;
    case FORM_BLOCK:
        (void)take(c, take_leb(c));
        return NULL;
    case FORM_DATA1:
        (void)take(c, 1);
        return NULL;
    case FORM_DATA2:
        (void)take(c, 2);
        return NULL;
    case FORM_DATA4:
        (void)take(c, 4);
        return NULL;
    case FORM_DATA8:
        (void)take(c, 8);
        return NULL;
    case FORM_DATA16:
        (void)take(c, 16);
        return NULL;
    default:
        c->bad = true;
        return NULL;
    }
}

/* Reads `limit` entries of a list of directories or files, or all. Returns the
 * path of the first. */
static const char *take_list(struct reader *r, const struct head *h,
                             struct cursor *c, uint64_t limit)
{
    const char *path = NULL;
    unsigned nformats = (unsigned)take_number(c, 1);
    struct cursor formats = *c;
    for (unsigned i = 0; i < nformats; i++) {
        (void)take_leb(c);
        (void)take_leb(c);
    }
    uint64_t n = take_leb(c);
    n = n < limit ? n : limit;
    for (uint64_t k = 0; k < n && nformats && !c->bad; k++) {
        struct cursor f = formats;
        for (unsigned i = 0; i < nformats; i++) {
            uint64_t what = take_leb(&f);
            const char *text = take_form(r, h, c, take_leb(&f));
            if (k == 0 && what == CONTENT_PATH)
                path = text;
        }
    }
    return path;
}

static bool add_unit(struct reader *r, const char *path)
{
    struct line_table *t = r->table;
    const char *slash = strrchr(path, '/');
    if (t->nunits == r->unit_capacity) {
        size_t n = r->unit_capacity ? r->unit_capacity * 2 : 64;
        const char **bigger = realloc(t->units, n * sizeof *bigger);
        if (!bigger)
            return false;
        t->units = bigger;
        r->unit_capacity = n;
    }
    t->units[t->nunits++] = slash ? slash + 1 : path;
    return true;
}

static bool add_span(struct reader *r, uint64_t start, uint64_t end)
{
    struct line_table *t = r->table;
    /* A linker that has left code out puts 0 or all ones here. */
    if (start == 0 || start >= end)
        return true;
    if (t->nspans == r->span_capacity) {
        size_t n = r->span_capacity ? r->span_capacity * 2 : 256;
        struct line_span *bigger = realloc(t->spans, n * sizeof *bigger);
        if (!bigger)
            return false;
        t->spans = bigger;
        r->span_capacity = n;
    }
    t->spans[t->nspans++] =
        (struct line_span){start, end, (uint32_t)t->nunits - 1};
    return true;
}

/* The program's one sequence at a time. */
struct sequence {
    uint64_t start;
    uint64_t address;
    bool placed;
};

static bool run_extended(struct reader *r, const struct head *h,
                         struct cursor *c, struct sequence *s)
{
    uint64_t size = take_leb(c);
    const uint8_t *body = take(c, size);
    if (!body || size == 0)
        return true;
    if (body[0] == EXTENDED_SET_ADDRESS && size == 1u + h->address_width) {
        struct cursor value = {body + 1, body + size, false};
        s->address = take_number(&value, h->address_width);
        if (!s->placed)
            s->start = s->address;
        s->placed = true;
    } else if (body[0] == EXTENDED_END_SEQUENCE) {
        bool kept = !s->placed || add_span(r, s->start, s->address);
        *s = (struct sequence){0};
        return kept;
    }
    return true;
}

static void run_standard(const struct head *h, struct cursor *c, unsigned op,
                         struct sequence *s)
{
    if (op == OP_ADVANCE_PC) {
        s->address += take_leb(c) * h->step;
    } else if (op == OP_CONST_ADD_PC) {
        s->address += (255u - h->opcode_base) / h->line_range * h->step;
    } else if (op == OP_FIXED_PC) {
        s->address += take_number(c, 2);
    } else {
        for (unsigned n = h->operands[op - 1]; n > 0; n--)
            (void)take_leb(c);
    }
}

static bool run_program(struct reader *r, const struct head *h,
                        struct cursor *c)
{
    struct sequence s = {0};
    while (c->at < c->end && !c->bad) {
        unsigned op = (unsigned)take_number(c, 1);
        if (op >= h->opcode_base)
            s.address += (op - h->opcode_base) / h->line_range * h->step;
        else if (op != OP_EXTENDED)
            run_standard(h, c, op, &s);
        else if (!run_extended(r, h, c, &s))
            return false;
    }
    return true;
}

/* One unit, without its length. Returns false when memory is refused. */
static bool read_unit(struct reader *r, struct cursor c, unsigned offset_width)
{
    struct head h = {.offset_width = offset_width};
    if (take_number(&c, 2) != 5)
        return true;
    h.address_width = (unsigned)take_number(&c, 1);
    (void)take(&c, 1); /* segment selectors */
    uint64_t size = take_number(&c, offset_width);
    struct cursor program = c;
    (void)take(&program, size);
    h.step = (uint8_t)take_number(&c, 1);
    (void)take(&c, 3); /* operations an instruction, is_stmt, line base */
    h.line_range = (uint8_t)take_number(&c, 1);
    h.opcode_base = (uint8_t)take_number(&c, 1);
    h.operands = take(&c, h.opcode_base ? h.opcode_base - 1u : 0);
    if (c.bad || !h.line_range || h.opcode_base <= OP_FIXED_PC)
        return true;
    (void)take_list(r, &h, &c, UINT64_MAX); /* directories */
    const char *path = take_list(r, &h, &c, 1);
    if (c.bad || program.bad || !path)
        return true;
    return add_unit(r, path) && run_program(r, &h, &program);
}

static int by_start(const void *a, const void *b)
{
    uint64_t x = ((const struct line_span *)a)->start;
    uint64_t y = ((const struct line_span *)b)->start;
    return (x > y) - (x < y);
}

void lines_read(struct line_table *table, const struct elf_file *file)
{
    struct elf_bytes lines = elf_named_section(file, ".debug_line");
    struct reader r = {
        .table = table,
        .strings = elf_named_section(file, ".debug_str"),
        .line_strings = elf_named_section(file, ".debug_line_str"),
    };
    *table = (struct line_table){0};
    if (!lines.size)
        return;
    struct cursor c = {lines.data, lines.data + lines.size, false};
    while (c.at < c.end && !c.bad) {
        unsigned width = 4;
        uint64_t size = take_number(&c, 4);
        if (size == LINES_DWARF64) {
            width = 8;
            size = take_number(&c, 8);
        }
        struct cursor unit = {c.at, c.at, false};
        if (!take(&c, size))
            break;
        unit.end = c.at;
        if (!read_unit(&r, unit, width))
            break;
    }
    if (table->nspans)
        qsort(table->spans, table->nspans, sizeof *table->spans, by_start);
}

void lines_release(struct line_table *table)
{
    free(table->spans);
    free((void *)table->units);
    *table = (struct line_table){0};
}

uint32_t lines_unit_at(const struct line_table *table, uint64_t address)
{
    size_t low = 0, high = table->nspans;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->spans[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= table->spans[low - 1].end)
        return UINT32_MAX;
    return table->spans[low - 1].unit;
}
