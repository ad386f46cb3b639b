/* SPDX-License-Identifier: MIT
 *
 * Mutation of bytes: what must hold for any seed, size, limit and operator,
 * and how operators are drawn. What each one does is in
 * test_mutate_operators.c.
 */
#include "mutate_check.h"

static const char *const names[] = {
#define OPERATOR_NAME(name, weight) #name,
    MUTATE_OPERATORS(OPERATOR_NAME)
#undef OPERATOR_NAME
};

static size_t draw_size(size_t most)
{
    uint64_t draw = rng_next(&draws);
    size_t small = most < 40 ? most : 40;
    return draw & 7 ? draw / 8 % (small + 1) : draw / 8 % (most + 1);
}

static void test_stays_within_its_limits(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60000; seed++) {
        size_t max = 1 + draw_size(MAX_SIZE - 1);
        size_t size = draw_size(max);
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = draw_size(sizeof other);
        fill(data, size, seed & 1);
        fill(other, m.other_size, seed & 2);
        mutate_checked(&m, size, max);
    }
}

/* `other` is never read outside: with ASan, from memory of its exact size. */
static void test_other_may_be_of_any_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 100; size++) {
        uint8_t *exact = malloc(size + !size);
        assert_non_null(exact);
        fill(exact, size, false);
        for (uint64_t seed = 0; seed < 300; seed++) {
            struct mutate m = {.rng = {seed}, .table = table};
            m.other = size ? exact : NULL;
            m.other_size = size;
            fill(data, 50, false);
            mutate_checked(&m, 50, seed & 1 ? 60 : 400);
        }
        free(exact);
    }
}

/* Nor is the data: what is only written as it was is no less outside. */
static void test_data_may_end_where_memory_does(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        size_t max = 1 + seed % 150;
        size_t size = draw_size(max);
        uint8_t *exact = malloc(max);
        assert_non_null(exact);
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = 40;
        fill(exact, size, seed & 1);
        assert_true(mutate_bytes(&m, exact, size, max) <= max);
        free(exact);
    }
}

static void test_longer_data_is_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        size_t max = 1 + seed % 20;
        fill(data, max, true);
        mutate_checked(&m, MAX_SIZE, max);
    }
}

/* What it does must not depend on what lies between size and max. */
static void test_depends_on_the_input_alone(void **state)
{
    (void)state;
    static uint8_t copy[MAX_SIZE];
    static uint8_t result[MAX_SIZE];
    for (uint64_t seed = 0; seed < 20000; seed++) {
        size_t max = 1 + draw_size(300);
        size_t size = draw_size(max);
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = draw_size(sizeof other);
        fill(copy, size, seed & 1);

        struct mutate first = m;
        memset(data, 0x11, MAX_SIZE);
        memcpy(data, copy, size);
        size_t first_size = mutate_checked(&first, size, max);
        memcpy(result, data, first_size);

        struct mutate second = m;
        memset(data, 0x99, MAX_SIZE);
        memcpy(data, copy, size);
        size_t second_size = mutate_checked(&second, size, max);
        assert_int_equal(first_size, second_size);
        assert_memory_equal(result, data, first_size);
        assert_true(first.trail == second.trail);
        assert_true(first.rng.state == second.rng.state);
    }
}

/* Each operator applies to ordinary data, and changes it when it says so. */
static void test_every_operator_works(void **state)
{
    (void)state;
    static uint8_t before[200];
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        unsigned worked = 0;
        unsigned same = 0;
        choose_only(op);
        for (uint64_t seed = 0; seed < 2000; seed++) {
            size_t size = 4 + seed % 150;
            struct mutate m = {.rng = {seed}, .table = table, .other = other};
            m.other_size = 1 + seed % sizeof other;
            m.tokens = check_tokens;
            fill(other, sizeof other, false);
            fill(data, size, true);
            memcpy(before, data, size);
            size_t now = mutate_checked(&m, size, MAX_SIZE);
            assert_true(m.trail == 0 || made_by(m.trail) == 1ull << op);
            bool equal = now == size && !memcmp(data, before, size);
            assert_true(equal || m.trail);
            worked += m.trail != 0;
            same += equal && m.trail;
        }
        if (worked < 1950 || same > 150)
            fail_msg("%s: worked %u times, in vain %u", names[op], worked,
                     same);
    }
}

