# SPDX-License-Identifier: MIT
"""The requirements on calls (R1), inputs (R2) and shared memory (R3) between
the coordinator and its workers, one test each. Those on processes and on the
end of a run (R4, R5) are in test_requirements_end.py."""
import random
import re
import resource
import time

import pytest
from fault import (WRAP, both_compilers, fill,  # noqa: F401 (a fixture)
                   fuzz, repeats)

pytestmark = [both_compilers, pytest.mark.engine]

# Runs fast, finds something now and then, never fails. Its pipes are watched.
BUSY = """
#include "reaps.h"
#include "relay.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    volatile unsigned odd = 0;
    for (size_t i = 0; i < in.size; i++)
        if (in.data[i] & 1)
            odd++;
}
"""

# Never returns once it has begun, except from the empty input.
STUCK = """
#include "fault.h"
#include "reaps.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size == 0)
        return;
    note("stuck", "%d", (int)getpid());
    sleep_for_ever();
}
"""


def assert_wire_is_sound(fuzz):
    assert "end" in fuzz.notes("wire")
    assert [n for n in fuzz.notes("wire") if n != "end"] == []


def only_status(stderr):
    """Whether nothing is said of processes: all else begins with "fuzz:"."""
    return all(line.startswith(("fuzz: ", "warning: starting with empty"))
               for line in stderr.splitlines())


# ---- R1: one call at a time ----

def stop_at_random(fuzz, seed, times):
    moments = random.Random(seed)
    fuzz.build(BUSY, WRAP)
    for _ in range(times):
        run = fuzz.start("-parallel=2")
        run.wait_for("baseline")
        time.sleep(moments.uniform(0, 0.12))
        run.interrupt()
        assert run.end().code == 0, run.text
        assert only_status(run.stderr), run.stderr
    assert_wire_is_sound(fuzz)


def test_r1_1_close_during_call_never_truncates(fuzz):
    stop_at_random(fuzz, seed=11, times=10)


@pytest.mark.long
def test_r1_1_close_during_call_never_truncates_in_many_stops(fuzz):
    stop_at_random(fuzz, seed=12, times=repeats(1000))


def test_r1_2_messages_never_interleave(fuzz):
    """Batches, a baseline, restarts and runs for failures, on four pipes."""
    fuzz.build("""
        #include "relay.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            THRESH_CHECK(in.size < 3 || in.data[0] != 'x');
            if (in.size > 3 && in.data[1] == 'y')
                _exit(5);
        }
        """)
    for i in range(20):
        fuzz.seed(f"s{i}", bytes([i]))
    run = fuzz.run("-parallel=4", "-fuzztime=60000x", "-keepfuzzing")
    assert run.code == 1, run.text
    assert "check failed" in run.stdout and "exit status 5" in run.stdout
    assert_wire_is_sound(fuzz)


def test_r1_3_stop_while_a_worker_answers_lets_it_finish(fuzz):
    """Answers come in two halves around the moment of the stop."""
    fuzz.build(BUSY + """
        __attribute__((constructor)) static void slow(void)
        {
            relay_pause_us = 50000;
        }
        """, WRAP)
    for after in (0.06, 0.09, 0.12):
        run = fuzz.start("-parallel=2")
        run.wait_for("now fuzzing")
        time.sleep(after)
        run.interrupt()
        assert run.end().code == 0, run.text
        assert only_status(run.stderr), run.stderr
    assert set(fuzz.notes("reaps")) == {"exit 0"}
    assert_wire_is_sound(fuzz)


def test_r1_4_after_close_the_worker_sees_the_end_and_exits_0(fuzz):
    fuzz.build(BUSY, WRAP)
    assert fuzz.run("-parallel=3", "-fuzztime=5000x").code == 0
    assert fuzz.notes("wire") == ["end"] * 3
    assert fuzz.notes("reaps") == ["exit 0"] * 3


def test_r1_5_a_worker_we_kill_ourselves_is_no_news(fuzz):
    fuzz.build(STUCK, WRAP)
    run = fuzz.start("-parallel=2")
    fuzz.wait_for_note("stuck", 2)
    run.interrupt()
    assert run.end().code == 0, run.text
    assert fuzz.notes("reaps") == ["signal 9"] * 2
    assert only_status(run.stderr), run.stderr
    assert run.stdout == "PASS\n"


def test_r1_5_not_even_one_that_hides_that_it_runs_a_target(fuzz):
    """Its region says that it is between two executions."""
    fuzz.build(STUCK.replace("    sleep_for_ever",
                             "    atomic_store(&region()->running, 0);\n"
                             "    sleep_for_ever"), WRAP)
    run = fuzz.start("-parallel=4")
    fuzz.wait_for_note("stuck", 4)
    run.interrupt()
    assert run.end().code == 0, run.text
    assert only_status(run.stderr), run.stderr


