/* SPDX-License-Identifier: MIT
 *
 * See bignum.h.
 */
#include "base/bignum.h"

#include <string.h>

/* Appends a word at the top. Beyond the maximum it is lost, so that a wrong
 * bound in a caller gives a wrong number and never touches other memory. */
static void push(struct bignum *n, uint32_t word)
{
    if (word && n->used < BIGNUM_WORDS)
        n->word[n->used++] = word;
}

static void trim(struct bignum *n)
{
    while (n->used && !n->word[n->used - 1])
        n->used--;
}

void bignum_set(struct bignum *n, uint64_t value)
{
    n->used = 2;
    n->word[0] = (uint32_t)value;
    n->word[1] = (uint32_t)(value >> 32);
    trim(n);
}

size_t bignum_bits(const struct bignum *n)
{
    if (!n->used)
        return 0;
    size_t bits = (n->used - 1) * 32;
    for (uint32_t top = n->word[n->used - 1]; top; top >>= 1)
        bits++;
    return bits;
}

void bignum_multiply_add(struct bignum *n, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < n->used; i++) {
        carry += (uint64_t)n->word[i] * factor;
        n->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    push(n, (uint32_t)carry);
    trim(n);
}

void bignum_multiply_power(struct bignum *n, uint32_t base, uint32_t power)
{
    /* Nine factors at once: 10^9 is the largest power of ten in a word. */
    uint32_t nine = base * base * base;
    nine = nine * nine * nine;
    for (; power >= 9; power -= 9)
        bignum_multiply_add(n, nine, 0);
    for (; power; power--)
        bignum_multiply_add(n, base, 0);
}

void bignum_shift(struct bignum *n, size_t bits)
{
    size_t words = bits / 32;
    if (!n->used || words > BIGNUM_WORDS - n->used)
        return;
    memmove(n->word + words, n->word, n->used * sizeof n->word[0]);
    memset(n->word, 0, words * sizeof n->word[0]);
    n->used += words;
    bignum_multiply_add(n, 1u << (bits % 32), 0);
}

void bignum_add(struct bignum *n, const struct bignum *other)
{
    while (n->used < other->used)
        n->word[n->used++] = 0;
    uint64_t carry = 0;
    for (size_t i = 0; i < n->used; i++) {
        carry += n->word[i];
        carry += i < other->used ? other->word[i] : 0;
        n->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    push(n, (uint32_t)carry);
}

void bignum_subtract(struct bignum *n, const struct bignum *other)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < n->used; i++) {
        uint64_t take = borrow + (i < other->used ? other->word[i] : 0);
        borrow = n->word[i] < take;
        n->word[i] = (uint32_t)(n->word[i] - take);
    }
    trim(n);
}

int bignum_compare(const struct bignum *a, const struct bignum *b)
{
    if (a->used != b->used)
        return a->used < b->used ? -1 : 1;
    for (size_t i = a->used; i-- > 0;) {
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    }
    return 0;
}
