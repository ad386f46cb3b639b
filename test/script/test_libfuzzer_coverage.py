# SPDX-License-Identifier: MIT
"""libFuzzer's mode: what counts as coverage, in which modules, what is told of
it; and what steers the search."""
import re
import shutil
import subprocess

import pytest
from fuzzing import programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    INCLUDES, REAL, engine, lf, lf_both, unlike, word_sum)

pytestmark = pytest.mark.posix("libFuzzer's mode is tested where it is used")

# libFuzzer needs more luck.
RUNS = "-runs=2000000" if REAL else "-runs=50000"
NEWS = "\t(?:NEW|REDUCE) " if REAL else "\tNEW "

EDGES = """
#include <stdint.h>
#include <stddef.h>
static volatile int seen;
__attribute__((noinline)) static void first(void) { seen = 1; }
__attribute__((noinline)) static void second(size_t n) { seen = n > 9 ? 2 : 3; }
__attribute__((noinline)) static void never(void) { seen = 4; }
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'a')
        first();
    if (size > 1 && data[0] == 'a' && data[1] == 'b')
        second(size);
    if (size > 1u << 30)
        never();
    return 0;
}
"""


GONE = unlike("libFuzzer no longer knows this instrumentation")


@pytest.mark.parametrize("flags", [
    "inline-8bit-counters", "inline-bool-flag",
    pytest.param("trace-pc-guard", marks=GONE),
    pytest.param("trace-pc", marks=GONE),
    pytest.param("trace-pc-guard,trace-cmp,trace-div,trace-gep,indirect-calls,"
                 "stack-depth", marks=GONE)])
def test_flavours_of_instrumentation(lf, flags):
    """Compiled by clang itself, linked with nothing but the archive."""
    (lf.cwd / "fuzz.c").write_text(EDGES)
    lf.link(f"-fsanitize-coverage={flags}", "fuzz.c")
    done = lf.run("-seed=1", RUNS).expect(0)
    assert len(re.findall(NEWS, done.err)) >= 3, done.text


@GONE
@pytest.mark.parametrize("instrumented", [True, False])
def test_trace_pc_tells_its_size(lf, instrumented):
    """What checks a build greps for a number, which no table tells."""
    (lf.cwd / "fuzz.c").write_text(EDGES)
    lf.link(*["-fsanitize-coverage=trace-pc"] * instrumented, "fuzz.c")
    done = lf.run("-seed=1", "-runs=4").expect(0 if instrumented else 1)
    loaded = re.search(r"INFO: Loaded [0-9]+ module.*\(.*(counters|guards)\):"
                       r"\s+(\d+)", done.err)
    assert bool(loaded) == instrumented, done.text
    assert not loaded or 5 <= int(loaded[2]) <= 60


def test_several_modules(lf):
    for name in ("one", "two"):
        (lf.cwd / f"{name}.c").write_text(EDGES.replace(
            "LLVMFuzzerTestOneInput", name))
        lf.clang("-fPIC", "-shared", "-fsanitize=fuzzer-no-link", f"{name}.c",
                 "-o", f"lib{name}.so")
    (lf.cwd / "fuzz.c").write_text(INCLUDES + """
int one(const uint8_t *data, size_t size);
int two(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return size > 1 && data[0] == '2' ? two(data + 1, size - 1)
                                      : one(data, size);
}
""")
    lf.link("-fsanitize=fuzzer-no-link", "fuzz.c", "-L.", "-lone", "-ltwo",
            "-Wl,-rpath,$ORIGIN", "-rdynamic")
    done = lf.run("-seed=1", RUNS).expect(0)
    assert "INFO: Loaded 3 modules   (" in done.err
    functions = set(re.findall(r"NEW_FUNC\[\d+/\d+\]: 0x\w+ in (\w+) ", done.err))
    assert {"two", "first", "second"} <= functions, done.text


