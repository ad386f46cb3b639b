# SPDX-License-Identifier: MIT
"""libthresh.a as a guest in other people's programs: the names it brings, the
ways it can be linked, and that it works with every sanitizer."""
import ctypes.util
import re
import subprocess

import pytest
from conftest import run
from fuzzing import fuzz, fuzz_both, links, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.posix(
    "of ELF's archive; test_windows_cc.py is of COFF's")

PUBLIC = re.compile(r"""main|thresh_register_target|thresh_register_seed|
    __ubsan_on_report|__tsan_on_report|
    thresh_check_failed|thresh_check_same|thresh_reject|__sanitizer_cov_\w+|
    __sancov_lowest_stack|__gcov_\w+|__sanitizer_weak_hook_\w+|
    LLVMFuzzerMutate|LLVMFuzzerRunDriver|__libfuzzer_is_present|
    memcmp|bcmp|str(n|case|ncase)?cmp|
    str(case)?str|memmem|wcsn?cmp|wmemcmp""", re.X)

# Names that no library defines but the linker itself.
LINKER_NAMES = {"_GLOBAL_OFFSET_TABLE_", "__ehdr_start", "_DYNAMIC", "_end"}

# A little of everything: comparisons, an argument's own buffer, the heap.
DRIVER = """\
static int value(const uint8_t *data, size_t size)
{
    int depth = 0;
    for (size_t i = 0; i < size; i++)
        depth += data[i] == '(' ? 1 : data[i] == ')' ? -1 : 0;
    return depth;
}
THRESH_TARGET(parse, (bytes, b), (string, s))
{
    char *copy = (char *)malloc(s.size + 1);
    memcpy(copy, s.data, s.size + 1);
    THRESH_CHECK(strlen(copy) <= s.size);
    if (b.size > 3 && memcmp(b.data, "wxyz", 4) == 0)
        copy[0] = 0;
    free(copy);
    THRESH_REJECT_IF(value(b.data, b.size) < -3);
}
THRESH_SEED(parse, THRESH_BYTES("(()"), THRESH_STR("seed"));
"""

SANITIZERS = {
    "none": [], "asan": ["-fsanitize=address"],
    "ubsan": ["-fsanitize=undefined"],
    "asan+ubsan": ["-fsanitize=address,undefined"],
    "tsan": ["-fsanitize=thread"], "lsan": ["-fsanitize=leak"],
    "msan": ["-fsanitize=memory"],
}
LINKS = {
    "pie": ["-fPIE", "-pie"], "no-pie": ["-fno-pie", "-no-pie"],
    "static": ["-static"], "static-pie": ["-fPIE", "-static-pie"],
    "lto": ["-flto"], "O0": ["-O0"], "O3": ["-O3"],
    "gc-sections": ["-ffunction-sections", "-Wl,--gc-sections"],
    "hardened": ["-O2", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong",
                 "-Wl,-z,relro,-z,now"],
}


def names(build, *options):
    out = run(["nm", *options, build / "libthresh.a"], build).stdout
    return [line.split()[-2:] for line in out.splitlines()
            if len(line.split()) >= 2]


def assert_works(fuzz, target="parse"):
    """It lists, replays and fuzzes."""
    assert fuzz.run("-list=.").expect(0).out == f"{target}\n"
    assert fuzz.run().expect(0).out == "PASS\n"
    done = fuzz.run(f"-fuzz={target}", "-fuzztime=2000x").expect(0)
    assert done.execs == 2000 and done.found > 0


def test_no_debug_information_of_ours_goes_into_programs(build):
    headers = run(["objdump", "-h", build / "libthresh.a"], build).stdout
    assert ".eh_frame" in headers
    assert ".debug" not in headers


# ---- names ----

def test_only_documented_names_are_visible(build):
    defined = dict(reversed(n) for n in names(build, "-g", "--defined-only"))
    assert len(defined) > 10
    assert [n for n in defined if not PUBLIC.fullmatch(n)] == []
    assert defined["main"] == "W"


