# SPDX-License-Identifier: MIT
"""Workers that fork: after its initialisation a worker only forks children
that run inputs, so that a death costs a fork (worker/nursery.h). What it looks
like from outside, when it must not happen, and that it changes no result. The
states of such a process are tested in test/unit/test_posix_nursery.c."""
import os
import signal

import pytest
from fault import (both_compilers, fill, fuzz,  # noqa: F401 (a fixture)
                   reap_adopted, wait_until)

pytestmark = [both_compilers, pytest.mark.engine]

# Notes each process that runs inputs, and its group, which is that of the
# worker it was forked from.
NOTING = """
#include "fault.h"
#include <thresh.h>
#include <pthread.h>
static FAULT_UNUSED void *idle(void *arg)
{
    sleep_for_ever();
    return arg;
}
#ifdef REFUSES
#include <errno.h>
static bool in_worker;
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    errno = EAGAIN;
    return in_worker ? -1 : __real_fork();
}
#endif
static void note_start(void)
{
    static bool noted;
    if (!noted)
        note("ran", "%d %d", (int)getpgrp(), (int)getpid());
    noted = true;
}
__attribute__((constructor)) static void initialise(void)
{
    if (starts_as_worker()) {
        @INIT@;
    }
}
__attribute__((noinline)) static FAULT_UNUSED bool
compares(const uint8_t *data, size_t size)
{
    unsigned n = 0;
    for (size_t i = 0; i + 3 < size; i++) {
        n += data[i] == 0x17;
        n += data[i + 1] > 0x99 && data[i + 2] < 0x88;
        n += (data[i] ^ data[i + 3]) == 0x31;
    }
    return size > 3 && data[0] % 4 == 1 && n < size * 4;
}
/* What a removed call is. */
static FAULT_UNUSED int nops(void)
{
    int n = 0;
    for (const char *at = (const char *)(uintptr_t)compares, *end = at + 200;
         at < end; at++)
        n += memcmp(at, "\\x0f\\x1f\\x44\\x00\\x00", 5) == 0;
    return n;
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    note_start();
    @RUN@;
}
"""

DIES = "if (in.size > 3 && in.data[0] % 4 == 1) abort()"
ENDLESS = ("-parallel=1", "-keepfuzzing", "-fuzzminimizetime=0x")
RUN = (*ENDLESS, "-seed=1", "-fuzztime=2000x")


def ran(fuzz):
    """(groups, processes) that ran inputs."""
    pairs = [line.split() for line in fuzz.notes("ran")]
    return {g for g, _ in pairs}, {p for _, p in pairs}


def build(fuzz, init="", run=DIES, *flags):
    fuzz.build(fill(NOTING, INIT=init, RUN=run), "-pthread", *flags)


def assert_forks(fuzz):
    groups, processes = ran(fuzz)
    assert len(processes) > 20
    # One for the search; those for a report have an environment of their own.
    assert len(groups) < 10
    assert groups.isdisjoint(processes)


def assert_starts_anew(fuzz):
    groups, processes = ran(fuzz)
    assert len(processes) > 20 and groups == processes


# ---- when ----

def test_after_a_death_the_next_process_is_a_fork(fuzz):
    build(fuzz)
    assert fuzz.run(*RUN).code == 1
    assert_forks(fuzz)


def test_each_worker_forks_its_own(fuzz):
    build(fuzz)
    run = fuzz.run("-parallel=3", *RUN[1:-1], "-fuzztime=9000x")
    assert run.code == 1 and run.execs() == 9000
    assert_forks(fuzz)


@pytest.mark.parametrize("value,forks", [("1", False), ("yes", False),
                                         ("0", True), ("", True)])
def test_the_user_can_forbid_it(fuzz, value, forks):
    build(fuzz)
    assert fuzz.run(*RUN, env={"THRESH_NO_FORK": value}).code == 1
    (assert_forks if forks else assert_starts_anew)(fuzz)


@pytest.mark.parametrize("init", [
    "pthread_t t; (void)pthread_create(&t, NULL, idle, NULL)",
    "if (fork() == 0) sleep_for_ever()",
    "(void)signal(SIGCHLD, SIG_IGN)",
    "(void)sigaction(SIGCHLD, &(struct sigaction){.sa_flags = SA_NOCLDWAIT}, "
    "NULL)",
], ids=["thread", "child", "sigchld-ignored", "no-zombies"])
def test_where_a_fork_is_not_the_same_workers_are_started_anew(fuzz, init):
    build(fuzz, init)
    run = fuzz.run(*RUN)
    assert run.code == 1 and run.execs() == 2000, run.text
    assert_starts_anew(fuzz)


