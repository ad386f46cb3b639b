# SPDX-License-Identifier: MIT
"""Corpus files: seeds in code, saved inputs, the cache; what is read from
where, run how often, blamed for what, and written in which form."""
import os
import re

import pytest
from fuzzing import (  # noqa: F401 (fixtures)
    ABORT, digest, fuzz, fuzz_both, programs, text_file)

pytestmark = pytest.mark.portable

NOTES = """\
THRESH_TARGET(t, (bytes, b))
{
    char text[100];
    snprintf(text, sizeof text, "%.*s", (int)b.size, (const char *)b.data);
    note("notes", text);
}
THRESH_SEED(t, THRESH_BYTES("one"));
THRESH_SEED(t, THRESH_BYTES("two"));
THRESH_SEED(t, THRESH_BYTES("two"));
"""

# Fails for "bad", in a way that the process survives.
PICKY = """\
THRESH_TARGET(t, (bytes, b))
{
    THRESH_CHECK(b.size < 3 || memcmp(b.data, "bad", 3), "no bad input");
}
"""

# The same, dying.
LETHAL = """\
THRESH_TARGET(t, (bytes, b))
{
    if (b.size >= 3 && memcmp(b.data, "bad", 3) == 0)
        abort();
}
"""

TYPED = """\
THRESH_TARGET(t, (string, s), (bytes, b))
{
    THRESH_CHECK(b.size == 0 || b.data[0] != 'f', "%s", s.data);
}
"""

NOTHING_LEFT = ["-run=^$", "-fuzz=t", "-fuzztime=1000x"]


# ---- what is read ----

def test_equal_inputs_run_once_wherever_they_are_from(fuzz):
    fuzz.build(NOTES)
    for name, data in (("a", b"one"), ("b", b"three"), ("c", b"three")):
        fuzz.seed(name, data)
    for data in (b"two", b"three", b"four", b"five"):
        fuzz.cache(data)
    done = fuzz.run("-fuzz=t", "-fuzztime=5x", "-parallel=1").expect(0)
    assert sorted(fuzz.notes()) == ["five", "four", "one", "three", "two"]
    assert "gathering baseline coverage: 0/5" in done.err


def test_all_entries_run_before_any_mutant(fuzz):
    fuzz.build(NOTES)
    for n in range(30):
        fuzz.cache(b"cached %d" % n)
    fuzz.run("-fuzz=t", "-fuzztime=100x", "-parallel=3").expect(0)
    known = {"one", "two", *(f"cached {n}" for n in range(30))}
    assert set(fuzz.notes()[:32]) == known


def test_plain_run_does_not_replay_the_cache(fuzz):
    fuzz.build(NOTES)
    fuzz.cache(b"cached")
    fuzz.run().expect(0)
    assert fuzz.notes() == ["one", "two", "two"]


def test_directories_among_saved_inputs_are_ignored(fuzz):
    fuzz.build(NOTES)
    fuzz.put("testdata/fuzz/t/deeper", "bad", b"bad")
    fuzz.run().expect(0)
    fuzz.run("-fuzz=t", "-fuzztime=2x").expect(0)
    assert "bad" not in fuzz.notes()


def test_both_file_forms_are_read_for_bytes(fuzz):
    fuzz.build(NOTES)
    fuzz.seed("raw", b"raw bytes")
    fuzz.seed("text", text_file('[]byte("in text")'))
    fuzz.run("-run=t/raw|t/text").expect(0)
    assert fuzz.notes() == ["raw bytes", "in text"]


def test_malformed_seed_files_are_all_listed(fuzz):
    fuzz.build(TYPED)
    fuzz.seed("good", text_file('string("x")', '[]byte("y")'))
    fuzz.seed("junk", b"junk")
    fuzz.seed("none", text_file())
    fuzz.seed("wrong", text_file("int(1)", 'string("x")'))
    for args in ([], NOTHING_LEFT):
        done = fuzz.run(*args).expect(1)
        path = "testdata/fuzz/t"
        for line in (
                f'"{path}/junk": unmarshal: must include version and at '
                "least one value",
                f'"{path}/none": wrong number of values in corpus entry: 0, '
                "want 2",
                f'"{path}/wrong": mismatched types in corpus entry: '
                "[int string], want [string []byte]"):
            assert line in done.text
        assert "execs" not in done.err


def test_malformed_cache_files_are_skipped(fuzz):
    fuzz.build(TYPED)
    fuzz.cache(b"junk")
    fuzz.cache(text_file('string("x")', '[]byte("y")'))
    done = fuzz.run("-fuzz=t", "-fuzztime=5x").expect(0)
    assert "baseline coverage: 0/1" in done.err
    assert done.err.count("warning: ") == 1
    assert 'warning: 1 found input is left out: "cache/t/' in done.err


def test_a_seed_file_that_is_too_large_fails(fuzz):
    fuzz.build(NOTES)
    fuzz.seed("huge", b"")
    os.truncate(fuzz.cwd / "testdata/fuzz/t/huge", 300 << 20)
    done = fuzz.run(*NOTHING_LEFT).expect(1)
    assert "testdata/fuzz/t/huge" in done.text and not fuzz.notes()


