# SPDX-License-Identifier: MIT
"""thresh cc and thresh c++: which compiler runs, and what compiling adds. Other
people's builds must work as before; linking them is in test_cc_link.py."""
import shlex
import shutil
import textwrap

import pytest
from conftest import Wrapper, run
from wrapper import (CALLBACKS, copy_tree, is_instrumented, undefined,
                     write_project)

pytestmark = pytest.mark.posix(
    "makes ELF's objects; test_windows_cc.py makes COFF's")


# ---- the command itself ----

def test_help_lists_the_commands(build, tmp_path):
    done = run([build / "thresh", "--help"], tmp_path)
    assert "  cc " in done.stdout and "  c++ " in done.stdout


def test_version_is_one_line(build, tmp_path):
    done = run([build / "thresh", "--version"], tmp_path)
    assert done.stdout.startswith("thresh ") and done.stdout.count("\n") == 1


def test_unknown_command_is_a_usage_error(build, tmp_path):
    done = run([build / "thresh", "fly"], tmp_path, check=False)
    assert done.returncode == 2
    assert 'unknown command "fly"' in done.stderr and done.stdout == ""


def test_no_command_is_a_usage_error(build, tmp_path):
    assert run([build / "thresh"], tmp_path, check=False).returncode == 2


def test_link_named_thresh_cc_is_the_wrapper(build, tmp_path):
    copy_tree(build, tmp_path, tmp_path, tmp_path / "include")
    (tmp_path / "thresh-cc").symlink_to("thresh")
    done = run([tmp_path / "thresh-cc", "--thresh-help"], tmp_path)
    assert done.stdout.startswith("usage: thresh cc ")


# ---- which compiler ----

@pytest.mark.parametrize("c, cxx", [
    ("gcc", "g++"), ("gcc-12", "g++-12"), ("clang", "clang++"),
    ("clang-14", "clang++-14"),
    ("x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++"),
    ("x86_64-linux-gnu-gcc-12", "x86_64-linux-gnu-g++-12"),
    ("g++", "g++"), ("clang++-14", "clang++-14"), ("cc", "c++"),
])
def test_cxx_driver_goes_with_the_c_driver(build, tmp_path, c, cxx):
    tools = tmp_path / "gcc-clang tools"  # the directory must not confuse it
    tools.mkdir()
    for name in {c, cxx}:
        (tools / name).write_text(
            "#!/bin/sh\necho 'gcc version 12.2.0' >&2\n")
        (tools / name).chmod(0o755)
    for command, name in (("cc", c), ("c++", cxx)):
        done = run([build / "thresh", command, f"--compiler={tools / c}",
                    "--thresh-print", "-c", "a.c"], tmp_path)
        assert shlex.split(done.stdout)[0] == str(tools / name)


def test_thresh_cc_variable_names_the_compiler(build, tmp_path):
    done = run([build / "thresh", "c++", "--thresh-print", "-c", "a.cc"],
               tmp_path, env={"THRESH_CC": "clang"})
    assert shlex.split(done.stdout)[0].endswith("/clang++")


def test_option_wins_over_the_variable(thresh_cc):
    done = thresh_cc.print("-c", "a.c", env={"THRESH_CC": "no-such-compiler"})
    assert shlex.split(done)[0].endswith("/" + thresh_cc.compiler)


def test_unknown_compiler_is_named(build, tmp_path):
    done = run([build / "thresh", "c++", "--compiler=gcc-99", "a.cc"],
               tmp_path, check=False)
    assert done.returncode == 2
    assert '"g++-99"' in done.stderr and "--compiler=gcc-99" in done.stderr


def test_neither_gcc_nor_clang_is_refused(build, tmp_path):
    fake = tmp_path / "mycc"
    fake.write_text("#!/bin/sh\necho mycc 1.0\n")
    fake.chmod(0o755)
    done = run([build / "thresh", "cc", f"--compiler={fake}", "-c", "a.c"],
               tmp_path, check=False)
    assert done.returncode == 2
    assert "neither gcc nor clang" in done.stderr


