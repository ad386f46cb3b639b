# SPDX-License-Identifier: MIT
"""What the measuring programs of bench/ take for granted."""
import os
import subprocess
import sys

import pytest
from conftest import REPO

sys.path.insert(0, str(REPO / "bench"))
import budget  # noqa: E402

pytestmark = pytest.mark.posix("they read /proc")


def test_a_command_that_ends_as_it_is_stopped_is_counted():
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    budget.end(child)
    assert os.wait4(child.pid, 0)[0] == child.pid
    child.returncode = 0


def test_a_budget_ends_a_command():
    done = budget.run(["sh", "-c", "while :; do :; done"], 0.1)
    assert done.runs == 1
    assert done.cpu >= 0.1


def test_a_command_that_is_stuck_is_ended():
    spent, stopped = budget.run_once(["sleep", "1000"], 5, lambda cpu: None,
                                     idle=0.3)
    assert spent < 5 and not stopped


@pytest.mark.parametrize("program", sorted((REPO / "bench").glob("*.c")),
                         ids=lambda path: path.name)
def test_what_is_measured_with_still_compiles(program):
    """Some are built by nobody but who measures."""
    subprocess.run(["gcc", "-std=gnu11", "-fsyntax-only", "-D_GNU_SOURCE",
                    '-DTHRESH_VERSION="bench"', '-DFIXED_DOCUMENT=""',
                    f"-I{REPO / 'src'}", f"-I{REPO / 'include'}", program],
                   check=True)
