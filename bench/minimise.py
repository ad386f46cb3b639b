#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Minimising one input that kills its process: 10 KiB of which 12 bytes matter.
# Thresh (-fuzz with the input in the cache, which confirms and minimises it),
# libFuzzer's -minimize_crash=1 and afl-tmin, each as a plain and as an ASan
# build; what is not installed is skipped. Tells the size reached, the calls of
# the target and the wall time, median of the rounds, of which the engines take
# turns in each.
#
#   bench/minimise.py [-n ROUNDS] [-t SECONDS] [-b BUILD]
import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZE, NEEDED = 10240, b"ABCDEFGHIJKL"


def lethal_input():
    data = bytearray(b"." * SIZE)
    for i, c in enumerate(NEEDED):
        data[i * SIZE // len(NEEDED) + 7 * i] = c
    return bytes(data)


class Thresh:
    def __init__(self, name, compiler, build):
        self.name = name
        self.cc = [build / "thresh", "cc", f"--compiler={compiler}"]

    def is_there(self):
        return (Path(self.cc[0]).exists()
                and shutil.which(self.cc[-1].split("=")[1]))

    def run(self, program, where, env, limit):
        cache = where / "cache" / program.name
        cache.mkdir(parents=True)
        (cache / "input").write_bytes(lethal_input())
        subprocess.run([program, "-fuzz=.", "-fuzztime=1x", "-parallel=1",
                        f"-fuzzminimizetime={limit}s", "-cachedir=cache"],
                       cwd=where, env=env, capture_output=True)
        saved = list((where / "testdata/fuzz" / program.name).iterdir())
        return saved[0].read_bytes()


class LibFuzzer:
    name = "libFuzzer"
    cc = ["clang", "-fsanitize=fuzzer"]

    def is_there(self):
        return shutil.which("clang")

    def run(self, program, where, env, limit):
        (where / "input").write_bytes(lethal_input())
        subprocess.run([program, "-minimize_crash=1", f"-max_total_time={limit}",
                        "-exact_artifact_path=least", "input"],
                       cwd=where, env=env, capture_output=True)
        least = where / "least"
        return least.read_bytes() if least.exists() else lethal_input()


class AflTmin:
    name = "afl-tmin"
    cc = ["afl-clang-fast", "-fsanitize=fuzzer"]

    def is_there(self):
        return shutil.which("afl-tmin") and shutil.which("afl-clang-fast")

    def run(self, program, where, env, limit):
        (where / "input").write_bytes(lethal_input())
        env = {**env, "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
               "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1"}
        subprocess.run(["timeout", str(limit), "afl-tmin", "-i", "input", "-o",
                        "least", "-m", "none", "--", program],
                       cwd=where, env=env, capture_output=True)
        least = where / "least"
        return least.read_bytes() if least.exists() else lethal_input()


def compile_lethal(engine, work, asan):
    program = work / f"{engine.name.replace(' ', '-')}{'-asan' if asan else ''}"
    flags = ["-fsanitize=address"] if asan else []
    done = subprocess.run([*engine.cc, "-g", "-O1", *flags,
                           HERE / "lethal.c", "-o", program],
                          capture_output=True, text=True)
    if done.returncode:
        print(f"{engine.name}: does not build:\n{done.stderr}")
        return None
    return program


def measure(engine, program, work, limit):
    where = Path(tempfile.mkdtemp(dir=work))
    tries = where / "tries"
    env = {**os.environ, "TRIES": str(tries)}
    start = time.monotonic()
    least = engine.run(program, where, env, limit)
    seconds = time.monotonic() - start
    count = tries.stat().st_size if tries.exists() else 0
    shutil.rmtree(where)
    return len(least), count, seconds


def main():
    parser = argparse.ArgumentParser(description="Minimising a lethal input.")
    parser.add_argument("-n", type=int, default=3, metavar="ROUNDS")
    parser.add_argument("-t", type=int, default=60, metavar="SECONDS",
                        help="limit of one run")
    parser.add_argument("-b", type=Path, default=HERE.parent / "build",
                        metavar="BUILD")
    args = parser.parse_args()
    build = args.b.resolve()
    engines = [Thresh("thresh gcc", "gcc", build),
               Thresh("thresh clang", "clang", build), LibFuzzer(), AflTmin()]
    with tempfile.TemporaryDirectory(prefix="minimise-") as name:
        work = Path(name)
        runs = []
        for engine in engines:
            if not engine.is_there():
                print(f"{engine.name}: not installed, skipped")
                continue
            for asan in (False, True):
                program = compile_lethal(engine, work, asan)
                if program:
                    runs.append((engine, program, asan, []))
        for _ in range(args.n):
            for engine, program, _, results in runs:
                results.append(measure(engine, program, work, args.t))
        print(f"{'engine':14}{'build':7}{'bytes':>7}{'calls':>8}{'seconds':>9}")
        for engine, _, asan, results in runs:
            size, calls, seconds = (statistics.median(r[i] for r in results)
                                    for i in range(3))
            print(f"{engine.name:14}{'ASan' if asan else 'plain':7}{size:7.0f}"
                  f"{calls:8.0f}{seconds:9.2f}")


if __name__ == "__main__":
    main()
