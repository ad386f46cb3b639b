# SPDX-License-Identifier: MIT
"""What the puzzles of comparisons share: a raw target that tests one thing
after the other, a seed that has nothing in common with what is wanted, and a
bound on executions that holds for five fixed seeds with both compilers.

The bounds: AFL++ with CmpLog needs 14,000 to 120,000 executions for challenges
of these kinds, libFuzzer a million and more. A chain may take a tenth of the
better one's upper end, what needs functions inverted as much as a quarter.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from conftest import WINDOWS  # noqa: E402

CHAIN = 12000
FUNCTION = 100000
# What only a repeated trace of some kind finds.
AGAIN = 400000

# What Wine runs is the same code: there one is enough.
SEEDS = range(1, 2 if WINDOWS else 6)

# 133 bytes, as boring as they can be.
BORING = (b"This is a boring seed, it has nothing to tell. " * 3)[:133]

HEAD = """\
#define _GNU_SOURCE
#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#define LOAD(type, at) load_##type(d + (at))
#define LOADER(type)                                                       \\
    __attribute__((unused)) static type load_##type(const uint8_t *from)   \\
    {                                                                      \\
        type value;                                                        \\
        memcpy(&value, from, sizeof value);                                \\
        return value;                                                      \\
    }
LOADER(uint16_t)
LOADER(uint32_t)
LOADER(int32_t)
LOADER(uint64_t)
LOADER(float)
LOADER(double)

__attribute__((unused)) static uint32_t crc(const uint8_t *d, size_t n)
{
    uint32_t c = ~0u;
    for (size_t i = 0; i < n; i++) {
        c ^= d[i];
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xedb88320 & -(c & 1));
    }
    return ~c;
}

"""


def target(links, least=1, most=1 << 20, before="", functions=""):
    """A target that goes through the links as long as they hold."""
    tests = "".join(f"    if (!({link}))\n        return 0;\n"
                    for link in links)
    return HEAD + functions + f"""
#line 1 "target"
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{{
    if (n < {least} || n > {most})
        return 0;
{before}
{tests}    abort();
}}
"""


def solve(fuzz, source, bound, *flags, seed=BORING, cxx=False):
    """Solves it within the bound from each of the seeds, each in a directory of
    its own."""
    fuzz.build(source, *(flags or ["-O0"]), head=False, cxx=cxx)
    for number in SEEDS:
        folder = fuzz.cwd / str(number)
        corpus = folder / "testdata" / "fuzz" / "fuzz"
        corpus.mkdir(parents=True)
        (corpus / "boring").write_bytes(seed)
        fuzz.run("-fuzz=fuzz", f"-seed={number}", "-parallel=1",
                 f"-fuzztime={bound}x", "-fuzzminimizetime=0x",
                 cwd=folder).expect(1)
