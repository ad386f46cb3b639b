# SPDX-License-Identifier: MIT
"""Go's script tests, said of a C program, each under its own name (REFERENCE.md);
more of them are in test_reference_rows.py."""
import json
import re
import signal

import pytest
from fuzzing import (  # noqa: F401 (fixtures)
    frame, fuzz, fuzz_both, programs, text_file)

pytestmark = pytest.mark.portable

RUN = ["-fuzz=t", "-fuzztime=1x"]


def harness(initialise):
    """A target whose process does this before it takes inputs."""
    return f"""\
        int LLVMFuzzerInitialize(int *argc, char ***argv);
        int LLVMFuzzerInitialize(int *argc, char ***argv)
        {{
            (void)argc;
            (void)argv;
            {initialise}
            return 0;
        }}
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {{
            (void)data;
            (void)size;
            puts(getenv("SET_UP") ? getenv("SET_UP") : "unset");
            fflush(stdout);
            return 0;
        }}
        """


# ---- test_fuzz ----

@pytest.mark.parametrize("statement", [
    "abort();", "exit(0);", "exit(1);", "raise(SIGSEGV);",
    "*(volatile int *volatile *)0 = 0;"])
def test_fuzz_a_failing_setup_fails_both_modes(fuzz, statement):
    fuzz.build(harness(statement), name="t")
    fuzz.seed("x", b"x")
    for args in ([], RUN):
        done = fuzz.run(*args).expect(1)
        assert done.out.endswith("FAIL\n")
        assert "terminated without fuzzing" in done.text
    assert list(fuzz.saved()) == ["x"]


def test_fuzz_a_trivial_target_passes_both_modes(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; }\n")
    assert fuzz.run().expect(0).out == "PASS\n"
    assert fuzz.run(*RUN).expect(0).execs == 1


@pytest.mark.parametrize("statement, code", [
    ("", 0), ('THRESH_CHECK(b.size == 0, "its message");', 1),
    ('THRESH_CHECK(b.size == 0);', 1),
    ('fputs("its message\\n", stderr); abort();', 1), ("exit(0);", 1),
    ("THRESH_REJECT_IF(b.size > 0);", 0)])
def test_fuzz_seeds_are_judged_right(fuzz, statement, code):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; %s }\n"
               'THRESH_SEED(t, THRESH_BYTES("x"));\n' % statement)
    done = fuzz.run().expect(code)
    assert ("--- FAIL: t/seed#0 (" in done.out) == bool(code)
    assert ("its message" in done.out) == ("message" in statement)
    fuzz.run(*RUN).expect(code)


@pytest.mark.parametrize("files, code", [
    ({"pass": "ok"}, 0), ({"fail": "bad"}, 1),
    ({"a": "ok", "b": "bad", "c": "ok"}, 1)])
@pytest.mark.parametrize("run", ["^$", "t"])
def test_fuzz_seed_files_with_seeds_in_code(fuzz, files, code, run):
    fuzz.build("""\
        THRESH_TARGET(t, (string, s))
        {
            THRESH_CHECK(strcmp(s.data, "bad"), "its message");
        }
        THRESH_SEED(t, THRESH_STR("added"));
        """)
    for name, value in files.items():
        fuzz.seed(name, text_file(f'string("{value}")'))
    assert ("its message" in fuzz.run().expect(code).out) == bool(code)
    # No longer than the seeds: a mutant may well be what fails.
    fuzz.run("-fuzz=t", f"-fuzztime={len(files) + 1}x",
             f"-run={run}").expect(code)


@pytest.mark.parametrize("data", [
    b"junk", b"", b"go test fuzz v1\n", text_file("int(1)")])
def test_fuzz_a_malformed_or_wrong_seed_file_fails_both_modes(fuzz, data):
    fuzz.build("THRESH_TARGET(t, (string, s)) { (void)s; }\n")
    fuzz.seed("odd", data)
    for args in ([], RUN):
        assert '"testdata/fuzz/t/odd": ' in fuzz.run(*args).expect(1).text


# ---- others, by name ----

