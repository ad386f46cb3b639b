# SPDX-License-Identifier: MIT
"""The engines that are compared: how each builds a target, how it is run, where
its inputs appear, and how many executions it says it has done.

An engine runs in a directory of its own. `again` tells that it ends at a crash
and is to be started anew until its budget is spent.
"""
import re
import shutil
import sys
from pathlib import Path

import kit

OPTIMISE = "-O2 -g"


class Thresh:
    """A build of Thresh with one compiler."""

    again = False

    def __init__(self, build, compiler, name=None):
        self.name = name or f"thresh {compiler}"
        self.compiler = compiler
        self.home = keep_build(Path(build))

    def build(self, targets, name):
        how = {"CC": f"{self.home}/thresh cc --compiler={self.compiler}",
               "CFLAGS": OPTIMISE}
        return targets.build(name, how, identity=[self.home.name])

    def prepare(self, target, folder):
        shutil.copytree(target.seeds, folder / "testdata" / target.name)

    def command(self, target, seed):
        return [target.program, "-fuzz=.", "-keepfuzzing", "-parallel=1",
                f"-seed={seed}", f"-maxlen={target.max_len}",
                # Making failures simple is no part of the search.
                "-fuzzminimizetime=0x", "-inputtimeout=5s",
                "-cachedir=cache", "-testdata=testdata"]

    def inputs(self, folder):
        return kit.files_below(folder / "cache") + \
            kit.files_below(folder / "testdata")

    def executions(self, folder, log):
        found = re.findall(r"execs: (\d+)", log)
        return int(found[-1]) if found else 0


class LibFuzzer:
    again = True
    name = "libFuzzer"

    def __init__(self, *options, name=None):
        self.options = options
        self.name = name or self.name

    def build(self, targets, name):
        return targets.build(name, {
            "CC": "clang", "CFLAGS": f"{OPTIMISE} -fsanitize=fuzzer-no-link",
            "ENGINE": "-fsanitize=fuzzer"})

    def prepare(self, target, folder):
        (folder / "corpus").mkdir()
        (folder / "artifacts").mkdir()

    def command(self, target, seed):
        words = [f"-dict={target.dict}"] if target.dict.exists() else []
        return [target.program, f"-seed={seed}", "-timeout=5",
                f"-max_len={target.max_len}", "-rss_limit_mb=2048",
                "-print_final_stats=1", "-artifact_prefix=artifacts/",
                *self.options, *words, "corpus", target.seeds]

    def inputs(self, folder):
        return kit.files_below(folder / "corpus") + \
            kit.files_below(folder / "artifacts")

    def executions(self, folder, log):
        return sum(int(n) for n in
                   re.findall(r"stat::number_of_executed_units: (\d+)", log))


class Afl:
    """AFL++ with CmpLog, in one binary: Debian's version finds nothing with a
    CmpLog binary of its own."""

    again = False
    name = "AFL++"
    ENV = {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
           "AFL_QUIET": "1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
           "AFL_NO_STARTUP_CALIBRATION": "1"}

    def build(self, targets, name):
        return targets.build(
            name, {"CC": "afl-clang-fast", "CFLAGS": OPTIMISE,
                   "ENGINE": "/usr/lib/afl/libAFLDriver.a",
                   "LDFLAGS": "-lstdc++"},
            env={"AFL_QUIET": "1", "AFL_LLVM_CMPLOG": "1"},
            identity=["cmplog"])

    def prepare(self, target, folder):
        (folder / "in").mkdir()
        for seed in kit.files_below(target.seeds):
            data = seed.read_bytes()[:target.max_len]
            (folder / "in" / seed.name).write_bytes(data or b"\0")

    def command(self, target, seed):
        words = ["-x", target.dict] if target.dict.exists() else []
        return ["afl-fuzz", "-i", "in", "-o", "out", "-s", str(seed),
                "-t", "5000+", "-m", "none", "-G", str(target.max_len),
                "-c", "0", "-l", "2", *words, "--", target.program]

    def inputs(self, folder):
        found = []
        for kind in ("queue", "crashes", "hangs"):
            below = folder / "out" / "default" / kind
            if below.is_dir():
                found += [p for p in kit.files_below(below)
                          if p.name != "README.txt"]
        return found

    def executions(self, folder, log):
        stats = folder / "out" / "default" / "fuzzer_stats"
        found = re.search(r"^execs_done *: (\d+)",
                          stats.read_text() if stats.exists() else "", re.M)
        return int(found[1]) if found else 0


def keep_build(build):
    """A copy of what a build of Thresh needs to compile targets, so that it may
    be rebuilt while targets of the old one run."""
    parts = [p for p in sorted(build.glob("*thresh*")) if p.is_file()
             and not p.name.endswith(".o")]
    if not (build / "thresh").is_file() or \
            not (build / "libthresh.a").is_file():
        sys.exit(f"{build}: no build of Thresh (thresh, libthresh.a)")
    home = kit.work_directory() / "thresh" / kit.digest(
        *parts, build / "include")
    if not home.exists():
        fresh = home.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for part in parts:
            shutil.copy2(part, fresh / part.name)
        shutil.copytree(build / "include", fresh / "include")
        fresh.rename(home)
    return home
