# SPDX-License-Identifier: MIT
"""Several targets fuzzed in one run: they take turns, share -fuzztime, keep
what they have learnt, and end with one report."""
import json
import re

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Each counts its executions; two leaves when it has eight bytes of its own.
FOUR = """\
THRESH_TARGET(one, (bytes, b)) { note("one", b.size ? "x" : "-"); }
THRESH_TARGET(two, (bytes, b))
{
    note("two", "ran");
    THRESH_CHECK(b.size != 8, "eight");
}
THRESH_TARGET(three, (string, s)) { (void)s; note("three", "ran"); }
THRESH_TARGET(other, (bytes, b)) { (void)b; note("other", "ran"); }
THRESH_SEED(other, THRESH_BYTES("x"));
"""
NAMES = ["one", "two", "three"]
COUNT = ["-fuzz=^(one|three)$", "-skip=other"]
ALL = ["-fuzz=.", "-skip=other"]

# Steps that a run finds one after the other, none of which fails.
STAIRS = """\
static void climb(const uint8_t *data, size_t size, const char *word)
{
    static volatile int reached[8];
    for (size_t i = 0; i < size && i < 6 && data[i] == (uint8_t)word[i]; i++)
        switch (i) {
        case 0: reached[0]++; break;
        case 1: reached[1]++; break;
        case 2: reached[2]++; break;
        default: reached[3]++; break;
        }
}
THRESH_TARGET(up, (bytes, b)) { climb(b.data, b.size, "abcdef"); }
THRESH_TARGET(down, (bytes, b)) { climb(b.data, b.size, "zyxwvu"); }
"""


def summary(done):
    """The last lines: executions and failures by target, all at the end."""
    rows = re.findall(r"^fuzz: (.*): execs: (\d+), new interesting: \d+ "
                      r"\(total: \d+\), failures: (\d+)$", done.err, re.M)
    return {name: (int(execs), int(n)) for name, execs, n in rows}


def events_of(run):
    return [json.loads(line) for line in run.out.splitlines()]


