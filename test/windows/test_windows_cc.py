# SPDX-License-Identifier: MIT
"""The archive and the wrapper where programs are made for Windows: the names
they bring, the ways to link, and that what comes out starts anywhere."""
import re
import shlex
import sys

import pytest
from conftest import REPO, WINDOWS_GCC, Wrapper, run

sys.path.insert(0, str(REPO / "test" / "script"))
from fuzzing import fuzz, programs  # noqa: E402,F401 (fixtures)

TOOLS = WINDOWS_GCC.removesuffix("gcc")

PUBLIC = re.compile(r"""main|thresh_register_target|thresh_register_seed|
    thresh_check_failed|thresh_check_same|thresh_reject|
    __ubsan_on_report|__tsan_on_report|
    LLVMFuzzerMutate|LLVMFuzzerRunDriver|__libfuzzer_is_present|
    __sanitizer_cov_\w+|__sanitizer_weak_hook_\w+|__wrap_\w+|__gcov_\w+|(__emutls_v\.)?__sancov_lowest_stack|
    __emutls_v\.__gcov_indirect_call""", re.X)

HARNESS = """\
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return size > 3 && data[0] == 'x' ? -1 : 0;
}
"""

ASKED_FOR = "-Wl,-u,LLVMFuzzerTestOneInput"


@pytest.fixture
def cc(build, tmp_path):
    return Wrapper(build, WINDOWS_GCC, tmp_path)


def defined(build):
    """Global names of the archive, by member."""
    out = run([TOOLS + "nm", "-g", "--defined-only",
               build / "x86_64-w64-mingw32" / "libthresh.a"], build).stdout
    members, names = {}, None
    for line in out.splitlines():
        if line.endswith(":"):
            names = members.setdefault(line[:-1], [])
        elif line:
            names.append(line.split()[-1])
    return members


# ---- the archive ----

def test_only_documented_names_have_no_prefix(build):
    names = [n for member in defined(build).values() for n in member]
    assert len(names) > 400
    assert [n for n in names if not n.startswith("thresh__")
            and not PUBLIC.fullmatch(n)] == []
    assert {"thresh_register_target", "__gcov_init",
            "__sanitizer_cov_trace_cmp8"} <= set(names)


def test_main_is_alone_in_its_member(build):
    assert [m for m in defined(build).values() if "main" in m] == [["main"]]


def test_functions_called_like_ours_are_not_called_by_us(fuzz):
    fuzz.build("""\
        void corpus_add(void);
        void corpus_add(void) { note("notes", "called"); }
        void platform_spawn(void);
        void platform_spawn(void) { note("notes", "called"); }
        int runner_current;
        THRESH_TARGET(t, (bytes, b)) { (void)b; }
        """)
    fuzz.run("-fuzz=t", "-fuzztime=100x").expect(0)
    assert fuzz.notes() == []


# ---- what is linked ----

def test_a_program_needs_only_the_systems_libraries(cc):
    program = cc("#include <iostream>\n#include <string>\n#include <thresh.h>\n"
                 "THRESH_TARGET(t, (string, s)) { try { throw "
                 "std::string(s.data, s.size); } catch (std::string &) { } }\n",
                 cxx=True)
    needed = re.findall(r"DLL Name: (\S+)", run(
        [TOOLS + "objdump", "-p", program], cc.cwd).stdout)
    assert {n.lower() for n in needed} <= {"kernel32.dll", "msvcrt.dll",
                                           "advapi32.dll"}
    assert run([program, "-list=."], cc.cwd).stdout == "t\n"


def test_default_output_is_a_exe(cc):
    cc.write("harness.c", HARNESS)
    cc.run("harness.c")
    assert run([cc.cwd / "a.exe", "-list=."], cc.cwd).stdout == "a\n"


def test_harness_in_a_static_library_is_asked_for(cc):
    cc.write("harness.c", HARNESS)
    cc.run("-c", "harness.c")
    run([TOOLS + "ar", "rcs", "libharness.a", "harness.o"], cc.cwd)
    assert ASKED_FOR in shlex.split(cc.print("-L.", "-lharness"))
    cc.run("-L.", "-lharness", "-o", "fuzz")
    assert run([cc.cwd / "fuzz.exe", "-list=."], cc.cwd).stdout == "fuzz\n"


