# SPDX-License-Identifier: MIT
"""What is installed and how build systems find it: files, pkg-config, the CMake
package. (Debian's package is what test_new_user.py begins with.)"""
import json
import re
import shlex

import pytest
from conftest import run
from packaged import build_tree, installed  # noqa: F401

pytestmark = pytest.mark.posix("installs and builds for the machine itself")

EXECS = "-seed=1;-parallel=1;-fuzztime=100000x"

LIBRARY = """\
#include <string.h>
#include "part.h"
int part_parse(const char *data, size_t size)
{
    char copy[8];
    if (size < 3 || memcmp(data, "pt:", 3) != 0)
        return -1;
    memcpy(copy, data, size);  /* planted: no limit */
    return copy[3] + twice(copy[0]);
}
"""
PROJECT = {
    "part.h": """\
#include <stddef.h>
int part_parse(const char *data, size_t size);
int twice(int x);
int made(void);
""",
    "part.c": LIBRARY,
    # A shared library in a folder of its own, of a source with flags of its
    # own and one that is made by the build.
    "sub/twice.c": "#include \"part.h\"\n"
                   "int twice(int x) { return x * FACTOR + made(); }\n",
    "sub/CMakeLists.txt": """\
add_custom_command(OUTPUT made.c VERBATIM COMMAND ${CMAKE_COMMAND} -E echo
                   "int made(void) { return 0; }" > made.c)
add_library(twice SHARED twice.c made.c)
add_library(the::twice ALIAS twice)
set_source_files_properties(twice.c PROPERTIES COMPILE_DEFINITIONS FACTOR=2)
target_include_directories(twice PRIVATE ${CMAKE_SOURCE_DIR})
""",
    "part_fuzz.c": """\
#include <thresh.h>
#include "part.h"
THRESH_TARGET(parse, (bytes, text, .max = 64))
{
    THRESH_REJECT_IF(part_parse((const char *)text.data, text.size) < 0);
}
THRESH_SEED(parse, THRESH_BYTES("pt:a"));
""",
    "harness.c": """\
#include <stdint.h>
#include "part.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return size > 8 ? -1 : part_parse((const char *)data, size) * 0;
}
""",
    "corpus/first": "pt:a",
    "corpus/second": "none",
    "words.dict": 'start="pt:"\n',
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.18)
project(part C)
enable_testing()
add_subdirectory(sub)
add_library(part STATIC part.c)
target_include_directories(part PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_options(part PRIVATE $<$<COMPILE_LANGUAGE:C>:-DIN_PART> -Wall)
target_link_libraries(part PRIVATE the::twice m)
find_package(Thresh 0.1 REQUIRED)
thresh_add_fuzz_test(part_fuzz SOURCES part_fuzz.c LIBRARIES part
                     DICT words.dict FUZZ_FLAGS @EXECS@)
thresh_add_fuzz_test(part_harness SOURCES harness.c LIBRARIES part
                     TESTDATA saved CORPUS corpus FUZZ_FLAGS @EXECS@)
""",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@EXECS@", EXECS))


def configure(folder, env, *flags, check=True):
    return run(["cmake", "-B", "build", *flags], folder, env=env, check=check)


def symbols(path):
    return run(["nm", path], path.parent).stdout


def is_instrumented(path):
    return bool(re.search(r"__gcov|__sanitizer_cov|sancov", symbols(path)))


# ---- make install ----

def test_install_layout(installed):  # noqa: F811
    for path in ("bin/thresh", "bin/thresh-cc", "lib/libthresh.a",
                 "include/thresh.h", "lib/pkgconfig/thresh.pc",
                 "lib/cmake/Thresh/ThreshConfig.cmake",
                 "share/doc/thresh/README.md",
                 "share/doc/thresh/doc/libfuzzer.md",
                 "share/doc/thresh/examples/cmake/CMakeLists.txt"):
        assert (installed.prefix / path).exists(), path


def test_pkg_config_names_its_prefix(build, installed, tmp_path):  # noqa: F811
    """The one that the installation was given, not that of the build."""
    text = (installed.lib / "pkgconfig" / "thresh.pc").read_text()
    assert text.startswith("prefix=/usr/local\nlibdir=${prefix}/lib\n")
    other = tmp_path / "other"
    run(["cmake", "--install", build, "--prefix", other], tmp_path)
    env = {"PKG_CONFIG_PATH": str(other / "lib" / "pkgconfig")}
    done = run(["pkg-config", "--cflags", "--libs", "thresh"], tmp_path,
               env=env)
    assert done.stdout.split() == [f"-I{other}/include", f"-L{other}/lib",
                                   "-lthresh"]


def test_pkg_config_instruments_as_the_wrapper_does(thresh_cc):
    """But for what depends on gcc's version and on where the header is."""
    env = {"PKG_CONFIG_PATH": str(thresh_cc.build)}
    variable = f"--variable=instrument_{thresh_cc.compiler}"
    flags = run(["pkg-config", variable, "thresh"], thresh_cc.cwd,
                env=env).stdout.split()
    words = shlex.split(thresh_cc.print("x.c", "-o", "x"))
    words = words[1:words.index("x.c")]
    at = words.index("-idirafter")
    del words[at:at + 2]
    # The last: all of clang's are said to the compiler proper.
    apart = {"-fno-move-loop-stores", "-fno-tree-loop-im", "-Xclang"}
    assert sorted(w for w in words if w not in apart) == \
        sorted(w for w in flags if w not in apart)


# ---- find_package(Thresh) ----

def test_cmake_package(installed, compiler, tmp_path):  # noqa: F811
    env = installed.env(tmp_path, compiler)
    write(tmp_path, PROJECT)
    tree = tmp_path / "build"
    configure(tmp_path, env, "-DCMAKE_C_VISIBILITY_PRESET=default")
    run(["cmake", "--build", "build"], tmp_path, env=env)
    # Copies are instrumented, all of them; what is shipped is not.
    assert is_instrumented(tree / "libpart-thresh.a")
    assert is_instrumented(tree / "libtwice-thresh.a")
    assert not is_instrumented(tree / "libpart.a")
    assert not is_instrumented(tree / "sub" / "libtwice.so")

    ctest = ["ctest", "--test-dir", "build"]
    done = run([*ctest, "-N"], tmp_path, env=env).stdout
    assert re.findall(r"#\d+: (\S+)", done) == [
        "part_fuzz", "part_harness", "part_harness-corpus"]
    run(ctest, tmp_path, env=env)

    fuzz = ["cmake", "--build", "build", "--target"]
    done = run([*fuzz, "fuzz-part_fuzz"], tmp_path, env=env, check=False)
    text = done.stdout + done.stderr
    assert done.returncode != 0 and "--- FAIL: parse" in text
    assert "stack-buffer-overflow" in text  # the default sanitizers
    [saved] = (tmp_path / "testdata" / "fuzz" / "parse").iterdir()
    assert saved.read_bytes().startswith(b"pt:")

    # The other binary's harness holds; it has what is in its corpus.
    done = run([*fuzz, "fuzz-part_harness"], tmp_path, env=env)
    assert "baseline coverage: 2/2" in done.stdout + done.stderr
    cache = tree / "thresh-cache" / "part_harness" / "part_harness"
    assert {"first", "second"} <= {p.name for p in cache.iterdir()}
    done = run(ctest, tmp_path, env=env, check=False)
    assert re.findall(r"- (\S+) \(Failed\)", done.stdout) == ["part_fuzz"]


def test_cmake_sanitizers_are_a_choice(build_tree, tmp_path):  # noqa: F811
    """None beside the project's own, and those that are asked for; also for
    what is instrumented in place."""
    env = build_tree.env(tmp_path)
    write(tmp_path, PROJECT)
    with open(tmp_path / "CMakeLists.txt", "a", encoding="utf-8") as file:
        file.write("thresh_instrument(twice)\n")
    for flags, wanted in ((["-DCMAKE_C_FLAGS=-fsanitize=thread"],
                           {"-fsanitize=thread"}),
                          (["-DTHRESH_SANITIZE=undefined"],
                           {"-fsanitize=undefined"})):
        (tmp_path / "build" / "CMakeCache.txt").unlink(missing_ok=True)
        configure(tmp_path, env, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *flags)
        units = json.loads(
            (tmp_path / "build" / "compile_commands.json").read_text())
        lines = [u["command"] for u in units
                 if re.search(r"part_fuzz\.dir|/twice\.dir", u["command"])]
        assert len(lines) == 3  # of twice: twice.c, made.c
        for line in lines:
            assert set(re.findall(r"-fsanitize=\S+", line)) == wanted
            assert "-fprofile-arcs" in line
            atomic = "-fprofile-update=prefer-atomic" in line
            assert atomic == ("thread" in str(wanted))


@pytest.mark.parametrize("call, complaint", [
    ("thresh_add_fuzz_test(x LIBRARIES part)", "wants SOURCES file"),
    ("thresh_add_fuzz_test(x SOURCES harness.c CORPUS nowhere)",
     "CORPUS: there is no"),
])
def test_cmake_mistakes(build_tree, tmp_path, call, complaint):  # noqa: F811
    write(tmp_path, PROJECT)
    with open(tmp_path / "CMakeLists.txt", "a", encoding="utf-8") as file:
        file.write(call + "\n")
    done = configure(tmp_path, build_tree.env(tmp_path), check=False)
    assert done.returncode != 0
    assert complaint in " ".join(done.stderr.split())


def test_cmake_lines_of_thresh_init(build_tree, tmp_path):  # noqa: F811
    """They build as they are written; what either way of fuzzing saves is in
    one place."""
    env = build_tree.env(tmp_path)
    write(tmp_path, {"CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.18)
project(init C)
include(CTest)
add_subdirectory(fuzz)
"""})
    run(["thresh", "init", "first", "--cmake"], tmp_path, env=env)
    source = tmp_path / "fuzz" / "first_fuzz.c"
    source.write_text(source.read_text() + """
THRESH_TARGET(second, (uint8, n))
{
    THRESH_CHECK(n < 200, "%u", n);
}
""")
    configure(tmp_path, env, "-DTHRESH_FUZZTIME=20000x")
    run(["cmake", "--build", "build"], tmp_path, env=env)
    run(["ctest", "--test-dir", "build"], tmp_path, env=env)
    done = run(["cmake", "--build", "build", "--target", "fuzz-first_fuzz"],
               tmp_path, env=env, check=False)
    assert "--- FAIL: second" in done.stdout
    done = run(["thresh", "test", "fuzz/first_fuzz.c"], tmp_path, env=env,
               check=False)
    assert done.returncode == 1 and "--- FAIL: second/" in done.stdout


@pytest.mark.long
def test_cmake_package_for_cxx(build_tree, compiler, tmp_path):  # noqa: F811
    """A project without any C, with a harness in C++."""
    write(tmp_path, {
        "harness.cc": """\
#include <cstddef>
#include <cstdint>
#include <string>
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (std::string(data, data + size).find("++") == 3)
        __builtin_trap();
    return 0;
}
""",
        "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.18)
project(plus CXX)
enable_testing()
find_package(Thresh REQUIRED)
thresh_add_fuzz_test(plus_fuzz SOURCES harness.cc FUZZ_FLAGS @EXECS@)
"""})
    cxx = {"gcc": "g++", "clang": "clang++"}[compiler]
    env = {**build_tree.env(tmp_path, compiler), "CXX": cxx}
    configure(tmp_path, env)
    done = run(["cmake", "--build", "build", "--target", "fuzz-plus_fuzz"],
               tmp_path, env=env, check=False)
    assert done.returncode != 0
    assert "--- FAIL: plus_fuzz" in done.stdout + done.stderr
