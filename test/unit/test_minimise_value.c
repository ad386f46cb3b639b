/* SPDX-License-Identifier: MIT
 *
 * Minimising one value: where it ends for each kind, that it never gets worse,
 * that it stays within what is allowed, and that it ends.
 */
#include "unit.h"

#include "base/minimise_value.h"
#include "base/rng.h"

static const struct domain everything;

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

typedef bool fails_fn(uint64_t value);

/* Minimises a failing value, and checks each step. */
static uint64_t run(enum input_kind kind, const struct domain *domain,
                    uint64_t value, fails_fn *fails)
{
    struct minimise_value m;
    uint64_t candidate;
    unsigned tries = 0;
    minimise_value_init(&m, kind, domain, value);
    while (minimise_value_next(&m, &candidate)) {
        assert_true(tries++ < 300);
        assert_true(domain_has(domain, kind, candidate));
        assert_true(minimise_value_simpler(kind, domain, candidate, m.best));
        assert_int_equal(candidate & ~value_mask(kind_width(kind)), 0);
        minimise_value_result(&m, fails(candidate));
    }
    assert_true(fails(m.best));
    return m.best;
}

static bool always(uint64_t value)
{
    (void)value;
    return true;
}

static bool above_a_million(uint64_t value)
{
    return (int64_t)value > 1000000;
}

static bool below_minus_77(uint64_t value)
{
    return (int64_t)value < -77;
}

static bool far_from_zero(uint64_t value)
{
    return (int64_t)value > 20 || (int64_t)value < -20;
}

static bool has_two_bits(uint64_t value)
{
    return (value & 0x400000100) == 0x400000100;
}

static bool only_least(uint64_t value)
{
    return (int64_t)value == INT64_MIN;
}

static void test_integers_go_to_zero(void **state)
{
    (void)state;
    assert_int_equal(run(KIND_INT64, &everything, 1u << 30, always), 0);
    assert_int_equal(run(KIND_INT64, &everything, INT64_MAX, above_a_million),
                     1000001);
    assert_int_equal(
        run(KIND_INT64, &everything, (uint64_t)INT64_MIN, below_minus_77),
        (uint64_t)-78);
    assert_int_equal(
        run(KIND_INT64, &everything, (uint64_t)-5000, far_from_zero), 21);
    assert_int_equal(run(KIND_UINT64, &everything, UINT64_MAX, has_two_bits),
                     0x400000100);
    assert_int_equal(
        run(KIND_INT64, &everything, (uint64_t)INT64_MIN, only_least),
        (uint64_t)INT64_MIN);
    for (uint64_t v = 0; v < 256; v++) {
        assert_int_equal(run(KIND_INT8, &everything, v, always), 0);
        assert_int_equal(run(KIND_UINT8, &everything, v, always), 0);
    }
}

static bool is_true(uint64_t value)
{
    return value == 1;
}

static void test_bool_goes_to_false(void **state)
{
    (void)state;
    assert_int_equal(run(KIND_BOOL, &everything, 1, always), 0);
    assert_int_equal(run(KIND_BOOL, &everything, 1, is_true), 1);
}

static bool no_ascii(uint64_t value)
{
    return (int32_t)value >= 128;
}

static void test_runes_go_to_plain_characters(void **state)
{
    (void)state;
    assert_int_equal(run(KIND_RUNE, &everything, 0x1f600, always), '0');
    assert_int_equal(run(KIND_RUNE, &everything, 0x1f600, no_ascii), 128);
}

static bool above_2_7(uint64_t bits)
{
    return double_of(bits) > 2.7;
}

static bool near_pi(uint64_t bits)
{
    double d = double_of(bits);
    return d > 3.14 && d < 3.142;
}

static bool tiny(uint64_t bits)
{
    double d = double_of(bits);
    return d > 0 && d < 1e-300;
}

static bool is_nan(uint64_t bits)
{
    double d = double_of(bits);
    return d != d;
}

static bool infinite(uint64_t bits)
{
    double d = double_of(bits);
    return d > 1e308 || d < -1e308;
}

static bool negative(uint64_t bits)
{
    return double_of(bits) < -0.25;
}

