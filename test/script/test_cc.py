# SPDX-License-Identifier: MIT
"""thresh cc and thresh c++: other people's builds must work as before."""
import os
import shlex
import shutil
import textwrap

import pytest

from conftest import Wrapper, run

ENGINE_FILES = ["libthresh.a", "libthresh.syms", "thresh-gcc.specs"]

MAIN = textwrap.dedent("""\
    #include <stdio.h>
    #include <string.h>
    int main(int argc, char **argv)
    {
        for (int i = 1; i < argc; i++)
            printf("argument %s\\n", argv[i]);
        return strcmp(argv[0], "") == 0 ? 9 : 7;
    }
    """)

HARNESS = textwrap.dedent("""\
    #include <stddef.h>
    #include <stdint.h>
    int parse(const uint8_t *data, size_t size);
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
    {
        parse(data, size);
        return 0;
    }
    """)

PARSE = textwrap.dedent("""\
    #include <stddef.h>
    #include <stdint.h>
    int parse(const uint8_t *data, size_t size)
    {
        int n = 0;
        for (size_t i = 0; i < size; i++) {
            if (data[i] == '(')
                n++;
        }
        return n;
    }
    """)

TYPED = textwrap.dedent("""\
    #include <thresh.h>
    THRESH_TARGET(tally, (string, text, .max = 64))
    {
        unsigned n = 0;
        for (size_t i = 0; i < text.size; i++)
            n += text.data[i] == 'x';
        THRESH_REJECT_IF(n == 12345);
    }
    THRESH_SEED(tally, THRESH_STR("xyz"));
    """)

CALLBACKS = {
    "gcc": "__gcov_init",
    "clang": "__sanitizer_cov_8bit_counters_init",
}


def undefined(path):
    """The names an object wants from others."""
    return run(["nm", "-u", path], path.parent).stdout


def is_instrumented(path, compiler):
    return CALLBACKS[compiler] in undefined(path)


def write_project(cc):
    cc.write("harness.c", HARNESS)
    cc.write("parse.c", PARSE)
    cc.write("main.c", MAIN)


def copy_tree(build, bin_dir, lib_dir, include_dir):
    for path in (bin_dir, lib_dir, include_dir):
        path.mkdir(parents=True, exist_ok=True)
    shutil.copy(build / "thresh", bin_dir)
    for name in ENGINE_FILES:
        shutil.copy(build / name, lib_dir)
    shutil.copy(build / "include" / "thresh.h", include_dir)


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


@pytest.mark.parametrize("given, kept", [
    ("-fsanitize=fuzzer", None),
    ("-fsanitize=fuzzer-no-link", None),
    ("-fsanitize=address,fuzzer", "-fsanitize=address"),
    ("-fsanitize=fuzzer,address,undefined", "-fsanitize=address,undefined"),
    ("-fno-sanitize=fuzzer,alignment", "-fno-sanitize=alignment"),
])
def test_libfuzzers_flag_is_ours(thresh_cc, given, kept):
    words = shlex.split(thresh_cc.print("-c", given, "a.c"))
    left = [w for w in words if "sanitize=" in w]
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


# ---- linking programs with a main of their own ----

def test_program_with_main_is_unchanged(thresh_cc):
    program = thresh_cc(MAIN, name="main")
    done = run([program, "-list=.", "x"], thresh_cc.cwd, check=False)
    assert done.returncode == 7
    assert done.stdout == "argument -list=.\nargument x\n"
    assert done.stderr == ""


