# SPDX-License-Identifier: MIT
"""The worker's side of instrumentation, with real objects of both compilers.

Small programs are linked from the worker's own files, without the engine:
are the counters of every kind of build found, do they move, and does each
comparison call back exactly once before it is gone from the code?
"""
import shutil
from pathlib import Path

import pytest
from conftest import REPO, run

pytestmark = pytest.mark.posix("reads ELF's objects")

HERE = Path(__file__).parent / "instrumentation"
GUEST = ["worker/counters.c", "worker/arcs.c", "worker/gcov.c",
         "worker/sancov.c", "worker/disarm.c", "worker/patch.c",
         "worker/spare.c", "worker/compare.c",
         "worker/values.c", "worker/depth.c", "platform/gcov_exec.c"]
GUEST_FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-fPIC",
               "-fvisibility=hidden", "-fno-stack-protector", f"-I{REPO}/src"]

ARCS = ["-fprofile-arcs", "-fprofile-update=single"]
CMP = ["-fsanitize-coverage=trace-cmp"]
INLINE = "inline-8bit-counters,pc-table,indirect-calls,trace-cmp"
CLANG = [f"-fsanitize-coverage={INLINE}"]

# enum counter_source
INLINE_COUNTERS, GUARDS, TRACE_PC, GCC_ARCS = 1, 2, 4, 8

# name: compiler, flags for objects, flags for links, shared object?
BUILDS = {
    "O0": (["-O0"], [], False),
    "O2": (["-O2"], [], False),
    "no-pie": (["-O2", "-fno-pie"], ["-no-pie"], False),
    "static": (["-O2"], ["-static"], False),
    "static-pie": (["-O2", "-fPIE"], ["-static-pie"], False),
    "cf-protection": (["-O2", "-fcf-protection=full"], [], False),
    "no-plt": (["-O2", "-fno-plt"], [], False),
    "lto": (["-O2", "-flto"], ["-O2", "-flto"], False),
    "asan": (["-O2", "-fsanitize=address"], ["-fsanitize=address"], False),
    "ubsan": (["-O2", "-fsanitize=undefined"], ["-fsanitize=undefined"],
              False),
    "tsan": (["-O2", "-fsanitize=thread"], ["-fsanitize=thread"], False),
    "shared": (["-O2"], [], True),
    "shared-no-plt": (["-O2", "-fno-plt"], [], True),
    "shared-ibt": (["-O2", "-fcf-protection=full"], ["-Wl,-z,ibtplt"], True),
    "shared-now": (["-O2"], ["-Wl,-z,now"], True),
    "shared-asan": (["-O2", "-fsanitize=address"], ["-fsanitize=address"],
                    True),
}


def compile_guest(source, folder):
    target = folder / f"{source.stem}.o"
    renamed = (["-Ddisarm_call=counted_disarm_call"]
               if source.stem == "compare" else [])
    run(["cc", *GUEST_FLAGS, *renamed, "-c", source, "-o", target], cwd=folder)
    return target


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """An archive of what the worker's files need below them."""
    folder = tmp_path_factory.mktemp("platform")
    sources = [*set((REPO / "src/platform").glob("*.c")) -
               set((REPO / "src/platform").glob("windows_*.c")),
               *(REPO / "src/base").glob("*.c")]
    objects = [compile_guest(s, folder) for s in sorted(sources)]
    run(["ar", "rcs", "libplatform.a", *objects], cwd=folder)
    return folder / "libplatform.a"


@pytest.fixture(scope="session")
def guest(tmp_path_factory, platform):
    """What is linked into a program: worker and driver, then the platform."""
    folder = tmp_path_factory.mktemp("guest")
    sources = [*(REPO / "src" / name for name in GUEST), HERE / "driver.c"]
    return [*(compile_guest(s, folder) for s in sources), platform]


