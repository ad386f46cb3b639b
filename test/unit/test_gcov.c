/* SPDX-License-Identifier: MIT
 *
 * gcc's counters as objects of several gcc versions would register them. The
 * layouts are written down here a second time, one struct a version, so that
 * a slip in gcov.c's arithmetic shows. The list belongs to the process: each
 * test looks at what it adds.
 */
#include "unit.h"

#include <stdbool.h>

#include "worker/counters.h"
#include "worker/gcov.h"

struct fake_counters {
    unsigned n;
    int64_t *values;
};

struct fake_function {
    const void *key;
    unsigned ident;
    unsigned lineno_checksum;
    unsigned cfg_checksum;
    struct fake_counters counters[1];
};

typedef void (*merge_function)(int64_t *, unsigned);

#define FAKE_INFO(name, checksum, kinds)              \
    struct name {                                     \
        unsigned version;                             \
        struct gcov_info *next;                       \
        unsigned stamp;                               \
        checksum const char *filename;                \
        merge_function merge[kinds];                  \
        unsigned n;                                   \
        const struct fake_function *const *functions; \
    }
FAKE_INFO(fake_10, , 8);
FAKE_INFO(fake_12, unsigned sum;, 8);
FAKE_INFO(fake_14, unsigned sum;, 9);
FAKE_INFO(fake_15, unsigned sum;, 10);

static unsigned word(const char text[4])
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)text[i];
    return value;
}

/* Lies in one piece, so that distances are known. */
static struct {
    int64_t first[3];
    int64_t second[2]; /* directly behind */
    int64_t somebody_elses[4];
    int64_t third[1];
    char far[512];
    int64_t fourth[6];
} memory;

static int64_t values[8][4];

static void register_one(void *info, struct fake_function *function,
                         const struct fake_function **list, int64_t *start,
                         unsigned n)
{
    *function = (struct fake_function){.key = info};
    function->counters[0] = (struct fake_counters){n, start};
    list[0] = function;
    __gcov_init(info);
}

static uint32_t total_after_prepare(void)
{
    assert_true(counters_prepare());
    return counters_total();
}

/* The index of a counter by the view of ranges, and by that of spans. */
static uint32_t index_by_range(const int64_t *counter)
{
    size_t n;
    const struct counter_range *r = counters_ranges(&n);
    for (size_t i = 0; i < n; i++) {
        const int64_t *start = r[i].start;
        if (r[i].width == 8 && counter >= start && counter < start + r[i].count)
            return r[i].first + (uint32_t)(counter - start);
    }
    return UINT32_MAX;
}

static uint32_t index_by_span(const int64_t *counter)
{
    size_t n;
    const struct counter_span *s = counters_spans(&n);
    for (size_t i = 0; i < n; i++) {
        const int64_t *start = s[i].start;
        if (counter >= start && counter < start + s[i].words)
            return s[i].index_of_word[counter - start];
    }
    return UINT32_MAX;
}

static void arrays_are_sorted_joined_and_bridged(void **state)
{
    (void)state;
    static const struct {
        int64_t *start;
        unsigned n;
    } array[] = {{memory.third, 1},
                 {memory.fourth, 6},
                 {memory.first, 3},
                 {memory.second, 2}};
    static struct fake_function function[4];
    static const struct fake_function *list[4];
    static struct fake_12 info;
    info = (struct fake_12){.version = word("B22*"),
                            .merge = {__gcov_merge_add},
                            .n = 4,
                            .functions = list};
    for (size_t i = 0; i < 4; i++) {
        function[i] = (struct fake_function){.key = &info};
        function[i].counters[0] =
            (struct fake_counters){array[i].n, array[i].start};
        list[i] = &function[i];
    }
    __gcov_init((struct gcov_info *)(void *)&info);
    assert_int_equal(total_after_prepare(), 12);
    assert_int_equal(counters_sources(), COUNTERS_GCC_ARCS);

    size_t n;
    const struct counter_range *range = counters_ranges(&n);
    assert_int_equal(n, 3);
    assert_ptr_equal(range[0].start, memory.first);
    assert_int_equal(range[0].count, 5);
    assert_ptr_equal(range[1].start, memory.third);
    assert_ptr_equal(range[2].start, memory.fourth);
    const struct counter_span *span = counters_spans(&n);
    assert_int_equal(n, 2);
    assert_ptr_equal(span[0].start, memory.first);
    assert_int_equal(span[0].words, 10);
    assert_ptr_equal(span[1].start, memory.fourth);
    assert_int_equal(span[1].words, 6);
}

