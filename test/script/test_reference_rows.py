# SPDX-License-Identifier: MIT
"""Go's script tests, said of a C program, one test for each row of REFERENCE.md
under the row's own name, with the row's checks in it. Those that are in
test_reference.py already, or need a worker that lies, are elsewhere."""
import re
import shutil
import threading

import pytest
from conftest import WINDOWS, WINDOWS_GCC, run
from fuzzing import (  # noqa: F401 (fixtures)
    digest, fuzz, fuzz_both, programs, text_file)
from test_fuzz import HELLO

pytestmark = pytest.mark.portable

RUN = ["-fuzz=t", "-fuzztime=1x"]


def assert_saved_and_repeats(fuzz, done, target="t"):
    """The failure is in one new file, named for its content, whose path and
    command are told; run plainly the binary fails and names it."""
    assert done.out.endswith("\nFAIL\n"), done.text
    name, data = fuzz.only_failure(target)
    assert f"saved   testdata/fuzz/{target}/{name}\n" in done.out
    rerun = re.search(rf"re-run  {re.escape(fuzz.shown)} (-run={target}/{name}"
                      r"( -inputtimeout=\S+)?)\n", done.out)
    assert rerun, done.out
    again = fuzz.run(*rerun[1].split()).expect(1)
    assert f"--- FAIL: {target}/{name} (" in again.out
    return data


# ---- targets as tests ----

# What the process does around its seed "x", the exit code, and what is said.
AROUND = {
    "error in set-up": ('THRESH_SETUP(t) { THRESH_CHECK(0, "its text"); }', 1,
                        "its text"),
    "panic in set-up": ('THRESH_SETUP(t) { fputs("its text\\n", stderr); '
                        "abort(); }", 1, "its text"),
    "exit in set-up": ("THRESH_SETUP(t) { exit(0); }", 1,
                       "terminated without fuzzing: exit status 0"),
    "nothing": ("", 0, "PASS"),
    "skip": ("THRESH_BEFORE_EACH(t) { THRESH_REJECT_IF(1); }", 0, "PASS"),
    "failing after the body": (
        'THRESH_AFTER_EACH(t) { THRESH_CHECK(0, "its text"); }', 1,
        "its text"),
    "panic after the body": (
        'THRESH_AFTER_EACH(t) { fputs("its text\\n", stderr); abort(); }', 1,
        "its text"),
    "panic in cleanup": ('THRESH_TEARDOWN(t) { fputs("its text\\n", stderr); '
                         "abort(); }", 1, "its text"),
}


@pytest.mark.parametrize("args", [[], RUN], ids=["test", "fuzz"])
@pytest.mark.parametrize("case", AROUND)
def test_fuzz(fuzz, case, args):
    source, code, text = AROUND[case]
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; }\n"
               'THRESH_SEED(t, THRESH_BYTES("x"));\n' + source)
    done = fuzz.run(*args).expect(code)
    assert done.out.endswith("FAIL\n" if code else "PASS\n")
    assert text in done.text
    assert not fuzz.saved()


def test_fuzz_cgo(fuzz):
    """Code of another language is linked in."""
    fuzz.build("""\
        #include <string>
        THRESH_TARGET(t, (string, s))
        {
            std::string copy(s.data, s.size);
            THRESH_CHECK(copy.size() == s.size);
        }
        THRESH_SEED(t, THRESH_STR("x"));
        """, cxx=True)
    assert fuzz.run(*RUN).expect(0).execs == 1


@pytest.mark.parametrize("statement, code", [
    ("", 0), ("THRESH_REJECT_IF(b.size);", 0),
    ("THRESH_CHECK(!b.size);", 1)], ids=["pass", "skip", "fatal"])
def test_fuzz_cleanup(fuzz, statement, code):
    """However an input ends, its clean-up runs before the process's."""
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; %s }\n"
               'THRESH_AFTER_EACH(t) { note("order", "inner"); }\n'
               'THRESH_TEARDOWN(t) { note("order", "outer"); }\n'
               'THRESH_SEED(t, THRESH_BYTES("x"));\n' % statement)
    fuzz.run("-parallel=1").expect(code)
    assert fuzz.notes("order") == ["inner", "outer"]


@pytest.mark.parametrize("fuzz_pattern, run_pattern, told, execs", [
    (None, None, "", 1), ("^t$", "^$", "", 5),
    ("nothing", None, "testing: warning: no fuzz tests to fuzz\n", 1),
    (None, "t", "", 1),
    (None, "nothing", "testing: warning: no tests to run\n", 0)])