def old_gcc(tmp_path, version):
    """A gcc that calls itself another version."""
    fake = tmp_path / "old" / "gcc"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nif [ "$1" = -v ]; then\n'
                    f'echo "gcc version {version}" >&2\nexit\nfi\n'
                    f'exec {shutil.which("gcc")} "$@"\n')
    fake.chmod(0o755)
    return fake


@pytest.mark.parametrize("version", ["9.4.0", "16.1.0"])
def test_gcc_with_unknown_counters_falls_back(build, tmp_path, version):
    cc = Wrapper(build, old_gcc(tmp_path, version), tmp_path)
    write_project(cc)
    assert cc.run("-c", "parse.c").stderr == ""
    assert "__sanitizer_cov_trace_pc" in undefined(tmp_path / "parse.o")
    assert "gcov" not in undefined(tmp_path / "parse.o")
    linked = cc.run("main.c", "-o", "main")
    assert "using trace-pc" in linked.stderr
    assert linked.stderr.count("\n") == 1


def test_version_question_goes_to_the_compiler(thresh_cc):
    plain = run([thresh_cc.compiler, "--version"], thresh_cc.cwd)
    assert thresh_cc.run("--version").stdout == plain.stdout


def test_no_input_is_the_compilers_error(thresh_cc):
    plain = run([thresh_cc.compiler], thresh_cc.cwd, check=False)
    done = thresh_cc.run(check=False)
    assert done.returncode == plain.returncode != 0
    assert "no input files" in done.stderr


# ---- compiling ----

