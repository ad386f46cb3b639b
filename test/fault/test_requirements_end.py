# SPDX-License-Identifier: MIT
"""The requirements on worker processes (R4) and on how a run ends (R5), one
test each. Those on calls, inputs and memory (R1 to R3) are in
test_requirements.py."""
import os
import re
import signal
import time

import pytest
from fault import WRAP, both_compilers, fill, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

# Each of the numbers 0 to @SITES@ - 1 waits in the target until all others do,
# in other workers; then all fail in one moment, each in its own way.
BARRIER = """
#include "fault.h"
#include <thresh.h>
@EXTRA@
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    unsigned all = (1u << @SITES@) - 1;
    if (in.size < 8)
        return;
    int site = in.data[0] % @SITES@;
    unsigned before = atomic_fetch_or(&board()[0], 1u << site);
    if (before & 1u << site && atomic_load(&board()[0]) != all)
        return;
    while (atomic_load(&board()[0]) != all)
        usleep(1000);
    @FAIL@;
}
"""


def barrier(sites, fail, extra=""):
    return fill(BARRIER, SITES=sites, FAIL=fail, EXTRA=extra)


# ---- R4: processes ----

DESCRIPTORS = """
#include <dirent.h>
#include "fault.h"
#include <thresh.h>
static void note_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *e;
    while ((e = readdir(dir))) {
        struct stat st;
        int fd = atoi(e->d_name);
        if (e->d_name[0] != '.' && fd != dirfd(dir) && fstat(fd, &st) == 0)
            note("descriptors", "%d %d %d %lu:%lu", (int)getpgrp(),
                 (int)getpid(), fd, (unsigned long)st.st_dev,
                 (unsigned long)st.st_ino);
    }
    closedir(dir);
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    static uint64_t calls;
    if (calls++ == 0)
        note_descriptors();
    if (atomic_load(&region()->execs) != calls)
        note("foreign", "%d", (int)getpid());
    @END@
}
"""
ENDS_OF_WORKERS = """
    if (in.size > 9 && in.data[0] == 'x')
        _exit(in.data[1] & 3);
"""


def descriptors(fuzz, of="pid"):
    """{pid or group: {fd: identity}}; a group is a worker with the forks that
    follow one another in it, and have what it has."""
    table = {}
    for line in fuzz.notes("descriptors"):
        group, pid, fd, identity = line.split()
        held = table.setdefault(pid if of == "pid" else group, {})
        assert held.setdefault(int(fd), identity) == identity
    return table


def test_r4_1_each_worker_has_its_own_pipes_and_region(fuzz):
    # None ends early: a worker's region is that of the next in its place.
    fuzz.build(fill(DESCRIPTORS, END=""))
    for i in range(40):
        fuzz.seed(f"s{i}", bytes([i]))
    run = fuzz.run("-parallel=6", "-fuzztime=30000x")
    table = descriptors(fuzz, of="group")
    assert 2 <= len(table) <= 6, run.text
    for fd in (3, 4, 5):
        held = [t[fd] for t in table.values()]
        assert len(set(held)) == len(held), f"descriptor {fd} is shared"
    assert len({t[6] for t in table.values()}) == 1
    assert fuzz.notes("foreign") == []


def test_r4_2_a_worker_inherits_nothing_else(fuzz):
    """Not those of other workers, nor what we have open ourselves, also when
    it was started late, in place of one that died."""
    fuzz.build(fill(DESCRIPTORS, END=ENDS_OF_WORKERS))
    fuzz.seed("almost", b"x" * 9)  # one byte more is the end of a worker
    ours = os.open("/dev/null", os.O_RDONLY)
    run = fuzz.run("-parallel=4", "-fuzztime=2000x", "-keepfuzzing",
                   "-fuzzminimizetime=5x", pass_fds=[ours])
    os.close(ours)
    assert run.code == 1, run.text
    table = descriptors(fuzz)
    assert len(table) > 4, "no worker was started anew"
    assert {tuple(sorted(t)) for t in table.values()} == {tuple(range(7))}


