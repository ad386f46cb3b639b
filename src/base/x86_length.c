/* SPDX-License-Identifier: MIT
 *
 * See x86_length.h. The tables say of each opcode whether ModRM follows and
 * how long the immediate is; they follow the opcode maps of the manufacturers'
 * manuals for 64-bit mode.
 */
#include "base/x86_length.h"

#include <string.h>

/* What follows an opcode, a letter each:
 *   .  nothing          m  ModRM            b  a byte         w  two bytes
 *   z  2 or 4 bytes     i  ModRM, a byte    j  ModRM, z       v  2, 4, 8 bytes
 *   l  4 bytes          a  an address       e  enter's three  t  test's group
 *   p  prefix           x  not in 64-bit mode, or an escape
 */
static const char one_byte[] = "mmmmbzxxmmmmbzxx" /* 00 */
                               "mmmmbzxxmmmmbzxx" /* 10 */
                               "mmmmbzpxmmmmbzpx" /* 20 */
                               "mmmmbzpxmmmmbzpx" /* 30 */
                               "xxxxxxxxxxxxxxxx" /* 40: REX */
                               "................" /* 50 */
                               "xxxmppppzjbi...." /* 60 */
                               "bbbbbbbbbbbbbbbb" /* 70 */
                               "ijximmmmmmmmmmmm" /* 80 */
                               "..........x....." /* 90 */
                               "aaaa....bz......" /* a0 */
                               "bbbbbbbbvvvvvvvv" /* b0 */
                               "iiw.xxije.w..bx." /* c0 */
                               "mmmmxxx.mmmmmmmm" /* d0 */
                               "bbbbbbbbllxb...." /* e0 */
                               "p.pp..tt......mm" /* f0 */;

static const char two_bytes[] = "mmmmx.....x.xm.i" /* 00 */
                                "mmmmmmmmmmmmmmmm" /* 10 */
                                "mmmmxxxxmmmmmmmm" /* 20 */
                                "........xxxxxxxx" /* 30 */
                                "mmmmmmmmmmmmmmmm" /* 40 */
                                "mmmmmmmmmmmmmmmm" /* 50 */
                                "mmmmmmmmmmmmmmmm" /* 60 */
                                "iiiimmm.mmxxmmmm" /* 70 */
                                "llllllllllllllll" /* 80 */
                                "mmmmmmmmmmmmmmmm" /* 90 */
                                "...mimxx...mimmm" /* a0 */
                                "mmmmmmmmmmimmmmm" /* b0 */
                                "mmimiiim........" /* c0 */
                                "mmmmmmmmmmmmmmmm" /* d0 */
                                "mmmmmmmmmmmmmmmm" /* e0 */
                                "mmmmmmmmmmmmmmmm" /* f0 */;

struct walk {
    const uint8_t *code;
    size_t n;
    size_t at;
    bool operand16;
    bool address32;
    bool wide;
};

/* The byte at the place, 0 beyond the end, which is noticed when the length is
 * known. */
static uint8_t peek(const struct walk *w)
{
    return w->at < w->n ? w->code[w->at] : 0;
}

static void skip_modrm(struct walk *w)
{
    uint8_t modrm = peek(w);
    uint8_t mod = modrm >> 6, rm = modrm & 7;
    w->at++;
    if (mod == 3)
        return;
    bool far_base = mod == 0 && rm == 5;
    if (rm == 4) {
        far_base = mod == 0 && (peek(w) & 7) == 5;
        w->at++;
    }
    w->at += mod == 1 ? 1 : mod == 2 || far_base ? 4 : 0;
}

/* Skips what the letter says; false if it says that this is none. */
static bool skip_rest(struct walk *w, char letter)
{
    size_t z = w->operand16 && !w->wide ? 2 : 4;
    uint8_t group = peek(w) >> 3 & 7;
    switch (letter) {
    case '.':
        return true;
    case 'm':
        skip_modrm(w);
        return true;
    case 'i':
        skip_modrm(w);
        w->at += 1;
        return true;
    case 'j':
        skip_modrm(w);
        w->at += z;
        return true;
    case 't': { /* f6, f7: only test has an immediate */
        bool byte = w->code[w->at - 1] == 0xf6;
        skip_modrm(w);
        w->at += group > 1 ? 0 : byte ? 1 : z;
        return true;
    }
    case 'b':
        w->at += 1;
        return true;
    case 'w':
        w->at += 2;
        return true;
    case 'e':
        w->at += 3;
        return true;
    case 'l':
        w->at += 4;
        return true;
    case 'z':
        w->at += z;
        return true;
    case 'v':
        w->at += w->wide ? 8 : z;
        return true;
    case 'a':
        w->at += w->address32 ? 4 : 8;
        return true;
    default:
        return false;
    }
}

