# SPDX-License-Identifier: MIT
"""The requirements on worker processes (R4), on Windows: what each is given is
its own, and nothing of it is left. On POSIX test_requirements_end.py has them."""
import sys
import time

import pytest
from conftest import REPO, TIMEOUT_S

sys.path.insert(0, str(REPO / "test" / "script"))
from fuzzing import fuzz, programs  # noqa: E402,F401 (fixtures)

# What a worker holds when it runs its first input. Handles can only be tried.
HANDLES = """\
static char given[200];
/* The system gives the numbers of ended processes to new ones. */
static char self[40];
__attribute__((constructor)) static void keep_what_is_given(void)
{
    const char *value = getenv("THRESH_WORKER");
    LARGE_INTEGER now;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    QueryPerformanceCounter(&now);
    snprintf(self, sizeof self, "%lu-%lld", GetCurrentProcessId(),
             (long long)now.QuadPart);
    if (value)
        snprintf(given, sizeof given, "%s", value);
    else
        CreateFileA("stranger", GENERIC_WRITE, 7, &inherited, CREATE_ALWAYS, 0,
                    NULL);
}
static void note_handle(HANDLE handle)
{
    char path[300] = "", text[400];
    DWORD type = GetFileType(handle);
    if (type == FILE_TYPE_DISK)
        GetFinalPathNameByHandleA(handle, path, sizeof path, 0);
    snprintf(text, 190, "%s %d %s %s", self,
             (int)(intptr_t)handle,
             type == FILE_TYPE_PIPE ? "pipe" :
             type == FILE_TYPE_DISK ? "disk" : "other",
             strrchr(path, '\\\\') ? strrchr(path, '\\\\') + 1 : path);
    note("handles", text);
}
THRESH_TARGET(t, (bytes, b))
{
    static bool noted;
    DWORD flags;
    char text[190];
    for (intptr_t n = 4; !noted && n < 0x4000; n += 4)
        if (GetHandleInformation((HANDLE)n, &flags))
            note_handle((HANDLE)n);
    if (!noted) {
        snprintf(text, sizeof text, "%s %s", self, given);
        note("given", text);
    }
    noted = true;
    if (b.size > 9 && b.data[0] == 'x')
        _exit(b.data[1] & 3);
}
"""


def test_r4_1_and_2_a_worker_has_its_own_handles_and_no_others(fuzz):
    """Two pipes and its output, whatever else the coordinator has open, also
    when it was started late, in place of one that died."""
    fuzz.build(HANDLES)
    fuzz.seed("almost", b"x" * 9)  # one byte more is the end of a worker
    fuzz.run("-fuzz=t", "-parallel=4", "-fuzztime=300x", "-keepfuzzing",
             "-fuzzminimizetime=5x").expect(1)
    given = {line.split()[0]: line.split()[2:] for line in fuzz.notes("given")}
    assert len(given) > 4, "no worker was started anew"
    pipes, files = {}, {}
    for line in fuzz.notes("handles"):
        pid, handle, kind, *name = line.split()
        if kind == "pipe":
            pipes.setdefault(pid, []).append(handle)
        if kind == "disk":
            files.setdefault(pid, []).append(" ".join(name))
    assert (fuzz.cwd / "stranger").exists()
    for pid, handles in given.items():
        assert sorted(pipes[pid]) == sorted(handles[:2])
        names = {n for n in files.get(pid, []) if "thresh-output" in n}
        assert len(names) == 1, files[pid]
        assert "stranger" not in files[pid]


