# SPDX-License-Identifier: MIT
"""Every way for an execution to fail: it is found, saved, reported with the
command that runs it again, and running that fails in the same way."""
import re
import shutil

import pytest
from conftest import WINDOWS
from fuzzing import ABORT, digest, fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

# Runs the statement, if the input has eight bytes, in a function of its own.
FAILS = """\
__attribute__((noinline)) static void fail(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    %s
}
__attribute__((noinline)) static int deeper(volatile int n)
{
    volatile char frame[4096];
    frame[n %% 4096] = 1;
    return n == -1 ? 0 : deeper(n + 1) + frame[0];
}
THRESH_TARGET(t, (bytes, b))
{
    (void)deeper;
    if (b.size == 8)
        fail(b.data, b.size);
}
"""

KINDS = {
    "abort": ("abort();", "SIGABRT"),
    "null-write": ("volatile int *volatile p = 0; *p = 1;", "SIGSEGV"),
    "bad-address": ("*(volatile int *)0x12345678 = 1;",
                    "SIGSEGV on address 0x12345678"),
    "illegal": ("__builtin_trap();", "SIGILL.*|SIGTRAP.*"),
    "division": ("volatile int zero = 0; zero = 7 / zero;", "SIGFPE.*"),
    "bus": ("raise(SIGBUS);", "SIGBUS.*"),
    "sys": ("raise(SIGSYS);", "SIGSYS.*"),
    "exit": ("exit(3);", "exit status 3"),
    "exit-0": ("exit(0);", "exit status 0"),
    "_exit": ("_exit(0);", "exit status 0"),
    "_Exit": ("_Exit(7);", "exit status 7"),
    "quick_exit": ("quick_exit(5);", "exit status 5"),
    "stack-overflow": ("(void)deeper(0);",
                       r"SIGSEGV on address 0x[0-9a-f]+ \(stack overflow\)"),
    "check": ('THRESH_CHECK(size == 9, "size %zu", size);',
              r"target:5: check failed: size == 9: size 8"),
    "bare-check": ("THRESH_CHECK(size == 9);",
                   r"target:5: check failed: size == 9"),
    "overread": ("volatile uint8_t c = data[size]; (void)c;",
                 "SIGSEGV on address 0x[0-9a-f]+"),
    "const-input": ("((uint8_t *)(uintptr_t)data)[3] ^= 1;",
                    "fuzz target overwrites its const input"),
    "double-free": ("void *volatile p = malloc(9); free(p); free(p);",
                    r"SIGABRT: free\(\): double free detected in tcache 2"),
}

# Windows has no other signals, and what it calls these is the exception.
WINDOWS_TITLES = {
    "abort": ABORT,
    "null-write": "EXCEPTION_ACCESS_VIOLATION",
    "bad-address": "EXCEPTION_ACCESS_VIOLATION on address 0x12345678",
    "illegal": "EXCEPTION_ILLEGAL_INSTRUCTION",
    "division": "EXCEPTION_INT_DIVIDE_BY_ZERO",
    "stack-overflow": r"EXCEPTION_STACK_OVERFLOW on address 0x[0-9a-f]+ "
                      r"\(stack overflow\)",
    "overread": "EXCEPTION_ACCESS_VIOLATION on address 0x[0-9a-f]+",
}
ONLY_WINDOWS = {
    "fastfail": ('__asm__ volatile("int $0x29" : : "c"(7));',
                 "STATUS_STACK_BUFFER_OVERRUN"),
    "fail-fast": ("RaiseFailFastException(NULL, NULL, 0);",
                  "STATUS_FAIL_FAST_EXCEPTION"),
    "raised": ("RaiseException(0xE0001234, 0, 0, NULL);",
               "exception 0xE0001234"),
    "terminated": ("TerminateProcess(GetCurrentProcess(), 9);",
                   "exit status 9"),
}
if WINDOWS:
    KINDS.update(ONLY_WINDOWS)
ONLY_POSIX = {
    "bus": "SIGBUS", "sys": "SIGSYS", "quick_exit": "msvcrt has no quick_exit",
    "double-free": "msvcrt does not look for it",
}


def source_of(statement):
    # forward declared, because a kind may use it
    return ("static int deeper(volatile int n);\n#line 1 \"target\"\n"
            + FAILS % statement)


