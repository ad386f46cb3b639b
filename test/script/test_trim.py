# SPDX-License-Identifier: MIT
"""Entries become smaller while fuzzing: what is left of one takes its place, in
the search and among the files of what was found."""
from fuzzing import fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

# Of a long text one byte matters.
NEEDLE = """\
volatile int found;
THRESH_TARGET(t, (bytes, b))
{
    if (b.size && memchr(b.data, 0xfe, b.size))
        found++;
}
"""
LONG = b"a long text without any meaning, " * 8

# The first byte leads to a branch for each of many; a hundred are enough.
LENGTHY = """\
volatile int one, two, three, four;
THRESH_TARGET(t, (bytes, b))
{
    if (b.size < 100)
        return;
    switch (b.data[0]) {
    case 1: one++; break;
    case 2: two -= 3; break;
    case 3: three ^= 5; break;
    case 4: four *= 7; break;
    }
}
"""


def test_an_entry_is_left_with_what_matters(fuzz_both):
    fuzz_both.build(NEEDLE)
    fuzz_both.seed("long", LONG + b"\xfe" + LONG)
    fuzz_both.run("-fuzz=t", "-fuzztime=20000x", "-parallel=1",
                  "-seed=1").expect(0)
    assert b"\xfe" in fuzz_both.files("cache/t").values()
    # It is the user's: nobody takes it away.
    assert fuzz_both.files("testdata/fuzz/t")["long"] == LONG + b"\xfe" + LONG


def test_what_was_found_is_replaced_by_what_is_left_of_it(fuzz_both):
    fuzz_both.build(LENGTHY)
    fuzz_both.seed("zeros", bytes(1000))
    done = fuzz_both.run("-fuzz=t", "-fuzztime=60000x", "-parallel=1",
                         "-seed=1").expect(0)
    sizes = [len(data) for data in fuzz_both.files("cache/t").values()
             if data and 1 <= data[0] <= 4 and len(data) >= 100]
    assert done.found >= 4
    assert sizes and all(size == 100 for size in sizes), sizes


def test_trimmed_entries_repeat_with_a_seed(fuzz):
    fuzz.build(LENGTHY)
    fuzz.seed("zeros", bytes(1000))
    runs = []
    for cache in ("one", "two"):
        fuzz.run("-fuzz=t", "-fuzztime=60000x", "-parallel=1", "-seed=3",
                 f"-cachedir={cache}").expect(0)
        runs.append(fuzz.files(f"{cache}/t"))
    assert runs[0] == runs[1] and runs[0]