def test_every_documented_name_is_there(build):
    defined = {n for _, n in names(build, "-g", "--defined-only")}
    wanted = set("""main thresh_register_target thresh_register_seed
        thresh_check_failed thresh_reject __gcov_init __sancov_lowest_stack
        __ubsan_on_report __tsan_on_report
        __sanitizer_cov_8bit_counters_init __sanitizer_cov_trace_pc_guard
        __sanitizer_cov_trace_cmp8 __sanitizer_cov_trace_switch""".split())
    assert wanted <= defined


def test_the_archive_needs_libc_alone(build):
    libc = ctypes.CDLL(ctypes.util.find_library("c"))
    wanted = {n for kind, n in names(build, "-u") if kind == "U"}
    assert len(wanted) > 50
    # what static libc has besides: open64, stat64, ... as plain names too
    archive = run(["cc", "-print-file-name=libc.a"], build).stdout.strip()
    static = set(re.findall(r" [TWVBDRi] (\w+)$", run(
        ["nm", "-g", "--defined-only", archive], build).stdout, re.M))
    missing = {n for n in wanted - LINKER_NAMES - static
               if not hasattr(libc, n)}
    assert missing == set()


def test_optional_hooks_are_weak(build):
    weak = {n for kind, n in names(build, "-u") if kind == "w"}
    assert {"LLVMFuzzerTestOneInput", "LLVMFuzzerInitialize",
            "__asan_poison_memory_region"} <= weak


# ---- ways to link ----

@pytest.mark.parametrize("name", SANITIZERS)
def test_works_under_sanitizer(fuzz_both, tmp_path, name):
    if not links(tmp_path, fuzz_both.compiler, *SANITIZERS[name]):
        pytest.skip(f"{fuzz_both.compiler} has no {name} here")
    assert_works(fuzz_both.build(DRIVER, *SANITIZERS[name]))


@pytest.mark.parametrize("name", SANITIZERS)
def test_works_under_sanitizer_from_cxx(fuzz, tmp_path, name):
    if not links(tmp_path, fuzz.compiler, *SANITIZERS[name]):
        pytest.skip(f"{fuzz.compiler} has no {name} here")
    assert_works(fuzz.build(DRIVER, *SANITIZERS[name], cxx=True))


@pytest.mark.parametrize("name", LINKS)
def test_works_linked_as(fuzz, tmp_path, name):
    if not links(tmp_path, fuzz.compiler, *LINKS[name]):
        pytest.skip(f"{fuzz.compiler} cannot link {name} here")
    assert_works(fuzz.build(DRIVER, *LINKS[name]))


def test_works_with_targets_in_c_and_cxx(fuzz_both):
    wrapper = fuzz_both.programs.wrapper(fuzz_both.compiler, fuzz_both.cwd)
    wrapper.write("a.c", "#include <thresh.h>\n"
                  "THRESH_TARGET(in_c, (bytes, b)) { (void)b; }\n")
    wrapper.write("b.cc", "#include <thresh.h>\n#include <string>\n"
                  "THRESH_TARGET(in_cxx, (string, s)) "
                  "{ std::string t(s.data, s.size); }\n"
                  "extern \"C\" int LLVMFuzzerTestOneInput(const uint8_t *, "
                  "size_t) { return 0; }\n")
    wrapper.run("-c", "a.c", "-o", "a.o")
    wrapper.run("a.o", "b.cc", "-o", "both", cxx=True)
    fuzz_both.program = fuzz_both.cwd / "both"
    listed = fuzz_both.run("-list=.").expect(0).out.split()
    assert sorted(listed) == ["both", "in_c", "in_cxx"]
    for target in listed:
        fuzz_both.run(f"-fuzz=^{target}$", "-fuzztime=100x").expect(0)


def test_a_programs_own_main_wins(fuzz_both):
    fuzz_both.build(DRIVER + """\
        int main(int argc, char **argv)
        {
            printf("own main, %d arguments, %s\\n", argc, argv[1]);
            return 9;
        }
        """)
    done = fuzz_both.run("-x").expect(9)
    assert done.out.startswith("own main, ")