# ---- R2: inputs and failures ----

def test_r2_1_empty_input_runs_mutates_and_fails(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 0)
                atomic_fetch_add(&board()[0], 1);
            else
                atomic_fetch_add(&board()[1], 1);
            if (in.size == 0 && getenv("FAIL_EMPTY"))
                abort();
        }
        """)
    fuzz.seed("empty", b"")
    run = fuzz.run("-parallel=1", "-fuzztime=2000x")
    assert run.code == 0, run.text
    board = (fuzz.cwd / "board").read_bytes()
    empty, other = (int.from_bytes(board[i:i + 4], "little") for i in (0, 4))
    assert empty > 0 and other > 0 and empty + other == 2000
    (fuzz.cwd / "testdata/fuzz/t/empty").unlink()
    run = fuzz.run("-fuzztime=2000x", env={"FAIL_EMPTY": "1"})
    assert run.code == 1 and "SIGABRT" in run.stdout, run.text
    assert "reproduced 5/5" in run.stdout
    assert [p.name for p in fuzz.saved()] == ["e3b0c44298fc1c14"]
    assert fuzz.saved()[0].read_bytes() == b""


DEATHS = {
    "segv": "raise(SIGSEGV)",
    "abort": "abort()",
    "exit": "_exit(3)",
    "check": 'THRESH_CHECK(in.size == 0, "no")',
}


@pytest.mark.parametrize("death", DEATHS)
def test_r2_2_input_of_a_dead_worker_is_recovered(fuzz, death):
    fuzz.build(fill("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 300))
        {
            if (in.size < 20 || (in.data[3] ^ in.data[17]) != 0x5a)
                return;
            dump("killer", in.data, in.size);
            @DEATH@;
        }
        """, DEATH=DEATHS[death]))
    fuzz.seed("long", bytes(range(200)))
    run = fuzz.run("-parallel=2", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    new = [p for p in fuzz.saved() if p.name != "long"]
    assert len(new) == 1
    assert new[0].read_bytes() == (fuzz.cwd / "killer").read_bytes()
    fuzz.assert_whole(new)
    fuzz.assert_reproduces(new[0])


@pytest.mark.parametrize("death", ["segv", "check"])
def test_r2_3_a_find_and_a_failure_together_are_both_kept(fuzz, death):
    """The execution after the find's calibration fails: one batch has both."""
    fuzz.build(fill("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            static int finds;
            if (in.size > 0 && in.data[0] == 'A') {
                finds++;
            } else if (finds >= 4) {
                dump("killer", in.data, in.size);
                @DEATH@;
            }
        }
        """, DEATH=DEATHS[death].replace("in.size == 0", "false")))
    run = fuzz.run("-parallel=1", "-seed=3", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    killer = (fuzz.cwd / "killer").read_bytes()
    assert [p.read_bytes() for p in fuzz.saved()] == [killer]
    cached = [p.read_bytes() for p in fuzz.cached()]
    assert any(c.startswith(b"A") for c in cached)
    assert killer not in cached


UNSTARTABLE = """
#include "fault.h"
#include <thresh.h>
__attribute__((constructor)) static void spoil(void)
{
    if (!starts_as_worker() && getenv("SPOIL"))
        (void)chmod("fuzz", 0600);
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size < 4)
        return;
    (void)chmod("fuzz", 0600);
    abort();
}
"""


def test_r2_4_a_worker_that_cannot_start_ends_the_run(fuzz):
    fuzz.build(UNSTARTABLE)
    run = fuzz.run("-parallel=2", env={"SPOIL": "1"})
    assert run.code == 3, run.text
    assert re.search(r"start .*/fuzz: execute it: .*ermission", run.text)
    assert fuzz.saved() == []


def test_r2_4_nor_does_one_that_cannot_start_again_hide_a_failure(fuzz):
    fuzz.build(UNSTARTABLE)
    run = fuzz.run("-parallel=1", env={"THRESH_NO_FORK": "1"})
    assert run.code == 1, run.text
    assert "SIGABRT" in run.stdout and "not run again" in run.stdout
    assert len(fuzz.saved()) == 1
    fuzz.assert_whole(fuzz.saved())


@pytest.mark.parametrize("descriptors", [8, 11, 14, 17])
def test_r2_4_without_descriptors_the_run_ends_too(fuzz, descriptors):
    fuzz.build(BUSY, WRAP)
    limit = (descriptors, descriptors)
    run = fuzz.run("-parallel=8", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, limit))
    assert run.code == 3, run.text
    assert "Too many open files" in run.text


def test_r2_5_kept_values_are_the_coordinators_own(fuzz):
    """Four failures at once, then the regions serve for other runs: each
    report still belongs to its own input."""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size < 8)
                return;
            int site = in.data[0] & 3;
            unsigned before = atomic_fetch_or(&board()[0], 1u << site);
            if (before & 1u << site && atomic_load(&board()[0]) != 15)
                return;
            while (atomic_load(&board()[0]) != 15)
                usleep(1000);
            _exit(40 + site);
        }
        """)
    run = fuzz.run("-parallel=4", "-fuzzminimizetime=0x", "-inputtimeout=50s")
    assert run.code == 1, run.text
    reports = re.findall(r"FAIL t: exit status (\d+)\n.*?reproduced 5/5"
                         r".*?saved +(\S+)", run.stdout, re.S)
    assert sorted(int(code) for code, _ in reports) == [40, 41, 42, 43]
    for code, path in reports:
        data = (fuzz.cwd / path).read_bytes()
        assert 40 + (data[0] & 3) == int(code)
        assert f"exit status {code}" in fuzz.assert_reproduces(
            fuzz.cwd / path).stdout


