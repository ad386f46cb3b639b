# SPDX-License-Identifier: MIT
"""What the tests of libFuzzer's mode share: a harness with every kind of end,
and a fuzz binary that is called as libFuzzer users call it."""
import hashlib
import re
import signal
import subprocess
import time

import pytest
from conftest import COMPILERS, TIMEOUT_S
from fuzzing import Fuzz, Result

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


def sha1(data):
    return hashlib.sha1(data).hexdigest()


class LibFuzzer(Fuzz):
    """A fuzz binary with nothing of Thresh on its command line."""

    def arguments(self, args):
        return list(args)

    def run(self, *args, env=None, cwd=None):
        done = subprocess.run(self.argv(args), cwd=cwd or self.cwd,
                              env=self.env(env), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
        return Result(done.returncode, done.stdout.decode(errors="replace"),
                      done.stderr.decode(errors="replace"))

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

    def send_when(self, pattern, number, *args):
        """Runs until the pattern is on standard error, then sends a signal."""
        with subprocess.Popen(self.argv(args), cwd=self.cwd, env=self.env(),
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            text = b""
            while not re.search(pattern.encode(), text):
                got = process.stderr.read1()
                assert got, text
                text += got
            process.send_signal(number)
            out, err = process.communicate(timeout=TIMEOUT_S)
        return Result(process.returncode, "", (text + err).decode())


def files_in(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.fixture
def lf(request, programs, tmp_path):
    """libFuzzer's mode, gcc; clang where the instrumentation matters."""
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    return LibFuzzer(programs, getattr(request, "param", COMPILERS[0]), cwd)


@pytest.fixture(params=COMPILERS)
def lf_both(request, programs, tmp_path):
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    return LibFuzzer(programs, request.param, cwd)


__all__ = ["HARNESS", "LibFuzzer", "files_in", "lf", "lf_both", "sha1",
           "signal", "time"]
