# SPDX-License-Identifier: MIT
"""kill -9 at random moments, of the coordinator or of a worker, while much is
being found: nothing written is damaged, nothing found before is lost, and no
process, temporary file or shared memory is left."""
import os
import random
import re
import shutil
import signal
import time

import pytest
from fault import (both_compilers, fuzz, has_children, reap_adopted,  # noqa: F401 (a fixture)
                   repeats, wait_until)

pytestmark = [both_compilers, pytest.mark.engine]

# Finds hundreds of inputs in a second, so that files are being written at most
# moments, and now and then fails in one of many ways, so that a failure is in
# work at some. Two arguments, so that damage shows in the files' form too.
SOURCE = """
#include "fault.h"
#include <thresh.h>
static volatile unsigned seen[2048];
static void step(unsigned at)
{
    switch (at) {
    %s
    }
}
THRESH_TARGET(t, (bytes, in, .max = 2000), (string, mode, .max = 20))
{
    if (in.size > 10 && in.data[4] < 64 && !getenv("MILD"))
        _exit(in.data[4]);
    if (in.size > 3)
        step((in.data[0] * 59u + in.data[1] * 7u + in.data[2]) %% 2048);
    step(mode.size %% 2048);
}
""" % "\n    ".join(f"case {i}: seen[{i}]++; break;" for i in range(2048))


def gone(run):
    reap_adopted()
    return run.processes() == []


def names(paths):
    return {p.name for p in paths}


class Kept:
    """What was on disk at one moment, and what was said to be there."""

    def __init__(self, fuzz, run):
        self.fuzz = fuzz
        # Said first, looked at second: what is said is already written.
        self.announced = set(re.findall(r"^ +saved +\S+/(\w+)$", run.stdout,
                                        re.M))
        self.cached, self.saved = names(fuzz.cached()), names(fuzz.saved())

    def assert_still_there(self):
        """A failure's file may have been replaced by a smaller one of the same
        failure, also after it was announced; there are never fewer."""
        assert self.cached <= names(self.fuzz.cached()), "an entry is lost"
        now = names(self.fuzz.saved())
        assert len(now) >= len(self.announced), "an announced failure is lost"
        assert len(now) >= len(self.saved), "a failure is lost"


def kill_coordinator(run):
    run.process.kill()
    assert run.process.wait() == -9
    wait_until(lambda: gone(run), "the workers to end")
    # The killed coordinator could not. What is no process any more, by what
    # /proc tells of it, may still be about to become a child that has ended.
    wait_until(lambda: not (reap_adopted() or has_children()),
               "the last child to end")


def kill_worker(run, chance):
    workers = run.workers()
    if workers:
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has just ended by itself


def kill_at_random(fuzz, seed, kills):
    """Each run is met by some kills of its workers, then by one of its
    coordinator or by a ^C. Every other one has nothing yet, so that it finds
    all anew; the others have what their predecessors left."""
    chance = random.Random(seed)
    fuzz.build(SOURCE)
    cached = saved = 0
    while kills > 0:
        fuzz.runs.clear()
        if chance.random() < 0.5:
            for folder in ("cache", "testdata"):
                shutil.rmtree(fuzz.cwd / folder, ignore_errors=True)
        run = fuzz.start(f"-parallel={chance.randint(1, 3)}", "-keepfuzzing",
                         "-inputtimeout=50s", "-fuzzminimizetime=30x")
        for _ in range(min(kills, chance.choice([0, 1, 2]))):
            time.sleep(chance.uniform(0, 0.3))
            kept = Kept(fuzz, run)
            kill_worker(run, chance)
            kills -= 1
            kept.assert_still_there()
        time.sleep(chance.uniform(0, 0.3))
        kept = Kept(fuzz, run)
        if kills > 0:
            kill_coordinator(run)
            kills -= 1
            fuzz.assert_clean()
        else:
            run.interrupt()
            assert run.end().code in (0, 1), run.text
        kept.assert_still_there()
        fuzz.assert_whole(fuzz.saved())
        cached += len(kept.cached)
        saved += len(kept.saved)
    assert cached > 20 and saved > 0  # or the kills met nothing


def assert_all_can_be_read(fuzz):
    """As tests they are all read, or the run would fail."""
    files = fuzz.cached() + fuzz.saved()
    for path in fuzz.cached():
        fuzz.seed(path.name, path.read_bytes())
    run = fuzz.run("-run=.", "-v", env={"MILD": "1"})
    assert run.code == 0, run.text
    assert run.stdout.count("--- PASS: t/") == len(names(files))


def test_ten_kills_damage_and_lose_nothing(fuzz):
    kill_at_random(fuzz, seed=1, kills=10)
    assert_all_can_be_read(fuzz)


@pytest.mark.long
def test_many_kills_damage_and_lose_nothing(fuzz):
    kill_at_random(fuzz, seed=2, kills=repeats(200))
    assert_all_can_be_read(fuzz)


def test_a_killed_worker_is_replaced_and_named(fuzz):
    """Also one that is killed between two executions."""
    fuzz.build(SOURCE)
    run = fuzz.start("-parallel=2", env={"MILD": "1"})
    run.wait_for("now fuzzing")
    chance = random.Random(3)
    for n in range(1, 9):
        wait_until(lambda: len(run.workers()) >= 2, "two workers")
        kill_worker(run, chance)
        wait_until(lambda: run.stderr.count("signal: killed") >= n,
                   "the death to be told")
        time.sleep(0.1)  # three without an answer between end the run
    run.interrupt()
    assert run.end().code == 0, run.text
    assert fuzz.saved() == []


def test_so_is_the_first_one_before_it_has_answered(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        __attribute__((constructor)) static void start(void)
        {
            if (starts_as_worker() && atomic_fetch_add(&board()[0], 1) == 0)
                (void)raise(SIGKILL);
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            (void)in;
        }
        """)
    run = fuzz.run("-parallel=1", "-fuzztime=1000x")
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert run.stderr.count("signal: killed") == 1 and run.execs() == 1000


def test_workers_that_are_stuck_or_starting_go_too(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        __attribute__((constructor)) static void start(void)
        {
            if (starts_as_worker() && atomic_fetch_add(&board()[0], 1) == 1) {
                note("began", "starting");
                sleep_for_ever();
            }
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 0)
                return;
            (void)signal(SIGTERM, SIG_IGN);
            (void)signal(SIGINT, SIG_IGN);
            note("began", "stuck");
            sleep_for_ever();
        }
        """)
    run = fuzz.start("-parallel=3")
    fuzz.wait_for_note("began", 3)
    run.process.kill()
    run.process.wait()
    wait_until(lambda: gone(run), "the workers to end")
    fuzz.assert_clean()
