#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# What it costs to go on after a crash: a target of which every tenth input is
# lethal, -keepfuzzing, one worker; plain and with ASan, gcc and clang, with
# forks and started anew each time (THRESH_NO_FORK=1), beside libFuzzer's
# -fork=1 -ignore_crashes=1. A cycle is one death with all that follows until
# the next, ten executions later. The engines take turns within each round; the
# ratio is taken inside a round, and the table gives the median with minimum and
# maximum of the rounds. CPU time is user + system of the whole process tree.
#
#   bench/crash.py [-n ROUNDS] [-x EXECUTIONS] [-s SECONDS] [-b BUILD]
#
# -x is for Thresh; libFuzzer, whose cycles are too long for that, gets -s.
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "crash.c"
SANITIZERS = {"plain": [], "ASan": ["-fsanitize=address"]}


class Engine:
    """One way to run the target."""

    def __init__(self, name, command, kind, env=None):
        self.name, self.kind, self.env = name, kind, env or {}
        self.command = command
        self.binary = None

    def build(self, work, flags):
        self.binary = work / ("-".join(self.command[-2:] + flags)
                              .replace("/", "_").replace("=", "_"))
        if not self.binary.exists():
            subprocess.run([*self.command, *flags, "-O2", "-g", SOURCE,
                            "-o", self.binary], check=True)

    def argv(self, scratch, args):
        if self.kind == "libFuzzer":
            corpus = scratch / "corpus"
            corpus.mkdir()
            return [self.binary, "-fork=1", "-ignore_crashes=1",
                    f"-max_total_time={args.s}", corpus]
        return [self.binary, "-fuzz=.", "-keepfuzzing", "-parallel=1",
                "-fuzzminimizetime=0x", f"-fuzztime={args.x}x", "-seed=1",
                f"-cachedir={scratch}/cache"]

    def run(self, args):
        """(cycles, wall seconds, CPU seconds) of one run."""
        with tempfile.TemporaryDirectory() as name:
            scratch = Path(name)
            count = scratch / "count"
            count.touch()
            env = {**os.environ, **self.env, "CRASH_COUNT": str(count)}
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            subprocess.run(self.argv(scratch, args), cwd=scratch, env=env,
                           stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
            wall = time.monotonic() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = (after.ru_utime + after.ru_stime -
                   before.ru_utime - before.ru_stime)
            return count.stat().st_size, wall, cpu


def engines(build):
    found = []
    for compiler in filter(shutil.which, ("gcc", "clang")):
        command = [str(build / "thresh"), "cc", f"--compiler={compiler}"]
        found.append(Engine(f"thresh {compiler}", command, "thresh"))
        found.append(Engine(f"thresh {compiler}, no forks", command, "thresh",
                            {"THRESH_NO_FORK": "1"}))
    if shutil.which("clang"):
        found.append(Engine("libFuzzer", ["clang", "-fsanitize=fuzzer"],
                            "libFuzzer"))
    return found


def spread(values, digits):
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f}-{max(values):.{digits}f})")


def report(build, name, cost, base):
    wall, cpu = zip(*cost[name])
    ratios = [b / own for (b, _), (own, _) in zip(cost[base], cost[name])]
    print(f"| {build} | {name} | {spread(wall, 2)} | {spread(cpu, 2)} | "
          f"{spread(ratios, 1)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("-x", type=int, default=10000)
    parser.add_argument("-s", type=int, default=5)
    parser.add_argument("-b", type=Path, default=HERE.parent / "build")
    args = parser.parse_args()
    ways = engines(args.b.resolve())
    if not ways:
        sys.exit("bench/crash.py: needs gcc or clang")
    base = ways[-1].name
    print("| build | engine | ms a cycle | CPU ms a cycle | times as fast as "
          f"{base} |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for build, flags in SANITIZERS.items():
            cost = {way.name: [] for way in ways}
            for way in ways:
                way.build(Path(work), flags)
            for _ in range(args.n):
                for way in ways:
                    cycles, wall, cpu = way.run(args)
                    cost[way.name].append((wall * 1e3 / max(cycles, 1),
                                           cpu * 1e3 / max(cycles, 1)))
            for way in ways:
                report(build, way.name, cost, base)


if __name__ == "__main__":
    main()
