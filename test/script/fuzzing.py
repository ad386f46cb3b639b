# SPDX-License-Identifier: MIT
"""What the tests of fuzz binaries share: building one, running it, its files.

A program is built once for each source text, compiler and flags; every test
runs it in a directory of its own, where its corpus is. Tests that take `fuzz`
run with gcc, and with clang when long tests run too; those that depend on the
instrumentation take `fuzz_both`.
"""
import hashlib
import os
import re
import signal
import subprocess
import time

import pytest
from conftest import COMPILERS, TIMEOUT_S, WINDOWS, Wrapper, launch, run

# What most targets need, so that the sources show what is tested.
HEAD = """\
#include <thresh.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#define BEGIN_TURN() \\
    HANDLE turn = CreateMutexA(NULL, FALSE, "thresh-test-note"); \\
    WaitForSingleObject(turn, INFINITE)
#define END_TURN() (ReleaseMutex(turn), CloseHandle(turn))
#define O_CLOEXEC  (O_NOINHERIT | O_BINARY)
#define pause()     Sleep(INFINITE)
#define BE_KILLED() be_killed()
/* From outside: a process that ends itself leaves a note. */
__attribute__((unused)) static void be_killed(void)
{
    char command[60];
    snprintf(command, sizeof command, "taskkill /f /pid %lu",
             GetCurrentProcessId());
    system(command);
    Sleep(60000);
}
__attribute__((unused)) static int setenv(const char *name, const char *value,
                                          int replace)
{
    return !replace && getenv(name) ? 0 : _putenv_s(name, value);
}
#else
#define BE_KILLED() raise(SIGKILL)
#define BEGIN_TURN()
#define END_TURN()
#endif
/* Leaves a line in a file, from whatever process. One at a time where appending
 * is seeking and then writing. */
__attribute__((unused)) static void note(const char *file, const char *text)
{
    BEGIN_TURN();
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    char line[200];
    int n = snprintf(line, sizeof line, "%s\\n", text);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        abort();
    close(fd);
    END_TURN();
}
#line 1 "target"
"""


# What reports call the end by abort().
ABORT = "abort" if WINDOWS else "SIGABRT"


def frame(function, line=r"\d+"):
    """What a stack says of a function of the target's, as a pattern: Wine has
    no addr2line that knows the line."""
    return (rf"{function} \(fuzz\.exe\+0x\w+\)" if WINDOWS
            else rf"target:{line} {function}")


def digest(data):
    """The name of a corpus file with these bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def text_file(*values):
    """A corpus file of the text format."""
    return "\n".join(["go test fuzz v1", *values, ""]).encode()


class Result:
    """How a run of a fuzz binary ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return f"exit code {self.code}\n{self.out}{self.err}"

    def expect(self, code):
        assert self.code == code, self.text
        return self

    @property
    def execs(self):
        """The executions that the final status line names."""
        return int(re.findall(r"execs: (\d+)", self.err)[-1])

    @property
    def found(self):
        return int(re.findall(r"new interesting: (\d+)", self.err)[-1])

    @property
    def total(self):
        return int(re.findall(r"\(total: (\d+)\)", self.err)[-1])


class Programs:
    """The programs built in this session."""

    def __init__(self, build, root):
        self.build, self.root = build, root
        self.paths = {}

    def wrapper(self, compiler, folder):
        return Wrapper(self.build, compiler, folder)

    def get(self, source, compiler, flags, cxx, name):
        key = (source, compiler, flags, cxx, name)
        if key not in self.paths:
            folder = self.root / str(len(os.listdir(self.root)))
            folder.mkdir()
            cc = self.wrapper(compiler, folder)
            self.paths[key] = cc(source, "-g", "-O1", *flags, cxx=cxx,
                                 name=name)
        return self.paths[key]