def test_fuzz_match(fuzz, fuzz_pattern, run_pattern, told, execs):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { (void)b; note("n", "ran"); }\n'
               'THRESH_SEED(t, THRESH_BYTES("x"));\n')
    args = ["-fuzztime=5x"] if fuzz_pattern else []
    args += [f"-fuzz={fuzz_pattern}"] if fuzz_pattern else []
    args += [f"-run={run_pattern}"] if run_pattern else []
    done = fuzz.run(*args).expect(0)
    assert done.out == "PASS\n" and len(fuzz.notes("n")) == execs
    for text in ("no fuzz tests to fuzz", "no tests to run"):
        assert (text in done.err) == (text in told)


@pytest.mark.parametrize("verbose", [[], ["-v"]], ids=["", "v"])
@pytest.mark.parametrize("pattern, inputs", [
    (None, ["fail", "pass"]), ("t", ["fail", "pass"]),
    ("t/pass", ["pass"]), ("/pass", ["pass"]), ("t/fail", ["fail"]),
    ("^t$/^(pass|fail)$", ["fail", "pass"]), ("t/none", []), ("u", []),
    ("t/pas$", [])])
def test_fuzz_run(fuzz, pattern, inputs, verbose):
    fuzz.build('THRESH_TARGET(t, (string, s)) { note("n", s.data); '
               'THRESH_CHECK(strcmp(s.data, "fail")); }\n'
               "THRESH_TARGET(u, (string, s)) { (void)s; }\n")
    for name in ("pass", "fail"):
        fuzz.seed(name, text_file(f'string("{name}")'))
    args = [f"-run={pattern}"] if pattern else []
    done = fuzz.run(*args, *verbose, "-parallel=1").expect(
        1 if "fail" in inputs else 0)
    assert fuzz.notes("n") == inputs
    for name in ("pass", "fail"):
        ran = name in inputs
        assert (f"=== RUN   t/{name}\n" in done.out) == (
            ran and bool(verbose))
        assert (f"    --- {name.upper()}: t/{name} (" in done.out) == (
            ran and (name == "fail" or bool(verbose)))
    assert "no tests to run" not in done.text


# ---- the corpus ----

def test_fuzz_dup_cache(fuzz):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { note("n", b.size ? "x" : ""); '
               "}\n" 'THRESH_SEED(t, THRESH_BYTES("seed"));\n')
    for n in range(6):
        fuzz.put("cache/t", f"same{n}", b"seed")
    for n in range(4):
        fuzz.put("cache/t", f"other{n}", b"%d" % n)
    done = fuzz.run("-fuzz=t", "-fuzztime=5x", "-parallel=1").expect(0)
    assert "gathering baseline coverage: 5/5 completed" in done.err
    assert done.execs == len(fuzz.notes("n")) == 5


def test_fuzz_err_deadlock(fuzz):
    """The cache is deleted again and again: the run ends all the same (Go's
    with an error, ours makes the directory again)."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            static volatile int seen[256];
            if (b.size)
                for (int i = 0; i < b.data[0]; i++)
                    seen[i]++;
        }
        """)
    over = threading.Event()

    def delete():
        while not over.is_set():
            shutil.rmtree(fuzz.cwd / "cache", ignore_errors=True)

    thread = threading.Thread(target=delete)
    thread.start()
    try:
        done = fuzz.run("-fuzz=t", "-fuzztime=20000x").expect(0)
    finally:
        over.set()
        thread.join()
    assert done.execs == 20000


# Fails for ten bytes and more that begin with an x.
TEN = """\
THRESH_TARGET(t, (bytes, b))
{
    THRESH_CHECK(b.size < 10 || b.data[0] != 'x', "its message");
}
"""


@pytest.fixture(params=["instrumented", "plain"])
def ten(fuzz, request):
    """The same verdicts with and without instrumentation."""
    def build(seeds=""):
        if request.param == "instrumented":
            return fuzz.build(TEN + seeds)
        (fuzz.cwd / "src").mkdir()
        (fuzz.cwd / "src/t.c").write_text("#include <thresh.h>\n" + TEN
                                          + seeds)
        build = fuzz.programs.build
        archive, compiler, end = (
            (build / "x86_64-w64-mingw32/libthresh.a", WINDOWS_GCC, ".exe")
            if WINDOWS else (build / "libthresh.a", "cc", ""))
        run([compiler, f"-I{build}/include", "src/t.c", "-o", "src/fuzz" + end,
             archive], fuzz.cwd)
        fuzz.program = fuzz.cwd / ("src/fuzz" + end)
        return fuzz
    return build


