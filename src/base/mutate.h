/* SPDX-License-Identifier: MIT
 *
 * Mutation: stacked havoc over the bytes of an input. Pure and deterministic:
 * what it does depends on the input, the generator, the context's fields and
 * nothing else, so that a batch can be replayed. One of the three hot loops:
 * no allocation, work proportional to what is changed, not to the limit.
 */
#ifndef THRESH_BASE_MUTATE_H
#define THRESH_BASE_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alias.h"
#include "base/input.h"
#include "base/rng.h"
#include "base/token.h"

/* The operators on bytes, with their default weights. */
#define MUTATE_OPERATORS(X)                                               \
    X(FLIP_BIT, 14)                                                       \
    X(RANDOM_BYTE, 14)   /* overwrite with another value */               \
    X(INCREMENT_BYTE, 8) /* +1 or -1 */                                   \
    X(ADD, 18)           /* +-1..35 on 1, 2, 4, 8 bytes, either endian */ \
    X(INTERESTING, 18)   /* boundary value, 1, 2, 4, 8 bytes, either */   \
    X(NEGATE, 3)         /* flip all bits or change sign, 1..8 bytes */   \
    X(SWAP_BYTES, 4)     /* two single bytes */                           \
    X(SHUFFLE, 3)        /* a short range */                              \
    X(DELETE, 20)        /* a range */                                    \
    X(INSERT_RANDOM, 8)  /* short random bytes */                         \
    X(INSERT_SAME, 8)    /* one byte value repeated */                    \
    X(OVERWRITE_SAME, 6)                                                  \
    X(COPY_INSERT, 14) /* a range of the same argument, inserted */       \
    X(COPY_OVERWRITE, 12)                                                 \
    X(SWAP_RANGES, 4)                                                     \
    X(REPEAT, 6) /* a range 2..16 times over */                           \
    X(TRUNCATE, 3)                                                        \
    X(ASCII_INTEGER, 12) /* change a decimal number found in the text */  \
    X(INSERT_INTEGER, 4) /* a decimal number as text */                   \
    X(INSERT_RUNE, 2)    /* a character of UTF-8 */                       \
    X(CHANGE_RUNE, 3)                                                     \
    X(DELETE_RUNE, 2)                                                     \
    X(SPLICE_INSERT, 14) /* a range of `other`, inserted */               \
    X(SPLICE_OVERWRITE, 14)                                               \
    X(CROSS, 6)              /* head of this one, tail of `other` */      \
    X(DICTIONARY_INSERT, 16) /* a token; only with a dictionary */        \
    X(DICTIONARY_OVERWRITE, 16)

enum mutate_operator {
#define MUTATE_NAME(name, weight) MUTATE_##name,
    MUTATE_OPERATORS(MUTATE_NAME)
#undef MUTATE_NAME
        MUTATE_COUNT
};

/* What else makes a mutant, for trails. */
enum mutate_maker {
    MUTATE_BY_HARNESS = MUTATE_COUNT, /* LLVMFuzzerCustomMutator... */
    MUTATE_CROSS_BY_HARNESS,          /* ...and CustomCrossOver */
    MUTATE_SOLVED,                    /* what a trace showed was put in */
    MUTATE_MAKERS
};

/* How a mutant was made: its operators, five bits each, a number above the
 * operator's. The last one is lowest; after twelve the first fall out. */
#define MUTATE_TRAIL_BITS 5
#define MUTATE_TRAIL_MAX  12
_Static_assert(MUTATE_MAKERS < 1 << MUTATE_TRAIL_BITS, "trails need more bits");

static inline uint64_t mutate_trail(uint64_t trail, unsigned op)
{
    return trail << MUTATE_TRAIL_BITS | (op + 1);
}

/* The operator that was the last but `back`; MUTATE_MAKERS: none was. */
static inline unsigned mutate_trail_at(uint64_t trail, unsigned back)
{
    unsigned above = (uint8_t)(trail >> back * MUTATE_TRAIL_BITS) &
                     ((1u << MUTATE_TRAIL_BITS) - 1);
    return above && above <= MUTATE_MAKERS ? above - 1 : MUTATE_MAKERS;
}

