# SPDX-License-Identifier: MIT
"""Memory: one allocation above the limit, a process that grows above it, the
input that is to blame for it and the many that are not."""
import os
import re

import pytest
from fault import fill, fuzz  # noqa: F401 (a fixture)

pytestmark = pytest.mark.engine

MB = 1 << 20


@pytest.fixture(autouse=True)
def no_symbolizer(monkeypatch):
    """A symbolizer that a sanitizer started is left when it ends."""
    for tool in ("ASAN", "LSAN", "MSAN", "TSAN"):
        monkeypatch.setenv(f"{tool}_OPTIONS", "symbolize=0")


# ---- one allocation ----

ALLOCATES = """
#include "fault.h"
#include <thresh.h>
static void *volatile block;
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size != 5)
        return;
    dump("killer", in.data, in.size);
    block = malloc(1);
    @HOW@;
    note("went on", "%s", block ? "with it" : "without");
    free(block);
}
"""
WAYS = {"malloc": "free(block); block = malloc(805306368)",
        "calloc": "free(block); block = calloc(196608, 4096)",
        "realloc": "block = realloc(block, 805306368)"}
# The others are for the long suite.
one_way = pytest.mark.parametrize("how", [
    pytest.param(way, marks=pytest.mark.long if way != "malloc" else ())
    for way in WAYS])
# Smaller than the usual one: to ASan a large block is much work.
LIMIT = "-maxrss=600MB"


def assert_blames_the_allocation(fuzz, run, size=805306368):
    assert run.code == 1, run.text
    assert f"FAIL t: out of memory: malloc({size})\n" in run.stdout
    assert "reproduced 5/5" in run.stdout
    if "MemorySanitizer" not in run.stdout:  # keeps no stack of allocations
        assert " #0 " in run.stdout, run.text
    path, = fuzz.saved()
    assert path.read_bytes() == (fuzz.cwd / "killer").read_bytes()
    assert fuzz.notes("went on") == []
    again = fuzz.assert_reproduces(path, *([LIMIT] * (size < 2 << 30)))
    assert f"out of memory: malloc({size})" in again.stdout


@one_way
def test_one_allocation_above_the_limit_is_the_inputs_failure(fuzz, how):
    fuzz.build(fill(ALLOCATES, HOW=WAYS[how]), "-fsanitize=address")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzzminimizetime=0x", LIMIT)
    assert_blames_the_allocation(fuzz, run)


@one_way
@pytest.mark.parametrize("sanitizer", ["leak", "thread", "memory"])
def test_tools_that_fill_memory_refuse_it_themselves(fuzz, sanitizer, how):
    """Their report counts, and is called what ours is."""
    if fuzz.cc.compiler == "gcc" and sanitizer == "memory":
        pytest.skip("gcc has no MSan")
    fuzz.build(fill(ALLOCATES, HOW=WAYS[how]), f"-fsanitize={sanitizer}")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzzminimizetime=0x", LIMIT)
    assert_blames_the_allocation(fuzz, run)


def test_an_allocation_on_another_thread_counts(fuzz):
    """With the limit that is the usual one, 2 GB."""
    fuzz.build("#include <pthread.h>\n" + fill(ALLOCATES, HOW="""
        pthread_t thread;
        pthread_create(&thread, NULL, allocate, NULL);
        pthread_join(thread, NULL)""").replace("static void *v", """
        static void *allocate(void *unused)
        {
            return unused ? unused : malloc(2200000000);
        }
        static void *v""", 1), "-fsanitize=address", "-pthread")
    run = fuzz.run("-parallel=1", "-seed=1", "-fuzzminimizetime=0x")
    assert_blames_the_allocation(fuzz, run, 2200000000)


@pytest.mark.parametrize("limit", ["-maxrss=5GB", "-maxrss=0"])
def test_an_allocation_within_the_limit_passes(fuzz, limit):
    fuzz.build(fill(ALLOCATES, HOW=WAYS["malloc"]), "-fsanitize=address")
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-fuzztime=1x", limit)
    assert run.code == 0, run.text
    assert set(fuzz.notes("went on")) == {"with it"}


def test_the_users_own_limit_wins(fuzz):
    """A target that is to see malloc fail sees it fail."""
    fuzz.build(fill(ALLOCATES, HOW=WAYS["malloc"]), "-fsanitize=address")
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-fuzztime=1x", env={
        "ASAN_OPTIONS": "allocator_may_return_null=1:"
                        "max_allocation_size_mb=500"})
    assert run.code == 0, run.text
    assert fuzz.notes("went on") == ["without"]


def test_initialisation_may_allocate_more(fuzz):
    fuzz.build("""
        #include <stdint.h>
        #include <stdlib.h>
        static void *volatile table;
        int LLVMFuzzerInitialize(int *argc, char ***argv);
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
        int LLVMFuzzerInitialize(int *argc, char ***argv)
        {
            table = malloc(4294967296);
            return table && *argc && *argv ? 0 : 1;
        }
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            return data == table && size == 1;
        }
        """, "-fsanitize=address")
    run = fuzz.run("-fuzz=.", "-parallel=1", "-seed=1", "-fuzztime=100x")
    assert run.code == 0, run.text


# ---- a process that grows ----

