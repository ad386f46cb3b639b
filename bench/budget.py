# SPDX-License-Identifier: MIT
"""A command under a budget of CPU time.

Engines are compared per CPU-second of their whole process tree, however busy
the machine is. What a process has used is read from /proc while it runs: its
own time and that of its children, ended and living. Descendants are found
through their parents, so that process groups and sessions of their own hide
nothing.
"""
import os
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
POLL_S = 0.05
PATIENCE_S = 10         # for a command to end by itself when told to
TOO_SHORT_S = 0.02      # a run that used less did nothing
TOO_SHORT_RUNS = 20
IDLE_S = 60             # a command that has used nothing for so long is stuck


class Done:
    """What a command has used."""

    def __init__(self, cpu, wall, runs):
        self.cpu, self.wall, self.runs = cpu, wall, runs


def read(path):
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def process(pid):
    """(parent, CPU seconds with those of children that were waited for)."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return 0, 0.0
    return int(fields[1]), sum(int(n) for n in fields[11:15]) / TICKS


def children(pid):
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for task in tasks
            for child in read(f"/proc/{pid}/task/{task}/children").split()]


def tree(root):
    """All living descendants of a process, itself included."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children(pid)
    return found


def used(root):
    return sum(process(pid)[1] for pid in tree(root))


def end(child):
    """Asks a command to stop, and kills what is left of it."""
    members = tree(child.pid)
    # Popen's own would take in a command that has just ended.
    os.kill(child.pid, signal.SIGINT)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, child.pid,
                     os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        members = tree(child.pid) or members
        time.sleep(0.02)
    for pid in members:
        if pid == child.pid or process(pid)[0] in [1, *members]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def run_once(command, cpu, sample, idle=IDLE_S, **where):
    """Runs a command until it ends, is stuck or has used `cpu` seconds. Returns
    what it used and whether it was stopped for that. A crash that is met in
    malloc() has engines wait for themselves."""
    child = subprocess.Popen(command, **where)
    spent, stopped, alive = 0.0, False, time.monotonic()
    try:
        while not os.waitid(os.P_PID, child.pid,
                            os.WEXITED | os.WNOHANG | os.WNOWAIT):
            now = used(child.pid)
            if now > spent:
                spent, alive = now, time.monotonic()
            sample(spent)
            if spent >= cpu:
                stopped = True
            if stopped or time.monotonic() - alive >= idle:
                end(child)
                break
            # What is left can't be used up sooner than that by one CPU.
            time.sleep(min(POLL_S, max(cpu - spent, 0.005)))
    except BaseException:
        end(child)
        child.wait()
        raise
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return max(spent, usage.ru_utime + usage.ru_stime), stopped


def run(command, cpu, again=False, sample=lambda cpu: None, **where):
    """Runs a command for `cpu` CPU-seconds; `again` starts one that ends
    earlier anew. `sample` is called with the CPU time now and then; `where` is
    what subprocess.Popen takes."""
    start, spent, runs, short = time.monotonic(), 0.0, 0, 0
    where.setdefault("stdin", subprocess.DEVNULL)
    while True:
        before = spent
        once, stopped = run_once(command, cpu - before,
                                 lambda now: sample(before + now), **where)
        spent += once
        runs += 1
        short = short + 1 if once < TOO_SHORT_S else 0
        if stopped or not again or spent >= cpu or short == TOO_SHORT_RUNS:
            return Done(spent, time.monotonic() - start, runs)
