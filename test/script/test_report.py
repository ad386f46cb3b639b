# SPDX-License-Identifier: MIT
"""What the report of one failure looks like: five lines for a terminal of 80
columns, and what the process said, made harmless."""
import re
import shlex

import pytest
from fuzzing import ABORT, fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

RUN = ["-fuzz=t", "-parallel=1", "-fuzztime=10x", "-fuzzminimizetime=0x"]


def failing(fuzz, args, statement="abort();"):
    return fuzz.build("""\
        __attribute__((noinline)) static void fail(void) { %s }
        THRESH_TARGET(t, %s) { fail(); }
        """ % (statement, args), "-w")


def report(done):
    """Its lines, from FAIL on, without the program's directory."""
    lines = done.out.splitlines()
    start = next(i for i, x in enumerate(lines) if x.startswith("    FAIL t: "))
    return [re.sub(r"/\S*/fuzz ", "./fuzz ", line) for line in lines[start:-1]]


@pytest.mark.posix("no addr2line in Wine, so no lines in reports")
def test_it_has_five_lines(fuzz):
    failing(fuzz, "(bytes, url), (string, how)")
    fuzz.cache(b'go test fuzz v1\n[]byte("http://[")\nstring("a\\"b\\n")\n')
    lines = report(fuzz.run(*RUN).expect(1))
    name, _ = fuzz.only_failure()
    assert lines == [
        f"    FAIL t: {ABORT}",
        "        target:1 fail < target:2 t                    "
        "reproduced 5/5",
        r'        t(url = "http://[", how = "a\"b\n")           '
        "12 bytes",
        f"        saved   testdata/fuzz/t/{name}",
        f"        re-run  ./fuzz -run=t/{name}",
    ]


def test_what_does_not_fit_goes_below(fuzz):
    failing(fuzz, "(bytes, a_rather_long_name), (bytes, another_long_name)")
    fuzz.cache(b'go test fuzz v1\n[]byte("0123456789")\n[]byte("abc")\n')
    lines = report(fuzz.run(*RUN).expect(1))
    assert lines[2:4] == [
        '        t(a_rather_long_name = "0123456789", another_long_name = "abc"'
        ")",
        "        13 bytes"]
    assert all(len(line) <= 80 for line in lines if "re-run" not in line)


def test_bytes_that_are_no_text_are_dumped(fuzz):
    failing(fuzz, "(bytes, b)")
    fuzz.cache(bytes(range(0x80, 0x92)) + b"text")
    lines = report(fuzz.run(*RUN).expect(1))
    assert lines[2:5] == [
        "        t(b = 22 bytes)                               22 bytes",
        "        0000  80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f  "
        "................",
        "        0010  90 91 74 65 78 74                                "
        "..text"]
    assert all(len(line) <= 80 for line in lines[:5])


def test_a_long_dump_is_cut(fuzz):
    failing(fuzz, "(bytes, first), (bytes, second)")
    fuzz.cache(b'go test fuzz v1\n[]byte("%s")\n[]byte("%s")\n' %
               (rb"\x80" * 1000, b"x" * 300))
    lines = report(fuzz.run(*RUN).expect(1))
    call = next(line for line in lines if line.startswith("        t("))
    assert re.fullmatch(r' +t\(first = 1000 bytes, second = "x{256}"\.\.\. '
                        r"300 bytes\)", call)
    at = lines.index("        first:")
    assert lines[at + 17] == "        ..." and "saved" in lines[at + 18]


def test_a_few_odd_bytes_are_a_literal(fuzz):
    failing(fuzz, "(bytes, b)")
    fuzz.cache(b"\xff\x00\x01")
    done = fuzz.run(*RUN).expect(1)
    assert '        t(b = "\\xff\\x00\\x01")' in done.out


@pytest.mark.posix("no addr2line in Wine, so no lines in reports")
def test_a_harness_without_names_shows_values(fuzz):
    fuzz.build("""\
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
        {
            abort();
        }
        """, "-w")
    fuzz.cache(b"abc", target="fuzz")
    done = fuzz.run(*RUN[1:], "-fuzz=fuzz").expect(1)
    assert '        fuzz("abc")' in done.out
    assert "target:3 LLVMFuzzerTestOneInput" in done.out


def test_what_the_target_prints_upsets_no_terminal(fuzz):
    failing(fuzz, "(bytes, b)",
            r'printf("\033[2J\033]0;title\a red\r\n\ttab \303\251 \377%c.", 0);'
            r" fflush(stdout); abort();")
    fuzz.cache(b"abc")
    done = fuzz.run(*RUN).expect(1)
    assert ("        last output:\n"
            "          \\x1b[2J\\x1b]0;title\\x07 red\n"
            "          \ttab \u00e9 \\xff\\x01.\n") in done.out
    assert "\x1b" not in done.text


def test_nor_does_what_a_check_says(fuzz):
    failing(fuzz, "(bytes, b)", r'THRESH_CHECK(0, "\033[2J\a%s", "x\ny");')
    fuzz.cache(b"abc")
    done = fuzz.run(*RUN).expect(1)
    assert "    FAIL t: target:1: check failed: 0: ?[2J?x?y\n" in done.out


def test_output_comes_last(fuzz):
    failing(fuzz, "(bytes, b)", 'fputs("said\\n", stderr); abort();')
    fuzz.cache(b"abc")
    lines = report(fuzz.run(*RUN).expect(1))
    assert lines[-2:] == ["        last output:", "          said"]
    assert "re-run" in lines[-3]


@pytest.mark.posix("no addr2line in Wine, so no lines in reports")
def test_test_mode_shows_the_same_stack(fuzz):
    failing(fuzz, "(bytes, b)", 'fputs("said\\n", stderr); abort();')
    fuzz.seed("x", b"abc")
    done = fuzz.run().expect(1)
    assert re.search(r"    --- FAIL: t/x \(\d\.\d\ds\)\n"
                     "        SIGABRT\n"
                     "        target:1 fail < target:2 t\n"
                     "        said\n", done.out), done.text


@pytest.mark.parametrize("statement,title", [
    ("abort();", ABORT),
    ("exit(3);", "exit status 3"),
    ("_exit(3);", "exit status 3"),
])
def test_each_has_one_title(fuzz, statement, title):
    failing(fuzz, "(bytes, b)", statement)
    fuzz.cache(b"abc")
    assert report(fuzz.run(*RUN).expect(1))[0] == f"    FAIL t: {title}"


def test_the_command_to_run_again_is_ready_to_be_pasted(fuzz):
    """It names the directory, and quotes what a shell would take apart."""
    fuzz.build("THRESH_TARGET(t, (bytes, b)) { THRESH_CHECK(b.size < 3); }")
    for folder in ("my tests", "o'ne $t here"):
        done = fuzz.run("-fuzz=t", f"-testdata={folder}",
                        "-parallel=1").expect(1)
        command = re.search(r"re-run  (.*)", done.out).group(1)
        words = shlex.split(command)
        assert words[-1] == f"-testdata={folder}", command
        assert "--- FAIL: t/" in fuzz.run(*words[1:]).expect(1).out
