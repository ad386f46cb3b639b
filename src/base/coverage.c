/* SPDX-License-Identifier: MIT
 *
 * See coverage.h. The passes come in a portable form (eight bytes at a time)
 * and in forms for AVX2 and AVX-512. In almost every block the counters are
 * zero, and of the others almost all have a bucket that is already seen; both
 * cases leave without looking at single counters. The vectors' forms need as
 * many counters as they look at in their smallest step.
 */
#include "base/coverage.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define COVERAGE_X86 1
#include <cpuid.h>
#include <immintrin.h>
#endif

/* How far `at` is from the next multiple of `alignment` bytes: loads of as many
 * that begin elsewhere touch two lines of the cache, and take twice as long. */
static inline size_t to_aligned(const void *at, size_t alignment)
{
    return -(uintptr_t)at & (alignment - 1);
}

/* By the number of the value's bits, without a branch: what a counter says next
 * cannot be predicted. */
static inline uint8_t bucket_of(uint64_t not_zero)
{
    static const uint8_t of_length[65] = {
        0,   1,   2,   8,   16,  32,  64,  64,  128, 128, 128, 128, 128,
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128};
    unsigned length = 64 - (unsigned)__builtin_clzll(not_zero);
    return (uint8_t)(of_length[length] << (not_zero == 3));
}

uint8_t coverage_bucket(uint64_t value)
{
    return value ? bucket_of(value) : 0;
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
    if (bucket_of(*counter) & ~*seen)
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
    if (bucket_of(*counter) & ~seen[index])
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

#ifdef COVERAGE_X86

/* ---- AVX2 ---- */

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load32(const void *at)
{
    return _mm256_loadu_si256((const __m256i *)at);
}

/* Thirty-two counters: the bits of their buckets that are not in seen, by two
 * table look-ups (low and high nibble). */
AVX2 static inline __m256i unseen32(__m256i counters, const uint8_t *seen)
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
    __m256i is_low = _mm256_cmpeq_epi8(high, _mm256_setzero_si256());
    __m256i bucket =
        _mm256_blendv_epi8(_mm256_shuffle_epi8(high_table, high), low, is_low);
    return _mm256_andnot_si256(load32(seen), bucket);
}

static void note_all(uint64_t mask, uint32_t index,
                     struct coverage_novel *novel)
{
    for (; mask; mask &= mask - 1)
        note(novel, index + (uint32_t)__builtin_ctzll(mask));
}

AVX2 static inline void note32(__m256i unseen, uint32_t index,
                               struct coverage_novel *novel)
{
    uint32_t none = (uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(unseen, _mm256_setzero_si256()));
    note_all(~none, index, novel);
}

/* A step of thirty-two counters, for the ends of a pass. */
AVX2 static void few8_avx2(uint8_t *counters, const uint8_t *seen,
                           uint32_t index, struct coverage_novel *novel)
{
    __m256i c = load32(counters);
    if (_mm256_testz_si256(c, c))
        return;
    _mm256_storeu_si256((__m256i *)(void *)counters, _mm256_setzero_si256());
    note32(unseen32(c, seen), index, novel);
}

/* A block of counters of which some are not zero. */
AVX2 static inline void block8_avx2(uint8_t *counters, const uint8_t *seen,
                                    uint32_t index,
                                    struct coverage_novel *novel)
{
    __m256i unseen[4];
    for (int k = 0; k < 4; k++) {
        unseen[k] = unseen32(load32(counters + 32 * k), seen + 32 * k);
        _mm256_storeu_si256((__m256i *)(void *)(counters + 32 * k),
                            _mm256_setzero_si256());
    }
    __m256i any = _mm256_or_si256(_mm256_or_si256(unseen[0], unseen[1]),
                                  _mm256_or_si256(unseen[2], unseen[3]));
    if (__builtin_expect(_mm256_testz_si256(any, any), 1))
        return;
    for (uint32_t k = 0; k < 4; k++)
        note32(unseen[k], index + 32 * k, novel);
}

AVX2 static void pass8_avx2(uint8_t *counters, size_t n, const uint8_t *seen,
                            uint32_t first, struct coverage_novel *novel)
{
    size_t i = to_aligned(counters, 32);
    if (i)
        few8_avx2(counters, seen, first, novel);
    for (; i + 128 <= n; i += 128) {
        const uint8_t *at = counters + i;
        __m256i any =
            _mm256_or_si256(_mm256_or_si256(load32(at), load32(at + 32)),
                            _mm256_or_si256(load32(at + 64), load32(at + 96)));
        if (!_mm256_testz_si256(any, any))
            block8_avx2(counters + i, seen + i, first + (uint32_t)i, novel);
    }
    /* The last step overlaps the one before it, whose counters are zero. */
    for (; i < n; i += 32) {
        i = i + 32 <= n ? i : n - 32;
        few8_avx2(counters + i, seen + i, first + (uint32_t)i, novel);
    }
}