def test_threads_of_the_target_are_guided_too(fuzz_both):
    fuzz_both.build("#include <pthread.h>\n" + """\
        static void *look(void *arg)
        {
            const struct thresh_bytes *b = (const struct thresh_bytes *)arg;
            if (b->data[0] == 'd')
                if (b->data[1] == 'e')
                    THRESH_CHECK(b->data[2] != 'p');
            return NULL;
        }
        THRESH_TARGET(t, (bytes, b))
        {
            pthread_t thread;
            if (b.size != 3)
                return;
            if (pthread_create(&thread, NULL, look, &b) == 0)
                pthread_join(thread, NULL);
        }
        """, "-pthread")
    fuzz_both.run("-fuzz=t", "-seed=1", "-fuzztime=2000000x").expect(1)
    assert fuzz_both.only_failure()[1] == b"dep"


# ---- shared libraries ----

LIBRARY = """\
#include <stdlib.h>
void look(const unsigned char *data, unsigned long size);
void look(const unsigned char *data, unsigned long size)
{
    if (size == 4 && data[0] == 'd')
        if (data[1] == 'e')
            if (data[2] == 'e')
                if (data[3] == 'p')
                    abort();
}
"""

CALLER = """\
void look(const unsigned char *data, unsigned long size);
THRESH_TARGET(t, (bytes, b)) { look(b.data, b.size); }
"""


@pytest.mark.parametrize("sanitizer", ["none", "asan"])
def test_code_in_a_shared_library_guides_the_search(fuzz_both, sanitizer):
    flags = SANITIZERS[sanitizer]
    wrapper = fuzz_both.programs.wrapper(fuzz_both.compiler, fuzz_both.cwd)
    wrapper.write("look.c", LIBRARY)
    wrapper.run("-g", "-O1", "-fPIC", "-shared", *flags, "look.c", "-o",
                "liblook.so")
    fuzz_both.build(CALLER, f"-L{fuzz_both.cwd}", "-llook",
                    f"-Wl,-rpath,{fuzz_both.cwd}", *flags)
    done = fuzz_both.run("-fuzz=t", "-seed=1", "-parallel=1",
                         "-fuzztime=2000000x").expect(1)
    assert fuzz_both.only_failure()[1] == b"deep"
    assert "ABRT" in done.out


def test_a_library_loaded_later_does_not_end_the_search(fuzz_both):
    wrapper = fuzz_both.programs.wrapper(fuzz_both.compiler, fuzz_both.cwd)
    wrapper.write("look.c", LIBRARY)
    wrapper.run("-O1", "-fPIC", "-shared", "look.c", "-o", "liblook.so")
    fuzz_both.build("#include <dlfcn.h>\n" + """\
        THRESH_TARGET(t, (bytes, b))
        {
            void *library = dlopen("./liblook.so", RTLD_NOW);
            THRESH_CHECK(library, "%s", dlerror());
            typedef void (*looker)(const uint8_t *, size_t);
            ((looker)(uintptr_t)dlsym(library, "look"))(b.data, b.size & 1);
            dlclose(library);
        }
        """, "-rdynamic", "-ldl")
    done = fuzz_both.run("-fuzz=t", "-fuzztime=300x", "-parallel=1").expect(0)
    assert done.execs == 300


def test_workers_of_a_static_program_are_the_same_program(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { (void)b; "
               'char path[400]; ssize_t n = readlink("/proc/self/exe", path, '
               'sizeof path - 1); path[n] = 0; note("notes", path); }\n',
               "-static")
    subprocess.run(["cp", fuzz.program, fuzz.cwd / "copy"], check=True)
    fuzz.program = fuzz.cwd / "copy"
    fuzz.run("-fuzz=t", "-fuzztime=10x").expect(0)
    assert set(fuzz.notes()) == {str(fuzz.cwd / "copy")}
