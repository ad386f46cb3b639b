# SPDX-License-Identifier: MIT
"""-keepfuzzing: each kind of failure is a group that is reported once, counted
afterwards, and stands for its smallest input; none hides another."""
import re
from collections import Counter

import pytest
from conftest import WINDOWS
from fuzzing import ABORT, digest, fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

# Six bugs, each hit often, that leave a note of every execution they fail.
SIX = """\
THRESH_TARGET(t, (bytes, b))
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    if (b.size < 3 || b.size > 8)
        return;
    note("notes", names[b.size - 3]);
    switch (b.size) {
    case 3: THRESH_CHECK(0, "a"); break;
    case 4: THRESH_CHECK(0, "b"); break;
    case 5: _exit(3);
    case 6: exit(4);
    case 7: abort();
    case 8: THRESH_CHECK(0, "f"); break;
    }
}
"""
# Where nothing forks, each death costs the start of a process.
SIX_EXECS = 10000 if WINDOWS else 20000
KINDS = {"a": "target:8: .*: a", "b": "target:9: .*: b", "c": "exit status 3",
         "d": "exit status 4", "e": f"{ABORT}.*",
         "f": "target:13: .*: f"}


def groups(done):
    """Count and file by title, from the list at the end."""
    title, *lines = done.out[re.search("kinds? of failure in",
                                      done.out).start():].split("\n")
    found = {}
    for line in lines:
        match = re.fullmatch(r" +(\d+)  (.*)  (\S.*)", line)
        if match:
            assert match.group(2) not in found
            found[match.group(2)] = int(match.group(1)), match.group(3)
    total = int(re.search(r"in (\d+) failing", title).group(1))
    assert total == sum(n for n, _ in found.values())
    return found


def kinds(done):
    """Count and file by the name of the bug."""
    found = {}
    for title, entry in groups(done).items():
        name, = [n for n, pattern in KINDS.items()
                 if re.fullmatch(pattern, title)]
        assert name not in found
        found[name] = entry
    return found


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_six_bugs_are_six_groups_with_right_counts(fuzz, workers):
    fuzz.build(SIX)
    done = fuzz.run("-fuzz=t", "-keepfuzzing", f"-parallel={workers}",
                    f"-fuzztime={SIX_EXECS}x", "-fuzzminimizetime=0x").expect(1)
    assert done.execs == SIX_EXECS
    found = kinds(done)
    assert found.keys() == KINDS.keys()
    # five runs confirm each
    assert {name: n + 5 for name, (n, _) in found.items()} == Counter(
        fuzz.notes())
    assert done.out.count("    FAIL t: ") == 6
    saved = fuzz.saved()
    assert len(saved) == 6
    for name, (_, file) in found.items():
        data = saved[file.removeprefix("testdata/fuzz/t/")]
        assert len(data) == 3 + "abcdef".index(name)


def test_the_list_is_the_same_with_the_same_seed(fuzz):
    fuzz.build(SIX)
    runs = []
    for cache in ["one", "two"]:
        done = fuzz.run("-fuzz=t", "-keepfuzzing", "-parallel=1", "-seed=5",
                        f"-fuzztime={min(SIX_EXECS, 5000)}x",
                        f"-cachedir={cache}", f"-testdata={cache}-data")
        runs.append({title: n for title, (n, _) in groups(done).items()})
        assert len(fuzz.files(f"{cache}-data/t")) == 6
    assert runs[0] == runs[1]
    assert fuzz.files("one-data/t") == fuzz.files("two-data/t")


