#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds harnesses that Debian source packages carry, written for libFuzzer,
with the packages' own build systems and Thresh in its place, with gcc and with
clang; fuzzes each, merges what was found, and minimises: what failed, and an
input that is made to fail by a function that is linked around the harness.

    packages.py --build BUILD [--work DIR] [--seconds 60] [NAME...]

Fetches the sources by apt-get; nothing of them is part of this project. What
the packages themselves need to be built must be there: unicode-data and
python3-six for re2.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "cmake/debian-source.sh"
# Patched sources look newer than what was made of them.
NO_AUTO = "ACLOCAL=: AUTOMAKE=: AUTOCONF=: AUTOHEADER=:"

# Fails for inputs of at least 32 bytes with two equal ones at their ends. The
# linker puts it in the place of the harness, which it calls.
PLANTED = """
#include <stdint.h>
#include <stdlib.h>
int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int result = __real_LLVMFuzzerTestOneInput(data, size);
    if (size >= 32 && data[0] == data[size - 1])
        abort();
    return result;
}
"""
WRAP = "-Wl,--wrap=LLVMFuzzerTestOneInput planted.o"

# The package; how it is built (with $CC and $CXX), the last command linking the
# harness with $PLANT; the harness, its seeds.
PACKAGES = {
    # C; its makefile links with -fsanitize=fuzzer
    "libxml2": (["./configure --disable-shared --without-python --without-lzma "
                 "--without-zlib CFLAGS='-g -O1'",
                 f"make -j2 {NO_AUTO} libxml2.la",
                 f"make -C fuzz {NO_AUTO} genSeed",
                 f"make -C fuzz {NO_AUTO} seed/xpath.stamp",
                 f"rm -f fuzz/xpath; make -C fuzz {NO_AUTO} xpath "
                 f"LDFLAGS=\"$PLANT\""],
                "fuzz/xpath", "fuzz/seed/xpath"),
    # C; the harness is compiled by hand there, too
    "c-ares": (["./configure --disable-shared --disable-tests CFLAGS='-g -O1'",
                f"make -j2 {NO_AUTO}",
                "$CC -g -O1 -Iinclude -Isrc/lib -c test/ares-test-fuzz.c",
                "$CC -fsanitize=fuzzer $PLANT ares-test-fuzz.o "
                "src/lib/.libs/libcares.a -o fuzz-reply"],
               "fuzz-reply", "test/fuzzinput"),
    # C++ with FuzzedDataProvider
    "re2": (["make REBUILD_TABLES=1 re2/perl_groups.cc re2/unicode_groups.cc "
             "re2/unicode_casefold.cc",
             "make -j2 obj/libre2.a CXXFLAGS='-g -O1 -std=c++11 -pthread "
             "-Wno-sign-compare'",
             "$CXX -g -O1 -std=c++11 -pthread -I. -Ire2/fuzzing/compiler-rt/"
             "include -fsanitize=fuzzer $PLANT re2/fuzzing/re2_fuzzer.cc "
             "obj/libre2.a -o fuzz-re2"],
            "fuzz-re2", None),
}
TIMEOUT_S = 1800


def fetch(name, work):
    folder = work / name
    if not folder.is_dir():
        (work / "dl").mkdir(exist_ok=True)
        subprocess.run(["sh", SOURCE, name], cwd=work / "dl", check=True)
        dsc, = glob.glob(str(work / "dl" / f"{name}_*.dsc"))
        subprocess.run(["dpkg-source", "-x", "--no-check", dsc, folder],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return folder


def shell(command, folder, env, log, **options):
    with open(log, "ab") as out:
        return subprocess.run(["sh", "-c", command], cwd=folder, env=env,
                              stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                              timeout=TIMEOUT_S, **options).returncode


def minimise(folder, harness, file, env, log):
    """Makes a failing file smaller; what came of it, as text."""
    small = folder / "small"
    small.unlink(missing_ok=True)
    code = shell(f"{folder / harness} -minimize_crash=1 -max_total_time=30 "
                 f"-exact_artifact_path=small {file}", folder, env, log)
    return (f"minimised {code}: {(folder / file).stat().st_size} -> "
            f"{small.stat().st_size if small.exists() else '?'} bytes")


def minimise_planted(folder, harness, command, env, log):
    """The same with a failure of our own, in the greatest input found."""
    (folder / "planted.c").write_text(PLANTED)
    plant = WRAP.replace("planted", str(folder / "planted"))
    if (shell("$CC -g -O1 -c planted.c", folder, env, log) or
            shell(command, folder, {**env, "PLANT": plant}, log)):
        return "does not link with a planted failure"
    data = bytearray(max((p.read_bytes() for p in (folder / "out").iterdir()),
                         key=len)[:2000].ljust(32, b" "))
    data[-1] = data[0]
    (folder / "planted.in").write_bytes(data)
    return "planted: " + minimise(folder, harness, "planted.in", env, log)


def run_harness(name, compiler, args):
    source = fetch(name, args.work)
    commands, harness, seeds = PACKAGES[name]
    folder = args.work / f"{name}-{compiler}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, symlinks=True)
    cxx = {"gcc": "g++", "clang": "clang++"}[compiler]
    env = {**os.environ, "CC": f"{args.build}/thresh cc --compiler={compiler}",
           "CXX": f"{args.build}/thresh c++ --compiler={cxx}",
           "PLANT": ""}
    log = folder / "log"
    for command in commands:
        if shell(command, folder, env, log):
            return f"does not build: {command[:50]}"
    for made in ("out", "merged", "art"):
        (folder / made).mkdir()
    inputs = f"out {seeds}" if seeds else "out"
    code = shell(f"{folder / harness} -max_total_time={args.seconds} "
                 f"-print_final_stats=1 -artifact_prefix=art/ -timeout=25 "
                 f"-fork=1 -ignore_crashes=1 {inputs}", folder, env, log)
    text = log.read_text(errors="replace")
    execs = re.findall(r"stat::number_of_executed_units: (\d+)", text)
    edges = re.findall(r"cov: (\d+)", text)
    result = (f"exit code {code}, {execs[-1] if execs else '?'} executions, "
              f"cov {edges[-1] if edges else '?'}")
    code = shell(f"{folder / harness} -merge=1 merged {inputs}", folder, env,
                 log)
    merged = re.findall(r"MERGE-OUTER: (\d+) new files",
                        log.read_text(errors="replace"))
    result += f", merge {code}: {merged[-1] if merged else '?'} files"
    failures = sorted((folder / "art").iterdir())
    result += f", {len(failures)} failures"
    for failure in failures[:1]:
        file = f"art/{failure.name}"
        result += ", " + minimise(folder, harness, file, env, log)
    result += ", " + minimise_planted(folder, harness, commands[-1], env, log)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--work", type=Path,
                        default=Path(os.environ.get("TMPDIR", "/tmp")) /
                        "thresh-packages")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--compiler", choices=["gcc", "clang"])
    parser.add_argument("names", nargs="*", default=list(PACKAGES))
    args = parser.parse_args()
    args.build, args.work = args.build.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    for name in args.names or PACKAGES:
        for compiler in [args.compiler] if args.compiler else ["gcc", "clang"]:
            print(f"{name:10} {compiler:6} {run_harness(name, compiler, args)}",
                  flush=True)


if __name__ == "__main__":
    main()
