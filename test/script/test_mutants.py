# SPDX-License-Identifier: MIT
"""Whether the mutants still fit the sources and the tests. Running them takes
hours (test/mutants/run.py); that one no longer applies is seen at once. Each
check is shown to find what it looks for."""
import sys

import pytest
from conftest import REPO

sys.path.insert(0, str(REPO / "test" / "mutants"))
from mutant import Mutant  # noqa: E402
from mutants import MUTANTS  # noqa: E402

pytestmark = pytest.mark.posix(
    "of the sources alone, the same on every system")


def misfit(mutant):
    """What keeps it from being applied, or None."""
    path = REPO / mutant.file
    places = path.read_text().count(mutant.old) if path.is_file() else 0
    if places != 1:
        return f"its old text stands {places} times in {mutant.file}"
    return "it changes nothing" if mutant.old == mutant.new else None


def source_of_test(mutant):
    """The file and the text that begins the test it names."""
    if mutant.test.startswith("unit:"):
        name = mutant.test.removeprefix("unit:")
        return REPO / "test" / "unit" / f"{name}.c", "int main("
    path, _, function = mutant.test.partition("::")
    return REPO / "test" / "fault" / path, f"\ndef {function.split('[')[0]}("


def has_test(mutant):
    path, start = source_of_test(mutant)
    return path.is_file() and start in path.read_text()


def test_there_are_mutants_and_each_has_its_own_name():
    names = [m.name for m in MUTANTS]
    assert len(names) > 100
    assert sorted(names) == sorted(set(names))


def test_every_mutant_applies():
    assert {m.name: misfit(m) for m in MUTANTS if misfit(m)} == {}


def test_every_mutant_names_a_test():
    assert {m.name: m.test for m in MUTANTS if not has_test(m)} == {}


# ---- the checks ----

FITS = Mutant("fits", "R", "unit:test_process", "src/coordinator/process.c",
              "bool process_can_start(", "int process_can_start(")


@pytest.mark.parametrize("wrong", [
    {"old": "no such text"}, {"old": "return"}, {"new": FITS.old},
    {"file": "src/coordinator/gone.c"}])
def test_checks_find_a_mutant_that_does_not_apply(wrong):
    assert misfit(FITS) is None
    assert misfit(FITS._replace(**wrong))


@pytest.mark.parametrize("wrong", [
    "unit:test_gone", "test_gone.py::test_it", "test_stop.py::test_gone"])
def test_checks_find_a_mutant_without_a_test(wrong):
    assert has_test(FITS)
    assert not has_test(FITS._replace(test=wrong))
