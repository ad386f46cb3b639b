#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks the engine in one place after the other and expects red.

    test/mutants/run.py [-k WORD] [--at-most N] [--list]

In a copy of the source, each mutant of mutants.py is applied, built, and met
by its test, which must fail; then it is taken back. Before that all those
tests must pass on the sound source, or red would mean nothing. Exits with 1 if
a mutant survives, can't be applied, or a requirement has none, with 2 if a test
fails without a mutant. --list only prints the table of them.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants import MUTANTS, REQUIREMENTS

REPO = Path(__file__).resolve().parents[2]
COPIED = ["CMakeLists.txt", "CMakePresets.json", "LICENSE", "cmake", "include",
          "src", "test"]
# A mutant that hangs need not hang for long.
HANG_S = "20"
# cmake takes no number for as many as it likes.
JOBS = str(os.cpu_count() or 1)


class Copy:
    """A copy of the source and a build of it."""

    def __init__(self, where):
        self.source = where / "source"
        self.build = where / "build"
        self.said = ""  # by the last test
        self.source.mkdir()
        for name in COPIED:
            path = REPO / name
            if path.is_dir():
                shutil.copytree(path, self.source / name)
            elif path.exists():
                shutil.copy2(path, self.source / name)
        subprocess.run(
            ["cmake", "-S", self.source, "-B", self.build,
             "-DTHRESH_TESTS=ON"], check=True, stdout=subprocess.DEVNULL)

    def make(self, test):
        """Builds what the test needs; whether that went well."""
        targets = ["thresh"]
        if test.startswith("unit:"):
            targets.append(test.removeprefix("unit:"))
        done = subprocess.run(
            ["cmake", "--build", self.build, "--parallel", JOBS, "--target",
             *targets], capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
        return done.returncode == 0

    def passes(self, test):
        if test.startswith("unit:"):
            argv = [self.build / "test" / "unit" / test.removeprefix("unit:")]
        else:
            argv = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p",
                    "no:cacheprovider", "-m", "not long",
                    self.source / "test" / "fault" / test]
        env = {**os.environ, "THRESH_BUILD": str(self.build),
               "FAULT_PATIENCE_S": HANG_S}
        done = subprocess.run(argv, env=env, capture_output=True, text=True,
                              cwd=self.source)
        self.said = done.stdout + done.stderr
        # pytest: 1 is "tests failed"; 2 to 5 mean that it ran none.
        if done.returncode > 1 and not test.startswith("unit:"):
            print(self.said[-3000:])
            sys.exit(2)
        return done.returncode == 0

    def result(self, mutant):
        """red, GREEN, or why it could not be had."""
        path = self.source / mutant.file
        sound = path.read_text()
        n = sound.count(mutant.old)
        if n != 1:
            return f"DOES NOT APPLY ({n} places)"
        path.write_text(sound.replace(mutant.old, mutant.new))
        try:
            if not self.make(mutant.test):
                return "DOES NOT BUILD"
            return "GREEN" if self.passes(mutant.test) else "red"
        finally:
            path.write_text(sound)


def check_sound(copy, mutants):
    for test in sorted({m.test for m in mutants}):
        if not copy.make(test) or not copy.passes(test):
            print(copy.said[-3000:])
            print(f"{test} fails without any mutant")
            sys.exit(2)


def print_table(mutants):
    print("requirement | in words | test | mutant")
    for m in mutants:
        print(f"{m.requirement} | {REQUIREMENTS.get(m.requirement, '')} | {m.test} | "
              f"{m.name}")


def meet_all(mutants):
    """Prints how each mutant did; how many are not red."""
    alive = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as where:
        copy = Copy(Path(where))
        check_sound(copy, mutants)
        print("requirement | mutant | test | result", flush=True)
        for m in mutants:
            result = copy.result(m)
            alive += result != "red"
            print(f"{m.requirement} | {m.name} | {m.test} | {result}",
                  flush=True)
    return alive


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", default="", metavar="WORD",
                        help="only mutants with this in name or requirement")
    parser.add_argument("--at-most", type=int, metavar="N",
                        help="so many of them, evenly spread over the list")
    parser.add_argument("--list", action="store_true",
                        help="only print which mutant and test go with what")
    args = parser.parse_args()
    chosen = [m for m in MUTANTS
              if args.k in m.name or args.k in m.requirement]
    if args.at_most and len(chosen) > args.at_most:
        chosen = [chosen[i * len(chosen) // args.at_most]
                  for i in range(args.at_most)]
    if args.list:
        print_table(chosen)
        return 0
    bare = REQUIREMENTS.keys() - {m.requirement for m in MUTANTS}
    if bare:
        print("no mutant for", *sorted(bare))
        return 1
    alive = meet_all(chosen)
    requirements = {m.requirement for m in chosen}
    print(f"{len(chosen)} mutants of {len(requirements)} requirements, "
          f"{alive} not red")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
