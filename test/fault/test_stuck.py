# SPDX-License-Identifier: MIT
"""Processes that stand still for reasons of their own or of others: stopped
and continued ones, ones that no signal but the last reaches, ones that even
that one does not end; and two runs that share their directories."""
import os
import re
import signal
import time

import pytest
from fault import (PATIENCE_S, both_compilers, fill, fuzz,  # noqa: F401
                   reap_adopted, wait_until)

pytestmark = [both_compilers, pytest.mark.engine]

BUSY = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    static volatile unsigned odd, steps;
    for (size_t i = 0; i < in.size; i++) {
        if (in.data[i] & 1)
            odd++;
        if (i > 2 && in.data[i] == in.data[i - 1] + 1)
            steps++;
    }
    if (getenv("FAIL") && in.size > 4 && (in.data[0] & 3) == 1)
        _exit(in.data[1] & 3);
}
"""


def send(pids, number):
    for pid in pids:
        os.kill(pid, number)


def end_well(fuzz, run):
    """The run is stopped by us and has nothing to complain of."""
    run.interrupt()
    assert run.end().code == 0 and run.stdout == "PASS\n", run.text
    assert fuzz.saved() == []
    assert "fuzzing process" not in run.stderr, run.text


# ---- stopped and continued ----

# Half a second for each execution, far from the limit of two.
SLOW = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    (void)in;
    note("began", "%d", (int)getpid());
    usleep(500000);
}
"""


def start_slow(fuzz):
    """A run in the midst of an execution, which it has looked at."""
    fuzz.build(SLOW)
    run = fuzz.start("-parallel=1", "-inputtimeout=2s")
    run.wait_for("now fuzzing")
    n = len(fuzz.notes("began"))
    fuzz.wait_for_note("began", n + 1)
    time.sleep(0.25)
    return run


def test_stopped_and_continued(fuzz):
    """As when a laptop sleeps: all stand still for longer than an input may
    take, and the coordinator is the first to go on. (A clock that jumps is the
    same to it.)"""
    run = start_slow(fuzz)
    workers = run.workers()
    send([run.process.pid, *workers], signal.SIGSTOP)
    time.sleep(3)
    send([run.process.pid], signal.SIGCONT)
    time.sleep(0.3)
    send(workers, signal.SIGCONT)
    fuzz.wait_for_note("began", len(fuzz.notes("began")) + 2)
    end_well(fuzz, run)


def test_a_stopped_coordinator_blames_nobody_afterwards(fuzz):
    """^Z: its workers have answered meanwhile and wait."""
    fuzz.build(BUSY)
    run = fuzz.start("-parallel=2", "-inputtimeout=1s")
    run.wait_for("now fuzzing")
    for _ in range(3):
        time.sleep(0.2)
        send([run.process.pid], signal.SIGSTOP)
        time.sleep(1.3)
        send([run.process.pid], signal.SIGCONT)
    time.sleep(0.3)
    end_well(fuzz, run)


def test_a_stopped_worker_is_replaced_and_its_input_not_blamed(fuzz):
    """It stands still like one that hangs, but the input passes when it is
    run again."""
    run = start_slow(fuzz)
    stopped = run.workers()
    send(stopped, signal.SIGSTOP)
    wait_until(lambda: not set(stopped) & set(run.workers()),
               "the worker to be replaced")
    n = len(fuzz.notes("began"))
    wait_until(lambda: run.process.poll() is not None or
               len(fuzz.notes("began")) > n + 2, "the search to go on")
    assert run.process.poll() is None, run.text
    run.interrupt()
    assert run.end().code == 0 and run.stdout == "PASS\n", run.text
    assert fuzz.saved() == []


# ---- deaf and stuck ----

STUCK = """
#include "fault.h"
#include <thresh.h>
#include <sys/syscall.h>
@EXTRA@
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size < 4)
        return;
    dump("killer", in.data, in.size);
    note("stuck", "%d", (int)getpid());
    @STICK@;
}
"""

WAYS = {
    # Only SIGKILL and SIGSTOP can't be blocked.
    "deaf": "sigset_t all; sigfillset(&all);"
            "(void)sigprocmask(SIG_BLOCK, &all, NULL);"
            "for (;;) (void)sigsuspend(&all)",
    "stopped": "for (;;) (void)raise(SIGSTOP)",
    # State D: the parent of a vfork waits for its child to exec or end.
    "vfork": "if (vfork() == 0) for (;;) (void)syscall(SYS_pause)",
}


def end_leaving_processes(run):
    """What is left (children of the target, for one) ends with the
    coordinator at the latest; the test process reaps it."""
    code = run.process.wait(PATIENCE_S)

    def gone():
        reap_adopted()
        return run.processes() == []
    wait_until(gone, "what was left behind to end")
    return code


