# SPDX-License-Identifier: MIT
"""The main job on Windows: a failure is found, minimised, saved and replayed,
by several workers, under any path; and how a run is stopped."""
import json
import signal
import subprocess
import sys
import time

import pytest
from conftest import REPO, TIMEOUT_S

sys.path.insert(0, str(REPO / "test" / "script"))
from fuzzing import fuzz, programs  # noqa: E402,F401 (fixtures)

BUG = """\
THRESH_TARGET(t, (bytes, b))
{
    if (b.size > 2 && b.data[0] == 'b')
        if (b.data[1] == 'u')
            if (b.data[2] == 'g')
                *(volatile int *)16 = 1;
}
THRESH_SEED(t, THRESH_BYTES("a longer input"));
"""

NOTES_ITSELF = """\
THRESH_TARGET(t, (bytes, b))
{
    (void)b;
    note("notes", "ran");
    usleep(1000);
}
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_a_bug_is_found_minimised_saved_and_replayed(fuzz, workers):
    done = fuzz.build(BUG).run("-fuzz=t", f"-parallel={workers}").expect(1)
    assert "FAIL t: EXCEPTION_ACCESS_VIOLATION on address 0x10" in done.out
    assert "reproduced 5/5" in done.out
    name, data = fuzz.only_failure()
    assert data == b"bug"
    replayed = fuzz.run().expect(1)
    assert f"--- FAIL: t/{name}" in replayed.out


@pytest.mark.parametrize("name, entry, function", [
    ("t", "THRESH_TARGET(t, (bytes, b)) { fail(b.data); }", "thresh_call_t"),
    ("fuzz", "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
             "{ fail(data); return size > 1000; }", "LLVMFuzzerTestOneInput")],
    ids=["typed", "raw"])
def test_a_stack_ends_where_the_engine_begins(fuzz, name, entry, function):
    fuzz.build("""\
        __attribute__((noinline)) static void fail(const uint8_t *data)
        {
            *(volatile int *)16 = data != NULL;
        }
        """ + entry, "-w")
    done = fuzz.run(f"-fuzz={name}", "-json", "-fuzzminimizetime=0x").expect(1)
    failure, = [event for event in map(json.loads, done.out.splitlines())
                if event["event"] == "failure"]
    assert [f["function"] for f in failure["stack"]] == ["fail", function]


def test_an_assertion_can_be_read(fuzz):
    """The C library writes it in wide characters."""
    fuzz.build("#include <assert.h>\n"
               "THRESH_TARGET(t, (bytes, b)) { assert(b.size < 4); }\n")
    fuzz.seed("x", b"long")
    done = fuzz.run().expect(1)
    assert ("        abort: Assertion failed: b.size < 4, file target, line 2\n"
            in done.out), done.out


@pytest.mark.parametrize("folder", ["with spaces", "gr\u00fc\u00dfe \u65e5\u672c"])
def test_any_path_will_do(fuzz, folder):
    fuzz.build(BUG)
    path = fuzz.cwd / folder
    path.mkdir()
    program = path / "my fuzz.exe"
    program.write_bytes(fuzz.program.read_bytes())
    fuzz.program = program
    fuzz.run("-fuzz=t", f"-testdata={folder}/data", f"-cachedir={folder}/c",
             "-parallel=2", env={"LC_ALL": "C.UTF-8"}).expect(1)
    assert list(fuzz.files(f"{folder}/data/t").values()) == [b"bug"]


def test_interrupt_ends_the_run_well(fuzz):
    fuzz.build(NOTES_ITSELF)
    done = fuzz.interrupt_when(lambda: len(fuzz.notes()) > 50, "-fuzz=t",
                               number=signal.SIGINT)
    assert done.expect(0).out.endswith("PASS\n")
    assert done.execs == len(fuzz.notes())


CLOSES = """\
/* What the system starts in a process whose console closes. */
static DWORD WINAPI close_when_asked(void *event)
{
    FARPROC found = GetProcAddress(GetModuleHandleA("kernel32"), "CtrlRoutine");
    DWORD (WINAPI *routine)(void *);
    memcpy(&routine, &found, sizeof routine);
    while (access("close", 0) != 0)
        Sleep(5);
    return routine(event);
}
__attribute__((constructor)) static void watch(void)
{
    if (!getenv("THRESH_WORKER"))
        CreateThread(NULL, 0, close_when_asked, (void *)%s, 0, NULL);
}
THRESH_TARGET(t, (bytes, b))
{
    static int n;
    (void)b;
    note("notes", "ran");
    if (++n == 20)
        note("close", "");
}
"""


@pytest.mark.parametrize("event", [
    "CTRL_CLOSE_EVENT", "CTRL_LOGOFF_EVENT", "CTRL_SHUTDOWN_EVENT",
    "CTRL_BREAK_EVENT"])
def test_a_console_that_closes_ends_the_run_well(fuzz, event):
    done = fuzz.build(CLOSES % event).run("-fuzz=t", "-parallel=2").expect(0)
    assert done.out.endswith("PASS\n")
    assert done.execs == len(fuzz.notes())


def test_more_workers_than_one_call_can_wait_for(fuzz):
    """64 handles is the most."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            static int n;
            (void)b;
            if (n++ == 0)
                note("workers", "");
            Sleep(20);
        }
        """)
    done = fuzz.interrupt_when(lambda: len(fuzz.notes("workers")) >= 70,
                               "-fuzz=t", "-parallel=70", "-inputtimeout=60s")
    assert done.expect(0).out.endswith("PASS\n")
    assert len(fuzz.notes("workers")) == 70


@pytest.mark.parametrize("way", [
    "*(volatile int *)16 = 1;", "(void)deeper(0);", "abort();",
    "__builtin_trap();", '__asm__ volatile("int $0x29" : : "c"(7));',
    "ExitProcess(3);"],
    ids=["access", "overflow", "abort", "illegal", "fastfail", "exit"])
def test_the_input_of_a_dead_worker_is_recovered(fuzz, way):
    """As it was when it ran; the target writes it down just before."""
    fuzz.build("""\
        static int (*volatile again)(volatile int);
        __attribute__((noinline)) static int deeper(volatile int n)
        {
            volatile char frame[4096];
            frame[n %% 4096] = 1;
            return again(n + 1) + frame[0];
        }
        THRESH_TARGET(t, (bytes, b, .max = 64))
        {
            char text[150] = "";
            again = deeper;
            if (b.size < 9)
                return;
            for (size_t i = 0; i < b.size; i++)
                snprintf(text + 2 * i, 3, "%%02x", b.data[i]);
            note("notes", text);
            %s
        }
        """ % way)
    fuzz.run("-fuzz=t", "-parallel=2", "-fuzzminimizetime=0x").expect(1)
    ran = fuzz.only_failure()[1].hex()
    assert fuzz.notes().count(ran) >= 6  # it, and five that confirm it


def test_a_hanging_worker_is_killed_and_its_input_named(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            for (volatile bool on = b.size > 3; on;)
                ;
        }
        """)
    done = fuzz.run("-fuzz=t", "-inputtimeout=1s", "-fuzzminimizetime=0x",
                    "-parallel=2").expect(1)
    assert "timeout" in done.out
    assert len(fuzz.only_failure()[1]) > 3


