# SPDX-License-Identifier: MIT
"""The command line of a fuzz binary, and running its targets as tests."""
import re

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

THREE = """\
THRESH_TARGET(alpha, (bytes, b)) { (void)b; note("alpha", "ran"); }
THRESH_SEED(alpha, THRESH_BYTES("a"));
THRESH_SEED(alpha, THRESH_BYTES("b"));
THRESH_TARGET(beta, (bytes, b))
{
    note("beta", "ran");
    THRESH_CHECK(b.size < 2 || b.data[0] != 'X', "the X file, %d", 17);
}
THRESH_SEED(beta, THRESH_BYTES("a"));
THRESH_TARGET(alphabet, (string, s)) { (void)s; note("alphabet", "ran"); }
"""

ONE = "THRESH_TARGET(t, (bytes, b)) { (void)b; }\n"


@pytest.fixture
def three(fuzz):
    fuzz.build(THREE)
    fuzz.seed("bad", b"XX", "beta")
    fuzz.seed("good", b"yy", "beta")
    return fuzz


def ran(text):
    """The inputs that -v names, in order."""
    return re.findall(r"=== RUN   (\S+/\S+)", text)


# ---- listing ----

@pytest.mark.parametrize("pattern, names", [
    (".", ["alpha", "beta", "alphabet"]),
    ("^alpha$", ["alpha"]),
    ("alpha", ["alpha", "alphabet"]),
    ("nothing", []),
])
def test_list_prints_bare_names(three, pattern, names):
    done = three.run(f"-list={pattern}").expect(0)
    assert done.out.splitlines() == names and done.err == ""


def test_list_runs_nothing(three):
    three.run("-list=.")
    assert three.notes("alpha") == []


# ---- tests ----

@pytest.mark.posix("no addr2line in Wine, so no lines in reports")
def test_plain_run_replays_seeds_and_saved_inputs(three):
    done = three.run().expect(1)
    assert len(three.notes("alpha")) == 2 and len(three.notes("beta")) == 3
    assert re.fullmatch(r"""--- FAIL: beta \(\d+\.\d\ds\)
    --- FAIL: beta/bad \(\d+\.\d\ds\)
        target:\d+: check failed: .*: the X file, 17
        target:\d+ beta
FAIL
""", done.out), done.out


def test_plain_run_without_failures_passes(fuzz):
    done = fuzz.build(ONE).run().expect(0)
    assert done.out == "PASS\n" and done.err == ""


def test_plain_run_writes_nothing(three):
    three.run()
    assert not (three.cwd / "cache").exists()
    assert not (three.cwd / "xdg").exists()
    assert sorted(three.saved("beta")) == ["bad", "good"]


def test_verbose_names_every_input_and_its_result(three):
    done = three.run("-v").expect(1)
    assert ran(done.out) == ["alpha/seed#0", "alpha/seed#1", "beta/seed#0",
                             "beta/bad", "beta/good"]
    assert "    --- PASS: beta/good (" in done.out
    assert "    --- FAIL: beta/bad (" in done.out
    assert "--- PASS: alphabet (" in done.out


@pytest.mark.parametrize("args, inputs, code", [
    (["-run=beta"], ["beta/seed#0", "beta/bad", "beta/good"], 1),
    (["-run=beta/good"], ["beta/good"], 0),
    (["-run=beta/bad"], ["beta/bad"], 1),
    (["-run=/o"], ["beta/good"], 0),
    (["-run=beta/seed#0"], ["beta/seed#0"], 0),
    (["-run=alpha$/seed#1"], ["alpha/seed#1"], 0),
    (["-run=beta/nothing"], [], 0),
    (["-run=nothing"], [], 0),
    (["-run=alpha|beta/good"], ["alpha/seed#0", "alpha/seed#1", "beta/good"],
     0),
    (["-skip=beta/bad"], ["alpha/seed#0", "alpha/seed#1", "beta/seed#0",
                          "beta/good"], 0),
    (["-skip=beta"], ["alpha/seed#0", "alpha/seed#1"], 0),
    (["-run=beta", "-skip=/seed"], ["beta/bad", "beta/good"], 1),
    (["-run=", "-skip="], ["alpha/seed#0", "alpha/seed#1", "beta/seed#0",
                           "beta/bad", "beta/good"], 1),
])
def test_patterns_choose_inputs(three, args, inputs, code):
    done = three.run("-v", *args).expect(code)
    assert ran(done.out) == inputs