@pytest.mark.parametrize("way", WAYS)
def test_a_stuck_execution_is_a_timeout(fuzz, way):
    fuzz.build(fill(STUCK, STICK=WAYS[way], EXTRA=""),
               "-Wno-deprecated-declarations")
    run = fuzz.start("-parallel=1", "-inputtimeout=1s", "-fuzzminimizetime=0x")
    assert end_leaving_processes(run) == 1, run.text
    assert "FAIL t: timeout after 1.00s" in run.stdout
    assert "reproduced 1/1" in run.stdout, run.text
    assert len(fuzz.saved()) == 1
    fuzz.assert_whole(fuzz.saved())
    assert fuzz.saved()[0].read_bytes() == (
        fuzz.cwd / "killer").read_bytes()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_stuck_workers(fuzz, way, number):
    fuzz.build(fill(STUCK, STICK=WAYS[way], EXTRA=""),
               "-Wno-deprecated-declarations")
    run = fuzz.start("-parallel=2", "-inputtimeout=1h")
    fuzz.wait_for_note("stuck", 2)
    run.interrupt(number)
    assert end_leaving_processes(run) == 0 and run.stdout == "PASS\n", run.text
    assert fuzz.saved() == [] and "left behind" not in run.stderr, run.text


# The coordinator's kills reach nobody: so a process looks that waits in the
# system for a disk that does not answer.
UNKILLABLE = """
int __wrap_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number)
{
    (void)number;
    note("kills", "%d", (int)pid);
    return 0;
}
"""


def unkillable(fuzz):
    fuzz.build(fill(STUCK, STICK="sleep_for_ever()", EXTRA=UNKILLABLE),
               "-Wl,--wrap=kill")


LEFT = (r"warning: fuzzing process \d+ was killed but does not end: it waits "
        r"in the system, .*; it is left behind")


def test_a_stop_does_not_wait_for_what_cannot_be_killed(fuzz):
    unkillable(fuzz)
    run = fuzz.start("-parallel=2", "-inputtimeout=1h")
    fuzz.wait_for_note("stuck", 2)
    run.interrupt()
    assert end_leaving_processes(run) == 0, run.text
    assert len(re.findall(LEFT, run.stderr)) == 2, run.text
    assert fuzz.notes("kills") and fuzz.saved() == []


@pytest.mark.long
def test_what_cannot_be_killed_is_left_behind_and_its_input_saved(fuzz):
    unkillable(fuzz)
    run = fuzz.start("-parallel=1", "-inputtimeout=1s", "-fuzzminimizetime=0x")
    assert end_leaving_processes(run) == 1, run.text
    assert re.search(LEFT, run.stderr)
    assert "FAIL t: timeout after 1.00s" in run.stdout
    assert len(fuzz.saved()) == 1
    fuzz.assert_whole(fuzz.saved())


# ---- two runs at once ----

def test_two_runs_share_their_directories(fuzz):
    """Neither damages or hides what the other finds; a third one, that begins
    meanwhile, reads what is there."""
    fuzz.build(BUSY)
    both = [fuzz.start("-parallel=1", f"-seed={n}", "-fuzztime=150000x")
            for n in (1, 2)]
    third = fuzz.start("-parallel=1", "-seed=3", "-fuzztime=20000x")
    found = []
    for run in (*both, third):
        code = run.process.wait(PATIENCE_S)
        assert code == 0 and "warning" not in run.stderr.replace(
            "warning: starting with empty corpus", ""), run.text
        found.append(int(re.findall(r"new interesting: (\d+)", run.stderr)[-1]))
    assert third.end().code == 0
    fuzz.assert_whole(fuzz.cached())
    assert max(found) <= len(fuzz.cached()) <= sum(found)
    run = fuzz.run("-parallel=1", "-fuzztime=1x")
    assert f"baseline coverage: 0/{len(fuzz.cached())} " in run.stderr


def test_two_runs_that_fail_share_their_directories(fuzz):
    """Each replaces what it has saved by something smaller, often under the
    same name as the other."""
    fuzz.build(BUSY)
    both = [fuzz.start("-parallel=1", f"-seed={n}", "-fuzztime=20000x",
                       "-keepfuzzing", "-fuzzminimizetime=200x",
                       env={"FAIL": "1"}) for n in (1, 2)]
    for run in both:
        assert run.process.wait(PATIENCE_S) == 1, run.text
        assert "NOT SAVED" not in run.stdout
    both[1].end()
    fuzz.assert_whole(fuzz.saved())
    for status in range(4):
        assert any(p.read_bytes()[1] & 3 == status for p in fuzz.saved())
    for path in fuzz.saved():
        assert fuzz.run(f"-run=^t$/^{path.name}$",
                        env={"FAIL": "1"}).code == 1
