/* SPDX-License-Identifier: MIT
 *
 * The alias table: the probabilities it holds, summed up exactly, are those of
 * the weights, and drawing obeys it.
 */
#include "unit.h"

#include "base/alias.h"

#define MAX_ITEMS 1000

static struct alias_place table[MAX_ITEMS];
static uint32_t weights[MAX_ITEMS];

/* Checks that the table gives each item its share, to one in 2^32 for each
 * place that adds to it. */
static void check_table(uint32_t n)
{
    static uint64_t sum[MAX_ITEMS];
    memset(sum, 0, sizeof sum);
    alias_build(table, weights, n);
    double total = 0;
    for (uint32_t i = 0; i < n; i++) {
        assert_in_range(table[i].other, 0, n - 1);
        sum[i] += table[i].threshold;
        sum[table[i].other] += (1ull << 32) - table[i].threshold;
        total += weights[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        double wanted = total > 0 ? weights[i] / total : 1.0 / n;
        double got = (double)sum[i] / 4294967296.0 / n;
        assert_true(got - wanted < 1e-9 && wanted - got < 1e-9);
        if (total > 0 && !weights[i])
            assert_int_equal(sum[i], 0);
    }
}

static void test_one_item(void **state)
{
    (void)state;
    struct rng rng = {1};
    weights[0] = 5;
    check_table(1);
    assert_int_equal(alias_pick(table, 1, &rng), 0);
    weights[0] = 0;
    check_table(1);
    assert_int_equal(alias_pick(table, 1, &rng), 0);
}

static void test_equal_weights(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MAX_ITEMS; i++)
        weights[i] = 7;
    check_table(MAX_ITEMS);
    check_table(3);
}

static void test_no_weight_at_all_is_uniform(void **state)
{
    (void)state;
    memset(weights, 0, sizeof weights);
    check_table(10);
}

static void test_extreme_weights(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MAX_ITEMS; i++)
        weights[i] = UINT32_MAX;
    check_table(MAX_ITEMS);
    for (uint32_t i = 0; i < MAX_ITEMS; i++)
        weights[i] = i % 3 ? 0 : UINT32_MAX - i;
    check_table(MAX_ITEMS);
    memset(weights, 0, sizeof weights);
    weights[MAX_ITEMS - 1] = 1;
    check_table(MAX_ITEMS);
    weights[0] = UINT32_MAX;
    check_table(MAX_ITEMS);
}

static void test_random_weights(void **state)
{
    (void)state;
    struct rng rng = {2};
    for (int round = 0; round < 300; round++) {
        uint32_t n = 1 + rng_below(&rng, round < 200 ? 8 : MAX_ITEMS);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t draw = rng_next(&rng);
            weights[i] = (uint32_t)(draw >> 32) >> (draw & 31);
            if (draw >> 5 & 1)
                weights[i] = 0;
        }
        check_table(n);
    }
}

static void test_picks_follow_the_weights(void **state)
{
    (void)state;
    const uint32_t w[5] = {0, 1, 2, 0, 7};
    uint32_t count[5] = {0};
    struct rng rng = {3};
    alias_build(table, w, 5);
    for (int i = 0; i < 100000; i++)
        count[alias_pick(table, 5, &rng)]++;
    assert_int_equal(count[0], 0);
    assert_in_range(count[1], 9500, 10500);
    assert_in_range(count[2], 19400, 20600);
    assert_int_equal(count[3], 0);
    assert_in_range(count[4], 69300, 70700);
}

/* Other compilers and machines must build the same table. */
static void test_table_is_fixed(void **state)
{
    (void)state;
    const uint32_t w[4] = {1, 2, 3, 1};
    const struct alias_place wanted[4] = {
        {2454267026u, 1}, {3067833782u, 2}, {0, 2}, {2454267026u, 2}};
    alias_build(table, w, 4);
    assert_memory_equal(table, wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_item),
        cmocka_unit_test(test_equal_weights),
        cmocka_unit_test(test_no_weight_at_all_is_uniform),
        cmocka_unit_test(test_extreme_weights),
        cmocka_unit_test(test_random_weights),
        cmocka_unit_test(test_picks_follow_the_weights),
        cmocka_unit_test(test_table_is_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
