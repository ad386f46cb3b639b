# SPDX-License-Identifier: MIT
"""libFuzzer's mode, how a run ends: report, artifact and exit code of every
kind of failure, and what the flags change about them."""
import base64
import re

import pytest
from fuzzing import links, programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    HARNESS, REAL, engine, lf, lf_both, sha1, unlike)

def limits(byte):
    """Memory takes its time on a busy machine."""
    return ("-timeout=1" if byte == "h" else "-timeout=60",
            "-rss_limit_mb=200", "-report_slow_units=0")



# What the harness does for a byte: kind of artifact, exit code, the line that
# says what happened, the summary.
ENDS = {
    "a": ("crash", 77, r"==\d+== ERROR: libFuzzer: deadly signal",
          "SUMMARY: libFuzzer: deadly signal"),
    "s": ("crash", 77, r"==\d+== ERROR: libFuzzer: deadly signal",
          "SUMMARY: libFuzzer: deadly signal"),
    "e": ("crash", 77, r"==\d+== ERROR: libFuzzer: fuzz target exited",
          "SUMMARY: libFuzzer: fuzz target exited"),
    "_": ("crash", 77, r"==\d+== ERROR: libFuzzer: fuzz target exited",
          "SUMMARY: libFuzzer: fuzz target exited"),
    "o": ("crash", 77, r"==\d+== ERROR: libFuzzer: fuzz target overwrites its "
          "const input", "SUMMARY: libFuzzer: overwrites-const-input"),
    "h": ("timeout", 70, r"==\d+== ERROR: libFuzzer: timeout after \d seconds",
          "SUMMARY: libFuzzer: timeout"),
    "m": ("oom", 71, r"==\d+== ERROR: libFuzzer: out-of-memory \(used: \d+Mb; "
          r"limit: 200Mb\)", "SUMMARY: libFuzzer: out-of-memory"),
}

ASAN_ENDS = {
    "a": ("crash", 77, r"==\d+== ERROR: libFuzzer: deadly signal",
          "SUMMARY: libFuzzer: deadly signal"),
    "b": ("crash", 1, r"==\d+==ERROR: AddressSanitizer: heap-buffer-overflow",
          "SUMMARY: AddressSanitizer: heap-buffer-overflow"),
    "s": ("crash", 1, r"==\d+==ERROR: AddressSanitizer: SEGV on unknown address",
          "SUMMARY: AddressSanitizer: SEGV"),
    "l": ("leak", 77, r"==\d+==ERROR: LeakSanitizer: detected memory leaks",
          "SUMMARY: AddressSanitizer: 7 byte(s) leaked"),
    "M": ("oom", 71, r"==\d+== ERROR: libFuzzer: out-of-memory \(malloc"
          r"\(314572800\)\)", "SUMMARY: libFuzzer: out-of-memory"),
}


def build_asan(lf, tmp_path):
    if not links(tmp_path, lf.compiler, "-fsanitize=address"):
        pytest.skip(f"{lf.compiler} has no ASan here")
    return lf.build(HARNESS, "-fsanitize=address", head=False)


def check_report(done, kind, line, summary, data, path):
    assert re.search(rf"^{line}", done.err, re.M), done.text
    assert f"\n{summary}" in done.err, done.text
    hexes = "".join(f"0x{c:x}," for c in data)
    text = "".join(chr(c) if 32 <= c < 127 and c not in b'\\"' else
                   f"\\{chr(c)}" if c in b'\\"' else f"\\{c:03o}" for c in data)
    encoded = base64.b64encode(data).decode()
    made = r"\nMS: (0 |[1-9]\d* (\w+-)+( DE: (\".*\"-)+)?); base unit: [0-9a-f]{40}"
    assert re.search(made + re.escape(f"\n{hexes}\n{text}\n"
            f"artifact_prefix='./'; Test unit written to {path}\n"
            f"Base64: {encoded}\n"), done.err), done.text
    # as ClusterFuzz looks for it
    found = re.search(r".*Test unit written to\s*"
                      r"(.*(crash|oom|timeout|leak)-.*)", done.err)
    assert found.group(2) == kind


UNLIKE = {
    "s": unlike("-fsanitize=fuzzer brings the runtime of UBSan, which reports "
                "SIGSEGV itself and exits with 1"),
    "_": unlike("libFuzzer does not see _exit: exit code 0, no artifact"),
}


