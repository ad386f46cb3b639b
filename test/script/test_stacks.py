# SPDX-License-Identifier: MIT
"""The stack in the report of a failure: that it begins where the project's own
code failed, whatever the way to fail, the compiler and the kind of program,
and ends with the target."""
import re
import shutil

import pytest
from conftest import WINDOWS
from fuzzing import fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

NO_TCACHE = pytest.mark.posix("msvcrt does not look for double frees")
SIGNALS = pytest.mark.posix("other signals")
NO_LINES = pytest.mark.posix("no addr2line in Wine, so no lines in reports")

# One way to fail for each first byte.
SOURCE = """\
#include <assert.h>
#include <signal.h>
#include <pthread.h>
__attribute__((noinline)) static int fail(const uint8_t *data, size_t size)
{
    void *volatile p;
    volatile int zero = 0;
    switch (data[0]) {
    case 'a': abort();
    case 'A': assert(size == 99);
    case 's': *(volatile int *)16 = 1; break;
    case 'm': memset((void *)(uintptr_t)(8 + zero), 1, size); break;
    case 'f': return 7 / zero;
    case 'd': p = malloc(9); free(p); free(p); break;
    case 'x': exit(3);
    case 'c': THRESH_CHECK(size == 99); break;
    case 'j': ((void (*)(void))(uintptr_t)(0x1234 + zero))(); break;
    case 'h': for (;;) zero = 0;
    case 'i': malloc(1); for (;;) pause();
    case 'q': signal(SIGABRT, SIG_IGN); raise(SIGILL);
    }
    return zero;
}
__attribute__((noinline)) static int deeper(volatile int n)
{
    volatile char frame[4096];
    frame[n % 4096] = 1;
    return n == -1 ? 0 : deeper(n + 1) + frame[0];
}
__attribute__((noinline)) static void smash(volatile size_t n)
{
    volatile char small[8];
    for (size_t i = 0; i < n; i++)
        small[i] = 'A';
    __asm__ volatile("" : : : "memory");
}
static void *in_thread(void *data)
{
    *(volatile int *)data = fail("s", 1);
    return data;
}
__attribute__((noinline)) static int parse(const uint8_t *data, size_t size)
{
    pthread_t thread;
    if (data[0] == 'o')
        return deeper(0);
    if (data[0] == 'k')
        smash(1000);
    if (data[0] == 't' && !pthread_create(&thread, 0, in_thread, &thread))
        return pthread_join(thread, 0);
    return fail(data, size) + 1;
}
THRESH_TARGET(t, (bytes, b))
{
    if (b.size)
        printf("%d", parse(b.data, b.size));
}
""".replace('fail("s", 1)', 'fail((const uint8_t *)"s", 1)')
FLAGS = ["-w", "-pthread", "-fno-stack-protector"]

WAYS = {"a": "abort", "A": "assert", "s": "segv", "m": "in libc", "f": "fpe",
        "d": "double free", "x": "exit", "c": "check", "j": "jump",
        "q": "other signal"}


def run_way(fuzz, way, *args, env=None):
    fuzz.seed(way, way.encode())
    return fuzz.run(f"-run=t/^{way}$", *args, env=env).expect(1)


def stack_of(done):
    """The stack line in the output of test mode, its parts."""
    lines = [line for line in done.out.splitlines() if " < " in line]
    assert lines, done.text
    line = lines[0].strip()
    at = done.out.splitlines().index(lines[0])
    while line.endswith("<"):
        at += 1
        line += " " + done.out.splitlines()[at].strip()
    return line.split(" < ")


def functions(stack):
    return [re.sub(r"^\S+:\d+ | \(.*$", "", part) for part in stack]


@pytest.mark.parametrize("way", [
    pytest.param(way, id=name, marks={"d": NO_TCACHE, "q": SIGNALS}.get(way, ()))
    for way, name in WAYS.items()])
def test_it_leads_from_the_failure_to_the_target(fuzz_both, way):
    fuzz_both.build(SOURCE, *FLAGS)
    stack = stack_of(run_way(fuzz_both, way))
    assert functions(stack) == ["fail", "parse", "t"]
    if WINDOWS:
        return
    lines = (fuzz_both.program.parent / "fuzz.c").read_text().splitlines()
    start = lines.index('#line 1 "target"')
    case = next(i for i, text in enumerate(lines) if f"case '{way}'" in text)
    assert stack[0] == f"target:{case - start} fail"


@pytest.mark.parametrize("way", [
    "a", "s", pytest.param("d", marks=NO_TCACHE), "c"])
