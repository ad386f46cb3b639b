# SPDX-License-Identifier: MIT
"""The rows of the verdict matrix: each way for an execution to end, and what
must come of it in each build, by rules. Apart from matrix.py, which makes it
so; the C side is matrix_target.c, with a function of the same name a row."""
from typing import Callable, NamedTuple, Optional

COMPILERS = ["gcc", "clang"]
# By name, what is given to the compiler.
BUILDS = {
    "plain": [],
    "asan": ["-fsanitize=address"],
    "ubsan": ["-fsanitize=undefined"],
    "asan+ubsan": ["-fsanitize=address,undefined"],
    "msan": ["-fsanitize=memory"],
    "tsan": ["-fsanitize=thread"],
}


class Build(NamedTuple):
    name: str
    compiler: str

    def __str__(self):
        return f"{self.name}-{self.compiler}"

    @property
    def possible(self):
        return (self.name, self.compiler) != ("msan", "gcc")

    @property
    def asan(self):
        return "asan" in self.name.split("+")

    @property
    def ubsan(self):
        return "ubsan" in self.name.split("+")

    @property
    def msan(self):
        return self.name == "msan"

    @property
    def tsan(self):
        return self.name == "tsan"

    @property
    def lsan(self):
        return self.asan

    @property
    def clang(self):
        return self.compiler == "clang"


class Row(NamedTuple):
    """`title(build)` is a pattern for the failure's title, or None where the
    execution is no failure. The other fields say how it is run and what else
    must be seen, as patterns for the whole output."""
    name: str
    title: Callable[[Build], Optional[str]]
    times: int = 3  # executions: the three inputs of a cell, or more
    args: tuple = ()
    env: dict = {}
    proof: str = r"reproduced 5/5"
    code: int = 0  # of a run without a failure
    says: tuple = ()


def tool(build):
    """The runtime that reports what several of them can see."""
    return ("AddressSanitizer" if build.asan else
            "MemorySanitizer" if build.msan else
            "ThreadSanitizer" if build.tsan else "UndefinedBehaviorSanitizer")


def ubsan(text):
    return rf"{text} \(UndefinedBehaviorSanitizer\)"


def always(title):
    return lambda build: title


def passes(build):
    return None


def catches(build, name):
    """Whether the runtime has a handler of its own for this signal. Our
    defaults ask for all that it can have."""
    return name in ("SEGV", "BUS", "FPE", "ABRT", "ILL", "TRAP") and (
        build.asan or build.msan or build.tsan or
        (build.ubsan and build.clang))


def signal(name, address=False):
    """A signal that nothing foresees. The runtimes that catch it name it
    without SIG."""
    def title(build):
        if catches(build, name):
            return rf"{name}( .*)? \({tool(build)}\)"
        return f"SIG{name}" + (" on address 0x[0-9a-f]+" if address else "")
    return title


def checked(text, otherwise):
    """UBSan foresees it in these words."""
    return lambda b: ubsan(text) if b.ubsan else otherwise(b)


def assertion(build):
    """Who aborts has said why."""
    return signal("ABRT")(build) + ": .*Assertion `in.size == 99' failed.*"


def stack_overflow(build):
    if catches(build, "SEGV"):
        return rf"stack-overflow \({tool(build)}\)"
    return r"SIGSEGV on address 0x[0-9a-f]+ \(stack overflow\)"


def double_free(build):
    """The allocators of MSan and TSan do not look."""
    if build.asan:
        return r"attempting double-free \(AddressSanitizer\)"
    if build.msan or build.tsan:
        return None
    return signal("ABRT")(build) + r": free\(\): double free detected.*"


def heap_overflow(build):
    return (r"heap-buffer-overflow WRITE of size 1 \(AddressSanitizer\)"
            if build.asan else None)


def use_after_free(build):
    if build.asan:
        return r"heap-use-after-free READ of size 4 \(AddressSanitizer\)"
    return r"heap-use-after-free.* \(ThreadSanitizer\)" if build.tsan else None


def too_large(build):
    """Only a sanitizer's allocator tells how much is asked for."""
    if build.asan or build.msan or build.tsan:
        return "out of memory.*"
    return None


SLOW = ("-inputtimeout=1s",)
LIMIT = ("-maxrss=300MB",)
OUTSIDE = ("fuzzing process terminated by unexpected signal; no crash will be "
           "recorded: signal: ")
STATUS = "fuzzing process hung or terminated unexpectedly: "

ROWS = [
    Row("check", always(r"matrix_target.c:\d+: check failed: in.size == 99: "
                        "size 8")),
    Row("assert", assertion),
    Row("abort", signal("ABRT")),
    Row("null", checked("load of null pointer of type .*", signal("SEGV"))),
    Row("wild", signal("SEGV", address=True)),
    Row("stack", stack_overflow),
    Row("bus", signal("BUS", address=True)),
    Row("ill", signal("ILL", address=True)),
    Row("fpe", checked("division by zero", signal("FPE", address=True))),
    Row("trap", signal("TRAP")),
    Row("sys_trap", signal("SYS", address=True)),
    Row("sys_kill", signal("SYS")),
    Row("thread", checked("load of null pointer of type .*", signal("SEGV"))),

    Row("double_free", double_free),
    Row("heap", heap_overflow),
    Row("freed", use_after_free),
    Row("overflow", checked("signed integer overflow: .*", passes)),
    Row("goes_on", checked("signed integer overflow: .*", passes),
        env={"UBSAN_OPTIONS": "halt_on_error=0"}),
    Row("uninitialised", lambda b: r"use-of-uninitialized-value "
        r"\(MemorySanitizer\)" if b.msan else None),
    Row("race", lambda b: r"data race \(ThreadSanitizer\)" if b.tsan else None),
    Row("leak", lambda b: r".*leak.*\(LeakSanitizer\)" if b.lsan else None,
        times=2000),
    Row("overwrite", always("fuzz target overwrites its const input"),
        times=2000),

    Row("exit_0", always("exit status 0"), says=(STATUS + "exit status 0",)),
    Row("exit_3", always("exit status 3"), says=(STATUS + "exit status 3",)),
    Row("exit_at_once", always("exit status 0")),
    Row("quick_exit", always("exit status 0")),
    Row("end_thread", always("exit status 0")),
    Row("jump", always("exit status 5")),
    Row("busy", always("timeout after 1.00s"), args=SLOW,
        proof="reproduced 1/1"),
    Row("sleep", always("timeout after 1.00s"), args=SLOW,
        proof="reproduced 1/1"),

    Row("huge", too_large, args=LIMIT),
    Row("resident", always("out of memory.*"), args=("-maxrss=160MB",)),
    Row("growth", passes, args=LIMIT, times=3000, says=("memory grew",)),

    Row("killed", passes, says=(OUTSIDE + "killed",)),
    Row("terminated", passes, says=(OUTSIDE + "terminated",)),
    Row("hung_up", passes, says=(OUTSIDE + "hangup",)),
    Row("garbage", passes, says=("communicating with fuzzing process",)),
    Row("early_death", passes, code=1,
        says=("fuzzing process terminated without fuzzing: exit status 9",)),
    Row("history", signal("ABRT"), times=20000,
        proof=r"needs \d+ earlier input"),
]