class Fuzz:
    """A fuzz binary and the directory it works in."""

    def __init__(self, programs, compiler, cwd):
        self.programs, self.compiler, self.cwd = programs, compiler, cwd
        self.program = None

    def build(self, source, *flags, cxx=False, head=True, name="fuzz"):
        text = (HEAD if head else "") + source
        if WINDOWS and any(f.startswith("-fsanitize=") for f in flags):
            pytest.skip("POSIX: mingw's gcc has no sanitizers")
        self.program = self.programs.get(text, self.compiler, flags, cxx, name)
        return self

    def env(self, env=None):
        return {**os.environ, "XDG_CACHE_HOME": str(self.cwd / "xdg"),
                **(env or {})}

    def argv(self, args):
        return launch([self.program, *self.arguments(args)])

    def arguments(self, args):
        cache = [] if any(a.startswith("-cachedir") for a in args) else [
            "-cachedir=cache"]
        return [*cache, *args]

    @property
    def shown(self):
        """The program as it calls itself: to Wine, / is drive Z:."""
        path = str(self.program)
        return "Z:" + path.replace("/", "\\") if WINDOWS else path

    def run(self, *args, env=None, cwd=None):
        done = subprocess.run(self.argv(args), cwd=cwd or self.cwd,
                              env=self.env(env), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                              text=True, errors="replace")
        result = Result(done.returncode, done.stdout, done.stderr)
        self.log(args, result)
        return result

    def log(self, args, result):
        """For bench/puzzles.py: what was run, and what it took."""
        path = os.environ.get("THRESH_RUNS")
        if not path or not any(a.startswith("-fuzz=") for a in args):
            return
        with open(path, "a", encoding="utf-8") as file:
            print(os.environ.get("PYTEST_CURRENT_TEST", ""), self.compiler,
                  " ".join(args), result.code,
                  result.execs if "execs: " in result.err else 0, sep="\t",
                  file=file)

    def interrupt_when(self, condition, *args, number=signal.SIGINT):
        """Runs until the condition holds, then interrupts the process."""
        with subprocess.Popen(self.argv(args), cwd=self.cwd, env=self.env(),
                              stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while not condition() and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(number)
            out, err = process.communicate(timeout=TIMEOUT_S)
        return Result(process.returncode, out, err)

    # ---- files ----

    def files(self, folder):
        """Bytes by name, sorted by name."""
        path = self.cwd / folder
        names = sorted(p.name for p in path.iterdir() if p.suffix != ".before"
                       ) if path.is_dir() else []
        return {name: (path / name).read_bytes() for name in names}

    def saved(self, target="t"):
        return self.files(f"testdata/fuzz/{target}")

    def cached(self, target="t"):
        return self.files(f"cache/{target}")

    def put(self, folder, name, data):
        path = self.cwd / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / (name or digest(data))).write_bytes(data)

    def seed(self, name, data, target="t"):
        self.put(f"testdata/fuzz/{target}", name, data)

    def cache(self, data, target="t"):
        self.put(f"cache/{target}", None, data)

    def notes(self, name="notes"):
        path = self.cwd / name
        if not path.exists():
            return []
        return path.read_text(errors="replace").split("\n")[:-1]

    def only_failure(self, target="t"):
        """The one saved input: its name and bytes."""
        saved = self.saved(target)
        assert len(saved) == 1, saved
        (name, data), = saved.items()
        assert name == digest(data)
        return name, data


@pytest.fixture(scope="session")
def programs(build, tmp_path_factory):
    return Programs(build, tmp_path_factory.mktemp("programs"))


@pytest.fixture
def fuzz_both(programs, compiler, tmp_path):
    return Fuzz(programs, compiler, tmp_path)


@pytest.fixture(params=COMPILERS if WINDOWS else [
    "gcc", pytest.param("clang", marks=pytest.mark.long)])
def fuzz(request, programs, tmp_path):
    return Fuzz(programs, request.param, tmp_path)


def links(folder, compiler, *flags):
    """Whether this compiler can build with these flags at all."""
    path = folder / "probe.c"
    path.write_text("int main(void) { return 0; }\n")
    done = run([compiler, *flags, path, "-o", folder / "probe"], folder,
               check=False)
    return done.returncode == 0