def test_objects_link_into_a_program(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-c", "main.c", "parse.c")
    thresh_cc.run("main.o", "parse.o", "-o", "main")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


def test_no_runtime_of_the_compilers_is_linked(thresh_cc):
    program = thresh_cc(MAIN, name="main")
    symbols = run(["nm", program], thresh_cc.cwd).stdout
    assert CALLBACKS[thresh_cc.compiler] in symbols
    # clang's driver would bring a sanitizer runtime, gcc's libgcov's writer.
    assert "__sanitizer_report_error_summary" not in symbols
    assert "gcov_do_dump" not in symbols


def test_default_output_is_a_out(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("main.c")
    assert run(["./a.out"], thresh_cc.cwd, check=False).returncode == 7


def test_source_on_standard_input(thresh_cc):
    thresh_cc.run("-x", "c", "-", "-o", "main", stdin=MAIN)
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


def test_main_in_a_static_library(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-c", "main.c", "parse.c")
    run(["ar", "rcs", "libmain.a", "main.o"], thresh_cc.cwd)
    thresh_cc.run("parse.o", "-L.", "-lmain", "-o", "main")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


@pytest.mark.parametrize("flags", [
    ["-O2"], ["-flto", "-O2"], ["-static"], ["-no-pie"],
    ["-fsanitize=address,undefined"], ["-fuse-ld=gold"], ["-fuse-ld=lld"],
    ["-pipe"], ["-g3", "-gsplit-dwarf"], ["-Werror"],
    ["-std=c11", "-pedantic-errors"],
], ids=" ".join)
def test_compile_and_link_in_one_command(thresh_cc, flags):
    if flags[0].startswith("-fuse-ld=") and not shutil.which(
            "ld." + flags[0].split("=")[1]):
        pytest.skip("no such linker")
    write_project(thresh_cc)
    done = thresh_cc.run(*flags, "main.c", "parse.c", "-o", "main")
    plain = run([thresh_cc.compiler, "-g", *flags, "main.c", "parse.c", "-o",
                 "plain"], thresh_cc.cwd)
    assert done.stderr == plain.stderr
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


@pytest.mark.parametrize("flags", [["-flto", "-O2"],
                                   ["-fsanitize=address,undefined"]],
                         ids=" ".join)
def test_compile_and_link_in_two_commands(thresh_cc, flags):
    if thresh_cc.compiler == "clang" and "-flto" in flags:
        if not shutil.which("ld.lld"):
            pytest.skip("no such linker")
        flags = [*flags, "-fuse-ld=lld"]
    write_project(thresh_cc)
    thresh_cc.run(*flags, "-c", "main.c", "parse.c")
    thresh_cc.run(*flags, "main.o", "parse.o", "-o", "main")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


def test_saved_temporaries_have_their_usual_names(thresh_cc):
    write_project(thresh_cc)
    ours = thresh_cc.cwd / "ours"
    plain = thresh_cc.cwd / "plain"
    for path in (ours, plain):
        path.mkdir()
    args = ["-save-temps", "-MMD", "../main.c", "-o", "main"]
    run(thresh_cc.argv(*args), ours)
    run([thresh_cc.compiler, *args], plain)
    assert os.listdir(ours) and \
        sorted(os.listdir(ours)) == sorted(os.listdir(plain))


def test_dependency_file(thresh_cc):
    thresh_cc.write("part.h", "#define PART 1\n")
    thresh_cc.write("a.c", '#include "part.h"\nint main(void) { return 0; }\n')
    thresh_cc.run("-MMD", "-MF", "deps.d", "-MT", "goal", "a.c", "-o", "a")
    assert (thresh_cc.cwd / "deps.d").read_text() == "goal: a.c part.h\n"


def test_response_file(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.write("odd name.c", "int odd(void) { return 1; }\n")
    thresh_cc.write("args", 'main.c "odd name.c"\n parse\\.c\n-o main\n')
    thresh_cc.run("@args")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7
    assert "@args" in shlex.split(thresh_cc.print("@args"))


def test_response_file_with_libfuzzers_flag(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.write("args", "-fsanitize=fuzzer 'main.c' -o main")
    thresh_cc.run("@args")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


def test_spaces_and_quotes_in_paths(thresh_cc):
    odd = thresh_cc.cwd / "a b, it's $HOME"
    copy_tree(thresh_cc.build, odd, odd, odd / "include")
    (odd / "main prog.c").write_text("#include <thresh.h>\n" + MAIN)
    moved = Wrapper(odd, thresh_cc.compiler, odd)
    moved.run("main prog.c", "-o", "main prog")
    assert run(["./main prog"], odd, check=False).returncode == 7
    words = shlex.split(moved.print("main prog.c"))
    assert str(odd / "libthresh.a") in words


def test_cxx_program(thresh_cc):
    program = thresh_cc("#include <iostream>\n#include <string>\n"
                        "int main() { std::string s = \"seven\";\n"
                        "try { throw s; } catch (std::string &t) {\n"
                        "std::cout << t << '\\n'; } return 7; }\n",
                        name="main", cxx=True)
    done = run([program], thresh_cc.cwd, check=False)
    assert (done.returncode, done.stdout) == (7, "seven\n")


def test_program_without_libc_is_left_alone(thresh_cc):
    thresh_cc.write("start.c", "void _start(void) { for (;;) { } }\n")
    thresh_cc.run("-nostdlib", "-static", "start.c", "-o", "start")
    assert (thresh_cc.cwd / "start").exists()


def test_relocatable_link_has_no_engine(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-c", "main.c", "parse.c")
    thresh_cc.run("-nostdlib", "-r", "main.o", "parse.o", "-o", "all.o")
    assert is_instrumented(thresh_cc.cwd / "all.o", thresh_cc.compiler)


def test_nothing_temporary_is_left(thresh_cc):
    scratch = thresh_cc.cwd / "scratch"
    scratch.mkdir()
    write_project(thresh_cc)
    thresh_cc.write("bad.c", "int f( {\n")
    env = {"TMPDIR": str(scratch)}
    thresh_cc.run("main.c", "parse.c", "-o", "main", env=env)
    thresh_cc.run("bad.c", "main.c", "-o", "main", env=env, check=False)
    assert os.listdir(scratch) == []


# ---- shared objects ----

def test_shared_library_and_program(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-shared", "-fPIC", "parse.c", "-o", "libparse.so")
    assert is_instrumented(thresh_cc.cwd / "libparse.so", thresh_cc.compiler)
    thresh_cc.run("main.c", "-L.", "-lparse", "-Wl,-rpath,$ORIGIN",
                  "-Wl,--no-as-needed", "-o", "main")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


@pytest.mark.parametrize("linker", ["bfd", "gold", "lld"])
@pytest.mark.parametrize("flag", ["-Wl,-z,defs", "-Wl,--no-undefined",
                                  "-Wl,-z -Wl,defs", "-Xlinker --no-undefined",
                                  "-z defs"])
def test_shared_library_that_refuses_undefined(thresh_cc, linker, flag):
    if not shutil.which("ld." + linker):
        pytest.skip("no such linker")
    write_project(thresh_cc)
    thresh_cc.run(f"-fuse-ld={linker}", *flag.split(), "-shared", "-fPIC",
                  "parse.c", "-o", "libparse.so")
    assert is_instrumented(thresh_cc.cwd / "libparse.so", thresh_cc.compiler)


@pytest.mark.parametrize("linker", ["bfd", "gold", "lld"])
def test_program_that_loads_a_module(thresh_cc, linker):
    if not shutil.which("ld." + linker):
        pytest.skip("no such linker")
    write_project(thresh_cc)
    thresh_cc.run("-shared", "-fPIC", "parse.c", "-o", "module.so")
    program = thresh_cc('#include <dlfcn.h>\n#include <stdio.h>\n'
                        'int main(void) {\n'
                        'void *m = dlopen("./module.so", RTLD_NOW);\n'
                        'if (!m) fputs(dlerror(), stderr);\n'
                        'return m ? 7 : 1; }\n',
                        f"-fuse-ld={linker}", "-ldl", name="main")
    done = run([program], thresh_cc.cwd, check=False)
    assert (done.returncode, done.stderr) == (7, "")


# ---- a harness in a library ----

ASKED_FOR = "-Wl,-u,LLVMFuzzerTestOneInput"


def harness_library(cc, *ar_flags):
    write_project(cc)
    cc.run("-c", "harness.c", "parse.c", "main.c")
    run(["ar", *(ar_flags or ["rcs"]), "libharness.a", "harness.o", "parse.o"],
        cc.cwd)


@pytest.mark.parametrize("args", [["libharness.a"], ["-L.", "-lharness"],
                                  ["-L", ".", "-l", "harness"],
                                  ["-L.", "-l:libharness.a"]], ids=" ".join)
def test_harness_in_a_static_library_is_asked_for(thresh_cc, args):
    harness_library(thresh_cc)
    assert ASKED_FOR in shlex.split(thresh_cc.print(*args))
    thresh_cc.run(*args, "-o", "fuzz")
    symbols = run(["nm", "fuzz"], thresh_cc.cwd).stdout
    assert " T LLVMFuzzerTestOneInput" in symbols


def test_harness_in_a_thin_archive_is_asked_for(thresh_cc):
    harness_library(thresh_cc, "rcsT")
    assert ASKED_FOR in shlex.split(thresh_cc.print("libharness.a"))


def test_harness_in_a_shared_library_is_asked_for(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.run("-shared", "-fPIC", "harness.c", "parse.c", "-o",
                  "libharness.so")
    assert ASKED_FOR in shlex.split(thresh_cc.print("-L.", "-lharness"))


@pytest.mark.parametrize("args", [["main.o", "libharness.a"],
                                  ["harness.o", "parse.o"], ["parse.o"],
                                  ["-shared", "libharness.a"],
                                  ["-c", "main.c"]], ids=" ".join)
def test_harness_is_not_asked_for_otherwise(thresh_cc, args):
    harness_library(thresh_cc)
    assert ASKED_FOR not in shlex.split(thresh_cc.print(*args))


def test_main_in_a_32_bit_object_is_seen(thresh_cc):
    harness_library(thresh_cc)
    thresh_cc.write("small.c", "int main(void) { return 0; }\n")
    done = run([thresh_cc.compiler, "-m32", "-c", "small.c"], thresh_cc.cwd,
               check=False)
    if done.returncode != 0:
        pytest.skip("no 32-bit compiler")
    words = shlex.split(thresh_cc.print("small.o", "libharness.a"))
    assert ASKED_FOR not in words


@pytest.mark.parametrize("cut", [1, 7, 12, 40, 70, 80, 130, 300])
def test_damaged_library_is_the_linkers_business(thresh_cc, cut):
    harness_library(thresh_cc)
    for name in ("libharness.a", "parse.o"):
        path = thresh_cc.cwd / name
        path.write_bytes(path.read_bytes()[:cut])
        thresh_cc.print(name)  # neither crashes nor complains


# ---- where the engine is ----

def test_moved_build_tree(thresh_cc):
    old = thresh_cc.cwd / "old"
    copy_tree(thresh_cc.build, old, old, old / "include")
    new = thresh_cc.cwd / "new place"
    old.rename(new)
    moved = Wrapper(new, thresh_cc.compiler, thresh_cc.cwd)
    moved("#include <thresh.h>\n" + MAIN, name="main")
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


@pytest.mark.parametrize("lib", ["lib", "lib64"])
def test_moved_installation(thresh_cc, lib):
    root = thresh_cc.cwd / "root"
    copy_tree(thresh_cc.build, root / "bin", root / lib, root / "include")
    (root / "bin" / "libthresh.a").unlink(missing_ok=True)
    moved = Wrapper(root / "bin", thresh_cc.compiler, thresh_cc.cwd)
    words = shlex.split(moved.print("a.c"))
    assert os.path.realpath(words[-1]) == str(root / lib / "libthresh.a")
    include = words[words.index("-idirafter") + 1]
    assert os.path.realpath(include) == str(root / "include")


def test_missing_archive_is_explained(thresh_cc):
    alone = thresh_cc.cwd / "alone"
    alone.mkdir()
    shutil.copy(thresh_cc.build / "thresh", alone)
    write_project(thresh_cc)
    moved = Wrapper(alone, thresh_cc.compiler, thresh_cc.cwd)
    moved.run("-c", "parse.c")  # no archive is needed for this
    done = moved.run("main.c", "-o", "main", check=False)
    if done.returncode == 0:
        pytest.skip("thresh is installed on this machine")
    assert done.returncode == 3
    assert "libthresh.a" in done.stderr and str(alone) in done.stderr
    assert not (thresh_cc.cwd / "main").exists()


# ---- build systems ----

def test_plain_make_project(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.write("Makefile", textwrap.dedent("""\
        CFLAGS = -O2 -Wall
        all: main fuzz
        main: main.o libparse.a
        \t$(CC) $(LDFLAGS) -o $@ main.o libparse.a
        fuzz: harness.o libparse.a
        \t$(CC) $(LDFLAGS) -o $@ harness.o libparse.a
        libparse.a: parse.o
        \t$(AR) rcs $@ $^
        """))
    run(["make", f"CC={thresh_cc.command}"], thresh_cc.cwd)
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7
    assert (thresh_cc.cwd / "fuzz").exists()


PROBES = textwrap.dedent("""\
    #!/bin/sh
    # Probes as configure scripts make them.
    probe() {
        cat >conftest.c
        if $CC $CFLAGS conftest.c -o conftest $2 2>conftest.err && ./conftest
        then echo "$1 yes"; else echo "$1 no"; fi
        test ! -s conftest.err || echo "$1 noise"
    }
    echo 'int main(void) { return 0; }' | probe works
    echo 'int main(void) { return 1; }' | probe runs
    echo 'char cos(); int main(void) { return !cos; }' | probe builtin -lm
    echo 'int no_such(); int main(void) { return no_such(); }' | probe missing
    echo 'int main(void) { return 0; }' | probe nolib -lno_such_library
    echo '#include <no_such.h>
    int main(void) { return 0; }' | probe header
    echo '#include <string.h>
    int main(void) { return memcmp("ab", "ab", 2) || strcmp("a", "a"); }' |
        probe compare
    echo '#include <stdio.h>
    int main(void) { printf("%d\\n", (int)sizeof(long)); return 0; }' |
        probe sizeof
    CFLAGS=-fno-such-flag
    echo 'int main(void) { return 0; }' | probe flag
    """)


def test_configure_probes_answer_as_without_us(thresh_cc):
    script = thresh_cc.write("configure", PROBES)
    ours = run(["sh", script], thresh_cc.cwd, env={"CC": thresh_cc.command})
    plain = run(["sh", script], thresh_cc.cwd, env={"CC": thresh_cc.compiler})
    assert ours.stdout == plain.stdout
    assert "works yes\nruns no\n" in ours.stdout


@pytest.mark.skipif(not shutil.which("autoconf"), reason="no autoconf")
def test_autoconf_project(thresh_cc):
    write_project(thresh_cc)
    thresh_cc.write("configure.ac", textwrap.dedent("""\
        AC_INIT([sample], [1])
        AC_PROG_CC
        AC_USE_SYSTEM_EXTENSIONS
        AC_C_INLINE
        AC_C_CONST
        AC_CHECK_HEADERS([string.h no_such_header.h])
        AC_CHECK_FUNCS([memcmp strcasecmp no_such_function])
        AC_SEARCH_LIBS([cos], [m])
        AC_CHECK_SIZEOF([long])
        AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
          [[return strcmp("a", "a");]])], [AC_DEFINE([RUNS])])
        AC_CONFIG_HEADERS([config.h])
        AC_CONFIG_FILES([Makefile])
        AC_OUTPUT
        """))
    thresh_cc.write("config.h.in", "#undef HAVE_MEMCMP\n"
                    "#undef HAVE_NO_SUCH_FUNCTION\n#undef SIZEOF_LONG\n"
                    "#undef RUNS\n")
    thresh_cc.write("Makefile.in", "CC = @CC@\nCFLAGS = @CFLAGS@\n"
                    "main: main.o parse.o\n\t$(CC) -o $@ main.o parse.o\n")
    run(["autoconf"], thresh_cc.cwd)
    run(["./configure"], thresh_cc.cwd, env={"CC": thresh_cc.command})
    config = (thresh_cc.cwd / "config.h").read_text()
    assert "#define HAVE_MEMCMP 1" in config
    assert "#define SIZEOF_LONG " in config
    assert "#define RUNS" in config
    assert "undef HAVE_NO_SUCH_FUNCTION" in config
    run(["make"], thresh_cc.cwd)
    assert run(["./main"], thresh_cc.cwd, check=False).returncode == 7


CMAKELISTS = textwrap.dedent("""\
    cmake_minimum_required(VERSION 3.16)
    project(sample LANGUAGES C CXX)
    include(CheckFunctionExists)
    include(CheckTypeSize)
    check_function_exists(memcmp HAVE_MEMCMP)
    check_function_exists(no_such_function HAVE_NO_SUCH_FUNCTION)
    check_type_size(long SIZEOF_LONG)
    if(NOT HAVE_MEMCMP OR HAVE_NO_SUCH_FUNCTION OR NOT SIZEOF_LONG)
      message(FATAL_ERROR "probes are wrong")
    endif()
    add_library(parse SHARED parse.c)
    add_library(more MODULE parse.c)
    target_link_options(more PRIVATE -Wl,-z,defs)
    add_library(harness STATIC harness.c)
    add_executable(main main.c)
    target_link_libraries(main parse)
    add_executable(tool tool.cc)
    add_executable(fuzz empty.c)
    target_link_libraries(fuzz harness parse)
    """)


@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
@pytest.mark.parametrize("way", ["environment", "list", "one word"])
def test_cmake_project(thresh_cc, way):
    write_project(thresh_cc)
    thresh_cc.write("empty.c", "int nothing;\n")
    thresh_cc.write("tool.cc", "#include <vector>\n"
                    "int main() { return std::vector<int>(7).size(); }\n")
    thresh_cc.write("CMakeLists.txt", CMAKELISTS)
    env = {"CC": "", "CXX": "", "THRESH_CC": thresh_cc.compiler}
    configure = ["cmake", "-S", ".", "-B", "out", "-G", "Unix Makefiles"]
    if way == "environment":
        env["CC"] = f"{thresh_cc.build}/thresh cc"
        env["CXX"] = f"{thresh_cc.build}/thresh c++"
    elif way == "list":
        configure += [f"-DCMAKE_C_COMPILER={thresh_cc.build}/thresh;cc",
                      f"-DCMAKE_CXX_COMPILER={thresh_cc.build}/thresh;c++"]
    else:
        words = thresh_cc.cwd / "words"
        words.mkdir()
        for name in ("thresh-cc", "thresh-c++"):
            (words / name).symlink_to(thresh_cc.build / "thresh")
        configure += [f"-DCMAKE_C_COMPILER={words}/thresh-cc",
                      f"-DCMAKE_CXX_COMPILER={words}/thresh-c++"]
    run(configure, thresh_cc.cwd, env=env)
    run(["cmake", "--build", "out"], thresh_cc.cwd, env=env)
    out = thresh_cc.cwd / "out"
    assert is_instrumented(out / "libparse.so", thresh_cc.compiler)
    assert run([out / "main"], out, check=False).returncode == 7
    assert run([out / "tool"], out, check=False).returncode == 7
    assert " T LLVMFuzzerTestOneInput" in run(["nm", out / "fuzz"], out).stdout


# ---- fuzz binaries ----

@pytest.mark.engine
def test_typed_target_lists_and_passes(thresh_cc):
    program = thresh_cc(TYPED, "-fsanitize=address")
    assert run([program, "-list=."], thresh_cc.cwd).stdout == "tally\n"
    assert "PASS\n" in run([program], thresh_cc.cwd).stdout


@pytest.mark.engine
def test_harness_in_cxx(thresh_cc):
    program = thresh_cc(
        "#include <cstdint>\n#include <cstddef>\n"
        'extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, '
        "size_t size) { return size > 3 && data[0] == 'x' ? -1 : 0; }\n",
        name="cxx_fuzz", cxx=True)
    assert run([program, "-list=."], thresh_cc.cwd).stdout == "cxx_fuzz\n"
    assert "PASS\n" in run([program], thresh_cc.cwd).stdout


@pytest.mark.engine
@pytest.mark.parametrize("args", [["harness.c", "parse.c"],
                                  ["harness.o", "parse.o"], ["libharness.a"],
                                  ["-fsanitize=fuzzer", "libharness.a"],
                                  ["-flto", "-O2", "harness.c", "parse.c"]],
                         ids=" ".join)
def test_harness_is_named_after_the_program(thresh_cc, args):
    harness_library(thresh_cc)
    thresh_cc.run(*args, "-o", "bracket_fuzz")
    done = run(["./bracket_fuzz", "-list=."], thresh_cc.cwd)
    assert done.stdout == "bracket_fuzz\n"
    assert "PASS\n" in run(["./bracket_fuzz"], thresh_cc.cwd).stdout


# Debian's gcc asks for --as-needed by itself, which a weak reference and -u do
# not satisfy.
@pytest.mark.parametrize("args", [["-L.", "-lharness"],
                                  ["-Wl,--as-needed", "-L.", "-lharness"],
                                  ["-Wl,--as-needed", "./libharness.so"]],
                         ids=" ".join)
@pytest.mark.engine
def test_harness_in_a_shared_library_runs(thresh_cc, args):
    write_project(thresh_cc)
    thresh_cc.run("-shared", "-fPIC", "harness.c", "parse.c", "-o",
                  "libharness.so")
    thresh_cc.run(*args, "-Wl,-rpath,$ORIGIN", "-o", "so_fuzz")
    assert run(["./so_fuzz", "-list=."], thresh_cc.cwd).stdout == "so_fuzz\n"
    assert "PASS\n" in run(["./so_fuzz"], thresh_cc.cwd).stdout


@pytest.mark.engine
def test_program_without_a_target_says_so(thresh_cc):
    program = thresh_cc("int nothing;\n", name="empty")
    done = run([program], thresh_cc.cwd, check=False)
    assert done.returncode != 0
    assert "target" in done.stdout + done.stderr
