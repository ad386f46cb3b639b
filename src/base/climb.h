/* SPDX-License-Identifier: MIT
 *
 * One comparison whose one side is some function of the input that nobody
 * knows, and how the input has to be for it to equal the other side. Apart from
 * solve.h, which knows functions by name and needs a handful of runs: here the
 * function is asked, with hundreds of runs, each of which changes the few bytes
 * that it depends on.
 *
 * Four ways are tried: bits that are sums of bits (rotations, permutations,
 * xors, CRCs: Gauss's elimination over GF(2)); bits that depend on lower ones
 * alone (sums, products, and xors among them); a number that grows with the
 * input's number (scaling, rounding, roots, texts of numbers: steps that become
 * smaller); bytes each of which depends on one of the input's (tables). Before
 * them all, a float that depends on text is written as text.
 *
 * Pure: who runs the inputs is the caller's concern.
 */
#ifndef THRESH_BASE_CLIMB_H
#define THRESH_BASE_CLIMB_H

#include "base/solve.h"

/* Bytes of the input that a function is looked at to depend on, those it may
 * depend on, and bytes of its value. */
#define CLIMB_LOOKED 192u
#define CLIMB_PLACES 24u
#define CLIMB_BYTES  32u
#define CLIMB_BITS   (8u * CLIMB_PLACES)
/* Comparisons of an entry, of which one is tried at a time. */
#define CLIMB_GOALS 8u

/* What came of running an input. */
enum climb_outcome {
    CLIMB_RAN,
    CLIMB_FOUND, /* it is new: that is what all this was for */
    CLIMB_OVER,  /* nothing more is to be run */
};

/* Runs an input with n bytes of an argument replaced, and gives what it
 * compared, until the next run. */
typedef enum climb_outcome climb_run(void *ctx, const struct input *base,
                                     uint32_t arg, const uint32_t *at,
                                     const uint8_t *bytes, uint32_t n,
                                     const struct operands **o);

/* What the comparison was about in one run. */
struct climb_value {
    bool reached;
    uint8_t is[CLIMB_BYTES];
    uint8_t want[CLIMB_BYTES];
    uint64_t far; /* how far it is from what is wanted, as a number */
};

struct climb_goal {
    const struct operand *op; /* of the entry's run; NULL: it is the text */
    const struct operand_text *text;
    bool of_b; /* the side that depends on the input */
};

struct climb {
    climb_run *run;
    void *ctx;
    uint32_t left; /* runs */
    enum climb_outcome outcome;
    struct climb_goal goal;
    uint32_t size;   /* bytes of the value that count */
    uint64_t beside; /* a number that much larger is wanted */
    const struct input *base;
    uint32_t arg;
    uint32_t n; /* places */
    uint32_t at[CLIMB_PLACES];
    uint8_t byte[CLIMB_PLACES]; /* the best so far */
    struct climb_value now;     /* of them */
    /* How each bit of the input changes the value: one is wrong if the
     * comparison was not reached. */
    uint8_t column[CLIMB_BITS][CLIMB_BYTES];
    bool wrong[CLIMB_BITS];
    /* Of all places with the same value. */
    uint8_t table[256][CLIMB_BYTES];
    bool known[256];
};

/* Tries one comparison of a traced entry; `turn` says which, of those that
 * there are, with at most so many runs. False when nothing more is to be run. */
bool climb(struct climb *c, const struct solve *s, unsigned turn, uint32_t runs,
           climb_run *run, void *ctx);

#endif
