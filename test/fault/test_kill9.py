# SPDX-License-Identifier: MIT
"""The coordinator is killed at a random moment: no process, no temporary file
and no shared memory is left, and every file in the cache is whole."""
import random
import time

import pytest
from fault import (both_compilers, fuzz, reap_adopted,  # noqa: F401 (a fixture)
                   repeats, wait_until)

pytestmark = [both_compilers, pytest.mark.engine]

# Finds much, so that files are being written at most moments, and now and then
# fails, so that a failure is in work at some.
SOURCE = """
#include "fault.h"
#include <thresh.h>
THRESH_TARGET(t, (bytes, in, .max = 2000))
{
    static volatile unsigned seen[256];
    unsigned run = 0;
    for (size_t i = 0; i < in.size; i++) {
        switch (in.data[i] & 7) {
        case 0: seen[in.data[i]]++; break;
        case 1: run += 2; break;
        case 2: if (in.size > 100) run++; break;
        case 3: if (in.size > 200) run += 3; break;
        case 4: if (i > 20) run += 5; break;
        case 5: if (i > 30 && in.data[i - 1] == 5) run++; break;
        default: run = 0;
        }
    }
    if (in.size > 40 && in.data[10] == 'k' && in.data[11] < 16)
        _exit(in.data[11] & 3);
}
"""


def gone(run):
    reap_adopted()
    return run.processes() == []


def kill_at_random(fuzz, seed, times):
    moments = random.Random(seed)
    fuzz.build(SOURCE)
    for n in range(times):
        run = fuzz.start(f"-parallel={n % 3 + 1}", "-keepfuzzing",
                         "-fuzzminimizetime=30x")
        time.sleep(moments.uniform(0, 0.5))
        run.process.kill()
        assert run.process.wait() == -9
        wait_until(lambda: gone(run), "the workers to end")
        reap_adopted()  # the killed coordinator could not
        fuzz.assert_clean()
        fuzz.assert_whole(fuzz.saved())
    assert fuzz.cached() != []
    assert fuzz.run("-parallel=2", "-fuzztime=5000x", "-keepfuzzing",
                    "-fuzzminimizetime=0x").code in (0, 1)


def test_ten_kills_leave_nothing_behind(fuzz):
    kill_at_random(fuzz, seed=1, times=10)


@pytest.mark.long
def test_many_kills_leave_nothing_behind(fuzz):
    kill_at_random(fuzz, seed=2, times=repeats(300))


def test_workers_that_are_stuck_or_starting_go_too(fuzz):
    fuzz.build("""
        #include "fault.h"
        #include <thresh.h>
        __attribute__((constructor)) static void start(void)
        {
            if (starts_as_worker() && atomic_fetch_add(&board()[0], 1) == 1) {
                note("began", "starting");
                sleep_for_ever();
            }
        }
        THRESH_TARGET(t, (bytes, in, .max = 64))
        {
            if (in.size == 0)
                return;
            (void)signal(SIGTERM, SIG_IGN);
            (void)signal(SIGINT, SIG_IGN);
            note("began", "stuck");
            sleep_for_ever();
        }
        """)
    run = fuzz.start("-parallel=3")
    fuzz.wait_for_note("began", 3)
    run.process.kill()
    run.process.wait()
    wait_until(lambda: gone(run), "the workers to end")
    fuzz.assert_clean()
