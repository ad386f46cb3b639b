# SPDX-License-Identifier: MIT
"""Every kind of finding of every sanitizer is the failure of the input that
ran, under the sanitizer's own name for it, and happens again; also where the
sanitizer is told to go on after a finding. And what sanitizers are told: the
user's word counts more than the harness's, and that more than ours."""
import re

import pytest
from conftest import run as run_program
from fault import fill, fuzz  # noqa: F401 (a fixture)

pytestmark = pytest.mark.engine

TOOLS = ("ASAN", "UBSAN", "LSAN", "MSAN", "TSAN")


@pytest.fixture(autouse=True)
def no_symbolizer(monkeypatch):
    """A symbolizer that a sanitizer started is left when it ends."""
    for tool in TOOLS:
        monkeypatch.setenv(f"{tool}_OPTIONS", "symbolize=0")


def options(tool, text):
    return {f"{tool}_OPTIONS": f"symbolize=0:{text}"}


def builds(fuzz, *flags):
    """Whether this compiler has these sanitizers."""
    path = fuzz.cwd / "probe.c"
    path.write_text("int main(void) { return 0; }\n")
    done = run_program([fuzz.cc.compiler, *flags, path, "-o",
                        fuzz.cwd / "probe"], fuzz.cwd, check=False)
    return done.returncode == 0


SOURCE = """
#include <pthread.h>
#include "fault.h"
#include <thresh.h>
static int shared;
/* Often, since ThreadSanitizer does not see each race. */
FAULT_UNUSED static void *add(void *p)
{
    for (volatile int i = 0; i < 1000; i++)
        shared++;
    return p;
}
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
FAULT_UNUSED static void both(pthread_mutex_t *x, pthread_mutex_t *y)
{
    pthread_mutex_lock(x);
    pthread_mutex_lock(y);
    pthread_mutex_unlock(y);
    pthread_mutex_unlock(x);
}
__attribute__((noinline)) static int deeper(volatile int n)
{
    volatile char frame[4096];
    frame[n % 4096] = 1;
    return n == -1 ? 0 : deeper(n + 1) + frame[0];
}
__attribute__((noinline)) static void fail(int size)
{
    (void)size;
    (void)deeper;
    (void)a, (void)b;
    @HOW@;
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size != 5)
        return;
    dump("killer", in.data, in.size);
    fail((int)in.size);
    note("went on", "after it");
}
@MORE@
"""

WAYS = {
    "wild": "volatile uintptr_t place = 16; *(volatile char *)place = 1",
    "abort": "abort()",
    "trap": "__builtin_trap()",
    "stack": "(void)deeper(0)",
    "use-after-free": "volatile char *p = malloc(9); free((void *)p); p[3] = 1",
    "overflow": "volatile int top = 0x7fffffff; top = top + size",
    "uninitialised": "volatile char *p = malloc(9); if (p[3]) note(\"n\", \"x\");"
                     "free((void *)p)",
    "race": "pthread_t x, y; pthread_create(&x, 0, add, 0); "
            "pthread_create(&y, 0, add, 0); pthread_join(x, 0); "
            "pthread_join(y, 0)",
    "deadlock": "both(&a, &b); both(&b, &a)",
}

OVERFLOW = r"signed integer overflow: .* \(UndefinedBehaviorSanitizer\)"
FINDINGS = [
    ("address", "wild", r"SEGV \(AddressSanitizer\)"),
    ("address", "abort", r"ABRT \(AddressSanitizer\)"),
    ("address", "trap", r"ILL \(AddressSanitizer\)"),
    ("address", "stack", r"stack-overflow \(AddressSanitizer\)"),
    ("address", "use-after-free",
     r"heap-use-after-free WRITE of size 1 \(AddressSanitizer\)"),
    # gcc's UBSan leaves signals alone
    ("undefined", "wild", r"SEGV \(Unde.*\)|SIGSEGV on address 0x10"),
    ("undefined", "abort", r"ABRT \(Unde.*\)|SIGABRT"),
    ("undefined", "stack", r"stack-overflow \(Unde.*\)|SIGSEGV on address .*"),
    ("undefined", "overflow", OVERFLOW),
    ("address,undefined", "wild", r"SEGV \(AddressSanitizer\)"),
    ("address,undefined", "stack", r"stack-overflow \(AddressSanitizer\)"),
    ("address,undefined", "overflow", OVERFLOW),
    ("leak", "wild", r"SEGV \(LeakSanitizer\)"),
    ("leak", "stack", r"stack-overflow \(LeakSanitizer\)"),
    ("thread", "wild", r"SEGV \(ThreadSanitizer\)"),
    ("thread", "abort", r"ABRT \(ThreadSanitizer\)"),
    ("thread", "stack", r"stack-overflow \(ThreadSanitizer\)"),
    ("thread", "race", r"data race \(ThreadSanitizer\)"),
    ("thread", "deadlock", r"lock-order-inversion \(potential deadlock\) "
                           r"\(ThreadSanitizer\)"),
    ("thread", "use-after-free", r"heap-use-after-free \(ThreadSanitizer\)"),
    ("memory", "wild", r"SEGV \(MemorySanitizer\)"),
    ("memory", "stack", r"stack-overflow \(MemorySanitizer\)"),
    ("memory", "uninitialised",
     r"use-of-uninitialized-value \(MemorySanitizer\)"),
]


