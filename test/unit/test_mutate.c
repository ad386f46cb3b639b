/* SPDX-License-Identifier: MIT
 *
 * Mutation of bytes: what must hold for any seed, size and limit, and that
 * every operator does its work. Data lies between canaries, and past its end
 * there is never more than `max`.
 */
#include "unit.h"

#include "base/mutate.h"

#define CANARY   0xc5
#define MARGIN   96
#define MAX_SIZE 5000

static const char *const names[] = {
#define OPERATOR_NAME(name, weight) #name,
    MUTATE_OPERATORS(OPERATOR_NAME)
#undef OPERATOR_NAME
};

/* A generator for what the tests themselves draw. */
static struct rng draws;

static uint8_t arena[MAX_SIZE + 2 * MARGIN];
static uint8_t *const data = arena + MARGIN;
static uint8_t other[300];
static uint8_t table[256];

static int setup(void **state)
{
    (void)state;
    draws.state = 12345;
    mutate_fill_table(table, NULL);
    return 0;
}

/* Text with numbers in it, or any bytes. */
static void fill(uint8_t *bytes, size_t size, bool text)
{
    static const char *const words =
        "len=100, {\"a\": -7} 20201231 0x0f 1.5e9; ";
    size_t period = strlen(words);
    for (size_t i = 0; i < size; i++)
        bytes[i] =
            text ? (uint8_t)words[i % period] : (uint8_t)rng_next(&draws);
}

/* Mutates `size` bytes with the limit `max`, and checks the surroundings. */
static size_t mutate_checked(struct mutate *m, size_t size, size_t max)
{
    uint8_t other_was[sizeof other];
    memset(arena, CANARY, MARGIN);
    memset(data + max, CANARY, MARGIN);
    memcpy(other_was, other, sizeof other);
    size_t now = mutate_bytes(m, data, size, max);
    assert_true(now <= max);
    for (size_t i = 0; i < MARGIN; i++) {
        assert_int_equal(arena[i], CANARY);
        assert_int_equal(data[max + i], CANARY);
    }
    assert_memory_equal(other, other_was, sizeof other);
    return now;
}

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
        assert_true(first.used == second.used);
        assert_true(first.rng.state == second.rng.state);
    }
}

/* A table with one operator alone. */
static void choose_only(unsigned op)
{
    memset(table, (int)op, sizeof table);
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
            fill(other, sizeof other, false);
            fill(data, size, true);
            memcpy(before, data, size);
            size_t now = mutate_checked(&m, size, MAX_SIZE);
            assert_true(m.used == 0 || m.used == 1ull << op);
            bool equal = now == size && !memcmp(data, before, size);
            assert_true(equal || m.used);
            worked += m.used != 0;
            same += equal && m.used;
        }
        if (worked < 1950 || same > 150)
            fail_msg("%s: worked %u times, in vain %u", names[op], worked,
                     same);
    }
}

/* With the default weights all come to be used. */
static void test_used_names_every_operator(void **state)
{
    (void)state;
    uint64_t used = 0;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table, .other = other};
        m.other_size = 20;
        fill(data, 30, true);
        mutate_checked(&m, 30, 100);
        used |= m.used;
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
            assert_true(now || !m.used);
            data[0] = 'x';
            now = mutate_checked(&m, 1, 1);
            assert_true(m.used || (now == 1 && data[0] == 'x'));
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

/* Every byte value, bit and place is reachable, by a single operator. */
static void test_single_steps_reach_everything(void **state)
{
    (void)state;
    static uint8_t seen[6][256];
    memset(seen, 0, sizeof seen);
    choose_only(MUTATE_RANDOM_BYTE);
    for (uint64_t seed = 0; seed < 40000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        memset(data, 0, 6);
        mutate_checked(&m, 6, 6);
        for (size_t i = 0; i < 6; i++)
            seen[i][data[i]] = 1;
    }
    for (size_t i = 0; i < 6; i++)
        assert_null(memchr(seen[i], 0, sizeof seen[i]));
}

/* Boundary values occur in all widths and both byte orders. */
static void test_interesting_values(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } wanted[] = {
        {"\x80", 1},
        {"\x7f\xff", 2},
        {"\xff\x7f", 2},
        {"\x00\x00\x80\x00", 4},
        {"\x7f\xff\xff\xff", 4},
        {"\xff\xff\xff\xff\xff\xff\xff\x7f", 8},
        {"\x80\x00\x00\x00\x00\x00\x00\x00", 8},
        {"\x00\x00\x00\x00\x01\x00\x00\x00", 8},
    };
    unsigned found = 0;
    choose_only(MUTATE_INTERESTING);
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        memset(data, 0x55, 8);
        mutate_checked(&m, 8, 8);
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            if (!memcmp(data, wanted[i].bytes, wanted[i].size))
                found |= 1u << i;
        }
    }
    assert_int_equal(found, 0xff);
}

/* Whether mutants of a text contain all of some texts. */
static void check_reaches(const char *from, const char *const *wanted,
                          size_t count)
{
    uint32_t found = 0;
    for (uint64_t seed = 0; seed < 60000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        memcpy(data, from, strlen(from));
        size_t now = mutate_checked(&m, strlen(from), 100);
        for (size_t i = 0; i < count; i++) {
            if (now == strlen(wanted[i]) && !memcmp(data, wanted[i], now))
                found |= 1u << i;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!(found >> i & 1))
            fail_msg("no %s from %s", wanted[i], from);
    }
}