TEMPORARIES = """\
__attribute__((constructor)) static void set_up(void)
{
    char path[300];
    GetFullPathNameA("tmp", sizeof path, path, NULL);
    SetEnvironmentVariableA("TMP", path);
    SetEnvironmentVariableA("TEMP", path);
}
static void count_files(void)
{
    WIN32_FIND_DATAA found;
    char text[20];
    int n = 0;
    HANDLE search = FindFirstFileA("tmp\\\\thresh-*", &found);
    for (BOOL more = search != INVALID_HANDLE_VALUE; more;
         more = FindNextFileA(search, &found))
        n++;
    FindClose(search);
    snprintf(text, sizeof text, "%d", n);
    note("files", text);
}
THRESH_TARGET(t, (bytes, b))
{
    const char *way = getenv("WAY");
    static bool counted;
    if (!counted)
        count_files();
    counted = true;
    if (b.size < 4)
        return;
    if (strcmp(way, "crash") == 0)
        *(volatile int *)16 = 1;
    if (strcmp(way, "exits") == 0 && b.size % 8 == 5)
        _exit((int)b.size);
    if (strcmp(way, "killed") == 0 && access("began", 0) != 0) {
        note("began", "");
        BE_KILLED();
    }
    if (strcmp(way, "stuck") == 0) {
        note("began", "");
        Sleep(INFINITE);
    }
}
"""


def assert_nothing_is_left(fuzz):
    """Wine's server closes a process's files a moment after its end."""
    until = time.monotonic() + TIMEOUT_S
    while (left := list((fuzz.cwd / "tmp").iterdir())):
        assert time.monotonic() < until, left
        time.sleep(0.05)


@pytest.mark.parametrize("way, code", [
    ("none", 0), ("crash", 1), ("exits", 1), ("killed", 0), ("stuck", 0)])
def test_r4_3_no_temporary_outlives_any_end(fuzz, way, code):
    fuzz.build(TEMPORARIES)
    (fuzz.cwd / "tmp").mkdir()
    args = ["-fuzz=t", "-parallel=2", "-fuzztime=2000x", "-inputtimeout=100s",
            "-fuzzminimizetime=20x"]
    if way == "exits":
        args += ["-keepfuzzing", "-fuzztime=300x", "-fuzzminimizetime=0x"]
    fuzz.env = lambda env=None, old=fuzz.env: old({"WAY": way})
    if way == "stuck":
        done = fuzz.interrupt_when(lambda: len(fuzz.notes("began")) >= 2, *args)
    else:
        done = fuzz.run(*args)
    done.expect(code)
    files = {int(n) for n in fuzz.notes("files")}
    assert min(files) > 0, "none is made there"
    assert_nothing_is_left(fuzz)
    if way == "exits":  # nor while others go on
        assert len(fuzz.notes("files")) > 9 and max(files) <= 9, files


def test_r4_4_starting_a_worker_changes_no_other_environment(fuzz):
    """All workers see the same, and so does the coordinator at its end."""
    fuzz.build("""\
        static bool worker;
        static void note_all(const char *file)
        {
            char text[150];
            uint64_t hash = 5381;
            wchar_t *all = GetEnvironmentStringsW();
            for (wchar_t *e = all; *e; e += wcslen(e) + 1)
                if (wcsncmp(e, L"THRESH_WORKER=", 14) != 0)
                    for (wchar_t *c = e; *c; c++)
                        hash = hash * 33 + *c;
            FreeEnvironmentStringsW(all);
            for (const char *c = GetCommandLineA(); *c; c++)
                hash = hash * 33 + (unsigned char)*c;
            snprintf(text, sizeof text, "%llx %s", (unsigned long long)hash,
                     !worker && getenv("THRESH_WORKER") ? "worker!" : "");
            note(file, text);
        }
        static void at_end(void)
        {
            note_all("coordinator");
        }
        __attribute__((constructor)) static void start(void)
        {
            worker = getenv("THRESH_WORKER");
            note_all(worker ? "worker" : "coordinator");
            if (!worker)
                atexit(at_end);
        }
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size > 9 && b.data[0] == 'x')
                _exit(b.data[1] & 3);
            if (getenv("THRESH_WORKER") ||
                GetEnvironmentVariableA("THRESH_WORKER", NULL, 0))
                note("leak", "the target sees the variable");
        }
        """)
    fuzz.seed("nearly", b"x" * 9)
    fuzz.run("-fuzz=t", "-parallel=4", "-fuzztime=500x", "-keepfuzzing",
             "-fuzzminimizetime=5x").expect(1)
    seen = fuzz.notes("worker")
    assert len(seen) > 4 and len(set(seen)) == 1
    assert len(set(fuzz.notes("coordinator"))) == 1
    assert len(fuzz.notes("coordinator")) == 2
    assert fuzz.notes("leak") == []
