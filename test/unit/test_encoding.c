/* SPDX-License-Identifier: MIT
 *
 * encoding.h: the bytes of corpus files, and that what is written is read as
 * the same. The expected bytes were checked against Go.
 */
#include "unit.h"

#include "base/encoding.h"
#include "base/rng.h"
#include "encoding_check.h"

static void put(uint8_t *out, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* Writes one value and compares. */
static void check_bytes(enum input_kind kind, const void *data, size_t size,
                        const char *want)
{
    struct buf out;
    buf_init(&out, 1000);
    encoding_write_value(&out, kind, data, size);
    assert_false(out.failed);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

static void check_number(enum input_kind kind, uint64_t value, const char *want)
{
    uint8_t bytes[8];
    put(bytes, kind_width(kind), value);
    check_bytes(kind, bytes, kind_width(kind), want);
}

static void check_same(const char *line)
{
    check_line(line, line);
}

static void test_whole_file(void **state)
{
    static const enum input_kind kinds[] = {
        KIND_BYTES, KIND_STRING, KIND_INT,  KIND_FLOAT,
        KIND_BOOL,  KIND_UINT8,  KIND_RUNE,
    };
    static const char want[] = HEADER "[]byte(\"a\")\n"
                                      "string(\"b\")\n"
                                      "int(1)\n"
                                      "float32(2.5)\n"
                                      "bool(true)\n"
                                      "byte('x')\n"
                                      "rune('世')\n";
    uint8_t a = 'a', b = 'b', one[8], real[4], yes = 1, x = 'x', rune[4];
    struct input in = {
        .nargs = 7,
        .arg = {{&a, 1},
                {&b, 1},
                {one, 8},
                {real, 4},
                {&yes, 1},
                {&x, 1},
                {rune, 4}},
    };
    struct buf out;
    (void)state;
    put(one, 8, 1);
    put(real, 4, 0x40200000);
    put(rune, 4, 0x4e16);
    buf_init(&out, 1000);
    encoding_write(&out, kinds, &in);
    assert_string_equal(buf_text(&out), want);

    struct encoding_file file = read_file(buf_text(&out), out.size);
    assert_int_equal(file.input.nargs, 7);
    for (uint32_t i = 0; i < 7; i++) {
        assert_true(encoding_kind_matches(file.kind[i], kinds[i]));
        assert_int_equal(file.input.arg[i].size, in.arg[i].size);
        assert_memory_equal(file.input.arg[i].data, in.arg[i].data,
                            in.arg[i].size);
    }
    encoding_file_release(&file);
    buf_release(&out);
}

static void test_empty_bytes(void **state)
{
    static const enum input_kind kind = KIND_BYTES;
    struct input in = {.nargs = 1, .arg = {{NULL, 0}}};
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    encoding_write(&out, &kind, &in);
    assert_string_equal(buf_text(&out), HEADER "[]byte(\"\")\n");
    struct encoding_file file = read_file(buf_text(&out), out.size);
    assert_int_equal(file.input.nargs, 1);
    assert_int_equal(file.input.arg[0].size, 0);
    assert_non_null(file.input.arg[0].data);
    encoding_file_release(&file);
    buf_release(&out);
}

static void test_write_integers(void **state)
{
    (void)state;
    check_number(KIND_INT, UINT64_MAX, "int(-1)");
    check_number(KIND_INT, (uint64_t)1 << 63, "int(-9223372036854775808)");
    check_number(KIND_INT8, 0x80, "int8(-128)");
    check_number(KIND_INT8, 0x7f, "int8(127)");
    check_number(KIND_INT16, 0x8000, "int16(-32768)");
    check_number(KIND_INT64, 42, "int64(42)");
    check_number(KIND_UINT16, 0xffff, "uint16(65535)");
    check_number(KIND_UINT32, 0xffffffff, "uint32(4294967295)");
    check_number(KIND_UINT64, UINT64_MAX, "uint64(18446744073709551615)");
    check_number(KIND_UINT, UINT64_MAX, "uint(18446744073709551615)");
    check_number(KIND_BOOL, 0, "bool(false)");
    check_number(KIND_BOOL, 1, "bool(true)");
    check_number(KIND_BOOL, 0xfe, "bool(true)");
}

static void test_write_bytes(void **state)
{
    (void)state;
    check_number(KIND_UINT8, 'a', "byte('a')");
    check_number(KIND_UINT8, 0, "byte('\\x00')");
    check_number(KIND_UINT8, 9, "byte('\\t')");
    check_number(KIND_UINT8, 39, "byte('\\'')");
    check_number(KIND_UINT8, 34, "byte('\"')");
    check_number(KIND_UINT8, 92, "byte('\\\\')");
    check_number(KIND_UINT8, 127, "byte('\\x7f')");
    check_number(KIND_UINT8, 128, "byte('\\u0080')");
    check_number(KIND_UINT8, 160, "byte('\\u00a0')");
    check_number(KIND_UINT8, 173, "byte('\\u00ad')");
    check_number(KIND_UINT8, 255, "byte('\xc3\xbf')");
}

static void test_write_runes(void **state)
{
    static const struct {
        uint32_t value;
        const char *text;
    } cases[] = {
        {0, "rune('\\x00')"},
        {'a', "rune('a')"},
        {0x3c0, "rune('π')"},
        {0x200b, "rune('\\u200b')"},
        {0xfffd, "rune('\xef\xbf\xbd')"},
        {0x10ffff, "rune('\\U0010ffff')"},
        {0xe000, "rune('\\ue000')"},
        {0xd800, "int32(55296)"},
        {0xdfff, "int32(57343)"},
        {UINT32_MAX, "int32(-1)"},
        {0x110000, "int32(1114112)"},
        {0x80000000, "int32(-2147483648)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_number(KIND_RUNE, cases[i].value, cases[i].text);
        check_number(KIND_INT32, cases[i].value, cases[i].text);
        check_same(cases[i].text);
    }
}

static void test_write_strings(void **state)
{
    static const struct {
        const char *data;
        size_t size;
        const char *text;
    } cases[] = {
        {"\x80\xff", 2, "string(\"\\x80\\xff\")"},
        {"\xc3", 1, "string(\"\\xc3\")"},
        {"\xed\xa0\x80", 3, "string(\"\\xed\\xa0\\x80\")"},
        {"\xc3\xa9", 2, "string(\"\xc3\xa9\")"},
        {"\0\1\x1b\x7f", 4, "string(\"\\x00\\x01\\x1b\\x7f\")"},
        {"\a\b\f\n\r\t\v", 7, "string(\"\\a\\b\\f\\n\\r\\t\\v\")"},
        {"\xe2\x80\xa8\xe2\x80\x8b\xc2\xa0\xc2\xad", 10,
         "string(\"\\u2028\\u200b\\u00a0\\u00ad\")"},
        {"\xf0\x9f\x98\x80", 4, "string(\"\xf0\x9f\x98\x80\")"},
        {"\xef\xbb\xbf", 3, "string(\"\\ufeff\")"},
        {"\xf0\x9f\x98", 3, "string(\"\\xf0\\x9f\\x98\")"},
        {"\xef\xbf\xbd", 3, "string(\"\xef\xbf\xbd\")"},
        {"q\"uote'", 7, "string(\"q\\\"uote'\")"},
        {"back\\slash`tick`", 16, "string(\"back\\\\slash`tick`\")"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_bytes(KIND_STRING, cases[i].data, cases[i].size, cases[i].text);
        check_same(cases[i].text);
    }
    check_bytes(KIND_BYTES, "\0\1\x1b\x7f", 4,
                "[]byte(\"\\x00\\x01\\x1b\\x7f\")");
}

static void test_write_floats(void **state)
{
    static const struct {
        uint32_t bits;
        const char *text;
    } singles[] = {
        {0x3fc00000, "float32(1.5)"},
        {0x3dcccccd, "float32(0.1)"},
        {0x00000001, "float32(1e-45)"},
        {0x7f7fffff, "float32(3.4028235e+38)"},
        {0x50000026, "float32(8.589974e+09)"},
        {0x80000000, "float32(-0)"},
        {0x7f800000, "float32(+Inf)"},
        {0xff800000, "float32(-Inf)"},
        {0x7fc00000, "float32(NaN)"},
        {0x7fc00001, "math.Float32frombits(0x7fc00001)"},
        {0x7f800001, "math.Float32frombits(0x7f800001)"},
        {0xffc00000, "math.Float32frombits(0xffc00000)"},
    };
    static const struct {
        uint64_t bits;
        const char *text;
    } doubles[] = {
        {0x7fefffffffffffff, "float64(1.7976931348623157e+308)"},
        {0x0000000000000001, "float64(5e-324)"},
        {0x3fd5555555555555, "float64(0.3333333333333333)"},
        {0x8000000000000000, "float64(-0)"},
        {0x44b52d02c7e14af6, "float64(1e+23)"},
        {0x40f86a0000000000, "float64(100000)"},
        {0x412e848000000000, "float64(1e+06)"},
        {0x40fe240b33333333, "float64(123456.7)"},
        {0x3d30000000000000, "float64(5.684341886080802e-14)"},
        {0x7ff0000000000000, "float64(+Inf)"},
        {0xfff0000000000000, "float64(-Inf)"},
        {0x7ff8000000000001, "float64(NaN)"},
        {0x7ff8000000000000, "math.Float64frombits(0x7ff8000000000000)"},
        {0xfff8000000000001, "math.Float64frombits(0xfff8000000000001)"},
        {0x7ff0000000000001, "math.Float64frombits(0x7ff0000000000001)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        check_number(KIND_FLOAT, singles[i].bits, singles[i].text);
        check_same(singles[i].text);
    }
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        check_number(KIND_DOUBLE, doubles[i].bits, doubles[i].text);
        check_same(doubles[i].text);
    }
}

/* Spans stay right while the buffer behind them grows and moves. */
static void test_spans_after_growth(void **state)
{
    static const enum input_kind kinds[] = {KIND_INT, KIND_BYTES, KIND_STRING};
    enum { SIZE = 50000 };
    uint8_t *data = malloc(SIZE);
    uint8_t number[8];
    struct buf out;
    struct rng rng = {5};
    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)rng_next(&rng);
    put(number, 8, 0x0102030405060708);
    struct input in = {
        .nargs = 3,
        .arg = {{number, 8}, {data, SIZE}, {data + 100, SIZE - 100}},
    };
    buf_init(&out, 1 << 20);
    encoding_write(&out, kinds, &in);
    assert_false(out.failed);
    struct encoding_file file = read_file(buf_text(&out), out.size);
    assert_int_equal(file.input.nargs, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(file.kind[i], kinds[i]);
        assert_int_equal(file.input.arg[i].size, in.arg[i].size);
        assert_memory_equal(file.input.arg[i].data, in.arg[i].data,
                            in.arg[i].size);
    }
    encoding_file_release(&file);
    buf_release(&out);
    free(data);
}

/* Every kind survives writing and reading, bit for bit; THRESH_TEST_LONG=1
 * tries 1,000,000 values of each. */
static void test_round_trip_of_every_kind(void **state)
{
    struct rng rng = {6};
    (void)state;
    for (unsigned round = test_rounds(5000, 1000000); round; round--) {
        enum input_kind kinds[KIND_COUNT];
        uint8_t bytes[KIND_COUNT][8];
        struct input in = {.nargs = KIND_COUNT};
        for (uint32_t i = 0; i < KIND_COUNT; i++) {
            kinds[i] = (enum input_kind)i;
            size_t width = kind_width(kinds[i]);
            put(bytes[i], 8, rng_next(&rng) >> rng_below(&rng, 64));
            if (kinds[i] == KIND_BOOL)
                bytes[i][0] &= 1;
            in.arg[i] = (struct span){bytes[i], width ? (uint32_t)width
                                                      : rng_below(&rng, 9)};
        }
        struct buf out;
        buf_init(&out, 10000);
        encoding_write(&out, kinds, &in);
        struct encoding_file file = read_file(buf_text(&out), out.size);
        assert_int_equal(file.input.nargs, KIND_COUNT);
        for (uint32_t i = 0; i < KIND_COUNT; i++) {
            assert_true(encoding_kind_matches(file.kind[i], kinds[i]));
            assert_int_equal(file.input.arg[i].size, in.arg[i].size);
            assert_memory_equal(file.input.arg[i].data, bytes[i],
                                in.arg[i].size);
        }
        encoding_file_release(&file);
        buf_release(&out);
    }
}

static void test_round_trip_of_every_small_value(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        static const enum input_kind kinds[] = {KIND_UINT8, KIND_INT8};
        uint8_t byte = (uint8_t)value;
        struct input in = {.nargs = 2, .arg = {{&byte, 1}, {&byte, 1}}};
        struct buf out;
        buf_init(&out, 100);
        encoding_write(&out, kinds, &in);
        struct encoding_file file = read_file(buf_text(&out), out.size);
        assert_int_equal(file.input.nargs, 2);
        assert_int_equal(file.kind[0], KIND_UINT8);
        assert_int_equal(file.kind[1], KIND_INT8);
        assert_int_equal(get(file.input.arg[0]), value);
        assert_int_equal(get(file.input.arg[1]), value);
        encoding_file_release(&file);
        buf_release(&out);
    }
}

/* Good files with a few bytes changed: whatever happens, it is no crash, and
 * what is accepted is written and read again as the same. */
static void test_damaged_files(void **state)
{
    static const char good[] =
        HEADER "[]byte(\"a\\x00\\u00e9\\\"\")\nstring(`b`)\nint(-0x1_f)\n"
               "float32(2.5e-3)\nmath.Float64frombits(0x7ff8000000000002)\n"
               "bool(true)\nbyte('\\377')\nrune('\xe4\xb8\x96') // x\n";
    static const char spice[] = "()[]\"'`\\-+.,eExp0_9/* \n\xff\xc3\xa9";
    struct rng rng = {7};
    unsigned accepted = 0;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint8_t text[sizeof good - 1];
        size_t size = sizeof text;
        memcpy(text, good, size);
        for (uint32_t n = rng_below(&rng, 4); n; n--)
            text[sizeof HEADER - 1 +
                 rng_below(&rng, (uint32_t)(size - sizeof HEADER + 1))] =
                (uint8_t)spice[rng_below(&rng, sizeof spice - 1)];
        if (rng_below(&rng, 4) == 0)
            size = rng_below(&rng, (uint32_t)size + 1);
        uint8_t *copy = malloc(size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, text, size);
        struct encoding_file file;
        if (encoding_read(&file, copy, size, NULL) == 0) {
            struct buf out;
            buf_init(&out, 10000);
            encoding_write(&out, file.kind, &file.input);
            struct encoding_file again = read_file(buf_text(&out), out.size);
            assert_int_equal(again.input.nargs, file.input.nargs);
            assert_int_equal(input_bytes(&again.input),
                             input_bytes(&file.input));
            encoding_file_release(&again);
            buf_release(&out);
            accepted++;
        }
        encoding_file_release(&file);
        free(copy);
    }
    assert_in_range(accepted, 1000, 19000);
}

static void test_kind_matches(void **state)
{
    (void)state;
    for (int a = 0; a < KIND_COUNT; a++) {
        for (int b = 0; b < KIND_COUNT; b++) {
            bool runes = (a == KIND_RUNE && b == KIND_INT32) ||
                         (a == KIND_INT32 && b == KIND_RUNE);
            assert_int_equal(
                encoding_kind_matches((enum input_kind)a, (enum input_kind)b),
                a == b || runes);
        }
    }
}

/* A buffer that is too small fails and sticks; nothing is overrun. */
static void test_write_beyond_maximum(void **state)
{
    struct buf out;
    (void)state;
    for (size_t max = 0; max < 20; max++) {
        buf_init(&out, max);
        encoding_write_value(&out, KIND_STRING, (const uint8_t *)"a\n\x80", 3);
        assert_int_equal(out.failed, max < strlen("string(\"a\\n\\x80\")"));
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_empty_bytes),
        cmocka_unit_test(test_write_integers),
        cmocka_unit_test(test_write_bytes),
        cmocka_unit_test(test_write_runes),
        cmocka_unit_test(test_write_strings),
        cmocka_unit_test(test_write_floats),
        cmocka_unit_test(test_spans_after_growth),
        cmocka_unit_test(test_round_trip_of_every_kind),
        cmocka_unit_test(test_round_trip_of_every_small_value),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_kind_matches),
        cmocka_unit_test(test_write_beyond_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
