/* SPDX-License-Identifier: MIT
 *
 * float_text.h: known texts, and properties of random numbers that leave no
 * room for error: the text reads back as the same bits, agrees with libc's
 * reader, has no digit too many, and of the shortest is the nearest one.
 * THRESH_TEST_LONG=1 tries 1,000,000 numbers of each width.
 *
 * The program never calls setlocale, so libc's functions are in the C locale.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/float_text.h"
#include "base/rng.h"

static const struct float_format *const single = &float_text_single;
static const struct float_format *const wide = &float_text_double;

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The number's value; every float is a double. */
static double value_of(const struct float_format *format, uint64_t bits)
{
    if (format == wide) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

static uint64_t bits_by_libc(const struct float_format *format,
                             const char *text)
{
    return format == wide ? bits_of(strtod(text, NULL))
                          : bits_of_float(strtof(text, NULL));
}

/* Not every libc's strtod rounds the last bit right. */
static bool libc_is_exact(void)
{
    return bits_by_libc(wide, "3.839223843572815e-239") == 0xe6fffffffffffff;
}

static void check_text(const struct float_format *format, uint64_t bits,
                       const char *want)
{
    char text[FLOAT_TEXT_MAX + 1];
    text[float_text_write(text, format, bits)] = '\0';
    assert_string_equal(text, want);
}

static void test_known_doubles(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1.0, "1"},
        {-2.5, "-2.5"},
        {10.0, "10"},
        {100000.0, "100000"},
        {123456.0, "123456"},
        {123456.7, "123456.7"},
        {999999.0, "999999"},
        {1e6, "1e+06"},
        {1234567.0, "1.234567e+06"},
        {0.1, "0.1"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {0.00012345, "0.00012345"},
        {0.00001234, "1.234e-05"},
        {1.0 / 3, "0.3333333333333333"},
        {1e21, "1e+21"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {9007199254740992.0, "9.007199254740992e+15"},
        {0x1p-44, "5.684341886080802e-14"},
        {0x1p-1074, "5e-324"},
        {0x1p-1073, "1e-323"},
        {0x1p-1022, "2.2250738585072014e-308"},
        {0x0.fffffffffffffp-1022, "2.225073858507201e-308"},
        {0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
        {-0x1p-1022, "-2.2250738585072014e-308"},
        /* Exactly between two shortest texts: the even one. */
        {1125899906842624.25, "1.1258999068426242e+15"},
        {1125899906842624.75, "1.1258999068426248e+15"},
        {5e-100, "5e-100"},
        {9.5e+99, "9.5e+99"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(wide, bits_of(cases[i].value), cases[i].text);
}

static void test_known_floats(void **state)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        {1.5f, "1.5"},
        {0.1f, "0.1"},
        {-0.0f, "-0"},
        {1e-45f, "1e-45"},
        {0x1.fffffep+127f, "3.4028235e+38"},
        {8589973504.0f, "8.589974e+09"},
        {1234567.0f, "1.234567e+06"},
        {16777216.0f, "1.6777216e+07"},
        {0x1p-126f, "1.1754944e-38"},
        {0x0.fffffep-126f, "1.1754942e-38"},
        {123456.0f, "123456"},
        {0.0001f, "0.0001"},
    };
    (void)state;
    check_text(single, 0x50000026, "8.589974e+09");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(single, bits_of_float(cases[i].value), cases[i].text);
}

static void test_specials(void **state)
{
    (void)state;
    check_text(wide, 0x7ff0000000000000u, "+Inf");
    check_text(wide, 0xfff0000000000000u, "-Inf");
    check_text(wide, 0x7ff8000000000001u, "NaN");
    check_text(wide, 0xfff0000000000001u, "NaN");
    check_text(single, 0x7f800000u, "+Inf");
    check_text(single, 0xff800000u, "-Inf");
    check_text(single, 0xffc00000u, "NaN");
}

static void check_read(const struct float_format *format, const char *text,
                       uint64_t want)
{
    uint64_t bits = 1234;
    if (float_text_read(format, text, strlen(text), &bits) != 0)
        fail_msg("%s is not read", text);
    if (bits != want)
        fail_msg("%s: %" PRIx64 " instead of %" PRIx64, text, bits, want);
}

static void test_read(void **state)
{
    (void)state;
    check_read(wide, "0", 0);
    check_read(wide, "-0", wide->sign);
    check_read(wide, "-0e999999999999999999999999", wide->sign);
    check_read(wide, "010", bits_of(10));
    check_read(wide, ".5", bits_of(0.5));
    check_read(wide, "5.", bits_of(5));
    check_read(wide, "00.25", bits_of(0.25));
    check_read(wide, "1E2", bits_of(100));
    check_read(wide, "1_23.50_0_0e+1_2", bits_of(1.235e14));
    check_read(wide, "0x1p-2", bits_of(0.25));
    check_read(wide, "-0X1.8P+1", bits_of(-3));
    check_read(wide, "0x_1_2.3_4_5p+1_2", bits_of(74565));
    check_read(wide, "0x.0000000000000000000000000001p+112", bits_of(1));
    check_read(wide, "0x10000000000000000000000000000p-112", bits_of(1));
    check_read(wide, "1e-99999999999999999999", 0);
    check_read(wide, "0x1p-99999999999999999999", 0);
    check_read(single, "0.1", bits_of_float(0.1f));
    check_read(single, "3.4028235e+38", 0x7f7fffff);
    /* Rounding to double first would give 0x3f800000. */
    check_read(single, "1.00000005960464477540", 0x3f800001);
}

static void test_read_rounding(void **state)
{
    (void)state;
    /* Halfway between 2^53 and the next number: even, then just above. */
    check_read(wide, "9007199254740993", bits_of(9007199254740992.0));
    check_read(wide, "9007199254740993.00000000000000000000000000001",
               bits_of(9007199254740994.0));
    check_read(wide, "9007199254740995", bits_of(9007199254740996.0));
    check_read(wide, "0x20000000000001p0", bits_of(9007199254740992.0));
    check_read(wide, "0x20000000000001.00000000000000000001p0",
               bits_of(9007199254740994.0));
    check_read(wide, "0x20000000000003p0", bits_of(9007199254740996.0));
    /* Half the smallest denormal, and just above. */
    check_read(wide, "0x1p-1075", 0);
    check_read(wide, "0x1.00000000000000000000000000000001p-1075", 1);
    check_read(wide, "0x3p-1075", 2);
    check_read(wide, "0x1p-1076", 0);
    check_read(single, "0x1p-150", 0);
    check_read(single, "0x1.000001p-150", 1);
    /* A carry from the largest denormal into the first normal number. */
    check_read(wide, "0x0.fffffffffffff8p-1022", 0x0010000000000000u);
    /* The last text that is not out of range. */
    check_read(wide, "0x1.fffffffffffff7ffffffffffffffffp1023",
               0x7fefffffffffffffu);
    check_read(wide, "1.797693134862315807e308", 0x7fefffffffffffffu);
}

/* The boundary with the most digits, between the last two numbers below
 * 2^-1021 and that: (2^54 - 1) * 2^-1075 = (2^54 - 1) * 5^1075 * 10^-1075. */
static void test_read_longest_boundary(void **state)
{
    char text[1000];
    uint8_t digit[800] = {0}; /* least significant first */
    size_t count = 0;
    (void)state;
    for (uint64_t rest = ((uint64_t)1 << 54) - 1; rest; rest /= 10)
        digit[count++] = (uint8_t)(rest % 10);
    for (int i = 0; i < 1075; i++) {
        unsigned carry = 0;
        for (size_t k = 0; k < count; k++) {
            carry += digit[k] * 5u;
            digit[k] = (uint8_t)(carry % 10);
            carry /= 10;
        }
        if (carry)
            digit[count++] = (uint8_t)carry;
    }
    assert_int_equal(count, 768);
    for (size_t k = 0; k < count; k++)
        text[k] = (char)('0' + digit[count - 1 - k]);

    memcpy(text + count, "e-1075", 7);
    check_read(wide, text, 0x0020000000000000u); /* to even */
    text[count - 1]--;
    check_read(wide, text, 0x001fffffffffffffu);
    memcpy(text + count, "99999999999999999e-1092", 24);
    check_read(wide, text, 0x001fffffffffffffu);
}

/* Digits that decide behind more than are kept. */
static void test_read_long(void **state)
{
    static char text[4096];
    uint64_t bits;
    (void)state;
    /* 2^53 + 1 again, with the deciding digit behind 3000 zeros. */
    static const char halfway[] = "9007199254740993.";
    size_t start = sizeof halfway - 1;
    memcpy(text, halfway, start);
    memset(text + start, '0', 3000);
    text[start + 3000] = '1';
    assert_int_equal(float_text_read(wide, text, start + 3000, &bits), 0);
    assert_int_equal(bits, bits_of(9007199254740992.0));
    assert_int_equal(float_text_read(wide, text, start + 3001, &bits), 0);
    assert_int_equal(bits, bits_of(9007199254740994.0));

    /* As many digits before the point. */
    memset(text, '0', sizeof text);
    memcpy(text, halfway, start - 1);
    memcpy(text + start + 2999, "1e-3001", sizeof "1e-3001");
    assert_int_equal(float_text_read(wide, text, start + 3006, &bits), 0);
    assert_int_equal(bits, bits_of(9007199254740994.0));
}

static void test_read_refuses(void **state)
{
    static const char *const malformed[] = {
        "",     "-",     ".",      "e5",  "1e",       "1e+", "1.2.3", "0x",
        "0x1",  "0x1.8", "0x1p",   "0b1", "0o7",      "1p3", "+1",    "--1",
        "NaN",  "Inf",   "-Inf",   "1f",  "1e5.",     " 1",  "1 ",    "1,5",
        "0xp1", "0x.p1", "0x1.8e", "1x0", "infinity",
    };
    static const char *const beyond[] = {
        "1e400",
        "-1e400",
        "1e309",
        "1.797693134862315808e308",
        "0x1p1024",
        "1e99999999999999999999",
        "0x1.fffffffffffff8p1023",
        "0x1p99999999999999999999",
    };
    uint64_t bits = 77;
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        assert_int_equal(
            float_text_read(wide, malformed[i], strlen(malformed[i]), &bits),
            THRESH_EFORMAT);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        assert_int_equal(
            float_text_read(wide, beyond[i], strlen(beyond[i]), &bits),
            THRESH_ELIMIT);
    assert_int_equal(float_text_read(single, "3.4028236e38", 12, &bits),
                     THRESH_ELIMIT);
    assert_int_equal(float_text_read(single, "0x1p128", 7, &bits),
                     THRESH_ELIMIT);
    assert_int_equal(bits, 77);
}

/* A NUL inside a text is no end. */
static void test_read_nul(void **state)
{
    uint64_t bits;
    (void)state;
    assert_int_equal(float_text_read(wide, "1\0", 2, &bits), THRESH_EFORMAT);
    assert_int_equal(float_text_read(wide, "\0", 1, &bits), THRESH_EFORMAT);
}

/* A text's significant digits, and the power of ten of the last of them. */
struct digits {
    char text[32];
    int count;
    int exponent;
};

static void take_digits(struct digits *d, const char *text)
{
    int after_point = -1;
    d->count = 0;
    d->exponent = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.') {
            after_point = 0;
        } else if (*text != '-') {
            after_point += after_point >= 0;
            if (d->count || *text != '0')
                d->text[d->count++] = *text;
        }
    }
    if (after_point > 0)
        d->exponent -= after_point;
    if (*text == 'e')
        d->exponent += (int)strtol(text + 1, NULL, 10);
    while (d->count > 1 && d->text[d->count - 1] == '0') {
        d->count--;
        d->exponent++;
    }
    d->text[d->count] = '\0';
}