def corpus_run(fuzz, run_pattern, code, count="1x"):
    args = ["-run=^$"] if run_pattern == "none" else []
    done = fuzz.run("-fuzz=t", f"-fuzztime={count}", "-seed=1",
                    *args).expect(code)
    # Told when the seeds have run, which a failure may prevent.
    warned = "not built with coverage instrumentation" in done.err
    plain = fuzz.program.parent.name == "src"
    assert warned == plain if code == 0 else not warned or plain
    return done


@pytest.mark.parametrize("pattern", ["all", "none"])
def test_fuzz_seed_corpus(ten, fuzz, pattern):
    failing = b"x" + b"-" * 19
    ten('THRESH_SEED(t, THRESH_BYTES("good"));\n'
        'THRESH_SEED(t, THRESH_BYTES("x--- bad ---"));\n')
    done = corpus_run(fuzz, pattern, 1, "2x")
    assert "failure while testing seed corpus entry: t/seed#1\n" in done.err
    assert "its message" in done.out and not fuzz.saved()
    shutil.rmtree(fuzz.cwd / "src", ignore_errors=True)
    ten()
    fuzz.seed("1", b"good")
    corpus_run(fuzz, pattern, 0)
    fuzz.seed("1", failing)
    done = corpus_run(fuzz, pattern, 1)
    assert "failure while testing seed corpus entry: t/1\n" in done.err
    assert fuzz.saved() == {"1": failing}
    shutil.rmtree(fuzz.cwd / "testdata")
    fuzz.cache(failing)
    done = corpus_run(fuzz, pattern, 1)
    assert re.search("gathering baseline coverage|testing seed corpus",
                     done.err)
    assert "seed corpus entry" not in done.err
    assert len(assert_saved_and_repeats(fuzz, done)) == 10


def test_fuzz_seed_corpus_may_be_empty(fuzz):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(!b.data, "x"); }')
    assert_saved_and_repeats(fuzz, fuzz.run(*RUN).expect(1))


# ---- the search ----

def test_fuzz_cov(fuzz_both):
    fuzz_both.build(HELLO)
    done = fuzz_both.run("-fuzz=t", "-seed=4", "-parallel=1",
                         "-fuzztime=8000000x").expect(1)
    assert assert_saved_and_repeats(fuzz_both, done) == b"hello :)"


def test_fuzz_fuzztime(fuzz):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { (void)b; note("n", ""); }\n')
    fuzz.run().expect(0)
    for workers in (1, 2):
        done = fuzz.run("-fuzz=t", "-fuzztime=1s", "-timeout=500ms",
                        f"-parallel={workers}").expect(0)
        assert done.out == "PASS\n" and not fuzz.saved()
    # Not there if the machine was too busy to run anything.
    (fuzz.cwd / "n").unlink(missing_ok=True)
    fuzz.run("-fuzz=t", "-fuzztime=1000x", "-fuzzminimizetime=1x",
             "-parallel=3").expect(0)
    assert len(fuzz.notes("n")) == 1000


