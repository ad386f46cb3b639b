/* SPDX-License-Identifier: MIT
 *
 * See x86.h. Encodings are those of the manufacturers' manuals: prefixes,
 * opcode, ModRM, SIB, displacement, immediate.
 */
#include "base/x86.h"

#include <string.h>

/* An instruction while it is read. */
struct reading {
    struct x86_insn *out;
    const uint8_t *code;
    size_t n;
    size_t at;
    bool cut; /* more was wanted than is there */
    /* prefixes */
    bool operand16;
    bool wide; /* REX.W */
    bool vex;
    uint8_t rex_r, rex_x, rex_b; /* 8 or 0 */
    uint8_t pp;                  /* 0, 1: 66, 2: f3, 3: f2 */
    uint8_t vvvv;
    bool foreign; /* a segment or address size that is not followed */
    /* ModRM */
    uint8_t mod, reg, rm;
};

static uint8_t next(struct reading *r)
{
    if (r->at < r->n)
        return r->code[r->at++];
    r->cut = true;
    return 0;
}

static int32_t next_signed(struct reading *r, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)next(r) << 8 * i;
    uint32_t sign = 1u << (8 * size - 1);
    return (int32_t)((value ^ sign) - sign);
}

/* ---- prefixes ---- */

static bool take_legacy_prefix(struct reading *r, uint8_t byte)
{
    switch (byte) {
    case 0x66:
        r->operand16 = true;
        r->pp = r->pp ? r->pp : 1;
        return true;
    case 0xf3:
        r->pp = 2;
        return true;
    case 0xf2:
        r->pp = 3;
        return true;
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x26:
        return true; /* mean nothing in 64-bit mode */
    case 0x64:
    case 0x65:
    case 0x67:
        r->foreign = true;
        return true;
    default:
        return false;
    }
}

/* Prefixes and the first byte of the opcode. */
static uint8_t take_prefixes(struct reading *r)
{
    uint8_t byte = next(r);
    while (!r->cut && take_legacy_prefix(r, byte))
        byte = next(r);
    if ((byte & 0xf0) == 0x40) {
        r->wide = byte & 8;
        r->rex_r = (uint8_t)(byte << 1 & 8);
        r->rex_x = (uint8_t)(byte << 2 & 8);
        r->rex_b = (uint8_t)(byte << 3 & 8);
        byte = next(r);
    }
    return byte;
}

/* The rest of a VEX prefix; returns the map of opcodes. */
static uint8_t take_vex(struct reading *r, uint8_t first)
{
    uint8_t map = 1;
    uint8_t byte = next(r);
    r->vex = true;
    r->rex_r = byte & 0x80 ? 0 : 8;
    if (first == 0xc4) {
        r->rex_x = byte & 0x40 ? 0 : 8;
        r->rex_b = byte & 0x20 ? 0 : 8;
        map = byte & 0x1f;
        byte = next(r);
    }
    r->vvvv = (uint8_t)(~byte >> 3 & 15);
    r->pp = byte & 3;
    return map;
}

/* ---- ModRM ---- */

static struct x86_operand memory(void)
{
    return (struct x86_operand){X86_MEMORY, 0};
}

static void take_sib(struct reading *r)
{
    struct x86_insn *i = r->out;
    uint8_t sib = next(r);
    uint8_t index = (uint8_t)((sib >> 3 & 7) | r->rex_x);
    i->scale = sib >> 6;
    i->index = index == 4 ? X86_NO_REGISTER : index;
    i->base = (uint8_t)((sib & 7) | r->rex_b);
    if ((sib & 7) == 5 && r->mod == 0) {
        i->base = X86_NO_REGISTER;
        i->displacement = next_signed(r, 4);
    }
}

/* Reads ModRM and what belongs to it. */
static void take_modrm(struct reading *r)
{
    struct x86_insn *i = r->out;
    uint8_t byte = next(r);
    r->mod = byte >> 6;
    r->reg = byte >> 3 & 7;
    r->rm = byte & 7;
    i->index = X86_NO_REGISTER;
    i->base = (uint8_t)(r->rm | r->rex_b);
    if (r->mod == 3)
        return;
    if (r->rm == 4) {
        take_sib(r);
    } else if (r->rm == 5 && r->mod == 0) {
        i->base = X86_RIP_RELATIVE;
        i->displacement = next_signed(r, 4);
    }
    if (r->mod)
        i->displacement = next_signed(r, r->mod == 1 ? 1 : 4);
}

