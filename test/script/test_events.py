# SPDX-License-Identifier: MIT
"""-json: standard output is events for machines, each line a JSON object, with
what the reports for people say."""
import json
import re

import pytest
from conftest import REPO
from fuzzing import ABORT, fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

BUG = """\
__attribute__((noinline)) static void inner(const uint8_t *data)
{
    if (data[0] == 'b')
        abort();
}
THRESH_TARGET(t, (bytes, in))
{
    printf("said \\"%.*s\\" \\x01\\n", (int)in.size, (const char *)in.data);
    if (in.size == 3)
        inner(in.data);
}
THRESH_SEED(t, THRESH_BYTES("xx"));
"""


def events_of(run):
    events = [json.loads(line) for line in run.out.splitlines()]
    assert all(e["event"] and e["elapsed"] >= 0 for e in events)
    times = [e["elapsed"] for e in events]
    assert times == sorted(times)
    return events


def of_kind(events, kind):
    return [e for e in events if e["event"] == kind]


@pytest.mark.posix("no addr2line in Wine, so no lines in reports")
def test_a_failure_that_was_found(fuzz):  # noqa: F811
    fuzz.build(BUG)
    run = fuzz.run("-fuzz=t", "-json", "-parallel=1", "-seed=1").expect(1)
    events = events_of(run)
    failure, = of_kind(events, "failure")
    name, data = fuzz.only_failure()
    assert failure["kind"] == "crash" and ABORT in failure["title"]
    assert failure["file"] == f"testdata/fuzz/t/{name}"
    assert failure["rerun"] == f"{fuzz.shown} -run=t/{name}"
    assert (failure["reproduced"], failure["runs"]) == (5, 5)
    assert failure["bytes"] == len(data) == 3
    (value,) = failure["input"]
    assert value["bytes"] == 3 and value["value"].startswith('[]byte("b')
    assert 'said "b' in failure["output"]
    inner, outer = [f for f in failure["stack"] if f["project"]][:2]
    assert inner["function"] == "inner" and inner["line"] == 4
    assert outer["line"] == 10
    assert of_kind(events, "progress")[-1]["execs"] == run.execs
    assert events[-1]["event"] == "end" and events[-1]["code"] == 1
    assert events[-1]["result"] == "FAIL"


def test_kinds_of_failure_are_listed(fuzz):  # noqa: F811
    fuzz.build(BUG)
    run = fuzz.run("-fuzz=t", "-json", "-parallel=1", "-seed=1",
                   "-keepfuzzing", "-fuzztime=20000x").expect(1)
    group, = of_kind(events_of(run), "group")
    assert group["count"] > 1 and ABORT in group["title"]


def test_inputs_as_tests(fuzz):  # noqa: F811
    fuzz.build(BUG)
    fuzz.seed("good", b"abc")
    fuzz.seed("bad", b"bcd")
    events = events_of(fuzz.run("-json").expect(1))
    runs = [e["name"] for e in of_kind(events, "run")]
    assert runs == ["t", "t/seed#0", "t/bad", "t/good"]
    results = {e["name"]: e["result"] for e in of_kind(events, "result")}
    assert results == {"t": "FAIL", "t/seed#0": "PASS", "t/bad": "FAIL",
                       "t/good": "PASS"}
    failed, = of_kind(events, "failed")
    assert failed["kind"] == "crash" and 'said "b' in failed["output"]


def test_without_it_nothing_changes(fuzz):  # noqa: F811
    fuzz.build(BUG)
    assert fuzz.run().expect(0).out == "PASS\n"


# ---- -stats ----

SLOW = """\
THRESH_TARGET(t, (bytes, in))
{
    usleep(100);
    if (in.size > 3 && in.data[0] == 'b')
        abort();
}
"""


def stats_of(fuzz, name="s"):
    text = (fuzz.cwd / name).read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_stats_tell_how_a_run_went(fuzz):  # noqa: F811
    fuzz.build(SLOW)
    fuzz.seed("bad", b"bcde")
    run = fuzz.run("-fuzz=t", "-stats=s", "-parallel=2", "-keepfuzzing",
                   "-fuzztime=3000x").expect(1)
    assert "    FAIL t: " in run.out  # people are told as ever
    events = stats_of(fuzz)
    start, end = events[0], events[-1]
    assert (start["event"], start["workers"]) == ("start", 2)
    assert start["program"] == fuzz.shown and start["time"].count("-") == 2
    assert (end["event"], end["code"]) == ("end", 1)
    samples = of_kind(events, "progress")
    assert len(samples) >= 2  # as fuzzing begins, and at the end
    assert {e["phase"] for e in samples} >= {"fuzzing"}
    for field in ("execs", "edges", "features", "found", "corpus"):
        values = [e[field] for e in samples]
        assert values == sorted(values) and values[-1] > 0
    assert samples[-1]["execs"] == run.execs
    assert samples[-1]["failures"] == len(of_kind(events, "failure")) == 1
    assert {e["event"] for e in events} == {"start", "progress", "failure",
                                            "end"}


def test_stats_of_the_next_run_follow(fuzz):  # noqa: F811
    fuzz.build(BUG)
    for _ in range(2):
        fuzz.run("-fuzz=t", "-stats=s", "-parallel=1", "-fuzztime=100x",
                 "-json", "-skip=t/none")
    assert [e["event"] for e in stats_of(fuzz)
            if e["event"] in ("start", "end")] == ["start", "end"] * 2


def test_stats_are_not_written_into_other_files(fuzz):  # noqa: F811
    fuzz.build(BUG)
    (fuzz.cwd / "notes.txt").write_text("mine\n")
    run = fuzz.run("-fuzz=t", "-stats=notes.txt", "-fuzztime=1x").expect(2)
    assert "holds something else; name another one" in run.err
    assert (fuzz.cwd / "notes.txt").read_text() == "mine\n"
    run = fuzz.run("-fuzz=t", "-stats=no/such/s", "-fuzztime=1x").expect(2)
    assert "append to no/such/s: " in run.err


def test_every_field_is_described(fuzz):  # noqa: F811
    """doc/output.md names what events have, in tables and text."""
    told = (REPO / "doc/output.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`(\w+)`", told))
    fuzz.build(BUG + "THRESH_TARGET(u, (string, s)) { (void)s; }")
    fuzz.seed("bad", b"bcd")
    runs = [fuzz.run("-json", "-v"),
            fuzz.run("-fuzz=.", "-json", "-parallel=1", "-seed=1",
                     "-keepfuzzing", "-fuzztime=4000x")]
    seen = set()

    def look(value):
        if isinstance(value, dict):
            seen.update(value)
            value = list(value.values())
        for one in value if isinstance(value, list) else []:
            look(one)

    for run in runs:
        for event in events_of(run):
            seen.add(event["event"])
            look(event)
    assert {"group", "failure", "summary", "failed", "start"} <= seen
    assert seen <= described, seen - described
