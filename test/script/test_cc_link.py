# SPDX-License-Identifier: MIT
"""thresh cc links programs that have a main of their own as the compiler alone
would, and shared objects."""
import os
import shlex
import shutil

import pytest
from conftest import Wrapper, run
from wrapper import (CALLBACKS, MAIN, copy_tree, is_instrumented,
                     write_project)

pytestmark = pytest.mark.posix(
    "links ELF's programs; test_windows_cc.py links COFF's")


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
