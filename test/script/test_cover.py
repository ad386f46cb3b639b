# SPDX-License-Identifier: MIT
"""thresh cover: what a corpus covers in the sources, under gcc and clang."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import launch
from fuzzing import text_file

pytestmark = pytest.mark.posix("counts are not written there yet")

LIBRARY = """\
#include "lib.h"
int classify(int n)
{
    if (n < 0)
        return -1;
    if (n == 7777)
        return 2;
    return n > 100;
}
int never(void)
{
    return 3;
}
"""
TARGET = """\
#include <thresh.h>
#include <stdlib.h>
#include "lib.h"
THRESH_TARGET(classify_it, (int32, n), (bool, crash))
{
    int kind = classify(n);
    THRESH_CHECK(kind != 1 || n > 100);
    if (crash)
        abort();
}
THRESH_SEED(classify_it, 5, false);
THRESH_SEED(classify_it, 6, false);
"""


class Project:
    """Sources, and the tool in their directory."""

    def __init__(self, build, cwd, compiler):
        self.build, self.cwd, self.compiler = build, cwd, compiler
        (cwd / "lib.h").write_text("int classify(int n);\nint never(void);\n")
        (cwd / "lib.c").write_text(LIBRARY)
        (cwd / "lib_fuzz.c").write_text(TARGET)

    def thresh(self, *args, code=0):
        done = subprocess.run(
            launch([self.build / "thresh", *args]), cwd=self.cwd, text=True,
            capture_output=True, check=False,
            env={**os.environ, "XDG_CACHE_HOME": str(self.cwd / "xdg")})
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def cover(self, *args, code=0):
        return self.thresh("cover", f"--compiler={self.compiler}",
                           "lib_fuzz.c", "lib.c", *args, code=code)

    def put(self, name, n, crash, folder="testdata/fuzz/classify_it"):
        path = self.cwd / folder
        path.mkdir(parents=True, exist_ok=True)
        path.joinpath(name).write_bytes(
            text_file(f"int32({n})", f"bool({crash})"))

    def page(self, path=".thresh/cover/lib_fuzz.html"):
        return (self.cwd / path).read_text(encoding="utf-8")


@pytest.fixture(params=["gcc", "clang"])
def project(request, build, tmp_path):
    if request.param == "clang" and not shutil.which("llvm-profdata"):
        pytest.skip("no llvm-profdata")
    return Project(build, tmp_path, request.param)


def rows(text):
    """The summary: the numbers of a file."""
    return {m[1]: [int(n) for n in m.groups()[1:]] for m in re.finditer(
        r"^(\S+) +(\d+)/(\d+) +\d+% +(\d+)/(\d+) +\d+% +(\d+)/(\d+)", text,
        re.M)}


def classes(page, source, number):
    """Of that line in the page: its class and count."""
    index = re.search(rf'<a href="#f(\d+)">{re.escape(source)}', page)[1]
    line = re.search(rf'<i id="f{index}l{number}" class="(\w*)"[^>]*><u> *\d+ '
                     r'*(\d*)', page)
    return line[1], line[2]


def test_what_the_seeds_cover(project):
    done = project.cover()
    numbers = rows(done.stdout)
    assert set(numbers) == {"lib.c", "lib_fuzz.c", "all"}
    covered, lines, taken, branches, called, functions = numbers["lib.c"]
    assert 0 < covered < lines and 0 < taken < branches
    assert (called, functions) == (1, 2)
    assert numbers["lib_fuzz.c"][4:] == [1, 1]
    assert re.search(r"^  lib\.c:4 classify: 1 of 2 branches never taken, "
                     r"reached 2 times$", done.stdout, re.M)
    assert re.search(r"^  lib\.c:1[01] never: never called$", done.stdout, re.M)
    assert "new lines" not in done.stdout
    assert done.stdout.endswith("\n.thresh/cover/lib_fuzz.html\n")
    page = project.page()
    assert classes(page, "lib.c", 4) == ("h", "2")
    assert classes(page, "lib.c", 5) == ("n", "0")
    assert classes(page, "lib.c", 8) == ("c", "2") or \
        classes(page, "lib.c", 8)[0] == "h"
    assert "&lt; 0)" in page and "<script src" not in page
    assert "http" not in page


def test_what_is_new_is_marked_until_the_corpus_changes(project):
    project.cover()
    project.put("minus", -5, "false")
    for _ in range(2):  # the same corpus, the same marks
        done = project.cover("--html=out/page.html")
        assert re.search(r"^lib\.c .*\+1$", done.stdout, re.M)
        assert classes(project.page("out/page.html"), "lib.c", 5) == ("a", "1")
        assert classes(project.page("out/page.html"), "lib.c", 4)[0] != "a"
    project.put("special", 7777, "false")
    done = project.cover()
    assert classes(project.page(), "lib.c", 5) == ("c", "1")
    assert classes(project.page(), "lib.c", 7) == ("a", "1")


def test_found_inputs_and_the_program_of_last_time(project):
    project.thresh("fuzz", f"--compiler={project.compiler}", "--sanitize=none",
                   "lib_fuzz.c", "lib.c", "-fuzztime=300x", "-seed=1",
                   "-parallel=1", "-keepfuzzing", code=1)
    done = project.thresh("cover")
    assert re.search(r"found ones: [1-9]\d* inputs", done.stderr)
    assert classes(project.page(), "lib.c", 5) != ("n", "0")
    again = project.thresh("cover", "--target=classify_it")
    assert rows(again.stdout) == rows(done.stdout)


def test_an_input_that_fails_is_told(project):
    project.put("crash", 1, "true")
    project.put("minus", -1, "false")
    done = project.cover()
    assert "4 inputs; 1 of them fail" in done.stderr
    page = project.page()
    assert classes(page, "lib.c", 5)[0] == "c"
    if project.compiler == "gcc":
        assert classes(page, "lib_fuzz.c", 9) == ("c", "1")


def test_directories_that_are_named(project):
    project.put("a", 7777, "false", "corpus")
    project.cover("--corpus=corpus")
    assert classes(project.page(), "lib.c", 7) == ("c", "1")
    assert "no directory none" in project.cover("--corpus=none", code=2).stderr


def test_a_program_that_was_built_for_it(project):
    flags = ["-ftest-coverage"] if project.compiler == "gcc" else [
        "-fprofile-instr-generate", "-fcoverage-mapping"]
    for extra, name in ((flags, "with"), ([], "without")):
        project.thresh("cc", f"--compiler={project.compiler}", *extra,
                       "lib_fuzz.c", "lib.c", "-o", name)
    done = project.thresh("cover", "./with")
    assert rows(done.stdout)["lib.c"][4:] == [1, 2]
    again = project.thresh("cover", "./with")  # counts do not pile up
    assert re.search(r"lib\.c:4 .*reached 2 times", again.stdout)
    refused = project.thresh("cover", "./without", code=3)
    assert "does not count lines" in refused.stderr
    assert flags[0] in refused.stderr
