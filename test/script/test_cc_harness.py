# SPDX-License-Identifier: MIT
"""thresh cc links fuzz binaries: a harness is found wherever it lies."""
import shlex

import pytest
from conftest import run
from wrapper import TYPED, harness_library, write_project

pytestmark = pytest.mark.posix(
    "links ELF's programs; test_windows_cc.py links COFF's")


# ---- a harness in a library ----

ASKED_FOR = "-Wl,-u,LLVMFuzzerTestOneInput"


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
