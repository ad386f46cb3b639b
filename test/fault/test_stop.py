# SPDX-License-Identifier: MIT
"""^C, SIGTERM and SIGHUP in each phase of a run: it ends well, with what it
has found, and leaves nothing."""
import signal
import time

import pytest
from fault import both_compilers, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

PHASES = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 4096))
{
    const char *phase = getenv("PHASE");
    if (strcmp(phase, "baseline") == 0)
        usleep(20000);
    if (strcmp(phase, "minimising") == 0 && in.size > 10) {
        usleep(20000);
        abort();
    }
    if (in.size > 0 && in.data[0] == 'x')
        note("x", "found");
}
"""

SIGNS = {"baseline": "baseline coverage: 0/", "fuzzing": "now fuzzing",
         "minimising": "minimizing"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
@pytest.mark.parametrize("phase", SIGNS)
def test_a_stop_ends_the_phase(fuzz, phase, number):
    fuzz.build(PHASES)
    for i in range(400 if phase == "baseline" else 2):
        fuzz.seed(f"s{i}", b"%d" % i)
    run = fuzz.start("-parallel=2", "-fuzzminimizetime=1h",
                     env={"PHASE": phase})
    run.wait_for(SIGNS[phase])
    time.sleep(0.1)
    run.interrupt(number)
    run.end()
    new = [p for p in fuzz.saved() if not p.name.startswith("s")]
    if phase == "minimising":
        assert run.code == 1 and "SIGABRT" in run.stdout, run.text
        assert len(new) == 1 and len(new[0].read_bytes()) > 10
        fuzz.assert_whole(new)
        assert f"t/{new[0].name}" in run.stdout
    else:
        assert run.code == 0 and run.stdout == "PASS\n", run.text
        assert new == []
    if phase == "baseline":
        assert "now fuzzing" not in run.stderr


def test_a_stop_keeps_what_was_found(fuzz):
    fuzz.build(PHASES)
    run = fuzz.start("-parallel=2", env={"PHASE": "fuzzing"})
    fuzz.wait_for_note("x")
    run.interrupt()
    assert run.end().code == 0, run.text
    assert any(p.read_bytes().startswith(b"x") for p in fuzz.cached())


def test_a_stop_while_a_worker_starts_is_not_the_workers(fuzz):
    """^C between fork and the moment when the child has left our group."""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        pid_t __real_fork(void);
        pid_t __wrap_fork(void);
        pid_t __wrap_fork(void)
        {
            pid_t pid = __real_fork();
            if (pid == 0)
                (void)kill(getpid(), SIGINT);
            return pid;
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            (void)in;
        }
        """, "-Wl,--wrap=fork")
    # Forks of a worker do not leave its group.
    run = fuzz.run("-parallel=2", "-fuzztime=100x",
                   env={"THRESH_NO_FORK": "1"})
    assert run.code == 0 and "signal" not in run.stderr, run.text


def test_a_second_stop_kills_at_once_and_says_130(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 0)
                return;
            note("stuck", "%d", (int)getpid());
            sleep_for_ever();
        }
        """)
    run = fuzz.start("-parallel=2")
    fuzz.wait_for_note("stuck", 2)
    run.interrupt()
    time.sleep(0.2)
    run.interrupt()
    assert run.end().code == 130, run.text
    assert fuzz.saved() == []


def test_a_stop_does_not_wait_for_a_candidate_that_hangs(fuzz):
    """Minimising has come to an input that runs for ever: every one that is
    smaller than the first that failed."""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            uint32_t first = 0;
            if (in.size > 10)
                (void)atomic_compare_exchange_strong(board(), &first,
                                                     (uint32_t)in.size);
            first = atomic_load(board());
            if (first && in.size < first) {
                note("stuck", "%d", (int)getpid());
                sleep_for_ever();
            }
            if (first)
                abort();
        }
        """)
    run = fuzz.start("-parallel=1", "-inputtimeout=1h")
    fuzz.wait_for_note("stuck")
    run.interrupt()
    assert run.end().code == 1, run.text
    assert len(fuzz.saved()) == 1
    fuzz.assert_reproduces(fuzz.saved()[0])


def test_work_on_a_failure_goes_on_long_after_the_stop(fuzz):
    """A failure stops the search; the processes that confirm it may take
    longer to start than a stopped worker has to leave. (Forks start at
    once.)"""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        __attribute__((constructor)) static void start(void)
        {
            if (starts_as_worker())
                usleep(300000);
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size > 10)
                abort();
        }
        """)
    run = fuzz.run("-parallel=2", "-fuzzminimizetime=0x",
                   env={"THRESH_NO_FORK": "1"})
    assert run.code == 1 and "reproduced 5/5" in run.stdout, run.text
