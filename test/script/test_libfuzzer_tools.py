# SPDX-License-Identifier: MIT
"""libFuzzer's mode as a tool: merging corpora, making a failing input smaller
or plainer."""
import re
import signal

import pytest
from fuzzing import ABORT, programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    HARNESS, REAL, engine, files_in, lf, lf_both, sha1, unlike)

MERGES_TELL = ("a merge tells how large its corpus is, what of it is known, and "
               "when all is read")

pytestmark = pytest.mark.portable

# A feature for each of the first sixteen letters that the input holds.
LETTERS = """
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        switch (data[i]) {
""" + "\n".join(f"case '{c}': __asm__ volatile(\"# {c}\"); break;"
                for c in "abcdefghijklmnop") + """
        case 'X':
            abort();
        case 'H':
            for (;;)
                sleep(1000);
        }
    return 0;
}
"""

COUNTS = re.compile(r"^MERGE-OUTER: (\d+) new files with (\d+) new features "
                    r"added; (\d+) new coverage edges$", re.M)


def counts(done):
    return [int(n) for n in COUNTS.search(done.err).groups()]


# ---- merge ----

@unlike(MERGES_TELL)
def test_merge_takes_what_is_new(lf_both):
    lf_both.build(LETTERS, head=False)
    (lf_both.cwd / "out").mkdir()
    for name, data in (("1", b"ab"), ("2", b"ba"), ("3", b"ab"), ("4", b"abc"),
                       ("5", b"cba")):
        lf_both.write(f"in/{name}", data)
    done = lf_both.run("-merge=1", "out", "in").expect(0)
    assert ("MERGE-OUTER: 5 files, 0 in the initial corpus, 0 processed earlier"
            in done.err)
    merged = set(files_in(lf_both.cwd / "out").values())
    assert merged in [{one, three} for one in (b"ab", b"ba")
                      for three in (b"abc", b"cba")], merged
    assert files_in(lf_both.cwd / "out") == {sha1(d): d for d in merged}
    files, features, edges = counts(done)
    assert files == len(merged) and features >= edges >= 3
    # and then nothing is new
    done = lf_both.run("-merge=1", "out", "in").expect(0)
    assert counts(done) == [0, 0, 0]
    assert f"{len(merged)} in the initial corpus" in done.err
    assert set(files_in(lf_both.cwd / "out").values()) == merged


@unlike(MERGES_TELL)
def test_merge_into_a_corpus_keeps_it(lf):
    lf.build(LETTERS, head=False)
    lf.write("out/mine", b"ab")
    lf.write("in/1", b"a")
    lf.write("in/2", b"d")
    lf.run("-merge=1", "out", "in").expect(0)
    assert files_in(lf.cwd / "out") == {"mine": b"ab", sha1(b"d"): b"d"}


