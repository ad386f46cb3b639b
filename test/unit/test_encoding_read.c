/* SPDX-License-Identifier: MIT
 *
 * encoding.h: what the reader of corpus files takes, what it refuses, and with
 * which words; as Go's does.
 */
#include "unit.h"

#include "base/encoding.h"
#include "encoding_check.h"

static void check_refused(const char *text, size_t size, const char *want)
{
    struct encoding_file file;
    struct thresh_err err = {0};
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    int rc = encoding_read(&file, copy, size, &err);
    free(copy);
    if (!rc)
        fail_msg("accepted: %s", text);
    assert_int_equal(rc, THRESH_EFORMAT);
    assert_int_equal(err.code, rc);
    if (want)
        assert_string_equal(err.msg, want);
    /* Nothing is left behind, and to release it all the same is harmless. */
    assert_null(file.bytes.data);
    encoding_file_release(&file);
}

/* A line is refused, with this reason if there is one. */
static void check_bad_line(const char *line, const char *why)
{
    char text[600];
    int size = snprintf(text, sizeof text, HEADER "%s\n", line);
    struct encoding_file file;
    struct thresh_err err = {0};
    check_refused(text, (size_t)size, NULL);
    (void)encoding_read(&file, (const uint8_t *)text, (size_t)size, &err);
    assert_memory_equal(err.msg, "malformed line \"", 16);
    const char *reason = strstr(err.msg, "\": ");
    assert_non_null(reason);
    if (why)
        assert_string_equal(reason + 3, why);
}

static void test_lines(void **state)
{
    static const char crlf[] = "go test fuzz v1\r\nint(0)\r\n";
    static const char lenient[] =
        "go test fuzz v1\n\n  int(0x0)  \n\tbyte(0x41)\n";
    /* Unicode's spaces around a value, and no last newline. */
    static const char spaces[] =
        "go test fuzz v1\n\xc2\xa0\xe3\x80\x80\v\fint(7)\xe2\x80\xa9\xc2\x85";
    (void)state;
    struct encoding_file file = read_file(crlf, sizeof crlf - 1);
    assert_int_equal(file.input.nargs, 1);
    assert_int_equal(file.kind[0], KIND_INT);
    assert_int_equal(get(file.input.arg[0]), 0);
    encoding_file_release(&file);

    file = read_file(lenient, sizeof lenient - 1);
    assert_int_equal(file.input.nargs, 2);
    assert_int_equal(get(file.input.arg[0]), 0);
    assert_int_equal(file.kind[1], KIND_UINT8);
    assert_int_equal(get(file.input.arg[1]), 'A');
    encoding_file_release(&file);

    file = read_file(spaces, sizeof spaces - 1);
    assert_int_equal(file.input.nargs, 1);
    assert_int_equal(get(file.input.arg[0]), 7);
    encoding_file_release(&file);
}

static void test_no_values(void **state)
{
    (void)state;
    struct encoding_file file = read_file(HEADER, sizeof HEADER - 1);
    assert_int_equal(file.input.nargs, 0);
    encoding_file_release(&file);
    file = read_file(HEADER "\n \r\n", sizeof HEADER - 1 + 4);
    assert_int_equal(file.input.nargs, 0);
    encoding_file_release(&file);
}

