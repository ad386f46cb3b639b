/* SPDX-License-Identifier: MIT
 *
 * The minimiser against functions that say what fails: it must find the least
 * input in few tries, never lose what it has, and always end.
 */
#include "unit.h"

#include "base/minimise.h"
#include "base/rng.h"

typedef bool fails_fn(const uint8_t *data, size_t size, void *context);

struct outcome {
    const uint8_t *data;
    size_t size;
    unsigned tries;
};

/* Runs a machine to its end, or for at most `limit` tries, checking at each
 * step what minimise.h promises. */
static struct outcome run(struct minimise *m, fails_fn *fails, void *context,
                          unsigned limit)
{
    struct outcome out = {0};
    const uint8_t *data = NULL;
    size_t size = 0;
    while (out.tries < limit && minimise_next(m, &data, &size)) {
        minimise_best(m, &out.data, &out.size);
        assert_true(size <= out.size);
        assert_true(size != out.size || memcmp(data, out.data, size) != 0);
        out.tries++;
        bool still = fails(data, size, context);
        /* A copy: result may move the memory. */
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, data, size);
        size_t before = out.size;
        minimise_result(m, still);
        minimise_best(m, &out.data, &out.size);
        assert_int_equal(out.size, still ? size : before);
        assert_true(!still || !memcmp(out.data, copy, size));
        free(copy);
    }
    minimise_best(m, &out.data, &out.size);
    return out;
}

static bool always(const uint8_t *data, size_t size, void *context)
{
    (void)data, (void)size, (void)context;
    return true;
}

static bool never(const uint8_t *data, size_t size, void *context)
{
    (void)data, (void)size, (void)context;
    return false;
}

static void test_empty_value_is_tried_first(void **state)
{
    (void)state;
    struct minimise *m =
        minimise_new((const uint8_t *)"hello", 5, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, always, NULL, 100);
    assert_int_equal(out.size, 0);
    assert_int_equal(out.tries, 1);
    minimise_free(m);
}

static void test_nothing_to_do_for_an_empty_value(void **state)
{
    (void)state;
    struct minimise *m = minimise_new(NULL, 0, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, always, NULL, 100);
    assert_int_equal(out.size, 0);
    assert_int_equal(out.tries, 0);
    minimise_free(m);
    minimise_free(NULL);
}

#define BIG 10240

static uint8_t big[BIG];

static void fill_big(uint64_t seed)
{
    struct rng rng = {seed};
    for (size_t i = 0; i < BIG; i++)
        big[i] = (uint8_t)(1 + (rng_next(&rng) >> 32) % 250);
}

/* Fails while a word is there as a subsequence. */
static bool has_letters(const uint8_t *data, size_t size, void *context)
{
    const uint8_t *letter = context;
    for (size_t i = 0; i < size && *letter; i++)
        letter += data[i] == *letter;
    return !*letter;
}

static void test_twelve_scattered_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint8_t letters[13] = {0};
        struct rng rng = {seed};
        fill_big(seed);
        /* Values that occur nowhere else, one in each twelfth. */
        for (uint32_t i = 0; i < 12; i++) {
            letters[i] = (uint8_t)(251 + i % 5);
            uint32_t at = i * (BIG / 12) + rng_below(&rng, BIG / 12);
            big[at] = letters[i];
        }
        struct minimise *m = minimise_new(big, BIG, 1, MINIMISE_SIMPLIFY);
        struct outcome out = run(m, has_letters, letters, 100000);
        assert_int_equal(out.size, 12);
        assert_memory_equal(out.data, letters, 12);
        assert_true(out.tries < 1000);
        minimise_free(m);
    }
}

