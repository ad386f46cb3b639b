# SPDX-License-Identifier: MIT
"""The verdict matrix as tests, one a cell; see matrix.py. The short suite has
each row in two builds, which differ in compiler and sanitizers, and in others
what only they see."""
import pytest
from matrix import ALL_BUILDS, Cell, compile_target
from matrix_rows import ROWS, Build

pytestmark = pytest.mark.engine

SHORT = [Build("plain", "gcc"), Build("asan+ubsan", "clang")]
SHORT_TOO = {"uninitialised": Build("msan", "clang"),
             "race": Build("tsan", "gcc"), "goes_on": Build("ubsan", "gcc")}


@pytest.fixture(scope="session")
def program_of(build, tmp_path_factory):
    """Gives the target in a build, made when first asked for."""
    where = tmp_path_factory.mktemp("matrix")
    made = {}

    def program(of):
        if of not in made:
            made[of] = compile_target(build, of, where)
        return made[of]
    return program


def marks(row, build):
    short = build in SHORT or build == SHORT_TOO.get(row.name)
    return [] if short else [pytest.mark.long]


@pytest.mark.parametrize("row,of", [
    pytest.param(row, of, id=f"{row.name}-{of}", marks=marks(row, of))
    for row in ROWS for of in ALL_BUILDS])
def test_verdict(program_of, tmp_path, row, of):
    cell = Cell(row, of, program_of(of), tmp_path)
    assert cell.check(), "\n".join([*cell.wrong, *cell.outputs])


def test_a_wrong_verdict_is_noticed(program_of, tmp_path):
    """The cells see a failure that should be none, and the other way round."""
    of = SHORT[0]
    for name, other in (("abort", "killed"), ("heap", "abort")):
        row = next(r for r in ROWS if r.name == name)
        expected = next(r for r in ROWS if r.name == other)
        cell = Cell(row._replace(title=expected.title), of, program_of(of),
                    tmp_path / name)
        assert not cell.check() and cell.mark == "WRONG"


def test_a_wrong_title_and_a_wrong_input_are_noticed(program_of, tmp_path):
    of = SHORT[0]
    row = next(r for r in ROWS if r.name == "abort")
    cell = Cell(row._replace(title=lambda b: "SIGSEGV"), of, program_of(of),
                tmp_path / "title")
    assert not cell.check() and any("titles" in w for w in cell.wrong)
    cell = Cell(row, of, program_of(of), tmp_path / "input")
    code, output = cell.fuzz()
    for path in cell.saved():
        path.write_bytes(b"calm")
    cell.check_failure("SIGABRT", code, output)
    assert any("blames" in w for w in cell.wrong)
