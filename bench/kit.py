# SPDX-License-Identifier: MIT
"""Targets for benchmarks, the engines' ways to build them, and the neutral
measure.

A kit is a directory of targets. KIT/NAME/build.sh takes CC=, CFLAGS=, ENGINE=,
LDFLAGS=, OUT= and JOBS= and leaves in OUT the program NAME, its first inputs in
NAME.seeds/, its settings in NAME.conf (MAX_LEN=...), and perhaps a dictionary
NAME.dict. What has been built is kept, under a name made from everything it
was made from.
"""
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OWN_KIT = HERE / "targets"
COVER_FLAGS = "-O1 -g -fsanitize-coverage=edge,trace-pc-guard,no-prune"


def work_directory():
    """Where builds and results are kept."""
    base = os.environ.get("THRESH_BENCH_WORK")
    path = Path(base) if base else HERE.parent / "build" / "bench"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


@contextlib.contextmanager
def locked(path):
    """One at a time: kits unpack and configure sources beside each other."""
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest(*parts):
    """A short name for texts and the contents of files and directories."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            files = ([part] if part.is_file() else
                     sorted(p for p in part.rglob("*") if p.is_file()))
            for file in files:
                total.update(str(file.relative_to(part)).encode() + b"\0")
                total.update(file.read_bytes())
        else:
            total.update(str(part).encode() + b"\0")
    return total.hexdigest()[:16]


class Target:
    """A built target."""

    def __init__(self, folder, name):
        self.name, self.program = name, folder / name
        self.seeds = folder / f"{name}.seeds"
        self.dict = folder / f"{name}.dict"
        conf = folder / f"{name}.conf"
        found = re.search(r"^MAX_LEN=(\d+)",
                          conf.read_text() if conf.exists() else "", re.M)
        self.max_len = int(found[1]) if found else 4096


class Kit:
    def __init__(self, path):
        self.path = Path(path).resolve()
        self.work = work_directory()

    def names(self):
        return sorted(p.parent.name for p in self.path.glob("*/build.sh"))

    def choose(self, wanted):
        """The targets of a comma-separated list, or all."""
        names = self.names()
        if not names:
            sys.exit(f"{self.path}: no NAME/build.sh in it")
        if not wanted:
            return names
        chosen = wanted.split(",")
        unknown = set(chosen) - set(names)
        if unknown:
            sys.exit(f"{self.path} has no {', '.join(sorted(unknown))}; "
                     f"it has {', '.join(names)}")
        return chosen

    def build(self, name, how, env=None, identity=()):
        """Builds a target unless it has been built like that before. `how` has
        CC, CFLAGS, ENGINE and so on; `identity` is what else it depends on."""
        helpers = [p for p in sorted(self.path.glob("*")) if p.is_file()]
        key = digest(name, sorted(how.items()), *identity,
                     self.path / name, *helpers)
        out = self.work / "programs" / f"{name}-{key}"
        with locked(self.work / "lock"):
            if not out.exists():
                fresh = out.with_suffix(".new")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(parents=True)
                self.run_build(name, how, fresh, env or {})
                fresh.rename(out)
        return Target(out, name)

    def run_build(self, name, how, out, env):
        # An empty ENGINE would be replaced by a default.
        settings = {"JOBS": "2", **how, "OUT": str(out)}
        settings["ENGINE"] = settings.get("ENGINE") or " "
        log = out.parent / f"{name}.log"
        with open(log, "wb") as file:
            done = subprocess.run(
                ["bash", self.path / name / "build.sh",
                 *(f"{k}={v}" for k, v in settings.items())],
                env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT, check=False)
        if done.returncode or not (out / name).exists():
            print(log.read_text(errors="replace")[-2000:], file=sys.stderr)
            raise RuntimeError(f"{name} can't be built; see {log}")

    def cover(self, name):
        """The build for the neutral measure."""
        source = HERE / "cover.c"
        driver = self.work / f"cover-{digest(source)}.o"
        if not driver.exists():
            made = driver.with_suffix(f".{os.getpid()}.o")
            subprocess.run(["clang", "-O2", "-c", source, "-o", made],
                           check=True)
            made.rename(driver)
        return self.build(name, {"CC": "clang", "CFLAGS": COVER_FLAGS,
                                 "ENGINE": str(driver)})


def measure(cover, files):
    """The edges of (label, path) pairs, in this order: the number after each
    label, and the total number of edges of the program."""
    lines = "".join(f"{label}\t{path}\n" for label, path in files)
    text = subprocess.run([cover.program], input=lines, text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    counts = {label: int(n)
              for label, n in re.findall(r"^(.*)\t(\d+)$", text, re.M)}
    return counts, int(re.search(r"^of (\d+) edges", text, re.M)[1])


def files_below(folder):
    """The files of a corpus; names that start with a dot are an engine's own."""
    return sorted(p for p in Path(folder).rglob("*") if p.is_file()
                  and not any(part.startswith(".")
                              for part in p.relative_to(folder).parts))