def test_a_worker_killed_from_outside_is_no_failure(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            static int n;
            (void)b;
            note("notes", "ran");
            if (++n == 20 && access("once", 0) != 0) {
                char command[60];
                note("once", "");
                snprintf(command, sizeof command, "taskkill /f /pid %lu",
                         GetCurrentProcessId());
                system(command);
                Sleep(60000);
            }
        }
        """)
    done = fuzz.run("-fuzz=t", "-fuzztime=200x", "-parallel=1").expect(0)
    assert done.execs == 200 and fuzz.saved() == {}
    assert "killed" in done.err


def test_nothing_outlives_a_coordinator_that_is_killed(fuzz):
    fuzz.build(NOTES_ITSELF)
    with subprocess.Popen(fuzz.argv(["-fuzz=t", "-parallel=2"]), cwd=fuzz.cwd,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while len(fuzz.notes()) < 50 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait(timeout=TIMEOUT_S)
    # The job ends a moment later; from then on nobody runs.
    counts = []
    for _ in range(20):
        counts.append(len(fuzz.notes()))
        if counts[-1:] == counts[-2:-1]:
            return
        time.sleep(0.5)
    pytest.fail(f"still running: {counts}")


COUNTS_HANDLES = """\
/* By trying, since Wine does not count them. */
static void count_handles(void)
{
    unsigned n = 0;
    DWORD flags;
    char text[20];
    for (uintptr_t handle = 4; handle < 0x10000; handle += 4)
        n += GetHandleInformation((HANDLE)handle, &flags) != 0;
    snprintf(text, sizeof text, "%u", n);
    note("handles", text);
}
__attribute__((constructor)) static void watch_the_coordinator(void)
{
    if (!getenv("THRESH_WORKER"))
        atexit(count_handles);
}
THRESH_TARGET(t, (bytes, b))
{
    if (b.size % 4 == 1) {
        note("crashes", "");
        *(volatile int *)16 = 1;
    }
}
THRESH_SEED(t, THRESH_BYTES("a seed"));
"""


def test_crashes_that_are_survived_leak_no_handle(fuzz, record_property):
    """A hundred times a worker dies of an access violation, another takes over:
    at the end the coordinator has the handles it has after a few."""
    fuzz.build(COUNTS_HANDLES)
    cycles = []
    for limit in (100, 1200):
        fuzz.run("-fuzz=t", "-keepfuzzing", "-fuzzminimizetime=0s",
                 f"-fuzztime={limit}x", "-parallel=2").expect(1)
        cycles.append(len(fuzz.notes("crashes")) - sum(cycles))
    few, many = (int(n) for n in fuzz.notes("handles"))
    record_property("figure", f"{few} handles after {cycles[0]} crashes, "
                    f"{many} after {cycles[1]}")
    assert cycles[1] >= 100 and few == many, (cycles, few, many)
