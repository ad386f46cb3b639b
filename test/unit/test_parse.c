/* SPDX-License-Identifier: MIT
 *
 * Reading and writing numbers as flags and reports have them. The durations
 * are cases of Go's own notation.
 */
#include "unit.h"

#include "base/parse.h"

#define BAD UINT64_MAX

static const struct {
    const char *text;
    uint64_t us;
} durations[] = {
    {"0", 0},
    {"+0", 0},
    {"-0", 0},
    {"0s", 0},
    {"-0s", 0},
    {"30s", 30000000},
    {"+5s", 5000000},
    {"1m", 60000000},
    {"1h2m3.5s", 3723500000},
    {"100ms", 100000},
    {"1us", 1},
    {"1\xc2\xb5s", 1},
    {"1\xce\xbcs", 1},
    {"1ns", 1},
    {"1000ns", 1},
    {"1001ns", 2},
    {".5s", 500000},
    {"1.s", 1000000},
    {"1.5h", 5400000000},
    {"0.0000001h", 360},
    {"0.3333333333333333333333333333h", 1200000000},
    {"0.000000000001s", 0},
    {"3s2h", 7203000000},
    {"9223372036854775807ns", 9223372036854776},
    {"9223372036854775808ns", BAD},
    {"2562047h47m16.854775807s", 9223372036854776},
    {"2562047h47m16.854775808s", BAD},
    {"2562048h", BAD},
    {"99999999999999999999s", BAD},
    {"", BAD},
    {"-", BAD},
    {"+", BAD},
    {"3", BAD},
    {"00", BAD},
    {"s", BAD},
    {".", BAD},
    {".s", BAD},
    {"-1s", BAD},
    {"-1ns", BAD},
    {"1s ", BAD},
    {" 1s", BAD},
    {"1 s", BAD},
    {"1d", BAD},
    {"1S", BAD},
    {"1sm", BAD},
    {"1s1", BAD},
    {"1..5s", BAD},
    {"1.5.5s", BAD},
    {"1s-1s", BAD},
    {"1e3s", BAD},
    {"0x1s", BAD},
};

static void test_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        struct thresh_err err = {0};
        uint64_t us = 77;
        int rc = parse_duration(&us, durations[i].text, &err);
        if (durations[i].us == BAD) {
            assert_int_equal(rc, THRESH_EUSAGE);
            assert_string_equal(err.msg, "invalid duration");
            assert_int_equal(us, 77);
            continue;
        }
        assert_int_equal(rc, 0);
        assert_int_equal(us, durations[i].us);
        assert_int_equal(err.code, 0);
    }
}

static void test_duration_or_count(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t us;
        uint64_t count;
        const char *error;          /* when zero is not allowed */
        const char *error_for_zero; /* when it is */
    } rows[] = {
        {"30s", 30000000, 0, NULL, NULL},
        {"1000x", 0, 1000, NULL, NULL},
        {"+7x", 0, 7, NULL, NULL},
        {"9223372036854775807x", 0, INT64_MAX, NULL, NULL},
        {"0s", 0, 0, "invalid duration", NULL},
        {"0", 0, 0, "invalid duration", NULL},
        {"0x", 0, 0, "invalid count", NULL},
        {"-0x", 0, 0, "invalid count", NULL},
        {"-1s", 0, 0, "invalid duration", "invalid duration"},
        {"-1x", 0, 0, "invalid count", "invalid count"},
        {"10", 0, 0, "invalid duration", "invalid duration"},
        {"", 0, 0, "invalid duration", "invalid duration"},
        {"x", 0, 0, "invalid count", "invalid count"},
        {"1xx", 0, 0, "invalid count", "invalid count"},
        {"1.5x", 0, 0, "invalid count", "invalid count"},
        {"1 x", 0, 0, "invalid count", "invalid count"},
        {"10x ", 0, 0, "invalid duration", "invalid duration"},
        {"9223372036854775808x", 0, 0, "invalid count", "invalid count"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int zero = 0; zero < 2; zero++) {
            struct thresh_err err = {0};
            struct duration_or_count v = {77, 78};
            const char *error = zero ? rows[i].error_for_zero : rows[i].error;
            int rc = parse_duration_or_count(&v, rows[i].text, zero, &err);
            if (error) {
                assert_int_equal(rc, THRESH_EUSAGE);
                assert_string_equal(err.msg, error);
                assert_int_equal(v.us, 77);
                assert_int_equal(v.count, 78);
                continue;
            }
            assert_int_equal(rc, 0);
            assert_int_equal(v.us, rows[i].us);
            assert_int_equal(v.count, rows[i].count);
        }
    }
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
        int rc;
    } rows[] = {
        {"0", 0, 0},
        {"4096", 4096, 0},
        {"10B", 10, 0},
        {"1K", 1024, 0},
        {"1KB", 1024, 0},
        {"1KiB", 1024, 0},
        {"400MB", 400ull << 20, 0},
        {"400mb", 400ull << 20, 0},
        {"1GiB", 1ull << 30, 0},
        {"2T", 2ull << 40, 0},
        {"18446744073709551615", UINT64_MAX, 0},
        {"16777215TB", 16777215ull << 40, 0},
        {"18446744073709551616", 0, THRESH_EUSAGE},
        {"16777216TB", 0, THRESH_EUSAGE},
        {"", 0, THRESH_EUSAGE},
        {"MB", 0, THRESH_EUSAGE},
        {"-1", 0, THRESH_EUSAGE},
        {"+1", 0, THRESH_EUSAGE},
        {"1.5GB", 0, THRESH_EUSAGE},
        {"1 MB", 0, THRESH_EUSAGE},
        {"1MBB", 0, THRESH_EUSAGE},
        {"1Mi", 0, THRESH_EUSAGE},
        {"1iB", 0, THRESH_EUSAGE},
        {"1P", 0, THRESH_EUSAGE},
        {"1MB ", 0, THRESH_EUSAGE},
        {"0x10", 0, THRESH_EUSAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct thresh_err err = {0};
        uint64_t bytes = 77;
        assert_int_equal(parse_size(&bytes, rows[i].text, &err), rows[i].rc);
        assert_int_equal(bytes, rows[i].rc ? 77 : rows[i].bytes);
        assert_string_equal(err.msg, rows[i].rc ? "invalid size" : "");
    }
}