@pytest.mark.parametrize("flags", [[], ["-Wa,-mbig-obj"]], ids=" ".join)
def test_main_in_an_object_is_seen(cc, flags):
    cc.write("harness.c", HARNESS)
    cc.write("main.c", "int main(void) { return 7; }\n")
    cc.run("-c", *flags, "harness.c", "main.c")
    run([TOOLS + "ar", "rcs", "libharness.a", "harness.o"], cc.cwd)
    assert ASKED_FOR not in shlex.split(cc.print("main.o", "libharness.a"))
    cc.run("main.o", "libharness.a", "-o", "own")
    assert run([cc.cwd / "own.exe"], cc.cwd, check=False).returncode == 7


@pytest.mark.parametrize("cut", [1, 7, 12, 20, 40, 70, 130, 300])
def test_damaged_object_is_the_linkers_business(cc, cut):
    cc.write("harness.c", HARNESS)
    cc.run("-c", "harness.c")
    path = cc.cwd / "harness.o"
    path.write_bytes(path.read_bytes()[:cut])
    cc.print("harness.o")  # neither crashes nor complains


def test_a_dll_exports_nothing_of_ours(cc):
    cc.write("look.c", "int look(int x);\n"
             "int look(int x) { return x == 7 ? 70 : x; }\n")
    cc.run("-shared", "look.c", "-o", "look.dll",
           "-Wl,--out-implib,liblook.dll.a")
    names = run([TOOLS + "nm", "-g", "--defined-only", "liblook.dll.a"],
                cc.cwd).stdout
    assert " look" in names and "gcov" not in names and "main" not in names
    program = cc("#include <thresh.h>\nint look(int x);\n"
                 "THRESH_TARGET(t, (bytes, b)) { look((int)b.size); }\n",
                 "-L.", "-llook")
    done = run([program, "-fuzz=t", "-fuzztime=100x", "-cachedir=cache"],
               cc.cwd)
    assert "PASS" in done.stdout


# ---- what is compared ----

def test_a_programs_own_comparing_function_is_called(fuzz):
    fuzz.build("""\
        int strcmp(const char *a, const char *b) /* the engine's, too */
        {
            note("notes", "called");
            while (*b != '~' && *a && *a == *b)
                a++, b++;
            return *a - *b;
        }
        THRESH_TARGET(t, (string, s))
        {
            THRESH_CHECK(strcmp(s.data, "~quite long") != 0);
        }
        """, "-fno-builtin")
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=3000x").expect(1)
    assert b'string("~' in fuzz.only_failure()[1] and fuzz.notes()


@pytest.mark.parametrize("flag", ["-Wl,--wrap=strcmp", "-Wl,--wrap,strcmp",
                                  "-Wl,-wrap=strcmp"])
def test_a_program_may_wrap_one_itself(cc, flag):
    program = cc("""\
        #include <string.h>
        int __wrap_strcmp(const char *a, const char *b);
        int __wrap_strcmp(const char *a, const char *b) { return *a + *b; }
        int main(int argc, char **argv)
        {
            return strcmp("\\1", argv[argc - 1]) + memcmp(argv, argv, 1);
        }
        """, flag)
    assert run([program, "\2"], cc.cwd, check=False).returncode == 3


def test_assembly_alone_is_linked(cc):
    """It calls nothing of the engine's; the C library compares something."""
    cc.write("main.s", ".globl main\nmain:\n    movl $5, %eax\n    ret\n")
    cc.run("main.s", "-o", "main")
    assert run([cc.cwd / "main.exe"], cc.cwd, check=False).returncode == 5


def test_without_its_archive_it_says_how_to_get_it(build, tmp_path):
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "thresh").write_bytes((build / "thresh").read_bytes())
    (moved / "thresh").chmod(0o755)
    cc = Wrapper(moved, WINDOWS_GCC, tmp_path)
    cc.write("harness.c", HARNESS)
    done = cc.run("harness.c", check=False)
    if done.returncode == 0:
        pytest.skip("an installed thresh has it")
    assert done.returncode == 3
    assert "`make` builds the one for Windows" in done.stderr
