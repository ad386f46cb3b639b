/* SPDX-License-Identifier: MIT
 *
 * Which instructions of x86-64 compare two values, and where these are: in
 * registers, in memory, in the instruction. Only comparisons are told, of two
 * bytes and more; what else an instruction may do nobody asks. Pure: it reads
 * the bytes it is given and nothing else.
 *
 * Compilers write comparisons in more ways than cmp: sub, two xor whose results
 * are or'ed for 128-bit equality, sbb for 128-bit order, pcmpeq and pxor for blocks
 * of 16 bytes, ucomis and its kin for floats, fucomi and its kin for long
 * doubles. A divisor is told as compared with 0.
 */
#ifndef THRESH_BASE_X86_H
#define THRESH_BASE_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer instructions there are none. */
#define X86_LONGEST 15u

enum x86_kind {
    X86_OTHER,       /* compares nothing */
    X86_COMPARE,     /* integers: cmp */
    X86_DIFFERENCE,  /* integers: xor and sub, perhaps (half of) an equality */
    X86_BORROW,      /* integers: sbb, perhaps the high half of an order */
    X86_DIVISION,    /* integers: a divisor, and 0 */
    X86_FLOAT,       /* float or double in the low part of a register */
    X86_BLOCK,       /* 16 bytes, for equality */
    X86_LONG_DOUBLE, /* long double; the second operand may be less wide */
    X86_LEAVES,      /* nothing, but it makes the processor's flags or the
                      * process's signals somebody else's: pushf, syscall */
};

enum x86_place {
    X86_NOWHERE,
    X86_REGISTER,  /* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
    X86_XMM,       /* xmm0..xmm15 */
    X86_STACK,     /* st(0)..st(7) */
    X86_MEMORY,    /* at x86_address() */
    X86_IMMEDIATE, /* in `immediate`, sign-extended */
};

struct x86_operand {
    enum x86_place place;
    uint8_t number; /* of a register */
};

#define X86_NO_REGISTER  0xff
#define X86_RIP_RELATIVE 0xfe

struct x86_insn {
    enum x86_kind kind;
    uint8_t length; /* bytes of the instruction, if it compares */
    uint8_t width;  /* bytes of the operands, of LONG_DOUBLE those of b */
    struct x86_operand a;
    struct x86_operand b;
    uint64_t immediate;
    uint8_t base; /* register, none, or RIP */
    uint8_t index;
    uint8_t scale; /* shift */
    int32_t displacement;
};

/* Decodes the instruction at code, of which n bytes are readable. What is cut
 * off, and what is unknown, is OTHER. */
enum x86_kind x86_decode(struct x86_insn *insn, const uint8_t *code, size_t n);

/* The address of the operand in memory, with the registers before the
 * instruction at rip. */
uint64_t x86_address(const struct x86_insn *insn, const uint64_t reg[16],
                     uint64_t rip);

/* Whether a call ends directly before `code`, of which `before` bytes in front
 * are readable: then it is a place to return to. */
bool x86_follows_call(const uint8_t *code, size_t before);

#endif
