# SPDX-License-Identifier: MIT
"""libFuzzer's flags, as the table of src/driver has them: each has a test, and
the document tells what becomes of it."""
import re
from pathlib import Path

import pytest
from conftest import REPO
from fuzzing import programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    QUIET, REAL, engine, lf, unlike)

pytestmark = pytest.mark.posix("libFuzzer's mode is tested where it is used")


def known_flags():
    """Name, default and what Thresh does instead (or ""), of each flag."""
    table = (REPO / "src/driver/libfuzzer_table.def").read_text()
    for row in re.findall(r"^((?:INT|TEXT)\((?:.|\n)*?\))$", table, re.M):
        name, default = re.match(r"\w+\((\w+),\s*(-?\d+)?", row).groups()
        last = re.split(r",\s+(?=\"|NULL)", row)[-1]
        yield name, default, "".join(re.findall(r'"(.*?)"', last))


# What they make libFuzzer do.
UNLIKE = {
    "collect_data_flow": "libFuzzer wants another binary",
    "data_flow_trace": "libFuzzer wants a file of traces",
    "handle_trap": "clang 14 has no such flag",
    "merge_inner": "internal to libFuzzer",
    "minimize_crash_internal_step": "internal to libFuzzer",
}


@pytest.mark.parametrize("name, default", [
    pytest.param(name, default, marks=unlike(UNLIKE[name])
                 if name in UNLIKE else ())
    for name, default, other in known_flags() if other])
def test_flag_is_accepted(lf, name, default):
    """Of each flag that means something else here a line says what."""
    lf.build(QUIET, head=False)
    value = "x" if default is None else int(default) + 1
    done = lf.run("-runs=4", f"-{name}={value}").expect(0)
    assert REAL or f"INFO: -{name}={value}: " in done.err, done.text


@unlike("libFuzzer has it, and wants a dictionary")
def test_analyze_dict_ends(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-analyze_dict=1").expect(1)
    assert "ERROR: -analyze_dict is not supported" in done.err
    assert "INITED" not in done.err


def test_document_tells_of_every_flag_without_effect():
    rows = {}
    for name, _, instead in known_flags():
        rows.setdefault(instead, []).append(f"`-{name}`")
    text = (REPO / "doc/libfuzzer.md").read_text()
    missing = [row for row in (f"| {', '.join(names)} | {instead} |"
                               for instead, names in rows.items() if instead)
               if row not in text]
    assert not missing, "\n".join(missing)


def test_every_flag_has_a_test():
    tests = "".join(p.read_text() for p in Path(__file__).parent.glob(
        "test_libfuzzer*.py"))
    assert [name for name, _, other in known_flags()
            if not other and not re.search(rf"-{name}\b", tests)] == []
