# SPDX-License-Identifier: MIT
"""thresh fuzz, test and replay: from sources to a saved failure in one command,
built once and only anew where something has changed. The tests share one
directory and go through it in their order, as a user does."""
import shutil

import pytest
from conftest import run

pytestmark = pytest.mark.posix(
    "runs the tool of this system; nothing compiles under Wine")

TARGET = """\
#include <string.h>
#include <thresh.h>
#include "parse.h"

THRESH_TARGET(parse, (string, text), (uint8, depth))
{
    THRESH_CHECK(!parse(text.data) || depth < LIMIT, "too deep");
}
THRESH_SEED(parse, THRESH_STR("a"), 1);
"""
HEADER = "int parse(const char *text);\n#define LIMIT 3\n"
PARSE = """\
#include <string.h>
#include "parse.h"

int parse(const char *text)
{
    return strstr(text, "bug!") != NULL;
}
"""


class Place:
    """A directory in which somebody uses the tool."""

    def __init__(self, build, cwd):
        self.tool = build / "thresh"
        self.cwd = cwd
        self.cache = {"XDG_CACHE_HOME": str(cwd / "cache"), "THRESH_CC": "gcc"}

    def __call__(self, *args, code=0):
        done = run([self.tool, *args], self.cwd, check=False, env=self.cache)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def write(self, name, text):
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def saved(self, target="parse"):
        return sorted(path for path in
                      (self.cwd / "testdata/fuzz" / target).glob("*"))


@pytest.fixture(scope="module")
def place(build, tmp_path_factory):
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    place = Place(build, tmp_path_factory.mktemp("place"))
    place.write("inc/parse.h", HEADER)
    place.write("parse.c", PARSE)
    place.write("target.c", TARGET)
    return place


@pytest.fixture
def empty(build, tmp_path):
    return Place(build, tmp_path)


# ---- from nothing to a test ----

def test_sources_are_built_and_fuzzed(place):
    done = place("fuzz", "parse.c", "target.c", "-Iinc", "-fuzztime=1m", code=1)
    assert "compiling 2 of 2" in done.stderr
    assert "running .thresh/bin/target -fuzz=. -fuzztime=1m" in done.stderr
    assert 'parse(text = "bug!", depth = 3)' in done.stdout
    assert len(place.saved()) == 1


def test_what_was_saved_is_a_test(place):
    done = place("test", "parse.c", "target.c", "-Iinc", code=1)
    assert "compiling" not in done.stderr and "built" not in done.stderr
    assert f"FAIL: parse/{place.saved()[0].name}" in done.stdout


def test_sanitizers_are_on_by_default(place):
    words = (place.cwd / ".thresh/sanitizers").read_text().split()
    if "address,undefined" not in words:
        pytest.skip("gcc's sanitizers are not installed")
    assert b"libasan.so" in (place.cwd / ".thresh/bin/target").read_bytes()


def test_version_control_does_not_see_what_is_built(place):
    assert (place.cwd / ".thresh/.gitignore").read_text() == "*\n"


# ---- again ----

def test_only_content_counts(place):
    for name in ("inc/parse.h", "parse.c", "target.c"):
        path = place.cwd / name
        path.write_text(path.read_text())
    assert "compiling" not in place("test", code=1).stderr


def test_what_has_changed_is_compiled(place):
    place.write("parse.c", PARSE.replace("bug!", "bug?"))
    done = place("test")
    assert "with .thresh/bin/target" in done.stderr
    assert "compiling 1 of 2" in done.stderr
    place.write("inc/parse.h", HEADER.replace("3", "4"))
    assert "compiling 2 of 2" in place("test").stderr


def test_other_flags_are_another_build_and_the_old_one_stays(place):
    assert "compiling 2" in place("test", "parse.c", "target.c", "-Iinc",
                                  "-DX", "--sanitize=none").stderr
    program = (place.cwd / ".thresh/bin/target").read_bytes()
    assert b"libasan.so" not in program
    done = place("test", "parse.c", "target.c", "-Iinc")
    assert "compiling" not in done.stderr and "built" in done.stderr


