# SPDX-License-Identifier: MIT
"""The first minutes, as somebody has them who has installed the package and
nothing else: from an empty directory, and from a library of his own, to a saved
failure. What it takes is counted in executions."""
import re
import shutil

import pytest
from conftest import REPO, run
from documents import Reader, blocks
from packaged import deb, unpacked  # noqa: F401

pytestmark = pytest.mark.posix("installs Debian's package")

# Under a sanitizer with one worker this is less than ten seconds on anything.
MAX_EXECS = 100_000
TUTORIAL = (REPO / "doc" / "tutorial.md").read_text()


def execs(text):
    return int(re.findall(r"execs: (\d+)", text)[-1])


def env_of(installation, home, compiler="gcc"):
    env = installation.env(home, compiler)
    found = run(["sh", "-c", "command -v thresh"], home, env=env).stdout
    assert found.strip() == str(installation.bin / "thresh")
    return env


@pytest.mark.long
def test_package(deb, unpacked):  # noqa: F811
    control = run(["dpkg-deb", "-f", deb], deb.parent).stdout
    assert "Package: thresh\n" in control
    assert re.search(r"^Depends: .*gcc \| clang.*\blibc6 \(>= ", control, re.M)
    share = unpacked.prefix / "share"
    assert "MIT" in (share / "doc/thresh/copyright").read_text()
    assert (share / "man/man1/thresh.1").exists()
    # What it names is where it will be.
    pc = (unpacked.lib / "pkgconfig" / "thresh.pc").read_text()
    assert pc.startswith("prefix=/usr\n")


def test_tutorial(unpacked, tmp_path):  # noqa: F811
    work = tmp_path / "work"
    work.mkdir()
    reader = Reader(work, env_of(unpacked, tmp_path))
    steps = reader.read(TUTORIAL)
    first = next(steps)
    assert "reproduced 5/5" in first and execs(first) <= MAX_EXECS
    for _ in steps:
        pass


def test_first_bug_with_cmake(unpacked, tmp_path):  # noqa: F811
    """The same code in a CMake project from the start."""
    work = tmp_path / "work"
    work.mkdir()
    reader = Reader(work, env_of(unpacked, tmp_path))
    for _, name, content in blocks(TUTORIAL):
        if name and not (work / name).exists():
            reader.write(name, content)  # each file's first form
    reader.command("cmake -B build -DTHRESH_FUZZTIME="
                   f"{MAX_EXECS}x && cmake --build build", True, [])
    reader.command("ctest --test-dir build", True, [])
    reader.command("cmake --build build --target fuzz-unquote_fuzz", False,
                   ["--- FAIL: unquoted (1s)"])
    assert execs(reader.shown) <= MAX_EXECS
    reader.command("ctest --test-dir build", False, [])


# ---- a library of Debian's, as its own author would go about it ----

TARGET = """\
#include <string.h>
#include <thresh.h>

#include "cJSON.h"

THRESH_TARGET(parse, (bytes, text, .max = 200))
{
    cJSON *json = cJSON_ParseWithLength((const char *)text.data, text.size);
    char *printed;
    THRESH_REJECT_IF(!json);
    printed = cJSON_PrintUnformatted(json);
    THRESH_CHECK(printed != NULL, "parsed, but not printed");
    cJSON_free(printed);
    cJSON_Delete(json);
}
THRESH_SEED(parse, THRESH_BYTES("{\\"a\\": [1, 2.5e3, true, null, \\"text\\"]}"));
"""
LINES = """
enable_testing()
find_package(Thresh REQUIRED)
thresh_add_fuzz_test(parse_fuzz SOURCES parse_fuzz.c LIBRARIES cjson)
thresh_add_fuzz_test(old_fuzz SOURCES fuzzing/cjson_read_fuzzer.c
                     LIBRARIES cjson CORPUS fuzzing/inputs
                     DICT fuzzing/json.dict)
"""
# Characters that an escape takes are counted once too often, so that there is
# too little room for the rest of the text.
COUNTED, PLANTED = "skipped_bytes++;", "skipped_bytes += 2;"


@pytest.fixture(scope="module")
def cjson(tmp_path_factory):
    """The source of a library whose build is CMake's, with warnings as errors,
    hidden symbols and a shared library."""
    folder = tmp_path_factory.mktemp("source")
    if not (shutil.which("apt-get") and shutil.which("dpkg-source")):
        pytest.skip("Debian's source packages can't be fetched here")
    run(["apt-get", "source", "--download-only", "cjson"], folder, check=False)
    found = list(folder.glob("cjson_*.dsc"))
    if not found:
        pytest.skip("the source of cjson can't be fetched: is there a deb-src?")
    run(["dpkg-source", "-x", "--no-check", found[0], folder / "cjson"], folder)
    return folder / "cjson"


@pytest.mark.long
def test_library_of_debian(unpacked, cjson, compiler, tmp_path):  # noqa: F811
    work = tmp_path / "cjson"
    shutil.copytree(cjson, work)
    reader = Reader(work, env_of(unpacked, tmp_path, compiler))
    source = (work / "cJSON.c").read_text()
    assert source.count(COUNTED) == 1
    reader.write("cJSON.c", source.replace(COUNTED, PLANTED))
    reader.write("parse_fuzz.c", TARGET)
    with open(work / "CMakeLists.txt", "a", encoding="utf-8") as file:
        file.write(LINES)

    reader.command(f"cmake -B build -DTHRESH_FUZZTIME={MAX_EXECS}x "
                   "-DENABLE_CJSON_TEST=Off && cmake --build build", True, [])
    reader.command("ctest --test-dir build -L fuzz", True, [])
    reader.command("cmake --build build --target fuzz-parse_fuzz", False, [])
    assert "buffer-overflow" in reader.shown
    assert execs(reader.shown) <= MAX_EXECS
    reader.command("ctest --test-dir build -R parse_fuzz", False, [])
    reader.write("cJSON.c", source)
    reader.command("cmake --build build && "
                   "ctest --test-dir build -L fuzz", True, [])
    # The library's own harness, and its corpus.
    reader.command("cmake --build build --target fuzz-old_fuzz", True, [])
    assert int(re.search(r"(\d+) counters in 2 objects", reader.shown)[1]) > 300
    # What is shipped has nothing of it.
    reader.command("nm build/libcjson.so", True, [])
    assert "sanitizer" not in reader.shown and "gcov" not in reader.shown
