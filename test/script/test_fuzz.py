# SPDX-License-Identifier: MIT
"""The search as a user sees it: what is found, how much is run, what is said
meanwhile, and how a run ends. Failures are in test_failures.py."""
import re
import signal
import subprocess

import pytest
from fuzzing import digest, fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

HELLO = """\
THRESH_TARGET(t, (bytes, b))
{
    if (b.size == 8 && b.data[0] == 'h')
        if (b.data[1] == 'e')
            if (b.data[2] == 'l')
                if (b.data[3] == 'l')
                    if (b.data[4] == 'o')
                        if (b.data[5] == ' ')
                            if (b.data[6] == ':')
                                if (b.data[7] == ')')
                                    abort();
}
"""

EMPTY = "THRESH_TARGET(t, (bytes, b)) { (void)b; }\n"

# Every byte value is a branch of its own: a corpus that keeps growing.
GROWS = """\
THRESH_TARGET(t, (bytes, b))
{
    static volatile unsigned seen;
    for (size_t i = 0; i < b.size && i < 8; i++)
        switch (b.data[i] & 31) {
""" + "".join(f"        case {n}: seen += {n * n}; break;\n"
              for n in range(0, 32)) + """\
        }
}
"""

GROWS_AND_FAILS = GROWS.replace(
    "static", 'THRESH_CHECK(b.size != 77, "unlucky");\n    static')

COUNTS = """\
THRESH_TARGET(t, (bytes, b)) { (void)b; note("notes", "call"); }
THRESH_SEED(t, THRESH_BYTES("one"));
THRESH_SEED(t, THRESH_BYTES("two"));
"""

SLOW = """\
THRESH_TARGET(t, (bytes, b)) { (void)b; usleep(1000); }
THRESH_SEED(t, THRESH_BYTES("x"));
"""


def uninstrumented(fuzz):
    """The fuzz binary with a target whose code counts nothing."""
    folder = fuzz.cwd / "plain"
    folder.mkdir()
    source = folder / "t.c"
    source.write_text('#include <thresh.h>\n' + EMPTY)
    build = fuzz.programs.build
    subprocess.run(["cc", f"-I{build}/include", source, "-o", folder / "fuzz",
                    build / "libthresh.a"], check=True)
    fuzz.program = folder / "fuzz"
    return fuzz


# ---- what is found ----

@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_exact_bytes_are_found_one_by_one(fuzz_both, seed):
    # half of all seeds need less than a million, one in fifty three
    fuzz_both.build(HELLO)
    fuzz_both.run("-fuzz=t", "-parallel=1", f"-seed={seed}",
                  "-fuzztime=8000000x").expect(1)
    assert fuzz_both.only_failure()[1] == b"hello :)"


def test_empty_target_does_not_grow_its_corpus(fuzz_both):
    fuzz_both.build(EMPTY)
    done = fuzz_both.run("-fuzz=t", "-fuzztime=10000x").expect(0)
    assert (done.found, done.total) == (1, 1)
    done = fuzz_both.run("-fuzz=t", "-fuzztime=2x").expect(0)
    assert (done.found, done.total) == (0, 1)


def test_finds_are_kept_in_the_cache_under_their_hash(fuzz):
    done = fuzz.build(GROWS).run("-fuzz=t", "-seed=1", "-parallel=1",
                                 "-fuzztime=5000x")
    cached = fuzz.cached()
    assert len(cached) == done.found > 10
    fuzz_names = {digest(d) for d in cached.values()}
    assert fuzz_names == set(cached)


def test_the_next_run_starts_from_the_cache(fuzz):
    fuzz.build(GROWS)
    first = fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=5000x")
    second = fuzz.run("-fuzz=t", "-fuzztime=1x", "-parallel=1")
    assert f"gathering baseline coverage: 0/{first.total}" in second.err