static uint64_t must_read(const struct float_format *format, const char *text)
{
    uint64_t bits = 0;
    if (float_text_read(format, text, strlen(text), &bits) != 0)
        fail_msg("%s is not read", text);
    return bits;
}

/* One digit less cannot do: neither truncated nor rounded up. */
static void check_shortest(const struct float_format *format,
                           uint64_t magnitude, const struct digits *d)
{
    char text[64];
    if (d->count < 2)
        return;
    unsigned long long head = strtoull(d->text, NULL, 10) / 10;
    for (unsigned up = 0; up < 2; up++) {
        uint64_t bits;
        (void)snprintf(text, sizeof text, "%llue%d", head + up,
                       d->exponent + 1);
        int rc = float_text_read(format, text, strlen(text), &bits);
        if (!rc && bits == magnitude)
            fail_msg("%s does as well as %se%d", text, d->text, d->exponent);
    }
}

/* libc rounds the true value to a given number of digits: where that text
 * reads back it is the nearest, and must be ours. (It need not read back where
 * the gap below is narrower than the one above.) */
static void check_nearest(const struct float_format *format, uint64_t magnitude,
                          const struct digits *d)
{
    char text[64];
    struct digits rounded;
    if (!magnitude || !libc_is_exact())
        return;
    (void)snprintf(text, sizeof text, "%.*e", d->count - 1,
                   value_of(format, magnitude));
    if (bits_by_libc(format, text) != magnitude)
        return;
    take_digits(&rounded, text);
    assert_string_equal(d->text, rounded.text);
    assert_int_equal(d->exponent, rounded.exponent);
}