def test_fuzz_mutator_repeat(fuzz):
    """The worker leaves its hundredth input in a file and dies of it."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b), (string, s))
        {
            static int n;
            if (++n < 100 || access("want", F_OK) == 0)
                return;
            FILE *f = fopen("want", "wb");
            fwrite(b.data, 1, b.size, f);
            fputc('|', f);
            fwrite(s.data, 1, s.size, f);
            fclose(f);
            _exit(1);
        }
        THRESH_SEED(t, THRESH_BYTES("aaaa"), THRESH_STR("bbbb"));
        """)
    fuzz.run("-fuzz=t", "-parallel=1", "-fuzzminimizetime=0x").expect(1)
    fuzz.only_failure()
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b), (string, s))
        {
            FILE *f = fopen("got", "wb");
            fwrite(b.data, 1, b.size, f);
            fputc('|', f);
            fwrite(s.data, 1, s.size, f);
            fclose(f);
        }
        """)
    fuzz.run("-run=t").expect(0)
    assert (fuzz.cwd / "got").read_bytes() == (fuzz.cwd / "want").read_bytes()


# ---- failures ----

BY_KIND = [
    ("(int, x)", "x != 0"), ("(uint, x)", "x != 0"), ("(bool, x)", "x"),
    ("(double, x)", "x != 0"), ("(byte, x)", "x != 0"),
    ("(rune, x)", "x != 0"), ("(string, x)", "x.size"),
    ("(bytes, x)", "x.size"), ("(bytes, x), (bytes, y)", "x.size && y.size"),
]
BY_END = {
    "abort": "abort();", "exit": "exit(1);", "_exit-0": "_exit(0);",
    "check": 'THRESH_CHECK(!fails, "its message");',
    "check without text": "THRESH_CHECK(!fails);",
    "null": "volatile int *volatile p = 0; *p = 1;",
    "deadlock": "for (;;) usleep(1000);",
}
CRASHES = "THRESH_TARGET(t, %s) { int fails = %s; if (fails) { %s } }\n"


@pytest.mark.parametrize("arguments, fails, how", [
    *((a, f, "check") for a, f in BY_KIND),
    *(("(bytes, x)", "x.size", how) for how in BY_END)])
def test_fuzz_mutate_crash(fuzz, arguments, fails, how):
    fuzz.build(CRASHES % (arguments, fails, BY_END[how]))
    fuzz.run().expect(0)
    limits = ["-inputtimeout=500ms", "-fuzzminimizetime=0x"] \
        if how == "deadlock" else ["-fuzzminimizetime=1000x"]
    done = fuzz.run("-fuzz=t", "-fuzztime=2000x", *limits).expect(1)
    assert ("its message" in done.out) == (how == "check")
    data = assert_saved_and_repeats(fuzz, done)
    assert data not in (b"", text_file("int(0)"))


@pytest.mark.parametrize("statement", [
    "exit(0);", "THRESH_CHECK(0);", "abort();", "exit(99);",
    "volatile int *volatile p = 0; *p = 1;",
    pytest.param("pthread_exit(NULL);",
                 marks=pytest.mark.posix("no POSIX threads there"))])
def test_fuzz_mutate_fail(fuzz, statement):
    """What goes wrong before the first input is none's failure."""
    fuzz.build("#include <pthread.h>\n"
               "THRESH_TARGET(t, (bytes, b)) { (void)b; }\n"
               "THRESH_SETUP(t) { %s }\n" % statement)
    done = fuzz.run("-fuzz=t", "-fuzztime=100x").expect(1)
    assert done.out.endswith("FAIL\n")
    assert not (fuzz.cwd / "testdata").exists()


@pytest.mark.posix("signals")
@pytest.mark.parametrize("name, text", [
    ("SIGTERM", "terminated"), ("SIGKILL", "killed"), ("SIGILL", None)])
def test_fuzz_non_crash_signal(fuzz, name, text):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { if (b.size) raise(%s); }\n"
               % name)
    done = fuzz.run("-fuzz=t").expect(1)
    if text:
        assert ("terminated by unexpected signal; no crash will be recorded: "
                f"signal: {text}") in done.text
        assert not (fuzz.cwd / "testdata").exists()
    else:
        assert "FAIL t: SIGILL" in done.out
        assert_saved_and_repeats(fuzz, done)


# ---- minimising ----

# Needs fifty bytes, one of which is not zero.
FIFTY = """\
THRESH_TARGET(t, (bytes, b))
{
    unsigned sum = 0;
    for (size_t i = 0; i < b.size; i++)
        sum |= b.data[i];
    if (sum && b.size == 50)
        puts("got the minimum size!");
    fflush(stdout);
    if (sum && b.size >= 50)
        %s;
}
"""
FAILS = {"check": 'THRESH_CHECK(!sum, "bad input")', "exit": "exit(99)"}


@pytest.mark.parametrize("how", FAILS)
@pytest.mark.parametrize("limit", ["0s", "0x", "1x", "", "v"])
def test_fuzz_minimize(fuzz, how, limit):
    fuzz.build(FIFTY % FAILS[how])
    for bad, text in {"-1ms": "invalid duration", "-1x": "invalid count"
                      }.items():
        done = fuzz.run("-fuzz=t", f"-fuzzminimizetime={bad}").expect(2)
        assert text in done.err and "elapsed" not in done.err
    fuzz.cache(bytes(100))
    args = ["-v"] if limit == "v" else []
    args += [f"-fuzzminimizetime={limit}"] if limit[1:] else []
    done = fuzz.run("-fuzz=t", "-run=^$", "-seed=1", "-fuzztime=100000x",
                    *args).expect(1)
    message = "bad input\n" if how == "check" else (
        "fuzzing process hung or terminated unexpectedly: exit status 99\n")
    assert done.out.count(message) == 1, done.text
    data = assert_saved_and_repeats(fuzz, done)
    assert ("minimizing" in done.err) == (not limit.startswith("0"))
    if limit in ("", "v"):
        assert len(data) == 50 and "got the minimum size!" in done.out
    assert any(data) and len(data) >= 50
