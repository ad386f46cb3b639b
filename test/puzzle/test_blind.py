# SPDX-License-Identifier: MIT
"""Comparisons that compilers' callbacks do not tell: floats (clang), long
doubles, 128-bit and odd-width integers, blocks of bytes. They are seen by
probes in traced executions (Linux on x86-64)."""
import platform
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "script"))
from fuzzing import fuzz_both, programs  # noqa: E402, F401 (fixtures)

pytestmark = [
    pytest.mark.posix("probes are set on Linux alone"),
    pytest.mark.skipif(platform.machine() != "x86_64",
                       reason="probes need x86-64"),
]

# Executions that must suffice: two millions were asked for before anything was
# tuned, and under a thousand were needed then.
BOUND = 100000

# A seed of ordinary text: nothing in it is near to what is wanted.
SEED = (b"The quick brown fox jumps over the lazy dog, again and again, "
        b"until somebody comes along and asks it to stop doing so. Thanks"
        b"......")
SEED = SEED.ljust(133, b".")

HARNESS = """\
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define GET(type, name, at) type name; memcpy(&name, data + (at), sizeof name)
#define WANT(condition) do { if (!(condition)) return 0; } while (0)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WANT(size >= %(size)d);
%(body)s
    abort();
}
"""

FLOATS = """\
    GET(float, a, 3);
    GET(float, b, 20);
    GET(float, c, 41);
    WANT(a > 1234567.0f && a < 1234571.0f);
    WANT(b < -0.015625f && b > -0.01562502f);
    WANT(c >= 3.0e20f && c <= 3.0001e20f);
"""
DOUBLES = """\
    GET(double, a, 5);
    GET(double, b, 24);
    GET(double, c, 60);
    WANT(a == 2.718281828459045);
    WANT(b > 1e15 && b < 1e15 + 3);
    WANT(c < -7.25e-9 && c > -7.2500001e-9);
"""
PROMOTED = """\
    GET(float, a, 7);
    GET(float, b, 32);
    WANT((double)a > 98765.25 && (double)a < 98765.5);
    WANT((double)b * 1.0 == 0.1f);
"""
LONG_DOUBLES = """\
    GET(long double, a, 16);
    GET(long double, b, 48);
    WANT(a > 1.0e18L && a < 1.0e18L + 4);
    WANT(b == 0.1L);
"""
# The first value that is found is the least normal one, which isnormal() itself
# asks for.
LONG_RANGES = """\
    long double a = 0;
    memcpy(&a, data + 16, 10);
    WANT(isnormal(a) && !(a <= 12345.5L || a >= 12345.75L));
    memcpy(&a, data + 32, 10);
    WANT(isnormal(a) && !(a <= -2.0e10L || a >= -1.9999e10L));
    memcpy(&a, data, 10);
    WANT(a == 1.4142135623730950488L);
"""
DIVISOR = """\
    static volatile int quotient;
    GET(int, a, 6);
    quotient = 7654321 / (456789 - a);
    WANT(size > 1 << 20);
"""
WIDE = """\
    typedef unsigned __int128 wide;
    GET(wide, a, 1);
    GET(wide, b, 33);
    static volatile uint64_t part = 0x1122334455667788;
    wide first = (wide)0x0f1e2d3c4b5a6978u << 64 | 0x1324354657687980u;
    wide second = (wide)part << 64 | (part * 3 + 1);
    WANT(a == first);
    WANT(b == second);
"""
WIDE_ORDER = """\
    typedef unsigned __int128 wide;
    GET(wide, a, 17);
    wide low = (wide)0x7766554433221100u << 64 | 0xffeeddccbbaa9988u;
    WANT(a > low && a < low + 3);
"""
ODD = """\
    typedef unsigned %(bits)s(24) u24;
    typedef %(bits)s(40) s40;
    typedef unsigned %(bits)s(56) u56;
    u24 a = 0;
    s40 b = 0;
    u56 c = 0;
    memcpy(&a, data + 2, 3);
    memcpy(&b, data + 11, 5);
    memcpy(&c, data + 30, 7);
    WANT(a == 0xc0ffee);
    WANT(b == (s40)-0x5a5a5a5a5a);
    WANT(c == 0x13572468acebdf);
"""
BLOCK = """\
    static const char key[17] = "0Kx\\x80-block-of-16";
    WANT(__builtin_memcmp(data + 9, key, 16) == 0);
"""

PUZZLES = {
    "float": (FLOATS, 45), "double": (DOUBLES, 68), "promoted": (PROMOTED, 36),
    "long-double": (LONG_DOUBLES, 64), "int128": (WIDE, 49),
    "int128-order": (WIDE_ORDER, 33), "odd-width": (ODD, 37),
    "block": (BLOCK, 25), "long-double-ranges": (LONG_RANGES, 64),
    "divisor": (DIVISOR, 12),
}


# What a seed of one byte, again and again, may take: 9,100 at most were needed.
DULL_BOUND = 20000


def solve_blind(fuzz, puzzle, optimise, seed, bound):
    """Solves it within the bound by five seeds of the search, each in a
    directory of its own."""
    body, size = PUZZLES[puzzle]
    if puzzle == "odd-width":
        if fuzz.compiler != "clang":
            pytest.skip("this gcc has no integers of odd widths")
        body %= {"bits": "_ExtInt"}
    fuzz.build(HARNESS % {"body": body, "size": size}, optimise,
               "-Wno-deprecated-type", head=False)
    root = fuzz.cwd
    for number in range(1, 6):
        fuzz.cwd = root / str(number)
        fuzz.seed("boring", seed, target="fuzz")
        done = fuzz.run("-fuzz=fuzz", f"-seed={number}", "-parallel=1",
                        f"-fuzztime={bound}x").expect(1)
        assert done.execs <= bound


@pytest.mark.parametrize("optimise", ["-O0", "-O2"])
@pytest.mark.parametrize("puzzle", PUZZLES)
def test_blind_comparisons_are_solved(fuzz_both, puzzle, optimise):
    solve_blind(fuzz_both, puzzle, optimise, SEED, BOUND)


@pytest.mark.parametrize("byte", [b" ", b"A", b"\0"],
                         ids=["spaces", "letters", "zeros"])
@pytest.mark.parametrize("puzzle", ["double", "promoted"])
def test_a_seed_of_equal_bytes_will_do(fuzz_both, puzzle, byte):
    """Where the first comparison passes and the next one fails, gcc counts
    nothing that was not counted before; and white space stays white space only
    where there is something else to tell places by."""
    solve_blind(fuzz_both, puzzle, "-O0", byte * len(SEED), DULL_BOUND)
