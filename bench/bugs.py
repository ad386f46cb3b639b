#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# CPU time until planted bugs are found.
#
#   bench/bugs.py -t NAME,... [--cpu 600] [--seeds 1,2,3] [--out FILE] \
#       thresh=DIR libfuzzer=DIR afl=DIR...
#
# DIR holds the programs as one engine has built them, with NAME.seeds/ and
# NAME.conf as bench/kit.py has them; the word before it says how they are run,
# and NAME:KIND=DIR gives it another name. A program appends
# "TIME PID T BUG" to the file that CANARY_LOG names when a bug is hit, and goes
# on. One line is printed for each bug, or a run without it, and all are
# appended to FILE: target, seed, engine, bug, CPU seconds ("-": not found).
import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import budget
import engines
import kit

KINDS = {"libfuzzer": engines.LibFuzzer, "afl": engines.Afl}


class Built(engines.Thresh):
    """Programs of Thresh that are there already."""

    def __init__(self):
        self.name = "thresh"


class Watch:
    """Notes the CPU time by which each bug was hit."""

    def __init__(self, path):
        self.path, self.hit, self.cpu = path, {}, 0.0

    def sample(self, cpu):
        self.cpu = cpu
        if not self.path.exists():
            return
        for bug in re.findall(r"^\S+ \d+ T (\S+)$", self.path.read_text(),
                              re.M):
            self.hit.setdefault(bug, cpu)


def run(engine, folder, name, seed, cpu):
    target = kit.Target(folder, name)
    with tempfile.TemporaryDirectory(prefix="bugs-") as place:
        where = Path(place)
        watch = Watch(where / "canary")
        engine.prepare(target, where)
        with open(where / "log", "wb") as log:
            done = budget.run(
                engine.command(target, seed), cpu, again=engine.again,
                sample=watch.sample, cwd=where, stdout=log, stderr=log,
                env={**os.environ, **getattr(engine, "ENV", {}),
                     "CANARY_LOG": str(watch.path)})
        watch.sample(done.cpu)
    return watch.hit


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", "--targets", required=True)
    parser.add_argument("--cpu", type=float, default=600)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--out")
    parser.add_argument("engines", nargs="+")
    args = parser.parse_args()
    chosen = []
    for word in args.engines:
        name, _, folder = word.partition("=")
        kind = name.rpartition(":")[2]
        if kind not in {"thresh", *KINDS} or not Path(folder).is_dir():
            sys.exit(f"{word}: KIND=DIR, KIND thresh, libfuzzer or afl")
        engine = Built() if kind == "thresh" else KINDS[kind]()
        chosen.append((name.partition(":")[0], engine,
                       Path(folder).resolve()))
    for seed in args.seeds.split(","):
        for target in args.targets.split(","):
            for name, engine, folder in chosen:
                hit = run(engine, folder, target, seed, args.cpu)
                lines = [f"{target}\t{seed}\t{name}\t{bug}\t{cpu:.2f}"
                         for bug, cpu in sorted(hit.items())] or \
                        [f"{target}\t{seed}\t{name}\t-\t-"]
                print("\n".join(lines), flush=True)
                if args.out:
                    with open(args.out, "a", encoding="ascii") as file:
                        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