def test_compile_adds_instrumentation(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-c", "parse.c")
    assert is_instrumented(thresh_cc.cwd / "parse.o", thresh_cc.compiler)
    assert "__sanitizer_cov_trace_" in undefined(thresh_cc.cwd / "parse.o")


def test_assembly_output_is_instrumented_and_not_linked(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-S", "parse.c")
    text = (thresh_cc.cwd / "parse.s").read_text()
    assert CALLBACKS[thresh_cc.compiler] in text


def test_preprocessed_output_is_the_compilers(thresh_cc):
    write_project(thresh_cc)
    plain = run([thresh_cc.compiler, "-E", "parse.c"], thresh_cc.cwd)
    assert thresh_cc.run("-E", "parse.c").stdout == plain.stdout


def test_make_rules_are_the_compilers(thresh_cc):
    write_project(thresh_cc)
    plain = run([thresh_cc.compiler, "-MM", "parse.c"], thresh_cc.cwd)
    assert thresh_cc.run("-MM", "parse.c").stdout == plain.stdout


def test_compile_error_keeps_the_exit_status(thresh_cc):
    thresh_cc.write("bad.c", "int f( {\n")
    plain = run([thresh_cc.compiler, "-c", "bad.c"], thresh_cc.cwd,
                check=False)
    done = thresh_cc.run("-c", "bad.c", check=False)
    assert done.returncode == plain.returncode != 0
    assert done.stderr == plain.stderr


@pytest.mark.parametrize("flags, wanted", [([], "1"),
                                           (["--no-fuzzing-macro"], "0")])
def test_fuzzing_macro(thresh_cc, flags, wanted):
    thresh_cc.write("a.c", "#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION\n"
                           "value 1\n#else\nvalue 0\n#endif\n")
    assert f"value {wanted}" in thresh_cc.run("-E", *flags, "a.c").stdout


def test_users_flags_win(thresh_cc):
    words = shlex.split(thresh_cc.print("-c", "-g0", "a.c"))
    assert words.index("-g") < words.index("-g0")


def test_no_optimisation_is_added(thresh_cc):
    words = shlex.split(thresh_cc.print("a.c"))
    assert not [w for w in words if w.startswith("-O")]


def test_own_coverage_choice_is_left_alone(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-fsanitize-coverage=trace-pc", "-c", "parse.c")
    symbols = undefined(thresh_cc.cwd / "parse.o")
    assert "__sanitizer_cov_trace_pc" in symbols
    assert "gcov" not in symbols and "trace_const_cmp" not in symbols


def test_no_coverage_is_a_choice(build, tmp_path):
    cc = Wrapper(build, "clang", tmp_path)
    write_project(cc)
    cc.run("-fsanitize-coverage=0", "-c", "parse.c")
    assert "__sanitizer_cov" not in undefined(tmp_path / "parse.o")


def test_what_counts_no_edges_comes_on_top(build, tmp_path):
    cc = Wrapper(build, "clang", tmp_path)
    write_project(cc)
    cc.run("-fsanitize-coverage=trace-div,trace-gep", "-c", "parse.c")
    symbols = undefined(tmp_path / "parse.o")
    assert "__sanitizer_cov_8bit_counters_init" in symbols


@pytest.mark.parametrize("given, kept", [
    ("-fsanitize=fuzzer", None),
    ("-fsanitize=fuzzer-no-link", None),
    ("-fsanitize=address,fuzzer", "-fsanitize=address"),
    ("-fsanitize=fuzzer,address,undefined", "-fsanitize=address,undefined"),
    ("-fno-sanitize=fuzzer,alignment", "-fno-sanitize=alignment"),
])
def test_libfuzzers_flag_is_ours(thresh_cc, given, kept):
    words = shlex.split(thresh_cc.print("-c", given, "a.c"))
    # What we say to clang's compiler proper is not the user's.
    left = [w for before, w in zip(words, words[1:])
            if "sanitize=" in w and before != "-Xclang"]
    assert left == ([kept] if kept else [])
    assert [w for w in words if w.startswith("-fsanitize-coverage=")]


def test_value_of_an_option_is_no_option(thresh_cc):
    words = shlex.split(thresh_cc.print("-c", "-MF", "-r", "-MMD", "a.c",
                                        "-Xpreprocessor", "--thresh-help"))
    assert words[-1] == "--thresh-help"


def test_header_can_be_precompiled(thresh_cc):
    thresh_cc.write("a.h", "int f(void);\n")
    thresh_cc.run("-x", "c-header", "a.h", "-o", "a.pch")
    assert (thresh_cc.cwd / "a.pch").stat().st_size > 0


def test_projects_own_header_hides_ours(thresh_cc):
    thresh_cc.write("mine/thresh.h", "their header\n")
    thresh_cc.write("a.c", "#include <thresh.h>\n")
    assert "their header" in thresh_cc.run("-E", "-Imine", "a.c").stdout


def test_assembler_source_compiles_with_warnings_as_errors(thresh_cc):
    text = ".globl f\nf:\n    ret\n.section .note.GNU-stack\n"
    thresh_cc.write("plain.s", text)
    thresh_cc.write("macros.S", "#define NAME f\n" + text)
    for name in ("plain.s", "macros.S"):
        assert thresh_cc.run("-Werror", "-c", name).stderr == ""


def test_profile_files_are_never_left(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("main.c", "parse.c", "-o", "main")
    run(["./main"], thresh_cc.cwd, check=False)
    left = {p.name for p in thresh_cc.cwd.iterdir()}
    assert left == {"harness.c", "parse.c", "main.c", "main"}


def test_coverage_notes_without_libgcov(build, tmp_path):
    cc = Wrapper(build, "gcc", tmp_path)
    write_project(cc)
    words = shlex.split(cc.print("--coverage", "-fprofile-arcs", "parse.c",
                                 "-shared", "-fPIC", "-o", "libparse.so"))
    assert "-ftest-coverage" in words
    assert not {"--coverage", "-fprofile-arcs"} & set(words)


def test_thread_sanitizer_sees_no_race_in_the_counters(thresh_cc):
    program = thresh_cc(textwrap.dedent("""\
        #include <pthread.h>
        static int step(int x) { return x > 3 ? x * 2 : x; }
        static void *work(void *arg)
        {
            volatile int *sum = arg;
            for (int i = 0; i < 1000; i++)
                *sum += step(i & 7);
            return 0;
        }
        int main(void)
        {
            pthread_t thread;
            int a = 0, b = 0;
            pthread_create(&thread, 0, work, &a);
            work(&b);
            return pthread_join(thread, 0);
        }
        """), "-fsanitize=thread", "-pthread", name="race")
    done = run([program], thresh_cc.cwd, check=False)
    assert "data race" not in done.stderr
