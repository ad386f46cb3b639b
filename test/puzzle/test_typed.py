# SPDX-License-Identifier: MIT
"""Typed targets whose arguments must have values that nobody guesses: they are
found through what the target compares them with."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "script"))
from fuzzing import fuzz_both, programs  # noqa: E402, F401 (fixtures)

CHAIN = [
    "magic == 0x7eadbeef",
    "range > 0x123456789abcull && range < 0x123456789b00ull",
    "interval > 2.5 && interval < 2.625",
    "flag",
    "mark == 0x1f4a9",
    'strcmp(word.data, "open sesame") == 0',
]
TARGET = """\
THRESH_TARGET(t, (int32, magic), (uint64, range), (double, interval),
              (bool, flag), (rune, mark), (string, word))
{
    static volatile int solved;
    (void)solved;
    %s
        %s;
}
"""
SHAPES = {"nested": "".join(f"if ({test})\n" for test in CHAIN),
          "joined": "if (" + " && ".join(CHAIN) + ")\n"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_chain_of_all_kinds_is_solved(fuzz_both, seed, shape):
    fuzz_both.build(TARGET % (SHAPES[shape], "abort()"), "-O2")
    done = fuzz_both.run("-fuzz=t", f"-seed={seed}", "-parallel=1",
                         "-fuzztime=2000000x").expect(1)
    _, data = fuzz_both.only_failure()
    assert b"int32(2125315823)\n" in data and b'"open sesame"' in data
    assert done.execs <= 2000000


# One comparison each, and whether clang tells of it: it has no callback for
# floats.
SINGLE = [
    ("int8", "x == -77", True),
    ("int64", "x == -0x123456789abcdef", True),
    ("uint16", "x * 7 + 3 == 54323", True),
    ("uint64", "x - 0x8877665544332211 < 3", True),
    ("int32", "(int64_t)x * 3 == 3 * 987654321LL", True),
    ("rune", "x == 0x10abc", True),
    ("float", "x == 1234.5678f", False),
    ("double", "x > 1e100 && x < 1.0000001e100", False),
    ("double", "(int64_t)x == 123456789012", True),
    ("string", 'strcmp(x.data, "content-length") == 0', True),
    ("string", 'strncmp(x.data, "content-length: ", 16) == 0', True),
    ("string", 'strcasecmp(x.data, "content-length") == 0', True),
    ("bytes", 'x.size == 11 && memcmp(x.data, "hello world", 11) == 0', True),
    ("bytes", 'x.size > 300', True),
]


@pytest.mark.parametrize("kind, test, clang", SINGLE,
                         ids=[":".join(single[:2]) for single in SINGLE])
def test_a_comparison_is_solved_at_once(fuzz_both, kind, test, clang):
    if fuzz_both.compiler == "clang" and not clang:
        pytest.skip("clang does not tell of comparisons of floats")
    fuzz_both.build(f"""\
        THRESH_TARGET(t, ({kind}, x))
        {{
            THRESH_CHECK(!({test}));
        }}
        """, "-fno-builtin")
    for seed in (1, 2):
        fuzz_both.run("-fuzz=t", f"-seed={seed}", "-parallel=1",
                      "-fuzztime=3000x").expect(1)


def test_a_chain_of_numbers_is_solved(fuzz_both):
    numbers = "".join(f"if ({test})\n" for test in CHAIN[:-1])
    fuzz_both.build(TARGET % (numbers, "abort()"), "-O2")
    fuzz_both.run("-fuzz=t", "-seed=1", "-parallel=1",
                  "-fuzztime=2000000x").expect(1)
    assert b"int32(2125315823)\n" in fuzz_both.only_failure()[1]


def test_traces_repeat_with_the_same_seed(fuzz_both):
    fuzz_both.build(TARGET % (SHAPES["nested"], "solved = 1"))
    runs = []
    for folder in ("one", "two"):
        done = fuzz_both.run("-fuzz=t", "-seed=7", "-parallel=1",
                             "-fuzztime=300000x",
                             f"-cachedir={folder}").expect(0)
        runs.append((done.execs, done.found, fuzz_both.files(f"{folder}/t")))
    assert runs[0] == runs[1] and runs[0][1] >= 5