static void test_floats_become_short(void **state)
{
    (void)state;
    const enum input_kind kind = KIND_DOUBLE;
    assert_int_equal(run(kind, &everything, bits_of(-1.25e-7), always), 0);
    assert_true(
        double_of(run(kind, &everything, bits_of(123456.789), above_2_7)) == 3);
    assert_true(double_of(run(kind, &everything, bits_of(3.1415926535),
                              near_pi)) == 3.141);
    assert_true(double_of(run(kind, &everything, bits_of(1.2345e-305), tiny)) ==
                1e-305);
    assert_int_equal(run(kind, &everything, 0xfff0000000000123u, is_nan),
                     0x7ff8000000000001u);
    assert_true(double_of(run(kind, &everything, 0xfff0000000000000u,
                              infinite)) > 1e308);
    assert_true(double_of(run(kind, &everything, bits_of(-1e20), negative)) ==
                -1);
    assert_int_equal(run(KIND_FLOAT, &everything, 0x7f7fffff, always), 0);
}

static bool below_2_5(uint64_t bits)
{
    return double_of(bits) < -2.5;
}

static bool above_3e20(uint64_t bits)
{
    return double_of(bits) > 3e20;
}

static bool single_above_3e20(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float f;
    memcpy(&f, &low, sizeof f);
    return f > 3e20f;
}

static void test_huge_floats_become_small(void **state)
{
    static const double huge[] = {1e308, 1.2345e200, 1e16, 9007199254740992.0};
    const enum input_kind kind = KIND_DOUBLE;
    (void)state;
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++)
        assert_true(double_of(run(kind, &everything, bits_of(-huge[i]),
                                  below_2_5)) == -3);
    assert_true(double_of(run(kind, &everything, 0xfff0000000000000u,
                              below_2_5)) == -3);
    assert_true(double_of(run(kind, &everything, bits_of(1.2345e300),
                              above_3e20)) == 1e21);
    assert_true(double_of(run(kind, &everything, 0x7ff0000000000000u,
                              above_3e20)) == 1e21);
    assert_true(double_of(run(kind, &everything, bits_of(3.14159e20),
                              above_3e20)) == 4e20);
    /* 1e21, FLT_MAX and infinity */
    assert_int_equal(
        run(KIND_FLOAT, &everything, 0x7f7fffff, single_above_3e20),
        0x6258d727);
    assert_int_equal(
        run(KIND_FLOAT, &everything, 0x7f800000, single_above_3e20),
        0x6258d727);
}

static void test_limits_and_choices_hold(void **state)
{
    static const int64_t choices[] = {50, -3, 7};
    struct domain range = {.limited = true};
    struct domain list = {
        .limited = true, .most = UINT64_MAX, .choices = choices, .nchoices = 3};
    (void)state;
    range.least = domain_key(KIND_INT8, 10);
    range.most = domain_key(KIND_INT8, 100);
    assert_int_equal(run(KIND_INT8, &range, 99, always), 10);
    range.least = domain_key(KIND_INT8, 0x80);
    range.most = domain_key(KIND_INT8, 0xf0);
    assert_int_equal(run(KIND_INT8, &range, 0x80, always), 0xf0);
    assert_int_equal(run(KIND_INT8, &list, 7, always), 50);
    assert_int_equal(run(KIND_INT8, &list, 50, always), 50);
    range.least = domain_key(KIND_DOUBLE, bits_of(0.5));
    range.most = domain_key(KIND_DOUBLE, bits_of(1e9));
    assert_true(double_of(run(KIND_DOUBLE, &range, bits_of(123), always)) ==
                0.5);
}

static uint64_t secret;

static bool is_secret(uint64_t value)
{
    return value == secret;
}

/* What fails alone stays as it is, whatever it is. */
static void test_any_value_ends(void **state)
{
    (void)state;
    struct rng rng = {5};
    for (unsigned i = 0; i < 40000; i++) {
        enum input_kind kind = (enum input_kind)(i % KIND_COUNT);
        size_t width = kind_width(kind);
        if (!width)
            continue;
        secret = rng_next(&rng) & value_mask(kind == KIND_BOOL ? 1 : width);
        secret &= kind == KIND_BOOL ? 1 : UINT64_MAX;
        assert_int_equal(run(kind, &everything, secret, is_secret), secret);
        secret >>= rng_below(&rng, 64);
        (void)run(kind, &everything, secret, always);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_go_to_zero),
        cmocka_unit_test(test_bool_goes_to_false),
        cmocka_unit_test(test_runes_go_to_plain_characters),
        cmocka_unit_test(test_floats_become_short),
        cmocka_unit_test(test_huge_floats_become_small),
        cmocka_unit_test(test_limits_and_choices_hold),
        cmocka_unit_test(test_any_value_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
