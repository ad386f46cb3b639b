# SPDX-License-Identifier: MIT
"""What a fuzz binary says about code that was not instrumented: only what is
true, with every compiler and linker, and what to do about it."""
import shutil

import pytest
from conftest import run

pytestmark = [pytest.mark.engine, pytest.mark.posix(
    "nothing is said there of what is not instrumented")]

# Two functions without a static one beside them, one file with one, one that
# has data only, and a harness.
SOURCES = {
    "token.c": """
        int token(int n) { return n > 4 ? n * 3 : n - 1; }
        int token_end(int n) { return n > 9 ? n * 5 : n - 2; }
    """,
    "table.c": "const int table[64] = {1, 2, 3};\n",
    "parse.c": """
        extern const int table[64];
        int token(int), token_end(int);
        static __attribute__((noinline)) int skip(int n)
        {
            return n > 7 ? table[n & 63] : token(n);
        }
        int parse(int n) { return skip(n) + token_end(n); }
    """,
    "print.c": """
        int print(int n) { return n > 1 ? n - 4 : n + 2; }
    """,
    "harness.c": """
        #include <stddef.h>
        #include <stdint.h>
        int parse(int), print(int);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            (void)data;
            return (parse((int)size) + print((int)size)) & 0;
        }
    """,
}
WITH_CODE = ["token.c", "parse.c", "print.c", "harness.c"]
NOTHING = ("warning: the test binary was not built with coverage "
           "instrumentation, so fuzzing will run without coverage guidance "
           "and may be inefficient")


class Builder:
    """Builds one program with some files compiled by the plain compiler."""

    def __init__(self, cc):
        self.cc = cc
        for name, text in SOURCES.items():
            cc.write(name, text)

    def compile(self, name, plain, *flags):
        target = f"{'plain' if plain else 'counted'}-{name}.o"
        if plain:
            run([self.cc.compiler, *flags, "-c", name, "-o", target],
                self.cc.cwd)
        else:
            self.cc.run(*flags, "-c", name, "-o", target)
        return target

    def link(self, plain, *flags, opt="-O1", order=SOURCES):
        objects = [self.compile(n, n in plain, opt) for n in order]
        self.cc.run(*objects, *flags, "-o", "fuzz")
        return self

    def said(self):
        """The lines about instrumentation."""
        done = run([self.cc.cwd / "fuzz", "-fuzz=.", "-fuzztime=10x",
                    "-parallel=1", "-cachedir=cache"], self.cc.cwd)
        return [line for line in done.stderr.split("\n")
                if "instrument" in line or " counter" in line]


@pytest.fixture
def builder(thresh_cc):
    return Builder(thresh_cc)


def missing(lines):
    """The files that the warning names."""
    assert len(lines) == 2, lines
    names = lines[1].split("invisible to the search: ")[1].split("; ")[0]
    assert lines[1].endswith("with `thresh cc`")
    return sorted(names.split(", "))


@pytest.mark.parametrize("opt", ["-O0", "-O2"])
def test_a_wholly_instrumented_program_is_not_warned_of(builder, opt):
    line, = builder.link([], opt=opt).said()
    assert line.startswith("fuzz: ") and line.endswith(" counters in 4 objects")


def test_a_file_with_data_only_needs_no_counters(builder):
    line, = builder.link(["table.c"]).said()
    assert line.endswith(" counters in 4 objects")


@pytest.mark.parametrize("opt", ["-O0", "-O2"])
@pytest.mark.parametrize("name", ["parse.c", "print.c", "token.c"])
def test_one_file_without_counters_is_named(builder, name, opt):
    lines = builder.link([name], opt=opt).said()
    assert lines[0].endswith(" counters in 3 of 4 objects")
    assert "1 of 4 objects is not instrumented" in lines[1]
    assert missing(lines) == [name]


def test_all_files_without_counters_are_named(builder):
    lines = builder.link(["parse.c", "print.c"]).said()
    assert "2 of 4 objects are not instrumented" in lines[1]
    assert missing(lines) == ["parse.c", "print.c"]


def test_a_harness_without_counters_is_not_worth_a_warning(builder):
    line, = builder.link(["harness.c"]).said()
    assert line.endswith(" counters in 3 of 4 objects")


def test_a_harness_is_named_with_others(builder):
    lines = builder.link(["harness.c", "parse.c"]).said()
    assert missing(lines) == ["harness.c", "parse.c"]


def test_a_program_without_any_counters_is_warned_of(builder):
    line, = builder.link(WITH_CODE).said()
    assert line.startswith(NOTHING)
    assert line.endswith("with `thresh cc`")


def test_a_stripped_program_is_not_judged(builder):
    builder.link(["parse.c"])
    run(["strip", "fuzz"], builder.cc.cwd)
    line, = builder.said()
    assert line.startswith("fuzz: ") and line.endswith(" counters")


def test_shared_libraries_of_the_project_are_objects(builder):
    cc = builder.cc
    cc.run("-shared", "-fPIC", "token.c", "-o", "libtoken.so")
    run([cc.compiler, "-shared", "-fPIC", "print.c", "-o", "libprint.so"],
        cc.cwd)
    builder.link([], "-L.", "-ltoken", "-lprint", f"-Wl,-rpath,{cc.cwd}",
                 order=["harness.c", "parse.c", "table.c"])
    lines = builder.said()
    assert lines[0].endswith(" counters in 3 of 4 objects")
    assert missing(lines) == ["libprint.so"]


@pytest.mark.parametrize("linker", ["gold", "lld"])
def test_it_is_the_same_with_other_linkers(builder, linker):
    if not shutil.which(f"ld.{linker}"):
        pytest.skip(f"{linker} is not installed")
    builder.link(["print.c"], f"-fuse-ld={linker}")
    assert missing(builder.said()) == ["print.c"]


@pytest.mark.parametrize("flag", ["-static", "-fsanitize=address",
                                  "-Wl,--gc-sections"])
def test_what_comes_with_a_link_is_not_judged(builder, flag):
    lines = builder.link(["print.c"], flag).said()
    assert missing(lines) == ["print.c"]


def test_cxx_libraries_are_not_judged(builder):
    cc = builder.cc
    cc.write("list.cc", """
        #include <string>
        #include <vector>
        extern "C" int list(int n)
        {
            std::vector<std::string> all;
            for (int i = 0; i < n; i++)
                all.push_back(std::to_string(i));
            return (int)all.size();
        }
    """)
    cc.run("-O1", "-c", "list.cc", "-o", "list.o", cxx=True)
    objects = [builder.compile(n, n == "print.c", "-O1") for n in SOURCES]
    cc.run(*objects, "list.o", "-static", "-Wl,-u,list", "-o", "fuzz",
           cxx=True)
    lines = builder.said()
    assert lines[0].endswith(" counters in 4 of 5 objects")
    assert missing(lines) == ["print.c"]


def test_counters_of_an_unknown_gcc_are_named(builder):
    """Nothing else would tell why the search is blind to that code."""
    builder.cc.write("print.c", """
        struct { unsigned version; void *rest[40]; } module = {0x42802a40};
        void __gcov_init(void *);
        __attribute__((constructor)) static void enter(void)
        {
            __gcov_init(&module);
        }
        int print(int n) { return n > 1 ? n - 4 : n + 2; }
    """)
    lines = builder.link([]).said()
    assert [line for line in lines if "unknown gcc" in line] == [
        "warning: counters of an unknown gcc (version word 42802a40) are "
        "ignored; gcc 10 to 15 and clang can be used"]
