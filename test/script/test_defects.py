# SPDX-License-Identifier: MIT
"""Defects of the engine whose processes ours follow, each shown absent. The
letters are ours: three of the reference's own, then five that it describes."""
import re

import pytest
from fuzzing import fuzz, programs, text_file  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable


def test_defect_a_a_time_limit_keeps_what_minimising_reached(fuzz):
    """There the original is reported when the time is up."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            usleep(1000);
            THRESH_CHECK(b.size < 3);
        }
        """)
    fuzz.cache(bytes(range(250)) * 40)
    done = fuzz.run("-fuzz=t", "-fuzztime=1x",
                    "-fuzzminimizetime=300ms").expect(1)
    _, data = fuzz.only_failure()
    assert 3 <= len(data) < 10000
    assert re.search(r"minimised 10000 -> \d+ bytes", done.out)


def test_defect_b_no_find_is_dropped_for_what_was_tried_last(fuzz):
    """There a find is dropped if the last try of making it smaller failed,
    which is the rule where bytes are checked from the end."""
    fuzz.build("""\
        static volatile unsigned stage;
        THRESH_TARGET(t, (bytes, b, .max = 8))
        {
            static const char want[] = "defect!";
            unsigned n = 0;
            while (n < 7 && n < b.size &&
                   b.data[b.size - 1 - n] == want[6 - n])
                n++;
            /* a place for each number */
            if (n > 3)
                stage = 3;
            if (n > 4)
                stage = 4;
            if (n > 5)
                stage = 5;
            THRESH_CHECK(n < 7);
        }
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1",
             "-fuzztime=1000000x").expect(1)
    _, data = fuzz.only_failure()
    assert data.endswith(b"defect!")


def test_defect_c_two_byte_arguments_do_not_share_a_buffer(fuzz):
    """There mutating the second overwrites the first."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, a), (bytes, b))
        {
            char text[100] = "";
            THRESH_CHECK(a.data + a.size <= b.data || b.data + b.size <= a.data);
            if (a.size != 5 || b.size != 7 || a.data[0] != '#')
                return;
            for (size_t i = 0; i < 12; i++)
                snprintf(text + 2 * i, 3, "%02x",
                         i < 5 ? a.data[i] : b.data[i - 5]);
            note("notes", text);
            abort();
        }
        THRESH_SEED(t, THRESH_BYTES("AAAA"), THRESH_BYTES("bbbb"));
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=1000000x",
             "-fuzzminimizetime=0x").expect(1)
    _, data = fuzz.only_failure()
    a, b = bytes.fromhex(fuzz.notes()[0][:10]), bytes.fromhex(
        fuzz.notes()[0][10:])
    assert a[:1] == b"#" and len(b) == 7
    fuzz.run("-run=t").expect(1)
    assert len(set(fuzz.notes())) == 1 and data


def test_defect_d_minimising_keeps_the_failure(fuzz):
    """There any failure will do, so that a crash becomes another bug's."""
    fuzz.build("""\
        THRESH_TARGET(t, (int32, x))
        {
            THRESH_CHECK(x < 1000, "the rare one");
            THRESH_CHECK(x != 0, "the one at zero");
        }
        """)
    fuzz.cache(text_file("int32(123456789)"))
    fuzz.run("-fuzz=t", "-fuzztime=1x").expect(1)
    assert fuzz.only_failure()[1] == text_file("rune('Ϩ')")


def test_defect_e_integers_reach_any_value(fuzz):
    """There they move in steps of at most 100 and never reach the least."""
    fuzz.build("""\
        static unsigned seen;
        THRESH_TARGET(t, (int64, x), (uint64, y), (int8, z))
        {
            seen |= (x == INT64_MIN) | (x == INT64_MAX) << 1 |
                    (y == UINT64_MAX) << 2 | (z == INT8_MIN) << 3 |
                    (y >> 32 > 1000 && y >> 63 == 0) << 4;
            if (seen == 0x1f)
                note("seen", "all");
        }
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=20000x").expect(0)
    assert fuzz.notes("seen")


def test_defect_f_floats_reach_what_is_no_number_and_come_back(fuzz):
    """There NaN and the infinities are never made and never left."""
    fuzz.build("""\
        static unsigned seen, last_special;
        THRESH_TARGET(t, (double, x), (float, y))
        {
            int special = x != x || y != y;
            seen |= (x != x) | (y != y) << 1 | (x - x != 0 && x == x) << 2 |
                    (x == 0 && 1 / x < 0) << 3 |
                    (x != 0 && x < 1e-308 && x > -1e-308) << 4 |
                    (last_special && !special) << 5;
            last_special = special;
            if (seen == 0x3f)
                note("seen", "all");
        }
        """)
    fuzz.cache(text_file("float64(NaN)", "float32(1)"))
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=20000x").expect(0)
    assert fuzz.notes("seen")


def test_defect_g_no_execution_repeats_a_bool(fuzz):
    """There half of a bool's mutations change nothing."""
    fuzz.build("""\
        static unsigned same, all;
        static int last = -1;
        THRESH_TARGET(t, (bool, x))
        {
            same += x == last;
            last = x;
            if (++all == 10000)
                note("same", same < 7500 ? "few" : "many");
        }
        """)
    fuzz.run("-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=10000x").expect(0)
    assert fuzz.notes("same") == ["few"]


def test_defect_h_a_target_that_writes_its_input_is_told(fuzz):
    """There the reconstructed input is another one."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b), (int8, x))
        {
            if (b.size > 2 && b.data[0] == 'w')
                ((uint8_t *)(uintptr_t)b.data)[1] ^= 1;
        }
        THRESH_SEED(t, THRESH_BYTES("wxyz"), 3);
        """)
    done = fuzz.run().expect(1)
    assert "fuzz target overwrites its const input" in done.out
