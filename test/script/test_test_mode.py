# SPDX-License-Identifier: MIT
"""Inputs as tests: side by side, in order, isolated from each other, bounded in
time, and never passed when they were not run."""
import re
import signal

import pytest
from conftest import WINDOWS
from fuzzing import frame, fuzz, programs, text_file  # noqa: F401 (fixtures)

# "w" waits until "g" has run, and "g" until "w" has begun, which takes another
# worker; and they say in which order they began and ended.
WAITS = """\
THRESH_TARGET(t, (bytes, b))
{
    char what[4] = {(char)b.data[0], ' ', 'b', 0};
    note("order", what);
    if (b.data[0] == 'w')
        note("waits", "");
    while (access(b.data[0] == 'w' ? "gone" : "waits", F_OK) != 0)
        usleep(1000);
    what[2] = 'e';
    note("order", what);
    if (b.data[0] == 'g')
        note("gone", "");
}
THRESH_SEED(t, THRESH_BYTES("w"));
THRESH_SEED(t, THRESH_BYTES("g"));
"""

# What the first letter says, with the whole input printed.
ACTS = """\
THRESH_TARGET(t, (bytes, b))
{
    printf("input %.*s\\n", (int)b.size, (const char *)b.data);
    fflush(stdout);
    switch (b.size ? b.data[0] : 0) {
    case 'a': abort();
    case 'c': THRESH_CHECK(b.size == 0, "check");
    case 'e': exit(0);
    case 'h': note("hangs", ""); for (;;) usleep(1000);
    case 'k': BE_KILLED(); break;
    case 's': raise(SIGSEGV);
    default: break;
    }
}
"""

HARNESS = """\
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    %s;
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}
"""


def results(done):
    return re.findall(r"--- (....): t/(\S+)", done.out)


def test_inputs_run_side_by_side_and_are_told_in_order(fuzz):
    done = fuzz.build(WAITS).run("-v", "-parallel=2").expect(0)
    assert fuzz.notes("order")[-2:] == ["g e", "w e"]
    assert results(done) == [("PASS", "seed#0"), ("PASS", "seed#1")]


@pytest.mark.parametrize("parallel", [
    1, pytest.param(2, marks=pytest.mark.long), 8])
def test_results_do_not_depend_on_the_number_of_workers(fuzz, parallel):
    fuzz.build(ACTS)
    for n in range(60):
        fuzz.seed(f"{n:02}", f"{'oacseo'[n % 6]}{n}".encode())
    done = fuzz.run("-v", f"-parallel={parallel}").expect(1)
    assert results(done) == [
        ("PASS" if "oacseo"[n % 6] == "o" else "FAIL", f"{n:02}")
        for n in range(60)]
    # what an input printed is shown with it
    shown = re.findall(r"=== RUN   t/(\d+)\n(?:(?!===).*\n)*? +input .(\d+)\n",
                       done.out)
    assert [(a, int(b)) for a, b in shown] == [
        (f"{n:02}", n) for n in range(60)]


def test_quick_inputs_take_few_workers(fuzz):
    # Slow to begin, so that all that are wanted have begun before the first.
    fuzz.build(HARNESS % 'note("began", ""); usleep(999999)', name="t")
    for n in range(60):
        fuzz.seed(str(n), b"x")
    fuzz.run("-parallel=64").expect(0)
    assert len(fuzz.notes("began")) < 30  # one, but for a loaded machine


def test_more_inputs_than_are_read_ahead(fuzz):
    fuzz.build(ACTS)
    for n in range(300):
        fuzz.seed(f"{n:03}", b"ok")
    fuzz.seed("250", b"abort")
    done = fuzz.run("-v", "-parallel=2").expect(1)
    assert [name for _, name in results(done)] == [
        f"{n:03}" for n in range(300)]
    assert ("FAIL", "250") in results(done)


def test_a_process_killed_from_outside_is_no_pass(fuzz):
    fuzz.build(ACTS)
    fuzz.seed("1", b"kill")
    fuzz.seed("2", b"fine")
    done = fuzz.run("-v").expect(1)
    assert results(done) == [("FAIL", "1"), ("PASS", "2")]
    assert "no crash will be recorded: signal: killed" in done.out


@pytest.mark.parametrize("how, why", [
    # no handler yet that tells it from exit(3)
    ("abort()", "exit status 3" if WINDOWS else "signal: aborted"), ("exit(0)", "exit status 0"),
    ("exit(7)", "exit status 7")])