/* With the default weights all come to be used. */
static void test_trails_name_every_operator(void **state)
{
    (void)state;
    uint64_t used = 0;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = 20;
        m.tokens = check_tokens;
        fill(data, 30, true);
        mutate_checked(&m, 30, 100);
        used |= made_by(m.trail);
    }
    assert_true(used == (1ull << MUTATE_COUNT) - 1);
}

/* Some operators do nothing to data that has no place for them: it must end,
 * and say that nothing was done. */
static void test_operators_that_do_not_apply(void **state)
{
    (void)state;
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        choose_only(op);
        for (uint64_t seed = 0; seed < 200; seed++) {
            struct mutate m = {.rng = {seed}, .table = table};
            size_t now = mutate_checked(&m, 0, 1);
            assert_true(now || !m.trail);
            data[0] = 'x';
            m.trail = 0;
            now = mutate_checked(&m, 1, 1);
            assert_true(m.trail || (now == 1 && data[0] == 'x'));
        }
    }
}

static void test_empty_data_grows(void **state)
{
    (void)state;
    unsigned grown = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        grown += mutate_checked(&m, 0, 50) > 0;
    }
    assert_in_range(grown, 950, 1000);
}

/* Once more the same operator, elsewhere; another where it is in vain. */
static void test_again_repeats_the_last(void **state)
{
    (void)state;
    static uint8_t before[60];
    unsigned same = 0;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = 20;
        fill(data, 30, true);
        size_t size = mutate_checked(&m, 30, sizeof before);
        unsigned last = m.last;
        assert_true(made_by(m.trail) >> last & 1);
        m.trail = 0;
        memcpy(before, data, size);
        size_t now = mutate_checked_by(mutate_again, &m, size, sizeof before);
        if (now == size && memcmp(before, data, size) == 0)
            same++;
        assert_true(made_by(m.trail) == 1ull << m.last);
    }
    assert_in_range(same, 0, 100);
}

static void test_again_is_as_good_as_drawn(void **state)
{
    (void)state;
    unsigned worked = 0;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct mutate m = {
            .rng = {seed}, .table = table, .last = MUTATE_TRUNCATE};
        worked += mutate_checked_by(mutate_again, &m, 0, 50) > 0;
        assert_true(m.last != MUTATE_TRUNCATE || !m.trail);
    }
    assert_in_range(worked, 475, 500);
}

/* The tables for special cases hold exactly the operators that can do
 * something there: an operator that is not listed would never be drawn. */
static void test_tables_hold_what_applies(void **state)
{
    (void)state;
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        bool from_nothing = false;
        bool alone = false;
        choose_only(op);
        for (uint64_t seed = 0; seed < 300; seed++) {
            struct mutate m = {.rng = {seed}, .table = table};
            m.tokens = check_tokens;
            mutate_checked(&m, 0, 50);
            from_nothing |= m.trail != 0;
            m.trail = 0;
            fill(data, 40, true);
            mutate_checked(&m, 40, 50);
            alone |= m.trail != 0;
        }
        if (from_nothing != mutate_applies_to_nothing(op) ||
            alone != !mutate_needs_other(op))
            fail_msg("%s: %d %d", names[op], from_nothing, alone);
    }
}

