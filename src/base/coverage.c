/* SPDX-License-Identifier: MIT
 *
 * See coverage.h. The passes come in a portable form (eight bytes at a time)
 * and in one for AVX2, chosen once by coverage_init(). In almost every step
 * the counters are zero, and of the others almost all have a bucket that is
 * already seen; both cases leave without looking at single counters. The
 * portable forms are also the reference the unit tests compare with.
 */
#include "base/coverage.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define COVERAGE_AVX2 1
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint8_t small_bucket[16] = {0,  1,  2,  4,  8,  8,  8,  8,
                                         16, 16, 16, 16, 16, 16, 16, 16};

uint8_t coverage_bucket(uint64_t value)
{
    if (value < 16)
        return small_bucket[value];
    return value < 32 ? 32 : value < 128 ? 64 : 128;
}

static void note(struct coverage_novel *novel, uint32_t index)
{
    if (novel->total < COVERAGE_NOVEL_MAX)
        novel->index[novel->total] = index;
    novel->total++;
}

static inline void step8(uint8_t *counter, const uint8_t *seen, uint32_t index,
                         struct coverage_novel *novel)
{
    if (coverage_bucket(*counter) & ~*seen)
        note(novel, index);
    *counter = 0;
}

static void pass8_portable(uint8_t *counters, size_t n, const uint8_t *seen,
                           uint32_t first, struct coverage_novel *novel)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, counters + i, 8);
        if (!word)
            continue;
        for (size_t k = i; k < i + 8; k++)
            if (counters[k])
                step8(counters + k, seen + k, first + (uint32_t)k, novel);
    }
    for (; i < n; i++)
        if (counters[i])
            step8(counters + i, seen + i, first + (uint32_t)i, novel);
}

static inline void step64(uint64_t *counter, uint32_t index,
                          const uint8_t *seen, struct coverage_novel *novel)
{
    if (coverage_bucket(*counter) & ~seen[index])
        note(novel, index);
    *counter = 0;
}

static void pass64_portable(uint64_t *counters, size_t words,
                            const uint32_t *index_of_word, const uint8_t *seen,
                            uint32_t first, struct coverage_novel *novel)
{
    for (size_t i = 0; i < words; i++) {
        if (!counters[i])
            continue;
        uint32_t index = index_of_word ? index_of_word[i] : first + (uint32_t)i;
        if (index != UINT32_MAX)
            step64(counters + i, index, seen, novel);
    }
}

#ifdef COVERAGE_AVX2

/* Thirty-two counters: bucket them by two table look-ups (low and high nibble)
 * and tell which have a bit that is not in seen. */
__attribute__((target("avx2"))) static inline uint32_t
novel32(__m256i counters, const uint8_t *seen)
{
    const __m256i low_table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16));
    const __m256i high_table = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 32, 64, 64, 64, 64, 64, 64, (char)128, (char)128, (char)128,
        (char)128, (char)128, (char)128, (char)128, (char)128));
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(counters, 4), nibble);
    __m256i low =
        _mm256_shuffle_epi8(low_table, _mm256_and_si256(counters, nibble));
    __m256i zero = _mm256_setzero_si256();
    __m256i is_low = _mm256_cmpeq_epi8(high, zero);
    __m256i bucket =
        _mm256_blendv_epi8(_mm256_shuffle_epi8(high_table, high), low, is_low);
    __m256i unseen = _mm256_andnot_si256(
        _mm256_loadu_si256((const __m256i *)(const void *)seen), bucket);
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(unseen, zero));
}

/* Thirty-two counters of which some are not zero, from number i on. */
__attribute__((target("avx2"), noinline)) static void
step8_avx2(uint8_t *counters, const uint8_t *seen, uint32_t first, size_t i,
           struct coverage_novel *novel)
{
    __m256i *at = (__m256i *)(void *)(counters + i);
    uint32_t mask = novel32(_mm256_loadu_si256(at), seen + i);
    _mm256_storeu_si256(at, _mm256_setzero_si256());
    for (; mask; mask &= mask - 1)
        note(novel, first + (uint32_t)i + (uint32_t)__builtin_ctz(mask));
}

/* A bit for each of four times thirty-two counters of which one is not 0. */
__attribute__((target("avx2"))) static inline uint32_t
touched4(const uint8_t *counters)
{
    const __m256i *at = (const __m256i *)(const void *)counters;
    __m256i c[4] = {_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1),
                    _mm256_loadu_si256(at + 2), _mm256_loadu_si256(at + 3)};
    __m256i any = _mm256_or_si256(_mm256_or_si256(c[0], c[1]),
                                  _mm256_or_si256(c[2], c[3]));
    if (__builtin_expect(_mm256_testz_si256(any, any), 1))
        return 0;
    return (uint32_t)!_mm256_testz_si256(c[0], c[0]) |
           (uint32_t)!_mm256_testz_si256(c[1], c[1]) << 1 |
           (uint32_t)!_mm256_testz_si256(c[2], c[2]) << 2 |
           (uint32_t)!_mm256_testz_si256(c[3], c[3]) << 3;
}

