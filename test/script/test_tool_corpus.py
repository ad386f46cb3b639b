# SPDX-License-Identifier: MIT
"""thresh merge, min and show: work on files of inputs. One program with a typed
target and one harness are built for all tests."""
import hashlib
import os
import re
import shutil

import pytest
from conftest import Wrapper, run

pytestmark = pytest.mark.posix(
    "runs the tool of this system; nothing compiles under Wine")

# Each letter is a feature of its own; the first letter of a process sets up a
# table, once in its life, which must not count as what the input does.
LETTERS = """
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int table[256], is_set_up, seen;
static void set_up(unsigned char c)
{
    for (int i = 0; i < 256; i++)
        if (i % (c % 7 + 2) == 0)
            table[i] = i;
    is_set_up = 1;
}
static void letters(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_set_up)
            set_up((unsigned char)text[i]);
        switch (text[i]) {
        case 'a': seen |= 1; break;
        case 'b': seen |= 2; break;
        case 'c': seen |= 4; break;
        case 'd': seen |= 8; break;
        case 'e': seen |= 16; break;
        case 'C': abort();
        case 'H': for (;;) pause();
        case 'M': for (size_t n = 0;; n++) memset(malloc(1 << 20), 1, 1 << 20);
        }
    }
}
"""
TYPED = "#include <thresh.h>\n" + LETTERS + """
THRESH_TARGET(words, (string, text), (uint8, n))
{
    letters(text.data, text.size);
    if (n > 100)
        seen |= 32;
}
THRESH_TARGET(other, (string, text)) { (void)text; }
"""
HARNESS = "#include <stdint.h>\n" + LETTERS + """
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    letters((const char *)data, size);
    return 0;
}
"""
LIMITS = ["--", "-inputtimeout=300ms", "-maxrss=100MB"]


@pytest.fixture(scope="module")
def programs(build, tmp_path_factory):
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    cc = Wrapper(build, "gcc", tmp_path_factory.mktemp("programs"))
    return {"typed": cc(TYPED, "-O1", name="typed"),
            "plain": cc(HARNESS, "-O1", name="plain")}


