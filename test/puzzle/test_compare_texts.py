# SPDX-License-Identifier: MIT
"""Raw targets that compare texts in their input, or what they made of them,
with texts of their own."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "script"))
from conftest import WINDOWS  # noqa: E402
from compare import AGAIN, CHAIN, FUNCTION, solve, target  # noqa: E402
from fuzzing import fuzz_both, programs  # noqa: E402, F401 (fixtures)

LONG = "The quick brown fox jumps over the lazy dog, and then once more: " \
       "the lazy dog is not amused by it."
# mingw's libc has no others.
NSEARCHES = 1 if WINDOWS else 3
COPY = """\
    char c[256] = {0};
    memcpy(c, d, n < 255 ? n : 255);
"""
PUZZLES = {
    "memcmp": target(['!memcmp(d, "\\x01\\x02\\xfe\\x44", 4)',
                      '!memcmp(d + 4, "abcd1234", 8)',
                      '!memcmp(d + 12, "The quick brown ", 16)',
                      '!memcmp(d + 28, "fox jumps over the lazy do", 26)'], 54),
    "memcmp of long texts": target([f'!memcmp(d + 3, "{LONG}", {len(LONG)})'],
                                   110),
    "strncmp": target(['!strncmp((const char *)d, "HEAD", 4)',
                       '!strncasecmp((const char *)d + 4, "CoNtEnT!", 8)',
                       '!strncmp((const char *)d + 12, "The quick brown ", 16)',
                       '!strncasecmp((const char *)d + 28, "fOx jumps", 9)'],
                      54),
    "strcmp of copies": target(['!strcmp(c, "ABC")', '!strcmp(c + 8, "QWERTY")',
                                '!strcasecmp(c + 16, "zxcvnmasd")'], 40,
                               before=COPY),
    "searches": target(['strstr(c, "needle")', 'strcasestr(c, "HayStack")',
                        'memmem(d, n, "\\1\\2\\3zzz", 6)'][:NSEARCHES],
                       before=COPY),
    "wide texts": target(['!wmemcmp(w, L"wide", 4)',
                          '!wcscmp(w + 4, L"\\x1234 and long")'], 100,
                         before="""\
    wchar_t w[26] = {0};
    memcpy(w, d, 25 * sizeof *w);
"""),
    "widened texts": target(['!wcsncmp(w, L"widened", 7)'], 10, before="""\
    wchar_t w[11] = {0};
    for (int i = 0; i < 10; i++)
        w[i] = d[i];
"""),
    "shorter": target(['!memcmp(d, "abcdefgh", 8)', "n < 30",
                       '!memcmp(d + 8, "xyzw", 4)'], 12, 100),
}


@pytest.mark.parametrize("name", PUZZLES)
def test_texts_are_found(fuzz_both, name):
    solve(fuzz_both, PUZZLES[name], CHAIN)


@pytest.mark.parametrize("name", ["memcmp", "strncmp", "strcmp of copies",
                                  "searches"])
def test_texts_are_found_through_a_sanitizers_versions(fuzz_both, name):
    solve(fuzz_both, PUZZLES[name], CHAIN, "-O1", "-fsanitize=address")


CXX = """\
#include <cstdint>
#include <cstdlib>
#include <string>
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
    std::string text((const char *)d, n);
    if (text == std::string("a decoy"))
        return 1;
    if (text == "FooBar")
        abort();
    return 0;
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_string_of_cxx_is_found(fuzz_both, level):
    solve(fuzz_both, CXX, CHAIN, level, cxx=True)


# ---- what is a function of the input ----

HEX = """\
static int digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                                 : -1;
}
static int from_hex(const uint8_t *d, uint8_t *to, int n)
{
    for (int i = 0; i < n; i++) {
        int high = digit(d[2 * i]), low = digit(d[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return 1;
}
"""


def each(expression, count, at=0):
    """A text of so many bytes, each made from one of the input."""
    return f"""\
    char c[{count} + 1] = {{0}};
    for (int i = 0; i < {count}; i++)
        c[i] = (char)({expression.format(f"d[{at} + i]")});
"""