def test_a_thread_of_the_target_is_no_hindrance_later(fuzz):
    """The child dies with it."""
    build(fuzz, run="pthread_t t; (void)pthread_create(&t, NULL, idle, NULL);"
          + DIES)
    assert fuzz.run(*RUN).code == 1
    assert_forks(fuzz)


@pytest.mark.parametrize("death,text", [("_exit(3)", "exit status 3"),
                                        ("raise(SIGFPE)", "SIGFPE")])
def test_what_a_child_leaves_behind_is_killed_before_the_next_starts(
        fuzz, death, text):
    """The nursery dies as its child did, and its group with it."""
    build(fuzz, run="""
        if (in.size > 3 && in.data[0] %% 4 == 1) {
            if (fork() == 0)
                sleep_for_ever();
            %s;
        }""" % death)
    run = fuzz.run(*RUN)
    assert run.code == 1 and run.execs() == 2000, run.text
    assert text in run.stdout
    groups, processes = ran(fuzz)
    assert len(groups) == len(processes) > 20


def test_a_run_ends_whose_worker_waits_to_fork(fuzz):
    """The last execution allowed is a death."""
    build(fuzz, run="_exit(3)")
    run = fuzz.run("-parallel=2", *ENDLESS[1:], "-seed=1", "-fuzztime=50x")
    assert run.code == 1 and run.execs() == 50, run.text


def test_a_worker_that_may_not_fork_serves_by_itself(fuzz):
    build(fuzz, "in_worker = true", DIES, "-Wl,--wrap=fork", "-DREFUSES")
    run = fuzz.run(*RUN)
    assert run.code == 1 and run.execs() == 2000, run.text
    assert_starts_anew(fuzz)


@pytest.mark.parametrize("forbid,processes", [("0", 2), ("1", 1)],
                         ids=["nursery", "coordinator"])
def test_orphans_that_end_are_reaped_while_the_worker_lives(fuzz, forbid,
                                                            processes):
    """Every execution leaves a process to whoever adopts orphans."""
    build(fuzz, run="""
        if (fork() == 0) {
            (void)fork();
            _exit(0);
        }
        (void)wait(NULL);
        if (in.size > 0 && atomic_fetch_add(&board()[0], 1) == 500) {
            note("counting", "");
            sleep_for_ever();
        }""")
    run = fuzz.start("-parallel=1", "-inputtimeout=60s",
                     env={"THRESH_NO_FORK": forbid})
    fuzz.wait_for_note("counting")
    wait_until(lambda: len(run.workers()) == processes, "orphans to end")
    parents = [run.process.pid, *run.workers()]
    wait_until(lambda: not any(is_zombie_of(p, *parents) for p in
                               os.listdir("/proc") if p.isdigit()),
               "orphans to be reaped")
    run.interrupt()
    assert run.end().code in (0, 1)


def is_zombie_of(pid, *parents):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return False
    return fields[0] == "Z" and int(fields[1]) in parents


# ---- what a child is ----

def test_initialisation_happens_once_and_its_output_is_not_repeated(fuzz):
    build(fuzz, init='note("init", "x"); printf("printed at start\\n")',
          run='if (in.size > 3 && in.data[0] % 4 == 1) exit(5)')
    run = fuzz.run(*RUN)
    assert run.code == 1
    assert_forks(fuzz)
    assert len(fuzz.notes("init")) == len(ran(fuzz)[0])
    assert "exit status 5" in run.stdout
    assert "printed at start" not in run.text


def test_signals_are_for_children_as_the_target_left_them(fuzz):
    """Blocked in the nursery, where no handler of the target's may run."""
    build(fuzz, init="""
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        (void)sigprocmask(SIG_BLOCK, &set, NULL)""", run="""
        sigset_t set;
        (void)sigprocmask(SIG_BLOCK, NULL, &set);
        for (int s = 1; s < 32; s++)
            if (sigismember(&set, s) != (s == SIGUSR2))
                note("wrong", "%d", s);
        """ + DIES)
    assert fuzz.run(*RUN).code == 1
    assert_forks(fuzz)
    assert fuzz.notes("wrong") == []


