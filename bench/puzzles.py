#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# All puzzles of test/puzzle with the executions each took, by compiler and seed.
#
#   bench/puzzles.py [-b BUILD] [-k WORDS] [--jobs 2] [--out DIR]
#
# It runs the tests themselves, which leave a line for each run of a program. In
# DIR: runs.tsv (test, compiler, arguments, exit code, executions), and table.md.
# A run that ended with a failure has solved its puzzle; ">" marks one that has
# made so many executions without.
import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import kit

ROOT = kit.HERE.parent
FAILURE = 1         # exit code of a run that found one


class Runs:
    """The runs of one puzzle with one compiler."""

    def __init__(self):
        self.by_seed = {}

    def add(self, seed, code, executions):
        self.by_seed.setdefault(seed, []).append((code, executions))

    def row(self):
        cells, solved = [], []
        for seed, runs in sorted(self.by_seed.items()):
            for code, executions in runs:
                if code == FAILURE:
                    solved.append(executions)
                mark = "" if code == FAILURE else ">" if code == 0 else "?"
                cells.append(f"{seed}: {mark}{executions}")
        middle = f"{statistics.median(solved):.0f}" if solved else "-"
        return (f"{len(solved)} of {len(cells)} | {middle} | "
                f"{', '.join(cells)}")


def read(path):
    """{(puzzle, compiler): Runs}"""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        test, compiler, args, code, executions = line.split("\t")
        # FILE::NAME[PARAMETERS] (call)
        file, name, parameters = re.match(
            r"(?:.*/)?test_(\w+)\.py::test_(\w+)(?:\[(.*)\])?", test).groups()
        seed = re.search(r"-seed=(\d+)", args)
        seed = int(seed[1]) if seed else 0
        words = [w for w in (parameters or "").split("-")
                 if w not in (compiler, str(seed))]
        puzzle = " ".join([file, name.replace("_", " "), "-".join(words)])
        found.setdefault((puzzle.strip(), compiler), Runs()).add(
            seed, int(code), int(executions))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", type=Path, default=ROOT / "build")
    parser.add_argument("-k", default="")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--out", type=Path,
                        default=kit.work_directory() / "puzzles")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    runs = args.out.resolve() / "runs.tsv"
    runs.write_text("")
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "pytest", "-q", f"-n{args.jobs}",
         "-p", "no:cacheprovider", *(["-k", args.k] if args.k else []),
         "test/puzzle"], cwd=ROOT, check=False,
        env={**os.environ, "THRESH_BUILD": str(args.b.resolve()),
             "THRESH_RUNS": str(runs)})
    lines = ["| puzzle | compiler | solved | median executions | by seed |",
             "|---|---|---|---|---|"]
    for (puzzle, compiler), found in sorted(read(runs).items()):
        lines.append(f"| {puzzle} | {compiler} | {found.row()} |")
    text = "\n".join(lines) + "\n"
    (args.out / "table.md").write_text(text)
    print(text)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
