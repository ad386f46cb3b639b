# SPDX-License-Identifier: MIT
"""Arguments of every kind: how they arrive, which values they get, how they
are written and shown; what the compiler and the start of the program refuse."""
import re
import subprocess

import pytest
from conftest import WINDOWS, launch, run
from fuzzing import (  # noqa: F401 (fixtures)
    digest, fuzz, fuzz_both, programs, text_file)

pytestmark = pytest.mark.portable

# Every kind, each with its lines of a file and what the body makes of it.
KINDS = [
    ("bytes", '[]byte("a\\x00b")', 'THRESH_BYTES("a\\0b")',
     'a.size == 3 && !memcmp(a.data, "a\\0b", 3)'),
    ("string", 'string("ä")', 'THRESH_STR("ä")',
     'a.size == 2 && !strcmp(a.data, "ä")'),
    ("bool", "bool(true)", "true", "a"),
    ("int8", "int8(-128)", "-128", "a == INT8_MIN"),
    ("int16", "int16(-32768)", "-32768", "a == INT16_MIN"),
    ("int32", "rune('世')", "0x4e16", "a == 0x4e16"),
    ("int64", "int64(-9223372036854775808)", "INT64_MIN", "a == INT64_MIN"),
    ("uint8", "byte('ÿ')", "255", "a == 255"),
    ("uint16", "uint16(65535)", "65535", "a == 65535"),
    ("uint32", "uint32(4294967295)", "UINT32_MAX", "a == UINT32_MAX"),
    ("uint64", "uint64(18446744073709551615)", "UINT64_MAX",
     "a == UINT64_MAX"),
    ("int", "int(-5)", "-5", "sizeof a == 8 && a == -5"),
    ("uint", "uint(5)", "5", "sizeof a == 8 && a == 5"),
    ("byte", "byte('A')", "'A'", "a == 'A'"),
    ("rune", "int32(55296)", "0xd800", "a == 0xd800"),
    ("float", "float32(0.1)", "0.1f", "a == 0.1f"),
    ("double", "float64(-0)", "-0.0", "a == 0 && 1 / a < 0"),
]
TARGETS = "".join(
    f"THRESH_TARGET(t_{kind}, ({kind}, a))"
    f'{{ THRESH_CHECK(({test}) && getenv("WRONG") == NULL); }}\n'
    for kind, _, _, test in KINDS)
SEEDS = "".join(f"THRESH_SEED(t_{kind}, {seed});\n"
                for kind, _, seed, _ in KINDS)


@pytest.mark.parametrize("cxx", [False, True], ids=["C", "C++"])
def test_values_arrive_from_seeds_and_files(fuzz_both, cxx):
    fuzz_both.build(TARGETS + SEEDS, cxx=cxx)
    for kind, line, _, _ in KINDS:
        fuzz_both.seed("saved", text_file(line), target=f"t_{kind}")
    done = fuzz_both.run("-v").expect(0)
    assert done.out.count("PASS: t_") == 3 * len(KINDS)


@pytest.mark.parametrize("kind, line", [k[:2] for k in KINDS],
                         ids=[k[0] for k in KINDS])
def test_failing_values_are_written_as_go_writes_them(fuzz, kind, line):
    fuzz.build(TARGETS)
    fuzz.cache(text_file(line), target=f"t_{kind}")
    fuzz.run(f"-fuzz=^t_{kind}$", "-run=^$", "-fuzztime=1x",
             "-fuzzminimizetime=0x", env={"WRONG": "1"}).expect(1)
    _, data = fuzz.only_failure(f"t_{kind}")
    if kind == "bytes":
        assert data == b"a\0b"
    else:
        assert data == text_file(line)


SHOWN = """\
THRESH_TARGET(parse_url, (string, url), (uint32, flags), (int8, depth),
              (bool, strict), (rune, mark), (float, scale), (byte, b))
{
    THRESH_CHECK(!getenv("WRONG"));
}
THRESH_SEED(parse_url, THRESH_STR("http:"), 65, -7, true, 0x3c0, 2.5f, 'x');
"""


def test_a_failure_shows_its_call(fuzz):
    fuzz.build(SHOWN)
    done = fuzz.run("-fuzz=.", "-run=^$", "-fuzztime=1x",
                    env={"WRONG": "1"}).expect(1)
    assert ('parse_url(url = "http:", flags = 65, depth = -7, strict = true, '
            "mark = 'π', scale = 2.5, b = 120)") in done.out