def test_call_sites_stay_disarmed(fuzz):
    """The first child removes its calls of comparison hooks, later ones begin
    without them."""
    build(fuzz, run="""
        static bool looked;
        if (!looked)
            note("nops", "%d", nops());
        looked = true;
        if (compares(in.data, in.size))
            abort()""")
    assert fuzz.run(*RUN).code == 1
    assert_forks(fuzz)
    first, *later = (int(n) for n in fuzz.notes("nops"))
    # Workers for a report are started anew, too.
    assert {n for n in later if n != first} and max(later) >= first + 3
    assert sum(n > first for n in later) > len(later) - 10


SANITIZERS = [("address", "heap-buffer-overflow"),
              ("undefined", "UndefinedBehaviorSanitizer"),
              ("memory", "use-of-uninitialized-value"),
              ("leak", "memory leaks")]


@pytest.mark.parametrize("name,text", SANITIZERS, ids=lambda v: v.split()[0])
def test_sanitizers_report_in_children(fuzz, name, text):
    flag = f"-fsanitize={name}"
    probe = fuzz.cc.write("probe.c", "int main(void) { return 0; }")
    if fuzz.cc.run(flag, probe, "-o", "probe", check=False).returncode:
        pytest.skip("not with this compiler")
    build(fuzz, "", """
        if (in.size < 4 || in.data[0] % 4 != 1)
            return;
        static volatile int sink;
        volatile int one = 1;
        char *block = malloc(one == 1 ? 10 : 20);
        if (!strcmp(SANITIZER, "address"))
            sink = block[one * 10];
        else if (!strcmp(SANITIZER, "undefined"))
            sink = 0x7fffffff + one;
        else if (!strcmp(SANITIZER, "memory"))
            if (block[0])
                sink = 2;
            else
                sink++;
        else
            block = NULL;""", flag, f'-DSANITIZER="{name}"')
    run = fuzz.run(*RUN[:-1], "-fuzztime=500x")
    assert run.code == 1 and text in run.stdout, run.text
    assert len(ran(fuzz)[1]) > len(ran(fuzz)[0])


# ---- results ----

# Finds things, and dies in several ways at several places.
SEARCHED = """
#include <thresh.h>
#include <stdlib.h>
#include <unistd.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    static volatile unsigned seen[8];
    for (size_t i = 0; i < in.size; i++) {
        switch (in.data[i] & 7) {
        case 0: if (i == 3) seen[0]++; break;
        case 1: if (in.size > 20) seen[1]++; break;
        case 2: seen[2] += in.data[i] > 0x80 ? 2 : 1; break;
        case 3: if (i && in.data[i - 1] == 3) abort(); break;
        case 4: if (i > 5 && in.data[i - 2] == 9) _exit(3); break;
        case 5: if (in.data[i] == 0xfd) *(volatile int *)16 = 1; break;
        default: seen[6]++;
        }
    }
}
"""


# Seeds with which processes that were started anew once looked at comparisons by
# probes that others had by callbacks.
@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("flags", [[], ["-fsanitize=address"]],
                         ids=["plain", "asan"])
def test_results_are_the_same_with_and_without_forks(fuzz, flags, seed):
    fuzz.build(SEARCHED, *flags)
    left = []
    for value in ("0", "1"):
        run = fuzz.run("-parallel=1", "-keepfuzzing", "-fuzzminimizetime=20x",
                       f"-seed={seed}", "-fuzztime=8000x",
                       f"-cachedir=cache{value}", f"-testdata=data{value}", env={"THRESH_NO_FORK": value})
        assert run.code == 1 and run.execs() == 8000, run.text
        left.append([[p.name for p in fuzz.files(f"{folder}{value}/t")]
                     for folder in ("cache", "data")])
    assert left[0] == left[1]
    assert len(left[0][0]) > 5 and len(left[0][1]) >= 2


# ---- kills from outside ----

def test_a_killed_child_is_named_and_replaced_by_a_fork(fuzz):
    build(fuzz, run="""
        if (in.size > 0 && atomic_fetch_add(&board()[0], 1) == 50) {
            note("kill me", "%d", (int)getpid());
            sleep_for_ever();
        }""")
    run = fuzz.start("-parallel=1", "-fuzztime=1000x", "-inputtimeout=60s")
    fuzz.wait_for_note("kill me")
    os.kill(int(fuzz.notes("kill me")[0]), signal.SIGKILL)
    assert run.end().code == 0, run.text
    assert run.stderr.count("signal: killed") == 1 and fuzz.saved() == []
    groups, processes = ran(fuzz)
    assert len(groups) == 1 and len(processes) == 2