/* Lines and their canonical form. */
static const char *const accepted_lines[][2] = {
    {"int32(0x41)", "rune('A')"},
    {"uint8(0b0)", "byte('\\x00')"},
    {"math.Float64frombits(9221120237041090562)",
     "math.Float64frombits(0x7ff8000000000002)"},
    {"int(- 1)", "int(-1)"},
    {"int(1_000)", "int(1000)"},
    {"int(017)", "int(15)"},
    {"int(0_7)", "int(7)"},
    {"int(0o17)", "int(15)"},
    {"int(0O17)", "int(15)"},
    {"int(0b_101)", "int(5)"},
    {"int(0B1)", "int(1)"},
    {"int(0x_fF)", "int(255)"},
    {"int(0Xff)", "int(255)"},
    {"int(00)", "int(0)"},
    {"int(-0)", "int(0)"},
    {"int(-9223372036854775808)", "int(-9223372036854775808)"},
    {"int(9223372036854775807)", "int(9223372036854775807)"},
    {"int8(-0x80)", "int8(-128)"},
    {"uint64(0xffffffffffffffff)", "uint64(18446744073709551615)"},
    {"float64(.5)", "float64(0.5)"},
    {"float64(1.)", "float64(1)"},
    {"float64(0x1p-2)", "float64(0.25)"},
    {"float64(0x_1.8P+1)", "float64(3)"},
    {"float64(017)", "float64(17)"},
    {"float64(09.5)", "float64(9.5)"},
    {"float64(08e1)", "float64(80)"},
    {"float64(1_0.2_5e0_1)", "float64(102.5)"},
    {"float64(10)", "float64(10)"},
    {"float64(- 1.5)", "float64(-1.5)"},
    {"float64(-0)", "float64(-0)"},
    {"float64(1e-400)", "float64(0)"},
    {"float32(1e-60)", "float32(0)"},
    {"float64(^Inf)", "float64(+Inf)"},
    {"float64(!Inf)", "float64(+Inf)"},
    {"float64(&Inf)", "float64(+Inf)"},
    {"float64(~ Inf)", "float64(+Inf)"},
    {"float64(<-Inf)", "float64(+Inf)"},
    {"float32(+Inf)", "float32(+Inf)"},
    {"float32(-Inf)", "float32(-Inf)"},
    {"byte('\\377')", "byte('\xc3\xbf')"},
    {"byte('\\xff')", "byte('\xc3\xbf')"},
    {"byte('\\u00ff')", "byte('\xc3\xbf')"},
    {"byte('\xc3\xbf')", "byte('\xc3\xbf')"},
    {"byte(255)", "byte('\xc3\xbf')"},
    {"byte('\t')", "byte('\\t')"},
    {"byte('\"')", "byte('\"')"},
    {"rune(-1)", "int32(-1)"},
    {"rune(0x110000)", "int32(1114112)"},
    {"rune('\\'')", "rune('\\'')"},
    {"rune('\\U0001F600')", "rune('\xf0\x9f\x98\x80')"},
    {"int(1) // note", "int(1)"},
    {"int(1) /* note */", "int(1)"},
    {"int(1)// /* (", "int(1)"},
    {"/**/ int /* a */ ( /* ) */ 1 /* b */ , /* c */ )", "int(1)"},
    {"int(1,)", "int(1)"},
    {"int(1 ...)", "int(1)"},
    {"string(\"a\"..., )", "string(\"a\")"},
    {"  int\t( \r 1 )", "int(1)"},
    {"\xef\xbb\xbfint(1)", "int(1)"},
    {"bool ( true )", "bool(true)"},
    {"[ ] byte (`a\\n\"\r`)", "[]byte(\"a\\\\n\\\"\")"},
    {"string(``)", "string(\"\")"},
    {"string(\"\\u00e9\\U0001F600\\101\\x41\\377\\\\\\\"\")",
     "string(\"\xc3\xa9\xf0\x9f\x98\x80"
     "AA\\xff\\\\\\\"\")"},
    {"string(\"a\tb'`//\")", "string(\"a\\tb'`//\")"},
    {"math . Float32frombits (0x1)", "float32(1e-45)"},
    {"math.Float64frombits(0x7ff8000000000001)", "float64(NaN)"},
    {"math.Float32frombits(4294967295)", "math.Float32frombits(0xffffffff)"},
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted_lines / sizeof accepted_lines[0];
         i++)
        check_line(accepted_lines[i][0], accepted_lines[i][1]);
}