@pytest.mark.parametrize("flags", [
    ["-g0"], ["-g0", "-O2", "-fomit-frame-pointer"], ["-static"],
    ["-no-pie", "-fno-pie"], ["-static", "-no-pie", "-fno-pie"]],
    ids=["g0", "O2-omitted", "static", "no-pie", "static-no-pie"])
def test_it_does_in_programs_of_any_kind(fuzz_both, flags, way):
    fuzz_both.build(SOURCE, *FLAGS, *flags)
    stack = stack_of(run_way(fuzz_both, way))
    assert functions(stack) == ["fail", "parse", "t"]
    if "-g0" in flags:
        assert re.fullmatch(r"fail \(fuzz(\.exe)?\+0x[0-9a-f]+\)", stack[0])


@pytest.mark.parametrize("way", ["a", "s"])
def test_a_stripped_program_has_places_without_names(fuzz_both, way):
    fuzz_both.build(SOURCE, *FLAGS, "-s", "-g0")
    stack = stack_of(run_way(fuzz_both, way))
    assert len(stack) == 3
    assert all(re.fullmatch(r"fuzz(\.exe)?\+0x[0-9a-f]+", part) for part in stack)


def test_a_stack_that_overflowed_is_told_once(fuzz_both):
    fuzz_both.build(SOURCE, *FLAGS)
    done = run_way(fuzz_both, "o")
    kind = "EXCEPTION_STACK_OVERFLOW" if WINDOWS else "SIGSEGV"
    assert re.search(kind + r" on address 0x\w+ \(stack overflow\)\n", done.out)
    assert re.search(r"deeper.* \(6\d times\)$", done.out, re.M)


@pytest.mark.posix("the tables of functions lead nowhere from such a stack")
def test_a_smashed_stack_is_told_up_to_the_damage(fuzz_both):
    fuzz_both.build(SOURCE, *FLAGS)
    done = run_way(fuzz_both, "k")
    assert re.search(r"^ +SIGSEGV", done.out, re.M), done.text
    assert re.search(r"^ +target:\d+ smash\b", done.out, re.M), done.text


def test_another_threads_stack_is_its_own(fuzz_both):
    fuzz_both.build(SOURCE, *FLAGS)
    stack = functions(stack_of(run_way(fuzz_both, "t")))
    assert stack[:2] == ["fail", "in_thread"]
    assert all("thread" in name for name in stack[2:])  # libwinpthread's own


def test_a_signal_somebody_handles_already_costs_the_stack_only(fuzz_both):
    fuzz_both.build(SOURCE.replace("raise(SIGILL)", "raise(SIGABRT), _exit(5)"),
                    *FLAGS)
    assert "exit status 5" in run_way(fuzz_both, "q").out


# ---- executions that take too long ----

LIMIT = "-inputtimeout=1s"


@pytest.mark.parametrize("way", ["h", "i"])
@pytest.mark.parametrize("flags", [[], ["-static"], ["-fsanitize=address"]],
                         ids=["plain", "static", "asan"])
def test_a_hanging_execution_tells_where_it_is(fuzz, flags, way):
    fuzz.build(SOURCE, *FLAGS, *flags)
    done = run_way(fuzz, way, LIMIT)
    assert "timeout after 1.00s\n" in done.out
    assert functions(stack_of(done)) == ["fail", "parse", "t"]


@SIGNALS
@pytest.mark.parametrize("first", [
    "{ sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0); }",
    "for (int s = 1; s < 65; s++) signal(s, SIG_IGN);",
    "for (int s = 1; s < 65; s++) signal(s, SIG_DFL);",
], ids=["blocked", "ignored", "default"])
def test_without_an_answer_it_is_a_timeout_all_the_same(fuzz, first):
    fuzz.build(SOURCE.replace("case 'h':", "case 'h': " + first), *FLAGS)
    done = run_way(fuzz, "h", LIMIT)
    assert "timeout after 1.00s\n" in done.out and " < " not in done.out


@pytest.mark.posix("forks")
def test_processes_of_the_target_do_not_speak_for_it(fuzz):
    fuzz.build(SOURCE.replace("case 'h':",
                              "case 'h': if (fork() == 0) abort();"), *FLAGS)
    done = run_way(fuzz, "h", LIMIT)
    assert "timeout after 1.00s\n" in done.out
    assert functions(stack_of(done)) == ["fail", "parse", "t"]


# ---- sanitizers ----

