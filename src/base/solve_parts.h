/* SPDX-License-Identifier: MIT
 *
 * What the files of the solver share, and nobody else includes. solve.c keeps
 * and applies candidates, solve_value.c is about arguments of fixed width and
 * about sizes, solve_cell.c finds numbers in bytes, solve_text.c texts, and
 * solve_function.c what the target made of the bytes before it compared it,
 * solve_bits.c among them which bits it took.
 */
#ifndef THRESH_BASE_SOLVE_PARTS_H
#define THRESH_BASE_SOLVE_PARTS_H

#include "base/solve.h"

/* Places at which one value is replaced. */
#define PLACES 4u

/* One side of a comparison in all runs that made it. */
struct track {
    uint64_t x[SOLVE_RUNS]; /* what it was there */
    uint64_t want;          /* what the other side was in the entry's */
    uint32_t have;          /* runs that made the comparison, a bit each */
    uint32_t same;          /* those that did the same as the entry's */
    uint8_t width;
    bool moves; /* it is not the same in all of them */
    bool idle;  /* the wanted value was met elsewhere in the entry's run */
};

/* The same of texts. */
struct text_track {
    const uint8_t *x[SOLVE_RUNS];
    uint32_t size[SOLVE_RUNS];
    const uint8_t *want;
    uint32_t want_size;
    uint32_t have;
    uint32_t same;
    bool moves;
    bool ends;
    enum text_relation relation;
};

/* ---- solve.c ---- */

void solve_add_value(struct solve *s, uint32_t arg, uint64_t value);
void solve_add_size(struct solve *s, uint32_t arg, uint64_t size);
/* False if nothing was added: it is there, or not allowed. */
bool solve_add_bytes(struct solve *s, enum solve_rank rank, uint32_t arg,
                     size_t at, size_t was, const uint8_t *bytes, size_t n);
/* The same where the wanted value itself comes in its place. */
bool solve_add_exact(struct solve *s, enum solve_rank rank, uint32_t arg,
                     size_t at, const uint8_t *bytes, size_t n);

/* How many runs a set of them has. */
unsigned solve_count(uint32_t runs);

/* Whether one side of a comparison of the entry's run was another one in a run
 * that did the same. */
bool solve_moves(const struct solve *s, const struct operand *op, bool of_b);

/* ---- solve_value.c ---- */

/* A comparison with an argument of fixed width, or with a size. */
void solve_match_value(struct solve *s, uint32_t arg, const struct operand *op);
void solve_match_size(struct solve *s, uint32_t arg, const struct operand *op);

/* The number of a float's bits, and back. */
double solve_double(uint8_t width, uint64_t bits);

/* ---- solve_cell.c ---- */

/* Numbers that lie in the bytes of an argument. */
void solve_match_cell(struct solve *s, uint32_t arg, const struct operand *op);

/* Makes the index of an argument's places. */
void solve_index(struct solve *s, uint32_t arg);

/* Places + 1, in order, at which these two bytes may stand in a run; 0 after
 * the last. */
uint32_t solve_first_place(const struct solve *s, uint32_t run,
                           const uint8_t *bytes);
uint32_t solve_next_place(const struct solve *s, uint32_t run, uint32_t place);

/* ---- solve_text.c ---- */

void solve_match_text(struct solve *s, uint32_t arg,
                      const struct operand_text *t);

/* ---- solve_function.c ---- */

/* A number, a text that is in the bytes in no way: as what function of them?
 * Whether the number is one that all runs obey. */
bool solve_number_function(struct solve *s, uint32_t arg,
                           const struct track *t);
void solve_text_function(struct solve *s, uint32_t arg,
                         const struct text_track *t);

/* ---- solve_bits.c ---- */

/* A number that is some bits of the bytes: likewise. */
bool solve_bits(struct solve *s, uint32_t arg, const struct track *t);

#endif