def test_every_kind_is_minimised(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (int16, a), (uint64, b), (bool, c), (double, d),
                      (rune, e), (string, f), (int8, g),
                      (int32, h, .choices = THRESH_CHOICES(9, 5, 7)))
        {
            THRESH_CHECK(!(a < -1000 && b > 77 && d > 2.5 && f.size > 2));
        }
        """)
    fuzz.cache(text_file(
        "int16(-32000)", "uint64(18446744073709551615)", "bool(true)",
        "float64(1.2345e+200)", "rune('世')", 'string("abcdefgh")', "int8(-3)",
        "int32(7)"))
    fuzz.run("-fuzz=t", "-fuzztime=1x").expect(1)
    _, data = fuzz.only_failure()
    assert data == text_file(
        "int16(-1001)", "uint64(78)", "bool(false)", "float64(3)", "rune('0')",
        'string("000")', "int8(0)", "rune('\\t')")


# Which values fail, and the simplest of them as a line of a file.
FAILING = [
    ("bytes", "a.size > 2", '[]byte("000")'),
    ("string", "a.size > 2", 'string("000")'),
    ("bool", "a", "bool(true)"),
    ("int8", "a < -100", "int8(-101)"),
    ("int16", "a > 3000", "int16(3001)"),
    ("int32", "a < -70000", "int32(-70001)"),
    ("int64", "a > 5000000000", "int64(5000000001)"),
    ("uint8", "a > 200", "byte('É')"),
    ("uint16", "a > 40000", "uint16(40001)"),
    ("uint32", "a > 3000000000", "uint32(3000000001)"),
    ("uint64", "a > (uint64_t)1 << 63", "uint64(9223372036854775809)"),
    ("int", "a < -9", "int(-10)"),
    ("uint", "a > 77", "uint(78)"),
    ("byte", "a == 'x'", "byte('x')"),
    ("rune", "a == 0x3c0", "rune('π')"),
    ("float", "a > 2.5f", "float32(3)"),
    ("double", "a < -2.5", "float64(-3)"),
]
FAILING_TARGETS = "".join(
    f"THRESH_TARGET(t_{kind}, ({kind}, a)) {{ THRESH_CHECK(!({test})); }}\n"
    for kind, test, _ in FAILING)


@pytest.mark.parametrize("kind, line", [(f[0], f[2]) for f in FAILING],
                         ids=[f[0] for f in FAILING])
def test_a_failure_of_every_kind_is_found_minimised_and_saved(fuzz, kind,
                                                              line):
    fuzz.build(FAILING_TARGETS)
    done = fuzz.run(f"-fuzz=^t_{kind}$", "-run=^$", "-seed=1",
                    "-fuzztime=500000x").expect(1)
    name, data = fuzz.only_failure(f"t_{kind}")
    assert data == (b"000" if kind == "bytes" else text_file(line))
    assert f"-run=t_{kind}/{name}\n" in done.out, done.text
    again = fuzz.run(f"-run=t_{kind}/{name}").expect(1)
    assert f"FAIL: t_{kind}/{name}" in again.out, again.text


# ---- allowed values ----

WITHIN = """\
THRESH_TARGET(t, (int8, a, .min = -5, .max = 64), (double, b, .min = 0.25),
              (uint32, c, .choices = THRESH_CHOICES(1, 2, 4, 4000000000)),
              (float, d, .max = 0), (rune, e, .min = 'a', .max = 'z'),
              (int, f, .max = 0), (string, g, .max = 3))
{
    static unsigned seen;
    if (a < -5 || a > 64 || !(b >= 0.25) || !(d <= 0) || e < 'a' || e > 'z' ||
        f > 0 || g.size > 3 || (c != 1 && c != 2 && c != 4 && c != 4000000000))
        abort();
    seen |= (a == -5) | (a == 64) << 1 | (b == 0.25) << 2 | (b > 1e300) << 3 |
            (c == 4000000000) << 4 | (d < -1e30f) << 5 | (e == 'z') << 6 |
            (f == 0) << 7 | (f == INT64_MIN) << 8 | (g.size == 3) << 9;
    if (seen == 0x3ff)
        note("seen", "all");
}
"""


def test_no_value_but_an_allowed_one_is_made(fuzz):
    fuzz.build(WITHIN)
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=20000x").expect(0)
    assert fuzz.notes("seen")


def test_a_saved_value_outside_of_its_range_is_told(fuzz):
    fuzz.build("THRESH_TARGET(t, (string, s), (int8, d, .max = 9)) {}")
    fuzz.seed("high", text_file('string("x")', "int8(10)"))
    for args in ([], ["-fuzz=t", "-run=^$", "-fuzztime=1x"]):
        done = fuzz.run(*args).expect(1)
        assert ('"testdata/fuzz/t/high": d = 10 is outside of its range'
                ) in done.text


def test_a_found_value_outside_of_its_range_is_left_out(fuzz):
    fuzz.build("THRESH_TARGET(t, (int8, d, .max = 9)) {}")
    fuzz.cache(text_file("int8(10)"))
    fuzz.cache(text_file("int8(9)"))
    done = fuzz.run("-fuzz=t", "-fuzztime=5x").expect(0)
    assert "baseline coverage: 0/1" in done.err


@pytest.mark.parametrize("target, words", [
    ("(int8, x, .min = 5, .max = 3)", r"x \(\.min = 5, \.max = 3\): \.min is "),
    ("(uint8, x, .max = 300)", "a limit is no value of its kind"),
    ("(float, x, .min = 1, .initial = 0.5)", r"\.initial is not one of"),
    ("(int, x, .max = 3, .choices = THRESH_CHOICES(2, 4))",
     "a choice is outside of"),
    ("(int8, x, .choices = THRESH_CHOICES(2, 400))", "a choice is no value"),
    ("(int8, x, 5)", "options have names"),
    ("(int8, x, .max = 0)", r"seed#0: x is not one of its values \(\.max = 0"),
])
def test_contradictory_options_are_told_at_the_start(fuzz, target, words):
    fuzz.build(f"THRESH_TARGET(t, {target}) {{ (void)x; }}\n"
               "THRESH_SEED(t, 1);")
    done = fuzz.run().expect(2)
    assert re.search(f"target t: .*{words}", done.err), done.text


# ---- the compiler's part ----

def compile_errors(fuzz, source, *flags, cxx=False):
    path = fuzz.cwd / ("wrong.cc" if cxx else "wrong.c")
    path.write_text("#include <thresh.h>\n" + source + "\n")
    include = fuzz.programs.build / "include"
    compiler = fuzz.compiler
    if cxx:
        compiler = re.sub("gcc$|clang$", lambda m: {
            "gcc": "g++", "clang": "clang++"}[m[0]], compiler)
    done = run([compiler, f"-I{include}", "-fsyntax-only", *flags, path],
               fuzz.cwd, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("source, words", [
    ("THRESH_TARGET(t, (int128, x)) {}", "unknown type name .*_kind_int128"),
    ("THRESH_TARGET(t, (bool, x, .max = 1)) {}",
     "max.*thresh_no_options|thresh_no_options.*max"),
    ("THRESH_TARGET(t, (int8, x, .size = 1)) {}",
     "size.*thresh_signed_options|thresh_signed_options.*size"),
    ("THRESH_TARGET(t" + ", (bool, x)" * 9 + ") {}",
     "a_target_has_at_most_eight_arguments"),
    ("THRESH_TARGET(t, (int8, x), (string, s)) {} THRESH_SEED(t, 1);",
     "too few arguments"),
    ("THRESH_TARGET(t, (int8, x)) {} THRESH_SEED(t, 1, 2);",
     "too many arguments"),
    ("THRESH_TARGET(t, (int8, x)) {} THRESH_SEED(t, THRESH_STR(\"a\"));",
     "incompatible type"),
    ("THRESH_TARGET(t, (bytes, x)) {} THRESH_SEED(t, THRESH_STR(\"a\"));",
     "incompatible type"),
    ("THRESH_TARGET(t, (string, x)) {} THRESH_SEED(t, \"a\");",
     "incompatible type"),
    ("THRESH_TARGET(t, (int8, x)) {} THRESH_SEED(t, \"a\");",
     "error: .*(pointer to integer|integer from pointer)"),
    ("THRESH_TARGET(t, (int8, x)) {} THRESH_SEED(other, 1);",
     "error: .*undeclared.*thresh_target_other|thresh_target_other.*undeclared"
     ),
])
def test_wrong_definitions_do_not_compile(fuzz_both, source, words):
    code, errors = compile_errors(fuzz_both, source)
    assert code != 0 and re.search(words, errors), errors


def test_gcc_refuses_a_seed_out_of_its_kinds_range(fuzz_both):
    if fuzz_both.compiler == "clang":
        pytest.skip("clang says nothing of what a header's macro expands to")
    for cxx in (False, True):
        code, errors = compile_errors(fuzz_both, "THRESH_TARGET(t, (int8, x)) "
                                      "{(void)x;} THRESH_SEED(t, 300);",
                                      cxx=cxx)
        assert code != 0 and "error: overflow in conversion" in errors, errors


# What projects ask for that think -Wextra is little.
EVEN_MORE = {"clang": ["-Wused-but-marked-unused", "-Wshadow"]}


@pytest.mark.parametrize("std", ["c11", "gnu17", "c++11", "c++17", "c++20"])
def test_the_header_compiles_without_a_warning(fuzz_both, std):
    source = WITHIN.replace("note(\"seen\", \"all\")", "abort()") + """
        THRESH_SEED(t, -1, 0.5, 4, -1.5f, 'b', 0, THRESH_STR("x"));
        THRESH_SETUP(t) {}
        THRESH_TEARDOWN(t) {}
        THRESH_BEFORE_EACH(t) { THRESH_REJECT_IF(0); }
        THRESH_AFTER_EACH(t) {}
        static int64_t same(int64_t x) { return x; }
        THRESH_TARGET(u, (int64, x), (string, s), (bool, b))
        {
            THRESH_SAME(string, s, s);
            THRESH_SAME(bool, b, b);
            THRESH_ROUND_TRIP(int64, same, same, x);
            THRESH_EQUIVALENT(int64, same, same, x);
            THRESH_IDEMPOTENT(int64, same, x);
            THRESH_CHECK(x == x, "%d", 1);
        }
        """
    code, errors = compile_errors(
        fuzz_both, "#include <stdlib.h>\n" + source, f"-std={std}", "-Wall",
        "-Wextra", "-Wpedantic", "-Werror",
        *EVEN_MORE.get(fuzz_both.compiler, []), cxx="++" in std)
    assert code == 0, errors


# ---- buffers ----

# Reads the first byte behind the argument that WHICH names.
OVERREADS = "THRESH_TARGET(t, " + ", ".join(
    f"({kind}, a{n})" for n, kind in enumerate(
        ["bytes", "string"] * 3 + ["bytes"] * 2)) + """)
{
    const char *which = getenv("WHICH");
    volatile char read = 0;
    (void)read;
    switch (which ? *which : 0) {
""" + "".join(
    f"    case '{n}': read = (char)a{n}.data[a{n}.size + {n % 2 if n < 6 else 0}];"
    " break;\n" for n in range(8)) + """
    default: break;
    }
}
"""
TEXTS = ["abc", "abc", "", "", "abcdefgh", "abcdefghijk", "z", ""]


@pytest.mark.parametrize("flags, title", [
    ((), "SIGSEGV|EXCEPTION_ACCESS_VIOLATION"),
    (("-fsanitize=address",), "heap-buffer-overflow READ of size 1 ")],
    ids=["plain", "asan"])
def test_reading_past_any_argument_is_seen(fuzz_both, flags, title):
    fuzz_both.build(OVERREADS, *flags)
    fuzz_both.seed("x", text_file(*(
        f'string("{text}")' if n % 2 and n < 6 else f'[]byte("{text}")'
        for n, text in enumerate(TEXTS))))
    fuzz_both.run().expect(0)
    for n in range(8):
        done = fuzz_both.run(env={"WHICH": str(n)}).expect(1)
        assert re.search(rf"^ +({title})", done.out, re.M), (n, done.text)


def test_reading_past_nothing_is_reproduced(fuzz):
    """A block of no bytes has one, to ASan."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            volatile uint8_t read = b.size ? 0 : b.data[0];
            (void)read;
        }
        """, "-fsanitize=address")
    done = fuzz.run("-fuzz=t", "-fuzztime=1000x").expect(1)
    assert "reproduced 5/5" in done.out, done.text
    assert fuzz.only_failure()[1] == b""


# ---- properties ----

PROPERTIES = """\
static int64_t up(int64_t x) { return x + 1; }
static int64_t down(int64_t x) { return x == 7 ? 0 : x - 1; }
static double half(double x) { return x / 2; }
static struct thresh_string cut(struct thresh_string s)
{
    return thresh_string_of(s.data, s.size - (s.size > 2));
}
THRESH_TARGET(trip, (int64, x)) { THRESH_ROUND_TRIP(int64, up, down, x); }
THRESH_TARGET(same, (double, x)) { THRESH_EQUIVALENT(double, half, up, x); }
THRESH_TARGET(idem, (string, s)) { THRESH_IDEMPOTENT(string, cut, s); }
THRESH_TARGET(nan, (float, x)) { THRESH_SAME(float, x, x); }
THRESH_SEED(trip, 5);
THRESH_SEED(trip, 6);
THRESH_SEED(same, -2.0);
THRESH_SEED(same, 3);
THRESH_SEED(idem, THRESH_STR("a\\tb"));
THRESH_SEED(idem, THRESH_STR("abcd"));
THRESH_SEED(nan, __builtin_nanf(""));
"""


def test_properties_fail_with_both_values(fuzz):
    fuzz.build(PROPERTIES)
    done = fuzz.run().expect(1)
    for line in ("down(up(x)) is x: 0, not 6",
                 "half(x) is up(x): 1.5, not 4",
                 'cut(cut(s)) is cut(s): "ab", not "abc"'):
        assert line in done.out, done.text
    assert done.out.count("check failed") == 3


# ---- around the inputs ----

AROUND = """\
static int ready;
THRESH_TARGET(t, (uint8, x))
{
    THRESH_REJECT_IF(x == 1);
    if (x == 2)
        abort();
    note("notes", "body");
    THRESH_CHECK(ready == 1 && getenv("PLACE") && x != 3);
}
THRESH_SETUP(t)
{
    setenv("PLACE", "here", 1);
    ready = 1;
    note("processes", "up");
}
THRESH_TEARDOWN(t) { note("processes", "down"); }
THRESH_BEFORE_EACH(t) { note("notes", "before"); }
THRESH_AFTER_EACH(t) { note("notes", "after"); }
"""


def test_what_runs_around_each_input(fuzz):
    fuzz.build(AROUND)
    for x in (0, 1, 3):
        fuzz.seed(f"{x}", text_file(f"byte({x})"))
    fuzz.run("-run=t/0").expect(0)
    assert fuzz.notes() == ["before", "body", "after"]
    fuzz.run("-run=t/1").expect(0)
    assert fuzz.notes()[3:] == ["before", "after"]
    fuzz.run("-run=t/3").expect(1)
    assert fuzz.notes()[5:] == ["before", "body", "after"]
    assert fuzz.notes("processes") == ["up", "down"] * 3


@pytest.mark.parametrize("env", [{}, {"THRESH_NO_FORK": "1"}],
                         ids=["forked", "started"])
def test_every_set_up_has_a_tear_down(fuzz, env):
    fuzz.build(AROUND)
    for x in (0, 2, 4):
        fuzz.seed(f"{x}", text_file(f"byte({x})"))
    fuzz.run(env=env).expect(1)
    processes = fuzz.notes("processes")
    # A process that crashes takes its tear-down along; a forked one has none.
    crashed = 1 if env or WINDOWS else 0
    assert processes.count("up") == processes.count("down") + crashed
    assert processes[0] == "up" and processes[-1] == "down"


def test_a_failing_set_up_ends_the_run(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bool, x)) { note("notes", "body"); }
        THRESH_SETUP(t) { THRESH_CHECK(0, "no server"); }
        """)
    for args in ([], ["-fuzz=t"]):
        fuzz.seed("any", text_file("bool(true)"))
        done = fuzz.run(*args).expect(1)
        assert "the set-up of t failed: " in done.text
        assert "no server" in done.text
    assert not fuzz.notes()
    assert list(fuzz.saved()) == ["any"]


