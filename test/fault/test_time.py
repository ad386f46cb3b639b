# SPDX-License-Identifier: MIT
"""The time limit of an execution: where it comes from, and that time in which
the machine or the run stood still counts for nothing."""
import os
import signal
import time

import pytest
from fault import both_compilers, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

HANGS = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size == 5)
        sleep_for_ever();
}
"""


def test_without_a_limit_the_baseline_makes_one(fuzz):
    fuzz.build(HANGS)
    run = fuzz.run("-parallel=1")
    assert run.code == 1, run.text
    assert ("FAIL t: timeout after 2.00s (adaptive; -inputtimeout sets it)\n"
            in run.stdout)
    assert "reproduced 1/1" in run.stdout
    path, = fuzz.saved()
    assert len(path.read_bytes()) == 5
    # Test mode has no baseline: the command in the report says which limit.
    assert (f" -run=t/{path.name} -inputtimeout=2.00s\n") in run.stdout
    again = fuzz.run(f"-run=^t$/^{path.name}$", "-inputtimeout=2.00s")
    assert again.code == 1
    assert "timeout after 2.00s\n" in again.stdout, again.text


@pytest.mark.long
def test_a_slow_baseline_makes_a_longer_limit(fuzz):
    """100 times 40 ms, at least."""
    fuzz.build(HANGS.replace("if (in", "usleep(40000);\n    if (in"))
    run = fuzz.run("-parallel=1")
    assert run.code == 1, run.text
    limit = float(run.stdout.split("timeout after ")[1].split("s")[0])
    assert 4.0 <= limit <= 10.0, run.text


@pytest.mark.long
def test_a_run_that_must_repeat_has_a_fixed_limit(fuzz):
    fuzz.build(HANGS)
    run = fuzz.run("-parallel=1", "-seed=1")
    assert run.code == 1, run.text
    assert ("FAIL t: timeout after 10.00s (default; -inputtimeout sets it)\n"
            in run.stdout)


def test_time_in_which_everything_stood_still_does_not_count(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size != 5)
                return;
            note("in", "now");
            while (access("go", F_OK) != 0)
                usleep(10000);
        }
        """)
    fuzz.seed("five", b"12345")
    run = fuzz.start("-parallel=1", "-fuzztime=100x", "-inputtimeout=4s")
    fuzz.wait_for_note("in")
    time.sleep(0.5)  # it has been seen to run
    for pid in run.processes():
        os.kill(pid, signal.SIGSTOP)
    time.sleep(4.5)
    for pid in [run.process.pid, *run.workers()]:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)  # a few looks at the clock
    (fuzz.cwd / "go").touch()
    run.end()
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert "took too long" not in run.stderr, run.text
    assert run.execs() == 100 and [p.name for p in fuzz.saved()] == ["five"]


def test_a_hang_that_goes_on_after_a_standstill_is_a_timeout(fuzz):
    fuzz.build(HANGS.replace("sleep_for", 'note("in", "now");\n   sleep_for'))
    fuzz.seed("five", b"12345")
    run = fuzz.start("-parallel=1", "-inputtimeout=2s")
    fuzz.wait_for_note("in")
    os.kill(run.process.pid, signal.SIGSTOP)
    time.sleep(2.5)
    os.kill(run.process.pid, signal.SIGCONT)
    run.end()
    assert run.code == 1 and "timeout after 2.00s" in run.stdout, run.text


def test_an_execution_shorter_than_no_limit_passes(fuzz):
    fuzz.build(HANGS.replace("sleep_for_ever()", "sleep(3)"))
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-fuzztime=1x", "-inputtimeout=100ms")
    assert run.code == 1 and "timeout after 0.10s" in run.stdout, run.text
    run = fuzz.run("-parallel=1", "-fuzztime=1x", "-inputtimeout=0")
    assert run.code == 0, run.text


@pytest.mark.parametrize("value", ["1us", "99ms"])
def test_a_limit_nobody_could_keep_is_refused(fuzz, value):
    fuzz.build(HANGS)
    run = fuzz.run(f"-inputtimeout={value}")
    assert run.code == 2, run.text
    assert "-inputtimeout can be no shorter than 100ms" in run.stderr