# ---- who is to blame ----

@pytest.mark.parametrize("source", [PICKY, LETHAL], ids=["check", "abort"])
def test_failing_code_seed_is_named_and_not_written(fuzz, source):
    fuzz.build(source + 'THRESH_SEED(t, THRESH_BYTES("fine"));\n'
               'THRESH_SEED(t, THRESH_BYTES("bad!"));\n')
    done = fuzz.run(*NOTHING_LEFT).expect(1)
    assert "failure while testing seed corpus entry: t/seed#1\n" in done.err
    assert done.out.count("FAIL t: ") == 1
    assert fuzz.saved() == {} and "minimised" not in done.text


@pytest.mark.parametrize("source", [PICKY, LETHAL], ids=["check", "abort"])
def test_failing_seed_file_is_named_and_not_written(fuzz, source):
    fuzz.build(source)
    fuzz.seed("1", b"bad!")
    done = fuzz.run(*NOTHING_LEFT).expect(1)
    assert "failure while testing seed corpus entry: t/1\n" in done.err
    assert fuzz.saved() == {"1": b"bad!"}
    command = re.search(r"re-run  (.*)", done.out).group(1).split()
    assert fuzz.run(*command[1:]).expect(1).out.count("t/1") == 1


def test_failing_seed_prevents_fuzzing(fuzz):
    fuzz.build(NOTES.replace("note(", 'THRESH_CHECK(b.data[0] != 120);note('))
    fuzz.seed("x", b"x")
    fuzz.run("-fuzz=t", "-fuzztime=1000x", "-parallel=1").expect(1)
    assert set(fuzz.notes()) <= {"one", "two"}


@pytest.mark.parametrize("source", [PICKY, LETHAL], ids=["check", "abort"])
def test_failing_cache_entry_is_written_as_a_new_failure(fuzz, source):
    fuzz.build(source)
    fuzz.cache(b"bad things in here")
    done = fuzz.run(*NOTHING_LEFT).expect(1)
    assert "seed corpus entry" not in done.err
    assert fuzz.only_failure() == (digest(b"bad"), b"bad")
    assert "minimised 18 -> 3 bytes" in done.out


def test_failing_cache_entry_fails_the_same_without_instrumentation(fuzz):
    fuzz.build(PICKY, "-fno-sanitize-coverage=inline-8bit-counters") \
        if fuzz.compiler == "clang" else fuzz.build(PICKY, "-fno-profile-arcs")
    fuzz.cache(b"bad things in here")
    fuzz.run(*NOTHING_LEFT).expect(1)
    assert fuzz.only_failure()[1] == b"bad"


# ---- what is written ----

def test_bytes_target_saves_raw_files(fuzz):
    fuzz.build(PICKY + 'THRESH_SEED(t, THRESH_BYTES("ba\\n"));\n')
    fuzz.cache(b"bad\0\n\xff")
    fuzz.run(*NOTHING_LEFT, "-fuzzminimizetime=0x").expect(1)
    assert fuzz.only_failure()[1] == b"bad\0\n\xff"


def test_libfuzzer_target_saves_raw_files_under_the_programs_name(fuzz):
    fuzz.build("""\
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            if (size >= 3 && memcmp(data, "bad", 3) == 0)
                abort();
            return 0;
        }
        """, name="harness")
    assert fuzz.run("-list=.").out == "harness\n"
    fuzz.cache(b"bad", "harness")
    done = fuzz.run("-fuzz=.", "-fuzztime=10x").expect(1)
    assert fuzz.only_failure("harness")[1] == b"bad"
    assert f"FAIL harness: {ABORT}" in done.out


def test_typed_target_saves_text_files(fuzz):
    fuzz.build(TYPED)
    fuzz.cache(text_file('string("a\\"\\n\\u00e9")', '[]byte("f\\x00\\xff")'))
    fuzz.run(*NOTHING_LEFT, "-fuzzminimizetime=0x").expect(1)
    assert fuzz.only_failure()[1] == (
        b'go test fuzz v1\nstring("a\\"\\n\xc3\xa9")\n'
        b'[]byte("f\\x00\\xff")\n')


def test_string_target_saves_text_files(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (string, s)) { THRESH_CHECK(s.size < 3); }
        """)
    fuzz.run("-fuzz=t", "-seed=1").expect(1)
    assert re.fullmatch(rb'go test fuzz v1\nstring\("..."\)\n',
                        fuzz.only_failure()[1])


def test_raw_input_that_looks_like_text_is_written_as_text(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(b.size != 20); }
        """)
    looks = b"go test fuzz v1\nabcd"
    fuzz.seed("in", text_file('[]byte("go test fuzz v1\\nabcd")'))
    fuzz.run("-run=t/in").expect(1)  # it is what it says
    os.rename(fuzz.cwd / "testdata/fuzz/t/in", fuzz.cwd / "in")
    fuzz.put("cache/t", "in", (fuzz.cwd / "in").read_bytes())
    fuzz.run(*NOTHING_LEFT, "-fuzzminimizetime=0x").expect(1)
    name, data = fuzz.only_failure()
    assert data == text_file('[]byte("go test fuzz v1\\nabcd")') != looks
    fuzz.run(f"-run=t/{name}").expect(1)


