#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints the verdict matrix: each way for an execution to end, in each build.

    test/fault/matrix.py [-k WORD] [-b WORD] [-j N] [BUILD-DIRECTORY]

For each cell a fuzz binary runs three inputs, of which the second one ends the
row's way, and must say what matrix_rows.py expects: the exit code, the title,
that input and no other in the saved file, how often it failed again; then the
saved file must fail in the same way as a test. Shows "ok", "WRONG" with the
reasons below, "-" where the execution is no failure and was called none. Exits
with 1 if any cell is wrong. The cells are also tests: test_matrix.py.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matrix_rows import BUILDS, COMPILERS, ROWS, Build

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "matrix_target.c"
INCLUDES = [HERE / "harness", HERE.parents[1] / "src"]
# Only there so that a hang ends.
TIMEOUT_S = 120

# The cached inputs, run in the order of their names.
FIRE = b"firefire"
INPUTS = {"a": b"calm", "b": FIRE, "c": b"cold"}

ALL_BUILDS = [build for name in BUILDS for compiler in COMPILERS
              if (build := Build(name, compiler)).possible
              and shutil.which(compiler)]


def compile_target(engine, build, folder):
    """Builds the target for all rows; the program's path."""
    program = Path(folder) / str(build)
    subprocess.run(
        [engine / "thresh", "cc", f"--compiler={build.compiler}", "-g", "-O1",
         "-std=gnu11", "-pthread", "-Wno-infinite-recursion",
         *(f"-I{path}" for path in INCLUDES), *BUILDS[build.name], SOURCE,
         "-o", program], check=True)
    return program


class Cell:
    """One row in one build, run in a directory of its own."""

    def __init__(self, row, build, program, folder):
        self.row, self.build, self.program = row, build, program
        self.cwd = Path(folder)
        self.wrong = []
        self.outputs = []

    def expect(self, holds, text):
        if not holds:
            self.wrong.append(text)

    def start(self, *args):
        env = {**os.environ, **self.row.env, "MATRIX_ROW": self.row.name}
        try:
            done = subprocess.run(
                [self.program, "-cachedir=cache", *self.row.args, *args],
                cwd=self.cwd, env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=TIMEOUT_S, text=True, errors="replace")
        except subprocess.TimeoutExpired:
            self.wrong.append(f"hangs: {' '.join(args)}")
            return -1, ""
        self.outputs.append(done.stdout)
        return done.returncode, done.stdout

    def fuzz(self):
        cache = self.cwd / "cache" / "t"
        cache.mkdir(parents=True)
        for name, data in INPUTS.items():
            (cache / name).write_bytes(data)
        return self.start("-fuzz=^t$", "-parallel=1", "-seed=1",
                          "-fuzzminimizetime=0x",
                          f"-fuzztime={self.row.times}x")

    def saved(self):
        path = self.cwd / "testdata" / "fuzz" / "t"
        return [p for p in path.iterdir() if p.is_file()] if \
            path.is_dir() else []

    def check_failure(self, title, code, output):
        self.expect(code == 1, f"exit code {code}, expected 1")
        titles = re.findall(r"^    FAIL t: (.*)$", output, re.M)
        self.expect(len(titles) == 1 and re.fullmatch(title, titles[0]),
                    f"titles {titles}, expected {title!r}")
        self.expect(re.search(self.row.proof, output),
                    f"does not say {self.row.proof!r}")
        saved = self.saved()
        if len(saved) != 1:
            self.wrong.append(f"{len(saved)} inputs saved, expected 1")
            return
        data = saved[0].read_bytes()
        right = data[:4] == FIRE[:4] if self.row.times > len(INPUTS) else \
            data == FIRE
        self.expect(right, f"blames {data}")
        self.check_test(title, saved[0].name)

    def check_test(self, title, name):
        code, output = self.start(f"-run=^t$/^{name}$")
        self.expect(code == 1, f"as a test: exit code {code}, expected 1")
        self.expect(f"--- FAIL: t/{name} (" in output and
                    re.search(rf"^ +{title}$", output, re.M),
                    f"as a test: does not fail with {title!r}")

    def check_pass(self, code, output):
        self.expect(code == self.row.code,
                    f"exit code {code}, expected {self.row.code}")
        self.expect("FAIL t:" not in output, "reports a failure")
        self.expect(not self.saved(), "saves an input")

    def check(self):
        """Runs it; whether all is as expected. `wrong` says what is not."""
        title = self.row.title(self.build)
        code, output = self.fuzz()
        if title is None:
            self.check_pass(code, output)
        else:
            self.check_failure(title, code, output)
        for text in self.row.says:
            self.expect(re.search(text, output), f"does not say {text!r}")
        return not self.wrong

    @property
    def mark(self):
        if self.wrong:
            return "WRONG"
        return "ok" if self.row.title(self.build) else "-"


def run_cell(row, build, program, where):
    cell = Cell(row, build, program, where / f"{row.name}-{build}")
    cell.check()
    shutil.rmtree(cell.cwd)
    return cell


def print_matrix(cells, builds):
    width = max(len(row) for row in {cell.row.name for cell in cells})
    for line in zip(*((b.name, b.compiler) for b in builds)):
        print(" " * width, *(f"{word:>10}" for word in line))
    for row in dict.fromkeys(cell.row.name for cell in cells):
        marks = {c.build: c.mark for c in cells if c.row.name == row}
        print(f"{row:{width}}", *(f"{marks[b]:>10}" for b in builds),
              flush=True)


def report(cells, verbose):
    wrong = [c for c in cells if c.mark == "WRONG"]
    for cell in cells:
        if cell.wrong and (cell.mark == "WRONG" or verbose):
            print(f"\n{cell.row.name} in {cell.build}: "
                  + "; ".join(cell.wrong))
            if verbose:
                print("\n".join(cell.outputs))
    print(f"\n{len(cells)} cells, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", default="", metavar="WORD",
                        help="only rows with this in their name")
    parser.add_argument("-b", default="", metavar="WORD",
                        help="only builds with this in NAME-COMPILER")
    parser.add_argument("-j", type=int, default=os.cpu_count(), metavar="N",
                        help="cells at once")
    parser.add_argument("-v", action="store_true",
                        help="show what wrong cells printed")
    parser.add_argument("engine", nargs="?", type=Path,
                        default=os.environ.get("THRESH_BUILD",
                                               HERE.parents[1] / "build"))
    args = parser.parse_args()
    engine = Path(args.engine).resolve()
    builds = [b for b in ALL_BUILDS if args.b in str(b)]
    rows = [r for r in ROWS if args.k in r.name]
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder, \
            ThreadPoolExecutor(args.j) as pool:
        where = Path(folder)
        programs = dict(zip(builds, pool.map(
            lambda b: compile_target(engine, b, where), builds)))
        cells = list(pool.map(
            lambda pair: run_cell(*pair, programs[pair[1]], where),
            [(row, build) for row in rows for build in builds]))
    print_matrix(cells, builds)
    return report(cells, args.v)


if __name__ == "__main__":
    sys.exit(main())
