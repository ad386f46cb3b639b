# SPDX-License-Identifier: MIT
"""Failures that depend on what ran before them: the batch is replayed for its
inputs, the fewest that bring the failure back are saved beside the failing
one, and running the binary plainly runs them before it."""
import re

import pytest
from fuzzing import digest, fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# An input of five bytes or more fails once there was one of three.
POISON = """\
static int poisoned;
THRESH_TARGET(t, (bytes, b))
{
    if (b.size >= 5 && poisoned)
        %s;
    poisoned |= b.size == 3;
}
"""
CHECK = 'THRESH_CHECK(b.size < 5 || !poisoned, "poisoned")'
RUN = ["-fuzz=t", "-seed=1", "-parallel=1", "-fuzztime=100000x"]


def only_failure(fuzz, target="t"):
    """The one saved input and the inputs before it."""
    folder = fuzz.cwd / "testdata/fuzz" / target
    names = sorted(p.name for p in folder.iterdir())
    assert len(names) == 2 and names[1] == names[0] + ".before", names
    data = (folder / names[0]).read_bytes()
    assert names[0] == digest(data)
    earlier = sorted((folder / names[1]).iterdir())
    assert [p.name for p in earlier] == [
        f"{i:04}" for i in range(1, len(earlier) + 1)]
    return names[0], data, [p.read_bytes() for p in earlier]


@pytest.mark.parametrize("how", [CHECK, "abort()", "_exit(0)"],
                         ids=["check", "abort", "exit"])
def test_earlier_input_is_found_and_saved(fuzz, how):
    done = fuzz.build(POISON % how).run(*RUN).expect(1)
    name, data, earlier = only_failure(fuzz)
    assert len(data) == 5 and [len(e) for e in earlier] == [3]
    assert re.search("reproduced 5/5, needs 1 earlier input", done.out)
    assert done.out.count("    FAIL t: ") == 1, done.text


# Finds all the time, so that there are new snapshots while failures wait.
BUSY = """\
static int seen[8];
THRESH_TARGET(t, (bytes, b))
{
    volatile unsigned sum = 0;
    for (size_t i = 1; i < b.size; i++)
        if (b.data[i] == i)
            sum++;
    if (b.size >= 8) {
        int kind = b.data[0] & 7;
        THRESH_CHECK(seen[kind] != 1 || kind != 0, "0");
        THRESH_CHECK(seen[kind] != 1 || kind != 1, "1");
        THRESH_CHECK(seen[kind] != 1 || kind != 2, "2");
        THRESH_CHECK(seen[kind] != 1 || kind != 3, "3");
        seen[kind]++;
    }
}
"""


@pytest.mark.posix("hundreds of processes, which need fork to be quick")
@pytest.mark.parametrize("workers", [1, 4])
def test_histories_are_found_while_the_search_goes_on(fuzz, workers):
    fuzz.build(BUSY)
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=3", "-fuzztime=60000x",
                    f"-parallel={workers}", "-fuzzminimizetime=50x").expect(1)
    assert len(fuzz.saved()) == 4
    # What a process keeps from earlier batches is in no history, so that not
    # all are reproduced; with several workers it depends on time, too.
    needs = len(re.findall("reproduced 5/5, needs 1 earlier input", done.out))
    assert needs >= (2 if workers == 1 else 1), done.text
    again = fuzz.run().expect(1)
    assert again.out.count("--- FAIL: t/") == needs


def test_what_was_not_reproduced_gets_another_chance(fuzz):
    """Only the first failure depends on what is gone with its process."""
    fuzz.build("""\
        static int early, poisoned;
        THRESH_TARGET(t, (bytes, b))
        {
            if (access("once", F_OK) != 0) {
                early = 1;
                note("once", "x");
            }
            THRESH_CHECK(b.size < 5 || (!early && !poisoned));
            /* Not to be found by what it is compared with. */
            poisoned |= b.size * b.size == 9;
        }
        """)
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
                    "-fuzztime=3000x").expect(1)
    first, second = re.findall(r"reproduced \d/\d.*", done.out)
    assert "reproduced 0/5" in first and "needs 1 earlier input" in second
    assert len(fuzz.saved()) == 1
    fuzz.run().expect(1)


@pytest.fixture
def poisoned(fuzz):
    fuzz.build(POISON % CHECK).run(*RUN).expect(1)
    return fuzz


def test_binary_run_plainly_fails_with_its_name(poisoned):
    name = only_failure(poisoned)[0]
    for run in [[], [f"-run=t/{name}"]]:
        done = poisoned.run(*run).expect(1)
        assert f"--- FAIL: t/{name} (" in done.out
        assert "check failed" in done.out and "poisoned\n" in done.out


def test_it_fails_alone_no_more_when_it_is_mended(poisoned):
    name = only_failure(poisoned)[0]
    poisoned.build(POISON % "(void)0").run().expect(0)
    poisoned.run(f"-run=t/{name}", "-v").expect(0)


def test_inputs_after_it_are_not_poisoned(poisoned):
    poisoned.seed("000", b"abc")
    poisoned.seed("001", b"a long one")
    poisoned.seed("zzz", b"a long one")
    done = poisoned.run("-v", "-parallel=1").expect(1)
    assert "--- FAIL: t/001 (" in done.out  # the process of 000
    assert "--- PASS: t/zzz (" in done.out


