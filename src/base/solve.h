/* SPDX-License-Identifier: MIT
 *
 * Comparisons that an execution made, and the inputs that would have changed
 * their outcome: what was compared is looked for in the arguments, as the kinds
 * they have, and replaced by what it was compared with. No symbolic reasoning:
 * a candidate is a guess, and running it tells.
 *
 * Pure and deterministic: candidates depend on the input and on the operands'
 * values and order alone.
 */
#ifndef THRESH_BASE_SOLVE_H
#define THRESH_BASE_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/input.h"

/* Two numbers that were compared. */
struct operand {
    uint64_t a; /* zero-extended, or the bits of a float */
    uint64_t b;
    uintptr_t site; /* where in the program: only compared with others */
    uint8_t width;  /* bytes: 1, 2, 4, 8 */
    bool is_float;
};

/* Bytes that were compared by a function of libc; of long ones the first. */
#define OPERAND_TEXT 64
struct operand_text {
    uint8_t a[OPERAND_TEXT];
    uint8_t b[OPERAND_TEXT];
    uint8_t a_size;
    uint8_t b_size;
};

/* What one execution compared: the last so many numbers, the first texts. */
#define OPERANDS_MAX      4096u
#define OPERAND_TEXTS_MAX 64u
struct operands {
    uint64_t count; /* numbers seen; number i is in op[i % OPERANDS_MAX] */
    uint32_t ntexts;
    struct operand op[OPERANDS_MAX];
    struct operand_text text[OPERAND_TEXTS_MAX];
};

static inline void operands_add(struct operands *o, struct operand op)
{
    o->op[o->count++ % OPERANDS_MAX] = op;
}

/* A change of one argument. */
struct candidate {
    uint8_t arg;
    bool is_value;  /* a kind of fixed width gets this value, ... */
    uint64_t value; /* or (of others) the argument this size, if nothing is
                     * replaced, ... */
    uint32_t at;    /* or these bytes come in place of `was` at `at` */
    uint32_t was;
    uint8_t nbytes;
    bool replaces;
    uint8_t bytes[OPERAND_TEXT];
};

#define CANDIDATES_MAX 256u

struct solve {
    const struct signature *sig;
    const struct input *in;
    uint32_t n;
    struct candidate candidate[CANDIDATES_MAX];
};

/* Begins with an input, which must stay as it is. */
void solve_init(struct solve *s, const struct signature *sig,
                const struct input *in);

/* Adds candidates from what an execution of the input compared: the last
 * comparisons first, since they are what stopped it. Each once; what comes
 * beyond the maximum is dropped. */
void solve_equal(struct solve *s, const struct operands *o);

/* Adds candidates from a second execution, in which the integer `arg` was
 * larger by one: an operand that followed the change by a constant factor tells
 * which value gives it any other one. */
void solve_linear(struct solve *s, uint32_t arg, const struct operands *o,
                  const struct operands *moved);

/* Applies a candidate to an input equal to the one of solve_init(), whose
 * variable arguments have room for their limit. */
void solve_apply(const struct solve *s, uint32_t i, struct input *in);

#endif