def assert_reported(fuzz, done, title):
    """The report names the failure, its file, and a command that repeats it."""
    name, data = fuzz.only_failure()
    match = re.search(r"^    FAIL t: (.*)$", done.out, re.M)
    assert match and re.fullmatch(title, match.group(1)), done.text
    assert done.out.count("    FAIL t: ") == 1, done.text
    assert re.match(r"--- FAIL: t \(\d+\.\d\ds\)\n", done.out)
    assert f"\n        saved   testdata/fuzz/t/{name}\n" in done.out
    assert f"\n        re-run  {fuzz.shown} -run=t/{name}\n" in done.out
    assert done.out.endswith("\nFAIL\n")
    again = fuzz.run(f"-run=t/{name}").expect(1)
    assert f"--- FAIL: t/{name} (" in again.out
    lines = [line.strip() for line in again.out.splitlines()]
    assert any(re.fullmatch(title, line) for line in lines), again.text
    return data


@pytest.mark.parametrize("kind", [
    pytest.param(kind, marks=pytest.mark.posix(ONLY_POSIX[kind]))
    if kind in ONLY_POSIX else kind for kind in KINDS])
def test_failure_is_found_saved_reported_and_repeats(fuzz, kind):
    statement, title = KINDS[kind]
    if WINDOWS:
        title = WINDOWS_TITLES.get(kind, title)
    fuzz.build(source_of(statement), "-Wno-infinite-recursion")
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    data = assert_reported(fuzz, done, title)
    if kind != "overread":  # any size is read past, but only 8 gets there
        assert len(data) == 8
    assert "reproduced 5/5" in done.out


def test_endless_execution_is_a_timeout(fuzz):
    fuzz.build(source_of("for (volatile int i = 0;; i++) continue;"))
    done = fuzz.run("-fuzz=t", "-inputtimeout=1s", "-parallel=1").expect(1)
    name, data = fuzz.only_failure()
    assert len(data) == 8
    assert "FAIL t: timeout after 1.00s" in done.out
    assert "reproduced 1/1" in done.out
    again = fuzz.run(f"-run=t/{name}", "-inputtimeout=1s").expect(1)
    assert "timeout after 1.00s" in again.out


def test_a_slow_execution_within_the_limit_passes(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; usleep(300000); }\n")
    fuzz.run("-fuzz=t", "-fuzztime=4x", "-inputtimeout=20s").expect(0)


# ---- sanitizers ----

OVERREAD = source_of("volatile uint8_t c = data[size]; (void)c;")


def test_asan_calls_an_overread_of_the_input_heap_buffer_overflow(fuzz_both):
    fuzz_both.build(OVERREAD, "-fsanitize=address")
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    data = assert_reported(
        fuzz_both, done,
        r"heap-buffer-overflow READ of size 1 \(AddressSanitizer\)")
    assert len(data) == 8
    # clang's runtime names functions by another program, gcc's by itself.
    where = " in fail" if (fuzz_both.compiler == "gcc" or
                           shutil.which("llvm-symbolizer")) else ""
    assert re.search("SUMMARY: AddressSanitizer: heap-buffer-overflow .*" +
                     where, done.out)


def test_asan_sees_a_write_before_a_heap_block(fuzz):
    fuzz.build(source_of("volatile char *p = malloc(9); p[-1] = (char)size; "
                         "free((void *)p);"), "-fsanitize=address")
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert_reported(fuzz, done, r"heap-buffer-overflow WRITE of size 1 "
                    r"\(AddressSanitizer\)")


def test_asan_stack_overflow_is_a_failure(fuzz):
    fuzz.build(source_of("(void)deeper(0);"), "-fsanitize=address",
               "-Wno-infinite-recursion")
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert_reported(fuzz, done, r"stack-overflow \(AddressSanitizer\)")


def test_ubsan_report_is_a_failure_though_it_could_recover(fuzz_both):
    fuzz_both.build(source_of("volatile int top = 0x7fffffff; top = top + 1;"),
                    "-fsanitize=undefined")
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert_reported(fuzz_both, done, "signed integer overflow: .* "
                    r"\(UndefinedBehaviorSanitizer\)")