TOOLS = {
    "address": ("volatile char *p = malloc(9); p[size + 8] = 1; return p[0];",
                "heap-buffer-overflow WRITE of size 1 (AddressSanitizer)"),
    "undefined": ("volatile int top = 0x7fffffff; top += 1; return top;",
                  "signed integer overflow: 2147483647 + 1 cannot be "
                  "represented in type 'int' (UndefinedBehaviorSanitizer)"),
    "memory": ("volatile int *p = malloc(64); if (*p) puts(\"\"); return 1;",
               "use-of-uninitialized-value (MemorySanitizer)"),
    "thread": ("pthread_t a, b; pthread_create(&a, 0, add, 0);"
               "pthread_create(&b, 0, add, 0); pthread_join(a, 0);"
               "return pthread_join(b, 0);",
               "data race (ThreadSanitizer)"),
}
FOR_TOOLS = """\
#include <pthread.h>
static int shared;
static void *add(void *p) { shared++; return p; }
__attribute__((noinline)) static int fail(size_t size)
{
    (void)add;
    %s
}
__attribute__((noinline)) static int parse(size_t size)
{
    return fail(size) + 1;
}
THRESH_TARGET(t, (bytes, b))
{
    if (b.size)
        printf("%%d", parse(b.size));
}
"""


@pytest.mark.parametrize("tool", TOOLS)
def test_a_sanitizers_report_is_named_by_us(fuzz_both, tool):
    if tool == "memory" and fuzz_both.compiler != "clang":
        pytest.skip("gcc has no MSan")
    body, title = TOOLS[tool]
    fuzz_both.build(FOR_TOOLS % body, f"-fsanitize={tool}", "-w", "-pthread")
    done = run_way(fuzz_both, "x")
    assert f"        {title}\n" in done.out, done.text
    top, outer = (["add"], ["parse", "t"]) if tool == "thread" else (
        ["fail"], ["parse", "t"])
    if tool == "thread":
        assert re.search(r"^ +target:3 add\n", done.out, re.M), done.text
    else:
        assert functions(stack_of(done)) == top + outer
    # The report itself: named, and without frames of the engine.
    frames = re.findall(r"^ +#\d+ 0x\w+ in (\w+) \S*target:\d+$", done.out,
                        re.M)
    assert frames[0] == top[0], done.text
    assert "worker" not in done.out
    assert not re.search(r"\(\S*/fuzz\+0x", done.out), done.text


def test_the_users_own_choice_of_symbols_stands(fuzz_both):
    fuzz_both.build(FOR_TOOLS % TOOLS["address"][0], "-fsanitize=address", "-w")
    done = run_way(fuzz_both, "x", env={"ASAN_OPTIONS": "symbolize=1"})
    assert functions(stack_of(done))[:2] == ["fail", "parse"]


# ---- what is installed ----

def path_with(folder, *names):
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        if not found:
            pytest.skip(f"{name} is not installed")
        (folder / name).symlink_to(found)
    return {"PATH": str(folder)}


@NO_LINES
@pytest.mark.parametrize("name", ["addr2line", "llvm-symbolizer"])
def test_either_program_gives_lines(fuzz_both, name):
    fuzz_both.build(SOURCE, *FLAGS)
    env = path_with(fuzz_both.cwd / "bin", name)
    stack = stack_of(run_way(fuzz_both, "a", env=env))
    assert re.fullmatch(r"\S+:\d+ fail", stack[0])


@NO_LINES
def test_without_any_there_are_functions(fuzz_both):
    fuzz_both.build(SOURCE, *FLAGS)
    env = path_with(fuzz_both.cwd / "bin")
    stack = stack_of(run_way(fuzz_both, "a", env=env))
    assert re.fullmatch(r"fail \(fuzz\+0x[0-9a-f]+\)", stack[0])
    assert functions(stack) == ["fail", "parse", "t"]


@NO_LINES
def test_a_program_that_hangs_or_fails_is_done_without(fuzz):
    fuzz.build(SOURCE, *FLAGS)
    env = path_with(fuzz.cwd / "bin")
    for name in "addr2line", "llvm-symbolizer":
        script = fuzz.cwd / "bin" / name
        script.write_text("#!/bin/sh\nexit 1\n")
        script.chmod(0o755)
    stack = stack_of(run_way(fuzz, "a", env=env))
    assert functions(stack) == ["fail", "parse", "t"]


@pytest.mark.posix("a running program can not be replaced")
def test_a_program_replaced_while_it_runs_is_still_named(fuzz):
    """Its own file is read, not what lies in its place."""
    fuzz.build("""\
        __attribute__((noinline)) static void fail(void) { abort(); }
        THRESH_TARGET(t, (bytes, b))
        {
            if (unlink("copy") == 0)
                note("copy", "another file");
            if (b.size)
                fail();
        }
        """)
    shutil.copy2(fuzz.program, fuzz.cwd / "copy")
    fuzz.program = fuzz.cwd / "copy"
    fuzz.seed("x", b"x")
    done = fuzz.run("-run=t/^x$").expect(1)
    assert re.fullmatch(r"target:1 fail", stack_of(done)[0]), done.text