__attribute__((target("avx2"))) static void
pass8_avx2(uint8_t *counters, size_t n, const uint8_t *seen, uint32_t first,
           struct coverage_novel *novel)
{
    size_t i = 0;
    if (n < 32) {
        pass8_portable(counters, n, seen, first, novel);
        return;
    }
    for (; i + 128 <= n; i += 128)
        for (uint32_t mask = touched4(counters + i); mask; mask &= mask - 1)
            step8_avx2(counters, seen, first,
                       i + 32 * (size_t)__builtin_ctz(mask), novel);
    /* The last step overlaps the one before it, whose counters are zero. */
    while (i < n) {
        i = i + 32 <= n ? i : n - 32;
        __m256i c =
            _mm256_loadu_si256((const __m256i *)(const void *)(counters + i));
        if (!_mm256_testz_si256(c, c))
            step8_avx2(counters, seen, first, i, novel);
        i += 32;
    }
}

/* Sixteen words of which some are not zero. */
__attribute__((target("avx2"), noinline)) static void
step64_avx2(uint64_t *counters, const uint32_t *index_of_word,
            const uint8_t *seen, uint32_t first, struct coverage_novel *novel)
{
    const __m256i *at = (const __m256i *)(const void *)counters;
    uint32_t zero = 0;
    for (unsigned k = 0; k < 4; k++)
        zero |=
            (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(
                _mm256_loadu_si256(at + k), _mm256_setzero_si256())))
            << (4 * k);
    for (uint32_t mask = zero ^ 0xffff; mask; mask &= mask - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(mask);
        uint32_t index = index_of_word ? index_of_word[i] : first + i;
        if (index != UINT32_MAX)
            step64(counters + i, index, seen, novel);
    }
}

__attribute__((target("avx2"))) static void
pass64_avx2(uint64_t *counters, size_t words, const uint32_t *index_of_word,
            const uint8_t *seen, uint32_t first, struct coverage_novel *novel)
{
    if (words < 16) {
        pass64_portable(counters, words, index_of_word, seen, first, novel);
        return;
    }
    /* The last step overlaps the one before it, whose counters are zero. */
    for (size_t i = 0; i < words; i += 16) {
        i = i + 16 <= words ? i : words - 16;
        const __m256i *at = (const __m256i *)(const void *)(counters + i);
        __m256i any = _mm256_or_si256(
            _mm256_or_si256(_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1)),
            _mm256_or_si256(_mm256_loadu_si256(at + 2),
                            _mm256_loadu_si256(at + 3)));
        if (__builtin_expect(!_mm256_testz_si256(any, any), 0))
            step64_avx2(counters + i, index_of_word ? index_of_word + i : NULL,
                        seen, first + (uint32_t)i, novel);
    }
}

/* By cpuid and xgetbv rather than __builtin_cpu_supports, whose table lives in
 * the compiler's own library. */
static int has_avx2(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6)
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2);
}

#endif

/* Chosen once; the only state of this room. */
static void (*pass8)(uint8_t *, size_t, const uint8_t *, uint32_t,
                     struct coverage_novel *) = pass8_portable;
static void (*pass64)(uint64_t *, size_t, const uint32_t *, const uint8_t *,
                      uint32_t, struct coverage_novel *) = pass64_portable;

coverage_pass8_fn *coverage_best_pass8(void)
{
    return pass8;
}

coverage_pass64_fn *coverage_best_pass64(void)
{
    return pass64;
}

void coverage_init(void)
{
#ifdef COVERAGE_AVX2
    if (has_avx2()) {
        pass8 = pass8_avx2;
        pass64 = pass64_avx2;
    }
#endif
}

void coverage_pass8(uint8_t *counters, size_t n, const uint8_t *seen,
                    uint32_t first, struct coverage_novel *novel)
{
    pass8(counters, n, seen, first, novel);
}

void coverage_pass64(uint64_t *counters, size_t words,
                     const uint32_t *index_of_word, const uint8_t *seen,
                     uint32_t first, struct coverage_novel *novel)
{
    pass64(counters, words, index_of_word, seen, first, novel);
}

void coverage_visit8(uint8_t *counters, size_t n, uint32_t first,
                     void (*visit)(void *ctx, uint32_t index, uint64_t value),
                     void *ctx)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        /* Almost all are zero. */
        while (i + sizeof word <= n &&
               (memcpy(&word, counters + i, sizeof word), word == 0))
            i += sizeof word;
        if (i == n)
            break;
        if (!counters[i])
            continue;
        uint8_t value = counters[i];
        counters[i] = 0;
        visit(ctx, first + (uint32_t)i, value);
    }
}

void coverage_visit64(uint64_t *counters, size_t words,
                      const uint32_t *index_of_word, uint32_t first,
                      void (*visit)(void *ctx, uint32_t index, uint64_t value),
                      void *ctx)
{
    for (size_t i = 0; i < words; i++) {
        uint32_t index = index_of_word ? index_of_word[i] : first + (uint32_t)i;
        if (!counters[i] || index == UINT32_MAX)
            continue;
        uint64_t value = counters[i];
        counters[i] = 0;
        visit(ctx, index, value);
    }
}