/* Tries grow with the logarithm of the size. */
static void test_twelve_bytes_of_a_mebibyte(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    uint8_t *huge = malloc(SIZE);
    uint8_t letters[13] = {0};
    assert_non_null(huge);
    memset(huge, 'x', SIZE);
    for (size_t i = 0; i < 12; i++) {
        letters[i] = (uint8_t)('A' + i);
        huge[i * (SIZE / 12) + i * i * 97] = letters[i];
    }
    struct minimise *m = minimise_new(huge, SIZE, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, has_letters, letters, 100000);
    assert_int_equal(out.size, 12);
    assert_memory_equal(out.data, letters, 12);
    assert_in_range(out.tries, 100, 1000);
    minimise_free(m);
    free(huge);
}

/* Numbers instead of bytes: which of them matter is the question, and none is
 * made plain or cut in two. */
static bool has_numbers(const uint8_t *data, size_t size, void *context)
{
    const uint32_t *wanted = context;
    assert_int_equal(size % sizeof(uint32_t), 0);
    for (size_t i = 0; i < size && *wanted; i += sizeof(uint32_t)) {
        uint32_t n;
        memcpy(&n, data + i, sizeof n);
        wanted += n == *wanted;
    }
    return !*wanted;
}

static void test_larger_elements_are_only_removed(void **state)
{
    (void)state;
    uint32_t all[1000], wanted[] = {3, 400, 401, 999, 0};
    for (uint32_t i = 0; i < 1000; i++)
        all[i] = i;
    struct minimise *m = minimise_new((const uint8_t *)all, sizeof all,
                                      sizeof *all, MINIMISE_REMOVE);
    struct outcome out = run(m, has_numbers, wanted, 100000);
    assert_int_equal(out.size, 4 * sizeof *wanted);
    assert_memory_equal(out.data, wanted, out.size);
    assert_in_range(out.tries, 20, 200);
    minimise_free(m);
}

/* Tries stay linear when nothing can be left out or made simpler. */
static void test_worst_case_is_bounded(void **state)
{
    (void)state;
    fill_big(3);
    for (size_t size = 1; size <= BIG; size = size * 3 + 1) {
        struct minimise *m = minimise_new(big, size, 1, MINIMISE_SIMPLIFY);
        struct outcome out = run(m, never, NULL, 1000000);
        assert_int_equal(out.size, size);
        assert_memory_equal(out.data, big, size);
        assert_true(out.tries < 5 * size + 1100);
        minimise_free(m);
    }
}

/* Verdicts of no reason at all must not keep it going. */
static bool by_chance(const uint8_t *data, size_t size, void *context)
{
    (void)data;
    return size && rng_below(context, 50) == 0;
}

static void test_ends_with_erratic_verdicts(void **state)
{
    (void)state;
    fill_big(4);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rng rng = {seed};
        struct minimise *m = minimise_new(big, 2000, 1, MINIMISE_SIMPLIFY);
        struct outcome out = run(m, by_chance, &rng, 1000000);
        assert_true(out.tries < 40000);
        assert_true(out.size < 2000);
        minimise_free(m);
    }
}

/* Needs a bracket, then exactly three bytes of any kind, then a bracket. */
static bool has_brackets(const uint8_t *data, size_t size, void *context)
{
    (void)context;
    for (size_t i = 0; i + 4 < size; i++) {
        if (data[i] == '[' && data[i + 4] == ']')
            return true;
    }
    return false;
}

static void test_bytes_that_are_left_become_plain(void **state)
{
    (void)state;
    const char *text = "some text [\x80x\xff] and more [";
    struct minimise *m =
        minimise_new((const uint8_t *)text, strlen(text), 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, has_brackets, NULL, 10000);
    assert_int_equal(out.size, 5);
    assert_memory_equal(out.data, "[000]", 5);
    assert_true(out.tries < 200);
    minimise_free(m);
}

/* Fails if it has `context` bytes and none is '0': the next plain one it is. */
static bool has_no_digits(const uint8_t *data, size_t size, void *context)
{
    return size == *(size_t *)context && !memchr(data, '0', size) &&
           !memchr(data, 0, size);
}

