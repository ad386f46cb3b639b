# SPDX-License-Identifier: MIT
"""The requirements on coordinator and workers, and their mutants.

Each mutant breaks one mechanism in one place of the source. The old text must
stand in the file exactly once. The test is a pytest node without its directory
test/fault/, or "unit:PROGRAM" for a cmocka program.
"""
from typing import NamedTuple

REQUIREMENTS = {
    "R1.1": "a stop during a call cuts no message and blocks nothing",
    "R1.2": "messages of two calls never mix on a pipe",
    "R1.3": "a stop while a worker answers lets it finish",
    "R1.4": "a worker whose request pipe is closed exits with 0",
    "R1.5": "nothing is told of workers that we kill ourselves",
    "R2.1": "the empty input is run, mutated and can fail like every other",
    "R2.2": "the input that ended a worker is recovered and saved",
    "R2.3": "a find and a failure of one batch are both taken",
    "R2.4": "a worker that can't be started ends the run, as an error",
    "R2.5": "what the coordinator keeps of a region is its own copy",
    "R3.1": "the end of a run during a call touches no unmapped memory",
    "R3.2": "releasing a process twice, or one never begun, does nothing",
    "R3.3": "work that loses the race with a stop is no failure",
    "R3.4": "during a call nobody but the worker writes its input",
    "R3.5": "a corpus file that vanishes holds nothing up",
    "R4.1": "each worker has its own pipes and its own region",
    "R4.2": "a worker inherits no other descriptor",
    "R4.3": "no temporary file outlives the run, however it ends",
    "R4.4": "starting a worker changes no other process's environment",
    "R5.1": "workers that crash in one moment don't block the end",
    "R5.2": "none of their failures is lost",
    "R5.3": "what a worker is sending is always taken in",
    "R5.4": "a stop masks no failure, a failure no earlier one",
    "R5.5": "the run returns when every child has been reaped",
    "stop": "a stop reaches the coordinator only, and lets its work finish",
    "kill -9": "workers end with their coordinator",
    "lies": "nothing that a worker says is believed unchecked",
    "sealed": "no worker can write the shared memory",
}


class Mutant(NamedTuple):
    name: str
    requirement: str
    test: str
    file: str
    old: str
    new: str


CALLS = "test_requirements.py::test_"
ENDS = "test_requirements_end.py::test_"
LIES = "test_lying_worker.py::test_"