def test_a_failing_initialisation_fails_the_tests(fuzz, how, why):
    fuzz.build(HARNESS % f'puts("its words"); fflush(stdout); {how}',
               name="t")
    fuzz.seed("1", b"x")
    done = fuzz.run().expect(1)
    assert results(done) == [("FAIL", "1")]
    assert "fuzzing process terminated without fuzzing: " in done.out
    assert why in done.out and "its words" in done.out


def test_unreadable_files_are_all_listed_and_hide_nothing(fuzz):
    fuzz.build("THRESH_TARGET(t, (string, s)) { THRESH_CHECK(s.size < 3); }\n")
    fuzz.seed("1", b"junk")
    fuzz.seed("2", text_file('string("abc")'))
    fuzz.seed("3", text_file("int(1)"))
    fuzz.seed("4", text_file('string("")'))
    done = fuzz.run("-v").expect(1)
    assert results(done) == [("FAIL", "1"), ("FAIL", "2"), ("FAIL", "3"),
                             ("PASS", "4")]
    assert '"testdata/fuzz/t/1": ' in done.out
    assert '"testdata/fuzz/t/3": ' in done.out


# ---- the end of time ----

def test_timeout_fails_what_runs_and_says_what_did_not(fuzz):
    fuzz.build(ACTS)
    for name, data in {"1": b"ok", "2": b"hang", "3": b"ok"}.items():
        fuzz.seed(name, data)
    done = fuzz.run("-v", "-timeout=1s", "-inputtimeout=0",
                    "-parallel=1").expect(1)
    assert results(done) == [("PASS", "1"), ("FAIL", "2")]
    assert "test timed out after 1s (-timeout)\n" in done.out
    assert re.search(frame("t") + "\n", done.out), "where it hangs"
    assert "testing: test timed out before t/3 (-timeout=1s)\n" in done.err


def test_no_timeout_is_no_limit(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; usleep(300000); }\n"
               'THRESH_SEED(t, THRESH_BYTES("x"));\n')
    fuzz.run("-timeout=0").expect(0)
    fuzz.run("-timeout=50ms").expect(1)


def test_an_interrupted_run_of_tests_has_not_passed(fuzz):
    fuzz.build(ACTS)
    fuzz.seed("1", b"ok")
    fuzz.seed("2", b"hang")
    fuzz.seed("3", b"ok")
    done = fuzz.interrupt_when(lambda: fuzz.notes("hangs"), "-v",
                               "-inputtimeout=0", "-parallel=1").expect(130)
    assert results(done) == [("PASS", "1")]
    assert "testing: interrupted before t/2\n" in done.err
    assert done.out.endswith("\nFAIL\n") and "--- FAIL" not in done.out


@pytest.mark.posix("SIGTERM")
def test_an_interrupt_masks_no_failure(fuzz):
    fuzz.build(ACTS)
    fuzz.seed("1", b"abort")
    fuzz.seed("2", b"hang")
    done = fuzz.interrupt_when(lambda: fuzz.notes("hangs"), "-inputtimeout=0",
                               "-parallel=1",
                               number=signal.SIGTERM).expect(1)
    assert results(done) == [("FAIL", "1")]


def test_an_interrupt_keeps_from_fuzzing(fuzz):
    fuzz.build(ACTS + "THRESH_TARGET(u, (bytes, b)) "
               '{ (void)b; note("fuzzed", ""); }\n')
    fuzz.seed("2", b"hang")
    fuzz.interrupt_when(lambda: fuzz.notes("hangs"), "-inputtimeout=0",
                        "-fuzz=u").expect(130)
    assert not fuzz.notes("fuzzed")


def test_a_long_run_tells_how_far_it_is(fuzz):
    """Every three seconds."""
    fuzz.build(r"""
        THRESH_TARGET(t, (bytes, b)) { usleep(b.size > 2 ? 3200000 : 0); }""")
    for name in ("1", "22", "333", "4444"):
        fuzz.seed(name, name.encode())
    done = fuzz.run("-parallel=1", "-run=t/(1|22|333)").expect(0)
    assert re.fullmatch(r"test: t: elapsed: \d+s, inputs run: 3\n", done.err)
    assert done.out == "PASS\n"


# ---- flags that mean nothing ----

@pytest.mark.parametrize("flag", ["-fuzztime=5s", "-keepfuzzing"])
def test_a_flag_of_fuzzing_alone_is_warned_of(fuzz, flag):
    done = fuzz.build(ACTS).run(flag).expect(0)
    name = flag.split("=")[0]
    assert done.err.startswith(
        f"testing: warning: {name} means nothing without -fuzz\n")
    assert not fuzz.build(ACTS).run("-parallel=1", "-seed=3").expect(0).err