@pytest.mark.posix("thousands of deaths, which need fork to be quick")
def test_a_frequent_bug_does_not_hide_a_rare_one(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size > 0 && (b.data[b.size - 1] & 1))
                abort();
            if (b.size == 6)
                THRESH_CHECK(b.data[0] != 'x', "rare");
        }
        """)
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
                    "-fuzztime=30000x").expect(1)
    found = groups(done)
    assert len(found) == 2 and any(t.endswith("rare") for t in found)
    assert sorted(map(len, fuzz.saved().values())) == [1, 6]


def test_saved_inputs_that_fail_still_are_known_and_not_written_again(fuzz):
    fuzz.build(SIX)
    args = ["-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
            f"-fuzztime={SIX_EXECS}x"]
    fuzz.run(*args).expect(1)
    saved = fuzz.saved()
    assert len(saved) == 6
    done = fuzz.run(*args, "-cachedir=other").expect(1)
    assert fuzz.saved() == saved
    assert done.out.count("    FAIL t: ") == 6
    assert len(re.findall("failure while testing seed corpus entry: t/",
                          done.err)) == 6
    for n, file in kinds(done).values():
        assert n > 1 and file.removeprefix("seed t/") in saved


def test_without_keepfuzzing_a_known_failure_ends_the_run(fuzz):
    fuzz.build(SIX)
    fuzz.seed("mine", b"four")
    done = fuzz.run("-fuzz=t", "-fuzztime=20000x", "-parallel=1").expect(1)
    assert done.execs == 1 and list(fuzz.saved()) == ["mine"]
    assert done.out.count("    FAIL t: ") == 1


def test_smallest_input_of_a_group_is_kept(fuzz):
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(b.size < 3); }\n")
    fuzz.cache(b"x" * 900)
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
                    "-fuzztime=20000x", "-fuzzminimizetime=0x").expect(1)
    name, data = fuzz.only_failure()
    assert len(data) == 3
    assert f"testdata/fuzz/t/{name} replaces " in done.err
    assert groups(done).popitem()[1][1].endswith(name)
    fuzz.run(f"-run=t/{name}").expect(1)


def test_a_smaller_input_that_does_not_fail_again_replaces_nothing(fuzz):
    fuzz.build("""\
        static int runs;
        THRESH_TARGET(t, (bytes, b))
        {
            runs++;
            THRESH_CHECK(b.size < 100 && (b.size < 3 || runs < 50));
        }
        """)
    fuzz.cache(b"x" * 900)
    fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
             "-fuzztime=5000x", "-fuzzminimizetime=0x").expect(1)
    assert len(fuzz.only_failure()[1]) >= 100


# Lethal, and slow to minimise, since every try costs a process.
SCATTERED = """\
THRESH_TARGET(t, (bytes, b))
{
    size_t found = 0;
    for (size_t i = 0; i < b.size && found < 12; i++)
        found += b.data[i] == "ABCDEFGHIJKL"[found];
    note("notes", found == 12 ? "F" : found >= 6 ? "f" : "s");
    if (found == 12)
        abort();
}
"""


def scattered(size):
    data = bytearray(b"." * size)
    for i, c in enumerate(b"ABCDEFGHIJKL"):
        data[i * size // 12 + i] = c
    return bytes(data)


@pytest.mark.posix("hundreds of deaths, which need fork to be quick")
def test_a_lone_worker_searches_while_it_minimises(fuzz):
    fuzz.build(SCATTERED)
    fuzz.cache(scattered(2000))
    fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
             "-fuzztime=40000x").expect(1)
    notes = "".join(fuzz.notes())
    assert sorted(map(len, fuzz.saved().values())) == [12]
    while_minimising = notes[:notes.rindex("F")]
    assert while_minimising.count("s" * 1000) >= 2


@pytest.mark.posix("thousands of deaths, which need fork to be quick")
def test_lethal_10_kib_that_need_12_bytes(fuzz):
    fuzz.build(SCATTERED)
    fuzz.cache(scattered(10240))
    done = fuzz.run("-fuzz=t", "-fuzztime=1x", "-parallel=1").expect(1)
    assert fuzz.only_failure()[1] == b"ABCDEFGHIJKL"
    assert "minimised 10240 -> 12 bytes" in done.out


def test_an_endless_input_becomes_smaller(fuzz):
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            while (b.size >= 4 && memchr(b.data, '!', b.size))
                usleep(10000);
        }
        """)
    fuzz.cache(b"." * 40 + b"!" + b"." * 23)
    done = fuzz.run("-fuzz=t", "-fuzztime=1x", "-inputtimeout=1s",
                    "-parallel=1").expect(1)
    data = fuzz.only_failure()[1]
    assert len(data) == 4 and b"!" in data and set(data) <= set(b".!")
    assert "FAIL t: timeout after" in done.out


@pytest.mark.posix("kills its parent")
def test_kill_while_minimising_loses_little(fuzz):
    """What is on disk follows what was reached."""
    fuzz.build("""\
        THRESH_TARGET(t, (bytes, b))
        {
            if (b.size == 20)
                kill(getppid(), SIGKILL);
            if (b.size >= 20)
                abort();
        }
        """)
    fuzz.cache(b"x" * 5000)
    # The parent of a fork would be the worker.
    done = fuzz.run("-fuzz=t", "-fuzztime=1x", "-parallel=1",
                    env={"THRESH_NO_FORK": "1"})
    assert done.code == -9
    assert len(fuzz.only_failure()[1]) <= 50


@pytest.mark.long
def test_more_kinds_than_can_be_worked_on(fuzz):
    lines = "\n".join(f"case {i}: THRESH_CHECK(0); break;" for i in range(300))
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { if (b.size < 2) return;\n"
               "switch ((b.data[0] * 256 + b.data[1]) % 300) {\n"
               + lines + "\n} }\n")
    done = fuzz.run("-fuzz=t", "-keepfuzzing", "-seed=1", "-parallel=1",
                    "-fuzztime=60000x", "-fuzzminimizetime=0x").expect(1)
    assert len(groups(done)) == 300
    assert len(fuzz.saved()) == 300
    assert done.err.count("more than 256 kinds of failure") == 1
    assert done.out.count("    FAIL t: ") == 256
    assert all(digest(d) == n for n, d in fuzz.saved().items())
