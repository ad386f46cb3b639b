# SPDX-License-Identifier: MIT
"""-quiettime: a search that shows nothing new is ended, and what that counts."""
import re

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.engine

TARGETS = """
    THRESH_TARGET(early, (bytes, b))
    {
        THRESH_CHECK(b.size < 4 || b.data[3] != 200 || b.data[0] == 200);
    }
    THRESH_TARGET(first, (bytes, b))
    {
        THRESH_REJECT_IF(b.size > 3 && b.data[0] == 'a');
    }
    THRESH_TARGET(second, (int32, n))
    {
        THRESH_REJECT_IF(n == 7);
    }
"""
RUN = ("-seed=1", "-parallel=1")


def ends(done):
    return re.findall(r"^fuzz: (\w+): nothing new for (.*) \(-quiettime\)$",
                      done.err, re.M)


def test_executions_without_a_find_end_it(fuzz):
    fuzz.build(TARGETS)
    done = fuzz.run("-fuzz=first", "-quiettime=20000x", *RUN).expect(0)
    assert ends(done) == [("first", "20000 executions")]
    assert done.execs >= 20000
    again = fuzz.run("-fuzz=first", "-quiettime=20000x", "-cachedir=other",
                     *RUN).expect(0)
    assert again.execs == done.execs


def test_time_without_a_find_ends_it(fuzz):
    done = fuzz.build(TARGETS).run("-fuzz=first", "-quiettime=1s").expect(0)
    assert ends(done) == [("first", "1s")]


def test_each_target_has_its_own(fuzz):
    done = fuzz.build(TARGETS).run("-fuzz=first|second", "-quiettime=20000x",
                                   *RUN).expect(0)
    assert sorted(ends(done)) == [("first", "20000 executions"),
                                  ("second", "20000 executions")]


def test_a_failure_comes_first(fuzz):
    done = fuzz.build(TARGETS).run("-fuzz=early", "-quiettime=100000x",
                                   *RUN).expect(1)
    assert "check failed" in done.out and not ends(done)


def test_a_limit_that_is_none_is_refused(fuzz):
    done = fuzz.build(TARGETS).run("-fuzz=first", "-quiettime=soon").expect(2)
    assert "-quiettime" in done.err
