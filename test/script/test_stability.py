# SPDX-License-Identifier: MIT
"""What a run says at its end of edges that are not the same each time."""
import re

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.engine,
              pytest.mark.posix("names of counters come from ELF's symbols")]

TARGET = """
    static volatile unsigned calls, sink;
    static __attribute__((noinline)) void remembers(struct thresh_bytes b)
    {
        calls += %d;
        if (b.size && b.data[0] == 'a' && calls & 1)
            sink++;
        if (b.size > 1 && b.data[1] == 'b' && calls %% 3 == 0)
            sink += 2;
    }
    static __attribute__((noinline)) void honest(struct thresh_bytes b)
    {
        for (size_t i = 0; i < b.size; i++)
            if (b.data[i] == 'x' + i %% 3)
                sink++;
    }
    THRESH_TARGET(t, (bytes, b))
    {
        remembers(b);
        honest(b);
    }
"""
RUN = ("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=20000x")


def test_unstable_edges_and_their_function_are_told(fuzz):
    done = fuzz.build(TARGET % 1).run(*RUN).expect(0)
    percent, unstable, edges, names = re.search(
        r"^fuzz: stability: ([\d.]+)%; (\d+) of (\d+) edges vary while one "
        r"input runs again: (.*)$", done.err, re.M).groups()
    assert float(percent) == round(100 - 100 * int(unstable) / int(edges), 1)
    assert names == f"remembers ({unstable})"


def test_nothing_is_said_where_all_is_stable(fuzz):
    assert "stability" not in fuzz.build(TARGET % 0).run(*RUN).expect(0).err