WAYS_TO_END = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    const char *way = getenv("WAY");
    if (in.size < 4)
        return;
    note("began", "%s", way);
    if (strcmp(way, "crash") == 0)
        abort();
    if (strcmp(way, "suicide") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(way, "stuck") == 0)
        sleep_for_ever();
    if (strcmp(way, "unstartable") == 0) {
        (void)chmod("fuzz", 0600);
        abort();
    }
}
"""


@pytest.mark.parametrize("way,stops,code", [
    ("normal", [], 0),
    ("crash", [], 1),
    ("suicide", [], 1),
    ("unstartable", [], 1),
    ("stuck", [signal.SIGINT], 0),
    ("stuck", [signal.SIGTERM], 0),
    ("stuck", [signal.SIGHUP], 0),
    ("stuck", [signal.SIGINT, signal.SIGINT], 130),
])
def test_r4_3_no_temporary_outlives_any_end(fuzz, way, stops, code):
    """The rest is in Run.end(): no file, no segment, no process."""
    fuzz.build(WAYS_TO_END)
    run = fuzz.start("-parallel=2", "-fuzztime=2000x", env={"WAY": way})
    if stops:
        fuzz.wait_for_note("began", 2)
    for n, number in enumerate(stops):
        if n:
            time.sleep(0.3)  # two that come at once count as one
        run.interrupt(number)
    assert run.end().code == code, run.text
    assert {p.name for p in fuzz.cwd.iterdir()} <= {
        "fuzz", "fuzz.c", "tmp", "cache", "testdata", "began", "stdout-0",
        "stderr-0"}


def test_r4_4_starting_a_worker_changes_no_other_environment(fuzz):
    """All workers see the same, and so does the coordinator at its end.
    (Sanitizers get options that depend on what a worker is for. Without forks
    each death is followed by a start.)"""
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        extern char **environ;
        static char **arguments;
        static void note_all(const char *file, bool worker)
        {
            char text[900] = "";
            size_t used = 0;
            for (char **a = arguments; *a; a++)
                used += (size_t)snprintf(text + used, sizeof text - used,
                                         "%s ", *a);
            uint64_t hash = 5381;
            for (char **e = environ; *e; e++)
                if (strncmp(*e, "THRESH_WORKER=", 14) != 0 &&
                    !strstr(*e, "SAN_OPTIONS="))
                    for (char *c = *e; ; c++) {
                        hash = hash * 33 + (unsigned char)*c;
                        if (!*c)
                            break;
                    }
            note(file, "%s%llx %s", text, (unsigned long long)hash,
                 worker ? "" : getenv("THRESH_WORKER") ? "worker!" : "");
        }
        static void at_end(void)
        {
            note_all("coordinator", false);
        }
        __attribute__((constructor)) static void start(int argc, char **argv)
        {
            (void)argc;
            arguments = argv;
            if (starts_as_worker()) {
                note_all("worker", true);
            } else {
                note_all("coordinator", false);
                (void)atexit(at_end);
            }
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size > 9 && in.data[0] == 'x')
                _exit(in.data[1] & 3);
            if (getenv("THRESH_WORKER"))
                note("leak", "the target sees the variable");
        }
        """)
    fuzz.seed("nearly", b"x" * 9)
    run = fuzz.run("-parallel=4", "-fuzztime=500x", "-keepfuzzing",
                   "-fuzzminimizetime=5x", env={"THRESH_NO_FORK": "1"})
    assert run.code == 1, run.text
    seen = fuzz.notes("worker")
    assert len(seen) > 4 and len(set(seen)) == 1
    assert fuzz.notes("coordinator") == [seen[0]] * 2
    assert fuzz.notes("leak") == []


# ---- R5: the end ----

def reported(run):
    """The paths of the reports' saved files."""
    return re.findall(r"^ +saved +(\S+)$", run.stdout, re.M)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_r5_1_simultaneous_crashes_end_the_run(fuzz, k):
    """Failures of one kind count as one; at least one is saved."""
    fuzz.build(barrier(k, "raise(SIGSEGV)"))
    run = fuzz.run(f"-parallel={k}", "-inputtimeout=50s",
                   "-fuzzminimizetime=20x")
    assert run.code == 1, run.text
    assert len(fuzz.saved()) >= 1
    assert [str(p.relative_to(fuzz.cwd)) for p in fuzz.saved()] == sorted(
        reported(run))
    fuzz.assert_whole(fuzz.saved())
    for path in fuzz.saved():
        fuzz.assert_reproduces(path)


WAYS_TO_FAIL = {
    "exit": "_exit(40 + site)",
    "check": "\n".join(f'THRESH_CHECK(site != {i});' for i in range(8)),
}