/* What follows an opcode of a map, with VEX or EVEX. */
static bool skip_mapped(struct walk *w, uint8_t map)
{
    uint8_t opcode = peek(w);
    w->at++;
    switch (map) {
    case 1:
        return skip_rest(w, two_bytes[opcode]);
    case 2:
    case 5:
    case 6:
        return skip_rest(w, 'm');
    case 3:
        return skip_rest(w, 'i');
    default:
        return false;
    }
}

static bool skip_vex(struct walk *w, uint8_t first)
{
    uint8_t map = first == 0xc5 ? 1 : peek(w) & (first == 0xc4 ? 0x1f : 7);
    w->at += first == 0xc5 ? 1 : first == 0xc4 ? 2 : 3;
    return skip_mapped(w, map);
}

static bool skip_0f(struct walk *w)
{
    uint8_t opcode = peek(w);
    if (opcode != 0x38 && opcode != 0x3a)
        return skip_mapped(w, 1);
    w->at++;
    return skip_mapped(w, opcode == 0x38 ? 2 : 3);
}

size_t x86_length(const uint8_t *code, size_t n)
{
    struct walk w = {.code = code};
    w.n = n < X86_LONGEST ? n : X86_LONGEST;
    uint8_t byte = peek(&w);
    for (; w.at < w.n && one_byte[byte] == 'p'; byte = peek(&w)) {
        w.operand16 |= byte == 0x66;
        w.address32 |= byte == 0x67;
        w.at++;
    }
    if ((byte & 0xf0) == 0x40) {
        w.wide = byte & 8;
        w.at++;
        byte = peek(&w);
    }
    if (w.at >= w.n)
        return 0;
    w.at++;
    bool known = byte == 0x0f ? skip_0f(&w)
                 : byte == 0xc4 || byte == 0xc5 || byte == 0x62
                     ? skip_vex(&w, byte)
                     : skip_rest(&w, one_byte[byte]);
    return known && w.at <= w.n ? w.at : 0;
}

/* ---- comparisons of a function ---- */

/* Two halves of a wide comparison are so close to each other. */
#define HALVES_APART 48u

/* Numbers that three bytes hold, and not two. */
static bool takes_three(uint64_t value)
{
    return value >= 0x10000 && value < 0x1000000;
}

static bool is_integer(const struct x86_insn *i)
{
    return i->kind == X86_COMPARE || i->kind == X86_DIFFERENCE ||
           i->kind == X86_BORROW;
}

/* Whether a comparison of integers may be one that callbacks don't tell, by
 * itself: 64 bits may be 40, 48 or 56, and 32 may be 24. */
static bool may_be_odd(const struct x86_insn *i)
{
    if (i->kind == X86_BORROW || i->width < 4)
        return false;
    if (i->b.place == X86_IMMEDIATE)
        return takes_three(i->immediate) || takes_three(-i->immediate);
    return i->width == 8;
}

/* The stack's pointer is moved, not compared. */
static bool is_of_stack(const struct x86_insn *i)
{
    return i->kind == X86_DIFFERENCE && i->a.place == X86_REGISTER &&
           i->a.number == 4;
}

/* What has been found of a function. */
struct finding {
    uint32_t *offset;
    size_t max;
    size_t n;
    size_t half;    /* where the last one of 64 bits stands, + 1 */
    bool half_kept; /* it is among those found */
};

static void add(struct finding *f, size_t at)
{
    if (f->n < f->max)
        f->offset[f->n++] = (uint32_t)at;
}

static void consider(struct finding *f, const struct x86_insn *i, size_t at,
                     enum x86_want want)
{
    if (!is_integer(i)) {
        add(f, at);
        return;
    }
    if (is_of_stack(i))
        return;
    bool wanted =
        may_be_odd(i) || (want == X86_WANT_ALL && i->kind == X86_COMPARE);
    if (i->width == 8) {
        bool second = f->half && at + 1 - f->half <= HALVES_APART;
        if (second && !f->half_kept)
            add(f, f->half - 1);
        wanted |= second;
        f->half = at + 1;
        f->half_kept = wanted;
    }
    if (wanted)
        add(f, at);
}

size_t x86_comparisons(const uint8_t *code, size_t n, enum x86_want want,
                       uint32_t *offset, size_t max)
{
    struct finding f = {.offset = offset, .max = max};
    for (size_t at = 0; at < n;) {
        struct x86_insn insn;
        size_t length = x86_length(code + at, n - at);
        if (length == 0)
            return 0;
        enum x86_kind kind = x86_decode(&insn, code + at, n - at);
        if (kind != X86_OTHER && kind != X86_LEAVES)
            consider(&f, &insn, at, want);
        at += length;
    }
    return f.n;
}