# ---- replay ----

def test_files_are_replayed_wherever_they_lie(place):
    place.write("parse.c", PARSE)
    saved = place.saved()[0]
    bad = place.write("elsewhere/bad", saved.read_text()
                      .replace("'\\x03'", "'\\x05'"))
    good = place.write("good", 'go test fuzz v1\nstring("x")\nbyte(1)\n')
    done = place("replay", bad, good, code=1)
    assert "FAIL: parse/bad" in done.stdout
    assert "PASS: parse/good" in done.stdout and "seed#" not in done.stdout
    assert "PASS" in place("replay", ".thresh/bin/target", good).stdout


def test_replaying_nothing_is_a_usage_error(place):
    assert "no file is named" in place("replay", code=2).stderr
    assert "nowhere" in place("replay", "nowhere", code=3).stderr


# ---- programs and their own arguments ----

def test_a_program_gets_all_that_follows(place):
    done = place("test", ".thresh/bin/target", "-list=.")
    assert done.stdout == "parse\n"
    assert place("test", "-list", ".").stdout == "parse\n"


def test_libfuzzer_harness_gets_its_own_flags(place):
    place.write("harness.c", """\
        #include <stddef.h>
        #include <stdint.h>
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            return size > 2 && data[0] == 1 ? -1 : 0;
        }
        """)
    (place.cwd / "corpus").mkdir()
    done = place("fuzz", "harness.c", "--sanitize=none", "--", "-runs=500",
                 "corpus")
    assert "Done 500 runs" in done.stderr
    done = place("fuzz", "harness.c", "--sanitize=none", "-fuzztime=500x")
    assert "execs: 500" in done.stderr and "compiling" not in done.stderr


def test_several_targets_must_be_told_apart(place):
    place.write("two.c", """\
        #include <thresh.h>
        THRESH_TARGET(one, (string, text)) { (void)text; }
        THRESH_TARGET(two, (string, text)) { (void)text; }
        """)
    place.write("two/input", 'go test fuzz v1\nstring("x")\n')
    place("test", "two.c", "--sanitize=none")
    done = place("replay", place.cwd / "good", code=2)
    assert "--target=NAME (one, two)" in done.stderr
    assert "PASS: two/input" in place("replay", "two/input").stdout
    done = place("replay", "--target=one", "two/input")
    assert "PASS: one/input" in done.stdout


# ---- what goes wrong ----

def test_what_does_not_compile_is_shown(empty):
    empty.write("a.c", "int x = ;\n")
    done = empty("fuzz", "a.c", "--sanitize=none", code=3)
    assert "a.c:1:" in done.stderr and "does not compile" in done.stderr
    empty.write("a.c", "int f(void); int g(void) { return f(); }\n")
    done = empty("fuzz", "a.c", "--sanitize=none", code=3)
    assert "does not link" in done.stderr and "`f'" in done.stderr


@pytest.mark.parametrize("args, text", [
    (["fuzz"], "none was built here before"),
    (["fuzz", "none.c"], "there is no file none.c"),
    (["fuzz", "a.c", "-c"], '"-c" can\'t be used here'),
    (["fuzz", "a.c", "-o", "x"], '"-o" can\'t be used here'),
    (["fuzz", "a.c", "--jobs=0"], "--jobs=0: it must be at least 1"),
    (["fuzz", "a.c", "--compiler=gcc-0"], 'no compiler "gcc-0"'),
    (["replay", "--fly"], "no flag is called --fly"),
])
def test_wrong_usage_is_told(empty, args, text):
    empty.write("a.c", "int x;\n")
    done = empty(*args, code=2)
    assert text in done.stderr and "--help` tells how" in done.stderr