@unlike(MERGES_TELL)
def test_merge_of_several(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    for folder, data in (("x", b"a"), ("y", b"b"), ("z/below", b"c")):
        lf.write(f"{folder}/1", data)
    lf.run("-merge=1", "out", "x", "y", "z").expect(0)
    assert set(files_in(lf.cwd / "out").values()) == {b"a", b"b", b"c"}


@unlike("what fails lies in the corpus already: it is named, and no "
        "artifact written")
def test_merge_survives_inputs_that_fail(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    for name, data in (("1", b"a"), ("2", b"bX"), ("3", b"c"), ("4", b"dH"),
                       ("5", b"e")):
        lf.write(f"in/{name}", data)
    done = lf.run("-merge=1", "-timeout=1", "out", "in").expect(0)
    assert set(files_in(lf.cwd / "out").values()) == {b"a", b"c", b"e"}
    if REAL:
        return
    assert re.search(rf"MERGE-OUTER: left out: in/2: {ABORT}", done.err)
    assert re.search(r"MERGE-OUTER: left out: in/4: timeout after", done.err)
    # as the coverage job looks for trouble
    assert not re.search(r"^==[0-9]+== ERROR: libFuzzer:", done.err, re.M)


@unlike(MERGES_TELL)
def test_set_cover_merge_takes_fewer(lf):
    lf.build(LETTERS, head=False)
    for name, data in (("1", b"a"), ("2", b"b"), ("3", b"c"), ("4", b"abcd")):
        lf.write(f"in/{name}", data)
    for folder, flag in (("all", "-merge=1"), ("few", "-set_cover_merge=1")):
        (lf.cwd / folder).mkdir()
        lf.run(flag, folder, "in").expect(0)
    assert len(files_in(lf.cwd / "all")) == 4
    assert set(files_in(lf.cwd / "few").values()) == {b"abcd"}


def test_merge_needs_two_directories(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    done = lf.run("-merge=1", "out").expect(0)
    assert "INFO: Merge requires two or more corpus dirs" in done.err


@unlike("libFuzzer takes files in the system's order; here by name")
def test_control_file(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    for name, data in (("1", b"a"), ("2", b"bX"), ("3", b"c")):
        lf.write(f"in/{name}", data)
    lf.run("-merge=1", "-merge_control_file=control", "out", "in").expect(0)
    lines = (lf.cwd / "control").read_text().splitlines()
    assert lines[:5] == ["3", "0", "in/1", "in/2", "in/3"]
    assert lines[5] == "STARTED 0 1" and lines[6].startswith("FT 0 ")
    assert lines[7].startswith("COV 0 ")
    assert "STARTED 1 2" in lines and "STARTED 2 1" in lines
    assert not any(line.startswith("FT 1") for line in lines)


@unlike("what fails lies in the corpus already: it is named, and no "
        "artifact written")
def test_merge_is_resumed(lf):
    """What the control file knows is not run again: neither what passed, nor
    what failed."""
    lf.build(LETTERS.replace("size_t i = 0", "size_t i = note_all(data, size)"
             ).replace("int LLVM", """
#include <stdio.h>
static size_t note_all(const uint8_t *data, size_t size)
{
    FILE *f = fopen("ran", "a");
    fprintf(f, "%.*s\\n", (int)size, (const char *)data);
    fclose(f);
    return 0;
}
int LLVM""", 1), head=False)
    (lf.cwd / "out").mkdir()
    for name, data in (("1", b"a"), ("2", b"bX"), ("3", b"c")):
        lf.write(f"in/{name}", data)
    control = "-merge_control_file=control"
    lf.run("-merge=1", control, "out", "in").expect(0)
    # Twice what is new to a process: see batch.c.
    assert set(lf.notes("ran")) == {"a", "bX", "c"}
    (lf.cwd / "ran").unlink()
    for path in (lf.cwd / "out").iterdir():
        path.unlink()
    lf.write("in/4", b"d")
    done = lf.run("-merge=1", control, "out", "in").expect(0)
    assert "MERGE-OUTER: non-empty control file provided: 'control'" in done.err
    assert ("MERGE-OUTER: 4 files, 0 in the initial corpus, 3 processed earlier"
            in done.err)
    assert set(lf.notes("ran")) == {"d"}
    assert set(files_in(lf.cwd / "out").values()) == {b"a", b"c", b"d"}


@unlike(MERGES_TELL)
def test_control_file_knows_the_initial_corpus(lf):
    """Files that an earlier merge has put into the first directory are new."""
    lf.build(LETTERS, head=False)
    (lf.cwd / "in").mkdir()
    for name, data in (("1", b"a"), ("2", b"b"), ("3", b"c")):
        lf.write(f"out/{name}", data)
    lf.write("control", b"3\n0\nout/1\nout/2\nout/3\nSTARTED 0 1\nFT 0 11\n")
    done = lf.run("-merge=1", "-merge_control_file=control", "out", "in"
                  ).expect(0)
    assert ("MERGE-OUTER: control file ok, 3 files total, first not processed "
            "file 1") in done.err
    assert "MERGE-OUTER: 3 new files with " in done.err


@unlike(MERGES_TELL)
def test_bad_control_file_is_overwritten(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    lf.write("in/1", b"a")
    lf.write("control", b"what is this\n")
    done = lf.run("-merge=1", "-merge_control_file=control", "out", "in"
                  ).expect(0)
    assert "MERGE-OUTER: bad control file, will overwrite it" in done.err
    assert (lf.cwd / "control").read_text().startswith("1\n0\nin/1\n")


@pytest.mark.posix("under load Wine does not always bring the event; ^C is "
                   "tested in test_windows_run.py")
@unlike("libFuzzer's outer process waits for the inner one", run=False)
def test_merge_is_interrupted(lf):
    lf.build(LETTERS, head=False)
    (lf.cwd / "out").mkdir()
    lf.write("in/1", b"a")
    lf.write("in/2", b"H")
    done = lf.send_when("MERGE-INNER: 2 total", signal.SIGINT, "-merge=1",
                        "-timeout=60",
                        "-merge_control_file=control", "out", "in").expect(72)
    assert "MERGE-OUTER: interrupted; nothing is merged" in done.err
    assert not files_in(lf.cwd / "out")


# ---- progress ----

SLOW = """
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    usleep(500000);
    if (size > 1 && data[1] == 'X')
        abort();
    return 0;
}
"""


@unlike(MERGES_TELL)
@pytest.mark.long
def test_a_long_merge_tells_how_far_it_is(lf):
    lf.build(SLOW, head=False)
    (lf.cwd / "out").mkdir()
    for i in range(12):
        lf.write(f"in/{i}", b"%d" % i)
    done = lf.run("-merge=1", "-workers=1", "out", "in").expect(0)
    assert re.search(r"^#\d+\tpulse .*\n(.*\n)*#\d+\tINITED", done.err, re.M)


@unlike("libFuzzer tells of a round only at its end")
@pytest.mark.long
def test_long_minimizing_tells_how_far_it_is(lf):
    lf.build(SLOW, head=False)
    lf.write("crash", b"aX" + b"b" * 100)
    done = lf.run("-minimize_crash=1", "-max_total_time=8", "crash")
    assert re.search(r"^CRASH_MIN: 102 -> \d+ bytes so far, tries: \d+$",
                     done.err, re.M), done.err


# ---- minimise, cleanse ----

def test_minimize_crash(lf_both):
    lf_both.build(HARNESS, head=False)
    data = b"FUZa" + bytes(range(200))
    lf_both.write("crash", data)
    done = lf_both.run("-minimize_crash=1", "-runs=5000",
                       "-exact_artifact_path=small", "crash").expect(0)
    assert (lf_both.cwd / "small").read_bytes() == b"FUZa"
    assert ("CRASH_MIN: minimizing crash input: 'crash' (204 bytes)\n"
            in done.err)
    assert ("CRASH_MIN: failed to minimize beyond small (4 bytes), exiting\n"
            in done.err)
    assert (lf_both.cwd / "crash").read_bytes() == data


@unlike("libFuzzer draws smaller inputs by chance, and stops when "
        "time is up", always=False)
def test_minimized_from(lf):
    lf.build(HARNESS, head=False)
    lf.write("crash", b"FUZa more")
    lf.run("-minimize_crash=1", "-max_total_time=20", "crash").expect(0)
    name = "minimized-from-" + sha1(b"FUZa more")
    assert (lf.cwd / name).read_bytes() == b"FUZa"


@unlike("libFuzzer draws smaller inputs by chance", always=False)
def test_smaller_inputs_are_written_on_the_way(lf):
    """So that little is lost when minimising is ended from outside."""
    lf.build(HARNESS, head=False)
    lf.write("crash", b"FUZa" + bytes(range(100, 160)))
    done = lf.run("-minimize_crash=1", "-exact_artifact_path=small",
                  "-max_total_time=20", "crash").expect(0)
    written = done.err.count("Test unit written to small\n")
    assert 2 <= written <= 20, done.err
    assert "failed to minimize beyond small (4 bytes)" in done.err


@unlike("libFuzzer takes any smaller input that fails")
def test_minimizing_keeps_the_failure(lf):
    """Two bugs: the shorter inputs of the other one are not taken."""
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
__attribute__((noinline)) static void one(void) { abort(); }
__attribute__((noinline)) static void two(void) { *(volatile int *)8 = 1; }
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'H') {
        if (size < 10)
            two();
        else
            one();
    }
    return 0;
}
""", head=False)
    lf.write("crash", b"H" + b"x" * 50)
    lf.run("-minimize_crash=1", "-runs=2000", "-exact_artifact_path=small",
           "crash").expect(0)
    assert len((lf.cwd / "small").read_bytes()) == 10


@unlike("libFuzzer needs more time", run=False)
def test_minimize_a_timeout(lf):
    lf.build(HARNESS, head=False)
    lf.write("slow", b"FUZh" + b"x" * 20)
    lf.run("-minimize_crash=1", "-timeout=1", "-max_total_time=30",
           "-exact_artifact_path=small", "slow").expect(0)
    small = (lf.cwd / "small").read_bytes()
    assert small.startswith(b"FUZh") and len(small) < 24


@unlike("there is no inner process that would say what the limit of lengths is")
def test_what_does_not_fail_is_not_minimized(lf):
    lf.build(HARNESS, head=False)
    lf.write("fine", b"fine")
    done = lf.run("-minimize_crash=1", "-runs=100", "fine").expect(1)
    assert "ERROR: the input fine did not crash" in done.err
    lf.write("other", b"x")
    done = lf.run("-minimize_crash=1", "fine", "other").expect(1)
    assert "-minimize_crash should be given one input file" in done.err


def test_cleanse_crash(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 20 && data[1] == '1' && data[5] == '5' && data[10] == 'A' &&
        data[19] == 'Z')
        abort();
    return 0;
}
""", head=False)
    lf.write("crash", b"01___5____A________Z____")
    done = lf.run("-cleanse_crash=1", "-exact_artifact_path=clean", "crash"
                  ).expect(0)
    assert (lf.cwd / "clean").read_bytes() == b" 1   5    A        Z    "
    assert "CLEANSE[0]: Trying to replace byte 0 of 24\n" in done.err
    assert "CLEANSE: Replaced byte 0 with 0x20\n" in done.err
    assert "CLEANSE[1]: " in done.err
    done = lf.run("-cleanse_crash=1", "crash").expect(1)
    assert "-exact_artifact_path" in done.err