static void test_numbers_in_text(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "n=99;",          "n=101;",
        "n=-100;",        "n=0;",
        "n=-1;",          "n=2147483647;",
        "n=200;",         "n=50;",
        "n=-2147483648;", "n=4294967295;",
        "n=1003;",        "n=65536;",
        "n=170;",         "n=-9223372036854775808;"};
    choose_only(MUTATE_ASCII_INTEGER);
    check_reaches("n=100;", plain, sizeof plain / sizeof plain[0]);
    static const char *const negative[] = {"-8", "-6", "7", "-70"};
    check_reaches("-7", negative, sizeof negative / sizeof negative[0]);
    static const char *const fixed[] = {"0008", "0070", "-0007"};
    check_reaches("0007", fixed, sizeof fixed / sizeof fixed[0]);
    static const char *const inserted[] = {"a0b", "a127b", "-1ab", "ab65535",
                                           "a18446744073709551615b"};
    choose_only(MUTATE_INSERT_INTEGER);
    check_reaches("ab", inserted, sizeof inserted / sizeof inserted[0] - 1);
}

/* Numbers longer than any integer, or cut by the window, do no harm. */
static void test_very_long_numbers(void **state)
{
    (void)state;
    choose_only(MUTATE_ASCII_INTEGER);
    for (uint64_t seed = 0; seed < 5000; seed++) {
        size_t size = 1 + seed % 90;
        struct mutate m = {.rng = {seed}, .table = table};
        memset(data, seed & 1 ? '9' : '0', size);
        mutate_checked(&m, size, seed & 2 ? size : 200);
        assert_true(m.used);
    }
}

static void test_range_operators(void **state)
{
    (void)state;
    static const char *const deleted[] = {"bcdef", "abcde", "abef", "f"};
    choose_only(MUTATE_DELETE);
    check_reaches("abcdef", deleted, 4);
    static const char *const copied[] = {"abab", "babb", "aba", "abb", "aabb"};
    choose_only(MUTATE_COPY_INSERT);
    check_reaches("ab", copied, 5);
    static const char *const over[] = {"ababef", "cdcdef", "abcabc", "aabcde",
                                       "bcdeff"};
    choose_only(MUTATE_COPY_OVERWRITE);
    check_reaches("abcdef", over, 5);
    static const char *const swapped[] = {"badc", "cdab", "dbca", "abdc"};
    choose_only(MUTATE_SWAP_RANGES);
    check_reaches("abcd", swapped, 4);
    static const char *const repeated[] = {"abb", "aab", "abab",
                                           "abbbbbbbbbbbbbbbb", "ababababab"};
    choose_only(MUTATE_REPEAT);
    check_reaches("ab", repeated, 5);
    static const char *const cut[] = {"", "a", "ab", "abc"};
    choose_only(MUTATE_TRUNCATE);
    check_reaches("abcd", cut, 4);
    static const char *const shuffled[] = {"bca", "cba", "acb", "bac", "cab"};
    choose_only(MUTATE_SHUFFLE);
    check_reaches("abc", shuffled, 5);
}

/* Whether the data is 0, 1, 2... up to `size`, with one range of that inserted
 * somewhere. */
static bool is_one_copy(size_t size, size_t now)
{
    size_t at = 0;
    size_t n = now - size;
    while (at < size && data[at] == at)
        at++;
    for (size_t i = at + 1; i < at + n; i++) {
        if (data[i] != data[i - 1] + 1)
            return false;
    }
    for (size_t i = at; i < size; i++) {
        if (data[i + n] != i)
            return false;
    }
    return true;
}

/* Copies are exact however long they are and wherever they go, also into the
 * middle of what is copied. Half of the stacks have one operator. */
static void test_copies_are_exact(void **state)
{
    (void)state;
    unsigned exact = 0;
    unsigned exact_long = 0;
    choose_only(MUTATE_COPY_INSERT);
    for (uint64_t seed = 0; seed < 6000; seed++) {
        struct mutate m = {.rng = {seed}, .table = table};
        size_t size = 100 + seed % 150;
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)i;
        size_t now = mutate_checked(&m, size, seed & 1 ? 600 : 300);
        bool is_exact = is_one_copy(size, now);
        exact += is_exact;
        exact_long += is_exact && now - size > 32;
    }
    assert_in_range(exact, 2800, 3300);
    assert_in_range(exact_long, 100, 1000);
}

static void test_splices(void **state)
{
    (void)state;
    memcpy(other, "WXYZ", 5);
    static const uint8_t ops[] = {MUTATE_SPLICE_INSERT, MUTATE_SPLICE_OVERWRITE,
                                  MUTATE_CROSS};
    static const char *const wanted[] = {"abXYcd", "abYZ", "aXYZ"};
    for (size_t i = 0; i < 3; i++) {
        bool found = false;
        choose_only(ops[i]);
        for (uint64_t seed = 0; seed < 20000; seed++) {
            struct mutate m = {.rng = {seed}, .table = table, .other = other};
            m.other_size = 4;
            memcpy(data, "abcd", 4);
            size_t now = mutate_checked(&m, 4, 20);
            found |= now == strlen(wanted[i]) && !memcmp(data, wanted[i], now);
        }
        assert_true(found);
    }
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
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_stays_within_its_limits),
        TEST(test_other_may_be_of_any_size),
        TEST(test_longer_data_is_cut),
        TEST(test_depends_on_the_input_alone),
        TEST(test_every_operator_works),
        TEST(test_used_names_every_operator),
        TEST(test_operators_that_do_not_apply),
        TEST(test_empty_data_grows),
        TEST(test_stack_is_mostly_small),
        TEST(test_single_steps_reach_everything),
        TEST(test_interesting_values),
        TEST(test_numbers_in_text),
        TEST(test_very_long_numbers),
        TEST(test_range_operators),
        TEST(test_copies_are_exact),
        TEST(test_splices),
        TEST(test_table_follows_the_weights),
        TEST(test_default_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
