# SPDX-License-Identifier: MIT
"""Puzzles that need one ability of the search each, other than solving a
comparison. Seeds and bounds were chosen before anything was tuned for them;
`bench/puzzles.py` shows how many executions each takes.

What is not solved today is expected to fail, so that it is noticed when it is.
"""
import platform
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "script"))
from conftest import COMPILERS, WINDOWS  # noqa: E402
from fuzzing import ABORT, Fuzz, programs  # noqa: E402, F401 (fixtures)

SEEDS = (11, 23, 37, 58, 91)
MILLION = 1_000_000


def checksum(data):
    """What crossover.c knows its halves by."""
    s = 7
    for byte in data:
        s = (s ^ byte) * 2654435761 & 0xffffffff
    return (s ^ s >> 15) % 65521


LEFT, RIGHT = b"\x91kOr\x02z", b"7\xf0Qe\x1d!"

# The puzzle: the executions in which it is to be solved, flags of the compiler,
# flags of the program, and first inputs.
PUZZLES = {
    "hit_counters": (1 * MILLION, (), (), ()),
    "four_branches": (5 * MILLION, (), (), ()),
    "six_bits": (2 * MILLION, (), (), ()),
    "repeated_bytes": (2 * MILLION, (), (), ()),
    "recursion": (5 * MILLION, (), (), ()),
    "switch_twice": (3 * MILLION, (), (), ()),
    "function_table": (3 * MILLION, (), (), ()),
    "extra_counters": (2 * MILLION, (), (), ()),
    "crossover": (3 * MILLION,
                  (f"-DLEFT={checksum(LEFT)}u", f"-DRIGHT={checksum(RIGHT)}u"),
                  ("-maxlen=12",), (LEFT + b"abcdef", b"ghijkl" + RIGHT)),
    "checksum": (1 * MILLION, (), (), ()),
    "division": (1 * MILLION, (), (), ()),
    "range_twice": (1 * MILLION // 10, (), (), ()),
    "growing": (1 * MILLION, (), (), ()),
    "ends_apart": (1 * MILLION // 10, (), (), ()),
    "ends_early": (1 * MILLION // 5, (), (), ()),
    "exact_length": (1 * MILLION, (), (), ()),
    "tokens": (1 * MILLION, (), ("-dict=words.dict",), ()),
    "long_input": (3 * MILLION, (), (), ()),
    "all_values": (1 * MILLION, (), ("-maxlen=10000",), ()),
    "combination": (3 * MILLION, (), (), ()),
    "least_value": (1 * MILLION, (), (), ()),
    "within_a_seed": (2 * MILLION, (), (), (b"PUT.key.INTO.box",)),
}

# By puzzle and compiler: why not with any seed, of so many executions.
UNSOLVED_BOUND = MILLION // 5
UNSOLVED = {}
if platform.machine() != "x86_64" or WINDOWS:
    UNSOLVED["division", "gcc"] = "only probes tell divisors of gcc's"


# The search is the same code on Windows: there those are enough that lean on
# what differs, from one seed.
WINDOWS_PUZZLES = ("recursion", "switch_twice", "extra_counters", "crossover",
                   "tokens", "long_input")


def cases():
    for name in WINDOWS_PUZZLES if WINDOWS else PUZZLES:
        for compiler in COMPILERS:
            reason = UNSOLVED.get((name, compiler))
            marks = [pytest.mark.xfail(strict=True, reason=reason)] \
                if reason else []
            for seed in SEEDS[:1] if WINDOWS else SEEDS:
                yield pytest.param(name, compiler, seed, marks=marks,
                                   id=f"{name}-{compiler}-{seed}")


@pytest.mark.parametrize("name, puzzle_compiler, seed", cases())
def test_is_solved(programs, tmp_path, name, puzzle_compiler, seed):
    if not shutil.which(puzzle_compiler):
        pytest.skip(f"{puzzle_compiler} is not installed")
    fuzz = Fuzz(programs, puzzle_compiler, tmp_path)
    bound, compile_flags, flags, seeds = PUZZLES[name]
    if (name, puzzle_compiler) in UNSOLVED:
        bound = UNSOLVED_BOUND
    fuzz.build((HERE / "search" / f"{name}.c").read_text(), "-O1",
               *compile_flags, head=False, name=name)
    (tmp_path / "words.dict").write_text('word="lottercup"\nother="trophy"\n')
    for data in seeds:
        fuzz.seed(None, data, name)
    done = fuzz.run("-fuzz=.", f"-seed={seed}", "-parallel=1",
                    f"-fuzztime={bound}x", "-fuzzminimizetime=0x", *flags)
    done.expect(1)
    assert done.execs <= bound
    # Solved, not failed otherwise.
    assert ("SIGFPE" if name == "division" else ABORT) in done.text, done.text
