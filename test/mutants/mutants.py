# SPDX-License-Identifier: MIT
"""All mutants."""
import ends
import failures
import processes

MUTANTS = processes.MUTANTS + ends.MUTANTS + failures.MUTANTS