@pytest.mark.portable
@pytest.mark.parametrize("seed", [1, 2])
def test_same_seed_same_files(fuzz_both, seed):
    fuzz_both.build(GROWS_AND_FAILS)
    seen = []
    for i in range(2):
        done = fuzz_both.run(
            "-fuzz=t", f"-seed={seed}", "-parallel=1", "-fuzztime=100000x",
            "-keepfuzzing", f"-cachedir=c{i}", f"-testdata=d{i}").expect(1)
        seen.append((fuzz_both.files(f"c{i}/t"), fuzz_both.files(f"d{i}/t"),
                     done.execs, done.found))
    assert len(seen[0][0]) > 20 and len(seen[0][1]) == 1
    assert seen[0] == seen[1]


def test_different_seeds_search_differently(fuzz):
    fuzz.build(GROWS)
    for seed in (1, 2):
        fuzz.run("-fuzz=t", f"-seed={seed}", "-parallel=1",
                 "-fuzztime=5000x", f"-cachedir=c{seed}")
    assert fuzz.files("c1/t") != fuzz.files("c2/t")


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_failure_is_found_with_any_number_of_workers(fuzz, workers):
    done = fuzz.build(HELLO).run("-fuzz=t", f"-parallel={workers}",
                                 "-fuzztime=20000000x").expect(1)
    assert fuzz.only_failure()[1] == b"hello :)"
    assert f"now fuzzing with {workers} workers" in done.err


@pytest.mark.portable
def test_maxlen_bounds_generated_arguments(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b), (string, s))
        {
            THRESH_CHECK(b.size <= 10 && s.size <= 10);
            if (b.size == 10 && s.size == 10)
                note("notes", "full");
        }
        """)
    fuzz.run("-fuzz=t", "-maxlen=10", "-fuzztime=200000x").expect(0)
    assert fuzz.notes()


def test_an_arguments_own_maximum_holds(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b, .max = 3), (string, s))
        {
            THRESH_CHECK(b.size <= 3);
            if (s.size > 3)
                note("notes", "longer");
        }
        """)
    fuzz.run("-fuzz=t", "-fuzztime=20000x").expect(0)
    assert fuzz.notes()


def test_a_string_ends_with_nul_and_may_hold_nuls(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (string, s))
        {
            THRESH_CHECK(s.data[s.size] == 0);
            if (strlen(s.data) < s.size)
                note("notes", "inner");
        }
        """)
    fuzz.run("-fuzz=t", "-fuzztime=20000x").expect(0)
    assert fuzz.notes()


# ---- how much is run ----

@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 100, 1000])
def test_fuzztime_count_is_exact_over_all_workers(fuzz, n, workers):
    done = fuzz.build(COUNTS).run("-fuzz=t", f"-fuzztime={n}x",
                                  f"-parallel={workers}").expect(0)
    assert len(fuzz.notes()) == n
    assert n < 3 or done.execs == n  # fewer: the seeds are not through yet


def test_fuzztime_count_holds_when_inputs_die(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            note(getenv("NOTES"), "call");
            if (b.size % 3 == 2)
                abort();
        }
        """)
    done = fuzz.run("-fuzz=t", "-fuzztime=200x", "-keepfuzzing",
                    "-fuzzminimizetime=0x", "-parallel=2",
                    env={"NOTES": str(fuzz.cwd / "notes")}).expect(1)
    assert done.execs == 200
    # and five runs that confirm the one kind of failure, and one for each
    # smaller input of it
    assert len(fuzz.notes()) == 205 + done.err.count(" replaces ")


def test_fuzztime_duration_ends_with_success(fuzz):
    fuzz.build(SLOW)
    for ms in (300, 3000, 30000):  # where starting takes longer
        done = fuzz.run("-fuzz=t", f"-fuzztime={ms}ms").expect(0)
        assert done.out == "PASS\n"
        if re.search(r"execs: [1-9]\d* ", done.err.splitlines()[-1]):
            return
    pytest.fail(done.text)


# ---- what is said ----

STATUS = (r"fuzz: elapsed: \d+s, execs: \d+ \(\d+/sec\), "
          r"new interesting: \d+ \(total: \d+\)")


def test_baseline_lines_count_the_entries(fuzz):
    done = fuzz.build(SLOW).run("-fuzz=t", "-fuzztime=10x", "-parallel=3")
    gathering = r"^fuzz: elapsed: \d+s, gathering baseline coverage: "
    assert re.search(gathering + "0/1 completed$", done.err, re.M)
    assert re.search(gathering + "1/1 completed, now fuzzing with 3 workers$",
                     done.err, re.M)


