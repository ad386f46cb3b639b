#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# What it costs to merge a corpus: `thresh merge` beside libFuzzer's -merge=1,
# on the same files and the same target, built with clang by both. The files are
# made from the target's first inputs, by splicing and changing bytes with a
# fixed seed, so that most of them bring nothing new, as in a corpus that has
# grown. The engines take turns within each round; CPU time is user + system of
# the whole process tree, and the ratio is taken inside a round. Afterwards both
# results are held against all files by a build that neither engine has made
# (kit.py): an edge that is missing ends the program with 1.
#
#   bench/merge.py [-n ROUNDS] [-f FILES] [-t TARGETS] [-b BUILD]
import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import engines
import kit


def make_files(target, folder, count):
    """Distinct inputs, the same in every run."""
    draw = random.Random(1)
    pool = [p.read_bytes()[:target.max_len]
            for p in kit.files_below(target.seeds)] or [b"\n"]
    files = dict.fromkeys(pool)
    while len(files) < count:
        data = bytearray(draw.choice(pool))
        if draw.random() < 0.5:
            other = draw.choice(pool)
            cut = draw.randrange(len(data) + 1)
            data = data[:cut] + other[draw.randrange(len(other) + 1):]
        for _ in range(draw.randrange(1, 9)):
            if data:
                data[draw.randrange(len(data))] = draw.randrange(256)
        data = bytes(data[:target.max_len])
        if data not in files:
            files[data] = None
            if draw.random() < 0.1:
                pool.append(data)
    folder.mkdir()
    for i, data in enumerate(files):
        path = folder / f"{i:05}"
        path.write_bytes(data)
        path.read_bytes()  # whoever reads first pays for the time of access


def cpu_of(argv, cwd, cache):
    """CPU seconds of a command and all it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(a) for a in argv], cwd=cwd, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, "XDG_CACHE_HOME": str(cache)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{argv} ended with {done.returncode}:\n"
                 f"{done.stdout.decode(errors='replace')}"
                 f"{done.stderr.decode(errors='replace')}")
    return (after.ru_utime + after.ru_stime -
            before.ru_utime - before.ru_stime)


def edges(cover, *folders):
    """Edges of the files of several directories."""
    files = [("x", p) for folder in folders for p in kit.files_below(folder)]
    counts, _ = kit.measure(cover, files)
    return counts.get("x", 0)


def merge_argv(name, program, args, out, folder, target):
    if name == "libFuzzer":
        return [program, "-merge=1", f"-max_len={target.max_len}", out, folder]
    tool = Path(args.b).resolve() / "thresh"
    return [tool, "merge", program, out, folder, "--",
            f"-maxlen={target.max_len}"]


def compare(targets, name, args):
    libfuzzer = engines.LibFuzzer().build(targets, name)
    thresh = engines.Thresh(args.b, "clang").build(targets, name)
    programs = {"libFuzzer": libfuzzer.program, "thresh": thresh.program}
    cover = targets.cover(name)
    ratios, costs, kept = [], {"libFuzzer": [], "thresh": []}, {}
    with tempfile.TemporaryDirectory(prefix="merge-") as work:
        folder = Path(work) / "in"
        make_files(libfuzzer, folder, args.f)
        for number in range(args.n):
            cost = {}
            order = list(programs) if number % 2 else list(programs)[::-1]
            for engine in order:
                # New each time: nothing is known yet, and file systems are
                # slow to give out again what was removed a moment ago.
                out = Path(work) / f"out-{engine}-{number}"
                out.mkdir()
                cost[engine] = cpu_of(merge_argv(
                    engine, programs[engine], args, out, folder, libfuzzer),
                    work, Path(work) / f"cache-{number}")
                kept[engine] = len(kit.files_below(out))
                costs[engine].append(cost[engine])
            ratios.append(cost["thresh"] / cost["libFuzzer"])
        every = edges(cover, folder)
        lost = {engine: every - edges(cover, Path(work) / f"out-{engine}-0")
                for engine in programs}
    print(f"{name:8} {statistics.median(costs['libFuzzer']):8.2f} "
          f"{statistics.median(costs['thresh']):8.2f} "
          f"{statistics.median(ratios):6.2f} ({min(ratios):.2f} to "
          f"{max(ratios):.2f})  files kept {kept['libFuzzer']}, "
          f"{kept['thresh']}  edges lost {lost['libFuzzer']}, "
          f"{lost['thresh']} of {every}", flush=True)
    return lost["thresh"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5, help="rounds")
    parser.add_argument("-f", type=int, default=5000, help="files")
    parser.add_argument("-t", default="cjson,libyaml,zlib", help="targets")
    parser.add_argument("-b", default=str(kit.HERE.parent / "build"))
    args = parser.parse_args()
    targets = kit.Kit(kit.OWN_KIT)
    print("target   libFuzzer  thresh  ratio of CPU seconds")
    lost = sum(compare(targets, name, args)
               for name in targets.choose(args.t))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
