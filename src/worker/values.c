/* SPDX-License-Identifier: MIT
 *
 * See values.h.
 */
#include "worker/values.h"

#include <stdatomic.h>

#include "base/kind.h"
#include "worker/sancov.h"

/* A power of two. libFuzzer has as many bits; here bytes are looked through
 * after each execution, which takes about two microseconds. */
#define VALUES_BITS 16
#define VALUES      (1u << VALUES_BITS)

/* Bits that differ, 0 to 64; behind them sizes of the difference. */
#define DISTANCES 65u

/* Where a place's own number stands in its address (compare.c). */
#define TAG_SHIFT (sizeof(uintptr_t) * 8 - 8)

static uint8_t reached[VALUES];
static bool wanted;
static _Atomic bool told;

void values_want(void)
{
    wanted = true;
}

bool values_wanted(void)
{
    return wanted;
}

bool values_told(void)
{
    return atomic_load_explicit(&told, memory_order_relaxed);
}

uint8_t *values_counters(uint32_t *n)
{
    *n = VALUES;
    return reached;
}

/* No builtin: without an instruction for it that calls libgcc. */
static unsigned bits_in(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(x * 0x0101010101010101u >> 56);
}

static unsigned size_in_bits(uint64_t x)
{
    return x ? 64u - (unsigned)__builtin_clzll(x) : 0;
}

/* The first counter of a place, the same in all processes. */
static uint32_t counters_of(uintptr_t site)
{
    uintptr_t tag = site >> TAG_SHIFT;
    uintptr_t pc = site & (((uintptr_t)1 << TAG_SHIFT) - 1);
    uint64_t key = sancov_address(pc) * (uint64_t)256 + tag;
    return (uint32_t)(key * 0x9e3779b97f4a7c15u >> (64 - VALUES_BITS));
}

void values_add(uint64_t a, uint64_t b, size_t width, uintptr_t site)
{
    uint64_t mask = value_mask(width);
    uint64_t up = (a - b) & mask, down = (b - a) & mask;
    uint32_t first = counters_of(site);
    unsigned apart = size_in_bits(up < down ? up : down);
    reached[(first + bits_in((a ^ b) & mask)) % VALUES] = 1;
    reached[(first + DISTANCES + apart) % VALUES] = 1;
    if (!values_told())
        atomic_store_explicit(&told, true, memory_order_relaxed);
}
