# SPDX-License-Identifier: MIT
"""What becomes of a failing input before it is reported: as small and simple
as the failure allows, never another failure, never worse than before."""
import re

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Needs fifty bytes, one of which is not zero.
FIFTY = """\
THRESH_TARGET(t, (bytes, b))
{
    unsigned sum = 0;
    for (size_t i = 0; i < b.size; i++)
        sum |= b.data[i];
    if (b.size >= 50 && sum != 0)
        %s;
}
"""
SURVIVES = 'THRESH_CHECK(b.size < 50 || sum == 0, "%zu bytes", b.size)'
RUN = ["-fuzz=t", "-seed=1", "-fuzztime=1000000x"]


@pytest.fixture
def fifty(fuzz):
    fuzz.seed("zeros", bytes(100))
    return fuzz


def failures(fuzz):
    saved = fuzz.saved()
    saved.pop("zeros", None)
    return list(saved.values())


@pytest.mark.parametrize("how", [SURVIVES, "abort()", "exit(99)"],
                         ids=["check", "abort", "exit"])
def test_input_becomes_as_small_as_the_failure_allows(fifty, how):
    fifty.build(FIFTY % how)
    done = fifty.run(*RUN).expect(1)
    data, = failures(fifty)
    assert len(data) == 50 and sum(data) != 0
    assert re.search(r"minimised \d+ -> 50 bytes", done.out), done.text
    assert len(re.findall("fuzz: minimizing .*-byte failing input", done.err)
               ) == 1


def test_report_is_of_the_minimised_input(fifty):
    fifty.build(FIFTY % SURVIVES)
    done = fifty.run(*RUN).expect(1)
    assert "sum == 0: 50 bytes\n" in done.out
    fifty.run("-run=t/[0-9a-f]{16}").expect(1)


@pytest.mark.parametrize("limit", ["0s", "0x"])
def test_limit_of_zero_means_no_minimising(fifty, limit):
    fifty.build(FIFTY % SURVIVES)
    done = fifty.run(*RUN, f"-fuzzminimizetime={limit}").expect(1)
    assert "minimised" not in done.out
    assert "fuzz: minimizing" not in done.err
    assert done.out.count("check failed") == 1
    assert len(failures(fifty)) == 1


def test_count_limits_the_executions_of_minimising(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            note("notes", "call");
            THRESH_CHECK(b.size < 100);
        }
        """)
    fuzz.cache(bytes(357))
    fuzz.run("-fuzz=t", "-fuzzminimizetime=3x", "-parallel=1").expect(1)
    # found, confirmed, minimised, and run for the report
    assert len(fuzz.notes()) == 1 + 5 + 3 + 1
    assert len(failures(fuzz)) == 1


def test_what_was_reached_at_the_limit_stands(fifty):
    fifty.build(FIFTY % SURVIVES)
    fifty.run(*RUN, "-fuzzminimizetime=1x").expect(1)
    data, = failures(fifty)
    assert 50 <= len(data)
    fifty.run("-run=t/[0-9a-f]{16}").expect(1)


def test_minimising_never_drifts_to_another_failure(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size >= 20)
                abort();
            THRESH_CHECK(b.size < 2, "the easy one");
        }
        """)
    fuzz.cache(b"0" * 60)
    done = fuzz.run("-fuzz=t", "-fuzztime=1x").expect(1)
    assert failures(fuzz) == [b"0" * 20] and "easy" not in done.out


def test_every_argument_is_minimised(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (string, a), (bytes, b), (string, c))
        {
            THRESH_CHECK(a.size < 2 || b.size < 3 || !strchr(c.data, '!'));
        }
        """)
    fuzz.cache(b'go test fuzz v1\nstring("abcdef")\n[]byte("ghijkl")\n'
               b'string("really!, yes")\n')
    fuzz.run("-fuzz=t", "-fuzztime=1x").expect(1)
    assert failures(fuzz) == [
        b'go test fuzz v1\nstring("00")\n[]byte("000")\nstring("!")\n']


def test_a_short_time_limit_ends_minimising(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            usleep(20000);
            THRESH_CHECK(b.size < 2);
        }
        """)
    fuzz.cache(bytes(range(255)) * 8)
    fuzz.run("-fuzz=t", "-fuzztime=1x", "-fuzzminimizetime=100ms").expect(1)
    data, = failures(fuzz)
    assert len(data) > 1
