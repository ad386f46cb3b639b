# SPDX-License-Identifier: MIT
"""What takes many times as long as other entries is not traced. What took long
once, the first execution of a process above all, is."""
import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Only inputs with the right first eight bytes get to the comparison, whose text
# nobody finds in the program; the seed has them. The first execution of each
# process takes 5 ms; so does each of the seed's where SLOW is defined. How deep
# the stack goes and which branches are taken is the same for all others, so that
# no find leads there either: only a trace of the seed does.
TARGET = """\
#include <time.h>
static void spin(void)
{
    clock_t until = clock() + CLOCKS_PER_SEC / 200;
    while (clock() < until)
        continue;
}
static __attribute__((noinline)) void go_deep(void)
{
    volatile char room[9000];
    room[0] = 0;
}
THRESH_TARGET(t, (bytes, b))
{
    go_deep();
    static char text[17];
    static volatile char one = 1;
    if (!text[0])
        spin();
    for (int i = 0; i < 16; i++)
        text[i] = "bcdefghijklmnopq"[i] - one;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < b.size && i < 8; i++)
        hash = (hash ^ b.data[i]) * 1099511628211u;
    if ((hash != 0xc9a501c55150110du) | (b.size < 24))
        return;
#ifdef SLOW
    spin();
#endif
    if (memcmp(b.data + 8, text, 16) == 0)
        abort();
}
"""
SEED = b"\xd1\x02\x83\x74\x65\x96\x07\xf8" + b"." * 16


def put_seeds(fuzz):
    """The one that matters comes first, by its name."""
    fuzz.seed("a", SEED)
    for i in range(30):
        fuzz.seed(f"b{i:02}", bytes([i, 1, 2, 3]))


def test_the_first_execution_of_a_process_is_no_measure(fuzz):
    fuzz.build(TARGET)
    put_seeds(fuzz)
    fuzz.run("-fuzz=t", "-fuzztime=60000x", "-parallel=1").expect(1)
    assert SEED[:8] + b"abcdefghijklmnop" in fuzz.saved().values()


def test_what_takes_long_each_time_is_not_traced(fuzz):
    fuzz.build(TARGET, "-DSLOW")
    put_seeds(fuzz)
    fuzz.run("-fuzz=t", "-fuzztime=60000x", "-parallel=1").expect(0)
