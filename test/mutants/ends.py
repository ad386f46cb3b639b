# SPDX-License-Identifier: MIT
"""Mutants of the verdicts, a row of the matrix each, and of what is done about
an environment that fails us. Apart from processes.py, which has those of the
requirements on coordinator and workers, and the form."""
from mutant import Mutant


def row(name, row_and_build, file, old, new):
    """A mutant of one row, met by one cell of the matrix."""
    return Mutant(name, "verdict " + row_and_build.split("-")[0],
                  f"test_matrix.py::test_verdict[{row_and_build}]", file, old,
                  new)


def flipped(signal, row_name, crash=True):
    """The table of signals has it on the wrong side."""
    was, now = ("true", "false") if crash else ("false", "true")
    return row(f"flipped-{signal.lower()}", f"{row_name}-plain-gcc",
               "src/platform/posix_signal.c", f"{{{signal}, {was},",
               f"{{{signal}, {now},")


def environment(name, test, file, old, new):
    return Mutant(name, "environment", f"{test}", file, old, new)


ROOM = "test_environment.py::test_"
STUCK = "test_stuck.py::test_"
STOP = "test_stop.py::test_"
SLOW = "test_slow.py::test_"

MUTANTS = [
    # ---- rows ----
    row("checks-pass", "check-plain-gcc",
        "src/coordinator/receive.c",
        "bool failed = reply->status == REPLY_FAILED;",
        "bool failed = false && reply->status == REPLY_FAILED;"),
    flipped("SIGABRT", "abort"),
    flipped("SIGSEGV", "null"),
    flipped("SIGBUS", "bus"),
    flipped("SIGILL", "ill"),
    flipped("SIGFPE", "fpe"),
    flipped("SIGTRAP", "trap"),
    flipped("SIGSYS", "sys_kill"),
    flipped("SIGKILL", "killed", crash=False),
    flipped("SIGTERM", "terminated", crash=False),
    flipped("SIGHUP", "hung_up", crash=False),
    row("address-untold", "wild-plain-gcc",
        "src/platform/posix_fault.c",
        "        fault.address = (uint64_t)(uintptr_t)info->si_addr;\n",
        "        fault.address = 0;\n"),
    row("sys-not-caught", "sys_trap-plain-gcc",
        "src/platform/posix_fault.c",
        "SIGTRAP, SIGABRT, SIGSYS}", "SIGTRAP, SIGABRT}"),
    row("aborts-not-caught-by-asan", "abort-asan+ubsan-clang",
        "src/driver/sanitizer_options.c",
        '"handle_abort", "1"', '"handle_abort", "0"'),
    row("sigill-not-caught-by-asan", "ill-asan+ubsan-clang",
        "src/driver/sanitizer_options.c",
        '{"handle_sigill", "1"}', '{"handle_sigill", "0"}'),
    row("races-go-on", "race-tsan-gcc",
        "src/driver/sanitizer_options.c",
        '{TOOL_TSAN, "halt_on_error", "1"}',
        '{TOOL_TSAN, "report_bugs", "0"}'),
    row("overwriting-allowed", "overwrite-plain-gcc",
        "src/worker/runner.c", "if (!same_ends(",
        "if (r->exact && !same_ends("),
    row("exit-0-passes", "exit_0-plain-gcc",
        "src/coordinator/verdict.c",
        "    (void)snprintf(v->title, sizeof v->title, \"exit status %d\", "
        "code);\n",
        "    (void)snprintf(v->title, sizeof v->title, \"exit status %d\", "
        "code);\n"
        "    v->kind = code ? VERDICT_FAIL : VERDICT_OUTSIDE;\n"),
    row("exit-3-passes", "exit_3-plain-gcc",
        "src/coordinator/verdict.c",
        "    (void)snprintf(v->title, sizeof v->title, \"exit status %d\", "
        "code);\n",
        "    (void)snprintf(v->title, sizeof v->title, \"exit status %d\", "
        "code);\n"
        "    v->kind = code == 3 ? VERDICT_OUTSIDE : VERDICT_FAIL;\n"),
    *(row(f"running-unmarked-{name}", f"{name}-plain-gcc",
          "src/worker/runner.c",
          "    atomic_store_explicit(&region->running, 1, "
          "memory_order_release);\n", "")
      for name in ("exit_at_once", "quick_exit", "end_thread", "busy",
                   "sleep", "jump")),
    row("timeouts-confirmed-as-others", "sleep-plain-gcc",
        "src/coordinator/verdict.c", "    v->timeout = true;\n", ""),
    row("early-death-unnamed", "early_death-plain-gcc",
        "src/coordinator/verdict.c",
        "else if (end->state == PROCESS_STARTING)",
        "else if (end->state == PROCESS_DOWN)"),
    row("garbage-believed", "garbage-plain-gcc",
        "src/coordinator/process.c",
        "        process_kill(p, KILL_LIE);\n", ""),

    # ---- slow executions ----
    Mutant("known-hang-forgotten", "slow",
           SLOW + "a_known_hang_is_not_waited_for_again[gcc]",
           "src/coordinator/patience.c", "hang == SAME", "hang > SAME"),
    Mutant("hang-by-the-way-to-it", "slow",
           SLOW + "a_known_hang_is_not_waited_for_again[gcc]",
           "src/coordinator/failure.c",
           "    bool same = f->deepest > f->shared || ", "    bool same = "),
    Mutant("slow-is-a-hang", "slow", "unit:test_groups",
           "src/coordinator/failure.c",
           "    bool same = f->deepest > f->shared || ",
           "    bool same = true || "),
    Mutant("hang-not-waited-for", "slow",
           SLOW + "a_hang_is_found_and_told_from_what_is_only_slow[gcc]",
           "src/coordinator/patience.c",
           "(hang == UNLIKE && is_new_place(&run->patience, where))",
           "run->patience.nplaces == 0"),
    Mutant("slow-never-ended", "slow",
           SLOW + "slow_executions_get_a_share_of_the_time[plain-gcc]",
           "src/coordinator/patience.c",
           "        process_kill(p, KILL_SLOW);\n",
           "        process_let_go_on(p);\n"),
    Mutant("slow-by-the-limit-alone", "slow",
           SLOW + "a_target_that_is_always_slow_is_waited_for[gcc]",
           "src/coordinator/limits.c",
           "    if (l->slow_us < mean_us(l) * SLOW_FACTOR)\n"
           "        l->slow_us = mean_us(l) * SLOW_FACTOR;\n", ""),
    Mutant("first-time-is-a-measure", "slow",
           "../script/test_slow_entries.py::test_"
           "the_first_execution_of_a_process_is_no_measure[gcc]",
           "src/coordinator/corpus.c", "us < e->us", "false"),
    Mutant("slow-is-traced", "slow",
           "../script/test_slow_entries.py::test_"
           "what_takes_long_each_time_is_not_traced[gcc]",
           "src/coordinator/traces.c", "!e->slow", "true"),
    Mutant("slow-for-ever", "slow", "unit:test_corpus",
           "src/coordinator/corpus.c",
           "        e->slow = ", "        e->slow |= "),
    Mutant("peek-at-the-group", "slow",
           SLOW + "being_asked_ends_no_process_of_the_target[gcc]",
           "src/platform/posix_watch.c",
           "        if (catches(pid[n], POSIX_ASK_SIGNAL))\n"
           "            (void)kill((pid_t)pid[n], POSIX_ASK_SIGNAL);\n",
           "        (void)kill(-(pid_t)process->id, POSIX_ASK_SIGNAL);\n"),

    # ---- simultaneous crashes, reconstruction, kill -9 ----
    Mutant("late-crashes-dropped", "simultaneous",
           "test_simultaneous.py::"
           "test_no_simultaneous_crash_is_lost_or_mixed_up[4-3-gcc]",
           "src/coordinator/triage.c",
           "    enum likeness how;\n    struct failure *known =",
           "    if (run->stopping)\n        return;\n"
           "    enum likeness how;\n    struct failure *known ="),
    Mutant("arguments-unrecorded", "reconstruction",
           "test_reconstruction.py::"
           "test_the_input_of_a_death_is_what_is_saved[2-nothing-two-gcc]",
           "src/worker/runner.c",
           "        input_pack(in, r->packed);\n", "        return;\n"),
    Mutant("input-placed-where-it-is-recorded", "reconstruction",
           "test_reconstruction.py::"
           "test_the_input_of_a_death_is_what_is_saved[2-input-one-gcc]",
           "src/worker/place.h",
           "    uint8_t *to = place->end - place->terminated - size;\n",
           "    if (place->end)\n"
           "        return (uint8_t *)(uintptr_t)data;\n"
           "    uint8_t *to = place->end - place->terminated - size;\n"),
    Mutant("named-before-whole", "kill -9",
           "test_kill9.py::test_ten_kills_damage_and_lose_nothing",
           "src/platform/posix_file.c",
           "    int os = write_bytes(fd, data, size);\n"
           "    *unsupported = false;\n"
           "    if (!os) {\n"
           "        os = link_replacing(fd, dir, name);\n",
           "    int os = link_replacing(fd, dir, name);\n"
           "    *unsupported = false;\n"
           "    platform_sleep_us(3000);\n"
           "    if (!os) {\n"
           "        os = write_bytes(fd, data, size);\n"),
    Mutant("no-replacement", "kill -9",
           "test_kill9.py::test_a_killed_worker_is_replaced_and_named",
           "src/coordinator/receive.c",
           "#define MAX_BAD_ENDS 3", "#define MAX_BAD_ENDS 1"),

    Mutant("killed-at-start-ends-the-run", "kill -9",
           "test_kill9.py::test_so_is_the_first_one_before_it_has_answered",
           "src/coordinator/receive.c",
           "(run->greeted || v->kind == VERDICT_OUTSIDE)", "run->greeted"),

    # ---- the environment ----
    environment("no-second-stop",
                STOP + "a_second_stop_kills_at_once_and_says_130",
                "src/coordinator/coordinator.c",
                "run->killed_twice == false && n >= 2",
                "run->killed_twice == false && n >= 20"),
    *(environment(f"{name.lower()}-kills",
                  STOP + f"a_stop_ends_the_phase[fuzzing-{number}-gcc]",
                  "src/platform/posix_wait.c",
                  f"catch_signal({name}, on_interrupt) == 0", "true")
      for name, number in (("SIGINT", 2), ("SIGTERM", 15), ("SIGHUP", 1))),
    environment("told-each-time", ROOM + "a_full_disk_under_the_cache",
                "src/coordinator/receive.c",
                "} else if (!run->cache_write_failed) {", "} else {"),
    environment("half-files", ROOM + "a_full_disk_under_the_cache",
                "src/platform/posix_file.c",
                "    int os = write_bytes(fd, data, size);\n"
                "    *unsupported = false;\n",
                "    int os = 0;\n"
                "    (void)write_bytes(fd, data, size);\n"
                "    *unsupported = false;\n"),
    environment("unsaved-is-lost", ROOM + "a_full_disk_under_the_saved_inputs",
                "src/coordinator/report_failure.c",
                "        add_encoded(out, opt, f);\n", "        ;\n"),
    environment("no-advice-on-room", ROOM + "a_full_disk_under_the_cache",
                "src/platform/posix_error.c", "    case ENOSPC:\n", ""),
    environment("no-advice-on-read-only",
                ROOM + "a_read_only_cache[file system-gcc]",
                "src/platform/posix_error.c", "case EROFS:",
                "case EDOM:"),
    environment("no-advice-on-permission",
                ROOM + "read_only_saved_inputs[modes-gcc]",
                "src/platform/posix_error.c", "    case EACCES:\n", ""),
    environment("no-advice-on-limit",
                ROOM + "files_may_not_be_large_enough_for_anything",
                "src/platform/posix_error.c", "case EFBIG:", "case EDOM:"),
    environment("unreadable-seed-ignored",
                ROOM + "an_unreadable_seed_is_named_and_ends_the_run",
                "src/coordinator/load.c", "        l->bad++;\n", ""),
    environment("unreadable-entry-untold",
                ROOM + "unreadable_entries_of_the_cache_are_left_out_and_told",
                "src/coordinator/load.c", "if (!rc && l.left_out)",
                "if (!rc && l.left_out > 9)"),
    environment("unlistable-ignored",
                ROOM + "a_directory_that_cannot_be_listed_is_named"
                "[cache/t-gcc]",
                "src/platform/posix_dir.c",
                "if (!stream && errno == ENOENT)", "if (!stream)"),
    environment("never-swept", ROOM + "what_an_earlier_death_left_is_swept",
                "src/coordinator/load.c",
                "        platform_sweep_temporaries(run->cache_dir);\n", ""),
    environment("swept-from-the-living",
                ROOM + "what_an_earlier_death_left_is_swept",
                "src/platform/posix_dir.c",
                "return kill((pid_t)pid, 0) == 0 || errno != ESRCH;",
                "return false;"),
    environment("directories-made-once",
                ROOM + "directories_that_vanish_are_made_again",
                "src/platform/posix_file.c",
                "    int r = platform_make_dirs(dir, err);\n",
                "    static bool made;\n"
                "    int r = made ? 0 : platform_make_dirs(dir, err);\n"
                "    made = true;\n"),
    environment("no-descriptors-untold", ROOM + "no_descriptors_left[8-gcc]",
                "src/platform/posix_error.c", "case EMFILE:", "case EDOM:"),
    environment("all-of-the-arena",
                ROOM + "with_little_address_space_the_arena_is_smaller",
                "src/coordinator/corpus.c", "arena >= ARENA_LEAST",
                "arena >= ARENA_SIZE"),
    environment("no-memory-untold", ROOM + "no_memory_for_the_arena",
                "src/platform/posix_error.c", "case ENOMEM:", "case EDOM:"),
    environment("waits-for-the-unkillable",
                STUCK + "a_stop_does_not_wait_for_what_cannot_be_killed",
                "src/coordinator/process.c",
                "#define KILL_PATIENCE_US 5000000u",
                "#define KILL_PATIENCE_US 500000000u"),
    environment("asks-the-deaf", STUCK + "a_stop_ends_stuck_workers"
                "[2-deaf-gcc]",
                "src/platform/posix_process.c",
                "    (void)kill((pid_t)process->id, SIGKILL);\n"
                "    platform_kill_group(process);\n",
                "    (void)kill((pid_t)process->id, SIGTERM);\n"),
    environment("leaves-the-children", STUCK + "a_stop_ends_stuck_workers"
                "[2-vfork-gcc]",
                "src/platform/posix_process.c",
                "        (void)kill(-(pid_t)process->id, SIGKILL);\n",
                "        return;\n"),
    environment("not-beside-another",
                STUCK + "two_runs_share_their_directories",
                "src/platform/posix_file.c",
                "    if (!has_content(fd, name, data, size)) {\n",
                "    if (has_content(fd, name, data, size)) {\n"
                "        os = EEXIST;\n    } else {\n"),
]
