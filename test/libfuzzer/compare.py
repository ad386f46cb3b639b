#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Thresh beside clang's libFuzzer: runs the tests of libFuzzer's mode
(test/script/test_libfuzzer*.py) with Thresh in their harnesses, built by gcc
and by clang, and with libFuzzer itself, and compares what came of each run:
what the test says of it, and besides its exit code, the artifacts and other
files that it leaves, and which of the lines that programs parse it prints.

    compare.py --build BUILD [--work DIR] [pytest arguments...]

Prints a line for each test. A difference needs a reason, which stands at the
test: @unlike("..."). One without a reason, a reason without a difference, or a
test that Thresh fails make the exit code 1.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "script"
ENGINES = {"libfuzzer": {"THRESH_ENGINE": "libfuzzer"},
           "gcc": {"THRESH_COMPILER": "gcc"},
           "clang": {"THRESH_COMPILER": "clang"}}

# The lines of libFuzzer that programs parse, whole; those whose coming is luck
# (NEW, REDUCE, pulse, ...) are matched by the tests where they must come.
LINES = """
INFO: Seed: \\d+
INFO: Loaded \\d+ modules   \\(\\d+ .*\\): (\\d+ \\[0x[0-9a-f]+, 0x[0-9a-f]+\\), )+
INFO: +\\d+ files found in .*
INFO: -max_len is not provided; libFuzzer will not generate inputs larger .*
INFO: A corpus is not provided, starting from an empty corpus
INFO: seed corpus: files: \\d+ min: \\d+b max: \\d+b total: \\d+b rss: \\d+Mb
INFO: Loaded \\d+ PC tables \\(\\d+ PCs\\): (\\d+ \\[0x[0-9a-f]+,0x[0-9a-f]+\\), )+
INFO: found LLVMFuzzerCustomMutator \\(0x[0-9a-f]+\\)\\. Disabling -len_control .*
INFO: libFuzzer ignores flags that start with '--'
INFO: found (line matching|item with checksum) .*, exiting\\.
INFO: -fork=\\d+: fuzzing in separate process\\(s\\)
INFO: exiting: \\d+ time: \\d+s
.*INFO: signal received, trying to exit gracefully
INFO: Merge requires two or more corpus dirs
WARNING: unrecognized flag .*; use -help=1 to list all flags
WARNING: no interesting inputs were found so far\\. .*
ERROR: no interesting inputs were found\\. .*
ERROR: The required directory .* does not exist
Not a directory: .*; exiting
Dictionary: \\d+ entries
#\\d+\\tINITED( cov: \\d+ ft: \\d+ corp: \\d+/\\d+b)? exec/s: \\d+ rss: \\d+Mb
#\\d+\\tDONE  ( cov: \\d+ ft: \\d+ corp: \\d+/\\d+b)? lim: \\d+ exec/s: .*
Done \\d+ runs in \\d+ second\\(s\\)
ALARM: working on the last Unit for \\d+ seconds
       and the timeout value is \\d+ \\(use -timeout=N to change\\)
==\\d+== ERROR: libFuzzer: deadly signal
==\\d+== ERROR: libFuzzer: timeout after \\d+ seconds
==\\d+== ERROR: libFuzzer: out-of-memory \\(used: \\d+Mb; limit: \\d+Mb\\)
==\\d+== ERROR: libFuzzer: out-of-memory \\(malloc\\(\\d+\\)\\)
==\\d+== ERROR: libFuzzer: fuzz target exited
==\\d+== ERROR: libFuzzer: fuzz target overwrites its const input
==\\d+==ERROR: AddressSanitizer: .*
==\\d+==ERROR: LeakSanitizer: .*
.*==\\d+== libFuzzer: run interrupted; exiting
.*==\\d+== INFO: libFuzzer: exiting as requested
SUMMARY: libFuzzer: deadly signal
SUMMARY: libFuzzer: timeout
SUMMARY: libFuzzer: out-of-memory
SUMMARY: libFuzzer: fuzz target exited
SUMMARY: libFuzzer: overwrites-const-input
SUMMARY: AddressSanitizer: .*
MS: \\d+ .*; base unit: [0-9a-f]{40}
artifact_prefix='.*'; Test unit written to .*
Base64: .*
stat::number_of_executed_units: \\d+
stat::average_exec_per_sec:     \\d+
stat::new_units_added:          \\d+
stat::slowest_unit_time_sec:    \\d+
stat::peak_rss_mb:              \\d+
Slowest unit: \\d+ s:
.*: Running \\d+ inputs \\d+ time\\(s\\) each\\.
Running: .*
Executed .* in \\d+ ms
\\*\\*\\* NOTE: fuzzing was not performed, you have only
COVERAGE:
FULL COVERAGE:
MERGE-OUTER: \\d+ files, \\d+ in the initial corpus, \\d+ processed earlier
MERGE-OUTER: \\d+ new files with \\d+ new features added; \\d+ new coverage edges
MERGE-OUTER: non-empty control file provided: .*
MERGE-OUTER: control file ok, \\d+ files total, first not processed file \\d+
MERGE-OUTER: bad control file, will overwrite it
MERGE-INNER: using the control file .*
MERGE-INNER: \\d+ total files; \\d+ processed earlier; will process \\d+ files now
CRASH_MIN: minimizing crash input: .* \\(\\d+ bytes\\)
CRASH_MIN: failed to minimize beyond .* \\(\\d+ bytes\\), exiting
CLEANSE\\[\\d+\\]: Trying to replace byte \\d+ of \\d+
CLEANSE: Replaced byte \\d+ with .*
""".strip().splitlines()


