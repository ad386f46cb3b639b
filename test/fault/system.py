# SPDX-License-Identifier: MIT
"""Environments that are short of something, for the tests of what a run makes
of it: file systems of a few pages, directories that refuse even root, limits.
What a system does not let us make skips the test."""
import contextlib
import ctypes
import os
import resource
import subprocess

import pytest

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def obey_modes():
    """In a child before exec: permission bits hold for it even if it is
    root's."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def limited(what, value):
    """A function for preexec_fn that sets one limit."""
    return lambda: resource.setrlimit(what, (value, value))


@contextlib.contextmanager
def mounted(path, options):
    """A file system in memory at the path."""
    path.mkdir(parents=True, exist_ok=True)
    argv = ["mount", "-t", "tmpfs", "-o", options, "none", str(path)]
    if os.geteuid() != 0 or subprocess.run(
            argv, capture_output=True, check=False).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill_up(path):
    """Leaves no room in the file system of this directory."""
    with (path / "filler").open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(b"x" * 512):
                pass


@contextlib.contextmanager
def mode(path, bits):
    """The directory or file has these permission bits for a while."""
    before = path.stat().st_mode & 0o777
    path.chmod(bits)
    try:
        yield path
    finally:
        path.chmod(before)