# Takes megabytes for good and, given time, waits for what comes of it.
GROWS = """
#include "fault.h"
#include <thresh.h>
__attribute__((constructor)) static void count_workers(void)
{
    if (starts_as_worker())
        note("workers", "one");
}
static void take(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    memset(memory, 1, bytes);
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    @BODY@
}
"""

HOG = fill(GROWS, BODY="""
    if (in.size != 5)
        return;
    dump("killer", in.data, in.size);
    take((size_t)200 << 20);
    @THEN@;
    """)
TITLE = (r"FAIL t: out of memory(?: \(resident (?=\d+ MB, limit 100 MB\)\n)"
         r"|: one execution took )(\d+) MB")


@pytest.mark.parametrize("then", ["sleep_for_ever()", "return"])
def test_an_input_that_takes_too_much_is_the_failure(fuzz, then):
    """Noticed while it runs, or by the answer that comes too soon."""
    fuzz.build(fill(HOG, THEN=then))
    run = fuzz.run("-parallel=1", "-seed=1", "-maxrss=100MB",
                   "-fuzztime=1000000x", "-fuzzminimizetime=0x")
    assert run.code == 1, run.text
    resident = int(re.search(TITLE, run.stdout).group(1))
    assert resident >= 100
    path, = fuzz.saved()
    assert len(path.read_bytes()) == 5
    again = fuzz.run(f"-run=^t$/^{path.name}$", "-maxrss=100MB")
    assert again.code == 1 and "out of memory" in again.stdout


def test_a_seed_that_takes_too_much_names_the_seed(fuzz):
    fuzz.build(fill(HOG, THEN="return"))
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-maxrss=100MB", "-fuzztime=1x")
    assert run.code == 1, run.text
    assert "failure while testing seed corpus entry: t/five" in run.stderr
    assert re.search(TITLE, run.stdout)


def test_memory_below_the_limit_is_no_failure(fuzz):
    fuzz.build(fill(HOG, THEN="return"))
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=1", "-maxrss=400MB", "-fuzztime=1x")
    assert run.code == 0, run.text
    run = fuzz.run("-parallel=1", "-maxrss=0", "-fuzztime=1x")
    assert run.code == 0, run.text


# Each execution keeps 64 KB: 4096 of them, a batch, are above the limit.
KEEPS = fill(GROWS, BODY="""
    take(65536);
    if (in.size > 3 && in.data[0] == 'a' && in.data[1] == 'b')
        note("found", "ab");
    """)


def test_growth_is_told_as_growth_and_blames_nobody(fuzz):
    fuzz.build(KEEPS)
    run = fuzz.run("-parallel=1", "-seed=1", "-maxrss=100MB",
                   "-fuzztime=8000x")
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert run.execs() == 8000 and fuzz.saved() == []
    told = re.findall(r"^fuzz: worker memory grew above 100 MB over (\d+) "
                      "executions, no single input to blame; restarted"
                      r"(?:, \d+ times so far)?$", run.stderr, re.M)
    assert told and all(0 < int(n) < 4096 for n in told), run.text


def test_growth_hides_no_failure(fuzz):
    fuzz.build(KEEPS.replace('note("found", "ab")', "abort()"))
    run = fuzz.run("-parallel=1", "-seed=1", "-maxrss=100MB",
                   "-fuzztime=1000000x", "-fuzzminimizetime=0x")
    assert run.code == 1 and "FAIL t: SIGABRT" in run.stdout, run.text
    assert len(fuzz.saved()) == 1


def test_a_worker_that_has_grown_is_replaced_between_batches(fuzz):
    """Which changes nothing of what is run and found."""
    fuzz.build(KEEPS.replace("65536", "4096"))
    runs = {}
    for limit in ("0", "40MB"):
        # Processes count themselves when they are initialised.
        run = fuzz.run("-parallel=1", "-seed=7", f"-maxrss={limit}",
                       "-fuzztime=32000x", f"-cachedir=cache{limit}",
                       env={**os.environ, "THRESH_NO_FORK": "1"})
        assert run.code == 0 and run.execs() == 32000, run.text
        assert "memory grew" not in run.stderr, run.text
        found = {p.name: p.read_bytes() for p in
                 fuzz.files(f"cache{limit}/t")}
        runs[limit] = (found, len(fuzz.notes("found")),
                       len(fuzz.notes("workers")))
        for name in ("found", "workers"):
            (fuzz.cwd / name).unlink(missing_ok=True)
    assert runs["0"][0] and runs["0"][:2] == runs["40MB"][:2]
    assert runs["0"][2] == 1 and runs["40MB"][2] >= 4


# ---- the flag ----

def test_a_limit_below_what_a_worker_needs_is_refused(fuzz):
    fuzz.build(fill(HOG, THEN="return"))
    fuzz.seed("five", b"12345")
    run = fuzz.run("-parallel=2", "-maxrss=1KB")
    assert run.code == 2, run.text
    assert re.search(r"a worker has \d+ MB resident when it starts, more than "
                     r"-maxrss allows \(0 MB\)", run.stdout), run.text
    run = fuzz.run("-run=^t$", "-maxrss=1KB")
    assert run.code == 1 and "more than -maxrss allows" in run.stdout