static void test_second_choice_of_plain_bytes(void **state)
{
    (void)state;
    size_t size = 1000;
    fill_big(5);
    for (size_t i = 0; i < size; i++)
        big[i] |= 0x80;
    struct minimise *m = minimise_new(big, size, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, has_no_digits, &size, 100000);
    assert_int_equal(out.size, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(out.data[i], ' ');
    minimise_free(m);
}

/* Needs both marks, and three 'b' for each 'a'. */
static bool is_balanced(const uint8_t *data, size_t size, void *context)
{
    (void)context;
    size_t count[256] = {0};
    for (size_t i = 0; i < size; i++)
        count[data[i]]++;
    return count['!'] && count['?'] && count['b'] >= 3 * count['a'];
}

/* The 'b' can go once the 'a' has gone, which is tried after them and, beside
 * the marks, only alone: that takes a second round. */
static void test_rounds_repeat(void **state)
{
    (void)state;
    struct minimise *m =
        minimise_new((const uint8_t *)"!a?bbb", 6, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, is_balanced, NULL, 10000);
    assert_int_equal(out.size, 2);
    assert_memory_equal(out.data, "!?", 2);
    minimise_free(m);
}

/* Lets go of the first byte alone, which comes last in each round. */
static bool loses_one(const uint8_t *data, size_t size, void *context)
{
    size_t *wanted = context;
    if (size != *wanted || memcmp(data, big + BIG - size, size) != 0)
        return false;
    --*wanted;
    return true;
}

static void test_rounds_are_bounded(void **state)
{
    (void)state;
    fill_big(7);
    size_t wanted = 999;
    struct minimise *m =
        minimise_new(big + BIG - 1000, 1000, 1, MINIMISE_SIMPLIFY);
    struct outcome out = run(m, loses_one, &wanted, 1000000);
    assert_in_range(out.size, 900, 998);
    assert_in_range(out.tries, 3000, 25000);
    minimise_free(m);
}

static void test_can_be_stopped_at_any_try(void **state)
{
    (void)state;
    uint8_t letters[] = "\xfb\xfc\xfd";
    fill_big(6);
    big[10] = 0xfb;
    big[90] = 0xfc;
    big[170] = 0xfd;
    size_t before = 200;
    for (unsigned limit = 0; limit < 80; limit++) {
        struct minimise *m = minimise_new(big, 200, 1, MINIMISE_SIMPLIFY);
        struct outcome out = run(m, has_letters, letters, limit);
        assert_true(has_letters(out.data, out.size, letters));
        assert_true(out.size <= before);
        before = out.size;
        minimise_free(m);
    }
    assert_int_equal(before, 3);
}

/* A candidate without a verdict counts as one that no longer fails. */
static void test_verdict_may_be_missing(void **state)
{
    (void)state;
    struct minimise *m =
        minimise_new((const uint8_t *)"abcd", 4, 1, MINIMISE_SIMPLIFY);
    const uint8_t *data = NULL;
    size_t size = 0;
    unsigned tries = 0;
    minimise_result(m, true);
    while (minimise_next(m, &data, &size) && tries < 1000)
        tries++;
    minimise_result(m, true);
    assert_in_range(tries, 10, 999);
    minimise_best(m, &data, &size);
    assert_int_equal(size, 4);
    assert_memory_equal(data, "abcd", 4);
    minimise_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_value_is_tried_first),
        cmocka_unit_test(test_nothing_to_do_for_an_empty_value),
        cmocka_unit_test(test_twelve_scattered_bytes),
        cmocka_unit_test(test_twelve_bytes_of_a_mebibyte),
        cmocka_unit_test(test_larger_elements_are_only_removed),
        cmocka_unit_test(test_worst_case_is_bounded),
        cmocka_unit_test(test_ends_with_erratic_verdicts),
        cmocka_unit_test(test_bytes_that_are_left_become_plain),
        cmocka_unit_test(test_second_choice_of_plain_bytes),
        cmocka_unit_test(test_rounds_repeat),
        cmocka_unit_test(test_rounds_are_bounded),
        cmocka_unit_test(test_can_be_stopped_at_any_try),
        cmocka_unit_test(test_verdict_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
