/* SPDX-License-Identifier: MIT
 *
 * Coverage arithmetic: buckets of counter values, and the pass over the
 * counters after each execution. One of the three hot loops. Pure: it works on
 * memory it is given and knows no compiler.
 *
 * Buckets are those of AFL: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more,
 * one bit each, so that the seen-map needs one byte a counter.
 */
#ifndef THRESH_BASE_COVERAGE_H
#define THRESH_BASE_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

/* The bucket bit of a counter value; 0 for 0. */
uint8_t coverage_bucket(uint64_t value);

/* Counter indexes with an unseen bucket, found by one pass. More than fit are
 * counted in `total` and left out. */
#define COVERAGE_NOVEL_MAX 256
struct coverage_novel {
    uint32_t total;
    uint32_t index[COVERAGE_NOVEL_MAX];
};

/* One pass over n one-byte counters whose first has seen-map place seen[0] and
 * index `first`: buckets them, compares with seen, sets them to zero. Appends
 * the counters with a bit that is not in seen to *novel. seen is not changed.
 * Neither pointer needs alignment; nothing outside the n bytes is touched. */
typedef void coverage_pass8(uint8_t *counters, size_t n, const uint8_t *seen,
                            uint32_t first, struct coverage_novel *novel);

/* The same over `words` 64-bit words, of which those with index_of_word[i] !=
 * UINT32_MAX are counters with that index (NULL: all are, from `first`), the
 * others belong to somebody else and are not written. seen is the whole map. */
typedef void coverage_pass64(uint64_t *counters, size_t words,
                             const uint32_t *index_of_word, const uint8_t *seen,
                             uint32_t first, struct coverage_novel *novel);

struct coverage_passes {
    coverage_pass8 *pass8;
    coverage_pass64 *pass64;
};

/* What passes are written for, the faster the later. */
enum coverage_kind {
    COVERAGE_PORTABLE,
    COVERAGE_AVX2,
    COVERAGE_AVX512,
};

/* The last kind that this processor can run; it can run those before, too. */
enum coverage_kind coverage_best(void);

/* The passes of this kind for n counters, and no fewer. */
struct coverage_passes coverage_passes(enum coverage_kind kind, size_t n);

/* What one execution did, counter by counter: the slow pass of calibration.
 * Sets the counters to zero too. Calls visit for each non-zero counter. */
void coverage_visit8(uint8_t *counters, size_t n, uint32_t first,
                     void (*visit)(void *ctx, uint32_t index, uint64_t value),
                     void *ctx);
void coverage_visit64(uint64_t *counters, size_t words,
                      const uint32_t *index_of_word, uint32_t first,
                      void (*visit)(void *ctx, uint32_t index, uint64_t value),
                      void *ctx);

#endif
