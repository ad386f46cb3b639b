# SPDX-License-Identifier: MIT
"""An environment that fails us: no room, no permission, no descriptors, no
memory, directories that go. A message says what was attempted, on what, why
it failed and what to do; nothing that was found is lost."""
import os
import re
import resource
import shutil

import pytest
from fault import (PATIENCE_S, both_compilers, digest,  # noqa: F401
                   fuzz, wait_until)
from system import fill_up, limited, mode, mounted, obey_modes

pytestmark = [both_compilers, pytest.mark.engine]

# Finds a few dozen inputs, and fails when asked to.
SOURCE = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    static volatile unsigned odd, steps;
    for (size_t i = 0; i < in.size; i++) {
        if (in.data[i] & 1)
            odd++;
        if (i > 2 && in.data[i] == in.data[i - 1] + 1)
            steps++;
    }
    const char *when = getenv("CRASH");
    if (when && in.size > 8 && access(when, F_OK) == 0) {
        dump("tmp/killer", in.data, in.size);
        abort();
    }
    if (getenv("SLOW"))
        usleep(2000);
}
"""

ROOM = "No space left on device; free some space or use another directory"
DENIED = ("Permission denied; check owner and permissions of it and the "
          "directories above")
IN_MEMORY = "warning: found inputs are kept in memory only: "


def killer(fuzz):
    """The input that crashed. Taken away, since a run leaves tmp empty."""
    path = fuzz.tmp / "killer"
    data = path.read_bytes()
    path.unlink()
    return data


def unquoted(text):
    """The bytes that Go's quoted string stands for: what is printable stands
    for itself, in UTF-8."""
    def plain(match):
        code = match.group(1)
        if code[0] == "x":
            return bytes([int(code[1:], 16)])
        if code[0] in "uU":
            return chr(int(code[1:], 16)).encode()
        return {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r",
                "t": b"\t", "v": b"\v"}.get(code, code.encode())
    parts = re.split(r"(\\(?:x..|u.{4}|U.{8}|.))", text)
    return b"".join(plain(re.match(r"\\(.*)", part)) if part[:1] == "\\"
                    else part.encode() for part in parts)


def printed_input(run):
    """The bytes of the failure that could not be saved, as printed in the
    text format."""
    match = re.search(r"the input, as a corpus file of the text format:\n"
                      r" *go test fuzz v1\n *\[\]byte\(\"(.*)\"\)\n",
                      run.stdout)
    assert match, run.text
    return unquoted(match.group(1))


def assert_not_saved(fuzz, run, why):
    """The failure is reported, with its input and why there is no file."""
    assert run.code == 1, run.text
    assert re.search(rf"^ +NOT SAVED: .*{re.escape(why)}$", run.stdout, re.M), \
        run.text
    assert "FAIL t: SIGABRT" in run.stdout
    assert printed_input(run) == fuzz.killer


def crash(fuzz, *args, **options):
    """A run that crashes; its input is in fuzz.killer."""
    run = fuzz.start("-parallel=1", "-seed=1", "-fuzzminimizetime=0x", *args,
                     env={"CRASH": "/"}, **options)
    run.process.wait(PATIENCE_S)
    fuzz.killer = killer(fuzz)
    return run.end()


# ---- no room ----

def test_a_full_disk_under_the_cache(fuzz):
    """What is found is kept in memory, said once, and written again when
    there is room: the search goes on."""
    fuzz.build(SOURCE)
    with mounted(fuzz.cwd / "cache", "size=64k") as disk:
        fill_up(disk)
        run = fuzz.run("-parallel=2", "-fuzztime=20000x")
        assert run.code == 0 and run.stdout == "PASS\n", run.text
        assert run.stderr.count(IN_MEMORY) == 1, run.text
        assert re.search(rf"{IN_MEMORY}\S+ .*cache/t.*: {ROOM}\n", run.stderr)
        assert "new interesting: 0 " not in run.stderr.splitlines()[-1]
        assert fuzz.cached() == []


def test_a_disk_that_becomes_full_keeps_what_it_has(fuzz):
    fuzz.build(SOURCE)
    with mounted(fuzz.cwd / "cache", "size=64k,nr_inodes=12"):
        run = fuzz.run("-parallel=2", "-fuzztime=20000x")
        assert run.code == 0 and run.stderr.count(IN_MEMORY) == 1, run.text
        fuzz.assert_whole(fuzz.cached())
        assert 1 <= len(fuzz.cached()) <= 10


def test_a_full_disk_under_the_saved_inputs(fuzz):
    fuzz.build(SOURCE)
    with mounted(fuzz.cwd / "testdata", "size=16k") as disk:
        (disk / "fuzz" / "t").mkdir(parents=True)
        fill_up(disk)
        assert_not_saved(fuzz, crash(fuzz), ROOM)
        assert fuzz.saved() == []


def test_files_may_not_be_large_enough_for_anything(fuzz):
    """ulimit -f holds for memory that processes share, too."""
    fuzz.build(SOURCE)
    run = fuzz.run("-parallel=1", preexec_fn=limited(
        resource.RLIMIT_FSIZE, 512))
    assert run.code == 3, run.text
    assert re.search(r"make \d+ bytes of shared memory .*: File too large; "
                     r"raise the file size limit \(ulimit -f\)", run.text)


# ---- no permission ----

@pytest.mark.parametrize("how", ["modes", "file system"])
def test_a_read_only_cache(fuzz, how):
    fuzz.build(SOURCE)
    path = fuzz.cwd / "cache"
    path.mkdir()
    if how == "modes":
        with mode(path, 0o555):
            run = fuzz.run("-parallel=2", "-fuzztime=20000x",
                           preexec_fn=obey_modes)
        why = DENIED
    else:
        with mounted(path, "ro"):
            run = fuzz.run("-parallel=2", "-fuzztime=20000x")
        why = ("Read-only file system; use a directory on a writable file "
               "system")
    assert run.code == 0 and run.stdout == "PASS\n", run.text
    assert run.stderr.count(f"{IN_MEMORY}make directory cache/t: {why}\n") == 1


@pytest.mark.parametrize("how", ["modes", "file system"])
def test_read_only_saved_inputs(fuzz, how):
    fuzz.build(SOURCE)
    path = fuzz.cwd / "testdata" / "fuzz" / "t"
    path.mkdir(parents=True)
    if how == "modes":
        with mode(path, 0o555):
            run = crash(fuzz, preexec_fn=obey_modes)
        assert_not_saved(fuzz, run, DENIED)
    else:
        with mounted(path, "ro"):
            run = crash(fuzz)
        assert_not_saved(fuzz, run, "Read-only file system; use a directory "
                         "on a writable file system")


def test_an_unreadable_seed_is_named_and_ends_the_run(fuzz):
    """Also as a test: it may be the one that matters."""
    fuzz.build(SOURCE)
    for name in ("first", "second"):
        fuzz.seed(name, b"123").chmod(0)
    fuzz.seed("third", b"123")
    run = fuzz.run("-parallel=1", preexec_fn=obey_modes)
    assert run.code == 1, run.text
    for name in ("first", "second"):
        assert f"read testdata/fuzz/t/{name}: {DENIED}" in run.stderr
    assert "2 saved inputs of t cannot be read" in run.stderr
    assert "mend or remove them" in run.stderr
    run = fuzz.run("-run=.", preexec_fn=obey_modes)
    assert run.code == 1, run.text
    assert f"read testdata/fuzz/t/first: {DENIED}" in run.stdout


def test_unreadable_entries_of_the_cache_are_left_out_and_told(fuzz):
    fuzz.build(SOURCE)
    for data in (b"one", b"two", b"three"):
        fuzz.cache(data)
    for data in (b"one", b"two"):
        (fuzz.cwd / "cache" / "t" / digest(data)).chmod(0)
    run = fuzz.run("-parallel=1", "-fuzztime=100x", preexec_fn=obey_modes)
    assert run.code == 0, run.text
    assert "gathering baseline coverage: 1/1" in run.stderr
    assert run.stderr.count(f": {DENIED}") == 1
    assert "warning: 2 found inputs are left out: read cache/t/" in run.stderr


@pytest.mark.parametrize("folder", ["testdata/fuzz/t", "cache/t"])
def test_a_directory_that_cannot_be_listed_is_named(fuzz, folder):
    fuzz.build(SOURCE)
    path = fuzz.cwd / folder
    path.mkdir(parents=True)
    with mode(path, 0):
        run = fuzz.run("-parallel=1", "-fuzztime=100x", preexec_fn=obey_modes)
    assert run.code == 3, run.text
    assert f"list directory {folder}: {DENIED}" in run.stderr


def test_what_an_earlier_death_left_is_swept(fuzz):
    """A file system without nameless files leaves temporaries; those of a
    writer that lives are its own."""
    fuzz.build(SOURCE)
    folder = fuzz.cwd / "cache" / "t"
    folder.mkdir(parents=True)
    mine = folder / f".thresh-tmp-{os.getpid()}-0"
    for path in (mine, folder / ".thresh-tmp-4194305-7"):
        path.write_bytes(b"half of wh")
    fuzz.start("-parallel=1", "-fuzztime=1000x").process.wait(PATIENCE_S)
    assert [p for p in folder.iterdir() if p.name.startswith(".")] == [mine]
    mine.unlink()
    fuzz.assert_clean()


# ---- what goes while we run ----

def test_directories_that_vanish_are_made_again(fuzz):
    """What comes later is written; what was there is gone with its directory,
    and nothing else is."""
    fuzz.build(SOURCE)
    for i in range(20):
        fuzz.cache(b"%d" % i)
    fuzz.seed("seed", b"seed")
    run = fuzz.start("-parallel=1", "-fuzzminimizetime=0x",
                     env={"SLOW": "1", "CRASH": "crash-now"})
    run.wait_for("now fuzzing")
    for folder in ("cache", "testdata"):
        shutil.rmtree(fuzz.cwd / folder)
    wait_until(fuzz.cached, "finds to be written again")
    (fuzz.cwd / "crash-now").touch()
    run.process.wait(PATIENCE_S)
    data = killer(fuzz)
    assert run.end().code == 1 and "warning" not in run.stderr, run.text
    assert [p.name for p in fuzz.saved()] == [digest(data)]


def test_without_its_working_directory_a_run_keeps_what_it_finds(fuzz):
    fuzz.build(SOURCE.replace("tmp/killer", f"{fuzz.tmp}/killer"))
    away = fuzz.cwd / "away"
    away.mkdir()
    run = fuzz.start("-parallel=1", "-fuzzminimizetime=0x",
                     f"-cachedir={fuzz.cwd}/cache", cwd=away,
                     env={"CRASH": "/", "SLOW": "1"})
    shutil.rmtree(away)
    run.process.wait(PATIENCE_S)
    fuzz.killer = killer(fuzz)
    assert_not_saved(fuzz, run.end(), "No such file or directory")
    assert "make directory testdata: " in run.stdout


# ---- limits ----

@pytest.mark.parametrize("descriptors", range(5, 18, 3))
def test_no_descriptors_left(fuzz, descriptors):
    fuzz.build(SOURCE)
    run = fuzz.run("-parallel=3", preexec_fn=limited(
        resource.RLIMIT_NOFILE, descriptors))
    assert run.code == 3, run.text
    assert re.search(r"(make .*|start .*): Too many open files; raise the "
                     r"limit of open files \(ulimit -n\)", run.text), run.text


def test_a_low_limit_of_descriptors_is_raised_for_many_workers(fuzz):
    """As far as it may be; the target has the limit that its user gave it."""
    fuzz.build("""
#include "fault.h"
#include <sys/resource.h>
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    struct rlimit files;
    usleep(500);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur != 100)
        abort();
}
""")
    run = fuzz.run("-parallel=40", "-fuzztime=4000x",
                   preexec_fn=lambda: resource.setrlimit(
                       resource.RLIMIT_NOFILE, (100, 1000)))
    assert run.code == 0 and run.execs() == 4000, run.text


def test_no_memory_for_the_arena(fuzz):
    fuzz.build(SOURCE)
    run = fuzz.run("-parallel=1", preexec_fn=limited(
        resource.RLIMIT_AS, 40 << 20))
    assert run.code == 3, run.text
    assert re.search(r"make \d+ bytes of shared memory .*: Cannot allocate "
                     r"memory; free some memory, or raise ulimit -v", run.text)


def test_with_little_address_space_the_arena_is_smaller(fuzz):
    """8 GiB of it are taken where they cost nothing; a limit is no reason not
    to run at all."""
    fuzz.build(SOURCE)
    run = fuzz.run("-parallel=1", "-fuzztime=1000x", preexec_fn=limited(
        resource.RLIMIT_AS, 3 << 30))
    assert run.code == 0, run.text
    assert fuzz.cached() != []