static void check_number(const struct float_format *format, uint64_t bits)
{
    char text[FLOAT_TEXT_MAX + 1];
    char precise[64];
    struct digits digits;
    uint64_t magnitude = bits & (format->sign - 1);
    if (magnitude >= format->infinity)
        return;
    size_t size = float_text_write(text, format, bits);
    assert_in_range(size, 1, FLOAT_TEXT_MAX);
    text[size] = '\0';
    if (must_read(format, text) != bits ||
        (libc_is_exact() && bits_by_libc(format, text) != bits))
        fail_msg("%" PRIx64 " does not read back from %s", bits, text);
    (void)snprintf(precise, sizeof precise, "%.17g", value_of(format, bits));
    if (must_read(format, precise) != bits)
        fail_msg("%" PRIx64 " is not what %s reads as", bits, precise);
    take_digits(&digits, text);
    check_shortest(format, magnitude, &digits);
    check_nearest(format, magnitude, &digits);
}

static unsigned rounds(void)
{
    const char *text = getenv("THRESH_TEST_LONG");
    return text && strcmp(text, "1") == 0 ? 1000000 : 200000;
}

static void test_random_doubles(void **state)
{
    struct rng rng = {1};
    (void)state;
    for (unsigned i = rounds(); i; i--)
        check_number(wide, rng_next(&rng));
}

