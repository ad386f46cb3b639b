# SPDX-License-Identifier: MIT
"""What documents say: their code is built and run, their links lead somewhere,
the flags they name exist, and lists are complete."""
import os
import re
import shutil

import pytest
from conftest import REPO, run
from documents import Reader, blocks
from packaged import build_tree  # noqa: F401

pytestmark = pytest.mark.posix("runs documents' commands in a shell")

DOC = REPO / "doc"
DOCUMENTS = sorted([*DOC.rglob("*.md"), *REPO.glob("*.md"),
                    REPO / "examples" / "README.md"])
# The tutorial, too, is run: by test_new_user.py, with an installed Thresh.
RUN = ["targets", "from-libfuzzer", "ci", "triage"]


@pytest.mark.parametrize("name", RUN)
def test_code_builds_and_runs(name, build_tree, tmp_path):  # noqa: F811
    env = {**build_tree.env(tmp_path), "FUZZTIME": "200000x"}
    reader = Reader(tmp_path, env)
    ran = list(reader.read((DOC / f"{name}.md").read_text()))
    assert ran


def test_no_code_is_left_out():
    """Whatever is C in the documents that are run has a file's name."""
    for name in [*RUN, "tutorial"]:
        for kind, argument, content in blocks((DOC / f"{name}.md").read_text()):
            assert kind not in ("c", "make", "cmake") or argument, content


@pytest.mark.long
def test_workflow_for_github(build_tree, tmp_path):  # noqa: F811
    """The commands of its steps, but for the installation, on the project that
    it is written for."""
    text = (DOC / "ci" / "fuzz.yml").read_text()
    steps = dict(re.findall(r"- name: (.*)\n +run: (?:\|\n)?((?:.+\n)+)", text))
    work = tmp_path / "work"
    shutil.copytree(REPO / "examples" / "cmake", work)
    program = re.search(r"PROGRAM: (\w+)", text)[1]
    env = {**build_tree.env(tmp_path), "PROGRAM": program,
           "FUZZTIME": "200000x"}

    def step(name):
        return run(["sh", "-ec", steps[name]], work, env=env,
                   check=name != "Fuzz")
    step("Build")
    assert "100% tests passed" in step("Test").stdout
    fuzz = step("Fuzz")
    assert fuzz.returncode == 1 and "reproduced 5/5" in fuzz.stdout
    # What later steps take with them.
    for name in ("fuzz-cache", "testdata/fuzz", "fuzz.xml", "fuzz.sarif"):
        assert (work / name).exists() and f" {name}\n" in text, name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(
    p.relative_to(REPO)))
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        to = (path.parent / file).resolve() if file else path
        assert to.exists(), f"{path}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", to.read_text(), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-")
                     for h in heads}
            assert anchor in slugs, f"{path}: {target}"


def test_index_names_every_document():
    index = (DOC / "README.md").read_text()
    for path in DOC.rglob("*"):
        name = str(path.relative_to(DOC))
        if path.is_file() and name != "README.md":
            assert f"]({name})" in index, name


# ---- the reference ----

def generated(build, tmp_path):
    """The commands whose output doc/reference.md quotes."""
    fuzz = tmp_path / "url_fuzz"
    (tmp_path / "url_fuzz.c").write_text(
        "#include <thresh.h>\nTHRESH_TARGET(t, (bool, b)) { (void)b; }\n")
    run([build / "thresh", "cc", "url_fuzz.c", "-o", fuzz], tmp_path)
    return {"./url_fuzz -help": [fuzz, "-help"]}


def test_reference_is_what_programs_say(build, tmp_path):
    """With THRESH_WRITE_DOCS=1 it is written anew."""
    path = DOC / "reference.md"
    text = path.read_text()
    commands = generated(build, tmp_path)
    parts = re.compile(r"(<!-- output of: ([^\n]*) -->\n\n```\n)(.*?)(?=^```$)",
                       re.M | re.S)
    assert {m[2] for m in parts.finditer(text)} == set(commands)

    def said(match):
        out = run(commands[match[2]], tmp_path).stdout
        return match[1] + out.replace(str(tmp_path), ".")
    wanted = parts.sub(said, text)
    if os.environ.get("THRESH_WRITE_DOCS") == "1":
        path.write_text(wanted)
    assert wanted == text, (
        "flags have changed: THRESH_WRITE_DOCS=1 writes "
        "doc/reference.md anew; see to README.md, too")


def test_readme_has_every_flag(build, tmp_path):
    run_help = generated(build, tmp_path)["./url_fuzz -help"]
    flags = set(re.findall(r"^  -(\w+)", run(run_help, tmp_path).stdout, re.M))
    text = (REPO / "README.md").read_text()
    table = text[text.index("| flag | meaning |"):].split("\n\n")[0]
    named = set(re.findall(r"`-(\w+)", "\n".join(
        row.split(" | ")[0] for row in table.splitlines())))
    assert named == flags - {"help"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(
    p.relative_to(REPO)))
def test_flags_that_documents_name_exist(path, build, tmp_path):
    """Of commands that call a fuzz binary or thresh fuzz and test."""
    helped = run(generated(build, tmp_path)["./url_fuzz -help"], tmp_path)
    flags = set(re.findall(r"^  -(\w+)", helped.stdout, re.M))
    table = (REPO / "src/driver/libfuzzer_table.def").read_text()
    flags |= set(re.findall(r"\((\w+)", table)) | {"help"}
    for line in path.read_text().splitlines():
        for command in re.findall(
                r"(?:\./\w+_fuzz|thresh (?:fuzz|test))((?: +-[^`#|]+)+)", line):
            for flag in re.findall(r" -(\w+)\b", command.split(" -- ")[0]):
                assert flag in flags or flag[0] in "OIDlgof", f"{path}: {line}"