static void test_refused_files(void **state)
{
    static const char *const headers[][2] = {
        {"go test fuzz v2\nint(1)\n",
         "unknown encoding version: go test fuzz v2"},
        {" go test fuzz v1\n", "unknown encoding version:  go test fuzz v1"},
        {"go test fuzz v1 \n", "unknown encoding version: go test fuzz v1 "},
        {"\xef\xbb\xbfgo test fuzz v1\n",
         "unknown encoding version: \\ufeffgo test fuzz v1"},
        {"go test fuzz v1\r\r\n",
         "unknown encoding version: go test fuzz v1\\r"},
        {"\n", "unknown encoding version: "},
        {"\r\n", "unknown encoding version: "},
        {"int(1234)\n", "unknown encoding version: int(1234)"},
    };
    (void)state;
    check_refused("", 0, "cannot unmarshal empty string");
    check_refused("go test fuzz v1", 15,
                  "must include version and at least one value");
    check_refused("int(1234)", 9,
                  "must include version and at least one value");
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        check_refused(headers[i][0], strlen(headers[i][0]), headers[i][1]);
}

/* Lines and why they are refused. */
static const char *const bad_lines[][2] = {
    {"int()", "expected call expression with 1 argument; got 0"},
    {"int(1, 2)", "expected call expression with 1 argument; got more"},
    {"int8(1234456)", "value out of range"},
    {"int(9223372036854775808)", "value out of range"},
    {"int(99999999999999999999999)", "value out of range"},
    {"int(1.5)", "integer literal required for int types"},
    {"int('a')", "integer literal required for int types"},
    {"int32('a')", "integer literal required for int types"},
    {"int(+1)", "unsupported operation on int/float: +"},
    {"int(<-1)", "unsupported operation on int/float: <-"},
    {"int(20*5)", "literal value required for primitive type"},
    {"uint8('a')", "integer literal required for uint types"},
    {"uint(1.0)", "integer literal required for uint types"},
    {"uint8(256)", "value out of range"},
    {"byte(256)", "value out of range"},
    {"byte('\xe2\x98\x83')", "can only encode single byte to a byte type"},
    {"byte(\"a\")", "character literal required for byte/rune types"},
    {"rune(1.0)", "character literal required for byte/rune types"},
    {"rune(0x80000000)", "value out of range"},
    {"bool(0)", "malformed bool"},
    {"bool(yes)", "true or false required for type bool"},
    {"float64(1e400)", "value out of range"},
    {"float32(1e39)", "value out of range"},
    {"float64(+1)", "unsupported operation on int/float: +"},
    {"float64(0x1.8)", "hexadecimal mantissa requires a 'p' exponent"},
    {"float64(1p1)", "'p' exponent requires hexadecimal mantissa"},
    {"float64(0b1e1)", "'e' exponent requires decimal mantissa"},
    {"float64(0o1.0)", "invalid radix point in number"},
    {"int(0x)", "number has no digits"},
    {"[]byte(nil)", "string literal required for type []byte"},
    {"[]byte(1)", "string literal required for type []byte"},
    {"string(1)", "string literal value required for type string"},
    {"[]uint8(\"a\")", "expected []byte"},
    {"[][]byte(\"a\")", "expected []byte"},
    {"[1]byte(\"a\")", "expected []byte or primitive type"},
    {"complex64(1)", "expected []byte or primitive type"},
    {"math.Sqrt(1)", "invalid selector type"},
    {"maths.Float64frombits(1)", "invalid selector type"},
    {"math.Float32frombits(4294967296)", "value out of range"},
    {"math.Float64frombits(18446744073709551616)", "value out of range"},
    {"int", "expected call expression"},
    {"// int(1)", "expected call expression"},
    {"/* int(1) */", "expected call expression"},
    {"(int(1))", "expected call expression"},
};

static void test_refused_with_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++)
        check_bad_line(bad_lines[i][0], bad_lines[i][1]);
}

