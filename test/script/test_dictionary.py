# SPDX-License-Identifier: MIT
"""Dictionaries: files of -dict, whose bad lines are named, and tokens that come
from what a target compares its input with."""
import pytest

from fuzzing import fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Hashes tell no coverage and no comparison the way to the words.
HASHED = """\
static uint64_t hash(const void *data, size_t size)
{
    uint64_t h = 5381;
    for (size_t i = 0; i < size; i++)
        h = (h ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return h ^ h >> 31;
}
"""
WORDS = HASHED + """\
THRESH_TARGET(t, (bytes, x))
{
    THRESH_CHECK(x.size != 10 || hash(x.data, 10) != 0x%xu);
}
"""


def hash_of(data):
    h = 5381
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 % 2 ** 64
    return h ^ h >> 31


@pytest.mark.parametrize("seed", range(1, 6))
def test_words_are_put_together(fuzz, seed):
    fuzz.build(WORDS % hash_of(b"le\x00ftright"), "-O1")
    fuzz.put("", "a.dict", b'# two\nleft="le\\x00ft"\nother="nothing"\n')
    fuzz.put("", "b.dict", b'"right"\r\n"middle"\r\ncolon=":"\r\n')
    fuzz.run("-fuzz=t", f"-seed={seed}", "-parallel=1", "-dict=a.dict",
             "-dict", "b.dict", "-fuzztime=500000x").expect(1)
    _, data = fuzz.only_failure()
    assert data == b"le\x00ftright"


def test_bad_lines_are_named_and_left_out(fuzz):
    fuzz.build(WORDS % hash_of(b"abcdefghij"), "-O1")
    fuzz.put("", "my.dict", b'ok="abcdefghij"\n\nbad=abc\n"open\n"\\xg0"\n')
    done = fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-dict=my.dict",
                    "-fuzztime=100000x").expect(1)
    assert 'my.dict:3: want name="value"' in done.err
    assert "my.dict:4: the value has no closing quote" in done.err
    assert "my.dict:5: \\x needs two hexadecimal digits" in done.err
    assert done.err.count("the line is left out") == 3


@pytest.mark.parametrize("content, why", [
    (None, "none.dict"),
    (b"\x7fELF\x02\x01\x01\nno words here\n", "has no token in it"),
])
def test_a_file_that_is_no_dictionary_is_refused(fuzz, content, why):
    fuzz.build(WORDS % 1, "-O1")
    if content:
        fuzz.put("", "none.dict", content)
    done = fuzz.run("-fuzz=t", "-dict=none.dict", "-fuzztime=10x").expect(2)
    assert "-dict: " in done.err and why in done.err


def test_an_empty_dictionary_changes_nothing(fuzz):
    fuzz.build(WORDS % 1, "-O1")
    fuzz.put("", "empty.dict", b"# nothing yet\n\n")
    fuzz.run("-fuzz=t", "-dict=empty.dict", "-fuzztime=100x").expect(0)


# What is compared has nothing to do with the input, so that nothing can be
# solved; but the words are told.
LEARNT = HASHED + """\
static char mode[8] = "normal";
THRESH_TARGET(t, (bytes, x))
{
    static volatile int words;
    words = memcmp(mode, "orange", 6) == 0 || memcmp(mode, "violet", 6) == 0;
    THRESH_CHECK(x.size != 12 || hash(x.data, 12) != 0x%xu);
}
"""


@pytest.mark.parametrize("seed", range(1, 6))
def test_words_are_learnt_from_comparisons(fuzz_both, seed):
    fuzz_both.build(LEARNT % hash_of(b"orangeviolet"), "-O1",
                    "-fno-builtin-memcmp")
    fuzz_both.run("-fuzz=t", f"-seed={seed}", "-parallel=1",
                  "-fuzztime=1000000x").expect(1)
    _, data = fuzz_both.only_failure()
    assert data == b"orangeviolet"


def test_a_run_with_tokens_repeats(fuzz):
    fuzz.build(LEARNT % 1, "-O1")
    fuzz.put("", "my.dict", b'"orange"\n"red"\n')
    lines = []
    for i in range(2):
        done = fuzz.run("-fuzz=t", "-seed=7", "-parallel=1", "-dict=my.dict",
                        f"-cachedir=cache{i}", "-fuzztime=50000x").expect(0)
        found = (fuzz.cwd / f"cache{i}/t").iterdir()
        lines.append(sorted(path.name for path in found))
        assert done.execs == 50000
    assert lines[0] == lines[1]
