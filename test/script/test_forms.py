# SPDX-License-Identifier: MIT
"""-tap, -junit and -sarif: results in the forms that build systems read, whatever the
targets print and however the run ends."""
import json
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as xml

import pytest
from conftest import WINDOWS
from fuzzing import ABORT, digest, fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

TARGETS = r"""
THRESH_TARGET(first, (bytes, b))
{
    THRESH_CHECK(b.size != 3, "<three> & \"more\"");
    if (b.size == 4)
        abort();
    if (b.size == 5) {
        printf("\x1b[31m ]]> \xff\xfe &amp;\n");
        fflush(stdout);
        abort();
    }
    if (b.size == 6) {
        note("hangs", "");
        for (;;)
            usleep(1000);
    }
    if (b.size == 7)
        BE_KILLED();
}
THRESH_SEED(first, THRESH_BYTES("x"));
THRESH_TARGET(nothing, (string, s)) { (void)s; }
"""

# What both Ant's and Jenkins' schemas say of a suite and a case.
SUITE = {"name": r".+", "package": r".+", "hostname": r".+", "id": r"\d+",
         "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "tests": r"\d+",
         "failures": r"\d+", "errors": r"\d+", "skipped": r"\d+",
         "time": r"\d+\.\d+"}
CASE = {"name": r".+", "classname": r".+", "time": r"\d+\.\d+"}
PROBLEM = {"type": r".+", "message": r".*"}


def assert_attributes(element, wanted):
    assert set(element.attrib) == set(wanted)
    for name, pattern in wanted.items():
        assert re.fullmatch(pattern, element.attrib[name], re.S), name


def junit(fuzz, name="r.xml"):
    """The file's suites, checked to be of the common schema: by name, the kind
    of each case's problem by the case's name."""
    root = xml.parse(fuzz.cwd / name).getroot()
    assert root.tag == "testsuites" and not root.attrib
    suites = {}
    for n, suite in enumerate(root):
        assert suite.tag == "testsuite"
        assert_attributes(suite, SUITE)
        assert int(suite.attrib["id"]) == n
        tags = [child.tag for child in suite]
        cases = suite.findall("testcase")
        assert tags == (["properties"] + ["testcase"] * len(cases)
                        + ["system-out", "system-err"])
        problems = [(case.find("failure"), case.find("error"))
                    for case in cases]
        for case, problem in zip(cases, problems):
            assert_attributes(case, CASE)
            for one in filter(lambda p: p is not None, problem):
                assert len(case) == 1
                assert_attributes(one, PROBLEM)
        for key, index in {"failures": 0, "errors": 1}.items():
            assert int(suite.attrib[key]) == sum(
                p[index] is not None for p in problems)
        assert int(suite.attrib["tests"]) == len(cases)
        suites[suite.attrib["name"]] = {
            case.attrib["name"]: next(
                (p for p in problem if p is not None), None)
            for case, problem in zip(cases, problems)}
    return suites


def tap(text):
    """Verdicts by name, in order, checked to be TAP with a plan at the end."""
    lines = text.splitlines()
    assert lines[0] == "TAP version 13"
    results = [re.fullmatch(r"(not )?ok (\d+) - (.*)", line)
               for line in lines if re.match("(not )?ok", line)]
    assert [int(r[2]) for r in results] == list(range(1, len(results) + 1))
    for line in lines:
        assert re.match(r"TAP version 13$|(not )?ok \d|  |# |1\.\.\d+|Bail out! "
                        r"\w", line), line
    return [(r[3], not r[1]) for r in results], lines[-1]


@pytest.fixture
def first(fuzz):
    fuzz.build(TARGETS)
    for size in range(2, 6):
        fuzz.seed(str(size), b"-" * size, "first")
    return fuzz


# ---- TAP ----

def test_tap_has_a_line_for_each_input(first):
    done = first.run("-tap").expect(1)
    results, plan = tap(done.out)
    assert results == [("first/seed#0", True), ("first/2", True),
                       ("first/3", False), ("first/4", False),
                       ("first/5", False)]
    assert plan == "1..5"
    assert "\x1b" not in done.out
    assert '  message: "target:4: check failed: b.size != 3: <three> & ' \
        '\\"more\\""\n' in done.out
    assert done.out.count("  severity: fail\n") == 3
    assert "  kind: crash\n" in done.out and "  kind: check\n" in done.out


def test_tap_without_tests_is_a_plan_of_none(first):
    done = first.run("-tap", "-run=nothing").expect(0)
    assert tap(done.out) == ([], "1..0 # SKIP no tests to run")


