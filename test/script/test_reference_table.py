# SPDX-License-Identifier: MIT
"""Whether REFERENCE.md is true: every row has tests or a reason, and every test
that it names exists. Each check is shown to find what it looks for."""
import re

import pytest
from conftest import REPO

pytestmark = pytest.mark.posix(
    "of the sources alone, the same on every system")

ROWS = 33  # of the reference


def rows_of(text):
    return dict(re.findall(r"^\| (test\w+) \| (.*) \|$", text, re.M))


def names_in(text):
    return re.findall(r"`(test_?\w+)`", text)


def defined():
    return {name for path in (REPO / "test").rglob("test_*.py")
            for name in re.findall(r"^def (test\w+)\(", path.read_text(), re.M)}


def missing(rows, tests):
    return sorted(name for text in rows.values() for name in names_in(text)
                  if name not in tests)


def unreasoned(rows):
    """Rows with neither a test of their name nor a reason for having none."""
    return [row for row, text in rows.items() if row not in names_in(text)
            and not re.match(r"none: .{20,}", text)]


TABLE = (REPO / "test/script/REFERENCE.md").read_text()


def test_every_row_is_there():
    assert len(rows_of(TABLE)) == ROWS


def test_every_named_test_exists():
    assert missing(rows_of(TABLE), defined()) == []


def test_every_row_has_a_test_of_its_name_or_a_reason():
    assert unreasoned(rows_of(TABLE)) == []


def test_every_test_of_the_reference_is_named():
    ours = [name for file in ("test_reference.py", "test_reference_rows.py")
            for name in re.findall(r"^def (test\w+)\(", (
                REPO / "test/script" / file).read_text(), re.M)]
    assert sorted(set(ours) - set(names_in(TABLE))) == []


def test_checks_find_what_is_wrong():
    rows = rows_of("| test_a | `test_gone` |\n| test_b | |\n"
                   "| test_c | none: too short |\n| test_d |  |\n"
                   "| test_e | `test_e` |\n")
    assert missing(rows, {"test_here", "test_e"}) == ["test_gone"]
    assert unreasoned(rows) == ["test_a", "test_c", "test_d"]