@pytest.fixture
def thresh(build, tmp_path):
    def call(*args, code=0):
        done = run([build / "thresh", *args], tmp_path, check=False,
                   env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
        assert done.returncode == code, done.stdout + done.stderr
        return done
    return call


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def contents(folder):
    return sorted(path.read_text() for path in folder.iterdir())


def typed(text, n=0):
    return f'go test fuzz v1\nstring("{text}")\nbyte(\'\\x{n:02x}\')\n'


# ---- merge ----

def test_every_feature_is_kept_and_nothing_else(programs, thresh, tmp_path):
    write(tmp_path / "in", f1="abc", f2="a", f3="b", f4="ab", f5="ba", f6="a")
    write(tmp_path / "in/deep", f7="d")
    done = thresh("merge", programs["plain"], "out", "in")
    assert contents(tmp_path / "out") == ["a", "abc", "b", "d"]
    assert "4 of 7 files are new to out" in done.stderr
    assert "every feature is kept" in done.stderr
    # What is there already is not added to.
    done = thresh("merge", programs["plain"], "out", "in")
    assert "0 of 7 files are new" in done.stderr


def test_fewest_files(programs, thresh, tmp_path):
    write(tmp_path / "in", f1="abc", f2="a", f3="b", f4="ab")
    thresh("cmin", "--fewest", programs["plain"], "out", "in")
    assert contents(tmp_path / "out") == ["abc"]


def test_typed_targets_are_merged(programs, thresh, tmp_path):
    write(tmp_path / "in", f1=typed("ab"), f2=typed("a"), f3=typed("", 200),
          f4=typed("a", 50))
    thresh("merge", "--target=words", programs["typed"], "out", "in")
    assert contents(tmp_path / "out") == sorted(
        [typed("ab"), typed("a"), 'go test fuzz v1\nstring("")\nbyte(\'È\')\n'])
    done = thresh("merge", programs["typed"], "out", "in", code=2)
    assert "--target=NAME" in done.stderr


def test_bad_files_end_nothing(programs, thresh, tmp_path):
    write(tmp_path / "in", f1="a", crash="aC", hang="bH", memory="cM", f2="d")
    (tmp_path / "in/gone").symlink_to("nowhere")
    done = thresh("merge", programs["plain"], "out", "in", *LIMITS)
    assert contents(tmp_path / "out") == ["a", "d"]
    for name in ("crash", "hang", "memory"):
        assert f"left out: in/{name}: " in done.stderr
    assert "3 files are left out" in done.stderr


def test_the_result_depends_on_the_files_alone(programs, thresh, tmp_path):
    files = {f"f{i:03}": "".join("abcde"[i * k % 5] for k in range(1, i % 9 + 2))
             for i in range(200)}
    write(tmp_path / "in", **files)
    results = []
    for parallel in (1, 2, 5):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        out = f"out{parallel}"
        thresh("merge", programs["plain"], out, "in", "--",
               f"-parallel={parallel}")
        results.append({p.name: p.read_text()
                        for p in (tmp_path / out).iterdir()})
    assert results[0] == results[1] == results[2]
    seen = set("".join(results[0].values()))
    assert seen == set("".join(files.values()))


def test_what_files_cover_is_remembered_for_the_build(programs, thresh,
                                                      tmp_path):
    write(tmp_path / "in", f1="a", f2="bb", f3="aC")
    first = thresh("merge", programs["plain"], "out1", "in")
    (tmp_path / "in/f1").rename(tmp_path / "in/f9")
    write(tmp_path / "in", f4="c")
    done = thresh("merge", programs["plain"], "out2", "in")
    assert "earlier merge" not in first.stderr
    assert "what 2 of them cover was known" in done.stderr
    assert contents(tmp_path / "out2") == ["a", "bb", "c"]
    # Neither another program nor a damaged file is believed.
    other = shutil.copy(programs["plain"], tmp_path / "plain")
    with open(other, "ab") as file:
        file.write(b"another build")
    for cache in (tmp_path / "cache").rglob(".features-plain"):
        kept = tmp_path / "cache/thresh" / cache.parent.name
        cache.write_bytes(cache.read_bytes()[:-1])
        assert kept.exists()
    for program in (other, programs["plain"]):
        done = thresh("merge", program, f"out-{program.parent.name}", "in")
        assert "earlier merge" not in done.stderr


def test_merge_says_what_it_needs(programs, thresh, tmp_path):
    done = thresh("merge", programs["plain"], "out", code=2)
    assert "two directories are needed" in done.stderr
    done = thresh("merge", programs["plain"], "out", "nowhere", code=2)
    assert "there is no directory nowhere" in done.stderr
    assert not (tmp_path / "out").exists()


# ---- min ----

def test_one_failing_input_is_minimised(programs, thresh, tmp_path):
    write(tmp_path / "words", big=typed("abcdeabCde", 77))
    done = thresh("min", programs["typed"], "words/big")
    assert contents(tmp_path / "testdata/fuzz/words") == [typed("C")]
    assert "minimised" in done.stdout and 'text = "C"' in done.stdout
    assert (tmp_path / "words/big").exists()
    write(tmp_path, crash="abCde")
    thresh("min", programs["plain"], "crash", "--time=1000x")
    assert contents(tmp_path / "testdata/fuzz/plain") == ["C"]


def test_what_does_not_fail_is_not_minimised(programs, thresh, tmp_path):
    write(tmp_path, good="ab")
    done = thresh("min", programs["plain"], "good", code=1)
    assert "good does not fail" in done.stderr
    done = thresh("min", programs["typed"], "good", code=2)
    assert "--target=NAME (words, other)" in done.stderr


# ---- show ----

def test_values_are_shown(thresh, tmp_path):
    write(tmp_path, file=typed("a\\x00?*/b", 77))
    done = thresh("show", "file")
    assert "1: string, 6 bytes" in done.stdout and "2: uint8" in done.stdout
    assert "61 00 3f 2a 2f 62" in done.stdout.replace("  ", " ")


def test_plain_bytes_are_shown(thresh, tmp_path):
    (tmp_path / "file").write_bytes(bytes(range(256)) * 2)
    short = thresh("show", "file").stdout
    assert "1: []byte, 512 bytes" in short and "256 more bytes" in short
    assert thresh("show", "--all", "file").stdout.count("\n") == 34


def test_c_is_printed_that_compiles(programs, build, thresh, tmp_path):
    data = bytes(range(256)) + b'"??/*/%s\\'
    (tmp_path / "file").write_bytes(data)
    array = thresh("show", "--c", "file").stdout
    seed = array[array.index("THRESH_BYTES"):array.rindex("); */")]
    (tmp_path / "p.c").write_text(f"""
#include <stdio.h>
#include <string.h>
{array}
#define THRESH_BYTES(text) text
static const char seed[] = {seed};
int main(void)
{{
    fwrite(input_1, 1, sizeof input_1, stdout);
    return memcmp(seed, input_1, sizeof input_1) ||
           sizeof seed != sizeof input_1 + 1;
}}
""")
    run(["gcc", "-trigraphs", "p.c", "-o", "p"], tmp_path)
    run(["sh", "-c", "./p >out"], tmp_path)
    assert (tmp_path / "out").read_bytes() == data


def test_a_bad_file_is_told(thresh, tmp_path):
    write(tmp_path, bad="go test fuzz v1\nstring(\n")
    done = thresh("show", "bad", code=3)
    assert "bad: " in done.stderr and done.stdout == ""
    assert "no file is named" in thresh("show", code=2).stderr


# ---- bugs ----

def test_saved_failures_are_listed_as_bugs(programs, thresh, tmp_path):
    folder = write(tmp_path / "testdata/fuzz/words", one=typed("abC"),
                   two=typed("C"), good=typed("ab"))
    os.utime(folder / "one", (86400 * 365, 86400 * 365))
    done = thresh("bugs", programs["typed"], "--runs=3", code=1)
    assert "1 bug in 3 saved files; 1 passes: seeds, or mended" in done.stdout
    assert "1. words: " in done.stdout and "reproducible 3/3" in done.stdout
    assert "first seen 1971-01-01" in done.stdout
    assert re.search(r"smallest +testdata/fuzz/words/two \(\d+ bytes; 2 files\)",
                     done.stdout)
    assert re.search(r"at +typed\.c:\d+ letters", done.stdout)
    (folder / "one").unlink()
    (folder / "two").unlink()
    assert "0 bugs in 1 saved file;" in thresh("bugs", programs["typed"]).stdout


def test_flaky_failures_and_different_bugs_are_told_apart(build, thresh,
                                                          tmp_path):
    cc = Wrapper(build, "gcc", tmp_path)
    cc("""
#include <stdio.h>
#include <thresh.h>
THRESH_TARGET(sometimes, (string, text))
{
    FILE *f = fopen("count", "a+");
    fputc('.', f);
    fflush(f);
    long n = ftell(f);
    fclose(f);
    THRESH_CHECK(text.size != 1 || n % 2, "one");
    THRESH_CHECK(text.size != 2, "two");
}
""", name="sometimes")
    write(tmp_path / "testdata/fuzz/sometimes", a='go test fuzz v1\nstring("a")\n',
          b='go test fuzz v1\nstring("bb")\n')
    done = thresh("bugs", "./sometimes", "--runs=4", "--", "-parallel=1",
                  code=1)
    assert "2 bugs in 2 saved files" in done.stdout
    assert "reproducible 2/4" in done.stdout and "4/4" in done.stdout


# ---- import and export ----

def test_corpora_come_and_go(thresh, tmp_path):
    queue = write(tmp_path / "out/queue", **{
        "id:000000,time:0,orig:x": "seed", "README.txt": "about"})
    write(queue / ".state", junk="junk")
    write(tmp_path / "corpus/deep", da39="deep")
    write(tmp_path / "FuzzX", aa='go test fuzz v1\n[]byte("go")\n')
    done = thresh("import", "--target=t", "out/queue", "corpus", "FuzzX")
    assert "3 inputs written to testdata/fuzz/t" in done.stdout
    assert contents(tmp_path / "testdata/fuzz/t") == [
        "deep", 'go test fuzz v1\n[]byte("go")\n', "seed"]
    thresh("import", "--target=s", "--as=string", "corpus")
    assert contents(tmp_path / "testdata/fuzz/s") == [
        'go test fuzz v1\nstring("deep")\n']

    thresh("export", "testdata/fuzz/t", "testdata/fuzz/s", "lf")
    assert contents(tmp_path / "lf") == ["deep", "go", "seed"]
    assert all(hashlib.sha1(p.read_bytes()).hexdigest() == p.name
               for p in (tmp_path / "lf").iterdir())
    thresh("export", "--as=afl", "testdata/fuzz/t", "afl")
    assert [p.name for p in sorted((tmp_path / "afl").iterdir())] == [
        f"id:{i:06},orig:thresh" for i in range(3)]
    thresh("export", "--as=go", "lf", "go")
    assert contents(tmp_path / "go") == [
        f'go test fuzz v1\n[]byte("{text}")\n' for text in ("deep", "go",
                                                           "seed")]


def test_what_has_no_form_is_left_out(thresh, tmp_path):
    write(tmp_path / "in", two=typed("x"), one='go test fuzz v1\nstring("y")\n')
    done = thresh("export", "in", "out")
    assert "1 input written to out, 1 left out" in done.stdout
    assert "in/two: it has 2 values" in done.stderr
    assert "--target=NAME" in thresh("import", "in", code=2).stderr
    assert "one of libfuzzer|afl|go" in thresh("export", "--as=x", "a", "b",
                                               code=2).stderr
    assert "no directory none" in thresh("export", "none", "b", code=2).stderr