FUNCTIONS = {
    "decimal": target(["atoi(c) == 66766", "atoi(c + 10) == -123456"], 48, 100,
                      before="    char c[21] = {0};\n    memcpy(c, d, 20);\n"),
    "hexadecimal": target(["strtoul(c, 0, 16) == 0xdeadbee",
                           "strtol(e, 0, 10) == 7777777"], 48, 100,
                          before="""\
    char c[9] = {0}, e[9] = {0};
    memcpy(c, d, 8);
    memcpy(e, d + 8, 8);
"""),
    "arithmetic": target(["(LOAD(uint32_t, 0) ^ 0xcafebabe) == a",
                          "LOAD(uint32_t, 4) - 0x12345678 == b",
                          "LOAD(uint64_t, 8) * 7 + 3 == m",
                          "1000000000 - LOAD(uint32_t, 16) == b"], 48, 100,
                         before="""\
    volatile uint32_t a = 0x11223344, b = 0x99887766;
    volatile uint64_t m = 7 * 0x123456789abcull + 3;
"""),
    "Caesar": target(['!memcmp(c, "Hello, fuzz", 11)'], 48, 100,
                     before=each("{} + 5", 11)),
    "a key": target(['!memcmp(c, "\\1\\xff Hello", 8)'], 48, 100,
                    before=each("{} ^ (0x5a + i)", 8, 7)),
    "capitals": target(['!memcmp(c, "HELLO FUZZING", 13)'], 48, 100,
                       before=each("toupper({})", 13)),
    "small letters": target(['!strcmp(c, "lower case")'], 48, 100,
                            before=each("tolower({})", 10, 20)),
    "backwards": target(['!memcmp(c, "backwards", 9)'], 48, 100,
                        before="    char c[9];\n    for (int i = 0; i < 9; "
                        "i++)\n        c[8 - i] = (char)d[3 + i];\n"),
    "to digits": target(['!strcmp(c, "deadbeef1234")'], 48, 100, before="""\
    char c[13];
    for (size_t i = 0; i < 6; i++)
        snprintf(c + 2 * i, 3, "%02x", d[i]);
"""),
    "base64": target(["digits == 12", '!memcmp(b, "user:pass", 9)'], 30, 200,
                     before="""\
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t b[9];
    uint32_t v = 0;
    int digits = 0;
    for (; digits < 12; digits++) {
        const char *at = memchr(all, d[6 + digits], 64);
        if (!at)
            break;
        v = v << 6 | (uint32_t)(at - all);
        b[digits / 4 * 3] = (uint8_t)(v >> 16);
        b[digits / 4 * 3 + 1] = (uint8_t)(v >> 8);
        b[digits / 4 * 3 + 2] = (uint8_t)v;
    }
"""),
    "from digits": target(["from_hex(d, b, 6)",
                           '!memcmp(b, "\\xde\\xad\\x12\\x00\\xff\\x31", 6)'],
                          48, 100, before="    uint8_t b[6];\n", functions=HEX),
}


# What nobody knows the name of: the function itself is asked.
UNKNOWN = {
    "printed": target(['!strcmp(a, "e19b04c6")', '!strcmp(b, "2947103856")'],
                      48, 100, before="""\
    char a[16], b[16];
    snprintf(a, sizeof a, "%08x", (unsigned)LOAD(uint32_t, 5));
    snprintf(b, sizeof b, "%u", (unsigned)LOAD(uint32_t, 30));
"""),
    "every second": target(['!memcmp(c, "stride", 6)'], 48, 100,
                           before=each("d[20 + 2 * i]", 6)),
    "neighbours": target(['!memcmp(c, "xored!", 6)'], 48, 100,
                         before=each("{} ^ d[5 + i]", 6, 4)),
    "bits turned": target(['!memcmp(c, "bits turned", 11)'], 48, 100,
                          before=each("{0} << 3 | {0} >> 5", 11, 3)),
    "multiplied": target(['!memcmp(c, "times five", 10)'], 48, 100,
                         before=each("{} * 5 + 3", 10, 3)),
    "thirteen letters on": target(
        ['!memcmp(c, "Nested In", 9)'], 48, 100, before=each(
            "(isalpha({0}) ? tolower({0}) - 'a' < 13 ? {0} + 13 : {0} - 13 "
            ": {0})", 9, 10)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_function_of_the_input_is_met(fuzz_both, name):
    solve(fuzz_both, UNKNOWN[name], AGAIN)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_the_input_is_inverted(fuzz_both, name):
    solve(fuzz_both, FUNCTIONS[name], FUNCTION)
