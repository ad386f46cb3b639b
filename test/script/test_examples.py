# SPDX-License-Identifier: MIT
"""Every example: built, tested, fuzzed with the commands of examples/README.md,
until its planted bug is found and its own tests fail for it."""
import re
import shutil

import pytest
from conftest import REPO, run
from packaged import build_tree  # noqa: F401

pytestmark = pytest.mark.posix("runs build systems that make programs for here")

EXAMPLES = REPO / "examples"
NEEDS = {"make": ["make"], "cmake": ["cmake"], "meson": ["meson"],
         "autotools": ["autoreconf", "automake", "pkg-config"]}
MAX_EXECS = 100_000


def commands(example):
    """The commands of the README's table that test and that fuzz."""
    text = (EXAMPLES / "README.md").read_text()
    row = re.search(rf"^\| `{example}/` \| `([^`]+)` \| `([^`]+)` \|$", text,
                    re.M)
    assert row, f"examples/README.md does not say how to run {example}/"
    return row.groups()


def test_every_folder_is_in_the_readme():
    text = (EXAMPLES / "README.md").read_text()
    folders = {p.name for p in EXAMPLES.iterdir() if p.is_dir()}
    assert set(re.findall(r"^\| `(\w+)/`", text, re.M)) == folders
    assert folders == {*NEEDS, "ini"}  # ini: make demo


@pytest.mark.parametrize("compiler", [
    "gcc", pytest.param("clang", marks=pytest.mark.long)])
@pytest.mark.parametrize("example", [
    pytest.param(name, marks=[pytest.mark.long] * (name == "autotools"))
    for name in NEEDS])
def test_example(example, compiler, build_tree, tmp_path):  # noqa: F811
    for tool in [*NEEDS[example], compiler]:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    test, fuzz = commands(example)
    test = test.replace("meson setup", f"meson setup -Dfuzztime={MAX_EXECS}x")
    work = tmp_path / example
    shutil.copytree(EXAMPLES / example, work)
    env = {**build_tree.env(tmp_path, compiler), "FUZZFLAGS":
           f"-seed=1 -parallel=1 -fuzztime={MAX_EXECS}x"}

    run(["sh", "-c", test], work, env=env)
    assert not (work / "testdata").exists(), "a test has saved something"

    found = run(["sh", "-c", fuzz], work, env=env, check=False)
    text = found.stdout + found.stderr
    assert found.returncode != 0, text
    assert "--- FAIL: " in text and "reproduced 5/5" in text
    assert "not built with coverage instrumentation" not in text
    saved = [p for p in (work / "testdata" / "fuzz").glob("*/*")]
    assert len(saved) == 1, text

    again = run(["sh", "-c", test], work, env=env, check=False)
    assert again.returncode != 0, again.stdout + again.stderr
