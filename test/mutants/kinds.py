# SPDX-License-Identifier: MIT
"""Mutants of arguments of every kind: which values they may have, how these
are found, become simpler, outlive a change of the target, and what runs around
them."""
from mutant import Mutant

KINDS = "../script/test_kinds.py::test_"
COMPARE = "src/worker/compare.c"
CONFORM = "src/coordinator/conform.c"
DOMAIN = "src/base/domain.c"
SOLVE = "src/base/solve.c"
VALUE = "src/base/minimise_value.c"

MUTANTS = [
    Mutant("range-left", "kinds", "unit:test_domain", DOMAIN,
           "d->least + up_to(d->most - d->least, mixed)",
           "d->least + up_to(d->most, mixed)"),
    Mutant("zero-whatever-the-range", "kinds", "unit:test_domain", DOMAIN,
           "domain_value(kind, zero < d->least  ? d->least",
           "domain_value(kind, zero < d->least  ? zero"),
    Mutant("contradictory-limits", "kinds",
           KINDS + "contradictory_options_are_told_at_the_start",
           "src/worker/param.c", "if (d.least > d.most)",
           "if (d.least > d.most && !n->min)"),
    Mutant("initial-not-allowed", "kinds",
           KINDS + "contradictory_options_are_told_at_the_start",
           "src/worker/param.c", "!domain_has(&d, kind, value)))",
           "!d.limited))"),
    Mutant("saved-range-unchecked", "kinds",
           KINDS + "a_saved_value_outside_of_its_range_is_told", CONFORM,
           "return check_values(opt, in, err);",
           "return in->nargs ? 0 : check_values(opt, in, err);"),
    Mutant("common-values-lost", "kinds",
           KINDS + "files_survive_new_arguments", CONFORM,
           "for (uint32_t i = 0; i < common; i++)",
           "for (uint32_t i = 0; i < common && common == sig->nargs; i++)"),
    Mutant("worse-value-taken", "simpler values", "unit:test_minimise_value",
           VALUE, "is_simpler(m, m->candidate, m->best)) {",
           "m->candidate != m->best) {"),
    Mutant("refused-value-kept", "simpler values", "unit:test_minimise_value",
           VALUE, "    if (still_fails)\n",
           "    if (still_fails || m->stage == SEARCH)\n"),
    Mutant("no-neighbours", "comparisons", "unit:test_solve",
           "src/base/solve_value.c",
           "    solve_add_value(s, arg, value + 1);\n"
           "    solve_add_value(s, arg, value - 1);\n", ""),
    Mutant("candidate-not-allowed", "comparisons", "unit:test_solve", SOLVE,
           "        !domain_has(&s->sig->domain[arg], kind, value) ||\n", ""),
    Mutant("checksums-are-not-seen", "comparisons", "unit:test_solve_function",
           "src/base/solve_cell.c",
           "        s->candidate[first].checksum = (uint8_t)(i + 1);\n",
           "        ;\n"),
    Mutant("chance-is-no-doubt", "comparisons", "unit:test_solve_function",
           "src/base/solve_function.c", "        if (off & mask)\n",
           "        if (off & mask & 1)\n"),
    Mutant("noise-is-solved", "comparisons", "unit:test_operands",
           "src/base/operands.c", "        o->op[i].noise = !again_same;\n",
           "        o->op[i].noise = false;\n"),
    Mutant("colour-without-halves", "comparisons", "unit:test_colour",
           "src/base/colour.c",
           "        put(c, r.at + r.size / 2, r.size - r.size / 2);\n", ""),
    Mutant("recorded-for-ever", "comparisons", "unit:test_posix_disarm",
           COMPARE, "if (atomic_exchange(&compare_recording, false))",
           "if (atomic_load(&compare_recording))"),
    Mutant("calls-stay-put-back", "comparisons", "unit:test_posix_disarm",
           COMPARE, "        disarm_rewrite(DISARM_REMOVE);\n", "        ;\n"),
    Mutant("tear-down-untold", "around",
           KINDS + "a_failing_tear_down_fails_the_run_and_blames_no_input",
           "src/coordinator/process.c",
           "        (crash || end->words.kind == LAST_WORDS_CHECK ||\n",
           "        (crash ||\n"),
    Mutant("no-tear-down", "around", KINDS + "every_set_up_has_a_tear_down",
           "src/worker/worker.c", "is_set_up &= !nursery;",
           "is_set_up = false;"),
]
