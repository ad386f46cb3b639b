# SPDX-License-Identifier: MIT
"""With many workers the coordinator looks at those that have something to tell,
and loses nothing of what they tell."""
import subprocess

import pytest
from conftest import run
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.posix("libc's calls are counted by a preloaded library")

WORKERS = 32
# Every eighth execution or so ends a batch; none takes a processor, so that all
# workers are kept busy. The first byte's value is a branch of its own.
SOURCE = """\
THRESH_TARGET(t, (bytes, data, .max = 8))
{
    static volatile int seen[8];
    usleep(1000);
    note("runs", "run");
    if (data.size == 0)
        return;
    switch (data.data[0] & 7) {
    case 1: seen[1] = 1; break;
    case 2: seen[2] = 3; break;
    case 3: seen[3] = 5; break;
    case 4: seen[4] = 7; break;
    case 5: seen[5] = 9; break;
    case 6: seen[6] = 11; break;
    case 7: seen[7] = 13; break;
    default: THRESH_CHECK(seen[0]);
    }
}
"""
# How often a process was asked whether it has ended: the dear part of looking
# at a worker.
COUNTER = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
static long looks;
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    int (*real)(idtype_t, id_t, siginfo_t *, int) = dlsym(RTLD_NEXT, "waitid");
    looks += type == P_PID;
    return real(type, id, info, options);
}
__attribute__((destructor)) static void tell(void)
{
    FILE *f = looks ? fopen(getenv("LOOKS"), "a") : NULL;
    if (f)
        fprintf(f, "%ld\\n", looks), fclose(f);
}
"""


@pytest.fixture
def counter(tmp_path):
    source = tmp_path / "counter.c"
    source.write_text(COUNTER)
    library = tmp_path / "counter.so"
    run(["gcc", "-shared", "-fPIC", source, "-o", library, "-ldl"], tmp_path)
    return library


def test_only_those_with_news_are_looked_at(fuzz, counter, tmp_path):
    looks = tmp_path / "looks"
    fuzz.build(SOURCE)
    done = fuzz.run("-fuzz=t", f"-parallel={WORKERS}", "-keepfuzzing",
                    "-fuzztime=20000x", "-fuzzminimizetime=0x",
                    env={"LD_PRELOAD": str(counter), "LOOKS": str(looks)})
    done.expect(1)
    assert done.execs == 20000
    # Some 2000 batches end, and at the end all workers, one by one.
    asked = sum(int(n) for n in looks.read_text().split())
    assert asked < 4000, asked