def test_a_killed_nursery_takes_its_child_along(fuzz):
    build(fuzz, run="""
        if (in.size > 0 && atomic_fetch_add(&board()[0], 1) == 50) {
            note("kill me", "%d", (int)getpgrp());
            sleep_for_ever();
        }""")
    run = fuzz.start("-parallel=1", "-fuzztime=1000x", "-inputtimeout=60s")
    fuzz.wait_for_note("kill me")
    os.kill(int(fuzz.notes("kill me")[0]), signal.SIGKILL)
    assert run.end().code == 0, run.text
    assert run.stderr.count("signal: killed") == 1 and fuzz.saved() == []
    assert len(ran(fuzz)[0]) == 2


def test_with_the_coordinator_nursery_and_child_go(fuzz):
    build(fuzz, run='if (in.size > 3) { note("stuck", "x"); '
          'sleep_for_ever(); }')
    run = fuzz.start("-parallel=2", "-inputtimeout=60s")
    fuzz.wait_for_note("stuck", 2)
    assert len(run.workers()) == 4
    run.process.kill()
    run.process.wait()

    def gone():
        reap_adopted()
        return run.processes() == []
    wait_until(gone, "the workers to end")


# ---- lies ----

# A worker can make up its own death, which harms nobody else: neither does the
# coordinator hang, nor is anything left.
LIES = {
    "end": "end(1, REPLY_SIGNALLED, SIGSEGV)",
    "end-then-exit": "end(1, REPLY_SIGNALLED, SIGSEGV); _exit(2)",
    "ends": "end(1, 0, 7); end(1, 0, 7); end(1, 0, 7)",
    "end-of-nobody": "end(12345, 0, 7)",
    "end-of-all": "for (uint64_t i = 0; i < 100; i++) end(i, 0, 7)",
    "wrong-signal": "end(1, REPLY_SIGNALLED, 1u << 31)",
    "end-then-garbage": "end(1, 0, 7); for (int i = 0; i < 99; i++) "
                        "end(~0u, ~0u, ~0u)",
    "parent-killed": "(void)kill(getppid(), SIGKILL); sleep_for_ever()",
    "requests-eaten": "char c[4096]; (void)!read(FD_REQUESTS, c, 1); _exit(3)",
    "requests-drained": "if (fork() == 0) { char c; "
                        "while (read(FD_REQUESTS, &c, 1)) {} } _exit(3)",
}

LIAR = """
#include "fault.h"
#include <thresh.h>
static FAULT_UNUSED void end(uint64_t id, uint32_t flags, uint32_t code)
{
    struct reply reply = {.magic = PROTOCOL_MAGIC,
                          .version = PROTOCOL_VERSION,
                          .status = REPLY_ENDED,
                          .flags = flags,
                          .id = id,
                          .done = code};
    if (write(FD_REPLIES, &reply, sizeof reply) != sizeof reply)
        abort();
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size > 0 && (!getenv("ONCE") || !atomic_exchange(&board()[0], 1))) {
        @LIE@;
    }
}
"""


@pytest.mark.parametrize("lie", [
    pytest.param(lie, marks=pytest.mark.long if lie == "requests-drained"
                 else ()) for lie in LIES])
def test_a_worker_that_invents_its_end_harms_itself_alone(fuzz, lie):
    fuzz.build(fill(LIAR, LIE=LIES[lie]))
    run = fuzz.run(*ENDLESS[1:], "-parallel=2", "-fuzztime=1000x")
    assert run.code in (0, 1, 3), run.text
    fuzz.assert_whole(fuzz.saved())


@pytest.mark.parametrize("lie", LIES)
def test_after_one_invented_end_the_run_goes_on(fuzz, lie):
    fuzz.build(fill(LIAR, LIE=LIES[lie]))
    run = fuzz.run(*ENDLESS[1:], "-parallel=2", "-fuzztime=5000x",
                   "-inputtimeout=1s", env={"ONCE": "1"})
    assert run.code in (0, 1), run.text
    assert run.execs() == 5000
