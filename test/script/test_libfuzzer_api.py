# SPDX-License-Identifier: MIT
"""libFuzzer's C API in its mode: what harnesses define and call."""
import re

import pytest
from fuzzing import links, programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    INCLUDES, engine, files_in, lf, lf_both, unlike, word_sum)

CLANG = pytest.mark.posix("clang's, which is not cross-built with")

# Everything the mutator makes begins with M, and is as long as it says.
MUTATOR = INCLUDES + """
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    static unsigned last;
    if (max != 100 || size > max || (seed && seed == last))
        abort();
    last = seed;
    size = LLVMFuzzerMutate(data, size, max);
    if (size == 0 || size > max)
        abort();
    data[0] = 'M';
    return size;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && data[0] != 'M' && data[0] != '\\n')
        abort();
    if (size > 2 && data[1] == 'x' && data[2] == 'y')
        exit(3);
    return 0;
}
"""


@unlike("solved in 3,000 executions, in which libFuzzer still looks for it")
def test_custom_mutator_makes_all_mutants(lf_both):
    lf_both.build(MUTATOR, head=False)
    done = lf_both.run("-seed=1", "-runs=400000", "-max_len=100").expect(77)
    assert "fuzz target exited" in done.err, done.text
    (lf_both.cwd / "a").mkdir()
    (lf_both.cwd / "b").mkdir()
    for folder in "ab":
        lf_both.run("-seed=7", "-runs=3000", "-max_len=100", folder)
    assert files_in(lf_both.cwd / "a") == files_in(lf_both.cwd / "b")


@CLANG
def test_custom_mutator_under_msan(lf, tmp_path):
    lf.compiler = "clang"
    if not links(tmp_path, "clang", "-fsanitize=memory"):
        pytest.skip("no MSan here")
    lf.build(MUTATOR.replace("exit(3)", "return 0"), "-fsanitize=memory",
             head=False)
    lf.run("-seed=1", "-runs=20000", "-max_len=100").expect(0)


def test_what_a_mutator_counts_is_no_coverage(lf_both):
    """Its loops run a different number of times each time."""
    lf_both.build(MUTATOR.replace("    data[0] = 'M';", """
    for (unsigned i = 0; i < seed % 1000; i++)
        *(volatile uint8_t *)data = (uint8_t)(i % 7 == 3 ? i : seed);
    data[0] = 'M';""").replace("exit(3)", "return 0"), head=False)
    done = lf_both.run("-seed=1", "-runs=20000", "-max_len=100").expect(0)
    assert len(re.findall("\tNEW ", done.err)) < 8, done.text


CROSS = INCLUDES + """
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b,
                                 size_t nb, uint8_t *out, size_t max,
                                 unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b,
                                 size_t nb, uint8_t *out, size_t max,
                                 unsigned seed)
{
    (void)a;
    (void)b;
    (void)seed;
    if (na == 0 || nb == 0 || max < 9)
        return 0;
    memcpy(out, "\\xfe\\xdc" "crossed", 9);
    return 9;
}
static unsigned sum(const uint8_t *data, size_t size)
{
    unsigned s = 1;
    for (size_t i = 0; i < size; i++)
        s = (s ^ data[i]) * 2654435761u, s ^= s >> 15;
    return s;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int seen;
    if (size > 0 && data[0] == 'q')
        seen = 1;
    if (size == 9 && sum(data, size) == SUM)
        abort();
    return 0;
}
"""


def test_custom_cross_over(lf):
    text = b"\xfe\xdccrossed"
    lf.build(CROSS.replace("SUM", f"{word_sum(text)}u"), head=False)
    lf.write("in/1", b"qa")
    lf.write("in/2", b"b")
    lf.run("-seed=1", "-runs=50000", "-cross_over=0", "in").expect(0)
    lf.run("-seed=1", "-runs=50000", "in").expect(77)
    assert list(lf.artifacts().values()) == [text]


def test_run_driver(lf_both):
    """A program with a main of its own, as bindings of other languages are."""
    lf_both.build(INCLUDES + """
int LLVMFuzzerRunDriver(int *argc, char ***argv,
                        int (*call)(const uint8_t *data, size_t size));
static int target(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'x' && data[1] == 'y')
        abort();
    return 0;
}
int main(int argc, char **argv)
{
    puts("my own main");
    fflush(stdout);
    return LLVMFuzzerRunDriver(&argc, &argv, target);
}
""", head=False)
    done = lf_both.run("-seed=1", "-runs=100000").expect(77)
    assert done.out.startswith("my own main")
    assert [d[:2] for d in lf_both.artifacts().values()] == [b"xy"]
    assert b"LLVMFuzzerRunDriver" in lf_both.program.read_bytes()


@unlike("a directory with an empty file is a corpus; to libFuzzer it is none")
@pytest.mark.parametrize("flags", [[], ["-fsanitize=address"]])
def test_empty_input_has_a_byte(lf, flags, tmp_path):
    """As libFuzzer's block of no bytes; it is read while fuzzing and when the
    empty input is run again, in a heap block of its own."""
    if flags and not links(tmp_path, lf.compiler, *flags):
        pytest.skip("no such sanitizer")
    lf.build("""
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (data[0] == 'q')
        exit(3);
    return (void)size, 0;
}
""", *flags, head=False)
    lf.write("in/empty", b"")
    lf.run("in/empty").expect(0)
    lf.run("-runs=1000000", "-seed=1", "in").expect(77)