@pytest.mark.parametrize("k", [2, 4, 8])
@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_r5_2_no_simultaneous_failure_is_lost(fuzz, way, k):
    fuzz.build(barrier(k, WAYS_TO_FAIL[way]))
    run = fuzz.run(f"-parallel={k}", "-inputtimeout=50s",
                   "-fuzzminimizetime=20x")
    assert run.code == 1, run.text
    saved = [str(p.relative_to(fuzz.cwd)) for p in fuzz.saved()]
    assert len(saved) == k and saved == sorted(reported(run)), run.text
    sites = set()
    for path in fuzz.saved():
        sites.add(path.read_bytes()[0] % k)
        fuzz.assert_reproduces(path)
    assert sites == set(range(k))
    first = re.search(r"^--- FAIL: t .*\n    FAIL t: ", run.stdout, re.M)
    assert first and run.stdout.count("--- FAIL") == 1


def test_r5_3_what_a_worker_is_sending_is_always_taken(fuzz):
    """Four failures at once, of which each answer comes in two pieces, and
    much output before."""
    fuzz.build(barrier(4, """
        for (int i = 0; i < 20000; i++)
            puts("a line of what a talkative target writes, and more of it");
        """ + WAYS_TO_FAIL["check"], """
        #include "relay.h"
        __attribute__((constructor)) static void slow(void)
        {
            relay_pause_us = 30000;
        }
        """))
    run = fuzz.run("-parallel=4", "-inputtimeout=50s", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    assert len(fuzz.saved()) == 4 and len(reported(run)) == 4
    assert [n for n in fuzz.notes("wire") if n != "end"] == []


AFTER_STOP = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size < 4)
        return;
    note("began", "%d", (int)getpid());
    if (atomic_exchange(&board()[0], 1) == 0)
        while (!stop_is_asked())
            usleep(1000);
    @FAIL@;
}
"""


@pytest.mark.parametrize("way", ["abort()", "_exit(0)", "THRESH_CHECK(false)"])
@pytest.mark.parametrize("by", ["interrupt",
                                pytest.param("time", marks=pytest.mark.long)])
def test_r5_4_a_stop_never_masks_a_failure(fuzz, way, by):
    """The failure comes when the run has been told to stop."""
    fuzz.build(fill(AFTER_STOP, FAIL=way))
    if by == "time":
        run = fuzz.start("-parallel=1", "-fuzztime=4s")
    else:
        run = fuzz.start("-parallel=1")
        fuzz.wait_for_note("began")
        run.interrupt()
    assert run.end().code == 1, run.text
    assert len(fuzz.saved()) == 1 and len(reported(run)) == 1
    fuzz.assert_whole(fuzz.saved())


def test_r5_4_nor_does_a_failure_get_masked_by_a_later_stop(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 4096))
        {
            if (in.size < 40 || in.data[0] == 'a')
                return;
            usleep(20000);
            abort();
        }
        """)
    fuzz.seed("long", b"a" * 60)
    run = fuzz.start("-parallel=2")
    run.wait_for("minimizing")
    run.interrupt()
    assert run.end().code == 1, run.text
    assert "SIGABRT" in run.stdout
    saved = [p for p in fuzz.saved() if p.name != "long"]
    assert len(saved) == 1 and len(saved[0].read_bytes()) >= 40
    fuzz.assert_whole(saved)
    fuzz.assert_reproduces(saved[0])


def test_r5_5_all_children_are_reaped_before_the_run_returns(fuzz):
    """Run.end() looks for orphans and zombies; here all starts are counted
    too, in a run with deaths, in one with stuck workers, and in tests. (Where
    workers fork, a death costs no start.)"""
    fuzz.build("""
        #include "reaps.h"
        #include <thresh.h>
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size > 0 && getenv("STUCK")) {
                note("stuck", "%d", (int)getpid());
                sleep_for_ever();
            }
            if (in.size > 9)
                _exit(in.data[0] & 3);
        }
        """, WRAP)
    fuzz.seed("short", b"12")
    assert fuzz.run("-parallel=3", "-fuzztime=200x",
                    "-keepfuzzing", "-fuzzminimizetime=5x",
                    env={"THRESH_NO_FORK": "1"}).code == 1
    run = fuzz.start("-parallel=3", "-keepfuzzing", "-fuzzminimizetime=0x",
                     env={"STUCK": "1"})
    fuzz.wait_for_note("stuck")
    run.interrupt()
    assert run.end().code in (0, 1), run.text
    fuzz.run("-run=^t$")
    assert len(fuzz.notes("starts")) > 8
    assert len(fuzz.notes("reaps")) == len(fuzz.notes("starts"))