@pytest.mark.posix("no file's name has a backslash")
def test_tap_of_a_name_that_looks_like_a_directive(first):
    first.seed("a # SKIP \\", b"-", "first")
    results, _ = tap(first.run("-tap", "-run=/a").expect(0).out)
    assert results == [("first/a \\# SKIP \\\\", True)]


def test_tap_that_ends_early_has_no_plan(first):
    first.seed("6", b"-" * 6, "first")
    done = first.run("-tap", "-timeout=1s", "-inputtimeout=0",
                     "-parallel=1", "-run=/[267]").expect(1)
    results, last = tap(done.out)
    assert results == [("first/2", True), ("first/6", False)]
    assert last == "1..2"  # nothing was left
    first.seed("7", b"-", "first")
    done = first.run("-tap", "-timeout=1s", "-inputtimeout=0",
                     "-parallel=1", "-run=/[267]").expect(1)
    assert tap(done.out)[1] == "Bail out! test timed out"


def test_tap_of_fuzzing(first):
    done = first.run("-tap", "-fuzz=nothing", "-run=^$",
                     "-fuzztime=100x").expect(0)
    assert tap(done.out) == ([("nothing/fuzzing", True)], "1..1")
    done = first.run("-tap", "-fuzz=first", "-run=^$").expect(1)
    results, plan = tap(done.out)
    assert results[-1] == ("first/fuzzing", True)
    assert results[0][0].startswith("first/") and not results[0][1]
    assert "#     FAIL first: " in done.out


@pytest.mark.skipif(not shutil.which("prove"), reason="prove is not installed")
def test_tap_is_understood_by_prove(first):
    first.seed("a # SKIP", b"-", "first")
    (first.cwd / "t.sh").write_text(
        f"#!/bin/sh\ncd '{first.cwd}' && "
        f"exec {shlex.join(first.argv(['-tap']))}\n")
    (first.cwd / "t.sh").chmod(0o755)
    done = subprocess.run(["prove", first.cwd / "t.sh"], text=True,
                          capture_output=True, check=False)
    assert "Failed 3/6 subtests" in done.stdout, done.stdout + done.stderr
    assert "Parse errors" not in done.stdout and "skipped" not in done.stdout


# ---- JUnit ----

def test_junit_has_a_suite_for_each_target(first):
    first.run("-junit=r.xml").expect(1)
    suites = junit(first)
    assert list(suites) == ["first", "nothing"] and not suites["nothing"]
    cases = suites["first"]
    assert list(cases) == ["seed#0", "2", "3", "4", "5"]
    assert cases["seed#0"] is None and cases["2"] is None
    assert cases["3"].attrib == {
        "type": "check", "message": "target:4: check failed: b.size != 3: "
                                    '<three> & "more"'}
    assert cases["4"].attrib["type"] == "crash"
    assert cases["4"].text.startswith(
        f"{ABORT}\n" + ("" if WINDOWS else "target:"))
    assert " ]]> " in cases["5"].text and "&amp;" in cases["5"].text


def test_junit_changes_nothing_else(first):
    plain = first.run().expect(1)
    other = first.run("-junit=r.xml").expect(1)
    assert re.sub(r"\(.*s\)", "", plain.out) == re.sub(
        r"\(.*s\)", "", other.out)
    assert tap(first.run("-junit=r.xml", "-tap").expect(1).out)[1] == "1..5"


def test_junit_calls_what_has_no_verdict_an_error(first):
    first.seed("7", b"-" * 7, "first")
    first.seed("bad", b"junk", "nothing")
    first.run("-junit=r.xml", "-run=/[7b]").expect(1)
    suites = junit(first)
    assert suites["first"]["7"].tag == "error"
    assert "signal: killed" in suites["first"]["7"].attrib["message"]
    assert suites["nothing"]["bad"].tag == "error"


def test_junit_of_fuzzing_has_its_failures(first):
    shutil.rmtree(first.cwd / "testdata")
    first.run("-junit=r.xml", "-fuzz=.", "-fuzztime=3000x", "-seed=1",
              "-parallel=1").expect(1)
    name, data = first.only_failure("first")
    suites = junit(first)
    assert list(suites["first"]) == [name, "fuzzing"]
    assert f"first/{digest(data)}" in suites["first"][name].text
    assert suites["nothing"] == {"fuzzing": None}


def test_junit_is_written_when_interrupted(first):
    first.seed("6", b"-" * 6, "first")
    first.interrupt_when(lambda: first.notes("hangs"), "-junit=r.xml",
                         "-inputtimeout=0", "-parallel=1",
                         "-run=/[26]").expect(130)
    assert junit(first)["first"] == {"2": None}
    (first.cwd / "r.xml").unlink()
    first.interrupt_when(lambda: first.cached("nothing"), "-junit=r.xml",
                         "-fuzz=nothing", "-run=^$").expect(0)
    assert junit(first) == {"nothing": {"fuzzing": None}}