def test_saved_input_that_fails_still_is_known_from_the_start(poisoned):
    before = only_failure(poisoned)
    done = poisoned.run(*RUN).expect(1)
    assert (f"failure while testing seed corpus entry: t/{before[0]}"
            in done.err), done.text
    assert "now fuzzing" not in done.err
    assert "needs 1 earlier input" in done.out
    assert only_failure(poisoned) == before


def test_known_failures_are_counted_only(poisoned):
    before = only_failure(poisoned)
    done = poisoned.run("-fuzz=t", "-seed=1", "-parallel=1", "-keepfuzzing",
                        "-fuzztime=20000x").expect(1)
    assert done.execs == 20000
    assert done.out.count("    FAIL t: ") == 1, done.text
    assert only_failure(poisoned) == before
    assert re.search(rf"\n +\d\d+  target:.*  seed t/{before[0]}\n", done.out)


def test_history_that_cannot_be_read_is_named(poisoned):
    name = only_failure(poisoned)[0]
    poisoned.put(f"testdata/fuzz/t/{name}.before", "0002",
                 b"go test fuzz v1\njunk\n")
    for args in [[], RUN]:
        done = poisoned.run(*args).expect(1)
        assert f'{name}.before/0002"' in done.text


def test_a_mended_history_is_no_failure_while_fuzzing(poisoned):
    poisoned.build(POISON % "(void)0")
    done = poisoned.run(*RUN[:-1], "-fuzztime=1000x").expect(0)
    assert done.execs == 1000


def test_several_earlier_inputs_of_several_arguments(fuzz):
    fuzz.build("""\
        static int a_seen, b_seen;
        THRESH_TARGET(t, (string, a), (bytes, b))
        {
            THRESH_CHECK(!a_seen || !b_seen || a.size < 3 || b.size < 2);
            a_seen |= a.size == 1;
            b_seen |= b.size == 1;
        }
        """)
    fuzz.run(*RUN).expect(1)
    _, data, earlier = only_failure(fuzz)
    assert data == b'go test fuzz v1\nstring("000")\n[]byte("00")\n'
    assert len(earlier) in (1, 2)
    assert all(e.startswith(b"go test fuzz v1\nstring(") for e in earlier)


def test_a_number_of_executions_is_a_history_too(fuzz):
    fuzz.build("""\
        static int executions;
        THRESH_TARGET(t, (bytes, b))
        {
            executions += b.size > 0;
            THRESH_CHECK(executions != 100);
        }
        """)
    fuzz.run(*RUN, "-fuzzminimizetime=0x").expect(1)
    earlier = only_failure(fuzz)[2]
    assert len([e for e in earlier if e]) == 99


def test_what_the_batch_does_not_bring_back_is_said_so(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            (void)b;
            note("notes", "x");
            FILE *f = fopen("notes", "r");
            fseek(f, 0, SEEK_END);
            long n = ftell(f);
            fclose(f);
            THRESH_CHECK(n != 2 * 200);
        }
        """)
    done = fuzz.run(*RUN).expect(1)
    assert "not reproduced: 0/5 alone, nor after the 198 inputs before it; " \
        "it may depend on time, threads or earlier batches\n" in done.out
    assert len(fuzz.saved()) == 1


# Logs what each process runs. Fails in the execution that finds the file.
LOGS = """\
static unsigned executions;
THRESH_TARGET(t, (string, a), (bytes, b))
{
    static const char digits[] = "0123456789abcdef";
    char text[150], file[32];
    size_t n = (size_t)snprintf(text, sizeof text, "%zu %zu ", a.size, b.size);
    for (size_t i = 0; i < a.size && n + 2 < 70; i++)
        text[n++] = digits[(uint8_t)a.data[i] & 15];
    for (size_t i = 0; i < b.size && n + 2 < 140; i++)
        text[n++] = digits[b.data[i] >> 4];
    text[n] = 0;
    snprintf(file, sizeof file, "log/%d", (int)getpid());
    note(file, text);
    /* Coverage, so that there are finds and calibration. */
    for (size_t i = 1; i < a.size; i++)
        if (a.data[i] == a.data[i - 1])
            executions += 0;
    if (++executions == 150 && access("once", F_OK) != 0) {
        note("once", "x");
        abort();
    }
}
"""


def test_replay_runs_the_same_inputs_in_the_same_order(fuzz):
    (fuzz.cwd / "log").mkdir()
    done = fuzz.build(LOGS).run(*RUN).expect(1)
    match = re.search(r"0/5 alone, nor after the (\d+) inputs before", done.out)
    assert match, done.text
    n = int(match.group(1))
    logs = [p.read_text().split("\n")[:-1]
            for p in (fuzz.cwd / "log").iterdir()]
    first, = [log for log in logs if len(log) == 150]
    before = first[-1 - n:-1]
    assert len(set(before)) > 20
    # calibration runs are executions too
    assert any(before[i] == before[i + 3] for i in range(n - 3))
    # the replay of the batch, and what it brought, one by one
    assert logs.count(before) == 1
    assert logs.count(before + first[-1:]) == 1