@unlike("libFuzzer runs the empty input before it says anything of "
        "the corpus")
def test_is_present(lf):
    lf.build(INCLUDES + """
__attribute__((weak)) void __libfuzzer_is_present(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    if (size == 0 && __libfuzzer_is_present)
        abort();
    return 0;
}
""", head=False)
    lf.run("-runs=1").expect(77)


def test_extra_counters_are_cleared(lf_both):
    lf_both.build(INCLUDES + """
__attribute__((section("__libfuzzer_extra_counters")))
static uint8_t counters[4096];
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned found;
    for (size_t i = 0; i < sizeof counters; i++)
        if (counters[i])
            abort();
    if (size == 2)
        counters[data[0] % 16 * 16 + data[1] % 16]++;
    (void)found;
    return 0;
}
""", head=False)
    (lf_both.cwd / "out").mkdir()
    lf_both.run("-seed=1", "-runs=60000", "-max_len=2", "out").expect(0)
    assert len(files_in(lf_both.cwd / "out")) > 100


def test_initialize_runs_first_and_may_print(lf):
    lf.build(INCLUDES + """
static int ready;
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    fprintf(stderr, "initialised as %s\\n", (*argv)[1]);
    ready = 1;
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    if (!ready)
        abort();
    return 0;
}
""", head=False)
    done = lf.run("-runs=100").expect(0)
    assert "initialised as -runs=100\n" in done.err


@unlike("LLVMFuzzerInitialize runs in workers, when the engine has "
        "begun")
@pytest.mark.parametrize("change", ["(*argv)[0] = (char *)\"other\";",
                                    "(*argv)[0][0] = 'X';"])
def test_initialize_must_leave_argv0(lf, change):
    lf.build(INCLUDES + """
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    CHANGE
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}
""".replace("CHANGE", change), head=False)
    done = lf.run("-runs=100").expect(1)
    assert "ERROR: argv[0] has been modified in LLVMFuzzerInitialize" in done.err


SPAM = INCLUDES + """
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size != 3)
        return 0;
    fprintf(stdout, "said on stdout\\n");
    fflush(stdout);
    fprintf(stderr, "said on stderr\\n");
    if (data[0] == 'X')
        abort();
    return 0;
}
"""


@unlike("libFuzzer leaves the target its standard output; here, while fuzzing, "
        "what it prints on either stream goes to standard error", always=False)
@pytest.mark.parametrize("mask", [0, 1, 2, 3])
def test_close_fd_mask(lf, mask):
    lf.build(SPAM, head=False)
    lf.write("in/x", b"abc")
    done = lf.run(f"-close_fd_mask={mask}", "-runs=0", "in").expect(0)
    assert ("said on stdout" in done.err) == (mask & 1 == 0), done.text
    assert ("said on stderr" in done.err) == (mask & 2 == 0), done.text


@pytest.mark.parametrize("byte", "xa")
def test_what_ran_before_a_failure_has_printed_is_seen(lf, byte):
    """Once, whether the failing input prints something itself or not."""
    lf.build("""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int once;
    if (size < 1 || *data == 0 || *data == '\\n')
        return 0;
    if (!once++ && *data == 'z')
        fprintf(stderr, "said first\\n");
    if (*data == 'x')
        fprintf(stderr, "said last\\n");
    if (*data == 'x' || *data == 'a')
        abort();
    return 0;
}
""", head=False)
    lf.write("in/1", b"z")
    lf.write("in/2", byte.encode() + b"more")
    done = lf.run("-runs=0", "in").expect(77)
    last = "said last.*" if byte == "x" else ""
    assert re.search(f"said first\n.*{last}deadly signal", done.err, re.S)
    assert done.err.count("said first") == 1, done.text
    assert done.err.count("said last") == (byte == "x"), done.text


@unlike("libFuzzer's goes to standard output", always=False)
def test_what_stdio_has_kept_is_seen(lf):
    """A process that exits writes it; so does a worker that leaves."""
    lf.build(SPAM.replace("fflush(stdout);", ""), head=False)
    lf.write("in/x", b"abc")
    assert "said on stdout" in lf.run("-runs=0", "in").expect(0).err


@pytest.mark.parametrize("mask", [0, 1, 2, 3])
def test_files_print_where_they_will(lf, mask):
    lf.build(SPAM, head=False)
    lf.write("in/x", b"abc")
    done = lf.run(f"-close_fd_mask={mask}", "in/x").expect(0)
    assert done.out == "said on stdout\n" * (mask & 1 == 0), done.text
    assert ("said on stderr" in done.err) == (mask & 2 == 0), done.text


@pytest.mark.parametrize("mask", [0, 3])
def test_a_report_is_seen_whatever_is_closed(lf_both, tmp_path, mask):
    if not links(tmp_path, lf_both.compiler, "-fsanitize=address"):
        pytest.skip(f"{lf_both.compiler} has no ASan here")
    lf_both.build(SPAM.replace("abort();", "((volatile char *)malloc(2))[size] = 1;"),
                  "-fsanitize=address", head=False)
    lf_both.write("x", b"Xbc")
    done = lf_both.run(f"-close_fd_mask={mask}", "x").expect(1)
    assert "ERROR: AddressSanitizer: heap-buffer-overflow" in done.err
    assert ("said on stderr" in done.err) == (mask == 0)
