#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs libFuzzer's own regression tests (compiler-rt/test/fuzzer of Debian's
llvm-toolchain source package) with Thresh as the engine, with libFuzzer itself,
or with both, and prints which pass.

    lit.py --build BUILD [--engine thresh|libfuzzer|both] [--work DIR] [NAME...]

The sources are fetched by apt-get once and kept in the work directory; nothing
of them is part of this project. Needs clang, FileCheck and not (llvm-14). Reads
the RUN lines by itself: lit is not packaged with what its configuration needs.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "cmake/debian-source.sh"
PACKAGE, VERSION = "llvm-toolchain-14", "14"
FEATURES = {"linux", "x86_64", "msan", "lsan"}
TIMEOUT_S = 300


def fetch(work):
    """The directory of the tests, unpacked."""
    folder = work / "src" / "compiler-rt" / "test" / "fuzzer"
    if folder.is_dir():
        return folder
    tars = glob.glob(str(work / f"{PACKAGE}_*.orig.tar.xz"))
    if not tars:
        subprocess.run(["sh", SOURCE, PACKAGE], cwd=work, check=True)
        tars = glob.glob(str(work / f"{PACKAGE}_*.orig.tar.xz"))
    (work / "src").mkdir(exist_ok=True)
    subprocess.run(["tar", "xJf", tars[0], "-C", work / "src", "--wildcards",
                    "*/compiler-rt/test/fuzzer/*",
                    "*/compiler-rt/lib/fuzzer/*.h",
                    "*/compiler-rt/lib/fuzzer/*.def",
                    "--strip-components=1"], check=True)
    return folder


def compilers(engine, build, folder):
    """lit's substitutions for compilers."""
    include = f"-I{folder}/../../lib/fuzzer"
    plain = f"-O2 -gline-tables-only {include}"
    if engine == "libfuzzer":
        c, cxx, fuzzer = "clang", "clang++", ",fuzzer"
    else:
        c = f"{build}/thresh cc --compiler=clang"
        cxx = f"{build}/thresh c++ --compiler=clang++"
        fuzzer = ",fuzzer"
    return {
        "%cpp_compiler": f"{cxx} {plain} -fsanitize=address{fuzzer}",
        "%c_compiler": f"{c} {plain} -fsanitize=address{fuzzer}",
        "%no_fuzzer_cpp_compiler": f"clang++ {plain} -fsanitize=address",
        "%no_fuzzer_c_compiler": f"clang {plain} -fsanitize=address",
        "%msan_compiler": f"{cxx} {plain} -fsanitize=memory{fuzzer}",
    }


def conditions(text, word):
    return [w.strip() for line in re.findall(rf"{word}: *(.*)", text)
            for w in line.split(",")]


def unsuitable(text):
    """Why a test is not to be run here, or None."""
    for need in conditions(text, "REQUIRES"):
        if need not in FEATURES:
            return f"requires {need}"
    for bad in conditions(text, "UNSUPPORTED"):
        if bad in FEATURES:
            return f"unsupported on {bad}"
    if re.search(r"^.*RUN: false", text, re.M) or "XFAIL: *" in text:
        return "disabled there, too"
    return None


def script_of(path, text, engine, args):
    """The RUN lines as one shell script."""
    temp = args.work / "run" / engine / path.name
    shutil.rmtree(temp, ignore_errors=True)
    temp.mkdir(parents=True)
    lines, joined = [], ""
    for line in re.findall(r"RUN: *(.*)", text):
        joined += line.rstrip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        lines.append(joined)
        joined = ""
    table = compilers(engine, args.build, path.parent)
    out = ["set -e", "set -o pipefail"]
    for line in lines:
        for key in sorted(table, key=len, reverse=True):
            line = line.replace(key, table[key])
        if engine == "thresh" and "%no_fuzzer" not in text:
            # without any argument, or with none but -seed and the like, it
            # would run saved inputs as tests
            line = re.sub(r"%run (\S+)((?: -(?:seed|timeout|dict)=\S+)*)"
                          r"(?= *(?:$|2>|[|>&;]))", r"\1 --\2", line)
        line = line.replace("%run ", "").replace("%env_asan_opts=",
                                                 "env ASAN_OPTIONS=")
        line = re.sub(r"%ld_flags_rpath_so\d?", "", line)
        line = re.sub(r"%ld_flags_rpath_exe(\d?)",
                      rf"-Wl,-rpath,{temp} {temp}/t.dso\1", line)
        line = re.sub(r"%dynamiclib(\d?)", rf"{temp}/t.dso\1", line)
        line = line.replace("%python", sys.executable)
        line = line.replace("%libfuzzer_src", f"{path.parent}/../../lib/fuzzer")
        line = line.replace("%tmp", str(temp))
        line = re.sub(r"%s\b", str(path), line)
        line = re.sub(r"%S\b", str(path.parent), line)
        line = re.sub(r"%t(?![a-z])", str(temp / "t"), line)
        line = re.sub(r"%t", str(temp / "t"), line)
        out.append(line)
    return "\n".join(out), temp


def run_test(path, engine, args):
    text = path.read_text(errors="replace")
    why = unsuitable(text)
    if why:
        return "skip", why
    script, temp = script_of(path, text, engine, args)
    env = {**os.environ, "PATH": f"{args.tools}:{os.environ['PATH']}",
           "ASAN_OPTIONS": "detect_leaks=1"}
    (temp / "script").write_text(script)
    with open(temp / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(["bash", "-x", "script"], cwd=temp, env=env,
                                   stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            code = process.wait(timeout=args.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return "FAIL", "takes too long"
    if code == 0:
        return "pass", ""
    log = (temp / "log").read_text(errors="replace")
    steps = [line for line in log.splitlines() if line.startswith("+ ")]
    missing = re.findall(r"error: (\S+: .*)", log)
    return "FAIL", (missing[-1] if missing else steps[-1] if steps else "")[:150]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--work", type=Path,
                        default=Path(os.environ.get("TMPDIR", "/tmp")) /
                        "thresh-lit")
    parser.add_argument("--engine", default="both",
                        choices=["thresh", "libfuzzer", "both"])
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=TIMEOUT_S)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.build, args.work = args.build.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    args.tools = f"/usr/lib/llvm-{VERSION}/bin"
    folder = fetch(args.work)
    engines = (["libfuzzer", "thresh"] if args.engine == "both"
               else [args.engine])
    paths = [p for p in sorted(folder.glob("*.test"))
             if not args.names or p.stem in args.names]
    passed = dict.fromkeys(engines, 0)
    counted = 0
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        jobs = [(path, [pool.submit(run_test, path, e, args) for e in engines])
                for path in paths]
        for path, results in jobs:
            results = [r.result() for r in results]
            counted += any(r[0] != "skip" for r in results)
            for engine, (outcome, _) in zip(engines, results):
                passed[engine] += outcome == "pass"
            print(f"{path.stem:40}", *(f"{e}: {o:5}" for e, (o, _) in
                                       zip(engines, results)),
                  *(why for o, why in results if o != "pass"), sep="  ",
                  flush=True)
    print(f"{counted} tests;", *(f"{e}: {n} pass" for e, n in passed.items()))


if __name__ == "__main__":
    main()