def test_ubsan_blames_no_target_for_where_its_input_lies(fuzz_both):
    fuzz_both.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            static volatile uint64_t sum;
            for (size_t i = 0; i + 8 <= b.size; i += 8)
                sum += *(const uint64_t *)(const void *)(b.data + i);
        }
        """, "-fsanitize=alignment", "-Wno-cast-align")
    fuzz_both.run("-fuzz=t", "-fuzztime=20000x").expect(0)


@pytest.mark.parametrize("kind", ["uninitialised", "to-libc"])
def test_msan_report_is_a_failure(fuzz_both, kind):
    if fuzz_both.compiler != "clang":
        pytest.skip("gcc has no MSan")
    use = {"uninitialised": "if (*p) puts(\"\");",
           "to-libc": "if (write(2, (void *)p, 4) < 0) return;"}[kind]
    fuzz_both.build(source_of(f"volatile char *p = malloc(64); {use}"),
                    "-fsanitize=memory")
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=500000x",
                         "-fuzzminimizetime=20x").expect(1)
    assert_reported(fuzz_both, done,
                    r"use-of-uninitialized-value \(MemorySanitizer\)")


def test_tsan_report_is_a_failure(fuzz_both):
    fuzz_both.build("#include <pthread.h>\n" + """\
        static int shared;
        static void *add(void *p) { shared++; return p; }
        """ + FAILS % """pthread_t a, b;
        pthread_create(&a, 0, add, 0);
        pthread_create(&b, 0, add, 0);
        pthread_join(a, 0);
        pthread_join(b, 0);""", "-fsanitize=thread", "-pthread")
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=500000x",
                         "-fuzzminimizetime=0x").expect(1)
    assert "FAIL t: data race (ThreadSanitizer)" in done.out
    assert len(fuzz_both.saved()) == 1


LEAKS = "char *volatile p = malloc(9); *p = 1; p = 0;"


def test_a_leak_is_named_with_its_function(fuzz_both):
    fuzz_both.build(source_of(LEAKS), "-fsanitize=address")
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=500000x",
                         "-fuzzminimizetime=0x").expect(1)
    assert_reported(fuzz_both, done, "detected memory leaks: 9 bytes in 1 "
                    r"allocation \(LeakSanitizer\)")
    assert " in fail " in done.out


@pytest.mark.parametrize("who", ["user", "harness"])
def test_suppressed_leaks_are_none(fuzz_both, who):
    """Suppressions name functions, so names must be known in the worker."""
    own = """
        const char *__lsan_default_suppressions(void);
        const char *__lsan_default_suppressions(void) { return "leak:^fail$"; }
        """
    fuzz_both.build(source_of(LEAKS) + (own if who == "harness" else ""),
                    "-fsanitize=address")
    (fuzz_both.cwd / "known").write_text("leak:^fail$\n")
    env = {"LSAN_OPTIONS": f"suppressions={fuzz_both.cwd}/known"}
    fuzz_both.seed("eight", b"12345678")
    fuzz_both.run("-fuzz=t", "-fuzztime=1x",
                  env=env if who == "user" else None).expect(0)


# ---- what else a target can do wrong ----

def test_check_in_a_called_function_leaves_the_process_alive(fuzz):
    fuzz.build("""\
        static int runs;
        static void inner(size_t n) { THRESH_CHECK(n != 5, "run %d", runs); }
        THRESH_TARGET(t, (bytes, b)) { runs++; inner(b.size); }
        THRESH_SEED(t, THRESH_BYTES("1"));
        THRESH_SEED(t, THRESH_BYTES("55555"));
        THRESH_SEED(t, THRESH_BYTES("22"));
        THRESH_SEED(t, THRESH_BYTES("55555"));
        """)
    done = fuzz.run("-parallel=1").expect(1)
    assert re.findall(r": run (\d)", done.out) == ["2", "4"]


def test_nothing_after_a_failed_check_runs(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            THRESH_CHECK(b.size < 4);
            note("notes", b.size < 4 ? "short" : "long");
        }
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=5000x").expect(1)
    assert "long" not in fuzz.notes()


def test_check_on_another_thread_is_a_failure(fuzz):
    fuzz.build("#include <pthread.h>\n" + """\
        static void *check(void *p) { THRESH_CHECK(!p, "elsewhere"); return p; }
        THRESH_TARGET(t, (bytes, b))
        {
            pthread_t a;
            if (b.size != 8)
                return;
            pthread_create(&a, 0, check, &b);
            pthread_join(a, 0);
        }
        """, "-pthread")
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert_reported(fuzz, done, r"target:\d: check failed: !p: elsewhere")


def test_a_target_that_ends_its_thread_fails(fuzz):
    fuzz.build("#include <pthread.h>\n"
               + FAILS % ("ExitThread(0);" if WINDOWS else "pthread_exit(0);"))
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert len(fuzz.only_failure()[1]) == 8, done.text


def test_workers_last_output_is_in_the_report(fuzz):
    fuzz.build(source_of('printf("on stdout %d\\n", 1 + 1);'
                         'fprintf(stderr, "on stderr %d\\n", 2 + 2); abort();'
                         ))
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert "        last output:\n" in done.out
    assert "          on stderr 4\n" in done.out


def test_output_of_a_failed_check_is_in_the_report(fuzz):
    fuzz.build(source_of('puts("said before"); THRESH_CHECK(0);'))
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert "          said before\n" in done.out


def test_binary_output_does_not_hide_a_sanitizers_report(fuzz):
    fuzz.build(source_of(
        "if (write(2, \"a\\0b\", 3) == 3) { volatile char *p = malloc(9); "
        "p[9] = 1; }"), "-fsanitize=address")
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert "FAIL t: heap-buffer-overflow WRITE of size 1" in done.out


def test_report_shows_the_call(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (string, s), (bytes, b)) { (void)s;
            THRESH_CHECK(b.size != 2 || b.data[0] != 0xff); }
        """)
    fuzz.cache(b'go test fuzz v1\nstring("a\\"b")\n[]byte("\\xff\\n")\n')
    done = fuzz.run("-fuzz=t", "-fuzztime=5x", "-fuzzminimizetime=0x")
    assert '\n        t(s = "a\\"b", b = "\\xff\\n")  ' in done.out


