# SPDX-License-Identifier: MIT
"""The saved input of a process that has died is byte for byte the one it died
of, at whatever execution, however it died, whatever it did to its memory."""
import random
import shutil

import pytest
from fault import both_compilers, fill, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

# Dies once in the run, in one of six ways, after a number of executions; then
# only when asked to (REPLAY), where it leaves its input too. What it leaves
# are the sizes and bytes of all arguments.
SOURCE = """
#include "fault.h"
#include <thresh.h>
static void leave(const char *file, const void *const data[],
                  const size_t size[], size_t n)
{
    static char all[1 << 16];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(all + used, &size[i], sizeof size[i]);
        used += sizeof size[i];
        memcpy(all + used, data[i], size[i]);
        used += size[i];
    }
    dump(file, all, used);
}
static void die(int way)
{
    volatile int *volatile nowhere = NULL;
    switch (way) {
    case 0: abort();
    case 1: *nowhere = 1; break;
    case 2: _exit(way);
    case 3: THRESH_CHECK(way != 3); break;
    case 4: exit(0);
    case 5: raise(SIGILL); break;
    }
}
@SCRIBBLE@
THRESH_TARGET(t, @ARGUMENTS@)
{
    static long runs;
    const void *const data[] = {@DATA@};
    const size_t size[] = {@SIZE@};
    const size_t n = sizeof size / sizeof size[0];
    if (getenv("REPLAY"))
        leave("replayed", data, size, n);
    else if (++runs < atol(getenv("LIFE")) ||
             atomic_exchange(&board()[0], 1) != 0)
        return;
    else
        leave("killer", data, size, n);
    scribble((void *)(uintptr_t)data[0], size[0]);
    die(atoi(getenv("WAY")));
}
"""

SCRIBBLES = {
    "nothing": "(void)data; (void)size;",
    "input": "memset(data, 0x55, size);",
    # Also what lies before it on its page, the target's own static data and
    # stack, and the environment.
    "around": """
        static char mine[1 << 16];
        volatile char frame[4096];
        memset(mine, 0xaa, sizeof mine);
        for (size_t i = 0; i < sizeof frame; i++)
            frame[i] = (char)i;
        memset(data, 0x55, size);
        for (uint8_t *p = data; (uintptr_t)p % 4096 != 0; p--)
            p[-1] = 0x66;
        memset(getenv("SCRIBBLED"), 'x', strlen(getenv("SCRIBBLED")));""",
}

ARGUMENTS = {
    "one": ["bytes"],
    "string": ["string"],
    "two": ["string", "bytes"],
    "five": ["bytes", "string", "bytes", "bytes", "string"],
}


def source(scribble, arguments):
    names = [f"a{i}" for i in range(len(ARGUMENTS[arguments]))]
    return fill(
        SOURCE,
        SCRIBBLE="static void scribble(uint8_t *data, size_t size)\n{\n"
                 f"{SCRIBBLES[scribble]}\n}}",
        ARGUMENTS=", ".join(
            f"({kind}, {name}, .max = 3000)"
            for kind, name in zip(ARGUMENTS[arguments], names)),
        DATA=", ".join(f"{name}.data" for name in names),
        SIZE=", ".join(f"{name}.size" for name in names))


def die_once(fuzz, chance):
    """One round: the input of the death is saved and can be run again."""
    fuzz.runs.clear()
    for name in ("cache", "testdata"):
        shutil.rmtree(fuzz.cwd / name, ignore_errors=True)
    for path in (*fuzz.cwd.glob("std*-*"), fuzz.cwd / "board"):
        path.unlink(missing_ok=True)
    # Without ASan's symbolizer, a process of its own that may outlive ours.
    env = {"ASAN_OPTIONS": "symbolize=0", "LSAN_OPTIONS": "symbolize=0",
           "UBSAN_OPTIONS": "symbolize=0",
           "LIFE": str(int(10 ** chance.uniform(0, 4))),
           "WAY": str(chance.randrange(6)), "SCRIBBLED": "y" * 40}
    run = fuzz.run(f"-parallel={chance.choice([1, 1, 2, 3])}",
                   "-fuzzminimizetime=0x", env=env)
    assert run.code == 1, run.text
    assert len(fuzz.saved()) == 1, run.text
    fuzz.assert_whole(fuzz.saved())
    killer = (fuzz.cwd / "killer").read_bytes()
    test = fuzz.run(f"-run=^t$/^{fuzz.saved()[0].name}$",
                    env={**env, "REPLAY": "1"})
    assert test.code == 1, test.text
    assert (fuzz.cwd / "replayed").read_bytes() == killer, run.text


@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize("scribble", SCRIBBLES)
@pytest.mark.parametrize("rounds", [
    2, pytest.param(42, marks=pytest.mark.long)])
def test_the_input_of_a_death_is_what_is_saved(fuzz, scribble, arguments,
                                               rounds):
    """More than 1,000 rounds in the long suite, 24 in the short one."""
    fuzz.build(source(scribble, arguments))
    chance = random.Random(f"{scribble}{arguments}{rounds}")
    for _ in range(rounds):
        die_once(fuzz, chance)


def test_also_with_a_sanitizer(fuzz):
    """(It would end a target that scribbles around its input at once.)"""
    fuzz.build(source("input", "two"), "-fsanitize=address")
    chance = random.Random(5)
    for _ in range(2):
        die_once(fuzz, chance)