# Lines that differ everywhere, and why: there is no inner process of a merge
# with a control file of its own; gcc's arc counters have no PC table.
EVERYWHERE = ("MERGE-INNER: using the control file .*",
              next(line for line in LINES if "PC tables" in line))


def lines_in(text):
    """Which of the lines are there, as numbers."""
    return {i for i, line in enumerate(LINES) if line not in EVERYWHERE
            and re.search(rf"^{line}\s*$", text, re.M)}


def files_of(run):
    """What a run has left, without hashes; what it has found is luck."""
    return {re.sub(r"-[0-9a-f]{40}$", "-SHA1", name) for name in run["files"]
            if not re.search(r"(^|/)[0-9a-f]{40}$", name)}


def key_of(test):
    """A test without the compiler among its parameters."""
    file, name = re.sub(r" \(call\)$", "", test).split("::", 1)
    test = f"{file.rsplit('/', 1)[-1]}::{name}"
    test = re.sub(r"\[(gcc|clang)-", "[", test)
    return re.sub(r"\[(gcc|clang)\]", "", test)


def run_engine(name, args):
    """Runs all tests with an engine: results of tests, ends of their runs."""
    report, ends = args.work / f"{name}.xml", args.work / f"{name}.jsonl"
    ends.unlink(missing_ok=True)
    env = {**os.environ, "THRESH_BUILD": str(args.build),
           "THRESH_ENDS": str(ends), **ENGINES[name]}
    tests = sorted(str(p) for p in SCRIPTS.glob("test_libfuzzer*.py"))
    with open(args.work / f"{name}.log", "w", encoding="utf-8") as log:
        subprocess.run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
             f"--junitxml={report}", *args.pytest, *tests], cwd=SCRIPTS,
            env=env, stdout=log, stderr=log, check=False)
    results = {}
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        outcome = "pass"
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = "FAIL"
            elif child.tag == "skipped":
                outcome = "skip"
        notes = {p.get("name"): p.get("value") for p in case.iter("property")}
        name_of = f"{case.get('classname').rsplit('.', 1)[-1]}.py::"
        key = key_of(name_of + case.get("name"))
        if results.get(key, ("skip",))[0] == "skip":
            results[key] = (outcome, notes)
    runs = collections.defaultdict(list)
    for line in ends.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        runs[key_of(run["test"])].append(run)
    return results, runs


def difference(real, ours):
    """What two runs of the same command line differ in, as text; or ''."""
    if real["args"] != ours["args"]:
        return ""  # a test that asks for more luck
    said = []
    if real["code"] != ours["code"]:
        said.append(f"exit code {ours['code']} for {real['code']}")
    gone = files_of(real) - files_of(ours)
    more = files_of(ours) - files_of(real)
    if gone or more:
        said.append(f"files: {'-' + ' -'.join(sorted(gone)) if gone else ''}"
                    f"{' +' + ' +'.join(sorted(more)) if more else ''}")
    theirs, own = lines_in(real["err"]), lines_in(ours["err"])
    said += [f"no line: {LINES[i]}" for i in sorted(theirs - own)]
    said += [f"line: {LINES[i]}" for i in sorted(own - theirs)]
    return "; ".join(said)


def judge(key, result, args):
    """One test: what is printed of it, and whether that is as it should be."""
    real, notes = result["libfuzzer"][0].get(key, ("skip", {}))
    ours = {e: result[e][0].get(key, ("skip", {}))[0] for e in ("gcc", "clang")}
    if "FAIL" in ours.values():
        return f"Thresh fails: {ours}", False
    differs = ["the test"] if real == "FAIL" else []
    for engine in ours:
        for a, b in zip(result["libfuzzer"][1][key], result[engine][1][key]):
            text = difference(a, b)
            if text and (args.verbose or not differs):
                differs.append(f"{engine}: {' '.join(a['args'])}: {text}")
    reason = notes.get("unlike")
    if real == "skip" and not reason:
        return "not run", True
    if not result["libfuzzer"][1][key] and real == "pass" and not reason:
        return "runs nothing", True
    if differs and not reason:
        return "DIFFERS: " + " | ".join(differs), False
    if real != "skip" and reason and not differs and notes["always"] == "True":
        return f"NO LONGER DIFFERS: {reason}", False
    if differs or real == "skip":
        return "differs: " + reason + (
            f" [{' | '.join(differs)}]" if args.verbose else ""), True
    return "same", True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-b", "--build", type=Path, default=Path("build"))
    parser.add_argument("--work", type=Path)
    parser.add_argument("--verbose", action="store_true",
                        help="say what differs where a reason is given, too")
    args, args.pytest = parser.parse_known_args()
    args.build = args.build.resolve()
    with tempfile.TemporaryDirectory() as temp:
        args.work = (args.work or Path(temp)).resolve()
        args.work.mkdir(parents=True, exist_ok=True)
        result = {name: run_engine(name, args) for name in ENGINES}
    counts, right = collections.Counter(), True
    for key in sorted(set().union(*(r[0] for r in result.values()))):
        text, good = judge(key, result, args)
        counts[text.split(":")[0]] += 1
        right &= good
        print(f"{key.removeprefix('test_').replace('.py::test_', ': '):70} "
              f"{text}")
    print(", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
