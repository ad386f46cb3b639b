/* SPDX-License-Identifier: MIT
 *
 * Comparisons that an execution made, and the inputs that would have changed
 * their outcome: what was compared is looked for in the arguments, as the kinds
 * they have, and replaced by what it was compared with. No symbolic reasoning:
 * a candidate is a guess, and running it tells.
 *
 * Other runs of the same entry say more than one: what changed with the input's
 * bytes came from them, and where it came from it must be found in all of them.
 * What is not found as it is may be a function of the input's bytes, which all
 * runs must obey; then its inverse says what to write.
 *
 * Pure and deterministic: candidates depend on the inputs and on the operands'
 * values and order alone.
 */
#ifndef THRESH_BASE_SOLVE_H
#define THRESH_BASE_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/input.h"
#include "base/operands.h"

/* How promising a candidate is; tried in this order. */
enum solve_rank {
    SOLVE_SURE,   /* found where it came from */
    SOLVE_SIZE,   /* another size */
    SOLVE_LIKELY, /* a neighbour; a function was inverted */
    SOLVE_GUESS,  /* equal bytes, perhaps by chance */
    SOLVE_RARE,   /* guesses of which there are many */
    SOLVE_RANKS,
};

enum candidate_kind {
    CANDIDATE_VALUE, /* an argument of fixed width gets `value` */
    CANDIDATE_SIZE,  /* another one the size `value` */
    CANDIDATE_BYTES, /* `nbytes` bytes come in place of `was` at `at` */
    CANDIDATE_ALL,   /* all that are sure and keep sizes, the last comparisons
                      * first; with `value` 1 the first ones */
};

/* A change of one argument. */
struct candidate {
    uint8_t kind;
    uint8_t rank;
    uint8_t arg;
    bool exact; /* the wanted value itself, in its place */
    /* It copies what looks like a checksum at checksum[this - 1]; 0: none. */
    uint8_t checksum;
    uint64_t value;
    uint32_t at;
    uint32_t was;
    uint32_t bytes; /* where in the pool */
    uint32_t nbytes;
};

#define CANDIDATES_MAX 2048u
#define SOLVE_POOL     (64u << 10)
#define SOLVE_HASHES   (2 * CANDIDATES_MAX)
/* Places of an argument that are indexed. */
#define SOLVE_PLACES 65535u
#define SOLVE_HEADS  4096u
/* Sites that look like checksums and are remembered. */
#define SOLVE_CHECKSUMS 8u

/* The runs that are compared, in this order: the entry's, and those of inputs
 * made of it, of which the last may be missing (worker/trace). */
enum solve_run_kind {
    SOLVE_ENTRY,
    SOLVE_COLOURED,
    SOLVE_AGAIN, /* coloured otherwise */
    SOLVE_PARTED_DIGITS,
    SOLVE_DIGITS,
    SOLVE_RUNS
};

struct solve_run {
    const struct input *in;
    const struct operands *o;
    bool same; /* it did what the entry's run did */
};

/* Where in one argument of one run which two bytes stand. */
struct place_index {
    uint16_t head[SOLVE_HEADS]; /* place + 1 */
    uint16_t next[SOLVE_PLACES + 1];
};

struct solve {
    const struct signature *sig;
    const struct input *in;
    const struct operands *o;
    uint32_t nruns;
    struct solve_run run[SOLVE_RUNS];
    uint32_t n;
    uint32_t pool_used;
    unsigned level;
    uint64_t steps; /* looks that may still be taken for functions */
    uint32_t nchecksums;
    uint64_t checksum[SOLVE_CHECKSUMS]; /* sites */
    struct candidate candidate[CANDIDATES_MAX];
    uint16_t pick[CANDIDATES_MAX]; /* candidates in the order of trying */
    uint64_t hash[SOLVE_HASHES];   /* of the candidates; 0: none */
    uint8_t pool[SOLVE_POOL];
    uint32_t index_arg; /* whose places are indexed, + 1 */
    struct place_index index[SOLVE_RUNS];
};

/* Begins with an input, which must stay as it is, and what it compared. A
 * higher level takes more effort. */
void solve_init(struct solve *s, const struct signature *sig,
                const struct input *in, const struct operands *o,
                unsigned level);

/* Tells of another run, of an input whose arguments have the same sizes. */
void solve_add_run(struct solve *s, const struct input *in,
                   const struct operands *o, bool same);

/* Adds candidates from what an execution of the input compared: the last
 * comparisons first, since they are what stopped it. Each once; what comes
 * beyond the maximum is dropped. */
void solve_equal(struct solve *s);

/* Adds candidates from a second execution, in which the integer `arg` was
 * larger by one: an operand that followed the change by a constant factor tells
 * which value gives it any other one. */
void solve_linear(struct solve *s, uint32_t arg, const struct operands *moved);

/* Likewise of an execution with an argument of variable size longer by `grown`
 * bytes, at least one. */
void solve_longer(struct solve *s, uint32_t arg, uint32_t grown,
                  const struct operands *longer);

/* Puts the candidates in order and returns how many of them are to be tried: at
 * most `most`, of which at most `rare` of the last rank. */
uint32_t solve_order(struct solve *s, uint32_t most, uint32_t rare);

/* The site of what looks like a checksum, if that candidate copies it into the
 * input; else 0. */
uint64_t solve_checksum(const struct solve *s, uint32_t i);

/* Applies the candidate at a place of the order to an input equal to the one of
 * solve_init(), whose variable arguments have room for their limit. */
void solve_apply(const struct solve *s, uint32_t i, struct input *in);

#endif
