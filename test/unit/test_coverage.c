/* SPDX-License-Identifier: MIT
 *
 * The passes over counters, each compared with a plain loop over all values,
 * sizes and alignments that take another path.
 */
#include "unit.h"

#include "base/coverage.h"
#include "base/rng.h"

#define N 700

static void buckets_are_afls(void **state)
{
    static const struct {
        uint64_t value;
        uint8_t bucket;
    } rows[] = {{0, 0},   {1, 1},    {2, 2},     {3, 4},           {4, 8},
                {7, 8},   {8, 16},   {15, 16},   {16, 32},         {31, 32},
                {32, 64}, {127, 64}, {128, 128}, {UINT64_MAX, 128}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(coverage_bucket(rows[i].value), rows[i].bucket);
}

struct case8 {
    uint8_t counters[N + 2];
    uint8_t seen[N + 2];
};

static void fill8(struct case8 *c, struct rng *rng, uint32_t density)
{
    for (size_t i = 0; i < N + 2; i++) {
        c->counters[i] =
            rng_below(rng, 100) < density ? (uint8_t)rng_next(rng) : 0;
        c->seen[i] = rng_below(rng, 4) ? 0xff : (uint8_t)rng_next(rng);
    }
}

static void check8(enum coverage_kind kind, struct case8 *c, size_t from,
                   size_t n)
{
    struct coverage_novel got = {0};
    struct case8 before = *c;
    coverage_passes(kind, n).pass8(c->counters + from, n, c->seen + from, 1000,
                                   &got);
    uint32_t total = 0;
    for (size_t i = from; i < from + n; i++) {
        if (!(coverage_bucket(before.counters[i]) & ~before.seen[i]))
            continue;
        if (total < COVERAGE_NOVEL_MAX)
            assert_int_equal(got.index[total], 1000 + i - from);
        total++;
    }
    assert_int_equal(got.total, total);
    for (size_t i = 0; i < N + 2; i++) {
        bool inside = i >= from && i < from + n;
        assert_int_equal(c->counters[i], inside ? 0 : before.counters[i]);
    }
    assert_memory_equal(c->seen, before.seen, sizeof c->seen);
}

static void pass8_agrees_with_a_loop(void **state)
{
    struct rng rng = {7};
    struct case8 c;
    (void)state;
    for (unsigned kind = 0; kind <= coverage_best(); kind++)
        for (uint32_t round = 0; round < 3000; round++) {
            fill8(&c, &rng, round % 3 == 0 ? 1 : round % 3 == 1 ? 30 : 100);
            size_t from = rng_below(&rng, 3);
            check8(kind, &c, from, rng_below(&rng, N + 1));
        }
}

/* Some words, of which some are not zero and some are nobody's. */
static void check64(enum coverage_kind kind, struct rng *rng, uint32_t zeros)
{
    uint64_t counters[100], before[100];
    uint32_t index_of[100];
    uint8_t seen[100];
    uint32_t next = 0, total = 0;
    size_t n = rng_below(rng, 101);
    for (size_t i = 0; i < n; i++) {
        counters[i] = rng_below(rng, zeros)
                          ? 0
                          : rng_next(rng) >> (24 + rng_below(rng, 40));
        before[i] = counters[i];
        index_of[i] = rng_below(rng, 4) ? next++ : UINT32_MAX;
    }
    for (size_t i = 0; i < 100; i++)
        seen[i] = (uint8_t)rng_next(rng);
    struct coverage_novel got = {0};
    coverage_passes(kind, n).pass64(counters, n, index_of, seen, 0, &got);
    for (size_t i = 0; i < n; i++) {
        if (index_of[i] == UINT32_MAX) {
            assert_true(counters[i] == before[i]);
            continue;
        }
        assert_true(counters[i] == 0);
        if (coverage_bucket(before[i]) & ~seen[index_of[i]])
            assert_int_equal(got.index[total++], index_of[i]);
    }
    assert_int_equal(got.total, total);
}

static void pass64_leaves_holes_alone(void **state)
{
    struct rng rng = {9};
    (void)state;
    for (unsigned kind = 0; kind <= coverage_best(); kind++)
        for (uint32_t round = 0; round < 2000; round++)
            check64(kind, &rng, round % 2 ? 3 : 40);
}

struct visited {
    uint32_t n;
    uint64_t sum;
};

static void visit(void *ctx, uint32_t index, uint64_t value)
{
    struct visited *v = ctx;
    v->n++;
    v->sum += value * (index + 1);
}

static void visits_see_and_clear_what_is_there(void **state)
{
    uint8_t small[5] = {0, 200, 0, 0, 1};
    uint64_t large[3] = {5, 0, 1u << 20};
    struct visited v = {0};
    (void)state;
    coverage_visit8(small, 5, 10, visit, &v);
    assert_int_equal(v.n, 2);
    assert_true(v.sum == 200 * 12 + 15);
    assert_int_equal(small[1] | small[4], 0);
    v = (struct visited){0};
    coverage_visit64(large, 3, NULL, 0, visit, &v);
    assert_int_equal(v.n, 2);
    assert_true(v.sum == 5 + (1u << 20) * 3ull);
    assert_true(large[0] == 0 && large[2] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_afls),
        cmocka_unit_test(pass8_agrees_with_a_loop),
        cmocka_unit_test(pass64_leaves_holes_alone),
        cmocka_unit_test(visits_see_and_clear_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
