# SPDX-License-Identifier: MIT
"""Entries become smaller while fuzzing: what is left of one takes its place, in
the search and among the files of what was found."""
import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)
from libfuzzer import engine, lf, lf_both, sha1  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Of a long text one byte matters.
NEEDLE = """\
#include <stddef.h>
#include <stdint.h>
#include <string.h>
volatile int found;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && memchr(data, 0xfe, size))
        found++;
    return 0;
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


def test_what_is_left_of_an_entry_takes_its_place(lf_both):
    lf_both.build(NEEDLE, head=False)
    (lf_both.cwd / "seeds").mkdir()
    (lf_both.cwd / "seeds/long").write_bytes(LONG + b"\xfe" + LONG)
    (lf_both.cwd / "corpus").mkdir()
    done = lf_both.run("-seed=1", "-runs=20000", "corpus", "seeds").expect(0)
    assert "\tREDUCE " in done.err, done.text
    left = [p.read_bytes() for p in (lf_both.cwd / "corpus").iterdir()]
    assert b"\xfe" in left
    # It is the user's: nobody takes it away.
    assert (lf_both.cwd / "seeds/long").exists()


# A byte must stay in the middle: one before it may go when one after it is
# gone, and so on.
MIDDLE = """
#include <stddef.h>
#include <stdint.h>
volatile int found;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'F' && data[size / 2] == 'U' &&
        data[size - 1] == 'Z')
        found++;
    return 0;
}
"""


# The first of 32 bytes that is in there is looked for; nothing else is to be
# found.
MANY = r"""
#include <stddef.h>
#include <stdint.h>
#include <string.h>
volatile int found;
#define ONE(c)  case c: found = c; break;
#define FOUR(c) ONE(c) ONE(c + 1) ONE(c + 2) ONE(c + 3)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[4097];
    size_t n = size < 4096 ? size : 4096;
    memcpy(text, data, n);
    text[n] = 0;
    const char *at = strpbrk(text, "\300\301\302\303\304\305\306\307"
                                   "\310\311\312\313\314\315\316\317"
                                   "\320\321\322\323\324\325\326\327"
                                   "\330\331\332\333\334\335\336\337");
    switch (at ? (unsigned char)*at : 0) {
    FOUR(192) FOUR(196) FOUR(200) FOUR(204)
    FOUR(208) FOUR(212) FOUR(216) FOUR(220)
    }
    return 0;
}
"""


def test_entries_of_a_quick_target_do_not_wait_to_be_trimmed(lf):
    """A batch trims one, and might have half a million executions."""
    lf.build(MANY, head=False)
    for c in range(192, 224):
        lf.write(f"seeds/{c}", LONG + bytes([c]) + LONG)
    lf.run("-runs=1000000", "corpus", "seeds",
           "-create_missing_dirs=1").expect(0)
    left = {p.read_bytes() for p in (lf.cwd / "corpus").iterdir()}
    trimmed = [c for c in range(192, 224) if bytes([c]) in left]
    assert len(trimmed) == 32, trimmed


def test_what_is_short_is_trimmed_as_far_as_it_goes(lf):
    lf.build(MIDDLE, head=False)
    lf.write("seeds/x", b"F.......U.......Z")
    done = lf.run("-seed=1", "-runs=20000", f"-exit_on_item={sha1(b'FUZ')}",
                  "corpus", "seeds", "-create_missing_dirs=1").expect(0)
    assert "INFO: found item with checksum" in done.err, done.text


def test_trimmed_entries_repeat_with_a_seed(fuzz):
    fuzz.build(LENGTHY)
    fuzz.seed("zeros", bytes(1000))
    runs = []
    for cache in ("one", "two"):
        fuzz.run("-fuzz=t", "-fuzztime=60000x", "-parallel=1", "-seed=3",
                 f"-cachedir={cache}").expect(0)
        runs.append(fuzz.files(f"{cache}/t"))
    assert runs[0] == runs[1] and runs[0]
