# SPDX-License-Identifier: MIT
"""What whole-program tests share: the build under test, its compiler wrapper.

THRESH_BUILD names the build directory, else it is build/ of this repository.
Tests that take `thresh_cc` are for gcc and for clang; a compiler that is not
installed skips them. Where nothing else differs, the short suite has one of the
two, by the test's name: of a puzzle some seeds with one, some with the other.

With THRESH_WINDOWS=1 the programs are cross-built and run by Wine; tests that
need what only POSIX has are marked so and skipped. Without it the tests of
test/windows are left out.
"""
import os
import shutil
import signal
import subprocess
import zlib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]

# Long enough for a loaded machine; only there so that a hang ends.
TIMEOUT_S = 120

# test/libfuzzer/compare.py runs tests of libFuzzer's mode against libFuzzer.
LIBFUZZER = os.environ.get("THRESH_ENGINE") == "libfuzzer"

WINDOWS = os.environ.get("THRESH_WINDOWS") == "1"
WINDOWS_GCC = "x86_64-w64-mingw32-gcc"
WINE = REPO / "test" / "windows" / "wine.sh"
COMPILERS = [WINDOWS_GCC] if WINDOWS else ["gcc", "clang"]


def pytest_configure(config):
    # Shells give a program in the background SIGINT ignored, nohup SIGHUP,
    # which it would hand on to all that is started here. xdist's workers come
    # by here, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    config.addinivalue_line(
        "markers", "engine: runs a fuzz binary, so it needs the real archive")
    config.addinivalue_line(
        "markers", "long: takes long or repeats much; make test-all runs it")
    config.addinivalue_line(
        "markers", "unlike(reason, always=True, run=True): libFuzzer does "
        "otherwise; sometimes; so that there is nothing to be run")
    config.addinivalue_line(
        "markers", "posix(reason): needs what Windows has not")
    config.addinivalue_line(
        "markers", "portable: of code that is the same on every system; "
        "Windows' short suite does without")


def pytest_ignore_collect(collection_path):
    """Leaves out tests of Windows itself where nothing is built for it."""
    if collection_path == REPO / "test" / "windows" and not WINDOWS:
        return True
    return None


def without_compiler(item):
    """The test's name with its compiler left out, and the compiler; or None."""
    words = item.callspec.id.split("-") if hasattr(item, "callspec") else []
    for i, word in enumerate(words):
        if word in COMPILERS:
            words[i] = "*"
            return f"{item.nodeid.split('[')[0]}[{'-'.join(words)}]", word
    return None


def alternate(items):
    """Of each test for both compilers one is for the long suite."""
    tests = {}
    for item in items:
        found = without_compiler(item)
        if found:
            tests.setdefault(found[0], []).append(item)
    for name, same in tests.items():
        short = [i for i in same if not i.get_closest_marker("long")]
        if len(short) == 2:
            short[zlib.crc32(name.encode()) % 2].add_marker(pytest.mark.long)


def pytest_collection_modifyitems(items):
    alternate(items)
    for item in items:
        if "puzzle" in item.path.parts:
            item.add_marker(pytest.mark.portable)
        if "fault" in item.path.parts:
            item.add_marker(pytest.mark.posix(
                "looks at processes by /proc, prctl and signals; what can be "
                "seen on Windows is in test/windows"))
        for mark in item.iter_markers("unlike"):
            item.user_properties.append(("unlike", mark.args[0]))
            item.user_properties.append(
                ("always", str(mark.kwargs.get("always", True))))
            if not mark.kwargs.get("run", True) and LIBFUZZER:
                item.add_marker(pytest.mark.skip(reason=mark.args[0]))
        for mark in item.iter_markers("posix") if WINDOWS else ():
            item.add_marker(pytest.mark.skip(reason=f"POSIX: {mark.args[0]}"))


def pytest_terminal_summary(terminalreporter):
    """Shows what tests measured: record_property("figure", text)."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figure" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


@pytest.fixture(scope="session")
def build():
    """The build directory: thresh, libthresh.a and include/ are in it."""
    path = Path(os.environ.get("THRESH_BUILD", REPO / "build")).resolve()
    if not (path / "thresh").exists():
        pytest.fail(f"no thresh in {path}: build it or set THRESH_BUILD")
    return path


def launch(argv):
    """The command that runs a program: Windows programs are run by Wine."""
    argv = [str(a) for a in argv]
    return [str(WINE), *argv] if argv[0].endswith(".exe") else argv


def run(argv, cwd, check=True, env=None, stdin=None, timeout=TIMEOUT_S):
    """Runs a program; its output is text in .stdout and .stderr."""
    done = subprocess.run(launch(argv), cwd=cwd, text=True,
                          input=stdin or "", capture_output=True,
                          env={**os.environ, **(env or {})}, timeout=timeout)
    if check and done.returncode != 0:
        pytest.fail(f"{argv} ended with {done.returncode}:\n"
                    f"{done.stdout}{done.stderr}", pytrace=False)
    return done


class Wrapper:
    """`thresh cc` with one compiler, in one directory."""

    def __init__(self, build, compiler, cwd):
        self.build = build
        self.compiler = compiler
        self.cwd = cwd

    @property
    def command(self):
        """What a user would give as CC."""
        return f"{self.build}/thresh cc --compiler={self.compiler}"

    def argv(self, *args, cxx=False):
        return [self.build / "thresh", "c++" if cxx else "cc",
                f"--compiler={self.compiler}", *args]

    def run(self, *args, cxx=False, **options):
        return run(self.argv(*args, cxx=cxx), self.cwd, **options)

    def print(self, *args, cxx=False, **options):
        """The command it would run, as one line of text."""
        return self.run("--thresh-print", *args, cxx=cxx, **options).stdout

    def write(self, name, text):
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def __call__(self, text, *flags, name="fuzz", cxx=False):
        """Compiles and links one source text; returns the program."""
        source = self.write(name + (".cc" if cxx else ".c"), text)
        self.run(source, *flags, "-o", name, cxx=cxx)
        return self.cwd / self.program(name)

    def program(self, name):
        """What the compiler calls the program that is asked for as `name`."""
        return name + ".exe" if self.compiler == WINDOWS_GCC else name


@pytest.fixture(params=COMPILERS)
def compiler(request):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def thresh_cc(build, compiler, tmp_path):
    return Wrapper(build, compiler, tmp_path)
