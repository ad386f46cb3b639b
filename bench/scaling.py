#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# What more workers bring and what they cost.
#
#   bench/scaling.py [-b BUILD] [-n ROUNDS] [--compiler gcc] pair
#       two workers beside one: executions per CPU-second and in all, of targets
#       that do the same work in every execution, and edges after the same CPU
#       time (tokenizer.c). Two separate runs of one worker each, at the same
#       time, tell what the machine has to give: processors that share a core
#       or a neighbour are not twice as much as one.
#   bench/scaling.py [-b BUILD] [--workers 64,256] [--us 5000] [-s 30] many
#       that many workers on a target that sleeps: the share of a core that the
#       coordinator takes, and whether anything is lost: the executions that the
#       target counted against those reported, the branches it reached against
#       those that the corpus reaches
#
# CPU time of the coordinator is what the kernel's scheduler gave it.
import argparse
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import budget
import speed

HERE = Path(__file__).resolve().parent
CASES = 256


def compile_target(build, compiler, source, out):
    subprocess.run([build / "thresh", "cc", f"--compiler={compiler}", "-O2",
                    "-g", HERE / source, "-o", out], check=True)
    return out


def nanoseconds(pid):
    """CPU time of a process without its children; None when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (OSError, IndexError):
        return None


def children(pid):
    try:
        return len(Path(f"/proc/{pid}/task/{pid}/children").read_text()
                   .split())
    except OSError:
        return 0


class Watch:
    """A run of a fuzz binary, whose coordinator is looked at now and then."""

    def __init__(self, command, workers, env, folder):
        self.samples = []               # (time, nanoseconds)
        self.full_at = None             # when all workers were there
        with open(folder / "log", "wb") as log:
            child = subprocess.Popen(command, cwd=folder, env=env,
                                     stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log)
            while child.poll() is None:
                used = nanoseconds(child.pid)
                if used is not None:
                    self.samples.append((time.monotonic(), used))
                if not self.full_at and children(child.pid) >= workers:
                    self.full_at = len(self.samples)
                time.sleep(0.2)
        self.log = (folder / "log").read_text(errors="replace")
        if child.returncode:
            sys.exit(f"exit code {child.returncode}\n{self.log}")

    def share(self):
        """Of a core, once all workers were there and had got work."""
        if not self.full_at:
            return float("nan")
        (t0, c0) = self.samples[max(self.full_at,
                                    len(self.samples) * 2 // 3)]
        (t1, c1) = self.samples[-2]
        return (c1 - c0) / 1e9 / (t1 - t0)


def many(args, work):
    program = compile_target(args.b, args.compiler, "slow.c", work / "slow")
    print("| workers | executions reported | counted | branches reached | in "
          "the corpus | coordinator's share of a core | CPU s in all |\n"
          "|---|---|---|---|---|---|---|")
    for workers in (int(n) for n in args.workers.split(",")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            books = folder / "books"
            books.write_bytes(bytes(8 + CASES))
            env = {**os.environ, "SLOW_BOOKS": str(books),
                   "SLOW_US": str(args.us)}
            watch = Watch([program, "-fuzz=.", f"-fuzztime={args.s}s",
                           f"-parallel={workers}", "-cachedir=cache"],
                          workers, env, folder)
            counted, = struct.unpack("Q", books.read_bytes()[:8])
            reached = set(i for i, b in enumerate(books.read_bytes()[8:]) if b)
            kept = {p.read_bytes()[-1] for p in (folder / "cache").rglob("*")
                    if p.is_file() and p.stat().st_size}
            reported = int(re.findall(r"execs: (\d+)", watch.log)[-1])
            print(f"| {workers} | {reported} | {counted} | {len(reached)} | "
                  f"{len(reached & kept)} | {watch.share() * 100:.2f} % | "
                  f"{watch.samples[-1][1] / 1e9:.2f} |", flush=True)
            if reported != counted or reached - kept:
                sys.exit("something was lost")


def pair_run(program, workers, cpu):
    """(executions, CPU seconds, wall seconds, edges) of one run."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with open(log, "wb") as output:
            done = budget.run([program, "-fuzz=.", f"-parallel={workers}",
                               "-json", "-cachedir=cache"], cpu, cwd=folder,
                              stdout=output, stderr=subprocess.DEVNULL)
        text = log.read_text(errors="replace")
    return (int(re.findall(r'"execs": ?(\d+)', text)[-1]), done.cpu,
            done.wall, int(re.findall(r'"edges": ?(\d+)', text)[-1]))


def per_second(runs):
    """Executions a second of runs at the same time."""
    return sum(run[0] / run[2] for run in runs)


def runs_apart(program, cpu):
    """Two runs of one worker each, at the same time."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(
            lambda _: pair_run(program, 1, cpu / 2), range(2)))


def spread(values):
    return (f"{statistics.median(values):.3f} "
            f"({min(values):.3f}-{max(values):.3f})")


def compile_fixed(args, work):
    """The tokenizer on one text, whatever the input."""
    command = [args.b / "thresh", "cc", f"--compiler={args.compiler}", "-O2"]
    objects = []
    for file, flags in speed.sources(work, "tokenizer"):
        objects.append(work / f"{file.stem}.o")
        subprocess.run([*command, "-w", *flags, "-c", file, "-o", objects[-1]],
                       check=True)
    subprocess.run([*command, *objects, "-o", work / "fixed"], check=True)
    return work / "fixed"


def pair(args, work):
    print("Ratios to one worker, same CPU time in all.\n\n"
          "| target | executions per CPU-second | executions a second | "
          "of two separate runs | two workers to those | edges |\n"
          "|---|---|---|---|---|---|")
    programs = {"empty": compile_target(args.b, args.compiler, "empty.c",
                                        work / "empty"),
                "fixed": compile_fixed(args, work),
                "tokenizer": compile_target(args.b, args.compiler,
                                            "tokenizer.c", work / "tokenizer")}
    for target, program in programs.items():
        rows = []
        for _ in range(args.n):
            one = pair_run(program, 1, args.s)
            two = pair_run(program, 2, args.s)
            speed_of_one = per_second([one])
            together = per_second([two]) / speed_of_one
            apart = per_second(runs_apart(program, args.s)) / speed_of_one
            rows.append((two[0] / two[1] / (one[0] / one[1]), together, apart,
                         together / apart, two[3] / one[3] if one[3] else 1))
        print(f"| {target} | " +
              " | ".join(spread(column) for column in zip(*rows)) + " |",
              flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["pair", "many"])
    parser.add_argument("-b", type=Path, default=HERE.parent / "build")
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("-s", type=int, default=10)
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--workers", default="64,256")
    parser.add_argument("--us", type=int, default=5000)
    args = parser.parse_args()
    args.b = args.b.resolve()
    if not shutil.which(args.compiler):
        sys.exit(f"bench/scaling.py: needs {args.compiler}")
    with tempfile.TemporaryDirectory() as work:
        {"pair": pair, "many": many}[args.what](args, Path(work))


if __name__ == "__main__":
    main()
