# SPDX-License-Identifier: MIT
"""Workers that break the protocol, on purpose or because their target wrote
to descriptors that are none of its own. They are replaced and named, never
obeyed; the coordinator neither hangs nor dies nor blames an input."""
import re

import pytest
from fault import both_compilers, fill, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

HEAD = """
#include "fault.h"
#include <thresh.h>
static FAULT_UNUSED void garbage(size_t size)
{
    char bytes[4096];
    memset(bytes, 0xa5, sizeof bytes);
    if (write(FD_REPLIES, bytes, size) != (ssize_t)size)
        abort();
}
"""

AT_START = HEAD + """
__attribute__((constructor)) static void start(void)
{
    if (starts_as_worker()) {
        @LIE@;
    }
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    (void)in;
}
"""

# Lies in every execution of a mutant, or in the first of each run only.
IN_TARGET = HEAD + """
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size == 0)
        return;
    if (getenv("ONCE") && atomic_exchange(&board()[0], 1))
        return;
    @LIE@;
}
"""

COMMUNICATING = "communicating with fuzzing process"
WITHOUT_FUZZING = "fuzzing process terminated without fuzzing"


def assert_no_input_blamed(fuzz, run):
    assert fuzz.saved() == []
    assert "FAIL t:" not in run.stdout


# ---- before the handshake ----

@pytest.mark.parametrize("lie,text", [
    ("garbage(1)", COMMUNICATING),
    ("garbage(1000)", COMMUNICATING),
    ("garbage(4096)", COMMUNICATING),
    ("close(FD_REPLIES)", WITHOUT_FUZZING),
    ("close(FD_REQUESTS)", WITHOUT_FUZZING),
    ("close(FD_REGION)", WITHOUT_FUZZING),
    ("close(FD_SHARED)", WITHOUT_FUZZING),
    ("_exit(0)", WITHOUT_FUZZING),
    ("_exit(99)", WITHOUT_FUZZING),
    ("abort()", WITHOUT_FUZZING),
    ("kill(getpid(), SIGKILL)", "signal: killed"),
    ("memset(region(), 0xff, 4096)", ""),
])
def test_a_worker_that_fails_before_the_handshake_ends_the_run(
        fuzz, lie, text):
    fuzz.build(fill(AT_START, LIE=lie))
    run = fuzz.run("-parallel=2")
    assert run.code in (1, 3), run.text
    assert text in run.text
    assert_no_input_blamed(fuzz, run)


def test_a_worker_that_never_starts_is_killed_when_time_is_up(fuzz):
    fuzz.build(fill(AT_START, LIE='note("began", "x"); sleep_for_ever()'))
    run = fuzz.run("-parallel=2", "-fuzztime=500ms")
    assert fuzz.notes("began") and run.code == 0, run.text
    assert_no_input_blamed(fuzz, run)


def test_a_worker_that_never_starts_is_killed_by_an_interrupt(fuzz):
    fuzz.build(fill(AT_START, LIE='note("began", "x"); sleep_for_ever()'))
    run = fuzz.start("-parallel=2")
    fuzz.wait_for_note("began")
    run.interrupt()
    assert run.end().code == 0, run.text
    assert_no_input_blamed(fuzz, run)


# ---- after it ----

SCRIBBLES = {
    "zeros": "memset(region(), 0, REGION_HEADER_SIZE)",
    "ones": "memset(region(), 0xff, REGION_HEADER_SIZE)",
    "size": "region()->input_size = 0xfffffff0u",
    "outbox": "atomic_store(&region()->outbox_used, UINT64_MAX / 2)",
    "outbox-odd": "atomic_store(&region()->outbox_used, 4093)",
    "words": "memset(&region()->words, 'x', sizeof region()->words)",
}

LIES = {
    "garbage": "garbage(1000)",
    "garbage-short": "garbage(3)",
    "garbage-long": "garbage(4096); garbage(4096); garbage(4096)",
    "close-both": "close(FD_REPLIES); close(FD_REQUESTS)",
    "close-replies": "close(FD_REPLIES)",
    "close-replies-stuck": "close(FD_REPLIES); sleep_for_ever()",
}


def alone(lie):
    """A nursery keeps the pipe open that its child closes: then this is an
    execution that takes too long."""
    return {"THRESH_NO_FORK": "1"} if lie == "close-replies-stuck" else {}