/* More of them; the words are of no interest. */
static const char *const bad_calls[] = {
    "string(\"a\"bcad)",
    "int(1",
    "int 1",
    "int(1))",
    "int(1)(2)",
    "int(1);",
    "int(1) int(2)",
    "int((1))",
    "(int)(1)",
    "bool((true))",
    "string(\"a\" + \"b\")",
    "int(1,,)",
    "int(,1)",
    "int(,)",
    "int[1](2)",
    "int{1}",
    "-int(1)",
    "*int(1)",
    "int(1) + 2",
    "int(1).x",
    "int.x(1)",
    "math.(1)",
    "math(1)",
    "[byte(\"a\")",
    "[...]byte(\"a\")",
    "[]byte{1}",
    "[]byte",
    "1(2)",
    "\"string\"(\"a\")",
    "int(1 // )",
    "int(1 /* )",
    "int(1) /*",
    "int(1) /",
    "int(1) /*/",
    "/",
    "...",
    "int(1 .. )",
    "int(1...)",
    "int(... 1)",
    "int(true.x)",
    "Int(1)",
    "int\v(1)",
    "string(\"a\", \"b\")",
    "[]math.byte(\"a\")",
};

static const char *const bad_operators[] = {
    "uint(-32)",
    "uint(-0)",
    "byte(-1)",
    "uint8(+1)",
    "int(--5)",
    "int(- -5)",
    "int(++5)",
    "int(!5)",
    "int(-)",
    "rune(-'a')",
    "string(-\"a\")",
    "bool(!true)",
    "float64(Inf)",
    "float64(-NaN)",
    "float64(+NaN)",
    "float64(--Inf)",
    "float64(&&Inf)",
    "float64(&^Inf)",
    "float64(!=Inf)",
    "float64(*Inf)",
    "float64(<Inf)",
    "float64(/Inf)",
    "int(-Inf)",
    "int(NaN)",
    "string(NaN)",
    "math.Float64frombits(-1)",
    "math.Float64frombits(1.0)",
    "math.Float64frombits(NaN)",
    "rune(NaN)",
    "rune(+Inf)",
};

static const char *const bad_numbers[] = {
    "int(_1)",
    "int(1_)",
    "int(1__0)",
    "int(0x)",
    "int(0x_)",
    "int(0b2)",
    "int(0o8)",
    "int(08)",
    "int(0_8)",
    "int(0b)",
    "int(0b1_)",
    "int(1i)",
    "int(0xg)",
    "int(1a)",
    "int(1e0)",
    "float64(1_.5)",
    "float64(1._5)",
    "float64(1e_5)",
    "float64(1e)",
    "float64(1e+)",
    "float64(1_e5)",
    "float64(0x10)",
    "float64(0b1)",
    "float64(0o7)",
    "float64(0x1p)",
    "float64(0x_p1)",
    "float64(0x1_p1)",
    "float64(1p1)",
    "float64(0b1.0)",
    "float64(0b1e1)",
    "float64(.)",
    "float64(1.2.3)",
    "float64(09)",
    "float64(1.5f)",
    "float64('a')",
    "float64(\"1\")",
    "float64(true)",
    "float64(0x1p1024)",
    "int(1,5)",
    "int8(128)",
    "int8(-129)",
    "int16(32768)",
    "int64(-0x8000000000000001)",
    "uint16(65536)",
    "uint32(4294967296)",
    "uint64(18446744073709551616)",
    "rune(2147483648)",
    "rune(-2147483649)",
};

static const char *const bad_literals[] = {
    "byte('aa)",
    "byte('aa')",
    "byte('')",
    "byte(''')",
    "byte('\\')",
    "byte('\\\"')",
    "byte('\\400')",
    "byte('\\x1')",
    "byte('\\08')",
    "rune('\\ud800')",
    "rune('\\U00110000')",
    "rune('\\u12')",
    "rune('\\q')",
    "rune('a",
    "string(\"a)",
    "string(`a)",
    "string(\"\\'\")",
    "string(\"\\`\")",
    "string(\"\\ud800\")",
    "string(\"\\400\")",
    "string(\"\\q\")",
    "string(\"\\x\")",
    "string(\"\\xg0\")",
    "string(\"\\18\")",
    "string(\"\\U0011FFFF\")",
    "string(\"\\\")",
    "string('a')",
    "string(1)",
    "string(true)",
};

