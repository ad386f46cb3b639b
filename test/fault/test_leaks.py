# SPDX-License-Identifier: MIT
"""Leaks: found and blamed where LeakSanitizer is, at a bounded cost where
nothing leaks, and never where it cannot work."""
import re

import pytest
from fault import digest, fuzz  # noqa: F401 (a fixture)

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def no_symbolizer(monkeypatch):
    """A symbolizer that a sanitizer started is left when it ends."""
    for tool in ("ASAN", "LSAN"):
        monkeypatch.setenv(f"{tool}_OPTIONS", "symbolize=0")


each_leak_sanitizer = pytest.mark.parametrize("sanitizer", ["address", "leak"])

HEAD = """
#include "fault.h"
#include <thresh.h>
__attribute__((noinline, unused)) static void leak(void)
{
    volatile char *volatile block = malloc(1);
    *block = 1;
    block = NULL;
}
/* Keeps a block that can be found for ever: no leak, but a reason to look. */
struct link { struct link *next; };
static struct link *volatile kept;
__attribute__((unused)) static void keep(void)
{
    struct link *l = malloc(sizeof *l);
    l->next = kept;
    kept = l;
}
"""

LEAKS = HEAD + """
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    atomic_fetch_add(&board()[0], 1);
    if (in.size == 5) {
        dump("leaker", in.data, in.size);
        leak();
    }
}
"""

KEEPS = HEAD + """
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    atomic_fetch_add(&board()[0], 1);
    (void)in;
    keep();
}
"""
# How often the sanitizer is asked.
COUNTS_LOOKS = """
int __real___lsan_do_recoverable_leak_check(void);
int __wrap___lsan_do_recoverable_leak_check(void)
{
    note("looks", "at execution %u", atomic_load(&board()[0]));
    return __real___lsan_do_recoverable_leak_check();
}
"""
COUNT_LOOKS = "-Wl,--wrap=__lsan_do_recoverable_leak_check"


@each_leak_sanitizer
def test_a_leak_is_the_inputs_failure(fuzz, sanitizer):
    fuzz.build(LEAKS, f"-fsanitize={sanitizer}")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=100000x",
                   "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    assert ("FAIL t: detected memory leaks: 1 byte in 1 allocation "
            "(LeakSanitizer)\n") in run.stdout
    assert "reproduced 5/5" in run.stdout
    path, = fuzz.saved()
    assert path.read_bytes() == (fuzz.cwd / "leaker").read_bytes()
    again = fuzz.assert_reproduces(path)
    assert "detected memory leaks: 1 byte in 1 allocation" in again.stdout


def test_a_leak_is_minimised_as_a_leak(fuzz):
    fuzz.build(LEAKS.replace("in.size == 5", "in.size >= 5"),
               "-fsanitize=address")
    (fuzz.cwd / "cache/t").mkdir(parents=True)
    (fuzz.cwd / "cache/t" / digest(b"x" * 40)).write_bytes(b"x" * 40)
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=1000x")
    assert run.code == 1, run.text
    path, = fuzz.saved()
    assert path.read_bytes() == b"0" * 5


def test_a_leak_of_a_seed_names_the_seed(fuzz):
    fuzz.build(LEAKS, "-fsanitize=address")
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-fuzztime=1x")
    assert run.code == 1, run.text
    assert "failure while testing seed corpus entry: t/five" in run.stderr
    assert "detected memory leaks: 1 byte in 1 alloc" in run.stdout
    again = fuzz.run("-run=^t$")
    assert again.code == 1 and "--- FAIL: t/five" in again.stdout, again.text


@each_leak_sanitizer
def test_looking_for_leaks_counts_every_execution_and_gets_rare(
        fuzz, sanitizer):
    """Looks come at suspicious executions 1, 3, 7, 15, ...; what is run once
    more for them is counted like everything else."""
    fuzz.build(KEEPS + COUNTS_LOOKS, f"-fsanitize={sanitizer}", COUNT_LOOKS)
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=20000x")
    assert run.code == 0, run.text
    assert run.execs() == 20000
    made = int.from_bytes((fuzz.cwd / "board").read_bytes()[:4], "little")
    assert made == 20000
    looks = fuzz.notes("looks")
    assert 10 <= len(looks) <= 16, looks


def test_a_cache_is_run_again_now_and_then_and_never_looked_into(fuzz):
    fuzz.build(KEEPS.replace("(void)in;", """
        static bool seen[256];
        unsigned n = in.size ? in.data[0] : 0;
        if (seen[n])
            return;
        seen[n] = true;""") + COUNTS_LOOKS, "-fsanitize=address", COUNT_LOOKS)
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=20000x")
    assert run.code == 0 and run.execs() == 20000, run.text
    # the baseline's one input is not run again for it
    assert len(fuzz.notes("looks")) <= 1


