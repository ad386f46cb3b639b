# SPDX-License-Identifier: MIT
"""Raw targets that compare numbers in their input with constants, with what
they compute from the input, or with its size."""
import random
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "script"))
from conftest import WINDOWS  # noqa: E402
from compare import AGAIN, CHAIN, SEEDS, solve, target  # noqa: E402
from fuzzing import fuzz_both, programs  # noqa: E402, F401 (fixtures)


def constants(width, count):
    """Numbers of so many bytes, none of which is zero in a byte."""
    draw = random.Random(width)
    return ["0x" + "".join(f"{draw.randrange(1, 256):02x}"
                           for _ in range(width)) + "u"
            for _ in range(count)]


def equal(kind, width, count, shape="{} == {}"):
    return [shape.format(f"LOAD({kind}, {width * i})", value)
            for i, value in enumerate(constants(width, count))]


PUZZLES = {
    "bytes": target([f"d[{i}] == {value}"
                     for i, value in enumerate(constants(1, 12))], 12),
    "16 bits": target(equal("uint16_t", 2, 8), 16),
    "16 bits, unequal": target(equal("uint16_t", 2, 8, "!({} != {})"), 16),
    "32 bits": target(equal("uint32_t", 4, 5), 24),
    "32 bits, swapped": target(
        equal("uint32_t", 4, 5, "__builtin_bswap32({}) == {}"), 24),
    "64 bits": target(equal("uint64_t", 8, 4), 32),
    "neighbours": target([
        "!(LOAD(uint32_t, 0) <= 0x1234567u || LOAD(uint32_t, 0) >= 0x1234569u)",
        "!(LOAD(uint32_t, 4) <= 77777777u || LOAD(uint32_t, 4) >= 77777779u)",
        "!(LOAD(int32_t, 8) <= -5000 || LOAD(int32_t, 8) >= -4998)"], 24),
    "byte orders": target([
        "__builtin_bswap64(LOAD(uint64_t, 0)) == 0x1234567890abcdefu",
        "__builtin_bswap32(LOAD(uint32_t, 8)) == 0xaabbccddu",
        "__builtin_bswap16(LOAD(uint16_t, 12)) == 0x4711"], 16),
    "signs": target(["LOAD(int32_t, 0) == INT_MIN",
                     "(signed char)d[4] == -77",
                     "(int64_t)(int16_t)LOAD(uint16_t, 5) == -12345"], 8),
    "half way": target(["LOAD(uint32_t, n / 2) == 0x31415926u",
                        "LOAD(uint32_t, n - 4) == 0x27182818u"], 16),
    "exact length": target(["n == 21", "d[20] == 'x'"], 1, 100),
    "longer": target(["n == 300", "d[299] == 'x'"]),
    "computed length": target(["n / 2 - 3 == 40", "n % 2", "d[0] == 'x'"]),
    "ranges of several": target([
        "LOAD(uint64_t, 0) > 1234567890 && LOAD(uint64_t, 0) < 1234567895 && "
        "(int64_t)LOAD(uint64_t, 8) >= 987654321 && "
        "(int64_t)LOAD(uint64_t, 8) <= 987654325 && "
        "LOAD(int32_t, 16) < -10000 && LOAD(int32_t, 16) >= -10005 && "
        "LOAD(int32_t, 16) != -10003 && d[20] == 146"], 21, 21),
    "all at once": target([
        "(LOAD(uint32_t, 0) == 0x11111111u) & (LOAD(uint32_t, 4) == "
        "0x22222222u) & (LOAD(uint16_t, 8) == 0x4444) & (d[10] == 0x55)"], 24),
    "a count of bytes": target(
        ["count == 12"], 12,
        before="""\
    static const char word[] = "ElvisPresley";
    int count = 0;
    for (size_t i = 0; i < 12; i++)
        count += d[i] == (uint8_t)word[i];
"""),
    "switches": target(
        ["hit == 7"], 16, before="""\
    int hit = 0;
    switch (LOAD(uint32_t, 0)) {
    case 5: hit = 1; break;
    case 0x11223344: case 0x55667788:
        switch (LOAD(uint64_t, 4)) {
        case 1: hit = 2; break;
        case 0x1122334455667788:
            switch (LOAD(uint16_t, 12)) {
            case 0x4142: case 0x7777: hit = 7; break;
            case 3: hit = 3; break;
            }
        }
    }
"""),
    "checksums": target(
        ['memcmp(d, "BARF", 4) == 0'] +
        [f"LOAD(uint32_t, {8 * i}) == crc(d, {8 * i})" for i in (1, 2, 3)],
        36),
    "a checksum at the end": target(
        ["LOAD(uint32_t, n - 4) == crc(d, n - 4)"], 8, 64),
}