def test_fuzz_io_error(fuzz):
    """Garbage, before and among the answers: told as what it is, no input
    saved, and a worker that then sleeps is not waited for."""
    for source, text in ((AT_START, COMMUNICATING), (IN_TARGET, COMMUNICATING),
                         (fill(AT_START, LIE="_exit(0)"), WITHOUT_FUZZING)):
        fuzz.build(fill(source, LIE="garbage(1000); sleep_for_ever()")
                   if "@LIE@" in source else source)
        run = fuzz.run("-parallel=2")
        assert run.code in (1, 3) and text in run.text, run.text
        assert (COMMUNICATING in run.text) != (WITHOUT_FUZZING in run.text)
        assert not (fuzz.cwd / "testdata").exists()


@pytest.mark.parametrize("lie", LIES)
def test_a_worker_that_always_lies_ends_the_run_as_our_failure(fuzz, lie):
    fuzz.build(fill(IN_TARGET, LIE=LIES[lie]))
    run = fuzz.run("-parallel=2", env=alone(lie))
    assert run.code == 3, run.text
    assert "fuzzing process" in run.stdout
    assert_no_input_blamed(fuzz, run)


@pytest.mark.parametrize("lie", LIES)
def test_a_worker_that_lies_once_is_replaced(fuzz, lie):
    fuzz.build(fill(IN_TARGET, LIE=LIES[lie]))
    run = fuzz.run("-parallel=2", "-fuzztime=20000x",
                   env={"ONCE": "1", **alone(lie)})
    assert run.code == 0, run.text
    assert len(re.findall("^.*fuzzing process.*$", run.stderr, re.M)) == 1
    assert run.execs() == 20000
    assert_no_input_blamed(fuzz, run)


@pytest.mark.parametrize("scribble", SCRIBBLES)
@pytest.mark.parametrize("then", [
    "return", "abort()", *(pytest.param(then, marks=pytest.mark.long) for then
                           in ("_exit(9)", "kill(getpid(), SIGKILL)",
                               "THRESH_CHECK(false)"))])
def test_a_scribbled_region_never_harms_the_coordinator(fuzz, scribble, then):
    """What is found in it may be wrong, but nothing worse comes of it."""
    fuzz.build(fill(IN_TARGET, LIE=f"{SCRIBBLES[scribble]}; {then}"))
    run = fuzz.run("-parallel=2", "-fuzztime=2000x", "-fuzzminimizetime=10x")
    assert run.code in (0, 1, 3), run.text
    fuzz.assert_whole(fuzz.saved())


def assert_lies_end_the_run(fuzz, lie):
    """Lies that the worker's own work corrects, unless they come last: so each
    execution tells them."""
    fuzz.build(fill(IN_TARGET, LIE=lie))
    run = fuzz.run("-parallel=1")
    assert run.code == 3, run.text
    assert COMMUNICATING in run.stdout and COMMUNICATING in run.stderr
    assert_no_input_blamed(fuzz, run)


@pytest.mark.parametrize("scribble", ["outbox", "outbox-odd"])
def test_a_wrong_outbox_is_a_lie(fuzz, scribble):
    assert_lies_end_the_run(fuzz, SCRIBBLES[scribble])


RECORDS = {
    "size-0": ".size = 0",
    "size-huge": ".size = 0xfffffffc",
    "input-huge": ".size = sizeof h, .input_size = 0xffffff00",
    "features-huge": ".size = sizeof h, .nfeatures = 0x40000000",
    "unstable-huge": ".size = sizeof h, .nunstable = 0xffffffff",
    "parent-none": ".size = sizeof h, .flags = FIND_BASELINE, .parent = 9999",
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_wrong_record_is_a_lie(fuzz, record):
    assert_lies_end_the_run(fuzz, """
        struct find_header h = {%s};
        memcpy((char *)region() + region()->outbox_offset, &h, sizeof h);
        atomic_store(&region()->outbox_used, sizeof h)""" % RECORDS[record])


def test_the_shared_memory_cannot_be_made_writable(fuzz):
    """Neither mapped, nor written, nor opened anew."""
    fuzz.build(HEAD + """
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            static bool tried;
            if (tried || in.size == 0)
                return;
            tried = true;
            void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                            FD_SHARED, 0);
            int again = open("/proc/self/fd/6", O_RDWR);
            void *anew = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                              again, 0);
            note("tries", "%d %d %d %d", at == MAP_FAILED,
                 anew == MAP_FAILED, (int)pwrite(FD_SHARED, "x", 1, 0),
                 again < 0 ? -1 : (int)pwrite(again, "x", 1, 0));
        }
        """)
    assert fuzz.run("-parallel=1", "-fuzztime=1000x").code == 0
    assert fuzz.notes("tries") == ["1 1 -1 -1"]
