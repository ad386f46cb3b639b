# SPDX-License-Identifier: MIT
"""thresh init, doctor and clean: the first minutes in a project."""
import shutil

import pytest
from conftest import run
from wrapper import copy_tree

pytestmark = pytest.mark.posix(
    "runs the tool of this system; nothing compiles under Wine")


@pytest.fixture
def thresh(build, tmp_path):
    def call(*args, code=0, env=None, tool=build / "thresh"):
        done = run([tool, *args], tmp_path, check=False,
                   env={"XDG_CACHE_HOME": str(tmp_path / "cache"),
                        "THRESH_CC": "gcc", **(env or {})})
        assert done.returncode == code, done.stdout + done.stderr
        return done
    return call


# ---- init ----

@pytest.mark.parametrize("flags", [[], ["--libfuzzer"]], ids=str)
def test_what_init_writes_builds_and_runs(thresh, tmp_path, flags):
    (tmp_path / "url.h").write_text("/* declares what is tested */\n")
    done = thresh("init", "url", "--header=url.h", *flags)
    assert "wrote fuzz/url_fuzz.c" in done.stdout
    assert "thresh fuzz fuzz/url_fuzz.c SOURCES-UNDER-TEST -I." in done.stdout
    thresh("test", "fuzz/url_fuzz.c", "-I.", "-Wall", "-Wextra", "-Werror",
           "--sanitize=none")


def test_init_never_overwrites(thresh, tmp_path):
    thresh("init")
    path = tmp_path / "fuzz/first_fuzz.c"
    path.write_text("mine\n")
    assert "stays as it is" in thresh("init", code=3).stderr
    assert path.read_text() == "mine\n"
    thresh("init", "--dir=other")
    assert (tmp_path / "other/first_fuzz.c").exists()


def test_init_writes_lines_for_cmake(thresh, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("project(p C)\n")
    assert "--cmake writes lines for it" in thresh("init", "one").stdout
    done = thresh("init", "two", "--cmake")
    assert "add_subdirectory(fuzz)" in done.stdout
    lines = (tmp_path / "fuzz/CMakeLists.txt").read_text()
    assert "find_package(Thresh)" in lines
    assert "thresh_add_fuzz_test(two_fuzz SOURCES two_fuzz.c" in lines
    done = thresh("init", "three", "--cmake")
    assert "add to it:\n    thresh_add_fuzz_test(three_fuzz " in done.stdout
    assert (tmp_path / "fuzz/CMakeLists.txt").read_text() == lines


@pytest.mark.parametrize("name", ["a-b", "9a", "a/b", ""])
def test_init_wants_a_name_of_c(thresh, tmp_path, name):
    assert "is no name of a target" in thresh("init", name, code=2).stderr
    assert list(tmp_path.iterdir()) == []


# ---- doctor ----

def test_doctor_tries_what_is_needed(thresh, tmp_path):
    done = thresh("doctor")
    for line in ("ok    compiler", "ok    engine", "ok    fuzzing",
                 "fuzzing works here"):
        assert line in done.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "cache"]
    assert list((tmp_path / "cache/thresh").iterdir()) == []


def test_doctor_tells_what_is_missing(build, thresh, tmp_path):
    (tmp_path / "none").mkdir()
    env = {"PATH": str(tmp_path / "none"), "THRESH_CC": ""}
    done = thresh("doctor", code=1, env=env)
    assert "BAD   compiler" in done.stdout and "apt install gcc" in done.stdout
    shutil.copy(build / "thresh", tmp_path / "thresh")
    done = thresh("doctor", code=1, tool=tmp_path / "thresh")
    assert "BAD   engine" in done.stdout and "BAD   header" in done.stdout


def test_doctor_tells_what_would_be_nice(build, thresh, tmp_path):
    copy_tree(build, tmp_path, tmp_path, tmp_path / "include")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("gcc", "as", "ld"):
        (tools / name).symlink_to(shutil.which(name))
    done = thresh("doctor", env={"PATH": str(tools),
                                 "ASAN_OPTIONS": "detect_leaks=0"})
    assert "note  C++" in done.stdout and "note  symbolizer" in done.stdout
    assert "fuzzing works here" in done.stdout
    if "ok    sanitizers   address" in done.stdout:
        assert "note  leaks" in done.stdout


# ---- clean ----

def test_clean_removes_what_was_built_and_nothing_else(thresh, tmp_path):
    (tmp_path / "t.c").write_text(
        "#include <thresh.h>\n"
        "THRESH_TARGET(t, (string, text)) "
        "{ THRESH_CHECK(text.size < 3 || text.data[0] != 'x', \"x\"); }\n")
    thresh("fuzz", "t.c", "--sanitize=none", "-fuzztime=1m", code=1)
    found = list((tmp_path / "cache/thresh").glob("t-*/t/*"))
    assert found
    assert "removed .thresh" in thresh("clean").stdout
    assert not (tmp_path / ".thresh").exists() and found[0].exists()
    assert list((tmp_path / "testdata/fuzz/t").iterdir())
    thresh("test", "t.c", "--sanitize=none", code=1)
    assert "removed" in thresh("clean", "--cache").stdout
    assert not found[0].exists()
    assert "nothing to do" in thresh("clean").stdout
