# SPDX-License-Identifier: MIT
"""Workers that crash in the same instant: no failure is lost, none gets
another's input, and nothing is left of any process."""
import shutil

import pytest
from fault import both_compilers, fuzz  # noqa: F401 (a fixture)

pytestmark = [both_compilers, pytest.mark.engine]

# Each of the sites waits until every other is reached too, in other workers,
# and is never reached again; all leave their input and fail in one instant,
# each in a way of its own. When they are run again they fail at once.
SOURCE = """
#include "fault.h"
#include <sched.h>
#include <thresh.h>
static void fail(int site)
{
    volatile int zero = 0;
    switch (site) {
    case 0: abort();
    case 1: _exit(3);
    case 2: raise(SIGSEGV); break;
    case 3: THRESH_CHECK(site != 3); break;
    case 4: exit(0);
    case 5: zero = 7 / zero; raise(SIGFPE); break;
    case 6: quick_exit(7);
    case 7: raise(SIGBUS); break;
    }
}
THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (in.size < 8 || in.data[1] != '!')
        return;
    const unsigned sites = (unsigned)atoi(getenv("SITES"));
    const unsigned all = (1u << sites) - 1;
    unsigned site = in.data[0] % sites;
    unsigned before = atomic_fetch_or(&board()[0], 1u << site);
    if (!(before & 1u << site)) {
        char name[20];
        (void)snprintf(name, sizeof name, "killer-%u", site);
        dump(name, in.data, in.size);
        atomic_fetch_or(&board()[1], 1u << site);
        while (atomic_load(&board()[1]) != all)
            sched_yield();
    } else if (atomic_load(&board()[1]) != all) {
        return;
    }
    fail((int)site);
}
"""


def forget(fuzz):
    """Makes the directory as it was before the round."""
    fuzz.runs.clear()
    for name in ("cache", "testdata"):
        shutil.rmtree(fuzz.cwd / name, ignore_errors=True)
    for path in [fuzz.cwd / "board", *fuzz.cwd.glob("killer-*"),
                 *fuzz.cwd.glob("std*-*")]:
        path.unlink(missing_ok=True)


def crash_together(fuzz, k, in_baseline):
    """One round, of inputs that are known or of such that are found."""
    forget(fuzz)
    if in_baseline:
        for site in range(k):
            fuzz.cache(b"%d!entry, known" % site)
    else:
        fuzz.seed("near", b"0!34567")
    run = fuzz.start(f"-parallel={k}", "-inputtimeout=50s",
                     "-fuzzminimizetime=0x", env={"SITES": str(k)})
    assert run.end().code == 1, run.text
    killers = {(fuzz.cwd / f"killer-{site}").read_bytes()
               for site in range(k)}
    saved = [p for p in fuzz.saved() if p.name != "near"]
    fuzz.assert_whole(saved)
    assert len(saved) == k, run.text
    assert {p.read_bytes() for p in saved} == killers, run.text
    assert run.stdout.count("    FAIL t: ") == k, run.text
    assert run.stdout.count("reproduced 5/5") == k, run.text


@pytest.mark.parametrize("k,rounds", [
    (2, 3), (4, 3), (8, 2),
    *(pytest.param(k, rounds, marks=pytest.mark.long)
      for k, rounds in ((2, 200), (4, 200), (8, 100)))])
def test_no_simultaneous_crash_is_lost_or_mixed_up(fuzz, k, rounds):
    """1,000 rounds in the long suite, half of them with each compiler. (The
    rest is in Run.end(): no process, no zombie, no temporary is left.)"""
    fuzz.build(SOURCE)
    for n in range(rounds):
        crash_together(fuzz, k, in_baseline=n % 2 == 0)