def test_what_a_crashing_set_up_printed_is_told(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bool, x)) { (void)x; }
        THRESH_SETUP(t) { fputs("its text\\n", stderr); abort(); }
        THRESH_SEED(t, true);
        """)
    for args in ([], ["-fuzz=t"]):
        done = fuzz.run(*args).expect(1)
        assert "terminated without fuzzing: " in done.text
        assert len(re.findall("^ +its text$", done.text, re.M)) == 1


@pytest.mark.parametrize("env", [{}, {"THRESH_NO_FORK": "1"}],
                         ids=["forked", "started"])
@pytest.mark.parametrize("statement, words", [
    ('THRESH_CHECK(0, "left open");', "target:2: check failed: 0: left open"),
    ("abort();", "(signal: aborted|exit status 3)"),
    ("exit(0);", "exit status 0"),
    ("_exit(7);", "exit status 7"),
], ids=["check", "abort", "exit", "_exit"])
def test_a_failing_tear_down_fails_the_run_and_blames_no_input(
        fuzz, env, statement, words):
    fuzz.build("""\
        THRESH_TARGET(t, (bool, x)) { (void)x; }
        THRESH_TEARDOWN(t) { fputs("its text\\n", stderr); %s }
        THRESH_SEED(t, true);
        """ % statement)
    for args in ([], ["-fuzz=t", "-fuzztime=100x"]):
        done = fuzz.run(*args, "-parallel=1", env=env).expect(1)
        assert re.search(f"^the tear-down failed: {words}$", done.err, re.M)
        assert re.search("^ +its text$", done.err, re.M)
        assert done.out.startswith("--- FAIL: t (")
        assert "t/seed#0" not in done.text
    assert not fuzz.saved()


def test_forms_tell_of_a_failing_tear_down(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bool, x)) { (void)x; }
        THRESH_TEARDOWN(t) { abort(); }
        THRESH_SEED(t, true);
        """)
    done = fuzz.run("-tap").expect(1)
    assert re.findall("^(.*ok .*)$", done.out, re.M) == [
        "ok 1 - t/seed#0", "not ok 2 - t/t"]


