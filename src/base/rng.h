/* SPDX-License-Identifier: MIT
 *
 * The one random generator: SplitMix64 (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). Its whole state is one word,
 * so that a batch can name it, and every draw is a handful of instructions.
 * Inline, because it is drawn from several times in each execution.
 */
#ifndef THRESH_BASE_RNG_H
#define THRESH_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

/* 64 random bits. */
static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number below n; 0 when n is 0. Lemire's multiply-shift without the
 * rejection step: the bias is below n / 2^32, which no search can notice. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* An independent generator for stream number `stream` of a seed. */
static inline struct rng rng_stream(uint64_t seed, uint64_t stream)
{
    struct rng rng = {seed ^ (stream * 0xd1342543de82ef95u)};
    rng.state = rng_next(&rng) ^ stream;
    return rng;
}

#endif