@pytest.mark.parametrize("who", ["ASAN_OPTIONS", "LSAN_OPTIONS", "harness"])
def test_nobody_looks_when_told_not_to(fuzz, who):
    own = """
        const char *__asan_default_options(void);
        const char *__asan_default_options(void) { return "detect_leaks=0"; }
        """ if who == "harness" else ""
    fuzz.build(KEEPS + own + COUNTS_LOOKS, "-fsanitize=address", COUNT_LOOKS)
    env = {} if own else {who: "symbolize=0:detect_leaks=0"}
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=2000x", env=env)
    assert run.code == 0 and run.execs() == 2000, run.text
    assert fuzz.notes("looks") == []


def test_the_user_can_turn_on_what_the_harness_turned_off(fuzz):
    fuzz.build(LEAKS + """
        const char *__asan_default_options(void);
        const char *__asan_default_options(void) { return "detect_leaks=0"; }
        """, "-fsanitize=address")
    args = ["-parallel=1", "-seed=1", "-fuzztime=20000x",
            "-fuzzminimizetime=0x"]
    run = fuzz.run(*args)
    assert run.code == 0, run.text
    run = fuzz.run(*args, env={
        "ASAN_OPTIONS": "symbolize=0:detect_leaks=1"})
    assert run.code == 1 and "detected memory leaks" in run.stdout, run.text


def test_what_a_failing_check_leaves_behind_is_no_leak(fuzz):
    """The jump out of the target loses what the target held."""
    fuzz.build(HEAD + """
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            char *volatile held = malloc(9);
            note("sizes", "%zu", in.size);
            THRESH_CHECK(in.size != 5);
            free(held);
            held = NULL;
            if (in.size == 6)
                keep();
        }
        """, "-fsanitize=address")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=3000x", "-keepfuzzing",
                   "-fuzzminimizetime=5x")
    assert run.code == 1 and run.execs() == 3000, run.text
    assert run.stdout.count("    FAIL t: ") == 1, run.text
    assert "check failed" in run.stdout and "leak" not in run.text
    sizes = fuzz.notes("sizes")
    assert "6" in sizes[sizes.index("5"):]
    assert "leak" not in fuzz.run("-run=^t$").text


def test_what_a_failing_check_leaves_behind_is_no_leak_in_test_mode(fuzz):
    fuzz.build(HEAD + """
        THRESH_TARGET(t, (bytes, in))
        {
            char *volatile held = malloc(9);
            THRESH_CHECK(in.size != 1);
            free(held);
            held = NULL;
            if (in.size == 2)
                keep();
        }
        """, "-fsanitize=address")
    fuzz.seed("a", b"1")
    fuzz.seed("b", b"22")
    run = fuzz.run("-run=^t$")
    assert run.stdout.count("--- FAIL: t/") == 1, run.text
    assert "--- FAIL: t/a" in run.stdout and "leak" not in run.text


def test_what_initialisation_leaks_is_no_inputs_fault(fuzz):
    fuzz.build(HEAD + """
        int LLVMFuzzerInitialize(int *argc, char ***argv);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
        int LLVMFuzzerInitialize(int *argc, char ***argv)
        {
            (void)argc;
            (void)argv;
            leak();
            return 0;
        }
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            (void)data;
            (void)size;
            keep();
            return 0;
        }
        """ + COUNTS_LOOKS, "-fsanitize=address", COUNT_LOOKS)
    run = fuzz.run("-fuzz=.", "-parallel=1", "-seed=1", "-fuzztime=100x")
    assert run.code == 0 and fuzz.notes("looks"), run.text


NO_PTRACE = """
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
__attribute__((constructor)) static void forbid_ptrace(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {4, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        note("unforbidden", "no seccomp");
}
"""


@each_leak_sanitizer
def test_where_leaks_cannot_be_looked_for_no_input_is_blamed(fuzz, sanitizer):
    fuzz.build("#include \"fault.h\"\n" + NO_PTRACE + LEAKS, f"-fsanitize={sanitizer}")
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=2", "-seed=1", "-fuzztime=3000x")
    if fuzz.notes("unforbidden"):
        pytest.skip("ptrace cannot be forbidden here")
    assert run.code == 0 and run.execs() == 3000, run.text
    warnings = re.findall("^warning: .*leaks are not looked for.*$", run.stderr,
                          re.M)
    assert len(warnings) == 1 and "detect_leaks=0" in warnings[0], run.text
    # what kills a worker for another reason is still found
    again = fuzz.run("-run=^t$")
    assert again.code == 0 and "PASS" in again.stdout, again.text
    assert again.stderr.count("leaks are not looked for") == 1, again.text


def test_a_failure_is_confirmed_where_leaks_cannot_be_looked_for(fuzz):
    """The first run that confirms is what notices it."""
    fuzz.build(NO_PTRACE + """
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 5 && atomic_fetch_add(&board()[0], 1) != 1)
                abort();
        }
        """.replace("#include \"fault.h\"", ""), "-fsanitize=address",
        "-include", "fault.h")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzztime=3000x",
                   "-fuzzminimizetime=0x")
    if fuzz.notes("unforbidden"):
        pytest.skip("ptrace cannot be forbidden here")
    assert run.code == 1, run.text
    assert "reproduced 5/5" in run.stdout
    assert run.stderr.count("leaks are not looked for") == 1, run.text