/* Random bits for one operator, drawn before the one before it runs so that
 * they are there in time. The low 8 of `a` chose the operator and are not to
 * be used. By habit the high half of `a` is a place and the middle (bits 8 to
 * 31) small choices, and `b` a length, with bits 5 to 31 to spare. */
struct draw {
    uint64_t a;
    uint64_t b;
};

/* The tokens that may be drawn, by weight. */
struct mutate_tokens {
    const struct token *token; /* token 0 is empty: none */
    const struct alias_place *alias;
    uint32_t n; /* with token 0; 0: there is no dictionary */
    /* Set by the operators: the last token that was put in. Whoever mutates
     * sets it to 0 where a new mutant begins. */
    uint32_t last;
};

struct mutate {
    struct rng rng;
    struct draw ahead; /* for the next operator */
    bool is_ahead;
    /* 256 entries, operators in proportion to their weights. */
    const uint8_t *table;
    /* The same where there is no `other`, for data and for none: operators
     * that apply to that alone. NULL: `table`, of which some, or most, are
     * drawn in vain. */
    const uint8_t *alone;
    const uint8_t *from_nothing;
    /* The same argument of another entry, for splice and cross; may be empty,
     * never overlaps the data being mutated. */
    const uint8_t *other;
    size_t other_size;
    struct mutate_tokens tokens;
    /* The operator that changed something last. */
    uint8_t last;
    /* Each operator that changes something is added to it. Whoever mutates sets
     * it to 0 where a new mutant begins. */
    uint64_t trail;
};

/* The default weights, those for a search without dictionary: its operators
 * never apply there, and need not be drawn. */
void mutate_weights(uint8_t weights[MUTATE_COUNT], bool dictionary);

/* Fills a 256-entry table from weights (MUTATE_COUNT of them, NULL for the
 * defaults; at least one must be positive): every operator with a positive
 * weight gets at least one place. */
void mutate_fill_table(uint8_t table[256], const uint8_t *weights);

/* The three tables of a context. */
struct mutate_tables {
    uint8_t all[256];
    uint8_t alone[256];
    uint8_t from_nothing[256];
};

/* Fills them from weights, as above; those without `other` hold what applies
 * there, in the same proportions. */
void mutate_fill_tables(struct mutate_tables *t, const uint8_t *weights);

/* Whether an operator needs `other`, and whether one can make something of
 * empty data without it. */
bool mutate_needs_other(enum mutate_operator op);
bool mutate_applies_to_nothing(enum mutate_operator op);

/* Changes data in place by a stack of 1 to 16 operators, mostly few, and returns the new size, at most max. size may be 0 or above max
 * (it is then cut first). An operator that does not apply is drawn again. The result may
 * equal the original. max must be at least 1 and below 2^31. data must have
 * room for max bytes; those behind the size are scratch, written at will and
 * without influence. */
size_t mutate_bytes(struct mutate *m, uint8_t *data, size_t size, size_t max);

/* The same for what is a mutant already: once more the operator that changed
 * something last, by new draws; if that is in vain, any other. It is the
 * cheapest change there is, since the processor knows where the jump goes. */
size_t mutate_again(struct mutate *m, uint8_t *data, size_t size, size_t max);

/* The limit of a variable argument of a target, where `max` limits it too. */
static inline size_t mutate_limit(const struct signature *sig, uint32_t arg,
                                  size_t max)
{
    return max < sig->max_bytes[arg] ? max : sig->max_bytes[arg];
}

/* Changes one argument of in, chosen at random, which must have room for
 * sig->max_bytes[i] bytes when it is variable; fixed-width kinds are changed
 * as numbers within their width. `max` limits variable arguments further
 * (length control). Returns the index of the argument. `other_in` (may be
 * NULL) is another input of the same signature: `other` is its argument for
 * the time of the call, and now and then an argument is taken whole. */
uint32_t mutate_input(struct mutate *m, const struct signature *sig,
                      struct input *in, size_t max,
                      const struct input *other_in);

#endif
