/* SPDX-License-Identifier: MIT
 *
 * Files of counts as gcc 11 and gcc 12 have them, word for word, and that counts
 * add up. What gcov makes of a real one is test/script/test_cover.py's matter.
 */
#include "unit.h"

#include <string.h>

#include "worker/gcov_data.h"

/* As compilers lay out a struct gcov_function. */
struct fake_function {
    const void *key;
    unsigned ident;
    unsigned lineno_checksum;
    unsigned cfg_checksum;
    struct gcov_counters counters[1];
};

/* An object of two functions, of which the first one is somebody else's. */
static int64_t counts[2];
static struct fake_function own, foreign;
static const struct gcov_function *list[3];
static char info_of_object;

static struct gcov_object object_of(unsigned major)
{
    own = (struct fake_function){&info_of_object, 7, 8, 9, {{2, counts}}};
    list[0] = (const void *)&foreign;
    list[1] = (const void *)&own;
    return (struct gcov_object){.info = (void *)&info_of_object,
                                .version = 0x42,
                                .major = major,
                                .stamp = 5,
                                .checksum = 6,
                                .n = 3,
                                .functions = list};
}

static void assert_words(const uint32_t *words, const uint32_t *wanted,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(words[i], wanted[i]);
}

static void lengths_are_words_before_gcc_12(void **state)
{
    (void)state;
    static const uint32_t wanted[] = {
        0x67636461, 0x42, 5, 0xa1000000, 2, 1, 0, 0x01000000, 0, 0x01000000, 3,
        7,          8,    9, 0x01a10000, 4, 1, 0, 0x80000000, 2, 0x01000000, 0,
        0};
    uint32_t data[64];
    struct gcov_object object = object_of(11);
    counts[0] = 1;
    counts[1] = 0x280000000;
    assert_int_equal(gcov_data_size(&object), sizeof wanted);
    gcov_data_make(&object, (uint8_t *)data, NULL);
    assert_words(data, wanted, sizeof wanted / sizeof wanted[0]);
}

static void later_they_are_bytes_and_there_is_a_checksum(void **state)
{
    (void)state;
    static const uint32_t wanted[] = {
        0x67636461, 0x42,       5,  6, 0xa1000000, 8, 1,          0, 0x01000000,
        0,          0x01000000, 12, 7, 8,          9, 0x01a10000, 16};
    uint32_t data[64];
    struct gcov_object object = object_of(12);
    gcov_data_make(&object, (uint8_t *)data, NULL);
    assert_words(data, wanted, sizeof wanted / sizeof wanted[0]);
}

static void counts_and_runs_add_up(void **state)
{
    (void)state;
    uint32_t first[64], second[64];
    struct gcov_object object = object_of(13);
    counts[0] = 0xffffffff;
    counts[1] = 3;
    gcov_data_make(&object, (uint8_t *)first, NULL);
    counts[0] = 2;
    counts[1] = 0;
    gcov_data_make(&object, (uint8_t *)second, (uint8_t *)first);
    assert_int_equal(second[6], 2); /* runs */
    assert_words(second + 17, (const uint32_t[]){1, 1, 3, 0}, 4);
    /* All that is no count is what it was. */
    second[6] = 1;
    memcpy(second + 17, first + 17, 4 * sizeof *first);
    assert_memory_equal(first, second, gcov_data_size(&object));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_words_before_gcc_12),
        cmocka_unit_test(later_they_are_bytes_and_there_is_a_checksum),
        cmocka_unit_test(counts_and_runs_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