@pytest.mark.parametrize("byte", [
    pytest.param(byte, marks=UNLIKE.get(byte, ())) for byte in ENDS])
def test_end(lf_both, byte):
    kind, code, line, summary = ENDS[byte]
    data = b"FUZ" + byte.encode() + b'\\"\x01'
    lf_both.build(HARNESS, head=False)
    lf_both.write("in/x", data)
    done = lf_both.run(*limits(byte), "in").expect(code)
    check_report(done, kind, line, summary, data, f"./{kind}-{sha1(data)}")
    assert lf_both.artifacts() == {f"{kind}-{sha1(data)}": data}
    assert "DONE" not in done.err and "Done " not in done.err
    # and as a file: the same report, no artifact
    done = lf_both.run(*limits(byte), "in/x").expect(code)
    assert re.search(rf"^{line}", done.err, re.M) and summary in done.err
    assert "Test unit written" not in done.err
    assert len(lf_both.artifacts()) == 1


@pytest.mark.parametrize("byte", ASAN_ENDS)
def test_end_under_asan(lf_both, tmp_path, byte):
    kind, code, line, summary = ASAN_ENDS[byte]
    data = b"FUZ" + byte.encode()
    build_asan(lf_both, tmp_path)
    lf_both.write("in/x", data)
    done = lf_both.run("-timeout=20", "-malloc_limit_mb=200", "in")
    if "leaks are not looked for" in done.err:
        pytest.skip("LeakSanitizer does not work here")
    done.expect(code)
    check_report(done, kind, line, summary, data, f"./{kind}-{sha1(data)}")
    assert done.err.count(summary) == 1, done.text
    assert lf_both.artifacts() == {f"{kind}-{sha1(data)}": data}


def test_out_of_memory_tells_what_holds_it(lf_both, tmp_path):
    """ASan's profile of the heap, in the place where libFuzzer has it."""
    build_asan(lf_both, tmp_path)
    lf_both.write("in/x", b"FUZm")
    done = lf_both.run("-rss_limit_mb=300", "in").expect(71)
    assert re.search(r"out-of-memory \(used: \d+Mb; limit: 300Mb\)\n.*"
                     r"Live Heap Allocations: .*in take_memory.*"
                     r"Test unit written to \./oom-", done.err, re.S), done.text


def test_a_sanitizers_own_exit_code_is_the_users(lf, tmp_path):
    """ClusterFuzz sets it so."""
    build_asan(lf, tmp_path)
    lf.write("in/x", b"FUZb")
    lf.run("in", env={"ASAN_OPTIONS": "exitcode=77"}).expect(77)
    lf.run("in/x", env={"ASAN_OPTIONS": "exitcode=42"}).expect(42)


# As OSS-Fuzz sets them.
ASAN_OPTIONS = """alloc_dealloc_mismatch=0 allocator_may_return_null=1
    allocator_release_to_os_interval_ms=500 check_malloc_usable_size=0
    detect_container_overflow=1 detect_odr_violation=0 detect_leaks=0
    detect_stack_use_after_return=1 fast_unwind_on_fatal=0 handle_abort=1
    handle_segv=1 handle_sigill=1 max_uar_stack_size_log=16 print_scariness=1
    quarantine_size_mb=10 strict_memcmp=1 strip_path_prefix=/workspace/
    symbolize=1 use_sigaltstack=1 dedup_token_length=3 exitcode=77"""


@pytest.mark.parametrize("byte, title", [
    ("b", "heap-buffer-overflow"), ("s", "SEGV"), ("a", "ABRT")])
def test_sanitizer_options_of_oss_fuzz(lf_both, tmp_path, byte, title):
    build_asan(lf_both, tmp_path)
    data = b"FUZ" + byte.encode()
    lf_both.write("in/x", data)
    env = {"ASAN_OPTIONS": ":".join(ASAN_OPTIONS.split())}
    done = lf_both.run("-rss_limit_mb=2560", "-timeout=25", "in", env=env
                       ).expect(77)
    assert f"ERROR: AddressSanitizer: {title}" in done.err, done.text
    assert lf_both.artifacts() == {"crash-" + sha1(data): data}
    done = lf_both.run("-runs=100", "in/x", env=env).expect(77)
    assert f"ERROR: AddressSanitizer: {title}" in done.err, done.text