def test_failing_argument_may_be_any_of_several(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, a), (bytes, b))
        {
            THRESH_CHECK(a.size < 3 || b.size < 3 || a.data[0] != 'x' ||
                         b.data[2] != 'y');
        }
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=5000000x").expect(1)
    assert fuzz.only_failure()[1] == (
        b'go test fuzz v1\n[]byte("x00")\n[]byte("00y")\n')


def test_failure_that_never_repeats_is_kept_and_said_so(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size == 8 && access("once", F_OK) != 0) {
                note("once", "now");
                abort();
            }
        }
        """)
    done = fuzz.run("-fuzz=t", "-seed=1", "-fuzztime=500000x").expect(1)
    assert "reproduced 0/5" in done.out
    assert re.search(r"not reproduced: 0/5 alone, nor after the \d+ inputs? "
                     "before it; it may depend on time, threads or earlier "
                     "batches", done.out), done.text
    assert len(fuzz.only_failure()[1]) == 8


# ---- going on ----

TWO_BUGS = """\
THRESH_TARGET(t, (bytes, b))
{
    if (b.size == 5)
        abort();
    THRESH_CHECK(b.size != 7);
}
"""


def test_a_failure_ends_the_run(fuzz):
    done = fuzz.build(TWO_BUGS).run("-fuzz=t", "-seed=1", "-parallel=1",
                                    "-fuzztime=1000000x").expect(1)
    assert done.execs < 1000000 and len(fuzz.saved()) == 1


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_keepfuzzing_reports_each_kind_once(fuzz, workers):
    done = fuzz.build(TWO_BUGS).run(
        "-fuzz=t", "-keepfuzzing", "-fuzztime=3000x",
        f"-parallel={workers}").expect(1)
    assert done.execs == 3000
    assert sorted(map(len, fuzz.saved().values())) == [5, 7]
    assert done.out.count("    FAIL t: ") == 2


# ---- initialisation ----

INITIALIZE = """\
#ifdef __cplusplus
#define C extern "C"
#else
#define C extern
#endif
C int LLVMFuzzerInitialize(int *argc, char ***argv);
C int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    for (int i = 0; i < *argc; i++)
        note("arguments", (*argv)[i]);
    note("initialised", "once");
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    if (access("initialised", F_OK) != 0)
        abort();
    return 0;
}
"""


@pytest.mark.parametrize("cxx", [False, True], ids=["c", "c++"])
@pytest.mark.parametrize("workers", [1, 3])
def test_initialize_is_called_once_in_each_worker(fuzz, workers, cxx):
    fuzz.build(INITIALIZE, cxx=cxx)
    fuzz.run("-fuzz=.", f"-parallel={workers}", "-fuzztime=5000x").expect(0)
    assert len(fuzz.notes("initialised")) == workers


def test_initialize_gets_the_users_command_line(fuzz):
    fuzz.build(INITIALIZE)
    fuzz.run("-fuzz=.", "-parallel=1", "-fuzztime=5x").expect(0)
    assert fuzz.notes("arguments") == [
        fuzz.shown, *fuzz.arguments(["-fuzz=.", "-parallel=1",
                                     "-fuzztime=5x"])]


def test_a_worker_that_dies_initialising_ends_the_run(fuzz):
    fuzz.build(INITIALIZE.replace("return 0;", "exit(4);", 1))
    done = fuzz.run("-fuzz=.", "-fuzztime=5x").expect(1)
    assert ("fuzzing process terminated without fuzzing: exit status 4"
            in done.text)
    assert not fuzz.saved("fuzz")