def fail_with(fuzz, way, *flags, env=None, more="", title):
    """Builds, fuzzes, and sees that the right input failed rightly."""
    if not builds(fuzz, *flags):
        pytest.skip(f"{fuzz.cc.compiler} lacks {' '.join(flags)}")
    fuzz.build(fill(SOURCE, HOW=WAYS[way], MORE=more), "-O1", "-pthread",
               "-Wno-infinite-recursion", *flags)
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzzminimizetime=0x",
                   env=env or {})
    assert run.code == 1, run.text
    said = re.findall(r"^    FAIL t: (.*)$", run.stdout, re.M)
    assert len(said) == 1 and re.fullmatch(title, said[0]), run.text
    assert "reproduced 5/5" in run.stdout, run.text
    path, = fuzz.saved()
    assert path.read_bytes() == (fuzz.cwd / "killer").read_bytes()
    again = fuzz.run(f"-run=^t$/^{path.name}$", env=env or {})
    assert again.code == 1 and any(
        re.fullmatch(title, line.strip())
        for line in again.stdout.splitlines()), again.text
    return run


@pytest.mark.parametrize("sanitizer,way,title", [
    pytest.param(*f, id=f"{f[0]}-{f[1]}") for f in FINDINGS])
def test_a_finding_is_the_inputs_failure(fuzz, sanitizer, way, title):
    fail_with(fuzz, way, f"-fsanitize={sanitizer}", title=title)


# ---- findings after which the sanitizer goes on ----

GOES_ON = """
    const char *__@TOOL@_default_options(void);
    const char *__@TOOL@_default_options(void) { return "halt_on_error=0"; }
    """


@pytest.mark.parametrize("sanitizer", ["undefined", "address,undefined"])
@pytest.mark.parametrize("who", ["user", "harness"])
def test_ubsan_findings_it_recovers_from_are_failures(fuzz, sanitizer, who):
    by_user = who == "user"
    fail_with(fuzz, "overflow", f"-fsanitize={sanitizer}", title=OVERFLOW,
              env=options("UBSAN", "halt_on_error=0") if by_user else None,
              more="" if by_user else fill(GOES_ON, TOOL="ubsan"))
    assert fuzz.notes("went on")


@pytest.mark.parametrize("tool,way,flags,title", [
    ("ASAN", "use-after-free",
     ["-fsanitize=address", "-fsanitize-recover=address"],
     "heap-use-after-free WRITE.*"),
    ("TSAN", "race", ["-fsanitize=thread"], "data race.*"),
    ("MSAN", "uninitialised",
     ["-fsanitize=memory", "-fsanitize-recover=memory"],
     "use-of-uninitialized-value.*"),
], ids=["asan", "tsan", "msan"])
def test_findings_that_others_recover_from_are_failures(
        fuzz, tool, way, flags, title):
    fail_with(fuzz, way, *flags, env=options(tool, "halt_on_error=0"),
              title=title)


@pytest.mark.parametrize("flags", [[], ["-fno-sanitize-recover=all"]],
                         ids=["goes-on", "aborts"])
def test_a_line_of_ubsans_minimal_runtime_is_a_failure(fuzz, flags):
    if fuzz.cc.compiler == "gcc":
        pytest.skip("gcc has no minimal runtime")
    fail_with(fuzz, "overflow", "-fsanitize=undefined",
              "-fsanitize-minimal-runtime", *flags,
              title=r"add-overflow \(UndefinedBehaviorSanitizer\)")


