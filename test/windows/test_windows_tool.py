# SPDX-License-Identifier: MIT
"""thresh.exe itself: it starts, tells how it is used, and says what it misses;
there is no compiler for Windows to give it here."""
import pytest
from conftest import REPO, run


@pytest.fixture
def tool(tmp_path):
    """Runs it with these arguments."""
    program = REPO / "build-mingw" / "thresh.exe"
    if not program.exists():
        pytest.skip("build-mingw has no thresh.exe")
    (tmp_path / "a.c").write_text("int x;\n")
    return lambda *args: run([program, *args], tmp_path, check=False)


@pytest.mark.parametrize("args", [["--help"], ["cc", "--thresh-help"],
                                  ["c++", "--thresh-help"]], ids=" ".join)
def test_help_is_told(tool, args):
    done = tool(*args)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.startswith("usage: thresh ")


def test_wrong_usage_is_told(tool):
    assert tool().returncode == 2
    done = tool("nonsense")
    assert done.returncode == 2 and "nonsense" in done.stderr


@pytest.mark.parametrize("command, names", [("cc", "neither gcc nor clang"),
                                            ("c++", "neither g++ nor clang++")])
@pytest.mark.parametrize("args", [["--help"], ["-c", "a.c"],
                                  ["--thresh-print", "-c", "a.c"]],
                         ids=" ".join)
def test_a_missing_compiler_is_told(tool, command, names, args):
    done = tool(command, *args)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith(f"thresh {command}: no compiler: {names} ")


def test_a_named_compiler_that_is_missing_is_told(tool):
    done = tool("cc", "--compiler=nothing", "-c", "a.c")
    assert done.returncode == 2
    assert done.stderr.startswith('thresh cc: no compiler "nothing" ')