def test_fuzz_cache(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size > 3 && b.data[0] == 'a')
                note("notes", "");
        }
        """)
    fuzz.run().expect(0)
    assert not (fuzz.cwd / "cache").exists()
    fuzz.run("-fuzz=t", "-fuzztime=20000x", "-seed=1").expect(0)
    assert fuzz.cached()
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; }\n")
    for args, found in ((["-fuzztime=10000x"], 1), (["-fuzztime=2x"], 0)):
        done = fuzz.run("-fuzz=t", *args, "-cachedir=other").expect(0)
        assert (done.found, done.total) == (found, 1)


def test_fuzz_chatty(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            printf("said %zu\\n", b.size);
            THRESH_CHECK(b.size != 2, "two");
        }
        THRESH_SEED(t, THRESH_BYTES("1"));
        THRESH_TARGET(u, (bytes, b)) { (void)b; }
        """)
    fuzz.seed("two", b"22")
    done = fuzz.run("-v").expect(1)
    shape = re.sub(r"\(\d+\.\d\ds\)", "(T)", done.out)
    shape = re.sub(frame("t", 4), "t at 4", shape)
    assert shape == """\
=== RUN   t
=== RUN   t/seed#0
        said 1
    --- PASS: t/seed#0 (T)
=== RUN   t/two
--- FAIL: t (T)
    --- FAIL: t/two (T)
        target:4: check failed: b.size != 2: two
        t at 4
        said 2
=== RUN   u
--- PASS: u (T)
FAIL
"""
    assert "said" not in fuzz.run("-run=seed").out


def test_fuzz_deadline(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            while (b.size == 1)
                usleep(1000);
        }
        THRESH_SEED(t, THRESH_BYTES("1"));
        THRESH_TARGET(u, (bytes, b)) { (void)b; }
        """)
    done = fuzz.run("-timeout=1s", "-inputtimeout=0").expect(1)
    assert "test timed out after 1s" in done.out
    fuzz.run("-timeout=0", "-run=u").expect(0)
    fuzz.run("-run=^$", "-fuzz=u", "-timeout=1ms", "-fuzztime=100x").expect(0)


def test_fuzz_limit_dup_entry(fuzz):
    """New coverage at every execution, and the same inputs again and again."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b, .max = 1))
        {
            static volatile unsigned turn, sink[64];
            (void)b;
            switch (turn++ % 64) {
            case 1: sink[1]++; break;
            case 7: sink[2]++; break;
            case 20: sink[3]++; break;
            case 40: sink[4]++; break;
            default: break;
            }
        }
        """)
    done = fuzz.run("-fuzz=t", "-fuzztime=100x", "-parallel=1").expect(0)
    assert done.execs == 100


def test_fuzz_minimize_dirty_cov(fuzz_both):
    fuzz_both.build("""\
        THRESH_TARGET(t, (string, s))
        {
            static volatile int hits;
            if (s.size == 2 && s.data[0] == 'a' && s.data[1] == 'b')
                hits++;
        }
        THRESH_SEED(t, THRESH_STR("aa"));
        """)
    fuzz_both.run("-fuzz=t", "-fuzztime=500000x", "-seed=1").expect(0)
    assert text_file('string("ab")') in fuzz_both.cached().values()


def test_fuzz_minimize_interesting(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            size_t n = 0;
            while (n < b.size && b.data[n] == 0xff)
                n++;
            THRESH_CHECK(b.size == 100 && n == 100, "bad input");
        }
        """)
    fuzz.seed("ones", b"\xff" * 100)
    done = fuzz.run("-fuzz=t", "-parallel=1", "-fuzztime=1000x").expect(1)
    failing = {n: d for n, d in fuzz.saved().items() if n != "ones"}
    assert [len(d) <= 1 for d in failing.values()] == [True]
    assert done.out.count(": bad input\n") == 1


def test_fuzz_multiple(fuzz):
    """Go refuses; here they take turns (test_several.py)."""
    fuzz.build("""\
        THRESH_TARGET(one, (bytes, b)) { (void)b; note("one", ""); }
        THRESH_TARGET(two, (bytes, b)) { (void)b; note("two", ""); }
        """)
    fuzz.run("-fuzz=.", "-fuzztime=10x").expect(0)
    assert (len(fuzz.notes("one")), len(fuzz.notes("two"))) == (5, 5)
    fuzz.run("-fuzz=one", "-run=^$", "-fuzztime=10x").expect(0)
    assert (len(fuzz.notes("one")), len(fuzz.notes("two"))) == (15, 5)


