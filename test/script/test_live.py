# SPDX-License-Identifier: MIT
"""The live view: what a user sees on a terminal while a target is fuzzed, and
what is left on it afterwards."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.posix("terminals are consoles there")

# For what is on the screen some times a second.
PATIENCE_S = 40

TARGET = """
THRESH_TARGET(t, (bytes, b))
{
    usleep(200);
    fprintf(stderr, "noise of the target\\n");
    if (b.size >= 3 && b.data[0] == 'a')
        abort();
}
"""


class Screen:
    """As much of a terminal as the view uses; every row that ever was."""

    def __init__(self):
        self.rows, self.row, self.column = [""], 0, 0

    def feed(self, text):
        for part in re.findall(r"\x1b\[[\d;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+",
                               text):
            self.take(part)

    def take(self, part):
        if part == "\r":
            self.column = 0
        elif part == "\n":
            self.row += 1
            if self.row == len(self.rows):
                self.rows.append("")
        elif part[0] != "\x1b":
            old = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = (old[:self.column] + part
                                   + old[self.column + len(part):])
            self.column += len(part)
        elif part[-1] == "A":
            self.row = max(self.row - int(part[2:-1]), 0)
        elif part[-1] in "JK":
            assert part[2:-1] == ""
            self.rows[self.row] = self.rows[self.row][:self.column]
            if part[-1] == "J":
                del self.rows[self.row + 1:]
        else:
            assert part[-1] == "m", repr(part)  # nothing else is asked of it


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, fuzz, *args, columns=80, rows=24, env=None):
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        env = {"TERM": "xterm", "LANG": "C.UTF-8", **(env or {})}
        base = {k: v for k, v in fuzz.env().items()
                if k not in ("NO_COLOR", "LC_ALL", "LC_CTYPE")}
        self.process = subprocess.Popen(
            fuzz.argv(args), cwd=fuzz.cwd, env={**base, **env}, stdin=slave,
            stdout=slave, stderr=slave, start_new_session=True)
        self.settings = termios.tcgetattr(slave)
        self.slave, self.raw = slave, ""

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.raw += os.read(self.master, 65536).decode(errors="replace")

    @property
    def rows(self):
        screen = Screen()
        screen.feed(self.raw)
        return screen.rows

    def until(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.raw):
            assert time.monotonic() < end and self.process.poll() is None, \
                self.raw
            self.read()

    def end(self):
        while self.process.poll() is None:
            self.read()
        self.read()
        assert termios.tcgetattr(self.slave) == self.settings
        os.close(self.slave)
        os.close(self.master)
        return "\n".join(self.rows)


def test_reports_stay_and_the_view_goes(fuzz):  # noqa: F811
    fuzz.build(TARGET)
    terminal = Terminal(fuzz, "-fuzz=t", "-parallel=2", "-keepfuzzing")
    terminal.until(r"SIGABRT in t  [0-9a-f]{16}")
    shown = terminal.rows
    assert len([row for row in shown if re.match(r"t  fuzzing  \d+s", row)]) \
        == 1
    terminal.process.send_signal(signal.SIGINT)
    left = terminal.end()
    assert terminal.process.returncode == 1
    assert "noise" not in left.split("last output:")[0]
    assert re.search(r"\n    FAIL t: SIGABRT\n {8}target:\d t +reproduced 5/5"
                     r"(?:, found \d+ times)?\n", left)
    assert re.search(r"\nfuzz: elapsed: \d+s, execs: \d+ .*\n    1 kind of",
                     left)
    assert not re.search(r"fuzzing  \d|└|stability|none yet", left)
    assert left.endswith("\nFAIL\n")


def test_an_interrupt_leaves_the_terminal_as_it_was(fuzz):  # noqa: F811
    fuzz.build(TARGET.replace("abort()", "return"))
    terminal = Terminal(fuzz, "-fuzz=t", "-parallel=1", columns=200, rows=50)
    terminal.until("failures")
    assert max(len(row) for row in terminal.rows) > 150
    terminal.resize(60, 20)
    terminal.until(r"└─{20,45} \d")
    terminal.process.send_signal(signal.SIGINT)
    left = terminal.end()
    assert terminal.process.returncode == 0
    assert left.endswith("\nPASS\n")
    assert not re.search(r"stability|none yet", left)


@pytest.mark.parametrize("plain", [
    {"args": ["-plain"]}, {"env": {"NO_COLOR": "1"}},
    {"env": {"TERM": "dumb"}}, {"args": ["-tap"]}, {"args": ["-json"]}])
def test_plain_lines_where_they_are_wanted(fuzz, plain):  # noqa: F811
    fuzz.build(TARGET)
    terminal = Terminal(fuzz, "-fuzz=t", "-parallel=1", "-fuzztime=900x",
                        *plain.get("args", []), env=plain.get("env"))
    left = terminal.end()
    assert "\x1b" not in terminal.raw
    assert re.search(r"fuzz: elapsed: 0s, gathering", left)


def test_without_utf8_it_is_ascii(fuzz):  # noqa: F811
    # Without failures: what is printed of an input may be any letters.
    fuzz.build(TARGET.replace("abort()", "return"))
    terminal = Terminal(fuzz, "-fuzz=t", "-parallel=1", "-keepfuzzing",
                        env={"LANG": "C"})
    terminal.until(r"\+---")
    terminal.process.send_signal(signal.SIGINT)
    terminal.end()
    assert terminal.raw.isascii()