static const char *const bad_characters[] = {
    "string(\"\xff\")",
    "string(`\xc3`)",
    "int(1) // \x80",
    "string(\"\xef\xbb\xbf\")",
    "int(1) // \xef\xbb\xbf",
    "\xef\xbb\xbf\xef\xbb\xbfint(1)",
    "\xc3\xa9(1)",
    "byte\xc3\xa9(1)",
    "int(1\xc2\xa0)",
    "int(#1)",
    "int(1)\\",
};

static void check_bad_lines(const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_bad_line(lines[i], NULL);
}

static void test_refused(void **state)
{
    (void)state;
    check_bad_lines(bad_calls, sizeof bad_calls / sizeof bad_calls[0]);
    check_bad_lines(bad_operators,
                    sizeof bad_operators / sizeof bad_operators[0]);
    check_bad_lines(bad_numbers, sizeof bad_numbers / sizeof bad_numbers[0]);
    check_bad_lines(bad_literals, sizeof bad_literals / sizeof bad_literals[0]);
    check_bad_lines(bad_characters,
                    sizeof bad_characters / sizeof bad_characters[0]);
    static const char nul[] = HEADER "string(\"a\0b\")\n";
    check_refused(nul, sizeof nul - 1,
                  "malformed line \"string(\\\"a\\x00b\\\")\": illegal "
                  "character NUL");
    /* A value over two lines. */
    check_refused(HEADER "string(`a\nb`)\n", sizeof HEADER - 1 + 14, NULL);
}

static void test_malformed_line_text(void **state)
{
    static const char text[] = HEADER "int(1)\n\t foo(\"\x01\")\r\n";
    (void)state;
    check_refused(text, sizeof text - 1,
                  "malformed line \"foo(\\\"\\x01\\\")\": expected []byte or "
                  "primitive type");
}

/* However long the line, the reason is there to read. */
static void test_long_malformed_line(void **state)
{
    enum { SIZE = 100000 };
    char *text = malloc(SIZE);
    struct encoding_file file;
    struct thresh_err err = {0};
    (void)state;
    assert_non_null(text);
    memset(text, '(', SIZE);
    memcpy(text, HEADER "[]byte", sizeof HEADER - 1 + 6);
    assert_int_equal(encoding_read(&file, (const uint8_t *)text, SIZE, &err),
                     THRESH_EFORMAT);
    assert_non_null(strstr(err.msg, "(((...\": literal value required"));
    assert_int_equal(encoding_read(&file, (const uint8_t *)text, SIZE, NULL),
                     THRESH_EFORMAT);
    free(text);
}

static void test_too_many_values(void **state)
{
    struct buf text;
    struct encoding_file file;
    struct thresh_err err = {0};
    (void)state;
    buf_init(&text, 1000);
    buf_add_text(&text, HEADER);
    for (int i = 0; i < INPUT_MAX_ARGS; i++)
        buf_add_text(&text, "bool(true)\n");
    file = read_file(buf_text(&text), text.size);
    assert_int_equal(file.input.nargs, INPUT_MAX_ARGS);
    encoding_file_release(&file);
    buf_add_text(&text, "bool(true)\n");
    assert_int_equal(encoding_read(&file, text.data, text.size, &err),
                     THRESH_ELIMIT);
    assert_string_equal(err.msg, "more than 16 values");
    buf_release(&text);
}

static void test_has_header(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        {"", false},
        {"go test fuzz v1", false},
        {"go test fuzz v1\r", false},
        {"go test fuzz v1\n", true},
        {"go test fuzz v1\r\n", true},
        {"go test fuzz v1\nint(1)\n", true},
        {"go test fuzz v1\r\r\n", false},
        {"go test fuzz v1 \n", false},
        {"go test fuzz v10\n", false},
        {"Go test fuzz v1\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(encoding_has_header((const uint8_t *)cases[i].text,
                                             strlen(cases[i].text)),
                         cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_no_values),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_refused_with_reason),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_malformed_line_text),
        cmocka_unit_test(test_long_malformed_line),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_has_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
