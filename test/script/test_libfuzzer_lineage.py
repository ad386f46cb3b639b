# SPDX-License-Identifier: MIT
"""How inputs were made and what they show, as libFuzzer tells it: mutations and
words in its lines, the recommended dictionary, the graph, files of features."""
import re
import struct

import pytest
from fuzzing import programs  # noqa: F401 (fixtures)
from libfuzzer import (  # noqa: F401 (fixtures)
    INCLUDES, QUIET, REAL, engine, files_in, lf, sha1, unlike)

pytestmark = pytest.mark.posix("libFuzzer's mode is tested where it is used")

# What may be behind "L: 4/4 ".
MADE = r'MS: ([1-9]\d*) ((?:\w+-)+)(?: DE: ((?:"(?:[^"\\]|\\.)*"-)+))?'
OWN = {"ChangeRepeatedBytes", "SwapParts", "RepeatPart", "InsertASCIIInt",
       "InsertRune", "ChangeRune", "EraseRune"}
NAMES = {"EraseBytes", "InsertByte", "InsertRepeatedBytes", "ChangeByte",
         "ChangeBit", "ShuffleBytes", "ChangeASCIIInt", "ChangeBinInt",
         "CopyPart", "CrossOver", "ManualDict", "PersAutoDict", "CMP"} | OWN

WORDS = INCLUDES + """
static volatile int seen;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 12 || memcmp(data, "magical", 7))
        return 0;
    seen = 1;
    if (memcmp(data + 7, "token", 5))
        return 0;
    FOUND
}
"""


def made_in(done, word):
    """Number, names and words of the lines with such a word."""
    lines = re.findall(rf"^#\d+\t{word} +cov:.* L: \d+/\d+ (.*)$", done.err, re.M)
    for line in lines:
        found = re.fullmatch(MADE, line.rstrip())
        assert found, line
        number, names, words = found.groups()
        names = names.split("-")[:-1]
        assert set(names) <= NAMES, line
        assert len(names) == min(int(number), 10), line
        yield names, words or ""