def test_other_output_of_such_a_program_is_no_failure(fuzz):
    if fuzz.cc.compiler == "gcc":
        pytest.skip("gcc has no minimal runtime")
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            volatile int n = (int)in.size;
            n = n + 1;
            fprintf(stderr, "I say ubsan: %d\\n", n);
        }
        """, "-fsanitize=undefined", "-fsanitize-minimal-runtime")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=5000x")
    assert run.code == 0 and run.execs() == 5000, run.text


def test_a_trap_of_ubsan_is_a_failure(fuzz):
    flag = ("-fsanitize-undefined-trap-on-error" if fuzz.cc.compiler == "gcc"
            else "-fsanitize-trap=undefined")
    fail_with(fuzz, "overflow", "-fsanitize=undefined", flag,
              title="SIGILL.*|SIGTRAP.*")


def test_what_is_found_while_initialising_is_no_inputs_failure(fuzz):
    fuzz.build("""
        #include <stdint.h>
        #include <stddef.h>
        static volatile int top = 0x7fffffff;
        int LLVMFuzzerInitialize(int *argc, char ***argv);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
        int LLVMFuzzerInitialize(int *argc, char ***argv)
        {
            (void)argv;
            top = top + (*argc > 0);
            return 0;
        }
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            (void)data;
            (void)size;
            return 0;
        }
        """, "-fsanitize=undefined")
    run = fuzz.run("-fuzz=.", "-parallel=1", "-seed=1", "-fuzztime=100x",
                   env=options("UBSAN", "halt_on_error=0"))
    assert run.code == 0 and run.execs() == 100, run.text


# ---- who decides what sanitizers are told ----

# The worker says what it was told, and what its runtime made of it.
TOLD = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in))
{
    (void)in;
    const char *said = getenv("@TOOL@_OPTIONS");
    note("told", "%s", said ? said : "nothing");
}
@MORE@
"""


@pytest.mark.parametrize("tool,sanitizer", [
    ("ASAN", "address"), ("UBSAN", "undefined"), ("LSAN", "leak"),
    ("MSAN", "memory"), ("TSAN", "thread")])
def test_each_variable_reaches_its_tool(fuzz, tool, sanitizer):
    if not builds(fuzz, f"-fsanitize={sanitizer}"):
        pytest.skip(f"{fuzz.cc.compiler} lacks it")
    fuzz.build(fill(TOLD, TOOL=tool, MORE=""), f"-fsanitize={sanitizer}")
    fuzz.seed("one", b"1")
    run = fuzz.run("-run=^t$", env=options(tool, "exitcode=5"))
    assert run.code == 0, run.text
    told, = fuzz.notes("told")
    assert told.endswith(":symbolize=0:exitcode=5")
    assert told.count("exitcode=") == 1 and "handle_abort=1:" in told


@pytest.mark.parametrize("user,halts", [
    (None, False), ("halt_on_error=1", True), ("halt_on_error=0", False)])
def test_the_user_wins_over_the_harness_and_that_over_us(fuzz, user, halts):
    fail_with(fuzz, "overflow", "-fsanitize=undefined", title=OVERFLOW,
              env=options("UBSAN", user) if user else None,
              more=fill(GOES_ON, TOOL="ubsan"))
    assert bool(fuzz.notes("went on")) == (not halts)


def test_without_another_word_a_finding_ends_the_process(fuzz):
    fail_with(fuzz, "overflow", "-fsanitize=undefined", title=OVERFLOW)
    assert fuzz.notes("went on") == []


def test_an_option_that_tools_share_is_the_users_in_all_of_them(fuzz):
    """ASan reads UBSAN_OPTIONS after its own: ours there must give way."""
    run = fail_with(
        fuzz, "use-after-free", "-fsanitize=address,undefined",
        env=options("ASAN", "print_summary=0:handle_abort=0"),
        title="heap-use-after-free WRITE.*")
    assert "SUMMARY" not in run.stdout
    fuzz.saved()[0].unlink()
    (fuzz.cwd / "killer").unlink()
    fail_with(fuzz, "abort", "-fsanitize=address",
              env=options("ASAN", "handle_abort=0"), title="SIGABRT")
