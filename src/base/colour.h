/* SPDX-License-Identifier: MIT
 *
 * Colouring an input: as many of its bytes as possible get other values,
 * without a change in what the target does. In the coloured input values are
 * rarely equal by chance, so that a number which the target compared is found
 * where it came from; and what changed with the bytes came from them.
 *
 * A range of bytes is coloured at once; if the target then does something else,
 * its halves are tried, the largest ranges first. Whoever runs the target
 * answers; this is pure. First everything may become anything; if that is
 * refused, a byte only becomes one of its class (digit, small letter, capital,
 * other), so that text stays text of the same form.
 */
#ifndef THRESH_BASE_COLOUR_H
#define THRESH_BASE_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

#define COLOUR_RANGES 1024u

struct colour_range {
    uint32_t at;
    uint32_t size;
};

struct colour {
    const uint8_t *from;
    const uint8_t *wish;
    uint8_t *to;
    uint32_t size;
    struct rng rng;
    bool any; /* the proposal is free of classes */
    struct colour_range now;
    uint32_t first, count; /* of the ranges that wait, a ring */
    struct colour_range range[COLOUR_RANGES];
};

/* Begins. `to` has room for the size, and stays the caller's. With `any` false
 * bytes stay in their classes from the start. */
void colour_begin(struct colour *c, const uint8_t *from, uint8_t *to,
                  uint32_t size, struct rng rng, bool any);

/* The same with a wish what bytes should become. */
void colour_wish(struct colour *c, const uint8_t *from, const uint8_t *wish,
                 uint8_t *to, uint32_t size);

/* Makes the next proposal in `to`; false if there is none any more. After a
 * proposal comes one answer, whether the target did the same with it. At any
 * time after an answer `to` is the colouring so far. */
bool colour_next(struct colour *c);
void colour_answer(struct colour *c, bool same);

/* Colours once more, with other values, what differs between from and to. */
void colour_again(const uint8_t *from, const uint8_t *coloured, uint8_t *to,
                  uint32_t size, struct rng *rng);

/* What may hold numbers as text: what differs between from and coloured becomes
 * digits; of different lengths, with spaces between them, if `parted`. */
void colour_digits(const uint8_t *from, const uint8_t *coloured, uint8_t *to,
                   uint32_t size, struct rng *rng, bool parted);

#endif