def test_no_match_of_run_is_a_warning(three):
    done = three.run("-run=nothing").expect(0)
    assert done.err == "testing: warning: no tests to run\n"


@pytest.mark.parametrize("pattern", ["beta/nothing", "alphabet"])
def test_no_input_that_matches_is_a_warning(three, pattern):
    done = three.run(f"-run={pattern}").expect(0)
    assert done.err == ("testing: warning: -run matches no seed and no saved "
                        "input\n")
    assert done.out == "PASS\n"


def test_flags_take_two_dashes_and_separate_values(three):
    assert three.run("--list", "beta").expect(0).out == "beta\n"


def test_testdata_is_found_where_the_flag_says(fuzz):
    fuzz.build(THREE)
    fuzz.put("elsewhere/beta", "bad", b"XX")
    fuzz.run().expect(0)
    assert "beta/bad" in fuzz.run("-testdata=elsewhere").expect(1).out


def test_a_test_that_crashes_does_not_hide_the_others(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b)) { note("notes", "ran"); if (b.size == 1)
            abort(); }
        """)
    for name in "abcd":
        fuzz.seed(name, name.encode() * (1 if name < "c" else 2))
    done = fuzz.run("-v").expect(1)
    assert re.findall(r"--- (....): t/(.)", done.out) == [
        ("FAIL", "a"), ("FAIL", "b"), ("PASS", "c"), ("PASS", "d")]
    assert len(fuzz.notes()) == 4


def test_timeout_ends_a_run_of_tests(three):
    done = three.run("-timeout=1ns").expect(1)
    assert "test timed out before alpha/seed#0" in done.err
    assert three.notes("alpha") == []


def test_timeout_does_not_apply_to_fuzzing(fuzz):
    done = fuzz.build(ONE).run("-run=^$", "-fuzz=t", "-fuzztime=300x",
                               "-timeout=1ns").expect(0)
    assert done.execs == 300


def test_program_without_targets_says_so(fuzz):
    done = fuzz.build("int unused;\n").run().expect(2)
    assert "no target in this binary" in done.err


# ---- choosing what is fuzzed ----

def test_no_match_of_fuzz_is_a_warning(three):
    done = three.run("-fuzz=nothing", "-run=alpha").expect(0)
    assert "testing: warning: no fuzz tests to fuzz\n" in done.err
    assert "no tests to run" not in done.err
    assert done.out == "PASS\n" and len(three.notes("alpha")) == 2


def test_empty_fuzz_pattern_is_none(three):
    three.run("-fuzz=", "-skip=beta").expect(0)
    assert not (three.cwd / "cache").exists()


def test_other_targets_run_as_tests_before_fuzzing(three):
    three.run("-fuzz=^alpha$", "-skip=beta/bad", "-fuzztime=50x").expect(0)
    assert len(three.notes("beta")) == 2
    assert len(three.notes("alpha")) == 50


def test_a_failing_test_prevents_fuzzing(three):
    done = three.run("-fuzz=^alpha$", "-fuzztime=50x").expect(1)
    assert "FAIL: beta/bad" in done.out and not three.notes("alpha")


def test_only_the_chosen_target_is_fuzzed(three):
    done = three.run("-fuzz=^alpha$", "-run=^$", "-fuzztime=500x").expect(0)
    assert done.execs == len(three.notes("alpha")) == 500
    assert not three.notes("beta") and not three.notes("alphabet")


# ---- errors ----

@pytest.mark.parametrize("flag, text", [
    ("-fuzz=[", 'invalid regexp for element 0 of -fuzz ("["): error parsing '
                'regexp: missing closing ]: `[`'),
    ("-run=(", 'invalid regexp for element 0 of -run ("("): error parsing '
               'regexp: missing closing ): `(`'),
    ("-skip=a/*", 'invalid regexp for element 1 of -skip ("*"): error parsing '
                  'regexp: missing argument to repetition operator: `*`'),
    ("-list=x**", 'invalid regexp for element 0 of -list ("x**"): error '
                  'parsing regexp: invalid nested repetition operator: `**`'),
])
def test_bad_regexps_are_told(three, flag, text):
    done = three.run(flag).expect(1)
    assert text in done.err and not three.notes("alpha")


@pytest.mark.parametrize("args, text", [
    (["-fuzztime=0s"],
     'invalid value "0s" for flag -fuzztime: invalid duration'),
    (["-fuzztime=-5s"],
     'invalid value "-5s" for flag -fuzztime: invalid duration'),
    (["-fuzztime=10"],
     'invalid value "10" for flag -fuzztime: invalid duration'),
    (["-fuzztime=0x"],
     'invalid value "0x" for flag -fuzztime: invalid count'),
    (["-fuzztime=-1x"],
     'invalid value "-1x" for flag -fuzztime: invalid count'),
    (["-fuzzminimizetime=-1ms"],
     'invalid value "-1ms" for flag -fuzzminimizetime: invalid duration'),
    (["-fuzzminimizetime=-1x"],
     'invalid value "-1x" for flag -fuzzminimizetime: invalid count'),
    (["-json", "-tap"], "-json and -tap both write to standard output"),
    (["-junit="], "-junit needs a file"),
    (["-junit=folder/"], "-junit needs a file"),
    (["-sarif=folder/"], "-sarif needs a file"),
    (["-stats="], "-stats needs a file"),
    (["-parallel=0"], "-parallel: can only be given a positive integer"),
    (["-parallel=-3"], "-parallel: can only be given a positive integer"),
    (["-parallel=two"], 'invalid value "two" for flag -parallel'),
    (["-timeout=soon"],
     'invalid value "soon" for flag -timeout: invalid duration'),
    (["-inputtimeout=-1s"],
     'invalid value "-1s" for flag -inputtimeout: invalid duration'),
    (["-inputtimeout=99ms"], "-inputtimeout can be no shorter than 100ms"),
    (["-maxrss=much"], 'invalid value "much" for flag -maxrss: invalid size'),
    (["-seed=x"], 'invalid value "x" for flag -seed'),
    (["-maxlen=3q"], 'invalid value "3q" for flag -maxlen: invalid size'),
    (["-maxlen=4GB"], "-maxlen can be at most"),
    (["-v=maybe"], 'invalid value "maybe" for flag -v'),
    (["-seed"], "flag needs an argument: -seed"),
    (["-nope"], "flag provided but not defined: -nope"),
    (["stray"], 'unexpected argument "stray"'),
    (["-cachedir="], "-cachedir and -testdata need a directory"),
    (["-testdata="], "-cachedir and -testdata need a directory"),
])
def test_usage_errors_are_told_and_nothing_runs(three, args, text):
    done = three.run("-fuzz=^alpha$", *args).expect(2)
    assert text in done.err and done.out == ""
    assert not three.notes("alpha") and not three.notes("beta")


def test_help_names_every_flag(fuzz):
    done = fuzz.build(ONE).run("-help").expect(0)
    for flag in ("run fuzz skip list v fuzztime fuzzminimizetime parallel "
                 "timeout keepfuzzing seed maxlen inputtimeout maxrss "
                 "cachedir testdata json plain tap junit sarif stats").split():
        assert re.search(rf"^  -{flag}\b", done.out, re.M), flag
