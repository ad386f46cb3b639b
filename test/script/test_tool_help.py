# SPDX-License-Identifier: MIT
"""What the thresh command tells of itself: help, the manual page and completion
come of the same tables, so that each command and flag is in all of them."""
import re
import shutil
import subprocess

import pytest
from conftest import run

pytestmark = pytest.mark.posix(
    "runs the tool of this system; test_windows_tool.py runs that for Windows")


@pytest.fixture
def thresh(build, tmp_path):
    def call(*args, **options):
        return run([build / "thresh", *args], tmp_path, **options)
    return call


@pytest.fixture
def commands(thresh):
    """All commands, with what --help says of each."""
    names = re.findall(r"^  (\S+) +\S", thresh("--help").stdout, re.M)
    assert {"cc", "c++", "completion", "manual"} <= set(names)
    return {name: thresh("help", name).stdout for name in names}


def flags_of(text):
    return re.findall(r"^  --([a-z-]+)", text, re.M)


def test_each_command_has_help(thresh, commands):
    for name, text in commands.items():
        assert text.startswith(f"usage: thresh {name}"), name
        assert max(map(len, text.splitlines())) <= 80, name
        if name not in ("cc", "c++"):
            assert thresh(name, "--help").stdout == text


def test_manual_has_all_commands_and_flags(thresh, commands):
    page = thresh("manual").stdout.replace("\\-", "-")
    for name, text in commands.items():
        at = page.index(f".SS thresh {name}\n")
        section = page[at:].split(".SS", 2)[1].split(".SH")[0]
        assert re.findall(r"^\.B --([a-z-]+)", section, re.M) == flags_of(text)


def test_manual_is_sound(build, thresh):
    assert ((build / "share/man/man1/thresh.1").read_text()
            == thresh("manual").stdout)
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], text=True,
                          input=thresh("manual").stdout, capture_output=True,
                          check=True)
    assert done.stderr == "" and "native fuzzing for C" in done.stdout


def complete(thresh, line):
    """What bash offers for a line with the cursor at its end."""
    script = thresh("completion", "bash").stdout + f"""
        compopt() {{ :; }}
        COMP_LINE='{line}' COMP_POINT={len(line)}
        COMP_WORDS=({line} {"''" if line.endswith(" ") else ""})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _thresh
        printf '%s\\n' "${{COMPREPLY[@]}}"
        """
    done = run(["bash", "-c", script], "/")
    return done.stdout.split()


def test_bash_completes_commands_and_flags(thresh, commands):
    assert set(commands) < set(complete(thresh, "thresh "))
    assert complete(thresh, "thresh com") == ["completion"]
    for name, text in commands.items():
        offered = complete(thresh, f"thresh {name} --")
        for flag in flags_of(text):
            assert {f"--{flag}", f"--{flag}="} & set(offered)


def test_bash_completes_choices(thresh):
    assert complete(thresh, "thresh export --as=") == ["libfuzzer", "afl", "go"]
    assert complete(thresh, "thresh export --as=a") == ["afl"]
    assert "Nx" not in complete(thresh, "thresh min --time=")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(thresh, commands, shell):
    text = thresh("completion", shell).stdout
    for name, said in commands.items():
        assert name in text
        for flag in flags_of(said):
            assert flag in text
    if shutil.which(shell):
        done = subprocess.run([shell, "-n", "/dev/stdin"], input=text,
                              text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_wrong_usage_is_told_with_its_mend(thresh):
    done = thresh("completion", "tcsh", check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "bash, zsh or fish" in done.stderr
    assert "`thresh completion --help`" in done.stderr
    done = thresh("manual", "--fly", check=False)
    assert done.returncode == 2 and "--fly" in done.stderr
