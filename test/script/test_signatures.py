# SPDX-License-Identifier: MIT
"""Which failures are one bug: with -keepfuzzing each is reported once, and none
is taken for another."""
import re

import pytest
from fuzzing import fuzz, fuzz_both, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# b.size decides what happens; the statements differ from test to test.
SOURCE = """\
#include <assert.h>
/* Keeps compilers from making one of two equal pieces of code. */
#define MARK(n) __asm__ volatile("" : : "i"(n) : "memory")
static void *volatile nothing;
__attribute__((noinline)) static void die(void) { abort(); }
__attribute__((noinline)) static void use(volatile char *p) { p[16] = 1; }
__attribute__((noinline)) static void deep(const uint8_t *p)
{
    use(nothing);
    (void)p;
}
__attribute__((noinline)) static void item(const uint8_t *p) { deep(p + 1); }
__attribute__((noinline)) static int list(const uint8_t *p)
{
    item(p);
    return p[0];
}
__attribute__((noinline)) static int other(const uint8_t *p)
{
    item(p + 1);
    return p[0];
}
THRESH_TARGET(t, (bytes, b))
{
    volatile int top = 0x7fffffff;
    volatile char *volatile block = malloc(4);
    (void)top;
    switch (b.size) {
    case 3: MARK(3); %s; MARK(4); break;
    case 5: MARK(5); %s; MARK(6); break;
    }
    free((void *)block);
}
"""

TWO_BUGS = {
    "abort": ("abort()", "abort()", []),
    "helper": ("die()", "die()", []),
    "assert": ("assert(b.size > 9)", "assert(b.size > 9)", []),
    "segv": ("*(volatile int *)nothing = 3", "*(volatile int *)nothing = 5",
             []),
    "in libc": ("memset(nothing, 3, b.size)", "memset(nothing, 5, b.size)",
                []),
    "exit": ("exit(3)", "exit(3)", []),
    "double free": ("free((void *)block); free((void *)block)",
                    "free((void *)block); free((void *)block)", []),
    "asan": ("block[4] = 3", "block[4] = 5", ["-fsanitize=address"]),
    "asan in libc": ("memset((void *)block, 3, 3 * b.size)",
                     "memset((void *)block, 5, 3 * b.size)",
                     ["-fsanitize=address"]),
    "ubsan": ("top += (int)b.size", "top += (int)b.size", ["-fsanitize=undefined"]),
    "helper and asan": ("use(block)", "use(block)", ["-fsanitize=address"]),
}
WAYS = ('note("ways", "1"); list(b.data)',
        'note("ways", "2"); other(b.data)')
ONE_BUG = {
    "segv": (*WAYS, []),
    "asan": (*WAYS, ["-fsanitize=address"]),
}
RUN = ["-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1", "-fuzztime=40x",
       "-fuzzminimizetime=10x"]


def reports(done):
    return re.findall(r"^    FAIL t: (.*)$", done.out, re.M)


def build(fuzz, kinds, kind):
    first, second, flags = kinds[kind]
    for size in 3, 5, 3, 5:
        fuzz.cache(bytes([size + len(fuzz.cached())]) * size)
    return fuzz.build(SOURCE % (first, second), *flags, "-w", "-O1",
                      "-fno-builtin")


@pytest.mark.parametrize("kind", [
    pytest.param(kind, marks=pytest.mark.posix(
        "msvcrt does not look for double frees"))
    if kind == "double free" else kind for kind in TWO_BUGS])
def test_two_bugs_of_one_kind_in_one_function_are_two(fuzz_both, kind):
    done = build(fuzz_both, TWO_BUGS, kind).run(*RUN).expect(1)
    titles = reports(done)
    assert len(titles) == 2, done.text
    assert done.out.count("reproduced 5/5") == 2, done.text
    assert len(fuzz_both.saved()) == 2
    assert sorted(map(len, fuzz_both.saved().values())) == [3, 5]


@pytest.mark.parametrize("kind", ONE_BUG)
def test_one_bug_over_two_ways_is_one(fuzz_both, kind):
    done = build(fuzz_both, ONE_BUG, kind).run(*RUN).expect(1)
    assert set(fuzz_both.notes("ways")) == {"1", "2"}
    assert len(reports(done)) == 1, done.text


def test_a_recursion_that_overflows_is_one(fuzz):
    """However deep the stack was when it began and wherever it ends."""
    fuzz.build("""\
        __attribute__((noinline)) static int leaf(volatile int n)
        {
            volatile char frame[300];
            frame[n % 300] = 1;
            return frame[0];
        }
        #define STEP(name, next)                                  \\
            static int next(volatile int n);                      \\
            __attribute__((noinline)) static int name(volatile int n) \\
            {                                                     \\
                int before = leaf(n);                             \\
                return before + next(n + 1);                      \\
            }
        STEP(one, two)
        STEP(two, three)
        STEP(three, four)
        STEP(four, one)
        THRESH_TARGET(t, (bytes, b))
        {
            volatile char room[b.size * 100 + 1];
            room[0] = 1;
            if (b.size % 2 == 0)
                return;
            note("sizes", b.size > 9 ? "large" : "small");
            printf("%d", one(room[0]));
        }
        """, "-w")
    for size in range(1, 30, 4):
        fuzz.cache(b"x" * size)
    done = fuzz.run(*RUN).expect(1)
    assert set(fuzz.notes("sizes")) == {"large", "small"}
    assert len(reports(done)) == 1, done.text


def test_two_hangs_are_two(fuzz):
    fuzz.build("""\
        static volatile int forever = 1;
        __attribute__((noinline)) static int step(int n) { return n + 1; }
        __attribute__((noinline)) static void one(void)
        {
            for (int n = 0; forever;) n = step(n);
        }
        __attribute__((noinline)) static void other(void)
        {
            for (int n = 0; forever;) n = step(n);
        }
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size == 3)
                one();
            if (b.size == 5)
                other();
        }
        """)
    fuzz.cache(b"333")
    fuzz.cache(b"55555")
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
                    "-fuzztime=2x", "-inputtimeout=1s").expect(1)
    assert reports(done) == ["timeout after 1.00s"] * 2
    stacks = re.findall(r"(\w+)(?: \(\S+\))? < (?:target:\d+ )?t\b", done.out)
    assert sorted(stacks) == ["one", "other"], done.text