def test_modules_loaded_by_initialize(lf):
    (lf.cwd / "one.c").write_text(EDGES.replace("LLVMFuzzerTestOneInput",
                                                "one"))
    lf.clang("-fPIC", "-shared", "-fsanitize=fuzzer-no-link", "one.c", "-o",
             "libone.so")
    (lf.cwd / "fuzz.c").write_text(INCLUDES + """
#include <dlfcn.h>
static int (*one)(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    void *module = dlopen("./libone.so", RTLD_NOW);
    one = module ? (int (*)(const uint8_t *, size_t))dlsym(module, "one") : 0;
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return one(data, size);
}
""")
    lf.link("-fsanitize=fuzzer-no-link", "fuzz.c", "-ldl", "-rdynamic")
    done = lf.run("-seed=1", RUNS).expect(0)
    assert len(re.findall(NEWS, done.err)) >= 3, done.text


# Four numbers meet in a sum of products; its comparison shows none of them, and
# they are too many bytes to be asked what they do.
SUM = INCLUDES + """
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t a, b, c, e;
    if (size < 32)
        return 0;
    memcpy(&a, data, 8);
    memcpy(&b, data + 8, 8);
    memcpy(&c, data + 16, 8);
    memcpy(&e, data + 24, 8);
    if (((a ^ b) * 5 + c + e) * 65537 + (b >> 3) == 0x5566778899u)
        abort();
    return 0;
}
"""


@unlike("libFuzzer needs longer for it", always=False)
def test_value_profile_climbs(lf_both):
    lf_both.build(SUM, head=False)
    done = lf_both.run("-seed=1", "-runs=10000000", "-use_value_profile=1")
    assert lf_both.artifacts(), done.text
    fewer = lf_both.run("-seed=1", "-runs=20000").expect(0)
    assert done.err.count("\tNEW ") > fewer.err.count("\tNEW ") + 20


# The same without an end: what passes it is no input.
NEVER = SUM.replace("abort()", "return -1")


@unlike("libFuzzer adds eight features in so few executions")
def test_value_profile_adds_features_but_no_edges(lf_both):
    lf_both.build(NEVER, head=False)
    ends = []
    for value in 0, 1, 3:
        done = lf_both.run("-seed=2", "-runs=3000",
                           f"-use_value_profile={value}").expect(0)
        ends.append([int(n) for n in re.search(
            r"DONE   cov: (\d+) ft: (\d+) ", done.err).groups()])
    assert ends[0][0] == ends[1][0] == ends[2][0] < 10, ends
    assert ends[1][1] > ends[0][1] + 10 and ends[2][1] > ends[0][1] + 10, ends


def test_value_profile_is_repeatable(lf):
    """Also where places are told by callbacks that other processes have at
    other addresses."""
    lf.build(NEVER, head=False)
    news = [re.findall(r"^#\d+\tNEW +cov: \d+ ft: \d+ corp: \d+/\d+b",
                       lf.run("-seed=3", "-runs=20000", "-use_value_profile=1")
                       .expect(0).err, re.M) for _ in range(2)]
    assert news[0] == news[1] and len(news[0]) > 20


def test_new_functions_are_named(lf):
    lf.compiler = "clang"
    lf.build(EDGES, head=False)
    done = lf.run("-seed=1", RUNS).expect(0)
    assert re.search(r"^\tNEW_FUNC\[1/1\]: 0x[0-9a-f]+ in first ", done.err,
                     re.M), done.text
    assert " in second " in done.err and " in never " not in done.err
    quiet = lf.run("-seed=1", "-runs=50000", "-print_funcs=0").expect(0)
    assert "NEW_FUNC" not in quiet.err


def test_new_places_are_named(lf):
    lf.compiler = "clang"
    lf.build(EDGES, head=False)
    done = lf.run("-seed=1", "-runs=50000", "-print_pcs=1").expect(0)
    before, after = done.err.split("INITED", 1)
    assert "NEW_PC" not in before
    assert re.search(r"^\tNEW_PC: 0x[0-9a-f]+ in first \S*fuzz\.c:5$", after,
                     re.M), done.text
    assert "NEW_PC" not in lf.run("-seed=1", "-runs=50000").err


