# SPDX-License-Identifier: MIT
"""Documents as programs: their code blocks are files and commands.

    ```c name.c          a file of that name, here and from here on
    ```console           commands, each after "$ "; all must succeed
    ```console fails     the same, but the last must fail
    <!-- file name.h     a file that readers need not see, up to -->

Below a command may stand lines of its output, which it must print, too: any
number, hexadecimal name and quoted text in them stands for any other.
"""
import re

from conftest import run

BLOCK = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$"
                   r"|^<!-- file (\S+)\n(.*?)^-->$", re.M | re.S)
# How often a failure was met, and what it was minimised from, vary.
OPTIONAL = re.compile(r"reproduced 5/5.*|(minimised \d+ -> )?\d+ bytes")
VARYING = re.compile(r'"(\\.|[^"\\])*"|\b[0-9a-f]{16}\b|\b\d+(\.\d+)?(?=s?\b)')


def blocks(text):
    """(kind, argument, content) of each block; kind "file" for those hidden."""
    for match in BLOCK.finditer(text):
        if match[4]:
            yield "file", match[4], match[5]
        else:
            yield match[1], match[2], match[3]


def shape(line):
    """What of a line of output is the same each time."""
    return " ".join(VARYING.sub("#", OPTIONAL.sub("", line)).split())


class Reader:
    """Does what a document says, in one directory."""

    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        self.shown = ""  # by the last command

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def command(self, line, succeeds, wanted):
        done = run(["sh", "-c", line], self.folder, env=self.env, check=False)
        self.shown = done.stdout + done.stderr
        assert (done.returncode == 0) == succeeds, (
            f"$ {line}\nended with {done.returncode}:\n{self.shown}")
        printed = {shape(text) for text in self.shown.splitlines()}
        for text in wanted:
            assert shape(text) in printed, (
                f"$ {line}\ndoes not print what the document shows:\n{text}\n"
                f"but:\n{self.shown}")

    def console(self, content, fails):
        commands = []
        for line in content.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
        for i, (line, wanted) in enumerate(commands):
            last = i + 1 == len(commands)
            self.command(line, not (fails and last), wanted)

    def read(self, text):
        """All of a document; yields after each block of commands."""
        for kind, argument, content in blocks(text):
            if kind == "console":
                self.console(content, argument == "fails")
                yield self.shown
            elif argument:
                self.write(argument, content)