# What entries must be traced again for, or may have to.
REPEATED = {
    "packed bits": target([
        "(LOAD(uint64_t, 2) & 0xfff) == 0xabc",
        "(LOAD(uint64_t, 2) >> 12 & 0x1ffff) == 0x1d00d",
        "(LOAD(uint64_t, 2) >> 29 & 0x7ffffff) == 0x5a5a5a5",
        "(__builtin_bswap32(LOAD(uint32_t, 12)) & 0x3ff000) == 0x2a5000",
        "__builtin_bswap16(LOAD(uint16_t, 20)) >> 3 == 0x1abc"], 24),
    "one number of two": target(["!memcmp(c, \"keyed-secret\", 12)",
                                 "LOAD(uint32_t, 30) - LOAD(uint32_t, 4) == "
                                 "0x5eed5eedu"], 40, before="""\
    char c[12];
    for (int i = 0; i < 12; i++)
        c[i] = (char)(d[10 + i] ^ d[0]);
"""),
    "rotated": target([
        "(v << 7 | v >> 25) == 0x6ea30f51u",
        "((w >> 5 | w << 27) + 77) == 0x5b4e9a03u"], 48, before="""\
    uint32_t v = LOAD(uint32_t, 5), w = LOAD(uint32_t, 30);
"""),
    "shifted and xored": target([
        "v == 0x12345678u", "LOAD(uint32_t, 20) / 1000 == 1717171u"], 48,
        before="""\
    uint32_t v = LOAD(uint32_t, 9);
    v ^= v >> 15;
    v ^= v << 11;
"""),
    "xored and added": target([
        "(LOAD(uint32_t, 8) ^ 0x5a5a5a5au) + 0x01020304u == a",
        "(int64_t)LOAD(int32_t, 20) * 1000 == b"], 48, before="""\
    volatile uint32_t a = 0xcafe1234u;
    volatile int64_t b = -1234567000ll;
"""),
    "a loop over bytes": target(["i == 10"], 50, 100, before="""\
    int i = 0;
    while (i < 10 && (uint8_t)(d[3 + i] + 5) == (uint8_t)"mfrrjwynrj"[i])
        i++;
"""),
}


@pytest.mark.parametrize("name", REPEATED)
def test_numbers_are_found_by_repeated_traces(fuzz_both, name):
    solve(fuzz_both, REPEATED[name], AGAIN)


@pytest.mark.parametrize("name", PUZZLES)
def test_numbers_are_found(fuzz_both, name):
    solve(fuzz_both, PUZZLES[name], CHAIN)


@pytest.mark.parametrize("name", ["32 bits", "neighbours", "switches"])
def test_numbers_are_found_in_optimised_code(fuzz_both, name):
    solve(fuzz_both, PUZZLES[name], CHAIN, "-O2")


def test_floats_behind_arithmetic_are_found(fuzz_both):
    if fuzz_both.compiler == "clang":
        pytest.skip("clang does not tell of comparisons of floats")
    solve(fuzz_both, target([
        "LOAD(double, 4) / 3 > 1e6 && LOAD(double, 4) / 3 < 1000000.00001",
        "strtod(text, 0) > 3.75 && strtod(text, 0) < 3.7501"], 64, before="""\
    char text[19] = {0};
    memcpy(text, d + 40, 18);
"""), AGAIN)


def test_floats_are_found(fuzz_both):
    if fuzz_both.compiler == "clang":
        pytest.skip("clang does not tell of comparisons of floats")
    solve(fuzz_both, target([
        "LOAD(float, 0) > 1000000.0f && LOAD(float, 0) < 1000011.0f",
        "LOAD(double, 8) > 1e-10 && LOAD(double, 8) < 1.0001e-10",
        "LOAD(double, 16) == 3.14159265358979",
        "(double)LOAD(float, 24) == 0.5"], 28), CHAIN)


def test_a_trace_repeats(fuzz_both):
    """Colours come from the seed: the same runs, the same finds."""
    fuzz_both.build(PUZZLES["16 bits"].replace("abort()", "return 1"), "-O0",
                    head=False)
    runs = []
    for folder in ("one", "two"):
        done = fuzz_both.run("-fuzz=fuzz", f"-seed={SEEDS[0]}", "-parallel=1",
                             "-fuzztime=100000x",
                             f"-cachedir={folder}").expect(0)
        runs.append((done.execs, done.found,
                     fuzz_both.files(f"{folder}/fuzz")))
    assert runs[0] == runs[1] and runs[0][1] >= 8


def test_a_checksum_is_named(fuzz_both):
    source = target(["LOAD(uint32_t, n - 4) == crc(d, n - 4)",
                     "d[0] == 'x'", "LOAD(uint32_t, 4) == 0x12345678"], 12, 64)
    fuzz_both.build(source.replace("abort()", "return 1"), "-O0", head=False)
    done = fuzz_both.run("-fuzz=fuzz", "-seed=1", "-parallel=1",
                         "-fuzztime=50000x").expect(0)
    named = re.findall(r"checksum-like comparison at (\S+) (\w+), passed",
                       done.err)
    line = source[source.index("#line"):].split("\n").index(
        "    if (!(LOAD(uint32_t, n - 4) == crc(d, n - 4)))")
    (place, function), = named
    assert function == "LLVMFuzzerTestOneInput"
    # Wine has no addr2line that knows the line.
    assert (place.startswith("fuzz.exe+0x") if WINDOWS
            else place == f"target:{line}")


def test_nothing_else_is_named_a_checksum(fuzz_both):
    fuzz_both.build(PUZZLES["neighbours"].replace("abort()", "return 1"),
                    "-O0", head=False)
    done = fuzz_both.run("-fuzz=fuzz", "-seed=1", "-parallel=1",
                         "-fuzztime=50000x").expect(0)
    assert "checksum" not in done.err