static void test_unsigned_integers(void **state)
{
    (void)state;
    uint64_t n = 77;
    struct thresh_err err = {0};
    const char *bad[] = {
        "", " 1", "1 ", "-1", "+1", "1x", "0x1", "256", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse_uint(&n, bad[i], 255, &err), THRESH_EUSAGE);
        assert_string_equal(err.msg, "invalid number");
        assert_int_equal(n, 77);
    }
    assert_int_equal(parse_uint(&n, "255", 255, &err), 0);
    assert_int_equal(n, 255);
    assert_int_equal(parse_uint(&n, "007", 7, NULL), 0);
    assert_int_equal(n, 7);
    assert_int_equal(parse_uint(&n, "8", 7, NULL), THRESH_EUSAGE);
    assert_int_equal(parse_uint(&n, "0", 0, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(parse_uint(&n, "18446744073709551615", UINT64_MAX, NULL),
                     0);
    assert_true(n == UINT64_MAX);
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        uint64_t us;
        const char *whole;
        const char *decimals;
    } rows[] = {
        {0, "0s", "0.00s"},
        {4999, "0s", "0.00s"},
        {5000, "0s", "0.01s"},
        {90000, "0s", "0.09s"},
        {499999, "0s", "0.50s"},
        {500000, "1s", "0.50s"},
        {3000000, "3s", "3.00s"},
        {59499999, "59s", "59.50s"},
        {59500000, "1m0s", "59.50s"},
        {60000000, "1m0s", "60.00s"},
        {3600000000, "1h0m0s", "3600.00s"},
        {3723000000, "1h2m3s", "3723.00s"},
        {360000000000, "100h0m0s", "360000.00s"},
        {UINT64_MAX, "5124095576h1m50s", "18446744073709.55s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[DURATION_TEXT_SIZE];
        format_duration(text, rows[i].us);
        assert_string_equal(text, rows[i].whole);
        format_seconds(text, rows[i].us);
        assert_string_equal(text, rows[i].decimals);
    }
}

static void test_moments(void **state)
{
    (void)state;
    static const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00"},
        {951782399, "2000-02-28T23:59:59"},
        {951782400, "2000-02-29T00:00:00"},
        {951868800, "2000-03-01T00:00:00"},
        {1709251199, "2024-02-29T23:59:59"},
        {1735689599, "2024-12-31T23:59:59"},
        {1735689600, "2025-01-01T00:00:00"},
        {4107542400, "2100-03-01T00:00:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[UTC_TEXT_SIZE];
        format_utc(text, rows[i].seconds);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_duration_or_count),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unsigned_integers),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