/* Words of which those in the mask are not zero. */
static inline void words64(uint64_t *counters, uint32_t mask,
                           const uint32_t *index_of_word, const uint8_t *seen,
                           uint32_t first, struct coverage_novel *novel)
{
    for (; mask; mask &= mask - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(mask);
        uint32_t index = index_of_word ? index_of_word[i] : first + i;
        if (index != UINT32_MAX)
            step64(counters + i, index, seen, novel);
    }
}

/* Sixteen words of which some are not zero. */
AVX2 static __attribute__((noinline)) void
block64_avx2(uint64_t *counters, const uint32_t *index_of_word,
             const uint8_t *seen, uint32_t first, struct coverage_novel *novel)
{
    uint32_t zero = 0;
    for (unsigned k = 0; k < 4; k++)
        zero |=
            (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(
                load32(counters + 4 * k), _mm256_setzero_si256())))
            << (4 * k);
    words64(counters, zero ^ 0xffff, index_of_word, seen, first, novel);
}

AVX2 static void pass64_avx2(uint64_t *counters, size_t words,
                             const uint32_t *index_of_word, const uint8_t *seen,
                             uint32_t first, struct coverage_novel *novel)
{
    size_t i = to_aligned(counters, 32) / sizeof *counters;
    if (i)
        block64_avx2(counters, index_of_word, seen, first, novel);
    /* The last step overlaps the one before it, whose counters are zero. */
    for (; i < words; i += 16) {
        i = i + 16 <= words ? i : words - 16;
        const uint64_t *at = counters + i;
        __m256i any =
            _mm256_or_si256(_mm256_or_si256(load32(at), load32(at + 4)),
                            _mm256_or_si256(load32(at + 8), load32(at + 12)));
        if (__builtin_expect(!_mm256_testz_si256(any, any), 0))
            block64_avx2(counters + i, index_of_word ? index_of_word + i : NULL,
                         seen, first + (uint32_t)i, novel);
    }
}

/* ---- AVX-512 (F and BW) ---- */

#define AVX512 __attribute__((target("avx512f,avx512bw")))

AVX512 static inline __m512i load64(const void *at)
{
    return _mm512_loadu_si512(at);
}

/* As unseen32(), for sixty-four. */
AVX512 static inline __m512i unseen64(__m512i counters, const uint8_t *seen)
{
    const __m512i low_table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16));
    const __m512i high_table = _mm512_broadcast_i32x4(_mm_setr_epi8(
        0, 32, 64, 64, 64, 64, 64, 64, (char)128, (char)128, (char)128,
        (char)128, (char)128, (char)128, (char)128, (char)128));
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(counters, 4), nibble);
    __m512i low =
        _mm512_shuffle_epi8(low_table, _mm512_and_si512(counters, nibble));
    __m512i bucket = _mm512_mask_shuffle_epi8(
        low, _mm512_test_epi8_mask(high, high), high_table, high);
    return _mm512_andnot_si512(load64(seen), bucket);
}

/* A step of sixty-four, as above. */
AVX512 static void few8_avx512(uint8_t *counters, const uint8_t *seen,
                               uint32_t index, struct coverage_novel *novel)
{
    __m512i c = load64(counters);
    if (!_mm512_test_epi8_mask(c, c))
        return;
    __m512i unseen = unseen64(c, seen);
    _mm512_storeu_si512(counters, _mm512_setzero_si512());
    note_all(_mm512_test_epi8_mask(unseen, unseen), index, novel);
}

AVX512 static inline void block8_avx512(uint8_t *counters, const uint8_t *seen,
                                        uint32_t index,
                                        struct coverage_novel *novel)
{
    __m512i a = unseen64(load64(counters), seen);
    __m512i b = unseen64(load64(counters + 64), seen + 64);
    _mm512_storeu_si512(counters, _mm512_setzero_si512());
    _mm512_storeu_si512(counters + 64, _mm512_setzero_si512());
    __m512i any = _mm512_or_si512(a, b);
    if (__builtin_expect(!_mm512_test_epi8_mask(any, any), 1))
        return;
    note_all(_mm512_test_epi8_mask(a, a), index, novel);
    note_all(_mm512_test_epi8_mask(b, b), index + 64, novel);
}

