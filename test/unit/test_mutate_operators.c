/* SPDX-License-Identifier: MIT
 *
 * The operators of mutation one by one: what single steps of each can reach.
 */
#include "mutate_check.h"

/* How much an operator does to many zeros with a seed: for flips the number of
 * bits, for increments how far the bytes are from zero, all together. */
static unsigned measure(uint64_t seed, enum mutate_operator op)
{
    uint8_t only[256];
    uint8_t zeros[256] = {0};
    unsigned sum = 0;
    struct mutate m = {.rng = {seed}, .table = only};
    memset(only, (int)op, sizeof only);
    mutate_bytes(&m, zeros, sizeof zeros, sizeof zeros);
    for (size_t i = 0; i < sizeof zeros; i++) {
        unsigned up = zeros[i];
        unsigned down = 256 - up;
        if (op == MUTATE_FLIP_BIT)
            sum += (unsigned)__builtin_popcount(up);
        else
            sum += up < down ? up : down;
    }
    return sum;
}

/* A context with the next seed that stacks one operator alone: with these no
 * chain of steps can stand in for a wrong one. The depth is drawn first and
 * depends on the seed alone, so other operators can show it; two, because in
 * one of them alone steps may cancel each other. */
static struct mutate draw_single(uint64_t *seed)
{
    do {
        ++*seed;
    } while (measure(*seed, MUTATE_INCREMENT_BYTE) != 1 ||
             measure(*seed, MUTATE_FLIP_BIT) != 1);
    return (struct mutate){.rng = {*seed}, .table = table};
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

/* Boundary values occur in all widths and both byte orders. None of these is
 * one in the other order. */
static void test_interesting_values(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } wanted[] = {
        {"\x40", 1},
        {"\x03\xe8", 2},
        {"\xe8\x03", 2},
        {"\x00\x00\x03\xe8", 4},
        {"\xe8\x03\x00\x00", 4},
        {"\xfa\x00\x00\xfb", 4}, /* none */
        {"\xe8\x03\x00\x00\x00\x00\x00\x00", 8},
        {"\x00\x00\x00\x00\x00\x00\x03\xe8", 8},
        {"\x00\x20\x00\x00\x00\x00\x00\x01", 8},
        {"\xfe\xff\xff\xff\xff\xff\xff\x7f", 8},
    };
    unsigned found = 0;
    uint64_t seed = 0;
    choose_only(MUTATE_INTERESTING);
    for (int i = 0; i < 30000; i++) {
        struct mutate m = draw_single(&seed);
        memset(data, 0x55, 12);
        mutate_checked(&m, 12, 12);
        for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
            if (!memcmp(data + 3, wanted[k].bytes, wanted[k].size))
                found |= 1u << k;
        }
    }
    assert_int_equal(found, 0x3df);
}

/* Adding to bytes that are all ones carries: 0 in all but the byte that comes
 * first in the byte order. So the width, order and place can be seen. */
static void test_numbers_of_all_widths_and_orders(void **state)
{
    (void)state;
    enum { SIZE = 12 };
    bool seen[9][2][SIZE] = {0};
    uint64_t seed = 0;
    choose_only(MUTATE_ADD);
    for (int i = 0; i < 30000; i++) {
        struct mutate m = draw_single(&seed);
        memset(data, 0xff, SIZE);
        mutate_checked(&m, SIZE, SIZE);
        size_t first = 0;
        size_t end = SIZE;
        while (first < SIZE && data[first] == 0xff)
            first++;
        while (end > first && data[end - 1] == 0xff)
            end--;
        size_t width = end - first;
        assert_true(width == 1 || width == 2 || width == 4 || width == 8);
        bool big = !data[first];
        size_t zeros = 0;
        for (size_t k = first; k < end; k++)
            zeros += data[k] == 0;
        assert_true(zeros >= width - 1);
        uint8_t low = data[big ? end - 1 : first];
        assert_true(low <= 34 || (width == 1 && low >= 255 - 35));
        seen[width][big][first] = true;
    }
    for (size_t width = 2; width <= 8; width *= 2) {
        for (size_t first = 0; first <= SIZE - width; first++)
            assert_true(seen[width][0][first] && seen[width][1][first]);
    }
    for (size_t first = 0; first < SIZE; first++)
        assert_true(seen[1][0][first]);
}

/* Negation of zero is drawn again until bits are flipped. */
static void test_negate_always_changes(void **state)
{
    (void)state;
    bool opposite = false;
    bool flipped = false;
    uint64_t seed = 0;
    choose_only(MUTATE_NEGATE);
    for (int i = 0; i < 5000; i++) {
        struct mutate m = draw_single(&seed);
        memcpy(data, "\x05\0\0\0", 4);
        mutate_checked(&m, 4, 4);
        opposite |= !memcmp(data, "\xfb\xff\xff\xff", 4);
        flipped |= !memcmp(data, "\xfa\xff\xff\xff", 4);
        m = (struct mutate){.rng = {seed}, .table = table};
        memset(data, 0, 4);
        mutate_checked(&m, 4, 4);
        assert_true(data[0] || data[1] || data[2] || data[3]);
    }
    assert_true(opposite && flipped);
}

/* Checks that single steps from a text reach all of some texts. */
static void check_reaches(const char *from, const char *const *wanted,
                          size_t count)
{
    uint32_t found = 0;
    uint64_t seed = 0;
    for (int step = 0; step < 30000; step++) {
        struct mutate m = draw_single(&seed);
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
    static const char *const negative[] = {"-100", "-98", "99", "-990"};
    check_reaches("-99", negative, sizeof negative / sizeof negative[0]);
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
        assert_true(m.trail);
    }
}

static void test_range_operators(void **state)
{
    (void)state;
    static const char *const deleted[] = {"bcdef", "abcde", "abef", "f"};
    choose_only(MUTATE_DELETE);
    check_reaches("abcdef", deleted, 4);
    static const char *const copied[] = {"abab", "aabb", "aba", "abb"};
    choose_only(MUTATE_COPY_INSERT);
    check_reaches("ab", copied, 4);
    static const char *const over[] = {"ababef", "cdcdef", "abcabc", "aabcde",
                                       "bcdeff"};
    choose_only(MUTATE_COPY_OVERWRITE);
    check_reaches("abcdef", over, 5);
    static const char *const swapped[] = {"bacd", "cdab", "dbca", "abdc"};
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
 * middle of what is copied. */
static void test_copies_are_exact(void **state)
{
    (void)state;
    unsigned longer = 0;
    uint64_t seed = 0;
    choose_only(MUTATE_COPY_INSERT);
    for (int i = 0; i < 6000; i++) {
        struct mutate m = draw_single(&seed);
        size_t size = 100 + seed % 150;
        for (size_t k = 0; k < size; k++)
            data[k] = (uint8_t)k;
        size_t now = mutate_checked(&m, size, seed & 1 ? 600 : 300);
        assert_true(is_one_copy(size, now));
        longer += now - size > 32;
    }
    assert_in_range(longer, 200, 1000);
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, check_setup)
    const struct CMUnitTest tests[] = {
        TEST(test_single_steps_reach_everything),
        TEST(test_interesting_values),
        TEST(test_numbers_of_all_widths_and_orders),
        TEST(test_negate_always_changes),
        TEST(test_numbers_in_text),
        TEST(test_very_long_numbers),
        TEST(test_range_operators),
        TEST(test_copies_are_exact),
        TEST(test_splices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