MUTANTS = [
    Mutant("cut-request", "R1.1",
           CALLS + "r1_1_close_during_call_never_truncates",
           "src/coordinator/process.c",
           "    p->leave_us = now_us;\n",
           "    p->leave_us = now_us;\n"
           "    (void)platform_write_all(p->requests, &p->request, 9, NULL);\n"),
    Mutant("ask-the-busy", "R1.2",
           CALLS + "r1_2_messages_never_interleave",
           "src/coordinator/dispatch.c",
           "if (process_is_ready(&w->process))",
           "if (process_is_ready(&w->process) ||\n"
           "    (w->process.state == PROCESS_BUSY && !run->stopping))"),
    Mutant("no-patience", "R1.3",
           CALLS + "r1_3_stop_while_a_worker_answers_lets_it_finish",
           "src/coordinator/coordinator.c",
           "now > asked + STOP_PATIENCE_US",
           "now > asked"),
    Mutant("exit-1", "R1.4",
           CALLS + "r1_4_after_close_the_worker_sees_the_end_and_exits_0",
           "src/worker/worker.c",
           "    guest_exit(0);\n",
           "    guest_exit(1);\n"),
    Mutant("tell-own-kills", "R1.5",
           CALLS + "r1_5_a_worker_we_kill_ourselves_is_no_news",
           "src/coordinator/receive.c",
           "bool asked = end->killed == KILL_STOP || ",
           "bool asked = "),
    Mutant("no-empty-failure", "R2.1",
           CALLS + "r2_1_empty_input_runs_mutates_and_fails",
           "src/coordinator/receive.c",
           "    if (size)\n        new_failure(run, &v, size, entry);\n"
           "    else if (!asked)",
           "    if (size > 4)\n        new_failure(run, &v, size, entry);\n"
           "    else if (!asked)"),
    Mutant("no-empty-input", "R2.1",
           CALLS + "r2_1_empty_input_runs_mutates_and_fails",
           "src/base/input.c",
           "size < at)",
           "size <= at)"),
    Mutant("input-unrecorded", "R2.2",
           CALLS + "r2_2_input_of_a_dead_worker_is_recovered[segv-gcc]",
           "src/worker/runner.c",
           "    r->region->input_size = (uint32_t)input_packed_size(in);\n",
           ""),
    Mutant("reply-lost-with-it", "R2.2",
           "unit:test_process",
           "src/coordinator/process.c",
           "words->kind == LAST_WORDS_CHECK ||",
           "words->kind == LAST_WORDS_ENGINE ||"),
    Mutant("find-lost-with-crash", "R2.3",
           CALLS + "r2_3_a_find_and_a_failure_together_are_both_kept[segv-gcc]",
           "src/coordinator/receive.c",
           "        if (end->killed != KILL_LIE)\n",
           "        if (end->killed != KILL_LIE && v.kind != VERDICT_FAIL)\n"),
    Mutant("start-failure-ignored", "R2.4",
           CALLS + "r2_4_a_worker_that_cannot_start_ends_the_run",
           "src/coordinator/dispatch.c",
           "run_trouble(run, OUTCOME_ENGINE, err.msg);",
           "run_trouble(run, OUTCOME_OK, err.msg);"),
    Mutant("borrowed-input", "R2.5",
           CALLS + "r2_5_kept_values_are_the_coordinators_own",
           "src/coordinator/failure.c",
           "    memcpy(f->packed, packed, size);\n",
           "    free(f->packed);\n"
           "    f->packed = (uint8_t *)(uintptr_t)packed;\n"),
    Mutant("unmap-at-end", "R3.1",
           CALLS + "r3_1_cleanup_during_a_call_touches_nothing_unmapped",
           "src/coordinator/process.c",
           "    p->os.id = 0;\n    p->state = PROCESS_DOWN;\n",
           "    p->os.id = 0;\n    p->state = PROCESS_DOWN;\n"
           "    platform_shared_free(&p->memory);\n"),
    Mutant("release-closes-0", "R3.2",
           "unit:test_process",
           "src/coordinator/process.c",
           "    if (!p->layout.magic)\n        return;\n",
           ""),
    Mutant("stop-blames-target", "R3.3",
           CALLS + "r3_3_losing_the_race_with_a_stop_is_no_failure",
           "src/coordinator/verdict.c",
           "    v->kind = VERDICT_OUTSIDE;\n"
           "    (void)snprintf(v->title, sizeof v->title, "
           "\"fuzzing process stopped\");\n",
           "    v->kind = VERDICT_FAIL;\n"
           "    (void)snprintf(v->title, sizeof v->title, "
           "\"fuzzing process stopped\");\n"),
    Mutant("interrupt-hits-workers", "stop",
           CALLS + "r1_1_close_during_call_never_truncates",
           "src/platform/posix_child.c",
           "    (void)setpgid(0, 0);\n",
           ""),
    Mutant("interrupt-hits-starting-ones", "stop",
           "test_stop.py::"
           "test_a_stop_while_a_worker_starts_is_not_the_workers",
           "src/platform/posix_child.c",
           "            (void)signal(s, SIG_IGN);\n",
           "            continue;\n"),
    Mutant("write-during-call", "R3.4",
           CALLS + "r3_4_the_region_is_the_workers_during_a_call",
           "src/coordinator/process.c",
           "        p->progress_us = now_us;\n    }\n",
           "        p->progress_us = now_us;\n    }\n"
           "    region->input_size = 0;\n"),
    Mutant("vanished-file-fatal", "R3.5",
           CALLS + "r3_5_a_vanished_corpus_file_holds_nothing_up",
           "src/coordinator/store.c",
           "    rc = reader->visit(",
           "    int unread = rc;\n"
           "    rc = unread ? unread : reader->visit("),
    Mutant("one-region-for-all", "R4.1",
           ENDS + "r4_1_each_worker_has_its_own_pipes_and_region",
           "src/coordinator/process.c",
           ".handles = {requests, replies, p->memory.handle,",
           ".handles = {requests, replies, ({\n"
           "    static platform_handle first;\n"
           "    first = first ? first : p->memory.handle;\n"
           "}),"),
    Mutant("inherit-more", "R4.2",
           ENDS + "r4_2_a_worker_inherits_nothing_else",
           "src/platform/posix_child.c",
           "    close_from(POSIX_FIRST_CHILD_FD + child->nfds);\n",
           ""),
    Mutant("output-stays", "R4.3",
           ENDS + "r4_3_no_temporary_outlives_any_end[normal-stops0-0-gcc]",
           "src/platform/posix_memory.c",
           "    return memfd_create(\"output\", MFD_CLOEXEC);\n",
           "    char path[4096];\n"
           "    (void)snprintf(path, sizeof path, \"%s/output-XXXXXX\",\n"
           "                   getenv(\"TMPDIR\"));\n"
           "    return mkostemp(path, O_CLOEXEC);\n"),
    Mutant("own-environment-changed", "R4.4",
           ENDS + "r4_4_starting_a_worker_changes_no_other_environment",
           "src/platform/posix_process.c",
           "    want_exit_statuses();\n    int r = start(",
           "    want_exit_statuses();\n"
           "    (void)setenv(\"THRESH_WORKER\", \"1 3 4 5 6\", 1);\n"
           "    int r = start("),
    Mutant("stuck-after-failure", "R5.1",
           ENDS + "r5_1_simultaneous_crashes_end_the_run[2-gcc]",
           "src/coordinator/receive.c",
           "    run->failure_running = false;\n",
           ""),
    Mutant("late-failures-dropped", "R5.2",
           ENDS + "r5_2_no_simultaneous_failure_is_lost[exit-4-gcc]",
           "src/coordinator/receive.c",
           "    enum failure_origin origin = FAILURE_FOUND;\n",
           "    enum failure_origin origin = FAILURE_FOUND;\n"
           "    if (run->stopping)\n        return;\n"),
    Mutant("half-replies-dropped", "R5.3",
           ENDS + "r5_3_what_a_worker_is_sending_is_always_taken",
           "src/coordinator/process.c",
           "        if (n == PLATFORM_AGAIN)\n            return false;\n",
           "        if (n == PLATFORM_AGAIN) {\n"
           "            p->reply_got = 0;\n            return false;\n"
           "        }\n"),
    Mutant("stop-masks-failure", "R5.4",
           ENDS + "r5_4_nor_does_a_failure_get_masked_by_a_later_stop",
           "src/coordinator/coordinator.c",
           "return run->nfailures ? OUTCOME_FAILURE",
           "return run->nfailures && !run->interrupts ? OUTCOME_FAILURE"),
    Mutant("not-reaped", "R5.5",
           ENDS + "r5_5_all_children_are_reaped_before_the_run_returns",
           "src/coordinator/process.c",
           "        while (!p->has_ended &&\n"
           "               platform_poll_exit(&p->os).kind == PLATFORM_RUNNING)\n"
           "            platform_sleep_us(200);\n",
           ""),
    Mutant("survive-coordinator", "kill -9",
           "test_kill9.py::test_workers_that_are_stuck_or_starting_go_too",
           "src/platform/posix_child.c",
           "    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);\n",
           ""),
    Mutant("starting-killed", "stop",
           "test_stop.py::test_work_on_a_failure_goes_on_long_after_the_stop",
           "src/coordinator/coordinator.c",
           "(!on_failure || run->interrupts > 0)",
           "(w->job.kind != JOB_FAILURE || run->interrupts > 0)"),
    Mutant("outbox-believed", "lies",
           LIES + "a_wrong_outbox_is_a_lie[outbox-gcc]",
           "src/coordinator/process.c",
           "    if (used > p->layout.outbox_size)\n",
           "    if (used > p->layout.outbox_size && used % 2 == 0)\n"),
    Mutant("record-believed", "lies",
           LIES + "a_wrong_record_is_a_lie[parent-none-gcc]",
           "src/base/protocol.c",
           "h.parent >= entries)",
           "h.parent > entries * 100000)"),
    Mutant("lies-forgiven", "lies",
           LIES + "a_worker_that_always_lies_ends_the_run_as_our_failure"
           "[garbage-gcc]",
           "src/coordinator/receive.c",
           "    if (++run->bad_ends < MAX_BAD_ENDS",
           "    if (run->bad_ends < MAX_BAD_ENDS"),
    Mutant("shared-writable", "sealed",
           LIES + "the_shared_memory_cannot_be_made_writable",
           "src/platform/posix_memory.c",
           "    if (!read_only)\n        return fcntl(fd, F_ADD_SEALS, seals);\n",
           "    read_only = false;\n"
           "    if (!read_only)\n        return fcntl(fd, F_ADD_SEALS, seals);\n"
           ),
]