@unlike("libFuzzer lets UBSan's findings pass unless halt_on_error=1")
def test_ubsan_findings_fail(lf_both, tmp_path):
    """In libFuzzer they pass silently unless halt_on_error=1."""
    if not links(tmp_path, lf_both.compiler, "-fsanitize=undefined"):
        pytest.skip(f"{lf_both.compiler} has no UBSan here")
    lf_both.build("""
#include <stdint.h>
#include <stddef.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int sink;
    if (size > 2 && data[0] == 'H' && data[1] == 'i')
        sink = (int)size << 29 << data[2] % 2 << 2;
    return 0;
}
""", "-fsanitize=undefined", head=False)
    lf_both.write("in/x", b"Hi1..")
    done = lf_both.run("-runs=0", "in").expect(1)
    assert "runtime error: left shift" in done.err
    assert len(lf_both.artifacts()) == 1


@unlike("which of its failures comes first is luck", always=False)
def test_found_by_fuzzing(lf_both):
    lf_both.build(HARNESS.replace("case 'e'", "case 0x1e").replace(
        "case '_'", "case 0x1f"), head=False)
    done = lf_both.run("-seed=1", "-runs=3000000", "-timeout=30",
                       "-artifact_prefix=found/x-", "-create_missing_dirs=1", "-print_final_stats=1",
                       "-report_slow_units=0")
    assert done.code in (77, 71, 70), done.text
    written = lf_both.cwd / re.search(r"artifact_prefix='found/x-'; Test unit "
                                      r"written to (.*)", done.err).group(1)
    data = written.read_bytes()
    assert data[:3] == b"FUZ" and len(data) >= 4
    assert re.fullmatch(rf"x-\w+-{sha1(data)}", written.name)
    assert "stat::number_of_executed_units: " in done.err