static void both_views_give_the_same_index(void **state)
{
    (void)state;
    assert_int_equal(index_by_span(&memory.first[0]), 0);
    assert_int_equal(index_by_span(&memory.second[1]), 4);
    assert_int_equal(index_by_span(&memory.third[0]), 5);
    assert_int_equal(index_by_span(&memory.fourth[5]), 11);
    for (size_t i = 0; i < sizeof memory / sizeof(int64_t); i++) {
        const int64_t *word_of = (const int64_t *)(const void *)&memory + i;
        assert_int_equal(index_by_span(word_of), index_by_range(word_of));
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(index_by_span(&memory.somebody_elses[i]), UINT32_MAX);
}

#define TEST_LAYOUT(test, type, text, which)                             \
    static void test(void **state)                                       \
    {                                                                    \
        (void)state;                                                     \
        static struct fake_function function;                            \
        static const struct fake_function *list[1];                      \
        static struct type info = {                                      \
            .merge = {__gcov_merge_add}, .n = 1, .functions = list};     \
        uint32_t before = counters_total();                              \
        info.version = word(text);                                       \
        register_one(&info, &function, list, values[which], 3);          \
        assert_int_equal(total_after_prepare(), before + 3);             \
        assert_int_equal(index_by_span(&values[which][2]), before + 2);  \
        assert_int_equal(index_by_range(&values[which][2]), before + 2); \
        assert_null(counters_refusal());                                 \
    }
TEST_LAYOUT(layout_of_gcc_10, fake_10, "B02*", 0)
TEST_LAYOUT(layout_of_gcc_11, fake_10, "B14*", 1)
TEST_LAYOUT(layout_of_gcc_12, fake_12, "B22*", 2)
TEST_LAYOUT(layout_of_gcc_13, fake_12, "B32*", 3)
TEST_LAYOUT(layout_of_gcc_14, fake_14, "B42*", 4)
TEST_LAYOUT(layout_of_gcc_15, fake_15, "B51*", 5)

static void functions_without_arcs_of_their_own_are_passed_over(void **state)
{
    (void)state;
    static int64_t mine[2], foreign[2];
    static struct fake_12 other;
    static struct fake_function function[2];
    static const struct fake_function *list[3];
    static struct fake_12 info = {
        .merge = {__gcov_merge_add}, .n = 3, .functions = list};
    /* An object built for value profiling only has no arcs. */
    static struct fake_12 no_arcs = {
        .merge = {NULL, __gcov_merge_topn}, .n = 3, .functions = list};
    uint32_t before = counters_total();
    info.version = no_arcs.version = word("B22*");
    function[0] = (struct fake_function){.key = &other};
    function[0].counters[0] = (struct fake_counters){2, foreign};
    function[1] = (struct fake_function){.key = &info};
    function[1].counters[0] = (struct fake_counters){2, mine};
    list[0] = &function[0];
    list[2] = &function[1];
    __gcov_init((struct gcov_info *)(void *)&info);
    __gcov_init((struct gcov_info *)(void *)&no_arcs);
    assert_int_equal(total_after_prepare(), before + 2);
    assert_int_equal(index_by_span(mine), before);
    assert_int_equal(index_by_span(foreign), UINT32_MAX);
}

static void an_unknown_gcc_is_refused_with_a_text(void **state)
{
    (void)state;
    static struct fake_function function;
    static const struct fake_function *list[1];
    static struct fake_15 info = {
        .merge = {__gcov_merge_add}, .n = 1, .functions = list};
    static const char *const unknown[] = {"A94*", "B61*", "407*", "B\x80*@"};
    uint32_t before = counters_total();
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        info.version = word(unknown[i]);
        register_one(&info, &function, list, values[6], 3);
    }
    assert_int_equal(total_after_prepare(), before);
    assert_non_null(counters_refusal());
    assert_non_null(strstr(counters_refusal(), "unknown gcc"));
    assert_non_null(strstr(counters_refusal(), "42802a40"));
}

static void counters_outlive_reset_and_dump(void **state)
{
    (void)state;
    values[2][0] = 5;
    __gcov_reset();
    __gcov_dump();
    __gcov_exit();
    assert_int_equal(values[2][0], 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_sorted_joined_and_bridged),
        cmocka_unit_test(both_views_give_the_same_index),
        cmocka_unit_test(layout_of_gcc_10),
        cmocka_unit_test(layout_of_gcc_11),
        cmocka_unit_test(layout_of_gcc_12),
        cmocka_unit_test(layout_of_gcc_13),
        cmocka_unit_test(layout_of_gcc_14),
        cmocka_unit_test(layout_of_gcc_15),
        cmocka_unit_test(functions_without_arcs_of_their_own_are_passed_over),
        cmocka_unit_test(an_unknown_gcc_is_refused_with_a_text),
        cmocka_unit_test(counters_outlive_reset_and_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