def test_junit_replaces_an_older_file_and_makes_directories(first):
    first.put("a/b", "r.xml", b"x" * 100000)
    first.run("-junit=a/b/r.xml", "-run=/2").expect(0)
    assert junit(first, "a/b/r.xml")["first"] == {"2": None}
    first.run(f"-junit={first.cwd}/new/r.xml", "-run=/2").expect(0)
    assert junit(first, "new/r.xml")["first"] == {"2": None}
    assert {p.name for p in (first.cwd / "a/b").iterdir()} == {"r.xml"}


def test_junit_that_cannot_be_written_is_our_failure(first):
    first.put("file", "x", b"")
    done = first.run("-junit=file/x/r.xml", "-run=/2").expect(3)
    assert "the results are not saved: " in done.err
    first.run("-junit=file/x/r.xml").expect(1)


def test_nothing_is_written_on_wrong_usage(first):
    first.run("-junit=r.xml", "-nonsense").expect(2)
    first.run("-junit=r.xml", "-run=(").expect(1)
    assert not (first.cwd / "r.xml").exists()


# ---- SARIF ----

def sarif(fuzz, name="r.sarif"):
    """The run in the file: its results and notifications."""
    log = json.loads((fuzz.cwd / name).read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Thresh"
    rules = {rule["id"] for rule in driver["rules"]}
    for result in run["results"]:
        assert result["ruleId"] in rules and result["level"] == "error"
        assert result["partialFingerprints"]["threshSignature/v1"]
    (invocation,) = run["invocations"]
    return run["results"], invocation


def place(result):
    """What the first location says: the file's URI and the line."""
    physical = result["locations"][0]["physicalLocation"]
    return (physical["artifactLocation"]["uri"],
            physical.get("region", {}).get("startLine"))


def test_sarif_has_a_result_for_each_failing_input(first):
    done = first.run("-sarif=r.sarif").expect(1)
    assert "--- FAIL: first/3" in done.out  # people are told as ever
    results, invocation = sarif(first)
    assert [r["ruleId"] for r in results] == ["check", "crash", "crash"]
    assert [r["properties"]["name"] for r in results] == ["3", "4", "5"]
    assert results[0]["message"]["text"] == (
        'first: target:4: check failed: b.size != 3: <three> & "more"')
    if WINDOWS:
        return
    uri, line = place(results[1])
    assert uri.rsplit("/", 1)[-1] == "target" and line == 6
    frames = results[1]["stacks"][0]["frames"]
    assert frames[0]["location"]["logicalLocations"][0]["name"] == "first"
    assert invocation["executionSuccessful"] is True


def test_sarif_of_what_has_no_place_names_the_file(first):
    """A name that is none in a URI."""
    first.seed("a b%", b"-" * 3, "first")
    first.run("-sarif=out/r.sarif", "-run=/a b").expect(1)
    (result,), _ = sarif(first, "out/r.sarif")
    if not result["stacks"][0]["frames"]:
        assert place(result) == ("testdata/fuzz/first/a%20b%25", None)
    assert result["properties"]["file"] == "testdata/fuzz/first/a b%"


def test_sarif_of_a_failure_that_was_found(fuzz):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { if (b.size) abort(); }')
    fuzz.run("-fuzz=t", "-fuzztime=1000x", "-seed=1", "-parallel=1",
             "-sarif=r.sarif", "-junit=r.xml").expect(1)
    (result,), invocation = sarif(fuzz)
    name, _ = fuzz.only_failure()
    assert result["properties"]["file"] == f"testdata/fuzz/t/{name}"
    assert "re-run" in result["properties"]["report"]
    assert invocation["executionSuccessful"] is True
    assert junit(fuzz)["t"]


def test_sarif_of_nothing_that_failed_has_no_results(first):
    first.run("-sarif=r.sarif", "-run=/2").expect(0)
    assert sarif(first)[0] == []


def test_sarif_notes_what_had_no_verdict(first):
    first.seed("bad", b"go test fuzz v1\nint(", "first")
    first.run("-sarif=r.sarif", "-run=/(2|bad)").expect(1)
    results, invocation = sarif(first)
    assert results == []
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("first/bad: ")


def test_sarif_that_cannot_be_written_is_told(first):
    (first.cwd / "file").write_text("")
    done = first.run("-sarif=file/r.sarif", "-run=/2").expect(3)
    assert "the results are not saved" in done.err
    assert "-sarif needs a file" in first.run("-sarif=").expect(2).err
