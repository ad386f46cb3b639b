/* SPDX-License-Identifier: MIT
 *
 * Weights of entries: who is worth more than whom, and length control.
 */
#include "unit.h"

#include "coordinator/corpus.h"
#include "coordinator/schedule.h"

/* An entry like most: owns a feature, costs little, has been used. */
static struct entry ordinary(void)
{
    return (struct entry){
        .bytes = 10, .owned = 1, .cost = 100, .picks = 1000000};
}

/* Which of two entries, alone in a corpus, weighs more: the first? */
static bool outweighs(struct entry a, struct entry b)
{
    struct entry pair[2] = {a, b};
    uint32_t weight[2];
    schedule_weigh(pair, 2, weight);
    assert_int_not_equal(weight[0], weight[1]);
    return weight[0] > weight[1];
}

static void test_what_makes_an_entry_worth_more(void **state)
{
    (void)state;
    struct entry a = ordinary(), b;
    b = a, b.owned = 0;
    assert_true(outweighs(a, b));
    b = a, b.owned = 8;
    assert_true(outweighs(b, a));
    b = a, b.picks = 0;
    assert_true(outweighs(b, a));
    b = a, b.cost = 100000;
    assert_true(outweighs(a, b));
    b = a, b.bytes = 4000;
    assert_true(outweighs(a, b));
    b.focused = true;
    assert_true(outweighs(b, a));
}

static void test_a_disabled_entry_is_never_used(void **state)
{
    (void)state;
    struct entry pair[2] = {ordinary(), ordinary()};
    uint32_t weight[2];
    pair[0].disabled = true;
    pair[0].owned = 100;
    schedule_weigh(pair, 2, weight);
    assert_int_equal(weight[0], 0);
    assert_true(weight[1] > 0);
}

static void test_every_other_entry_has_some_weight(void **state)
{
    (void)state;
    struct entry worst = {
        .bytes = UINT32_MAX, .cost = UINT64_MAX, .picks = 1e18};
    struct entry pair[2] = {worst, ordinary()};
    uint32_t weight[2];
    schedule_weigh(pair, 2, weight);
    assert_true(weight[0] > 0 && weight[0] < weight[1]);
}

static void test_price_is_work_times_length(void **state)
{
    (void)state;
    struct entry a = ordinary(), b = ordinary();
    assert_true(schedule_price(&a) == schedule_price(&b));
    b.bytes++;
    assert_true(schedule_price(&a) < schedule_price(&b));
    b = a, b.cost++;
    assert_true(schedule_price(&a) < schedule_price(&b));
    struct entry nothing = {.bytes = 0};
    assert_true(schedule_price(&nothing) > 0);
}

static void test_executions_are_spread_by_weight(void **state)
{
    (void)state;
    struct entry entries[3] = {{.picks = 5}, {.picks = 0}, {.picks = 0}};
    uint32_t weights[3] = {1, 0, 3};
    schedule_spend(entries, 3, weights, 400);
    assert_true(entries[0].picks == 105);
    assert_true(entries[1].picks == 0);
    assert_true(entries[2].picks == 300);

    uint32_t none[3] = {0, 0, 0};
    schedule_spend(entries, 3, none, 400);
    assert_true(entries[0].picks == 105);
}

static void test_mutants_are_chained_where_executions_are_cheap(void **state)
{
    (void)state;
    struct entry pair[2] = {ordinary(), ordinary()};
    pair[0].cost = pair[1].cost = 10;
    assert_int_equal(schedule_chain(pair, 2), 18);
    pair[1].cost = 1000;
    assert_int_equal(schedule_chain(pair, 2), 1);
    pair[1].disabled = true;
    assert_int_equal(schedule_chain(pair, 2), 18);
}

static void test_length_starts_near_the_corpus(void **state)
{
    (void)state;
    struct length_control l;
    length_init(&l, 3, 4096);
    assert_int_equal(l.limit, 4);
    length_init(&l, 20, 4096);
    assert_int_equal(l.limit, 20);
    length_step(&l, 0);
    assert_int_equal(l.limit, 64);
    length_init(&l, 1000, 4096);
    assert_int_equal(l.limit, 1000);
    length_init(&l, 5, 7);
    length_step(&l, 0);
    assert_int_equal(l.limit, 7);
}

static void test_length_rises_while_nothing_is_found(void **state)
{
    (void)state;
    struct length_control l;
    length_init(&l, 0, 100);
    length_step(&l, 100);
    assert_int_equal(l.limit, 64);
    length_step(&l, 610); /* more than 100 * log2(64) */
    assert_int_equal(l.limit, 70);
    length_step(&l, 610 + 60); /* and then without waiting so long again */
    assert_int_equal(l.limit, 76);
    length_step(&l, 1000000);
    assert_int_equal(l.limit, 100);
}

static void test_length_rises_as_slowly_as_wanted(void **state)
{
    (void)state;
    struct length_control l;
    length_init(&l, 0, 100);
    l.slowness = 1000;
    length_step(&l, 6000);
    assert_int_equal(l.limit, 64);
    length_step(&l, 6010);
    assert_int_equal(l.limit, 70);
    length_step(&l, 6010 + 590);
    assert_int_equal(l.limit, 70);
    length_init(&l, 0, 100);
    l.slowness = 1; /* no pace is too quick to end */
    length_step(&l, 1000000);
    assert_int_equal(l.limit, 100);
}

static void test_a_find_delays_the_rise_and_may_cause_one(void **state)
{
    (void)state;
    struct length_control l;
    length_init(&l, 0, 4096);
    length_found(&l, 10, 600);
    length_step(&l, 1100);
    assert_int_equal(l.limit, 64);
    length_found(&l, 200, 1100);
    assert_int_equal(l.limit, 200);
    length_found(&l, 9999, 1200);
    assert_int_equal(l.limit, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_makes_an_entry_worth_more),
        cmocka_unit_test(test_a_disabled_entry_is_never_used),
        cmocka_unit_test(test_every_other_entry_has_some_weight),
        cmocka_unit_test(test_price_is_work_times_length),
        cmocka_unit_test(test_executions_are_spread_by_weight),
        cmocka_unit_test(test_mutants_are_chained_where_executions_are_cheap),
        cmocka_unit_test(test_length_starts_near_the_corpus),
        cmocka_unit_test(test_length_rises_while_nothing_is_found),
        cmocka_unit_test(test_length_rises_as_slowly_as_wanted),
        cmocka_unit_test(test_a_find_delays_the_rise_and_may_cause_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