def test_coverage_is_printed(lf):
    lf.compiler = "clang"
    lf.build(EDGES, head=False)
    done = lf.run("-seed=1", "-runs=50000", "-print_coverage=1").expect(0)
    text = done.err.split("\nCOVERAGE:\n")[1]
    assert re.search(r"^COVERED_FUNC: hits: [1-9]\d* edges: 1/1 first "
                     r"\S*fuzz\.c:5$", text, re.M), text
    assert re.search(r"^COVERED_FUNC: hits: [1-9]\d* edges: \d+/\d+ "
                     r"LLVMFuzzerTestOneInput ", text, re.M)
    assert re.search(r"^UNCOVERED_FUNC: hits: 0 edges: 0/1 never ", text, re.M)
    assert re.search(r"^  UNCOVERED_PC: \S*fuzz\.c:\d+$", text, re.M)
    done = lf.run("-seed=1", "-runs=50000", "-print_full_coverage=1").expect(0)
    text = done.err.split("\nFULL COVERAGE:\n")[1]
    assert re.match(r"(U( \d+)*\nC( \d+)*\n)+", text)
    assert "U 7\nC\n" in text, text


@unlike("of files libFuzzer's -print_coverage says that nothing was "
        "covered")
def test_coverage_of_files_is_printed(lf):
    lf.compiler = "clang"
    lf.build(EDGES, head=False)
    lf.write("a", b"a")
    done = lf.run("-print_coverage=1", "a").expect(0)
    assert re.search(r"^COVERED_FUNC: hits: \d+ edges: 1/1 first ", done.err,
                     re.M), done.text
    assert re.search(r"^UNCOVERED_FUNC: hits: 0 edges: 0/\d second ", done.err,
                     re.M)
    done = lf.run("-print_full_coverage=1", "a").expect(0)
    assert "\nFULL COVERAGE:\nU" in done.err


def test_divisors_are_solved(lf):
    """-fsanitize-coverage=trace-div comes on top of what counts edges."""
    lf.compiler = "clang"
    lf.build(INCLUDES + """
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int sink;
    int number;
    if (size < sizeof number)
        return 0;
    memcpy(&number, data, sizeof number);
    sink = 12345678 / (987654 - number);
    return 0;
}
""", "-fsanitize-coverage=trace-div", head=False)
    # clang links the runtime of UBSan, which reports SIGFPE, and its exit code
    lf.run("-seed=1", "-runs=20000000", "-use_value_profile=1").expect(1)
    assert [data[:4] for data in lf.artifacts().values()] == [
        (987654).to_bytes(4, "little")]


def test_focus_function(lf):
    """What is in focus is run far more often."""
    lf.compiler = "clang"
    lf.build("""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
static volatile int seen;
static unsigned calls, wanted;
__attribute__((noinline)) static void one(void) { seen = 1; }
__attribute__((noinline)) static void two(void) { seen = 2; wanted++; }
static void tell(void)
{
    FILE *file = fopen("shares", "a");
    fprintf(file, "%u\\n", wanted * 100 / calls);
    fclose(file);
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (++calls == 20000)
        tell();
    if (size && data[0] == 'a')
        one();
    if (size && data[0] == 'b')
        two();
    return 0;
}
""", head=False)
    lf.write("in/1", b"a" * 30)
    lf.write("in/2", b"b" * 30)
    run = ["-runs=40000", "-seed=1", "-reduce_inputs=0"]
    lf.run(*run, "in").expect(0)
    done = lf.run(*run, "-focus_function=two", "in").expect(0)
    assert "INFO: Focus function is set to 'two'" in done.err
    assert re.search(r"INFO: 1/2 inputs touch the focus function", done.err)
    assert re.search(r"INITED cov: \d+ ft: \d+ corp: 2/60b focus: 1 exec/s: ",
                     done.err)
    assert re.search(r"DONE .* corp: \d+/\d+b focus: \d+ lim: ", done.err)
    usual, focused = map(int, lf.notes("shares"))
    assert focused > usual + 15, (usual, focused)
    done = lf.run("-runs=1", "-focus_function=wrong").expect(1)
    assert "ERROR: Failed to set focus function" in done.err


