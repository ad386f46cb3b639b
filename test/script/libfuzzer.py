# SPDX-License-Identifier: MIT
"""What the tests of libFuzzer's mode share: a harness with every kind of end,
and a fuzz binary that is called as libFuzzer users call it.

With THRESH_ENGINE=libfuzzer in the environment the same tests are run against
libFuzzer itself, clang's; test/libfuzzer/compare.py does that. A test that
libFuzzer does not pass, or in which it ends otherwise than Thresh, is marked
`unlike`, with the reason.
"""
import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import COMPILERS, LIBFUZZER, TIMEOUT_S, Wrapper
from fuzzing import Fuzz, Programs, Result

REAL = LIBFUZZER
if REAL:
    TIMEOUT_S = 40  # noqa: F811 (some of its runs would never end)

# Each kind of end behind "FUZ"; counters enough to climb there.
HARNESS = r"""
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __cplusplus
extern "C"
#endif
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void take_memory(void)
{
    for (;;) {
        char *p = (char *)malloc(1 << 20);
        for (int i = 0; i < 1 << 20; i += 4096)
            p[i] = 1;
        *(char *volatile *)&p = p;
    }
}
static char *volatile kept;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || data[0] != 'F' || data[1] != 'U' || data[2] != 'Z')
        return 0;
    switch (data[3]) {
    case 'a':
        abort();
    case 's':
        *(volatile int *)8 = 1;
        break;
    case 'e':
        exit(0);
    case '_':
        _exit(0);
    case 'o':
        ((uint8_t *)(uintptr_t)data)[size - 1] ^= 1;
        break;
    case 'h':
        for (;;)
            *(volatile int *)&size += 0;
    case 'm':
        take_memory();
        break;
    case 'l':
        kept = (char *)malloc(7);
        kept = NULL;
        break;
    case 'b':
        kept = (char *)malloc(4);
        kept[*(volatile char *)&data[3] - 'b' + 4] = 1;
        break;
    case 'M':
        kept = (char *)malloc(300u << 20);
        free(kept);
        break;
    case 'r':
        return -1;
    case 'p':
        puts("printed by the target");
        break;
    }
    return 0;
}
"""

INCLUDES = """
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""


# Finds a few things at once, and never fails.
QUIET = """
#include <stdint.h>
#include <stddef.h>
static volatile int seen;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'a')
        seen = data[1] == 'b' ? 2 : 1;
    if (size > 2 && data[0] == 'x')
        seen = 3;
    return 0;
}
"""


def sha1(data):
    return hashlib.sha1(data).hexdigest()


class Real(Wrapper):
    """libFuzzer in the place of `thresh cc`."""

    def argv(self, *args, cxx=False):
        compiler = "clang++" if cxx else "clang"
        if "main(" not in Path(args[0]).read_text(encoding="utf-8"):
            return [compiler, "-fsanitize=fuzzer", *args]
        runtime = subprocess.run(
            ["clang", "-print-file-name=libclang_rt.fuzzer_no_main-x86_64.a"],
            capture_output=True, check=True, text=True).stdout.strip()
        return [compiler, "-fsanitize=fuzzer-no-link", *args, runtime,
                "-lstdc++", "-lm", "-lpthread"]


class RealPrograms(Programs):
    def wrapper(self, compiler, folder):
        return Real(self.build, compiler, folder)


class LibFuzzer(Fuzz):
    """A fuzz binary with nothing of Thresh on its command line."""

    def arguments(self, args):
        return list(args)

    def clang(self, *args):
        """Clang itself, in the directory of the test."""
        subprocess.run(["clang", "-g", *args], cwd=self.cwd, check=True)

    def link(self, *args):
        """The same with the engine at the end, and nothing else of it."""
        engine = ("-fsanitize=fuzzer" if REAL else
                  self.programs.build / "libthresh.a")
        self.clang(*args, engine, "-o", "fuzz")
        self.program = self.cwd / "fuzz"

    def run(self, *args, env=None, cwd=None):
        with subprocess.Popen(self.argv(args), cwd=cwd or self.cwd,
                              env=self.env(env), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            try:
                out, err = process.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return self.ended(args, Result(process.returncode,
                                       out.decode(errors="replace"),
                                       err.decode(errors="replace")))

    def ended(self, args, result):
        """Keeps how a run ended, for test/libfuzzer/compare.py."""
        path = os.environ.get("THRESH_ENDS")
        if path:
            made = [str(p.relative_to(self.cwd))
                    for p in sorted(self.cwd.rglob("*"))
                    if "xdg" not in p.parts]
            with open(path, "a", encoding="utf-8") as file:
                print(json.dumps({
                    "test": os.environ["PYTEST_CURRENT_TEST"],
                    "compiler": self.compiler, "program": str(self.program),
                    "args": args, "code": result.code, "err": result.err,
                    "files": made}), file=file)
        return result

    def write(self, path, data):
        path = self.cwd / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path.name

    def artifacts(self, folder="."):
        """Bytes by name of the failing inputs that were written."""
        kinds = ("crash-", "leak-", "timeout-", "oom-", "slow-unit-")
        return {n: d for n, d in files_in(self.cwd / folder).items()
                if n.startswith(kinds)}

    @contextlib.contextmanager
    def running(self, *args):
        """A run that is talked to; it does not go on for ever."""
        with subprocess.Popen(self.argv(args), cwd=self.cwd, env=self.env(),
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            timer = threading.Timer(TIMEOUT_S, process.kill)
            timer.start()
            try:
                yield process
            finally:
                timer.cancel()
                process.kill()

    def send_when(self, pattern, number, *args):
        """Runs until the pattern is on standard error, then sends a signal."""
        with self.running(*args) as process:
            text = read_until(process, pattern)
            process.send_signal(number)
            _, err = process.communicate()
        return self.ended(args, Result(process.returncode, "",
                                       (text + err).decode()))


def read_until(process, pattern):
    """What a process says on standard error until it has said the pattern."""
    text = b""
    while not re.search(pattern.encode(), text):
        got = process.stderr.read1()
        assert got, text
        text += got
    return text


def files_in(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.fixture(scope="session")
def engine(programs, tmp_path_factory):
    """The programs of this session, with Thresh or with libFuzzer in them."""
    return programs if not REAL else RealPrograms(
        programs.build, tmp_path_factory.mktemp("real"))


@pytest.fixture
def lf(engine, tmp_path):
    """libFuzzer's mode, with gcc where the instrumentation does not matter."""
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    return LibFuzzer(engine, os.environ.get("THRESH_COMPILER", COMPILERS[0]), cwd)


@pytest.fixture(params=COMPILERS)
def lf_both(request, lf):
    only = "clang" if REAL else os.environ.get("THRESH_COMPILER")
    if only and request.param != only:
        pytest.skip(f"this run is for {only}")
    lf.compiler = request.param
    return lf


unlike = pytest.mark.unlike


def word_sum(word):
    """What some targets here compute. No sum of bytes: the search would see
    through that."""
    total = 1
    for c in word:
        total = (total ^ c) * 2654435761 % 2 ** 32
        total ^= total >> 15
    return total


__all__ = ["HARNESS", "INCLUDES", "QUIET", "REAL", "LibFuzzer", "engine",
           "files_in", "lf", "lf_both", "read_until", "sha1", "signal", "time",
           "unlike", "word_sum"]
