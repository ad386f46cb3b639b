#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks the engine in one place after the other and expects red.

    test/mutants/run.py [-k WORD]

In a copy of the source, each mutant of mutants.py is applied, built, and met
by its test, which must fail; then it is taken back. Before that all those
tests must pass on the sound source, or red would mean nothing. Exits with 1 if
a mutant survives or can't be applied, with 2 if a test fails without one.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants import MUTANTS

REPO = Path(__file__).resolve().parents[2]
COPIED = ["CMakeLists.txt", "CMakePresets.json", "cmake", "include", "src",
          "test"]
# A mutant that hangs need not hang for long.
HANG_S = "20"


class Copy:
    """A copy of the source and a build of it."""

    def __init__(self, where):
        self.source = where / "source"
        self.build = where / "build"
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
            ["cmake", "--build", self.build, "--parallel", "2", "--target",
             *targets], capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
        return done.returncode == 0

    def passes(self, test):
        if test.startswith("unit:"):
            argv = [self.build / "test" / "unit" / test.removeprefix("unit:")]
        else:
            argv = [sys.executable, "-m", "pytest", "-q", "-x", "-p",
                    "no:cacheprovider", "-m", "not long",
                    self.source / "test" / "fault" / test]
        env = {**os.environ, "THRESH_BUILD": str(self.build),
               "FAULT_PATIENCE_S": HANG_S}
        done = subprocess.run(argv, env=env, capture_output=True, text=True,
                              cwd=self.source)
        # pytest: 1 is "tests failed"; 2 to 5 mean that it ran none.
        if done.returncode > 1 and not test.startswith("unit:"):
            print(done.stdout[-3000:], done.stderr[-3000:])
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
            print(f"{test} fails without any mutant")
            sys.exit(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", default="", metavar="WORD",
                        help="only mutants with this in name or requirement")
    word = parser.parse_args().k
    chosen = [m for m in MUTANTS if word in m.name or word in m.requirement]
    alive = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as where:
        copy = Copy(Path(where))
        check_sound(copy, chosen)
        print("mutant | requirement | test | result", flush=True)
        for m in chosen:
            result = copy.result(m)
            alive += result != "red"
            print(f"{m.name} | {m.requirement} | {m.test} | {result}",
                  flush=True)
    requirements = {m.requirement for m in chosen}
    print(f"{len(chosen)} mutants of {len(requirements)} requirements, "
          f"{alive} not red")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