def test_corpus_stats(lf):
    lf.build(EDGES, head=False)
    done = lf.run("-seed=1", "-runs=50000", "-print_corpus_stats=1").expect(0)
    lines = re.findall(r"^  \[ *(\d+) \w{40}\] sz: {1,5}\d+ runs: {1,5}\d+ "
                       r"succ: {1,5}(\d+) focus: 0$", done.err, re.M)
    assert [int(number) for number, _ in lines] == list(range(len(lines)))
    assert len(lines) == 1 + len(re.findall("\tNEW ", done.err))
    assert sum(int(found) for _, found in lines) >= len(lines) - 1


@unlike("libFuzzer leaves at once, without DONE")
def test_exit_on_src_pos(lf):
    lf.compiler = "clang"
    lf.build(EDGES, head=False)
    done = lf.run("-seed=1", "-exit_on_src_pos=fuzz.c:5").expect(0)
    assert "INFO: found line matching 'fuzz.c:5', exiting." in done.err


@unlike("a merge tells how large its corpus is, and when all is read")
def test_coverage_build_writes_its_profile(lf):
    """As OSS-Fuzz's coverage job does it."""
    profdata = shutil.which("llvm-profdata") or shutil.which("llvm-profdata-14")
    if not profdata:
        pytest.skip("no llvm-profdata here")
    (lf.cwd / "fuzz.c").write_text(EDGES)
    lf.link("-fsanitize=fuzzer-no-link", "-fprofile-instr-generate",
            "-fcoverage-mapping", "fuzz.c")
    lf.write("corpus/1", b"a")
    lf.write("corpus/2", b"abc")
    (lf.cwd / "dummy").mkdir()
    lf.run("-merge=1", "-timeout=100", "dummy", "corpus",
           env={"LLVM_PROFILE_FILE": "raw.%1m.profraw"}).expect(0)
    raw = list(lf.cwd.glob("raw.*.profraw"))
    subprocess.run([profdata, "merge", "-sparse", *raw, "-o", "all"],
                   cwd=lf.cwd, check=True)
    shown = subprocess.run([profdata, "show", "--all-functions", "--counts",
                            "all"], cwd=lf.cwd, check=True,
                           capture_output=True, text=True).stdout
    count = dict(re.findall(r"^  (?:\S*:)?(\w+):\n(?:.*\n){2}    Function count: "
                            r"(\d+)", shown, re.M))
    # Each of the two files runs once or, since it is new, twice.
    assert int(count["first"]) == 2 * int(count["second"]) > 0, shown
    assert "never" not in count  # -sparse leaves zeros out


def test_gcov_build_runs(lf):
    """A project's own gcov build: its counters are coverage like any other."""
    lf.compiler = "gcc"
    lf.build(EDGES, "--coverage", head=False)
    done = lf.run("-seed=1", RUNS).expect(0)
    assert len(re.findall(NEWS, done.err)) >= 3, done.text


def test_dictionary(lf):
    lf.build(INCLUDES + """
static unsigned sum(const uint8_t *data, size_t size)
{
    unsigned s = 1;
    for (size_t i = 0; i < size; i++)
        s = (s ^ data[i]) * 2654435761u, s ^= s >> 15;
    return s;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 12 <= size; i++)
        if (sum(data + i, 12) == SUM)
            abort();
    return 0;
}
""".replace("SUM", f"{word_sum(b'ElvisPresley')}u"), head=False)
    lf.write("words", b'# names\nkw="ElvisPresley"\n"other"\n')
    done = lf.run("-dict=words", "-seed=1", "-runs=300000").expect(77)
    assert "Dictionary: 2 entries\n" in done.err
    assert b"ElvisPresley" in list(lf.artifacts().values())[0]
    lf.run("-seed=1", "-runs=30000").expect(0)
    lf.write("bad", b"no word at all\n")
    assert lf.run("-dict=bad", "-runs=1").code == 1