static void test_random_floats(void **state)
{
    struct rng rng = {2};
    (void)state;
    for (unsigned i = rounds(); i; i--)
        check_number(single, rng_next(&rng) >> 32);
}

/* Every power of two, where gaps change, with its neighbours. */
static void test_powers_of_two(void **state)
{
    (void)state;
    for (uint64_t bits = 1; bits < wide->infinity;
         bits += bits < (uint64_t)1 << 52 ? bits : (uint64_t)1 << 52) {
        check_number(wide, bits - 1);
        check_number(wide, bits);
        check_number(wide, bits + 1);
    }
    for (uint64_t bits = 1; bits < single->infinity;
         bits += bits < 1u << 23 ? bits : 1u << 23) {
        check_number(single, bits - 1);
        check_number(single, bits);
        check_number(single, bits + 1);
    }
}

/* Numbers with few digits, whose texts people write. */
static void test_decimals(void **state)
{
    struct rng rng = {3};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[40];
        struct digits want;
        struct digits got;
        (void)snprintf(text, sizeof text, "%" PRIu32 "e%d",
                       rng_below(&rng, 999999999) + 1,
                       (int)rng_below(&rng, 580) - 290);
        uint64_t bits = must_read(wide, text);
        assert_int_equal(bits, bits_by_libc(wide, text));
        take_digits(&want, text);
        text[float_text_write(text, wide, bits)] = '\0';
        take_digits(&got, text);
        assert_string_equal(got.text, want.text);
        assert_int_equal(got.exponent, want.exponent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_doubles),
        cmocka_unit_test(test_known_floats),
        cmocka_unit_test(test_specials),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_rounding),
        cmocka_unit_test(test_read_longest_boundary),
        cmocka_unit_test(test_read_long),
        cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_read_nul),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_random_floats),
        cmocka_unit_test(test_powers_of_two),
        cmocka_unit_test(test_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
