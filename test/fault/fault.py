# SPDX-License-Identifier: MIT
"""What the fault tests share: a run of a fuzz binary, and what it leaves.

Every run has a mark in its environment that all its processes inherit, so that
none of them can hide; the test process adopts orphans (a child subreaper), so
that none can end unseen either. Waits have limits only so that a hang ends.
"""
import ctypes
import hashlib
import os
import re
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent / "harness"
SOURCES = Path(__file__).resolve().parents[2] / "src"
PATIENCE_S = int(os.environ.get("FAULT_PATIENCE_S", 60))
# What harness/reaps.h needs.
WRAP = "-Wl,--wrap=fork,--wrap=waitpid"
PR_SET_CHILD_SUBREAPER = 36

# The mechanisms under test do not depend on the compiler of the target, so
# the short suite uses one.
both_compilers = pytest.mark.parametrize(
    "compiler", ["gcc", pytest.param("clang", marks=pytest.mark.long)],
    indirect=True)


def repeats(n):
    """How often to repeat, at most: THRESH_REPEATS may say less."""
    return min(n, int(os.environ.get("THRESH_REPEATS") or n))


def fill(source, **values):
    """The source with each @NAME@ replaced."""
    for name, value in values.items():
        source = source.replace(f"@{name}@", str(value))
    return source


def digest(data):
    """The name of a corpus file with these bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def wait_until(condition, what):
    """Polls until the condition gives something true, which it returns."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE_S} s for {what}", pytrace=False)
        time.sleep(0.002)
    return found


def adopt_orphans():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        pytest.skip("this system has no subreapers")


def reap_adopted():
    """Reaps ended children; returns how many there were."""
    n = 0
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return n
        if pid == 0:
            return n
        n += 1


def has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return True
    except ChildProcessError:
        return False


def processes_marked(mark):
    """The living processes that have the mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def shared_segments():
    """Those with names as platform/posix_memory gives them: whatever else runs
    here may have its own."""
    path = Path("/dev/shm")
    names = os.listdir(path) if path.is_dir() else []
    return {n for n in names if re.fullmatch(r"[^-]{1,16}-\d+-\d+", n)}


class Run:
    """One run of a fuzz binary, living or ended."""

    def __init__(self, fuzz, args, number, popen_options):
        self.fuzz = fuzz
        self.mark = f"FAULT_MARK={uuid.uuid4()}"
        name, value = self.mark.split("=")
        env = {**os.environ, "TMPDIR": str(fuzz.tmp), name: value,
               **popen_options.pop("env", {})}
        self.out = fuzz.cwd / f"stdout-{number}"
        self.err = fuzz.cwd / f"stderr-{number}"
        popen_options.setdefault("cwd", fuzz.cwd)
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [fuzz.program, *args], env=env, stdout=out, stderr=err,
                stdin=subprocess.DEVNULL, start_new_session=True,
                **popen_options)

    @property
    def stdout(self):
        return self.out.read_text(errors="replace")

    @property
    def stderr(self):
        return self.err.read_text(errors="replace")

    @property
    def text(self):
        return self.stdout + self.stderr

    def processes(self):
        return processes_marked(self.mark)

    def workers(self):
        return [p for p in self.processes() if p != self.process.pid]

    def wait_for(self, text):
        """Until standard error says so. The run may not end before."""
        def said():
            ended = self.process.poll() is not None
            if text in self.stderr:
                return True
            if ended:
                pytest.fail(f"ended before saying {text!r}:\n{self.text}",
                            pytrace=False)
            return False
        wait_until(said, repr(text))

    def interrupt(self, number=signal.SIGINT):
        """As a terminal does it: to the coordinator's whole group."""
        os.killpg(self.process.pid, number)

    def end(self):
        """Waits for the end; nothing of the run may be left then."""
        try:
            self.code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            pytest.fail(f"hangs:\n{self.text}", pytrace=False)
        assert reap_adopted() == 0, "a child was not reaped"
        assert self.processes() == [], "a process is left"
        self.fuzz.assert_clean()
        return self

    def kill(self):
        """What a failed test leaves must not be in the way of the next."""
        def gone():
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.poll()
            reap_adopted()
            return self.process.returncode is not None and not has_children()
        wait_until(gone, "killed processes to end")

    def execs(self):
        """The executions that the last status line names."""
        return int(re.findall(r"execs: (\d+)", self.stderr)[-1])


class Fuzz:
    """A fuzz binary in a directory of its own."""

    def __init__(self, cc):
        self.cc = cc
        self.cwd = cc.cwd
        self.program = None
        self.runs = []
        self.tmp = self.cwd / "tmp"
        self.tmp.mkdir()
        self.segments = shared_segments()

    def build(self, source, *flags):
        """Compiles a target named "t"; see harness/ for what it may include.
        """
        self.program = self.cc(source, "-g", "-std=gnu11", f"-I{HARNESS}",
                               f"-I{SOURCES}", *flags)
        return self

    def start(self, *args, **popen_options):
        base = ["-cachedir=cache"]
        if not any(a.startswith(("-run", "-fuzz=")) for a in args):
            base.append("-fuzz=^t$")
        run = Run(self, [*base, *args], len(self.runs), popen_options)
        self.runs.append(run)
        return run

    def run(self, *args, **popen_options):
        return self.start(*args, **popen_options).end()

    def replay(self, name, *args):
        """Runs one saved input as a test."""
        return self.run(f"-run=^t$/^{name}$", *args)

    def assert_reproduces(self, path, *args):
        """A saved input fails as a test, and is named."""
        run = self.replay(path.name, *args)
        assert run.code == 1 and f"t/{path.name}" in run.stdout, run.text
        return run

    def seed(self, name, data):
        path = self.cwd / "testdata" / "fuzz" / "t"
        path.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
        return path / name

    def cache(self, data):
        """Puts an input where found ones are kept."""
        path = self.cwd / "cache" / "t"
        path.mkdir(parents=True, exist_ok=True)
        (path / digest(data)).write_bytes(data)

    def files(self, folder):
        """Everything in it but the histories of inputs."""
        path = self.cwd / folder
        return sorted(p for p in path.iterdir() if p.suffix != ".before"
                      ) if path.is_dir() else []

    def saved(self):
        return self.files("testdata/fuzz/t")

    def cached(self):
        return self.files("cache/t")

    def notes(self, name):
        path = self.cwd / name
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_note(self, name, n=1):
        wait_until(lambda: len(self.notes(name)) >= n, f"{n} notes in {name}")

    def assert_whole(self, paths):
        """Every file has the name that its bytes give it."""
        for path in paths:
            assert path.name == digest(path.read_bytes()), \
                f"{path} is damaged"

    def assert_clean(self):
        assert list(self.tmp.iterdir()) == [], "a temporary file is left"
        assert shared_segments() - self.segments == set()
        left = [p for p in self.cwd.rglob("*") if "thresh-" in p.name]
        assert left == [], "a temporary file is left"
        self.assert_whole(self.cached())


@pytest.fixture
def fuzz(thresh_cc):
    adopt_orphans()
    reap_adopted()
    made = Fuzz(thresh_cc)
    yield made
    for run in made.runs:
        run.kill()
    reap_adopted()
