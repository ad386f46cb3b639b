# SPDX-License-Identifier: MIT
"""libFuzzer's command line: whose it is, fuzzing, files and directories, status
lines and exit codes. Texts that other programs parse are compared whole."""
import re

import pytest
from fuzzing import programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    HARNESS, QUIET, REAL, engine, files_in, lf, lf_both, read_until, sha1,
    signal, unlike)


# Many edges, so that bad-build checks are content.
LARGE = QUIET + "\n".join(f"int f{n}(int a) {{ return a ? a + {n} : seen; }}"
                          for n in range(120))

STATUS = re.compile(r"^#\d+\t(INITED|NEW   |REDUCE|pulse |DONE  |RELOAD) "
                    r"cov: \d+ ft: \d+ corp: \d+/\d+b( lim: \d+)? "
                    r"exec/s: \d+ rss: \d+Mb")


# ---- whose command line it is ----

@pytest.mark.parametrize("args", [
    ["corpus"], ["--"], ["-runs=4"], ["-max_len=5", "-runs=1"],
    ["--", "-seed=1", "-runs=3"], ["-help=1"],
    ["-ignore_remaining_args=1", "-fuzz=x"]])
def test_is_libfuzzers(lf, args):
    lf.build(QUIET, head=False)
    (lf.cwd / "corpus").mkdir()
    args = [*args, *([] if any("run" in a or "help" in a for a in args)
                     else ["-runs=2"])]
    if "-ignore_remaining_args=1" in args:
        args = ["-runs=2", *args]
    done = lf.run(*args)
    assert "INFO: Seed:" in done.err or "Usage:" in done.err, done.text


@unlike("Thresh's own command line", run=False)
@pytest.mark.parametrize("args", [[], ["-seed=5"], ["-timeout=5s"], ["-help"],
                                  ["-list=."], ["-timeout", "5s"]])
def test_is_threshs(lf, args):
    lf.build(QUIET, head=False)
    done = lf.run(*args).expect(0)
    assert "INFO: Seed:" not in done.err and "Usage:" not in done.err, done.text