static void test_tables_keep_the_proportions(void **state)
{
    (void)state;
    struct mutate_tables t;
    unsigned all[MUTATE_COUNT] = {0};
    unsigned alone[MUTATE_COUNT] = {0};
    unsigned from_nothing[MUTATE_COUNT] = {0};
    mutate_fill_tables(&t, NULL);
    for (size_t i = 0; i < 256; i++) {
        all[t.all[i]]++;
        alone[t.alone[i]]++;
        from_nothing[t.from_nothing[i]]++;
    }
    unsigned kept = 0;
    unsigned rest = 0;
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        kept += mutate_needs_other(op) ? 0 : all[op];
        rest += mutate_applies_to_nothing(op) ? all[op] : 0;
    }
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        unsigned wanted = mutate_needs_other(op) ? 0 : all[op] * 256 / kept;
        assert_in_range(alone[op], wanted, wanted + (wanted > 0));
        wanted = mutate_applies_to_nothing(op) ? all[op] * 256 / rest : 0;
        assert_in_range(from_nothing[op], wanted, wanted + (wanted > 0));
    }
    /* Without any that applies, what was asked for. */
    uint8_t weights[MUTATE_COUNT] = {[MUTATE_CROSS] = 1};
    mutate_fill_tables(&t, weights);
    assert_int_equal(t.alone[0], MUTATE_CROSS);
    assert_int_equal(t.from_nothing[255], MUTATE_CROSS);
}

/* The number of operators, seen by letting each change one byte of many. */
static void test_stack_is_mostly_small(void **state)
{
    (void)state;
    unsigned single = 0;
    uint64_t changed = 0;
    choose_only(MUTATE_INCREMENT_BYTE);
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        memset(data, 100, MAX_SIZE);
        mutate_checked(&m, MAX_SIZE, MAX_SIZE);
        unsigned n = 0;
        for (size_t i = 0; i < MAX_SIZE; i++)
            n += data[i] != 100;
        assert_in_range(n, 1, 16);
        single += n == 1;
        changed += n;
    }
    assert_in_range(single, 1850, 2150);
    assert_in_range(changed, 8000, 12000);
}

static void test_table_follows_the_weights(void **state)
{
    (void)state;
    uint8_t weights[MUTATE_COUNT] = {0};
    unsigned count[MUTATE_COUNT] = {0};
    /* One so heavy that the others get no more than their one place. */
    memset(weights, 1, sizeof weights);
    weights[MUTATE_DELETE] = 255;
    weights[MUTATE_CROSS] = 0;
    mutate_fill_table(table, weights);
    for (size_t i = 0; i < 256; i++) {
        assert_in_range(table[i], 0, MUTATE_COUNT - 1);
        count[table[i]]++;
    }
    for (unsigned op = 0; op < MUTATE_COUNT; op++) {
        unsigned wanted = op == MUTATE_DELETE  ? 256 - (MUTATE_COUNT - 2)
                          : op == MUTATE_CROSS ? 0
                                               : 1;
        assert_int_equal(count[op], wanted);
    }
    memset(weights, 0, sizeof weights);
    weights[3] = 30;
    weights[4] = 10;
    mutate_fill_table(table, weights);
    for (size_t i = 0; i < 256; i++)
        assert_int_equal(table[i], i < 192 ? 3 : 4);
}

static void test_default_table(void **state)
{
    (void)state;
    static const unsigned weights[] = {
#define OPERATOR_WEIGHT(name, weight) (weight),
        MUTATE_OPERATORS(OPERATOR_WEIGHT)
#undef OPERATOR_WEIGHT
    };
    unsigned total = 0;
    unsigned count[MUTATE_COUNT] = {0};
    for (size_t op = 0; op < MUTATE_COUNT; op++)
        total += weights[op];
    for (size_t i = 0; i < 256; i++)
        count[table[i]]++;
    for (size_t op = 0; op < MUTATE_COUNT; op++) {
        unsigned exact = 256 * weights[op] / total;
        assert_in_range(count[op], exact ? exact : 1, exact + 1);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, check_setup)
    const struct CMUnitTest tests[] = {
        TEST(test_stays_within_its_limits),
        TEST(test_other_may_be_of_any_size),
        TEST(test_data_may_end_where_memory_does),
        TEST(test_longer_data_is_cut),
        TEST(test_depends_on_the_input_alone),
        TEST(test_every_operator_works),
        TEST(test_trails_name_every_operator),
        TEST(test_operators_that_do_not_apply),
        TEST(test_empty_data_grows),
        TEST(test_again_repeats_the_last),
        TEST(test_again_is_as_good_as_drawn),
        TEST(test_tables_hold_what_applies),
        TEST(test_tables_keep_the_proportions),
        TEST(test_stack_is_mostly_small),
        TEST(test_table_follows_the_weights),
        TEST(test_default_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
