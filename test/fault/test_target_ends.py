# SPDX-License-Identifier: MIT
"""A target that ends the process itself: the input's failure, whatever the
exit code, and nobody's failure when the signal is one that comes from
outside."""
import pytest
from fault import both_compilers, fill, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

SOURCE = """
#include <pthread.h>
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size < 4)
        return;
    if (getenv("ONCE") && atomic_exchange(&board()[0], 1))
        return;
    dump("killer", in.data, in.size);
    @END@;
}
"""


@pytest.mark.parametrize("call,code", [
    ("exit", 0), ("exit", 70), ("_exit", 0), ("_exit", 70), ("_exit", 77),
    ("quick_exit", 1),
    *(pytest.param(call, code, marks=pytest.mark.long)
      for call in ("exit", "_exit", "quick_exit")
      for code in (2, 3, 126, 127, 255))])
def test_an_exit_is_the_inputs_failure(fuzz, call, code):
    """70 is what a worker of ours ends with when we failed."""
    fuzz.build(fill(SOURCE, END=f"{call}({code})"))
    run = fuzz.run("-parallel=2", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    assert f"FAIL t: exit status {code}\n" in run.stdout
    assert (f"fuzzing process hung or terminated unexpectedly: exit status "
            f"{code}\n") in run.stdout
    assert "reproduced 5/5" in run.stdout
    assert len(fuzz.saved()) == 1
    assert fuzz.saved()[0].read_bytes() == (
        fuzz.cwd / "killer").read_bytes()
    fuzz.assert_reproduces(fuzz.saved()[0])


@pytest.mark.parametrize("name,text", [
    ("SIGKILL", "killed"), ("SIGTERM", "terminated"), ("SIGHUP", "hangup")])
def test_a_death_from_outside_is_nobodys_failure(fuzz, name, text):
    fuzz.build(fill(SOURCE, END=f"kill(getpid(), {name})"))
    run = fuzz.run("-parallel=2", "-fuzztime=20000x", env={"ONCE": "1"})
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert run.stderr.count("fuzzing process terminated by unexpected signal; "
                            f"no crash will be recorded: signal: {text}") == 1
    assert run.execs() == 20000
    assert fuzz.saved() == []


@pytest.mark.parametrize("name,text", [
    ("SIGKILL", "killed"), ("SIGTERM", "terminated")])
def test_one_after_the_other_ends_the_run(fuzz, name, text):
    """Nothing is gained by starting workers that all die at once."""
    fuzz.build(fill(SOURCE, END=f"kill(getpid(), {name})"))
    run = fuzz.run("-parallel=2")
    assert run.code == 1, run.text
    assert f"no crash will be recorded: signal: {text}" in run.stdout
    assert fuzz.saved() == [] and "FAIL t:" not in run.stdout


@pytest.mark.parametrize("name", [
    "SIGSEGV", "SIGABRT", "SIGPIPE",
    *(pytest.param(name, marks=pytest.mark.long)
      for name in ("SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"))])
def test_a_crash_signal_is_the_inputs_failure(fuzz, name):
    fuzz.build(fill(SOURCE, END=f"raise({name})"))
    run = fuzz.run("-parallel=2", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    assert f"FAIL t: {name}" in run.stdout
    assert len(fuzz.saved()) == 1
    fuzz.assert_reproduces(fuzz.saved()[0])


def test_the_end_of_the_main_thread_is_the_inputs_failure(fuzz):
    fuzz.build(fill(SOURCE, END="pthread_exit(NULL)"), "-pthread")
    run = fuzz.run("-parallel=2", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    assert len(fuzz.saved()) == 1


def test_a_failure_no_worker_can_run_again_ends_as_it_is(fuzz):
    """Once the input has failed, workers die before they can serve."""
    fuzz.build("""
        #include <thresh.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <unistd.h>
        __attribute__((constructor)) static void break_worker(void)
        {
            if (getenv("THRESH_WORKER") && access("broken", F_OK) == 0)
                _exit(9);
        }
        THRESH_TARGET(t, (bytes, in))
        {
            if (in.size < 4)
                return;
            close(open("broken", O_CREAT | O_WRONLY, 0666));
            abort();
        }
        """)
    run = fuzz.run("-parallel=1", env={"THRESH_NO_FORK": "1"})
    assert run.code == 1, run.text
    assert "not run again" in run.stdout
    assert "terminated without fuzzing: exit status 9" in run.stderr
    assert len(fuzz.saved()) == 1
