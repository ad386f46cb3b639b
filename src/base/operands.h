/* SPDX-License-Identifier: MIT
 *
 * What one execution compared: pairs of numbers and pairs of texts. A loop
 * compares the same two things a million times, so that of each place in the
 * program only the first and the last comparisons are kept, each with its
 * number: two executions of the same path can be laid side by side, comparison
 * by comparison.
 *
 * Filled by the callbacks while the target runs (worker/compare), read by
 * base/solve. Memory of a fixed size; forgetting what is in it costs nothing.
 */
#ifndef THRESH_BASE_OPERANDS_H
#define THRESH_BASE_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two numbers that were compared. */
struct operand {
    uint64_t a; /* zero-extended, or the bits of a float */
    uint64_t b;
    uint64_t site; /* where in the program: only compared with others */
    uint32_t nth;  /* comparison of this site, from 0 */
    uint8_t width; /* bytes: 1, 2, 4, 8 */
    bool is_float;
    bool constant; /* a is written in the program */
    bool noise;    /* it was another one when the same input ran again */
};

/* What was asked of two texts. */
enum text_relation {
    TEXT_EQUAL,
    TEXT_FOLDED, /* equal but for the case of letters */
    TEXT_FOUND,  /* b anywhere in a */
    TEXT_NUMBER, /* equal; the bytes of numbers, and no words */
};

/* Bytes that were compared by a function of libc; of long ones the first. */
#define OPERAND_TEXT 256
struct operand_text {
    uint8_t a[OPERAND_TEXT];
    uint8_t b[OPERAND_TEXT];
    uint16_t a_size;
    uint16_t b_size;
    uint64_t site;  /* of numbers; 0: some function of libc */
    uint32_t nth;   /* text of this site, from 0 */
    uint32_t order; /* text of the execution, from 0 */
    enum text_relation relation;
    bool ends;  /* a NUL ends them: they may differ in size */
    bool noise; /* as of numbers */
};

/* Comparisons kept of a site: the first half and the last half. */
#define OPERANDS_PER_SITE 16u
#define OPERAND_SITES     4096u
#define OPERANDS_MAX      8192u
#define OPERAND_TEXTS_MAX 256u

struct operand_site {
    uint64_t site;
    uint32_t epoch; /* in use if it is the operands' */
    uint32_t seen;
    uint16_t slot[OPERANDS_PER_SITE];
};

/* Zeroed memory is empty. */
struct operands {
    uint32_t n;      /* numbers kept, in the order their places came up */
    uint32_t texts;  /* seen */
    uint32_t ntexts; /* kept */
    uint32_t plain;  /* those seen that have no site */
    uint32_t nsites;
    uint32_t epoch;
    struct operand op[OPERANDS_MAX];
    struct operand_text text[OPERAND_TEXTS_MAX];
    struct operand_site site[OPERAND_SITES];
};

void operands_clear(struct operands *o);

/* Adds two numbers; op.nth is not looked at. What has no room is dropped. */
void operands_add(struct operands *o, struct operand op);

/* Adds two texts, as far as there is room for them. The memory is read before
 * anything is written, byte by byte, and nothing else is called. */
void operands_add_text(struct operands *o, enum text_relation relation,
                       bool ends, const void *a, size_t a_size, const void *b,
                       size_t b_size);

/* Adds two numbers as runs of n bytes: equal ones, too, so that the next ones
 * of this site have the same number in each execution. */
void operands_add_bytes(struct operands *o, uint64_t site, const uint8_t *a,
                        const uint8_t *b, size_t n);

/* Whether there is a comparison that another execution did not come to. */
bool operands_beyond(const struct operands *o, const struct operands *other);

/* Marks what is not the same in another execution of the same input: it depends
 * on what ran before, on time, or on addresses. */
void operands_mark_noise(struct operands *o, const struct operands *again);

/* Whether two equal numbers were compared at the same site and this was the
 * value: then nobody waits for it to come. */
bool operands_met(const struct operands *o, const struct operand *op,
                  uint64_t value);

/* The comparison of another execution that is the same one: same site, same
 * number. NULL if it is not there. */
const struct operand *operands_like(const struct operands *o,
                                    const struct operand *op);
const struct operand_text *operands_text_like(const struct operands *o,
                                              const struct operand_text *text);

#endif
