# SPDX-License-Identifier: MIT
"""thresh cc as the compiler of whole projects, from a tree or an installation
that was moved."""
import os
import shlex
import shutil
import textwrap

import pytest
from conftest import Wrapper, run
from wrapper import MAIN, copy_tree, is_instrumented, write_project

pytestmark = pytest.mark.posix(
    "runs what configure and CMake build on the spot")


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
@pytest.mark.parametrize("way", [
    pytest.param("environment", marks=pytest.mark.long),
    pytest.param("list", marks=pytest.mark.long), "one word"])
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