# ---- changed signatures ----

def test_files_survive_new_arguments(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (string, s), (int8, d, .min = 2), (bool, b),
                      (float, f, .initial = 1.5))
        {
            char text[99];
            snprintf(text, sizeof text, "%s %d %d %g", s.data, d, b, f);
            note("notes", text);
        }
        """)
    fuzz.seed("a", text_file('string("one")'))
    fuzz.seed("b", text_file('string("two")', "int8(7)", "int(9)"))
    fuzz.cache(text_file('string("three")', "uint8(8)", "bool(true)"))
    done = fuzz.run("-fuzz=t", "-fuzztime=3x", "-parallel=1").expect(0)
    assert fuzz.notes() == ["one 2 0 1.5", "two 7 0 1.5", "three 2 0 1.5"]
    assert len(re.findall("warning: t has other arguments", done.err)) == 1
    assert "[string] is read as [string int8 bool float32]" in done.err


def test_files_survive_removed_arguments(fuzz):
    fuzz.build('THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(b.size == 2); }')
    fuzz.seed("old", text_file('[]byte("ab")', "int8(7)"))
    fuzz.run().expect(0)


def test_raw_files_survive_a_second_argument(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b), (int8, d))
        {
            THRESH_CHECK(b.size == 3 && d == 0);
        }
        """)
    fuzz.seed(digest(b"raw"), b"raw")
    fuzz.run().expect(0)
    # Of what we have not written nobody knows what it is.
    fuzz.seed("README", b"raw")
    assert "must include version" in fuzz.run().expect(1).text


# ---- static libraries ----

def test_targets_in_static_libraries_are_linked(fuzz_both, tmp_path):
    (tmp_path / "a.c").write_text(
        "#include <thresh.h>\nTHRESH_TARGET(in_library, (bool, x)) {}\n")
    (tmp_path / "b.c").write_text(
        "#include <thresh.h>\nTHRESH_TARGET(beside, (bool, x)) {}\n")
    wrapper = [fuzz_both.programs.build / "thresh", "cc",
               f"--compiler={fuzz_both.compiler}"]
    for name in "ab":
        run([*wrapper, "-c", f"{name}.c", "-o", f"{name}.o"], tmp_path)
    run(["ar", "rcs", "liba.a", "a.o"], tmp_path)
    run([*wrapper, "b.o", "liba.a", "-o", "both"], tmp_path)
    both = "both.exe" if WINDOWS else "both"
    done = subprocess.run(launch([tmp_path / both, "-list=."]), cwd=tmp_path,
                          capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["beside", "in_library"]
