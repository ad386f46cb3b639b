# SPDX-License-Identifier: MIT
"""What a mutant is: one mechanism broken in one place of the source.

The old text must stand in the file exactly once. The test is a pytest node
without its directory test/fault/, or "unit:PROGRAM" for a cmocka program.
"""
from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    requirement: str
    test: str
    file: str
    old: str
    new: str
