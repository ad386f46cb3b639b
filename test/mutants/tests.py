# SPDX-License-Identifier: MIT
"""Mutants of test mode, of its forms, and of the turns of several targets."""
from mutant import Mutant

MODE = "../script/test_test_mode.py::test_"
FORMS = "../script/test_forms.py::test_"
SEVERAL = "../script/test_several.py::test_"
REPLAY = "src/coordinator/replay.c"
ROUNDS = "src/coordinator/rounds.c"

MUTANTS = [
    Mutant("told-as-they-end", "tests",
           MODE + "results_do_not_depend_on_the_number_of_workers[gcc-8]",
           REPLAY, "while (r->count && item_at(r, 0)->state == ITEM_DONE)",
           "for (; r->count; item_at(r, 0)->state = ITEM_DONE)"),
    Mutant("one-by-one", "tests",
           MODE + "inputs_run_side_by_side_and_are_told_in_order[gcc]",
           REPLAY, "    for (unsigned i = 0; i < r->allowed; i++)\n"
           "        give_work(",
           "    for (unsigned i = 0; i < 1; i++)\n        give_work("),
    Mutant("all-at-once", "tests", MODE + "quick_inputs_take_few_workers[gcc]",
           REPLAY, "    r->allowed = 1;\n", "    r->allowed = r->nlanes;\n"),
    Mutant("killed-is-a-pass", "tests",
           MODE + "a_process_killed_from_outside_is_no_pass[gcc]",
           "src/driver/test_mode.c",
           "if (!ran || r->verdict->kind != VERDICT_PASS)",
           "if (ran && r->verdict->kind != VERDICT_PASS)"),
    Mutant("timed-out-without-stack", "tests",
           MODE + "timeout_fails_what_runs_and_says_what_did_not[gcc]",
           REPLAY, "            process_end_hang(p, now);",
           "            process_kill(p, KILL_HANG);"),
    Mutant("interrupted-is-a-pass", "tests",
           MODE + "an_interrupted_run_of_tests_has_not_passed[gcc]",
           "src/driver/driver.c",
           "if (tests.interrupted && tests.outcome == OUTCOME_OK)",
           "if (tests.interrupted && tests.outcome != OUTCOME_OK)"),
    Mutant("directive-in-a-name", "forms",
           FORMS + "tap_of_a_name_that_looks_like_a_directive[gcc]",
           "src/coordinator/tap.c", "(*name == '#' && !digit)",
           "(*name == '#' && digit && !*name)"),
    Mutant("plan-after-bailing-out", "forms",
           FORMS + "tap_that_ends_early_has_no_plan[gcc]",
           "src/coordinator/tap.c", "    if (why)\n", "    if (why && !why)\n"),
    Mutant("xml-as-it-comes", "forms",
           FORMS + "junit_has_a_suite_for_each_target[gcc]",
           "src/base/xml.c", "else if (code == '&')", "else if (code == 0)"),
    Mutant("error-is-a-failure", "forms",
           FORMS + "junit_calls_what_has_no_verdict_an_error[gcc]",
           "src/coordinator/junit.c", 'error ? "error" : "failure"',
           'error ? "failure" : "failure"'),
    Mutant("lost-results-untold", "forms",
           FORMS + "junit_that_cannot_be_written_is_our_failure[gcc]",
           "src/driver/driver.c", "    if (forms_end(why, &err) == 0)\n",
           "    if (forms_end(why, &err) <= 0)\n"),
    Mutant("early-end-ends-all", "several",
           SEVERAL + "a_failure_ends_its_own_target_alone[gcc]", ROUNDS,
           "    return r->active == 0 ||", "    return r->active < r->n ||"),
    Mutant("last-one-forgotten", "several",
           SEVERAL + "executions_are_shared_to_the_last_one[gcc-1001]", ROUNDS,
           "(r->left + turns - 1) / turns", "r->left / turns + (r->left < 2)"),
    Mutant("one-turn-only", "several",
           SEVERAL + "a_target_goes_on_where_its_last_turn_ended[gcc]", ROUNDS,
           "    while (!is_over(&r))\n", "    if (!is_over(&r))\n"),
    Mutant("paused-for-ever", "several",
           SEVERAL + "a_target_goes_on_where_its_last_turn_ended[gcc]",
           "src/coordinator/coordinator.c",
           "    run->paused = false;\n    atomic_store(",
           "    run->paused &= run->paused;\n    atomic_store("),
]
