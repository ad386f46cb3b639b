#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs libFuzzer's own regression tests (compiler-rt/test/fuzzer of Debian's
llvm-toolchain source package) with libFuzzer, and with Thresh in its place,
built by clang and by gcc, and prints which pass, and with --runs what came of
each run of each target: exit code, title, artifact, executions.

    lit.py --build BUILD [--engine libfuzzer|clang|gcc]... [--work DIR]
           [--runs] [NAME...]

The sources are fetched by apt-get once and kept in the work directory; nothing
of them is part of this project. Needs clang, FileCheck and not (llvm-14). Reads
the RUN lines by itself: lit is not packaged with what its configuration needs.
Every run ends: after --timeout seconds it is killed. The exit code is 1 if
Thresh fails a test that libFuzzer passes and for which no reason is known.
"""
import argparse
import concurrent.futures
import glob
import json
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
ENGINES = ["libfuzzer", "clang", "gcc"]

# Why Thresh does not pass a test that libFuzzer passes; see doc/libfuzzer.md.
SOONER = "finds what libFuzzer is expected to miss"
NO_TRACE = "-trace_malloc is not done"
REASONS = {
    "acquire-crash-state": "a target that reports by itself is reported of all "
                           "the same",
    "cross_over_uniform_dist": SOONER,
    "deprecated-instrumentation": "trace-pc-guard works here",
    "fuzzer-custommutator": "its last check wants a word (DE:) in a line that "
                            "has none here",
    "fuzzer-dict": SOONER,
    "fuzzer-timeout": "stacks end where the engine calls the target",
    "keep-seed": SOONER,
    "merge-posix": "ulimit -f is told in other words, no control file is needed",
    "minimize_two_crashes": "the failure is kept by its stack: no line of "
                            "tokens",
    "shrink": "solved, but not made as short as that in so few executions",
    "simple-cmp": SOONER,
    "symbolize-deadlock": "a worker needs less than these 20 Mb",
    "three-bytes": SOONER,
    "trace-malloc": NO_TRACE,
    "trace-malloc-2": NO_TRACE,
    "trace-malloc-threaded": NO_TRACE,
    "trace-malloc-unbalanced": NO_TRACE,
}
# And with gcc, besides. What needs flags that gcc lacks is REFUSED by itself.
NO_PLACES = "arc counters do not tell where they are"
GCC_REASONS = {
    "dso": "arc counters are counted as one module",
    "focus-function": NO_PLACES,
    "fork-ubsan": "gcc's UBSan words it otherwise: 1073741824 * 2",
    "full-coverage": NO_PLACES,
    "fuzzer-alignment-assumption": "gcc's UBSan knows no such assumptions",
    "fuzzer-printcovpcs": NO_PLACES,
    "merge_two_step": "gcc's program has fewer edges than the 11 of clang's",
    "print-func": NO_PLACES,
}


def reason(path, engine):
    """Why an engine does not pass it, if that is known."""
    if path.stem == "fuzzer-dirs" and os.geteuid() == 0:
        return "to root no directory is read-only"
    if engine == "libfuzzer":
        return None
    return (REASONS.get(path.stem)
            or (GCC_REASONS.get(path.stem) if engine == "gcc" else None))


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
                    "*/compiler-rt/lib/fuzzer/*",
                    "--strip-components=1"], check=True)
    return folder


def compilers(engine, build, folder):
    """lit's substitutions for compilers."""
    plain = f"-O2 -gline-tables-only -I{folder}/../../lib/fuzzer"
    if engine == "gcc":
        plain = plain.replace("-gline-tables-only", "-g1")
    c, cxx = {"libfuzzer": ("clang", "clang++"),
              "clang": (f"{build}/thresh cc --compiler=clang",
                        f"{build}/thresh c++ --compiler=clang++"),
              "gcc": (f"{build}/thresh cc --compiler=gcc",
                      f"{build}/thresh c++ --compiler=g++")}[engine]
    own = ("g++", "gcc") if engine == "gcc" else ("clang++", "clang")
    return {
        "%cpp_compiler": f"{cxx} {plain} -fsanitize=address,fuzzer",
        "%c_compiler": f"{c} {plain} -fsanitize=address,fuzzer",
        "%no_fuzzer_cpp_compiler": f"{own[0]} {plain} -fsanitize=address",
        "%no_fuzzer_c_compiler": f"{own[1]} {plain} -fsanitize=address",
        "%msan_compiler": f"{cxx} {plain} -fsanitize=memory,fuzzer",
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
        if engine != "libfuzzer" and "%no_fuzzer" not in text:
            # without any argument, or with none but -seed and the like, it
            # would run saved inputs as tests
            line = re.sub(r"%run (\S+)((?: -(?:seed|timeout|dict)=\S+)*)"
                          r"(?= *(?:$|2>|[|>&;]))", r"\1 --\2", line)
        # What is sent signals is run as it is.
        apart = "&" in line.replace("2>&1", "").replace("&&", "")
        # So is what may not write as much as notes need.
        watch = "" if apart or "ulimit" in line else (
            f"{sys.executable} {__file__} --watch {temp}/runs ")
        line = line.replace("%run ", watch)
        line = line.replace("%env_asan_opts=", "env ASAN_OPTIONS=")
        line = re.sub(r"%ld_flags_rpath_so\d?", "", line)
        line = re.sub(r"%ld_flags_rpath_exe(\d?)",
                      rf"-Wl,-rpath,{temp} {temp}/{path.name}.tmp.dso\1", line)
        line = re.sub(r"%dynamiclib(\d?)", rf"{temp}/{path.name}.tmp.dso\1", line)
        line = line.replace("%python", sys.executable)
        line = line.replace("%libfuzzer_src", f"{path.parent}/../../lib/fuzzer")
        line = line.replace("%tmp", str(temp)).replace("%T", str(temp))
        line = re.sub(r"%s\b", str(path), line)
        line = re.sub(r"%S\b", str(path.parent), line)
        line = re.sub(r"%t", f"{temp}/{path.name}.tmp", line)
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
            return "FAIL", reason(path, engine) or "takes too long"
    if code == 0:
        return "pass", ""
    if reason(path, engine):
        return "FAIL", reason(path, engine)
    log = (temp / "log").read_text(errors="replace")
    refused = re.findall(r"error: unrecognized (?:argument|command-line).*?"
                         r"(['‘].*)", log)
    if refused and engine == "gcc":
        return "REFUSED", f"gcc has no {refused[-1]}"
    steps = [line for line in log.splitlines() if line.startswith("+ ")]
    missing = re.findall(r"error: (\S+: .*)", log)
    return "FAIL", (missing[-1] if missing else steps[-1] if steps else "")[:150]


def watch():
    """Runs a program and notes what came of it: --watch FILE PROGRAM..."""
    note, argv = sys.argv[2], sys.argv[3:]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as process:
        text = b""
        for line in process.stderr:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
            text += line
    text = text.decode(errors="replace")
    title = re.findall(r"^SUMMARY: (\w+: [\w() -]+)", text, re.M)
    with open(note, "a", encoding="utf-8") as file:
        print(json.dumps({
            "target": re.sub(r"^.*\.test\.tmp-?", "", os.path.basename(argv[0])),
            "args": [os.path.basename(a) if a[0] == "/" else a
                     for a in argv[1:] if a],
            "code": process.returncode, "title": title[-1] if title else "",
            "solved": "BINGO" in text,
            "artifact": re.findall(r"Test unit written to \S*?(crash|leak|oom|"
                                   r"timeout|slow-unit|[\w.-]+$)", text, re.M),
            "execs": max(map(int, re.findall(r"^(?:#|stat::number_of_executed_"
                                             r"units: )(\d+)", text, re.M)),
                         default=0)}), file=file)
    if process.returncode < 0:
        os.kill(os.getpid(), -process.returncode)
    sys.exit(process.returncode)


def print_runs(path, engine, args):
    notes = args.work / "run" / engine / path.name / "runs"
    for line in notes.read_text().splitlines() if notes.exists() else ():
        run = json.loads(line)
        print(f"    {engine:10}{run['target']:30} code {run['code']:3} "
              f"{'BINGO ' if run['solved'] else ''}{run['title'] or '-'}"
              f"{'; ' + ', '.join(run['artifact']) if run['artifact'] else ''}"
              f"; {run['execs']} execs: {' '.join(run['args'])[:80]}")


def judge(path, results):
    """Prints a test's line. Whether it is as it should be: what fails does so
    with libFuzzer, too, or for a known reason; gcc may refuse clang's flags."""
    why = list(dict.fromkeys(why for o, why in results.values() if o != "pass"))
    print(f"{path.stem:40}", *(f"{e}: {o:7}" for e, (o, _) in results.items()),
          *why, sep="  ", flush=True)
    return (results.get("clang", ("pass",))[0] != "FAIL"
            or reason(path, "clang") is not None
            or results.get("libfuzzer", ("pass",))[0] == "FAIL")


def main():
    if sys.argv[1:2] == ["--watch"]:
        watch()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--work", type=Path,
                        default=Path(os.environ.get("TMPDIR", "/tmp")) /
                        "thresh-lit")
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--runs", action="store_true")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=TIMEOUT_S)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.build, args.work = args.build.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    args.tools = f"/usr/lib/llvm-{VERSION}/bin"
    folder = fetch(args.work)
    engines = args.engine or ENGINES
    paths = [p for p in sorted(folder.glob("*.test"))
             if not args.names or p.stem in args.names]
    passed = dict.fromkeys(engines, 0)
    counted, right = 0, True
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        jobs = [(path, [pool.submit(run_test, path, e, args) for e in engines])
                for path in paths]
        for path, results in jobs:
            results = [r.result() for r in results]
            counted += any(r[0] != "skip" for r in results)
            for engine, (outcome, _) in zip(engines, results):
                passed[engine] += outcome == "pass"
            right &= judge(path, dict(zip(engines, results)))
            if args.runs:
                for engine in engines:
                    print_runs(path, engine, args)
    print(f"{counted} tests;", *(f"{e}: {n} pass" for e, n in passed.items()))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
