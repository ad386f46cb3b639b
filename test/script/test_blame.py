# SPDX-License-Identifier: MIT
"""A worker that grew above -maxrss: its batch is replayed for the one input
that took the memory, which is seldom the one that ran when it was noticed."""
import re

from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

GROWS = """\
static void grow(size_t size, int keep)
{
    char *p = malloc(size);
    for (size_t i = 0; i < size; i += 4096)
        ((volatile char *)p)[i] = 1;
    if (!keep)
        free(p);
}
THRESH_TARGET(t, (bytes, b))
{
    usleep(200); /* so that the growth is noticed in the same batch */
    %s
}
"""
RUN = ["-fuzz=t", "-parallel=1", "-seed=1", "-maxrss=150MB"]


def test_input_that_took_the_memory_is_blamed(fuzz):
    fuzz.build(GROWS % """
        if (b.size >= 9 && b.data[0] == 'x')
            grow(100 << 20, 1);
        """)
    fuzz.cache(b"x marks the guilty")
    done = fuzz.run(*RUN, "-fuzztime=100000x").expect(1)
    name, data = fuzz.only_failure()
    assert data == b"x" + b"0" * 8
    assert "    FAIL t: out of memory" in done.out
    assert "reproduced 5/5" in done.out
    again = fuzz.run(f"-run=t/{name}", "-maxrss=150MB").expect(1)
    assert "out of memory: one execution took" in again.out
    fuzz.run(f"-run=t/{name}").expect(0)


def test_memory_that_is_given_back_counts(fuzz):
    fuzz.build(GROWS % """
        if (b.size >= 9 && b.data[0] == 'x')
            for (int i = 0; i < 20; i++)
                grow(200 << 20, 0);
        """)
    fuzz.cache(b"x marks the guilty")
    fuzz.run(*RUN, "-fuzztime=100000x").expect(1)
    assert fuzz.only_failure()[1] == b"x" + b"0" * 8


def test_slow_growth_is_told_and_blames_nobody(fuzz):
    fuzz.build(GROWS % "(void)b; grow(1 << 20, 1);")
    done = fuzz.run(*RUN, "-maxrss=60MB", "-fuzztime=300x").expect(0)
    assert done.execs == 300
    match = re.search(r"worker memory grew above 60 MB over (\d+) executions, "
                      "no single input to blame; restarted\n", done.err)
    assert match and 30 < int(match.group(1)) < 300, done.text
    assert "restarted, 2 times so far\n" in done.err
    assert fuzz.saved() == {}


def test_guilty_input_of_the_baseline_is_blamed(fuzz):
    fuzz.build(GROWS % """
        if (b.size == 5)
            grow(160 << 20, 1);
        usleep(2000);
        """)
    for i in range(400):
        fuzz.cache(b"%03d" % i)
    fuzz.cache(b"guilt")
    fuzz.run(*RUN, "-fuzztime=401x", "-fuzzminimizetime=0x").expect(1)
    assert fuzz.only_failure()[1] == b"guilt"