def test_finds_of_typed_targets_are_text_files(fuzz):
    fuzz.build(TYPED.replace("THRESH_CHECK", "if (s.size > 2) note"
                             '("notes", s.data);if (0) THRESH_CHECK'))
    fuzz.run("-fuzz=t", "-fuzztime=2000x").expect(0)
    assert fuzz.cached()
    for data in fuzz.cached().values():
        assert re.fullmatch(rb'go test fuzz v1\nstring\(".*"\)\n'
                            rb'\[\]byte\(".*"\)\n', data)


# ---- what stays out of the corpus ----

def test_rejected_inputs_stay_out_of_the_corpus(fuzz_both):
    fuzz_both.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            static volatile int odd, even;
            if (b.size % 2) {
                odd++;
                THRESH_REJECT_IF(b.size > 0);
            }
            if (b.size > 2 && b.data[0] > 128)
                even++;
        }
        """)
    fuzz_both.run("-fuzz=t", "-seed=1", "-parallel=1",
                  "-fuzztime=50000x").expect(0)
    sizes = [len(data) for data in fuzz_both.cached().values()]
    # one at least: what gcc counts on the way to the others may be no news
    assert sizes and all(n % 2 == 0 for n in sizes)


def test_minus_one_keeps_a_libfuzzer_input_out_of_the_corpus(fuzz_both):
    fuzz_both.build("""\
        extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            static volatile int odd, even;
            if (size % 2) {
                odd++;
                return -1;
            }
            if (size > 2 && data[0] > 128)
                even++;
            return 0;
        }
        """, cxx=True, name="t")
    fuzz_both.run("-fuzz=t", "-seed=1", "-parallel=1",
                  "-fuzztime=50000x").expect(0)
    sizes = [len(data) for data in fuzz_both.cached().values()]
    # one at least: what gcc counts on the way to the others may be no news
    assert sizes and all(n % 2 == 0 for n in sizes)


# ---- when files can't be written ----

def test_unsaved_failure_is_printed_encoded(fuzz):
    fuzz.build(PICKY.replace("THRESH_CHECK", """\
        if (b.size == 4)
            close(open("blocked", O_CREAT, 0666));
        THRESH_CHECK"""))
    fuzz.cache(b"bad\n")
    done = fuzz.run(*NOTHING_LEFT, "-testdata=blocked",
                    "-fuzzminimizetime=0x").expect(1)
    assert "NOT SAVED: " in done.out
    assert '        go test fuzz v1\n        []byte("bad\\n")\n' in done.out


@pytest.mark.parametrize("flag", ["-testdata", "-cachedir"])
def test_a_file_in_place_of_a_directory_is_told_before_fuzzing(fuzz, flag):
    fuzz.build(NOTES)
    fuzz.put(".", "file", b"")
    done = fuzz.run(*NOTHING_LEFT, f"{flag}=file").expect(3)
    assert re.search("file/t: (Not a directory|Directory name invalid)",
                     done.err) and not fuzz.notes()


def test_failure_in_a_readonly_directory_is_printed_encoded(fuzz):
    if os.geteuid() == 0:
        where = "/proc/self/fdinfo/not-writable-even-for-root"
    else:
        fuzz.put("closed", "x", b"")
        os.chmod(fuzz.cwd / "closed", 0o555)
        where = "closed/testdata"
    fuzz.build(LETHAL)
    fuzz.cache(b"bad")
    done = fuzz.run(*NOTHING_LEFT, f"-testdata={where}").expect(1)
    assert "NOT SAVED: " in done.out and '[]byte("bad")' in done.out


def test_unwritable_cache_is_warned_about_and_fuzzing_goes_on(fuzz):
    fuzz.build("""\
        static volatile unsigned n;
        THRESH_TARGET(t, (bytes, b)) { if (b.size > 3) n++; }
        """)
    done = fuzz.run("-fuzz=t", "-fuzztime=20000x",
                    "-cachedir=/proc/self/fdinfo/x").expect(0)
    assert done.err.count("warning: found inputs are kept in memory only") == 1
    assert done.execs == 20000 and done.found > 0


def test_paths_with_spaces_work(fuzz):
    fuzz.build(LETHAL, name="my fuzz")
    fuzz.put("the cache/t", None, b"bad")
    done = fuzz.run(*NOTHING_LEFT, "-cachedir=the cache",
                    "-testdata=test data/of mine").expect(1)
    assert fuzz.files("test data/of mine/t") == {digest(b"bad"): b"bad"}
    assert f"saved   test data/of mine/t/{digest(b'bad')}" in done.out
    fuzz.run(f"-run=t/{digest(b'bad')}",
             "-testdata=test data/of mine").expect(1)