AVX512 static void pass8_avx512(uint8_t *counters, size_t n,
                                const uint8_t *seen, uint32_t first,
                                struct coverage_novel *novel)
{
    size_t i = to_aligned(counters, 64);
    if (i)
        few8_avx512(counters, seen, first, novel);
    for (; i + 256 <= n; i += 256) {
        const uint8_t *at = counters + i;
        __m512i front = _mm512_or_si512(load64(at), load64(at + 64));
        __m512i back = _mm512_or_si512(load64(at + 128), load64(at + 192));
        __m512i any = _mm512_or_si512(front, back);
        if (!_mm512_test_epi8_mask(any, any))
            continue;
        if (_mm512_test_epi8_mask(front, front))
            block8_avx512(counters + i, seen + i, first + (uint32_t)i, novel);
        if (_mm512_test_epi8_mask(back, back))
            block8_avx512(counters + i + 128, seen + i + 128,
                          first + (uint32_t)i + 128, novel);
    }
    /* The last step overlaps the one before it, whose counters are zero. */
    for (; i < n; i += 64) {
        i = i + 64 <= n ? i : n - 64;
        few8_avx512(counters + i, seen + i, first + (uint32_t)i, novel);
    }
}

/* Thirty-two words of which some are not zero. */
AVX512 static __attribute__((noinline)) void
block64_avx512(uint64_t *counters, const uint32_t *index_of_word,
               const uint8_t *seen, uint32_t first,
               struct coverage_novel *novel)
{
    uint32_t mask = 0;
    for (unsigned k = 0; k < 4; k++) {
        __m512i c = load64(counters + 8 * k);
        mask |= (uint32_t)_mm512_test_epi64_mask(c, c) << (8 * k);
    }
    words64(counters, mask, index_of_word, seen, first, novel);
}

AVX512 static void pass64_avx512(uint64_t *counters, size_t words,
                                 const uint32_t *index_of_word,
                                 const uint8_t *seen, uint32_t first,
                                 struct coverage_novel *novel)
{
    size_t i = to_aligned(counters, 64) / sizeof *counters;
    if (i)
        block64_avx512(counters, index_of_word, seen, first, novel);
    /* The last step overlaps the one before it, whose counters are zero. */
    for (; i < words; i += 32) {
        i = i + 32 <= words ? i : words - 32;
        const uint64_t *at = counters + i;
        __m512i any =
            _mm512_or_si512(_mm512_or_si512(load64(at), load64(at + 8)),
                            _mm512_or_si512(load64(at + 16), load64(at + 24)));
        if (__builtin_expect(_mm512_test_epi64_mask(any, any) != 0, 0))
            block64_avx512(counters + i,
                           index_of_word ? index_of_word + i : NULL, seen,
                           first + (uint32_t)i, novel);
    }
}

/* ---- which the processor has ---- */

/* The state that the system keeps, a bit for each kind of register. */
static unsigned kept_state(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* By cpuid and xgetbv rather than __builtin_cpu_supports, whose table lives in
 * the compiler's own library. */
enum coverage_kind coverage_best(void)
{
    const unsigned for_avx2 = 0x06, for_avx512 = 0xe6;
    const unsigned wide = bit_AVX512F | bit_AVX512BW;
    unsigned a, b, c, d;
    unsigned state = kept_state();
    if ((state & for_avx2) != for_avx2 ||
        !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2))
        return COVERAGE_PORTABLE;
    bool has_wide = (state & for_avx512) == for_avx512 && (b & wide) == wide;
    return has_wide ? COVERAGE_AVX512 : COVERAGE_AVX2;
}

#else

enum coverage_kind coverage_best(void)
{
    return COVERAGE_PORTABLE;
}

#endif

struct coverage_passes coverage_passes(enum coverage_kind kind, size_t n)
{
    struct coverage_passes passes = {pass8_portable, pass64_portable};
#ifdef COVERAGE_X86
    if (kind >= COVERAGE_AVX2 && n >= 32)
        passes.pass8 = pass8_avx2;
    if (kind >= COVERAGE_AVX2 && n >= 16)
        passes.pass64 = pass64_avx2;
    if (kind >= COVERAGE_AVX512 && n >= 64)
        passes.pass8 = pass8_avx512;
    if (kind >= COVERAGE_AVX512 && n >= 32)
        passes.pass64 = pass64_avx512;
#else
    (void)kind;
    (void)n;
#endif
    return passes;
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