def test_fuzz_mutator(fuzz):
    """Other targets' seeds run as tests; the chosen target alone is mutated."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            char hex[64] = "";
            for (size_t i = 0; i < b.size && i < 16; i++)
                snprintf(hex + 2 * i, 3, "%02x", b.data[i]);
            note("inputs", hex);
        }
        THRESH_TARGET(other, (bytes, b)) { (void)b; note("other", "ran"); }
        THRESH_SEED(other, THRESH_BYTES("x"));
        """)
    fuzz.run("-fuzz=^t$", "-fuzztime=100x").expect(0)
    assert len(fuzz.notes("inputs")) == 100
    assert len(set(fuzz.notes("inputs"))) >= 10
    assert fuzz.notes("other") == ["ran"]


@pytest.mark.parametrize("parallel", [1, 2, 4])
def test_fuzz_parallel(fuzz, parallel):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { if (b.size == 3) abort(); }\n"
               'THRESH_SEED(t, THRESH_BYTES("a"));\n'
               'THRESH_SEED(t, THRESH_BYTES("bb"));\n')
    fuzz.run(f"-parallel={parallel}").expect(0)
    fuzz.run("-fuzz=t", f"-parallel={parallel}").expect(1)
    assert fuzz.saved()
    fuzz.run(f"-parallel={parallel}").expect(1)


def test_fuzz_return(fuzz):
    """The body is a function without a value: the compiler says so."""
    cc = fuzz.programs.wrapper(fuzz.compiler, fuzz.cwd)
    source = cc.write("t.c", "#include <thresh.h>\nTHRESH_TARGET(t, (bytes, b))"
                      " { (void)b; return 1; }\n")
    done = cc.run("-Werror", "-c", source, check=False)
    assert done.returncode != 0
    assert re.search("t.c:2.*(return|void)", done.stderr)


def test_fuzz_setenv(fuzz):
    """What set-up puts into the environment is there for every input, and not
    for another target's."""
    fuzz.build(harness('setenv("SET_UP", "done", 0);'), name="t")
    fuzz.seed("a", b"a")
    done = fuzz.run("-v").expect(0)
    assert "        done\n" in done.out
    done = fuzz.run("-v", env={"SET_UP": "before"}).expect(0)
    assert "        before\n" in done.out
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(getenv("SET_UP"), "%d",
                                                    (int)b.size); }
        THRESH_SETUP(t) { setenv("SET_UP", "done", 1); }
        THRESH_SEED(t, THRESH_BYTES("x"));
        THRESH_TARGET(u, (bytes, b)) { THRESH_CHECK(!getenv("SET_UP"), "%d",
                                                    (int)b.size); }
        THRESH_SEED(u, THRESH_BYTES("x"));
        """)
    fuzz.run("-parallel=1").expect(0)
    fuzz.run("-fuzz=.", "-fuzztime=100x", "-parallel=1").expect(0)


def test_fuzz_test_race(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; }\n",
               "-fsanitize=thread")
    for n in range(100):
        fuzz.seed(str(n), str(n).encode())
    fuzz.run("-parallel=2").expect(0)
    fuzz.run("-fuzz=nothing").expect(0)
    fuzz.run("-fuzz=t", "-fuzztime=200x", "-parallel=2").expect(0)


@pytest.mark.parametrize("number", [
    signal.SIGINT,
    pytest.param(signal.SIGTERM, marks=pytest.mark.posix("SIGTERM"))])
def test2json_interrupt(fuzz, number):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; note(\"n\", \"\"); }\n")
    done = fuzz.interrupt_when(lambda: fuzz.notes("n"), "-fuzz=t", "-json",
                               number=number).expect(0)
    events = [json.loads(line) for line in done.out.splitlines()]
    ends = [e for e in events if e["event"] == "end"]
    assert [(e["result"], e["code"]) for e in ends] == [("PASS", 0)]
    assert events[-1] == ends[0]
    assert not [e for e in events if e["event"] in ("failure", "failed")]
