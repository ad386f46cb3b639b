#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Executions per CPU-second of Thresh (gcc and clang builds) beside libFuzzer,
# one worker each, on a target that does nothing and on targets that do the same
# work in every execution. The engines take turns within each round; the ratio
# is taken inside a round, and the table gives minimum, median and maximum of
# the rounds. CPU time is user + system of the whole process tree.
#
#   bench/speed.py [-n ROUNDS] [-s SECONDS] [-b BUILD] [-o BUILD] [TARGET...]
#
# With -o the peer is another build of Thresh, compiler by compiler: what a
# change costs.
#
# Targets: empty, tokenizer, libyaml. The latter's source is $LIBYAML_SOURCE, or
# what bench/instrumentation.sh has fetched; without it libyaml is skipped.
import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RENAME = "-DLLVMFuzzerTestOneInput=fixed_target"


def document(work, name):
    """A text of 1 KiB that keeps the target busy."""
    if name == "tokenizer":
        text = "".join(
            f'struct item{i} {{ name: "value\\n{i}", size: 0x1f_{i} Ki }};\n'
            f"if (count{i} >= 12k && flags != 0) {{ return a->b[{i}]; }}\n"
            for i in range(20))
    else:
        text = "".join(
            f'item{i}: &anchor{i}\n'
            f'  - {{name: "value {i}", size: 0x1f, list: [1, 2.5, ~]}}\n'
            f'  - key: !!str plain text of {i} # comment\n'
            f'  - *anchor{i}\n' for i in range(20))
    path = work / f"{name}.in"
    path.write_text(text[:1024])
    return path


def sources(work, name):
    """Files with their flags: (file, flags) pairs, or None to skip."""
    if name == "empty":
        return [(HERE / "empty.c", [])]
    fixed = (HERE / "fixed.c", [f'-DFIXED_DOCUMENT="{document(work, name)}"'])
    if name == "tokenizer":
        return [fixed, (HERE / "tokenizer.c", [RENAME])]
    yaml = Path(os.environ.get(
        "LIBYAML_SOURCE", ROOT / "build/bench/instrumentation/libyaml"))
    if not (yaml / "src").is_dir():
        return None
    flags = [f"-I{yaml}/include", "-DYAML_VERSION_MAJOR=0",
             "-DYAML_VERSION_MINOR=2", "-DYAML_VERSION_PATCH=5",
             '-DYAML_VERSION_STRING="0.2.5"']
    files = [(yaml / "src" / f"{f}.c", flags)
             for f in ("api", "reader", "scanner", "parser")]
    return [fixed, (HERE / "yaml_events.c", flags + [RENAME])] + files


def wrapper(build, compiler):
    return [str(build.resolve() / "thresh"), "cc", f"--compiler={compiler}"]


def engines(build, other):
    """The command that builds with each engine, and the peer of each."""
    ours = {f"thresh {c}": wrapper(build, c) for c in ("gcc", "clang")}
    if not other:
        return ({"libFuzzer": ["clang", "-fsanitize=fuzzer"], **ours},
                dict.fromkeys(["libFuzzer", *ours], "libFuzzer"))
    before = {f"other {c}": wrapper(other, c) for c in ("gcc", "clang")}
    return {**before, **ours}, {e: e.replace("thresh", "other")
                                for e in [*before, *ours]}


def compile_target(work, engine, command, name, files):
    out = work / f"{name}-{engine.replace(' ', '-')}"
    objects = []
    for i, (file, flags) in enumerate(files):
        objects.append(f"{out}-{i}.o")
        subprocess.run(command + ["-O2", "-g", "-w", *flags, "-c", str(file),
                                  "-o", objects[-1]], check=True)
    subprocess.run(command + ["-O2", "-g", *objects, "-o", str(out)],
                   check=True)
    return out


def run(engine, binary, seconds):
    """Executions per CPU-second of one run."""
    with tempfile.TemporaryDirectory() as scratch:
        if engine == "libFuzzer":
            command = [str(binary), f"-max_total_time={seconds}",
                       "-print_final_stats=1"]
            count = r"stat::number_of_executed_units: (\d+)"
        else:
            command = [str(binary), "-fuzz=.", f"-fuzztime={seconds}s",
                       "-parallel=1", f"-cachedir={scratch}/cache"]
            count = r"execs: (\d+)"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = subprocess.run(command, cwd=scratch, text=True,
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime -
           before.ru_utime - before.ru_stime)
    return int(re.findall(count, result.stdout)[-1]) / cpu


def spread(values):
    return (f"{statistics.median(values):.2f} "
            f"({min(values):.2f}-{max(values):.2f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("-s", type=int, default=3)
    parser.add_argument("-b", type=Path, default=ROOT / "build")
    parser.add_argument("-o", type=Path)
    parser.add_argument("target", nargs="*",
                        default=["empty", "tokenizer", "libyaml"])
    args = parser.parse_args()
    if not shutil.which("clang"):
        sys.exit("bench/speed.py: needs clang with libFuzzer "
                 "(clang, libclang-rt-dev)")
    commands, peers = engines(args.b, args.o)
    print("| target | engine | executions per CPU-second | ratio to the peer |"
          "\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for name in args.target:
            files = sources(work, name)
            if files is None:
                print(f"| {name} | skipped: no source | | |")
                continue
            built = {e: compile_target(work, e, c, name, files)
                     for e, c in commands.items()}
            speeds = {e: [] for e in built}
            for _ in range(args.n):
                for engine, binary in built.items():
                    speeds[engine].append(run(engine, binary, args.s))
            for engine, values in speeds.items():
                ratios = [v / b for v, b in zip(values, speeds[peers[engine]])]
                print(f"| {name} | {engine} | "
                      f"{statistics.median(values):.0f} | {spread(ratios)} |",
                      flush=True)


if __name__ == "__main__":
    main()