@unlike("Thresh's own command line", run=False)
def test_flags_of_both_are_a_usage_error(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-fuzz=.", "-runs=4").expect(2)
    assert "-fuzz=. is a flag of Thresh and -runs=4 one of libFuzzer" in done.err


@unlike("Thresh's own targets", run=False)
def test_typed_targets_know_no_libfuzzer(lf):
    lf.build("THRESH_TARGET(t, (bytes, b)) { (void)b; }")
    done = lf.run("-runs=4").expect(2)
    assert "flag provided but not defined: -runs" in done.err


def test_unknown_flags_are_warned_of(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=1", "-nosuch=1", "--mine=2").expect(0)
    assert "WARNING: unrecognized flag '-nosuch=1'; use -help=1" in done.err
    assert "INFO: libFuzzer ignores flags that start with '--'" in done.err


@unlike("a target that dies while it is initialised takes libFuzzer "
        "with it; here it is an error of the engine, exit code 1")
def test_target_sees_its_own_flags(lf):
    lf.build(QUIET + """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    for (int i = 1; i < *argc; i++)
        if (strcmp((*argv)[i], "--mine=2") == 0)
            return 0;
    abort();
}
""", head=False)
    lf.run("-runs=1", "--mine=2").expect(0)
    assert lf.run("-runs=1").code == 1


@unlike("its help leaves out flags that are internal, and clang 14 "
        "has none of the newest")
def test_help_lists_every_flag(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-help=1").expect(0)
    for flag in """runs max_total_time seed verbosity close_fd_mask stop_file
            ignore_remaining_args create_missing_dirs timeout error_exitcode
            timeout_exitcode rss_limit_mb malloc_limit_mb report_slow_units
            max_len len_control only_ascii seed_inputs keep_seed dict shuffle
            prefer_small mutate_depth cross_over cross_over_uniform_dist use_cmp
            use_memmem use_counters use_value_profile reduce_inputs reduce_depth
            shrink entropic entropic_feature_frequency_threshold focus_function
            entropic_number_of_rarest_features entropic_scale_per_exec_time
            data_flow_trace collect_data_flow mutation_graph_file features_dir
            jobs workers reload fork fork_corpus_groups ignore_timeouts
            ignore_ooms ignore_crashes merge set_cover_merge merge_control_file
            merge_inner minimize_crash minimize_crash_internal_step analyze_dict
            cleanse_crash artifact_prefix exact_artifact_path print_pcs
            print_funcs print_final_stats print_corpus_stats print_coverage
            print_full_coverage dump_coverage exit_on_src_pos exit_on_item
            detect_leaks purge_allocator_interval trace_malloc handle_segv
            handle_bus handle_abrt handle_ill handle_fpe handle_int handle_term
            handle_trap handle_xfsz handle_usr1 handle_usr2
            handle_winexcept""".split():
        assert re.search(rf"^ {flag} *\t", done.err, re.M), flag


@unlike("libFuzzer makes entries shorter where it meets a shorter one by chance")
def test_reduce_inputs(lf):
    """Entries are made shorter, unless that is not wanted."""
    lf.build("""
#include <stdint.h>
#include <stddef.h>
static volatile int seen;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'a' && data[1] == 'b')
        seen = 1;
    return 0;
}
""", head=False)
    for flags, shorter in (([], True), (["-reduce_inputs=0"], False),
                           (["-reduce_inputs=0", "-shrink=1"], True)):
        (lf.cwd / "in").mkdir(exist_ok=True)
        for path in (lf.cwd / "in").iterdir():
            path.unlink()
        lf.write("in/long", b"ab" + b"." * 40)
        done = lf.run("-runs=20000", "-seed=1", *flags, "in").expect(0)
        assert ("\tREDUCE " in done.err) == shorter, done.text


@unlike("Thresh's own lines")
def test_says_what_is_done_instead(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=1", "-entropic=0", "-use_cmp=0").expect(0)
    assert "INFO: -entropic=0: entries are weighed by" in done.err
    assert "INFO: -use_cmp=0: comparisons are always traced" in done.err
    quiet = lf.run("-runs=1", "-entropic=1", "-use_cmp=1").expect(0)
    assert "INFO: -" not in quiet.err.replace("INFO: -max_len", ""), quiet.err


# ---- runs, lines ----

def test_bad_build_check(lf_both):
    """The checks that OSS-Fuzz makes of every target."""
    lf_both.build(LARGE, head=False)
    done = lf_both.run("--", "-seed=1337", "-runs=4").expect(0)
    assert re.search(r"^Done 4 runs in \d+ second\(s\)$", done.err, re.M)
    loaded = re.search(r"INFO: Loaded [0-9]+ module.*\(.*(counters|guards)\):"
                       r"\s+(\d+)", done.err)
    assert int(loaded.group(2)) >= 100
    assert "ERROR: no interesting inputs were found" not in done.err
    lf_both.write("seeds/one", b"ab")
    lf_both.run("-runs=0", "seeds").expect(0)
    assert files_in(lf_both.cwd / "seeds") == {"one": b"ab"}
    binary = lf_both.program.read_bytes()
    for marker in (b"LLVMFuzzerTestOneInput",
                   b"fuzz target overwrites its const input"):
        assert marker in binary


def test_lines_of_a_run(lf_both):
    lf_both.build(QUIET, head=False)
    done = lf_both.run("-seed=1337", "-runs=5000").expect(0)
    lines = done.err.splitlines()
    at = lines.index("INFO: Seed: 1337")
    assert at == (1 if REAL else 0)  # "Running with entropic power schedule"
    assert re.match(r"INFO: Loaded \d+ modules   \(\d+ [a-z0-9 -]+\): \d+ \[0x",
                    lines[at + 1])
    assert ("INFO: -max_len is not provided; libFuzzer will not generate inputs "
            "larger than 4096 bytes") in lines
    assert ("INFO: A corpus is not provided, starting from an empty corpus"
            in lines)
    status = [line for line in lines if line.startswith("#")]
    assert all(STATUS.match(line) for line in status), status
    assert status[0].startswith("#2\tINITED cov: ")
    assert re.search(r"^#\d+\tNEW    cov: \d+ ft: \d+ corp: 2/\d+b lim: \d+ "
                     r"exec/s: \d+ rss: \d+Mb L: \d+/\d+ MS: ", done.err, re.M)
    assert status[-1].startswith("#5000\tDONE   cov: ")
    assert re.fullmatch(r"Done 5000 runs in \d+ second\(s\)", lines[-1])
    assert done.out == ""


def test_final_stats(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=3000", "-seed=2", "-print_final_stats=1").expect(0)
    stats = re.findall(r"^stat::([A-Za-z_]+):\s*([^\s]+)$", done.err, re.M)
    assert [name for name, _ in stats] == [
        "number_of_executed_units", "average_exec_per_sec", "new_units_added",
        "slowest_unit_time_sec", "peak_rss_mb"]
    value = {name: int(text) for name, text in stats}
    assert value["number_of_executed_units"] == 3000
    told = "\t(?:NEW|REDUCE) " if REAL else "\tNEW "
    assert value["new_units_added"] == len(re.findall(told, done.err))
    assert value["new_units_added"] >= 3
    assert "stat::number_of_executed_units: 3000\n" in done.err
    assert "stat::peak_rss_mb:              " in done.err
    assert "stat::" not in lf.run("-runs=1").expect(0).err


def test_verbosity_0_has_no_status_lines(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=3000", "-verbosity=0").expect(0)
    assert not re.search(r"^#\d+\t", done.err, re.M)


def test_same_seed_same_run(lf):
    lf.build(QUIET, head=False)
    found = []
    for corpus in ("a", "b"):
        (lf.cwd / corpus).mkdir()
        done = lf.run("-seed=99", "-runs=20000", corpus).expect(0)
        lines = re.findall(r"^#\d+\tNEW .* lim: \d+", done.err, re.M)
        found.append((lines, files_in(lf.cwd / corpus)))
    assert found[0] == found[1] and len(found[0][0]) >= 3


def test_seed_0_is_another_one_each_time(lf):
    lf.build(QUIET, head=False)
    seeds = {re.search(r"INFO: Seed: (\d+)", lf.run("-runs=1").err).group(1)
             for _ in range(3)}
    assert len(seeds) == 3


def test_seed_is_unsigned(lf):
    lf.build(QUIET, head=False)
    assert "INFO: Seed: 4294967295\n" in lf.run("-seed=-1", "-runs=1").err


def test_max_total_time_ends_the_run(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-max_total_time=1").expect(0)
    # On a busy machine perhaps before anything has run.
    assert "\tDONE   " in done.err
    assert re.search(r"^Done \d+ runs in \d+ second\(s\)$", done.err, re.M)


def test_max_len(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    if (size > 16)
        abort();
    return 0;
}
""", head=False)
    lf.write("in/long", b"x" * 100)
    lf.run("-max_len=16", "-runs=30000", "-seed=1", "in").expect(0)
    lf.run("-max_len=17", "-runs=30000", "-seed=1", "-len_control=0"
           ).expect(77)


@unlike("libFuzzer still finds something then, and keeps inputs short for it")
def test_len_control(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-len_control=0", "-max_len=3000", "-runs=2000")
    assert " lim: 3000 " in done.err
    done = lf.run("-max_len=3000", "-runs=2000")
    assert " lim: 3000 " not in done.err
    for slowness, limit in ((9000, "64"), (100, r"\d{3,}")):
        done = lf.run(f"-len_control={slowness}", "-runs=20000", "-seed=1")
        assert re.search(rf"DONE .* lim: {limit} ", done.err), done.err
    lf.write("seed", b"01234567890123456789")
    for seeds, limit in (([], 4), (["-seed_inputs=seed"], 20)):
        done = lf.run("-runs=1", *seeds).expect(0)
        assert re.search(rf"DONE .* lim: {limit} ", done.err), done.err


def test_only_ascii(lf):
    lf.build("""
#include <stdint.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] > 127 || !(isprint(data[i]) || isspace(data[i])))
            abort();
    if (size > 4 && memcmp(data, "\\xf0\\x01", 2) == 0)
        abort();
    return 0;
}
""", head=False)
    lf.run("-only_ascii=1", "-runs=20000", "-seed=3").expect(0)
    lf.run("-runs=20000", "-seed=3").expect(77)


def test_not_instrumented_is_an_error(lf):
    lf.build(QUIET.replace("int LLVM", """
#ifdef __clang__
__attribute__((no_sanitize("coverage")))
#else
__attribute__((no_profile_instrument_function,no_sanitize_coverage))
#endif
int LLVM"""), head=False)
    done = lf.run("-runs=100").expect(1)
    assert ("ERROR: no interesting inputs were found. Is the code instrumented "
            "for coverage? Exiting.\n") in done.err


def test_rejecting_all_inputs_is_warned_of(lf):
    lf.build("""
#include <stdint.h>
#include <stddef.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    return size > 2 ? 0 : -1;
}
""", head=False)
    lf.run("-runs=500").expect(0)


# ---- directories ----

def test_first_directory_takes_what_is_found(lf):
    lf.build(QUIET, head=False)
    (lf.cwd / "out").mkdir()
    lf.write("other/b", b"ab")
    done = lf.run("-runs=20000", "-seed=4", "out", "other").expect(0)
    found = files_in(lf.cwd / "out")
    assert found and all(name == sha1(data) for name, data in found.items())
    assert b"ab" not in found.values()
    assert files_in(lf.cwd / "other") == {"b": b"ab"}
    assert "INFO:        0 files found in out\n" in done.err
    assert "INFO:        1 files found in other\n" in done.err
    assert re.search(r"INFO: seed corpus: files: 1 min: 2b max: 2b total: 2b "
                     r"rss: \d+Mb\n", done.err)
    assert "#2\tINITED" in done.err


def test_directories_are_read_with_those_in_them(lf):
    lf.build(HARNESS, head=False)
    lf.write("in/below/deep", b"FUZa")
    done = lf.run("-runs=0", "in").expect(77)
    assert list(lf.artifacts()) == ["crash-" + sha1(b"FUZa")]
    assert "INFO:        1 files found in in\n" in done.err


def test_any_bytes_are_an_input(lf):
    """Also those that look like a corpus file of Thresh's."""
    text = b'go test fuzz v1\n[]byte("FUZa")\n'
    lf.build(HARNESS, head=False)
    lf.write("in/file", text)
    lf.run("-runs=0", "in").expect(0)


def test_missing_directory(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=1", "nowhere").expect(1)
    assert 'ERROR: The required directory "nowhere" does not exist' in done.err
    done = lf.run("-runs=1", "").expect(1)
    assert "ERROR: Provided directory path is an empty string" in done.err
    lf.run("-runs=1", "-create_missing_dirs=1", "nowhere").expect(0)
    assert (lf.cwd / "nowhere").is_dir()


def test_files_and_directories_do_not_mix(lf):
    lf.build(QUIET, head=False)
    lf.write("file", b"x")
    (lf.cwd / "dir").mkdir()
    done = lf.run("-runs=1", "file", "dir").expect(1)
    assert "Not a directory: file; exiting" in done.err


def test_runs_0_runs_the_corpus_alone(lf):
    lf.build(QUIET, head=False)
    for n in range(20):
        lf.write(f"in/{n}", b"%d" % n)
    done = lf.run("-runs=0", "in").expect(0)
    assert "#21\tDONE" in done.err and "Done 21 runs" in done.err
    assert len(files_in(lf.cwd / "in")) == 20


def test_a_corpus_longer_than_runs_is_run_whole(lf):
    lf.build(QUIET, head=False)
    for n in range(20):
        lf.write(f"in/{n}", b"%d" % n)
    assert "Done 21 runs" in lf.run("-runs=5", "in").expect(0).err


def test_seed_inputs(lf):
    lf.build(HARNESS, head=False)
    lf.write("one", b"1")
    lf.write("two", b"FUZa")
    lf.run("-runs=0", "-seed_inputs=one").expect(0)
    lf.run("-runs=0", "-seed_inputs=one,two").expect(77)
    lf.write("list", b"one,two")
    lf.run("-runs=0", "-seed_inputs=@list").expect(77)
    lf.run("-runs=0", "-seed_inputs=nosuch,").expect(0)
    lf.run("-runs=0", "-seed_inputs=nosuch,two").expect(77)
    for nothing in ("", "@nosuch"):
        done = lf.run("-runs=0", f"-seed_inputs={nothing}").expect(1)
        assert "seed_inputs is empty or @file does not exist." in done.err


@unlike("libFuzzer runs the empty input before it says anything of "
        "the corpus")
def test_empty_input_runs_first(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    if (size == 0)
        abort();
    return 0;
}
""", head=False)
    lf.write("in/x", b"something")
    lf.run("-runs=0", "in").expect(77)
    assert lf.artifacts() == {
        "crash-da39a3ee5e6b4b0d3255bfef95601890afd80709": b""}


# ---- files as arguments ----

def test_files_are_run(lf):
    lf.build(HARNESS, head=False)
    lf.write("a", b"FUZp")
    lf.write("b", b"nothing")
    done = lf.run("a", "b").expect(0)
    assert re.search(r": Running 2 inputs 1 time\(s\) each\.\n"
                     r"Running: a\nExecuted a in \d+ ms\n"
                     r"Running: b\nExecuted b in \d+ ms\n"
                     r"\*\*\*\n"
                     r"\*\*\* NOTE: fuzzing was not performed, you have only\n"
                     r"\*\*\*       executed the target code on a fixed set of "
                     r"inputs\.\n\*\*\*\n$", done.err), done.err
    assert done.out == "printed by the target\n"


def test_first_failing_file_ends_it(lf):
    lf.build(HARNESS, head=False)
    for name, data in (("a", b"1"), ("b", b"FUZa"), ("c", b"2")):
        lf.write(name, data)
    done = lf.run("a", "b", "c").expect(77)
    assert "Running: b" in done.err and "Running: c" not in done.err
    assert "ERROR: libFuzzer: deadly signal" in done.err
    assert "Test unit written" not in done.err and not lf.artifacts()


def test_files_are_run_so_many_times_in_one_process(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
static int calls;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    if (++calls > 1000)
        abort();
    return 0;
}
""", head=False)
    lf.write("a", b"1")
    done = lf.run("-runs=1000", "a").expect(0)
    assert "Running 1 inputs 1000 time(s) each." in done.err
    lf.run("-runs=1001", "a").expect(77)


def test_a_file_is_never_cut(lf):
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 2000000 && data[size - 1] == 'z')
        abort();
    return 0;
}
""", head=False)
    lf.write("a", b"y" * 1999999 + b"z")
    lf.run("a").expect(77)


# ---- ending it ----

SIGNALS = pytest.mark.posix("other signals")


@pytest.mark.parametrize("number, code, text", [
    (signal.SIGINT, 72, "libFuzzer: run interrupted; exiting"),
    pytest.param(signal.SIGTERM, 72, "libFuzzer: run interrupted; exiting",
                 marks=SIGNALS),
    pytest.param(signal.SIGUSR1, 0, "INFO: libFuzzer: exiting as requested",
                 marks=SIGNALS),
    pytest.param(signal.SIGUSR2, 0, "INFO: libFuzzer: exiting as requested",
                 marks=SIGNALS)])
def test_signals(lf, number, code, text):
    lf.build(QUIET, head=False)
    done = lf.send_when("INITED.*\n", number, "-print_final_stats=1").expect(code)
    assert re.search(rf"==\d+== {text}$", done.err, re.M), done.text
    assert "stat::number_of_executed_units: " in done.err


@SIGNALS
def test_sigterm_ends_a_hanging_target(lf):
    """Before whoever sends it loses patience: ClusterFuzz waits ten seconds,
    this test as long as its limit."""
    lf.build(HARNESS, head=False)
    lf.write("in/x", b"FUZh")
    lf.send_when("seed corpus", signal.SIGTERM, "-timeout=1000", "in"
                 ).expect(72)


@SIGNALS
@pytest.mark.parametrize("number, flag", [
    (signal.SIGUSR1, "-handle_usr1=0"), (signal.SIGUSR2, "-handle_usr2=0")])
def test_requests_are_not_handled_if_so_wished(lf, number, flag):
    lf.build(QUIET, head=False)
    lf.send_when("INITED.*\n", number, flag).expect(-number)


@unlike("libFuzzer looks for the file when it has read the corpus")
def test_stop_file(lf):
    lf.build(QUIET, head=False)
    lf.write("stop", b"now")
    done = lf.run("-stop_file=stop").expect(0)
    assert REAL or "stop exists" in done.err


def test_exit_on_item(lf):
    lf.build(QUIET, head=False)
    (lf.cwd / "a").mkdir()
    lf.run("-seed=5", "-runs=30000", "a")
    first, = re.findall(r"^(\w{40})$", "\n".join(files_in(lf.cwd / "a")),
                        re.M)[:1]
    done = lf.run("-seed=5", "-runs=30000", f"-exit_on_item={first}").expect(0)
    assert f"INFO: found item with checksum '{first}', exiting." in done.err


def test_reload_takes_in_what_others_put_there(lf):
    lf.build(QUIET.replace("return 0;", """
    if (size == 40 && data[39] == 'q' && data[20] == 'w' && data[3] == 'e')
        seen = 5;
    return 0;"""), head=False)
    (lf.cwd / "out").mkdir()
    other = bytearray(b"." * 40)
    other[39], other[20], other[3] = b"qwe"
    with lf.running("-use_cmp=0", "out") as process:
        read_until(process, "INITED")
        (lf.cwd / "out" / "other").write_bytes(other)
        read_until(process, "\tRELOAD cov: ")


def test_no_reload(lf):
    lf.build(QUIET, head=False)
    (lf.cwd / "out").mkdir()
    with lf.running("-reload=0", "-max_total_time=3", "out") as process:
        read_until(process, "INITED")
        (lf.cwd / "out" / "other").write_bytes(b"ab and more")
        rest = process.stderr.read()
    assert b"Done " in rest and b"RELOAD" not in rest
