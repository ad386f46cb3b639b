/* SPDX-License-Identifier: MIT
 *
 * Allowed values: the order of keys, ranges, lists, and that mutation stays
 * within them and reaches all of a small one.
 */
#include "unit.h"

#include "base/domain.h"
#include "base/mutate.h"
#include "base/mutate_ops.h"

static double as_double(enum input_kind kind, uint64_t value)
{
    double d;
    float f;
    uint32_t half = (uint32_t)value;
    memcpy(&d, &value, sizeof d);
    memcpy(&f, &half, sizeof f);
    return kind == KIND_FLOAT ? (double)f : d;
}

static void test_keys_follow_the_values(void **state)
{
    (void)state;
    struct rng rng = {1};
    for (unsigned i = 0; i < 200000; i++) {
        enum input_kind kind = (enum input_kind)(i % KIND_COUNT);
        if (!kind_width(kind))
            continue;
        uint64_t mask = value_mask(kind_width(kind));
        uint64_t a = rng_next(&rng) & mask;
        uint64_t b = (i & 1 ? a + rng_below(&rng, 5) : rng_next(&rng)) & mask;
        uint64_t key_a = domain_key(kind, a);
        uint64_t key_b = domain_key(kind, b);
        assert_int_equal(domain_value(kind, key_a), a);
        assert_int_equal(key_a & ~mask, 0);
        double x = as_double(kind, a);
        double y = as_double(kind, b);
        if (kind_is_float(kind) && (x != x || y != y || (x == 0 && y == 0)))
            continue;
        bool less = kind_is_float(kind)    ? x < y
                    : kind_is_signed(kind) ? (int64_t)value_widen(kind, a) <
                                                 (int64_t)value_widen(kind, b)
                                           : a < b;
        assert_int_equal(less, key_a < key_b);
    }
}

static struct domain range(enum input_kind kind, uint64_t least, uint64_t most)
{
    return (struct domain){.limited = true,
                           .least = domain_key(kind, least),
                           .most = domain_key(kind, most)};
}

static void test_a_range_of_floats_has_no_nan(void **state)
{
    (void)state;
    struct domain d = range(KIND_FLOAT, 0xff800000, 0x7f800000);
    assert_true(domain_has(&d, KIND_FLOAT, 0));
    assert_true(domain_has(&d, KIND_FLOAT, 0xff800000));
    assert_false(domain_has(&d, KIND_FLOAT, 0x7fc00000));
    assert_false(domain_has(&d, KIND_FLOAT, 0xffc00000));
}

static void test_the_simplest_value(void **state)
{
    static const uint64_t choices[] = {9, 3};
    (void)state;
    struct domain d = range(KIND_INT8, 5, 9);
    assert_int_equal(domain_simplest(&d, KIND_INT8), 5);
    assert_int_equal(domain_initial(&d, KIND_INT8), 5);
    d.has_initial = true;
    d.initial = 7;
    assert_int_equal(domain_initial(&d, KIND_INT8), 7);
    d = range(KIND_INT8, 0x80, 0xff);
    assert_int_equal(domain_simplest(&d, KIND_INT8), 0xff);
    d.choices = choices;
    d.nchoices = 2;
    assert_int_equal(domain_simplest(&d, KIND_INT8), 9);
    assert_int_equal(domain_initial(&(struct domain){0}, KIND_INT8), 0);
}

/* Mutates within a domain of at most 256 values; how many of them came. */
static unsigned reached(enum input_kind kind, const struct domain *d,
                        uint64_t value, unsigned times)
{
    struct rng rng = {times};
    uint8_t bytes[8];
    bool seen[256] = {false};
    unsigned n = 0;
    value_store(bytes, sizeof bytes, value);
    size_t width = kind_width(kind);
    for (unsigned i = 0; i < times; i++) {
        uint64_t was = value_load(bytes, width);
        mutate_value(&rng, kind, d, bytes);
        uint64_t now = value_load(bytes, width);
        assert_true(domain_has(d, kind, now));
        assert_true(now != was);
        n += !seen[now & 0xff];
        seen[now & 0xff] = true;
    }
    return n;
}

static void test_mutation_reaches_what_is_allowed_and_no_more(void **state)
{
    static const int64_t choices[] = {1, 2, 4, -8};
    (void)state;
    struct domain d = range(KIND_INT8, 1, 64);
    assert_int_equal(reached(KIND_INT8, &d, 1, 3000), 64);
    d = range(KIND_INT64, (uint64_t)-100, 100);
    assert_int_equal(reached(KIND_INT64, &d, 0, 9000), 201);
    d = (struct domain){.limited = true, .choices = choices, .nchoices = 4};
    assert_int_equal(reached(KIND_INT32, &d, 4, 300), 4);
    d = range(KIND_DOUBLE, 0x3ff0000000000000, 0x3ff0000000000040);
    assert_int_equal(reached(KIND_DOUBLE, &d, 0x3ff0000000000000, 3000), 65);
    assert_int_equal(reached(KIND_UINT8, &(struct domain){0}, 0, 9000), 256);
}

static void test_one_allowed_value_stays(void **state)
{
    (void)state;
    struct domain d = range(KIND_UINT16, 77, 77);
    struct rng rng = {3};
    uint8_t bytes[2] = {77, 0};
    for (unsigned i = 0; i < 100; i++)
        mutate_value(&rng, KIND_UINT16, &d, bytes);
    assert_int_equal(bytes[0], 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_follow_the_values),
        cmocka_unit_test(test_a_range_of_floats_has_no_nan),
        cmocka_unit_test(test_the_simplest_value),
        cmocka_unit_test(test_mutation_reaches_what_is_allowed_and_no_more),
        cmocka_unit_test(test_one_allowed_value_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