static struct x86_operand rm_operand(const struct reading *r,
                                     enum x86_place place)
{
    if (r->mod != 3)
        return memory();
    return (struct x86_operand){place, (uint8_t)(r->rm | r->rex_b)};
}

static struct x86_operand reg_operand(const struct reading *r,
                                      enum x86_place place)
{
    return (struct x86_operand){place, (uint8_t)(r->reg | r->rex_r)};
}

/* ---- integers ---- */

static enum x86_kind kind_of_group(uint8_t group)
{
    switch (group) {
    case 3:
        return X86_BORROW;
    case 5:
    case 6:
        return X86_DIFFERENCE;
    case 7:
        return X86_COMPARE;
    default:
        return X86_OTHER;
    }
}

static void take_immediate(struct reading *r, unsigned size)
{
    r->out->b = (struct x86_operand){X86_IMMEDIATE, 0};
    r->out->immediate = (uint64_t)(int64_t)next_signed(r, size);
}

/* The eight operations of the oldest kind, in their word forms: op r/m, r; op
 * r, r/m; op rax, imm; and the group of those with immediates. And the two divisions. */
static enum x86_kind decode_integer(struct reading *r, uint8_t opcode)
{
    struct x86_insn *i = r->out;
    i->width = r->wide ? 8 : r->operand16 ? 2 : 4;
    unsigned full = i->width == 2 ? 2 : 4;
    if (opcode == 0x81 || opcode == 0x83) {
        take_modrm(r);
        i->a = rm_operand(r, X86_REGISTER);
        take_immediate(r, opcode == 0x83 ? 1 : full);
        return kind_of_group(r->reg);
    }
    if (opcode == 0xf7) {
        take_modrm(r);
        i->a = rm_operand(r, X86_REGISTER);
        i->b = (struct x86_operand){X86_IMMEDIATE, 0};
        return r->reg >= 6 ? X86_DIVISION : X86_OTHER;
    }
    enum x86_kind kind = opcode < 0x40 ? kind_of_group(opcode >> 3) : X86_OTHER;
    switch (kind == X86_OTHER ? 0 : opcode & 7) {
    case 1:
        take_modrm(r);
        i->a = rm_operand(r, X86_REGISTER);
        i->b = reg_operand(r, X86_REGISTER);
        break;
    case 3:
        take_modrm(r);
        i->a = reg_operand(r, X86_REGISTER);
        i->b = rm_operand(r, X86_REGISTER);
        break;
    case 5:
        i->a = (struct x86_operand){X86_REGISTER, 0};
        take_immediate(r, full);
        break;
    default:
        return X86_OTHER;
    }
    return kind;
}

/* ---- floats and blocks ---- */

static void vector_operands(struct reading *r, bool destructive)
{
    take_modrm(r);
    r->out->a = reg_operand(r, X86_XMM);
    if (destructive && r->vex)
        r->out->a.number = r->vvvv;
    r->out->b = rm_operand(r, X86_XMM);
}

static enum x86_kind decode_0f(struct reading *r, uint8_t opcode)
{
    struct x86_insn *i = r->out;
    switch (opcode) {
    case 0x05:
    case 0x34:
        return X86_LEAVES;
    case 0x2e: /* ucomiss, ucomisd */
    case 0x2f:
        vector_operands(r, false);
        i->width = r->pp == 1 ? 8 : 4;
        return r->pp < 2 ? X86_FLOAT : X86_OTHER;
    case 0xc2: /* cmpss, cmpsd */
        vector_operands(r, true);
        (void)next(r);
        i->width = r->pp == 3 ? 8 : 4;
        return r->pp >= 2 ? X86_FLOAT : X86_OTHER;
    case 0x74: /* pcmpeq of bytes, words, doublewords */
    case 0x75:
    case 0x76:
    case 0xef: /* pxor */
        vector_operands(r, true);
        i->width = 16;
        return r->pp == 1 ? X86_BLOCK : X86_OTHER;
    case 0x57: /* xorps, xorpd */
        vector_operands(r, true);
        i->width = 16;
        return r->pp < 2 ? X86_BLOCK : X86_OTHER;
    default:
        return X86_OTHER;
    }
}

static enum x86_kind decode_0f38(struct reading *r, uint8_t opcode)
{
    if (opcode != 0x29 || r->pp != 1) /* pcmpeqq */
        return X86_OTHER;
    vector_operands(r, true);
    r->out->width = 16;
    return X86_BLOCK;
}

/* ---- x87 ---- */

static enum x86_kind stack_compare(struct reading *r, uint8_t number)
{
    r->out->a = (struct x86_operand){X86_STACK, 0};
    r->out->b = (struct x86_operand){X86_STACK, number};
    r->out->width = 10;
    return X86_LONG_DOUBLE;
}

