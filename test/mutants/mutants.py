# SPDX-License-Identifier: MIT
"""All mutants."""
import failures
import processes

MUTANTS = processes.MUTANTS + failures.MUTANTS