@pytest.mark.parametrize("count", [1, 2, 3, 100, 1001])
def test_executions_are_shared_to_the_last_one(fuzz, count):
    fuzz.build(FOUR)
    done = fuzz.run(*COUNT, f"-fuzztime={count}x").expect(0)
    shares = [len(fuzz.notes(name)) for name in ("one", "three")]
    assert shares == [count - count // 2, count // 2]
    assert summary(done) == {"one": (shares[0], 0), "three": (shares[1], 0),
                             "all 2 targets": (count, 0)}
    assert done.execs == count


def test_matched_targets_are_not_run_as_tests_and_others_are(fuzz):
    fuzz.build(FOUR)
    fuzz.run("-fuzz=^(one|three)$", "-skip=two", "-fuzztime=10x").expect(0)
    assert len(fuzz.notes("other")) == 1 and not fuzz.notes("two")


def test_skip_leaves_targets_out(fuzz):
    fuzz.build(FOUR)
    done = fuzz.run("-fuzz=.", "-skip=two|other|three",
                    "-fuzztime=10x").expect(0)
    assert len(fuzz.notes("one")) == 10 and "all " not in done.err


def test_a_failure_ends_its_own_target_alone(fuzz):
    fuzz.build(FOUR)
    done = fuzz.run(*ALL, "-fuzztime=30000x", "-seed=1").expect(1)
    assert done.out.count("FAIL two: ") == 1 and done.out.endswith("\nFAIL\n")
    fuzz.only_failure("two")
    rows = summary(done)
    assert [rows[name][1] for name in NAMES] == [0, 1, 0]
    # what it left is the others'
    assert rows["two"][0] < 10000 <= rows["one"][0] < rows["three"][0]
    assert rows["all 3 targets"] == (30000, 1)


def test_with_keepfuzzing_every_target_gets_its_part(fuzz):
    fuzz.build(FOUR)
    done = fuzz.run(*ALL, "-fuzztime=30000x", "-seed=1", "-keepfuzzing",
                    "-parallel=1").expect(1)
    rows = summary(done)
    assert [rows[name] for name in NAMES] == [(10000, 0), (10000, 1),
                                              (10000, 0)]
    assert done.out.count("FAIL two: ") == 1
    assert "1 kind of failure in " in done.out


def test_a_failing_seed_ends_its_own_target_alone(fuzz):
    fuzz.build(FOUR)
    fuzz.seed("bad", b"12345678", "two")
    done = fuzz.run(*ALL, "-fuzztime=300x").expect(1)
    assert "failure while testing seed corpus entry: two/bad\n" in done.err
    assert summary(done)["all 3 targets"] == (300, 1)


def test_unreadable_seeds_end_their_own_target_alone(fuzz):
    fuzz.build(FOUR)
    fuzz.seed("bad", b"junk", "three")
    done = fuzz.run(*ALL, "-fuzztime=300x", "-seed=9").expect(1)
    assert "testdata/fuzz/three/bad" in done.err
    assert not fuzz.notes("three")
    assert summary(done)["three"] == (0, 0)
    assert summary(done)["all 3 targets"][0] == 300


def test_a_target_goes_on_where_its_last_turn_ended(fuzz):
    """Two turns each (a million executions are one)."""
    fuzz.build(STAIRS)
    count = (1 << 20) * 2 + 4000
    done = fuzz.run("-fuzz=.", f"-fuzztime={count}x", "-seed=1",
                    "-parallel=1").expect(0)
    assert done.execs == count
    assert len(re.findall(
        r"up: elapsed: \d+s, gathering baseline coverage: 0/0 completed, now "
        "fuzzing", done.err)) == 1
    assert [n for n, _ in summary(done).values()] == [
        count // 2, count // 2, count]
    for target, word in (("up", b"abc"), ("down", b"zyx")):
        assert any(data.startswith(word)
                   for data in fuzz.cached(target).values())


# The first executions of a process take as long as $SLOW says, on the same way.
SLOW_STAIRS = """\
#include <stdlib.h>
#include <unistd.h>
""" + STAIRS.replace("""\
    static volatile int reached[8];
""", """\
    static volatile int reached[8], calls;
    if (calls < 9) {
        calls = calls + 1;
        usleep((useconds_t)atoi(getenv("SLOW")));
    }
""")


def test_the_same_seed_does_the_same(fuzz):
    """However busy the machine is: no clock decides what is searched."""
    fuzz.build(SLOW_STAIRS)
    runs = []
    for folder, env in (("a", {"SLOW": "1"}), ("b", {"SLOW": "9000"})):
        fuzz.run("-fuzz=.", "-fuzztime=40000x", "-seed=7", "-parallel=1",
                 f"-cachedir={folder}", env=env).expect(0)
        runs.append([fuzz.files(f"{folder}/{t}") for t in ("up", "down")])
    assert runs[0] == runs[1] and all(runs[0])


def test_time_is_shared_and_ends_with_success(fuzz):
    fuzz.build(FOUR)
    done = fuzz.run(*COUNT, "-fuzztime=2s").expect(0)
    rows = summary(done)
    assert rows["one"][0] > 0 and rows["three"][0] > 0
    assert sum(len(fuzz.notes(n)) for n in ("one", "three")) == done.execs


def test_without_a_limit_turns_go_on_until_stopped(fuzz):
    fuzz.build(FOUR)
    done = fuzz.interrupt_when(lambda: fuzz.notes("one"), *COUNT).expect(0)
    assert summary(done)["all 2 targets"][0] > 0


def test_it_ends_when_all_have_failed(fuzz):
    fuzz.build("""\
        THRESH_TARGET(one, (bytes, b)) { THRESH_CHECK(b.size < 3); }
        THRESH_TARGET(two, (bytes, b)) { THRESH_CHECK(b.size < 4); }
        """)
    done = fuzz.run("-fuzz=.").expect(1)
    assert [n for _, n in summary(done).values()] == [1, 1, 2]
    fuzz.only_failure("one")
    fuzz.only_failure("two")


def test_lines_and_events_name_their_target(fuzz):
    fuzz.build(FOUR)
    done = fuzz.run(*COUNT, "-fuzztime=100x", "-json").expect(0)
    status = re.findall("^fuzz: (.*)elapsed", done.err, re.M)
    assert set(status) == {"one: ", "three: "}
    events = events_of(done)
    progress = [e for e in events if e["event"] == "progress"]
    assert {e["target"] for e in progress} == {"one", "three"}
    rows = [e for e in events if e["event"] == "summary"]
    assert [(e.get("target"), e["execs"]) for e in rows] == [
        ("one", 50), ("three", 50), (None, 100)]
    assert rows[-1]["targets"] == 2


def test_a_single_target_is_not_named_in_status_lines(fuzz):
    done = fuzz.build(FOUR).run("-fuzz=one", "-run=^$",
                                "-fuzztime=100x").expect(0)
    assert "fuzz: elapsed: " in done.err and "targets" not in done.err