def test_finds_name_their_mutations(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-seed=3", "-runs=20000").expect(0)
    assert list(made_in(done, "NEW")), done.text
    for names, _ in made_in(done, "REDUCE"):
        assert "EraseBytes" in names or REAL


def test_words_of_comparisons_are_named_and_recommended(lf):
    lf.build(WORDS.replace("FOUND", "seen = 2; return 0;"), head=False)
    lf.write("in/long_enough", b"." * 20)  # or that, too, is solved with them
    done = lf.run("-seed=1", "-runs=200000", "in").expect(0)
    said = "".join(words for _, words in made_in(done, "(?:NEW|REDUCE)"))
    assert '"magical"-' in said and '"token"-' in said, done.text
    block = re.search(r"^#\d+\tDONE .*\n###### Recommended dictionary. ######\n"
                      r'((?:"(?:[^"\\]|\\.)*" # Uses: \d+\n)+)'
                      r"###### End of recommended dictionary. ######\n"
                      r"Done \d+ runs in ", done.err, re.M)
    assert block, done.text
    assert '"magical" # Uses: ' in block.group(1)
    assert '"token" # Uses: ' in block.group(1)


def test_words_of_the_user_are_not_recommended(lf):
    lf.build(WORDS.replace("FOUND", "seen = 2; return 0;"), head=False)
    lf.write("words", b'"magical"\n"token"\n')
    done = lf.run("-seed=1", "-runs=200000", "-dict=words").expect(0)
    assert '"magical" #' not in done.err and '"token" #' not in done.err


def test_words_of_the_user_have_a_name_of_their_own(lf):
    """No comparison tells them."""
    lf.build("""
#include <stdint.h>
#include <stddef.h>
static const uint8_t is_a[256] = {['a'] = 1}, is_b[256] = {['b'] = 1};
static volatile int seen;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && is_a[data[0]])
        seen = is_b[data[1]] ? 2 : 1;
    return 0;
}
""", head=False)
    lf.write("words", b'"ab"\n')
    made = []
    for seed in range(1, 20):
        done = lf.run(f"-seed={seed}", "-runs=3000", "-dict=words",
                      "-use_cmp=0").expect(0)
        made += [m for m in made_in(done, "NEW") if "ManualDict" in m[0]]
    assert made and all('"ab"-' in words for _, words in made), made


def test_a_failure_tells_how_it_came(lf):
    lf.build(WORDS.replace("FOUND", "abort();"), head=False)
    done = lf.run("-seed=1", "-runs=1000000", "-exact_artifact_path=found",
                  "corpus", "-create_missing_dirs=1")
    assert done.code not in (0, 1), done.text
    found = re.search(rf"^{MADE}; base unit: ([0-9a-f]{{40}})$", done.err, re.M)
    assert found, done.text
    assert set(found.group(2).split("-")[:-1]) <= NAMES
    assert found.group(4) in (name for name in files_in(lf.cwd / "corpus"))


def test_a_failure_of_a_seed_is_of_no_mutation(lf):
    lf.build(WORDS.replace("FOUND", "abort();"), head=False)
    lf.write("corpus/seed", b"magicaltoken")
    done = lf.run("-runs=10", "corpus")
    assert f"\nMS: 0 ; base unit: {'0' * 40}\n" in done.err, done.text


def test_verbosity_names_all_mutations(lf):
    """Ten are named, more with -verbosity=2."""
    lf.build(QUIET, head=False)
    for seed in range(1, 20):
        done = lf.run(f"-seed={seed}", "-runs=4000", "-verbosity=2",
                      "-mutate_depth=30", "-reduce_inputs=0").expect(0)
        for number, names in re.findall(r"MS: (\d+) ((?:\w+-)+)", done.err):
            assert names.count("-") == int(number)


CUSTOM = QUIET + """
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, size, max);
}
"""


def test_mutators_of_the_harness_are_named(lf):
    lf.build(CUSTOM, head=False)
    done = lf.run("-seed=3", "-runs=20000").expect(0)
    lines = re.findall(r"\tNEW .* MS: [1-9] (.*)$", done.err, re.M)
    assert lines and all("-Custom-" in line for line in lines), done.text


def test_graph_of_mutations(lf):
    lf.build(QUIET, head=False)
    lf.write("corpus/seed", b"seed")
    lf.run("-seed=3", "-runs=20000", "-mutation_graph_file=graph",
           "corpus").expect(0)
    graph = (lf.cwd / "graph").read_text()
    vertices = re.findall(r'^"([0-9a-f]{40})"$', graph, re.M)
    edges = re.findall(r'^"([0-9a-f]{40})" -> "([0-9a-f]{40})" '
                       r'\[label="((?:\w+-)+)"\];$', graph, re.M)
    assert len(vertices) + len(edges) == len(graph.splitlines())
    assert vertices[0] == sha1(b"seed")
    assert edges and edges[0][0] in (vertices[0], sha1(b"\n"), sha1(b""))
    assert {to for _, to, _ in edges} <= set(vertices)
    # what was found and is in the corpus still
    found = {n for n in files_in(lf.cwd / "corpus") if n != "seed"}
    assert found and (REAL or found <= set(vertices))


def test_features_of_entries_are_written(lf):
    lf.build(QUIET, head=False)
    lf.write("corpus/seed", b"seed")
    (lf.cwd / "features").mkdir()
    lf.run("-seed=3", "-runs=20000", "-features_dir=features", "corpus").expect(0)
    files = files_in(lf.cwd / "features")
    names = {sha1(data) for data in files_in(lf.cwd / "corpus").values()}
    assert len(files) > 2 and set(files) - {sha1(b"\n")} <= names
    owners = [n for data in files.values()
              for n in struct.unpack(f"{len(data) // 4}I", data)]
    assert len(owners) == len(set(owners)) and max(owners) < 8 * 100


def test_features_need_their_directory(lf):
    lf.build(QUIET, head=False)
    done = lf.run("-runs=4", "-features_dir=none").expect(1)
    assert 'ERROR: The required directory "none" does not exist' in done.err


@unlike("libFuzzer ends there without its last lines")
def test_an_item_of_the_corpus_ends_the_run(lf):
    lf.build(QUIET, head=False)
    lf.write("corpus/seed", b"seed")
    done = lf.run(f"-exit_on_item={sha1(b'seed')}", "corpus").expect(0)
    assert (f"INFO: found item with checksum '{sha1(b'seed')}', exiting."
            in done.err)
    assert "NEW" not in done.err


def test_verbosity_tells_of_flags_and_files(lf):
    lf.build(QUIET, head=False)
    (lf.cwd / "corpus").mkdir()
    done = lf.run("-runs=10000", "-verbosity=2", "-artifact_prefix=a", "-seed=3",
                  "corpus").expect(0)
    flags = re.findall(r"^Flag: (.*)$", done.err, re.M)
    assert flags == ["verbosity 2", "artifact_prefix a", "seed 3"]
    assert re.search(r"^Written \d+ bytes to corpus/[0-9a-f]{40}$", done.err, re.M)


def test_focus_may_be_auto(lf):
    """There are no data flow traces, from which it would be taken."""
    lf.build(QUIET, head=False)
    lf.run("-runs=100", "-focus_function=auto").expect(0)