def needs(compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")


def compile_target(folder, compiler, flags, names=("target", "second")):
    """Objects of the target, as a build system would make them."""
    objects = []
    for name in names:
        objects.append(folder / f"{name}.o")
        run([compiler, *flags, "-fPIC", "-g", "-c", HERE / f"{name}.c",
             "-o", objects[-1]], cwd=folder)
    return objects


def observe(folder, guest, compiler, flags, link, shared):
    """Builds and runs; what the driver printed, as a dict of numbers."""
    needs(compiler)
    if "-static-pie" in link:
        flags = [*flags, "-fPIE"]
    objects = compile_target(folder, compiler, flags)
    if shared:
        run([compiler, "-shared", *link, *objects, "-o", "target.so"],
            cwd=folder)
        objects = ["./target.so"]
    if "-flto" in link and compiler == "clang":
        needs("ld.lld")
        link = [*link, "-fuse-ld=lld"]
    if "-flto" in link and compiler == "gcc":
        link = [*link, *(f for f in flags if "coverage" in f)]
    *worker, platform = guest
    run([compiler, *link, *worker, *objects, platform, "-o", "program"],
        cwd=folder)
    out = run(["./program"], cwd=folder).stdout
    return {k: int(v) for k, v in
            (line.split("=") for line in out.splitlines())}


def check_disarmed(seen):
    assert seen["sites_before"] == 0, "patched before it was asked for"
    assert seen["sites"] > 8
    assert seen["first_calls"] == seen["sites"], "a place called twice"
    assert seen["later_calls"] == 0
    assert seen["errno_kept"]


@pytest.mark.parametrize("build", BUILDS)
def test_gcc_arcs_count_and_compares_disarm(build, guest, tmp_path):
    flags, link, shared = BUILDS[build]
    seen = observe(tmp_path, guest, "gcc", ARCS + CMP + flags, link, shared)
    check_disarmed(seen)
    assert seen["sources"] == GCC_ARCS and not seen["refused"]
    assert 10 < seen["hit"] <= seen["total"] < 100
    assert seen["hit_by_span"] == seen["hit"]
    assert 0 < seen["hit_empty"] < seen["hit"]


@pytest.mark.parametrize("build", BUILDS)
def test_clang_counters_count_and_compares_disarm(build, guest, tmp_path):
    flags, link, shared = BUILDS[build]
    seen = observe(tmp_path, guest, "clang", CLANG + flags, link, shared)
    check_disarmed(seen)
    assert seen["sources"] == INLINE_COUNTERS and seen["pc"]
    assert 10 < seen["hit"] <= seen["total"] < 100
    assert 0 < seen["hit_empty"] < seen["hit"]


@pytest.mark.parametrize("compiler,kind,source,total", [
    ("clang", "trace-pc-guard,pc-table,trace-cmp", GUARDS, 100),
    ("clang", "inline-bool-flag,pc-table,trace-cmp", INLINE_COUNTERS, 100),
    ("gcc", "trace-pc,trace-cmp", TRACE_PC, 1 << 16),
])
@pytest.mark.parametrize("shared", [False, True])
def test_other_kinds_of_counters(compiler, kind, source, total, shared, guest,
                                 tmp_path):
    seen = observe(tmp_path, guest, compiler,
                   ["-O2", f"-fsanitize-coverage={kind}"], [], shared)
    check_disarmed(seen)
    assert seen["sources"] == source
    assert 10 < seen["hit"] <= seen["total"] <= total
    assert 0 < seen["hit_empty"] < seen["hit"]


def test_msan(guest, tmp_path):
    flags = [*CLANG, "-O2", "-fsanitize=memory"]
    seen = observe(tmp_path, guest, "clang", flags, ["-fsanitize=memory"],
                   False)
    check_disarmed(seen)


def test_what_is_not_instrumented_has_no_source(guest, tmp_path):
    seen = observe(tmp_path, guest, "gcc", ["-O2"], [], False)
    assert seen["sources"] == 0 and seen["hit"] == 0 and seen["sites"] == 0


def test_calls_that_are_not_recognised_stay(guest, tmp_path):
    flags = [*ARCS, *CMP, "-O2", "-mcmodel=large"]
    seen = observe(tmp_path, guest, "gcc", flags, [], False)
    assert seen["sites"] == 0
    assert seen["later_calls"] > 0
    assert seen["hit"] > 10


@pytest.mark.parametrize("link", [["-fprofile-arcs"],
                                  ["-fprofile-arcs", "-static"]])
def test_ours_wins_where_libgcov_is_on_the_link(link, guest, tmp_path):
    seen = observe(tmp_path, guest, "gcc", [*ARCS, *CMP, "-O2"], link, False)
    assert seen["sources"] == GCC_ARCS and seen["hit"] > 10
    assert not list(tmp_path.glob("*.gcda"))


@pytest.mark.parametrize("link", [[], ["-fprofile-generate"]])
def test_objects_for_value_profiling_link_and_count(link, guest, tmp_path):
    seen = observe(tmp_path, guest, "gcc",
                   ["-fprofile-generate", "-fprofile-update=single", "-O2"],
                   link, False)
    assert seen["sources"] == GCC_ARCS and seen["hit"] > 10


def test_fork_and_exec_do_what_they_do(guest, tmp_path):
    needs("gcc")
    objects = compile_target(tmp_path, "gcc", [*ARCS, "-O2"], ["spawn"])
    names = run(["nm", *objects], cwd=tmp_path).stdout
    assert "__gcov_execle" in names and "__gcov_fork" in names
    mine = [o for o in guest if o.stem in ("gcov", "gcov_exec", "libplatform")]
    run(["gcc", *objects, *mine, "-o", "spawn"], cwd=tmp_path)
    out = run(["./spawn"], cwd=tmp_path).stdout
    assert out.split("\n") == ["l b", "lp b", "le b", "v b", "vp b", "ve",
                               "end", ""]