def test_final_status_line_has_the_documented_form(fuzz):
    done = fuzz.build(SLOW).run("-fuzz=t", "-fuzztime=10x")
    assert re.match(STATUS, done.err.splitlines()[-1]), done.err


def test_without_instrumentation_status_lines_have_no_coverage(fuzz):
    done = uninstrumented(fuzz).run("-fuzz=t", "-fuzztime=1000x").expect(0)
    assert re.fullmatch(r"fuzz: elapsed: 0s, execs: 1000 \(\d+/sec\)",
                        done.err.splitlines()[-1]), done.err
    assert "testing seed corpus: 0/0 completed, now fuzzing" in done.err


def test_without_instrumentation_there_is_a_warning(fuzz):
    done = uninstrumented(fuzz).run("-fuzz=t", "-fuzztime=1x").expect(0)
    assert done.err.count("warning: the test binary was not built with "
                          "coverage instrumentation") == 1


def test_with_instrumentation_there_is_none(fuzz_both):
    done = fuzz_both.build(EMPTY).run("-fuzz=t", "-fuzztime=1x")
    assert "not built with coverage" not in done.err


def test_empty_corpus_is_warned_about(fuzz):
    fuzz.build(EMPTY)
    assert "warning: starting with empty corpus" in fuzz.run(
        "-fuzz=t", "-fuzztime=100x").err.splitlines()
    assert "empty corpus" not in fuzz.run("-fuzz=t", "-fuzztime=1x").err


def test_the_cache_directory_is_told(fuzz):
    done = fuzz.build(EMPTY).run("-fuzz=t", "-fuzztime=1x", "-cachedir=here")
    assert "here/t" in done.err.splitlines()[0]


@pytest.mark.posix("caches are in %LOCALAPPDATA%")
def test_the_default_cache_is_under_the_users_cache(fuzz):
    done = fuzz.build(EMPTY)
    done = subprocess.run([fuzz.program, "-fuzz=t", "-fuzztime=100x"],
                          cwd=fuzz.cwd, env=fuzz.env(), capture_output=True,
                          text=True)
    kept = list((fuzz.cwd / "xdg" / "thresh").glob("fuzz-*/t/*"))
    assert len(kept) == 1 and str(kept[0].parent) in done.stderr


@pytest.mark.long
def test_status_lines_come_while_an_execution_hangs(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b)) { if (b.size > 1) for (;;) pause(); }
        """)
    done = fuzz.run("-fuzz=t", "-inputtimeout=5s", "-parallel=1").expect(1)
    assert len(re.findall(r"elapsed: [34]s, execs", done.err)) == 1, done.err


# ---- how it ends ----

def test_interrupt_ends_with_success(fuzz):
    fuzz.build(COUNTS)
    done = fuzz.interrupt_when(lambda: len(fuzz.notes()) > 10, "-fuzz=t")
    done.expect(0)
    assert done.out == "PASS\n"
    assert re.match(STATUS, done.err.splitlines()[-1]), done.err


@pytest.mark.posix("SIGTERM")
def test_termination_ends_with_success(fuzz):
    fuzz.build(COUNTS)
    fuzz.interrupt_when(lambda: len(fuzz.notes()) > 10, "-fuzz=t",
                        number=signal.SIGTERM).expect(0)


def test_interrupt_keeps_what_was_found(fuzz):
    fuzz.build(GROWS.replace("static volatile", 'note("notes", "call");\n'
                             "    static volatile"))
    fuzz.interrupt_when(lambda: len(fuzz.notes()) > 2000, "-fuzz=t").expect(0)
    assert len(fuzz.cached()) > 5


def test_workers_leave_nothing_on_the_coordinators_output(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b)) { (void)b; puts("noise"); fputs("noise",
            stderr); }
        """)
    done = fuzz.run("-fuzz=t", "-fuzztime=100x").expect(0)
    assert "noise" not in done.out + done.err