# ---- R3: shared memory ----

def test_r3_1_cleanup_during_a_call_touches_nothing_unmapped(fuzz):
    """One worker busy, one stuck, one starting: the coordinator ends by
    itself, not by SIGSEGV."""
    fuzz.build(STUCK.replace("if (in.size == 0)",
                             "if (in.size == 0 || atomic_load(board()) < 2)")
               + """
        __attribute__((constructor)) static void start(void)
        {
            if (starts_as_worker() && atomic_fetch_add(board(), 1) == 2)
                sleep_for_ever();
        }
        """, WRAP)
    for stops in (1, 2):
        (fuzz.cwd / "board").unlink(missing_ok=True)
        run = fuzz.start("-parallel=3")
        fuzz.wait_for_note("stuck", 2 * stops)
        for _ in range(stops):
            run.interrupt()
            time.sleep(0.2)
        assert run.end().code == (0 if stops == 1 else 130), run.text


def test_r3_3_losing_the_race_with_a_stop_is_no_failure(fuzz):
    """The target, killed in the midst of its work, is not blamed."""
    fuzz.build(STUCK, WRAP)
    run = fuzz.run("-parallel=3", "-fuzztime=1s")
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert only_status(run.stderr), run.stderr
    assert fuzz.saved() == []


def test_r3_4_the_region_is_the_workers_during_a_call(fuzz):
    """The running input stays in the region while another worker's failure is
    confirmed and minimised, and while the coordinator looks at its clock."""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            char *input = (char *)region() + region()->input_offset;
            bool mine = memcmp(input, &in.size, 4) == 0 &&
                        memcmp(input + 4, in.data, in.size) == 0;
            if (in.size >= 8 && atomic_load(&board()[0]) < 500) {
                atomic_fetch_add(&board()[0], 1);
                usleep((in.data[0] & 15) == 1 ? 200000 : 1000);
            }
            mine = mine && memcmp(input, &in.size, 4) == 0 &&
                   memcmp(input + 4, in.data, in.size) == 0 &&
                   region()->input_size == in.size + 4;
            if (!mine)
                note("foreign", "%zu bytes", in.size);
            THRESH_CHECK(in.size < 20 || !(in.data[0] & 1));
        }
        """)
    fuzz.seed("even", bytes(30))
    run = fuzz.run("-parallel=3", "-fuzztime=4000x", "-keepfuzzing")
    assert run.code == 1 and "reproduced 5/5" in run.stdout, run.text
    assert fuzz.notes("foreign") == []


def test_r3_5_a_vanished_corpus_file_holds_nothing_up(fuzz):
    """The files vanish between the listing and the reading."""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        int __real_open64(const char *path, int flags, ...);
        int __wrap_open64(const char *path, int flags, unsigned mode);
        int __wrap_open64(const char *path, int flags, unsigned mode)
        {
            if (strstr(path, "vanish"))
                note("removed", "%d", unlink(path));
            return __real_open64(path, flags, mode);
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            (void)in;
        }
        """, "-Wl,--wrap=open64")
    cache = fuzz.cwd / "cache" / "t"
    cache.mkdir(parents=True)
    for i in range(5):
        (cache / f"vanish{i}").write_bytes(b"gone")
    run = fuzz.run("-parallel=2", "-fuzztime=500x")
    assert run.code == 0, run.text
    assert fuzz.notes("removed") == ["0"] * 5
    fuzz.seed("vanishing", b"gone")
    run = fuzz.run("-parallel=2", "-fuzztime=500x")
    assert run.code == 1 and "vanishing" in run.text
    assert "No such file" in run.text