def test_exact_artifact_path(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZa")
    done = lf.run("-exact_artifact_path=here", "-artifact_prefix=p-", "in"
                  ).expect(77)
    assert (lf.cwd / "here").read_bytes() == b"FUZa"
    assert ("artifact_prefix='p-'; Test unit written to here\n") in done.err
    assert not lf.artifacts()


@pytest.mark.parametrize("flag", ["-artifact_prefix=no/x-",
                                  "-exact_artifact_path=no/x"])
def test_artifacts_need_their_directory(lf, flag):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZa")
    done = lf.run(flag, "in").expect(1)
    assert 'ERROR: The required directory "no" does not exist' in done.err
    lf.run(flag, "-create_missing_dirs=1", "in").expect(77)
    assert len(lf.files("no")) == 1


def test_what_does_not_come_again_is_reported_all_the_same(lf):
    lf.build("""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 3 && data[0] == 'o' && access("once", F_OK) != 0) {
        fclose(fopen("once", "w"));
        fprintf(stderr, "last words\\n");
        abort();
    }
    return 0;
}
""", head=False)
    lf.write("in/x", b"one")
    done = lf.run("-runs=0", "in").expect(77)
    assert "last words\n" in done.err
    assert "ERROR: libFuzzer: deadly signal" in done.err
    assert REAL or ("INFO: Thresh could not reproduce this failure"
                    in done.err)
    assert lf.artifacts() == {"crash-" + sha1(b"one"): b"one"}


def test_what_needs_an_earlier_input_is_told_exactly(lf, tmp_path):
    """It comes again after that one, in a heap block of its size."""
    if not links(tmp_path, lf.compiler, "-fsanitize=address"):
        pytest.skip(f"{lf.compiler} has no ASan here")
    lf.build("""
#include <stdint.h>
#include <stddef.h>
static volatile int large, sink;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 4)
        large = 1;
    if (size == 3 && large)
        sink = data[3];
    return 0;
}
""", "-fsanitize=address", head=False)
    done = lf.run("-seed=1", "-runs=100000").expect(1)
    assert done.err.count("ERROR: AddressSanitizer: ") == 1, done.text
    assert "AddressSanitizer: heap-buffer-overflow" in done.err, done.text
    assert re.search("0 bytes (to the right of|after) 3-byte region", done.err)
    assert REAL or ("INFO: Thresh could not reproduce this failure with the "
                    "input alone" in done.err)
    (name, data), = lf.artifacts().items()
    assert name == "crash-" + sha1(data) and len(data) == 3


def test_long_inputs_are_not_printed(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZa" + b"x" * 253)
    done = lf.run("in").expect(77)
    assert "Base64:" not in done.err and "0x46,0x55" not in done.err
    assert len(lf.artifacts()) == 1


def test_exit_codes_are_chosen(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZa")
    lf.run("-error_exitcode=42", "in").expect(42)
    lf.write("in/x", b"FUZh")
    lf.run("-timeout=1", "-timeout_exitcode=43", "in").expect(43)


def test_timeout_0_is_none(lf):
    lf.build("""
#include <stdint.h>
#include <stddef.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    for (unsigned left = size == 3 ? 2 : 0; left;)
        left = sleep(left);
    return 0;
}
""", head=False)
    lf.write("in/x", b"abc")
    lf.run("-timeout=1", "-runs=0", "in").expect(70)
    lf.run("-timeout=0", "-runs=0", "in").expect(0)


def test_alarm_lines(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZh")
    done = lf.run("-timeout=1", "in").expect(70)
    assert re.search(r"^ALARM: working on the last Unit for \d seconds\n"
                     r"       and the timeout value is 1 \(use -timeout=N to "
                     r"change\)\n", done.err, re.M), done.text


def test_slow_unit_is_written(lf):
    lf.build("""
#include <stdint.h>
#include <stddef.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    if (size == 3)
        sleep(3);
    return 0;
}
""", head=False)
    lf.write("in/x", b"abc")
    done = lf.run("-report_slow_units=1", "-runs=0", "-print_final_stats=1",
                  "in").expect(0)
    assert re.search(r"^Slowest unit: \d s:\nartifact_prefix='./'; Test unit "
                     r"written to ./slow-unit-" + sha1(b"abc"), done.err, re.M)
    assert lf.artifacts() == {"slow-unit-" + sha1(b"abc"): b"abc"}
    slowest = re.search(r"stat::slowest_unit_time_sec: +(\d+)", done.err)
    assert int(slowest.group(1)) in (2, 3, 4)
    assert "Slowest" not in lf.run("-runs=0", "in").expect(0).err


def test_no_rss_limit(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    if (size == 3) {
        char *volatile p = malloc(150u << 20);
        for (size_t i = 0; i < 150u << 20; i += 4096)
            *(volatile char *)(p + i) = 1;
        sleep(1); /* it is looked for now and then */
        free(p);
    }
    return 0;
}
""", head=False)
    lf.write("in/x", b"abc")
    lf.run("-rss_limit_mb=100", "-runs=0", "in").expect(71)
    lf.run("-rss_limit_mb=0", "-runs=0", "in").expect(0)


LEAKED = r"==\d+==ERROR: LeakSanitizer: detected memory leaks"


@unlike("libFuzzer saves the last input, which did not leak")
def test_leaks_of_all_inputs_are_told_at_the_end(lf_both, tmp_path):
    """Of the process, whatever -detect_leaks says of inputs: no artifact, and
    the sanitizer's own exit code."""
    build_asan(lf_both, tmp_path)
    lf_both.write("in/x", b"FUZl")
    done = lf_both.run("-detect_leaks=0", "-runs=0", "in").expect(1)
    assert re.search(rf"\nDone .*{LEAKED}.*SUMMARY: AddressSanitizer: \d+ byte",
                     done.err, re.S), done.text
    assert "FUZl" not in done.err.split("LeakSanitizer")[1]
    assert "leak-" not in done.err and not lf_both.artifacts()
    # with files, too, and with the user's own exit code
    done = lf_both.run("-detect_leaks=0", "in/x",
                       env={"ASAN_OPTIONS": "exitcode=42"}).expect(42)
    assert re.search(rf"fuzzing was not performed.*{LEAKED}", done.err, re.S)


def test_nothing_leaked_or_nobody_looks(lf, tmp_path):
    build_asan(lf, tmp_path)
    lf.write("in/x", b"FUZx")
    lf.run("-detect_leaks=0", "-runs=0", "in").expect(0)
    lf.write("in/y", b"FUZl")
    lf.run("-detect_leaks=0", "-runs=0", "in",
           env={"ASAN_OPTIONS": "detect_leaks=0"}).expect(0)


@unlike("what no single input leaks has no artifact; libFuzzer blames one")
def test_leaks_that_only_all_inputs_make_are_told(lf, tmp_path):
    """What an input has kept is lost when a later one takes its place."""
    if not links(tmp_path, lf.compiler, "-fsanitize=address"):
        pytest.skip(f"{lf.compiler} has no ASan here")
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
static char *volatile last;
static int runs;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    if (++runs % 100 == 0)
        last = malloc(9);
    return 0;
}
""", "-fsanitize=address", head=False)
    done = lf.run("-seed=1", "-runs=5000", "-detect_leaks=0").expect(1)
    assert re.search(rf"Done 5000 .*{LEAKED}", done.err, re.S), done.text


def test_that_leaks_are_looked_for_rarely_is_told(lf, tmp_path):
    """Where what the target keeps was never lost."""
    if not links(tmp_path, lf.compiler, "-fsanitize=address"):
        pytest.skip(f"{lf.compiler} has no ASan here")
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
static void *volatile kept[10000];
static int n;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    if (n < 10000)
        kept[n++] = malloc(4);
    return 0;
}
""", "-fsanitize=address", head=False)
    done = lf.run("-seed=1", "-runs=20000").expect(0)
    assert done.err.count("INFO: libFuzzer disabled leak detection after every "
                          "mutation.") == 1, done.text
    assert "disabled leak" not in lf.run("-seed=1", "-runs=500").expect(0).err


@unlike("clang 14's libFuzzer does not know -1 yet, newer ones do")
def test_rejected_inputs_stay_out_of_the_corpus(lf):
    lf.build("""
#include <stdint.h>
#include <stddef.h>
static volatile int seen;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'a') {
        seen = 1;
        return -1;
    }
    if (size > 1 && data[0] == 'b')
        seen = 2;
    return 0;
}
""", head=False)
    (lf.cwd / "out").mkdir()
    lf.run("-runs=30000", "-seed=1", "out").expect(0)
    first = {data[:1] for data in lf.files("out").values() if len(data) > 1}
    assert b"b" in first and b"a" not in first


# ---- several workers, going on ----

@unlike("libFuzzer's fork mode drops seeds that fail and says "
        "nothing; here they are found, too")
@pytest.mark.long
def test_fork_goes_on_after_time_outs_and_memory(lf):
    lf.build(HARNESS, head=False)
    for byte in b"hm":
        lf.write(f"in/{byte}", b"FUZ" + bytes([byte]))
    done = lf.run("-fork=2", "-timeout=8", "-rss_limit_mb=100", "-runs=4",
                  "in").expect(0)
    assert sorted(name.split("-")[0] for name in lf.artifacts()) == [
        "oom", "timeout"]
    assert re.search(r"^#\d+: cov: \d+ ft: \d+ corp: \d+ exec/s: \d+ "
                     r"oom/timeout/crash: 1/1/0 time: \d+s job: 2 dft_time: 0$",
                     done.err, re.M), done.text


@unlike("libFuzzer's fork mode drops seeds that fail and says "
        "nothing; here they are found, too")
@pytest.mark.parametrize("flag", ["-ignore_ooms=0", "-ignore_timeouts=0"])
def test_fork_stops_if_so_wished(lf, flag):
    lf.build(HARNESS, head=False)
    byte = "m" if "oom" in flag else "h"
    lf.write("in/x", b"FUZ" + byte.encode())
    done = lf.run("-fork=1", *limits(byte), flag, "in")
    assert done.code == ENDS[byte][1], done.text


@unlike("libFuzzer's fork mode drops seeds that fail, and its exit "
        "code is that of the job that ended last")
def test_fork_stops_at_a_crash_unless_told(lf):
    lf.build(HARNESS, head=False)
    for byte in b"as":
        lf.write(f"in/{byte}", b"FUZ" + bytes([byte]))
    lf.run("-fork=1", "in").expect(77)
    for name in lf.artifacts():
        (lf.cwd / name).unlink()
    done = lf.run("-fork=1", "-ignore_crashes=1", "-runs=2000", "-seed=1", "in"
                  ).expect(77)
    assert {"crash-" + sha1(b"FUZa"), "crash-" + sha1(b"FUZs")} <= set(
        lf.artifacts()), done.text


@unlike("failures are met sooner; no fuzz-N.log is written", always=False)
def test_jobs_are_workers(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZa")
    lf.run("-jobs=2", "-workers=2", "in").expect(1)
    lf.write("in/x", b"fine")
    lf.run("-jobs=2", "-workers=2", "-runs=3000", "in")
