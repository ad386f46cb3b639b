# SPDX-License-Identifier: MIT
"""Coverage builds in libFuzzer's mode and as tests: replayed inputs leave the
counts that gcov and llvm-cov read, beside the objects or where variables say."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import launch
from fuzzing import text_file

pytestmark = pytest.mark.posix("counts are not written there yet")

SOURCE = """\
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
static volatile int seen;
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    seen = *argc && *argv;
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] == 'A')
        seen = 1;
    if (data[0] == 'B')
        seen = 2;
    if (data[0] == 'X')
        abort();
    return 0;
}
"""
TYPED = """\
#include <thresh.h>
#include <stdlib.h>
static volatile int seen;
THRESH_TARGET(one, (int32, n))
{
    if (n == 5)
        seen = 1;
    if (n == 7)
        abort();
}
THRESH_SEED(one, 5);
"""


class Build:
    """A program and what it has counted."""

    def __init__(self, build, cwd):
        self.build, self.cwd = build, cwd
        (cwd / "objects").mkdir()

    def call(self, *args, env=None, codes=(0,)):
        done = subprocess.run(
            launch([str(a) for a in args]), cwd=self.cwd, text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})})
        assert done.returncode in codes, done.stdout + done.stderr
        return done

    def gcc(self, source, plain=False, coverage="--coverage"):
        (self.cwd / "x.c").write_text(source)
        cc = ["gcc", f"-I{self.build.parent / 'include'}",
              f"-I{self.build / 'include'}"] if plain else \
            [self.build / "thresh", "cc", "--compiler=gcc"]
        self.call(*cc, *coverage.split(), "-O1", "-c", "x.c", "-o",
                  "objects/x.o")
        archive = [self.build / "libthresh.a"] if plain else []
        self.call(*cc, "objects/x.o", *archive, "-o", "prog")

    def run(self, *args, env=None, codes=(0,)):
        return self.call("./prog", *args, env=env, codes=codes)

    def put(self, **inputs):
        for name, data in inputs.items():
            (self.cwd / "corpus").mkdir(exist_ok=True)
            (self.cwd / "corpus" / name).write_text(data)

    def counts(self, folder="objects"):
        """Of each line of the source that has code."""
        if folder != "objects":
            shutil.copy(self.cwd / "objects/x.gcno", self.cwd / folder)
        done = self.call("gcov", "--stdout", "-o", folder, "x.c")
        return {m[2].strip(): 0 if m[1].startswith("#") else int(m[1])
                for m in re.finditer(r"^ *(\d+|#####)\*?: *\d+:(.*)$",
                                     done.stdout, re.M)}

    def has_counts(self):
        return list(self.cwd.rglob("*.gcda")) != []


@pytest.fixture
def made(build, tmp_path):
    if not shutil.which("gcov"):
        pytest.skip("no gcov")
    return Build(build, tmp_path)


@pytest.mark.parametrize("plain", [False, True])
def test_gcc_corpus_and_files(made, plain):
    """What runs adds up, from run to run and from worker to worker."""
    made.gcc(SOURCE, plain)
    made.put(a="A", b="B", c="C")
    made.run("-runs=0", "corpus")
    counts = made.counts()
    assert counts["seen = 1;"] == counts["seen = 2;"] == 1
    assert counts["seen = *argc && *argv;"] >= 1
    assert counts["abort();"] == 0
    made.run("corpus/a", "corpus/c")
    after = made.counts()
    assert (after["seen = 1;"], after["seen = 2;"]) == (2, 1)
    assert after["if (data[0] == 'A')"] == counts["if (data[0] == 'A')"] + 2


def test_gcc_crash_keeps_counts(made):
    made.gcc(SOURCE)
    made.put(a="A", x="X")
    made.run("corpus/a", "corpus/x", codes=(77,))
    counts = made.counts()
    assert counts["seen = 1;"] == 1 and counts["abort();"] >= 1
    made.run("-runs=0", "corpus", codes=(77,))
    after = made.counts()
    assert after["seen = 1;"] > 1 and after["abort();"] > counts["abort();"]


def test_gcc_prefix(made):
    made.gcc(SOURCE)
    made.put(a="A")
    above = len(made.cwd.parts) - 1
    env = {"GCOV_PREFIX": str(made.cwd / "to/there"),
           "GCOV_PREFIX_STRIP": str(above)}
    (made.cwd / "objects/x.gcno").rename(made.cwd / "x.gcno")
    made.run("corpus/a", env=env)
    (made.cwd / "x.gcno").rename(made.cwd / "objects/x.gcno")
    assert not (made.cwd / "objects/x.gcda").exists()
    assert made.counts("to/there/objects")["seen = 1;"] == 1


def test_gcc_test_mode(made):
    """Inputs run side by side; failing ones count, too."""
    made.gcc(TYPED)
    saved = made.cwd / "testdata/fuzz/one"
    saved.mkdir(parents=True)
    for i in range(20):
        (saved / f"n{i}").write_bytes(text_file("int32(5)"))
    (saved / "z").write_bytes(text_file("int32(7)"))
    made.run("-parallel=4", codes=(1,))
    counts = made.counts()
    assert counts["seen = 1;"] == 21
    assert counts["abort();"] >= 1


def test_gcc_writes_nothing_unasked(made):
    """Not when fuzzing, nor of counters that are there for the search."""
    made.gcc(SOURCE)
    made.put(a="A")
    made.run("-runs=100", "-seed=1", codes=(0, 77))
    assert not made.has_counts()
    (made.cwd / "objects/x.gcno").unlink()
    made.gcc(SOURCE, coverage="-g")
    made.run("corpus/a")
    made.run("-runs=0", "corpus")
    assert not made.has_counts()


@pytest.mark.parametrize("pattern", ["a", "%p", "%m", "%m%p"])
@pytest.mark.parametrize("args", [["-runs=0", "corpus"],
                                  ["corpus/a", "corpus/c"]])
def test_clang_profiles(build, tmp_path, pattern, args):
    if not shutil.which("llvm-profdata"):
        pytest.skip("no llvm-profdata")
    made = Build(build, tmp_path)
    made.put(a="A", c="C")
    (made.cwd / "x.c").write_text(SOURCE)
    made.call("clang", "-fprofile-instr-generate", "-fcoverage-mapping", "x.c",
              build / "libthresh.a", "-o", "prog")
    made.run(*args, env={"LLVM_PROFILE_FILE": f"raw/{pattern}.profraw"})
    files = sorted(str(p) for p in (made.cwd / "raw").iterdir())
    made.call("llvm-profdata", "merge", *files, "-o", "data")
    lines = made.call("llvm-cov", "export", "-format=lcov", "prog",
                      "-instr-profile=data").stdout
    count = dict(re.findall(r"^DA:(\d+),(\d+)$", lines, re.M))
    place = SOURCE.splitlines().index("        seen = 1;") + 1
    assert (count[str(place)], count[str(place + 2)]) == ("1", "0")