static enum x86_kind decode_x87(struct reading *r, uint8_t opcode)
{
    take_modrm(r);
    bool registers = r->mod == 3;
    if ((r->reg == 2 || r->reg == 3) && !registers &&
        (opcode == 0xd8 || opcode == 0xdc)) { /* fcom, fcomp with memory */
        r->out->a = (struct x86_operand){X86_STACK, 0};
        r->out->b = memory();
        r->out->width = opcode == 0xd8 ? 4 : 8;
        return X86_LONG_DOUBLE;
    }
    if (!registers)
        return X86_OTHER;
    switch (opcode << 8 | r->reg) {
    case 0xd802: /* fcom, fcomp */
    case 0xd803:
    case 0xdb05: /* fucomi, fcomi */
    case 0xdb06:
    case 0xdd04: /* fucom, fucomp */
    case 0xdd05:
    case 0xdf05: /* fucomip, fcomip */
    case 0xdf06:
        return stack_compare(r, r->rm);
    case 0xda05: /* fucompp */
    case 0xde03: /* fcompp */
        return r->rm == 1 ? stack_compare(r, 1) : X86_OTHER;
    default:
        return X86_OTHER;
    }
}

/* ---- all of them ---- */

static enum x86_kind decode(struct reading *r)
{
    uint8_t opcode = take_prefixes(r);
    if (opcode == 0x9c) /* pushf */
        return X86_LEAVES;
    if (opcode >= 0xd8 && opcode <= 0xdf)
        return decode_x87(r, opcode);
    if (opcode == 0xc4 || opcode == 0xc5) {
        uint8_t map = take_vex(r, opcode);
        opcode = next(r);
        return map == 1   ? decode_0f(r, opcode)
               : map == 2 ? decode_0f38(r, opcode)
                          : X86_OTHER;
    }
    if (opcode != 0x0f)
        return decode_integer(r, opcode);
    opcode = next(r);
    return opcode == 0x38 ? decode_0f38(r, next(r)) : decode_0f(r, opcode);
}

/* What a register has in common with itself is no news: it is zeroed. */
static bool is_same(const struct x86_insn *i)
{
    return i->a.place != X86_MEMORY && i->a.place != X86_NOWHERE &&
           i->a.place == i->b.place && i->a.number == i->b.number;
}

enum x86_kind x86_decode(struct x86_insn *insn, const uint8_t *code, size_t n)
{
    struct reading r = {.out = insn, .code = code};
    r.n = n < X86_LONGEST ? n : X86_LONGEST;
    memset(insn, 0, sizeof *insn);
    enum x86_kind kind = decode(&r);
    if (r.cut || is_same(insn) ||
        (r.foreign &&
         (insn->a.place == X86_MEMORY || insn->b.place == X86_MEMORY)))
        kind = X86_OTHER;
    /* What it compares must be there still when it has been executed. */
    if ((kind == X86_DIFFERENCE || kind == X86_BORROW) &&
        insn->a.place == X86_MEMORY)
        kind = X86_OTHER;
    insn->kind = kind;
    insn->length = (uint8_t)r.at;
    return kind;
}

uint64_t x86_address(const struct x86_insn *insn, const uint64_t reg[16],
                     uint64_t rip)
{
    uint64_t address = (uint64_t)(int64_t)insn->displacement;
    if (insn->base == X86_RIP_RELATIVE)
        address += rip + insn->length;
    else if (insn->base != X86_NO_REGISTER)
        address += reg[insn->base & 15];
    if (insn->index != X86_NO_REGISTER)
        address += reg[insn->index & 15] << insn->scale;
    return address;
}

bool x86_follows_call(const uint8_t *code, size_t before)
{
    if (before >= 5 && code[-5] == 0xe8)
        return true;
    /* call r/m: ff /2, from two bytes to seven. */
    for (size_t n = 2; n <= 7 && n <= before; n++) {
        const uint8_t *at = code - n;
        if (at[0] != 0xff || (at[1] >> 3 & 7) != 2)
            continue;
        uint8_t mod = at[1] >> 6, rm = at[1] & 7;
        size_t length = mod != 3 && rm == 4 ? 3 : 2;
        bool wide = mod == 2 || (mod == 0 && rm == 5) ||
                    (mod == 0 && rm == 4 && n > 2 && (at[2] & 7) == 5);
        length += mod == 1 ? 1 : wide ? 4 : 0;
        if (length == n)
            return true;
    }
    return false;
}
