# SPDX-License-Identifier: MIT
"""Slow executions of the search: a hang that is known is not waited for again,
and executions that are only slow get a share of the time. How long each one
was let run is measured by the target itself, by the processor time it used."""
import re

import pytest
from fault import both_compilers, fill, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

# spin() uses up so many milliseconds of the processor, and leaves a note when
# it begins and when it ends, or after half of the limit of 3 s.
SPINS = """
#define _GNU_SOURCE
#include "fault.h"
#include <time.h>
#include <thresh.h>
#define APART __attribute__((noinline))
static volatile unsigned long turns;
static unsigned long used_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (unsigned long)t.tv_sec * 1000 + (unsigned long)t.tv_nsec / 1000000;
}
APART static void turn(void)
{
    for (int i = 0; i < 1000; i++)
        turns++;
}
APART static void spin(unsigned long ms)
{
    unsigned long from = used_ms();
    int late = 0;
    note("began", "%lu", ms);
    while (ms == 0 || used_ms() - from < ms) {
        turn();
        if (!late && used_ms() - from > 1500) {
            note("late", "%lu", ms);
            late = 1;
        }
    }
    note("ended", "%lu", ms);
}
"""
FLAGS = ("-parallel=1", "-seed=1", "-inputtimeout=3s", "-keepfuzzing",
         "-fuzzminimizetime=0x")

HANGS = SPINS + """
APART static void turn_back(void)
{
    for (int i = 0; i < 1000; i++)
        turns--;
}
APART static void loop(void)
{
    unsigned long from = used_ms();
    int late = 0;
    for (note("began", "0");;) {
        turn();
        turn_back();
        if (!late && used_ms() - from > 1500) {
            note("late", "0");
            late = 1;
        }
    }
}
APART static void one_way(void) { loop(); turns++; }
APART static void other_way(void) { loop(); turns++; }
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size == 5 && in.data[0] % 8 == 1)
        one_way();
    if (in.size == 5 && in.data[0] % 8 == 2)
        other_way();
}
"""


def test_a_known_hang_is_not_waited_for_again(fuzz):
    fuzz.build(HANGS)
    run = fuzz.run(*FLAGS, "-fuzztime=1500x")
    assert run.code == 1 and run.execs() == 1500, run.text
    began = len(fuzz.notes("began"))
    assert began > 5, "hangs seldom; the test says nothing"
    # The first, and the one that confirms it.
    assert len(fuzz.notes("late")) == 2, run.text
    # It is one hang, by whichever way it is reached, and each time counts.
    assert run.stdout.count("FAIL t: timeout after 3.00s\n") == 1, run.text
    assert f" {began - 1}  timeout after 3.00s" in run.stdout, run.text


def test_a_hang_is_found_and_told_from_what_is_only_slow(fuzz):
    """Which of the two is met first is chance; that one is waited for must not
    hide the other."""
    fuzz.build(SPINS + """
        APART static void hang(void)
        {
            for (note("began", "0");;)
                turn();
        }
        APART static void slow(void) { spin(700); turns++; }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 5 && in.data[0] % 8 == 1)
                hang();
            if (in.size == 5 && in.data[0] % 8 == 2)
                slow();
        }
        """)
    run = fuzz.run(*FLAGS, "-fuzztime=1500x")
    assert run.code == 1 and run.execs() == 1500, run.text
    began = fuzz.notes("began")
    hung, slow = began.count("0"), began.count("700")
    assert min(hung, slow) > 3, "seldom; the test says nothing"
    assert run.stdout.count("FAIL t: ") == 1, run.text
    assert f" {hung - 1}  timeout after 3.00s" in run.stdout, run.text
    ended = len(fuzz.notes("ended"))
    assert 0 < ended < 4
    assert f"fuzz: {slow - ended} slow executions were ended" in run.stderr


SLOW = SPINS + """
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size == 5 && in.data[0] % 8 == 1)
        spin(@MS@);
}
"""


@pytest.mark.parametrize("flags", [
    pytest.param((), id="plain"),
    pytest.param(("-fsanitize=address,undefined",), id="asan",
                 marks=pytest.mark.long)])
def test_slow_executions_get_a_share_of_the_time(fuzz, flags):
    fuzz.build(fill(SLOW, MS=700), *flags)
    run = fuzz.run(*FLAGS, "-fuzztime=3000x")
    assert run.code == 0 and run.execs() == 3000, run.text
    began, ended = len(fuzz.notes("began")), len(fuzz.notes("ended"))
    assert began > 4, "slow seldom; the test says nothing"
    # The first at a place is waited for; it may be caught at several.
    assert 0 < ended < 4, run.text
    assert re.search(rf"^fuzz: {began - ended} slow executions were ended after "
                     r"0\.\d\ds each; slow ones get an eighth of the time$",
                     run.stderr, re.M), run.text
    assert fuzz.saved() == []


def test_without_a_limit_all_slow_executions_are_waited_for(fuzz):
    fuzz.build(fill(SLOW, MS=200))
    run = fuzz.run("-parallel=1", "-seed=1", "-inputtimeout=0",
                   "-fuzztime=500x")
    assert run.code == 0, run.text
    assert len(fuzz.notes("ended")) == len(fuzz.notes("began")) > 2
    assert "slow" not in run.stderr, run.text


def test_a_target_that_is_always_slow_is_waited_for(fuzz):
    """A second, where the usual execution takes 200 ms."""
    fuzz.build(fill(SLOW, MS=1000).replace("if (in", "spin(200);\n    if (in"))
    fuzz.seed("a", b"1234")
    run = fuzz.run("-parallel=1", "-seed=1", "-inputtimeout=3s",
                   "-fuzztime=40x")
    assert run.code == 0, run.text
    assert len(fuzz.notes("ended")) == len(fuzz.notes("began"))


def test_being_asked_ends_no_process_of_the_target(fuzz):
    """A slow execution is asked where it is by a signal, which a program that
    the target has started has no handler for."""
    fuzz.build(SPINS + """
        #include <spawn.h>
        #include <sys/wait.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            char *argv[] = {"sh", "-c", "read line; exit 3", NULL};
            int fd[2], status;
            pid_t pid;
            if (in.size != 5)
                return;
            posix_spawn_file_actions_t actions;
            posix_spawn_file_actions_init(&actions);
            THRESH_CHECK(pipe2(fd, O_CLOEXEC) == 0);
            posix_spawn_file_actions_adddup2(&actions, fd[0], 0);
            THRESH_CHECK(!posix_spawn(&pid, "/bin/sh", &actions, NULL, argv,
                                      environ));
            spin(500);
            close(fd[0]);
            close(fd[1]);
            THRESH_CHECK(waitpid(pid, &status, 0) == pid);
            THRESH_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
            posix_spawn_file_actions_destroy(&actions);
        }
        """)
    run = fuzz.run("-parallel=1", "-seed=1", "-inputtimeout=3s",
                   "-fuzztime=300x")
    assert run.code == 0, run.text
    assert fuzz.notes("ended"), run.text
