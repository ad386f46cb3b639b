# SPDX-License-Identifier: MIT
"""The rules that ARCHITECTURE.md and CONTRIBUTING.md give the sources. Each
check is shown to find what it looks for."""
import fnmatch
import re

import pytest
from conftest import REPO

pytestmark = pytest.mark.posix(
    "of the sources alone, the same on every system")

SRC = REPO / "src"
SOURCES = sorted(SRC.rglob("*.[ch]"))
HEADERS = sorted((REPO / "include").glob("*.h"))
TESTS = sorted((REPO / "test").rglob("*.[ch]"))
SCRIPTS = sorted(path for folder in ("test", "bench")
                 for path in (REPO / folder).rglob("*.py"))
names = [str(p.relative_to(REPO)) for p in SOURCES]

MAX_FUNCTION = 70
MAX_FILE = 600

# Whom each room may include, apart from itself.
ARROWS = {
    "base": set(),
    "platform": {"base"},
    "worker": {"base", "platform"},
    "coordinator": {"base", "platform"},
    "driver": {"base", "platform", "worker", "coordinator"},
    "tool": {"base", "platform", "coordinator", "driver"},
}
# The header of targets is what worker and driver implement.
PUBLIC = {"thresh.h": {"worker", "driver"}}

C11_HEADERS = set("""assert complex ctype errno fenv float inttypes iso646
    limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef
    stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar
    wctype""".split())
# What the standard has too, but only an operating system gives a meaning.
SYSTEM_HEADERS = {"signal", "threads", "time", "errno"}
# Compilers' headers for vector instructions.
COMPILER_HEADERS = {"immintrin", "emmintrin", "arm_neon", "cpuid"}

BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol",
          "gets", "alloca", "system", "popen", "tmpnam"]
BANNED_IN_WORKER = ["printf", "fprintf", "vfprintf", "puts", "fputs", "putchar",
                    "fopen", "exit", "calloc", "realloc", "strdup"]
# place.c makes the exact heap blocks for re-runs of failures.
ALLOCATES = {"place.c"}


def code_of(text):
    """The text without comments and without what is in quotes."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(pattern, blank, text, flags=re.S)


def asks_for_system(text):
    systems = (r"\b(_WIN(?:32|64)|__MINGW(?:32|64)__|_MSC_VER|__CYGWIN__|"
               r"__linux__|__APPLE__|__unix__)\b")
    text = re.sub(r"\\\n", " ", code_of(text))
    lines = re.findall(r"^ *# *(?:if|elif).*", text, re.M)
    return re.findall(systems, "\n".join(lines))


def bad_arrows(room, text):
    found = []
    for name in re.findall(r'^ *# *include "([^"]+)"', text, re.M):
        other = name.split("/")[0]
        allowed = ARROWS[room] | {room}
        if room not in PUBLIC.get(name, set()) and other not in allowed:
            found.append(name)
    return found


def bad_system_headers(text):
    found = []
    for name in re.findall(r"^ *# *include <([^>]+)>", text, re.M):
        word = name.removesuffix(".h")
        if word in SYSTEM_HEADERS or word not in C11_HEADERS | COMPILER_HEADERS:
            found.append(name)
    return found


def bad_start(text):
    """Whether a file fails to open with its licence and what it is."""
    return not re.match(r"/\* SPDX-License-Identifier: MIT\n"
                        r" \*\n \* \S.*\S.*\n", text)


def long_functions(text, limit=MAX_FUNCTION):
    """The bodies between braces in the first column that are too long."""
    found = []
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            if number - start + 1 > limit:
                found.append(start)
            start = None
    return found


def is_long(text):
    return text.count("\n") > MAX_FILE


def banned_calls(text, banned):
    code = code_of(text)
    return [name for name in banned if re.search(rf"\b{name} *\(", code)]


def read(path):
    return path.read_text(encoding="utf-8")


def found_in(paths, check):
    found = {str(p.relative_to(REPO)): check(read(p)) for p in paths}
    return {name: what for name, what in found.items() if what}


def mapped_modules(text):
    """What the first column of ARCHITECTURE's module map names, as patterns
    of paths below src/ without their ends: "base/a", "b" is base/b too."""
    patterns = []
    for row in re.findall(r"^\| (`[a-z]+/[^|]+) \|", text, re.M):
        room = ""
        for name in re.findall(r"`([^`]+)`", row):
            if "/" in name:
                room = name.split("/")[0]
            else:
                name = f"{room}/{name}"
            patterns.append(name.removesuffix(".h").removesuffix(".c"))
    return patterns


def unmapped(names, patterns):
    return sorted(n for n in names
                  if not any(fnmatch.fnmatch(n, p) for p in patterns))


# ---- the sources ----

def test_there_is_something_to_check():
    assert {p.parent.name for p in SOURCES} == set(ARROWS)
    assert len(SOURCES) > 100 and len(SCRIPTS) > 10


def test_every_module_is_on_the_map():
    text = read(REPO / "ARCHITECTURE.md")
    names = {str(p.relative_to(SRC).with_suffix("")) for p in SOURCES}
    patterns = mapped_modules(text)
    assert unmapped(names, patterns) == []
    assert [p for p in patterns if not fnmatch.filter(names, p)] == []


@pytest.mark.parametrize("room", ARROWS)
def test_includes_follow_the_arrows(room):
    assert found_in((SRC / room).glob("*.[ch]"),
                    lambda text: bad_arrows(room, text)) == {}


@pytest.mark.parametrize("room", sorted(set(ARROWS) - {"platform"}))
def test_only_the_platform_sees_the_operating_system(room):
    assert found_in((SRC / room).glob("*.[ch]"), bad_system_headers) == {}


def test_only_the_platform_asks_which_system_it_is():
    """And who is named in ARCHITECTURE.md."""
    allowed, = re.findall(r"asked for outside `platform/` only in (.*), for ",
                          read(REPO / "ARCHITECTURE.md"))
    asking = {str(p.relative_to(REPO)) for folder in (
        "src", "include", "examples", "bench", "test")
        for p in (REPO / folder).rglob("*.[ch]*")
        if p.suffix in (".c", ".h", ".cc") and asks_for_system(read(p))}
    assert {p for p in asking if not p.startswith("src/platform/")} == set(
        re.findall("`([^`]+)`", allowed))


def test_base_headers_and_sources_have_no_state():
    """No variables of the whole program, apart from constant tables."""
    pattern = (r"^(?:static )?[a-z_]\w*(?: \w+)* \**\w+"
               r"(?:\[[^\]]*\])* *(?:=.*)?;$")

    def state(text):
        return [line for line in re.findall(pattern, code_of(text), re.M)
                if not re.match(r"(?:static )?const |extern |typedef |"
                                r"(?:struct|union|enum) \w+;", line)]
    assert found_in((SRC / "base").glob("*.[ch]"), state) == {}


def test_files_open_with_licence_and_purpose():
    assert found_in(SOURCES + HEADERS + TESTS, bad_start) == {}


def test_functions_are_short():
    assert found_in(SOURCES + TESTS, long_functions) == {}


def test_files_are_short():
    assert found_in(SOURCES + HEADERS + TESTS + SCRIPTS, is_long) == {}


def test_no_banned_function_is_called():
    assert found_in(SOURCES, lambda text: banned_calls(text, BANNED)) == {}


def test_the_worker_neither_prints_nor_allocates():
    def check(path):
        allocates = [] if path.name in ALLOCATES else ["malloc", "free"]
        return banned_calls(read(path), BANNED_IN_WORKER + allocates)
    found = {p.name: check(p) for p in (SRC / "worker").glob("*.[ch]")}
    assert {name: what for name, what in found.items() if what} == {}


def test_headers_have_guards_named_for_them():
    def bad(path):
        room, stem = path.parent.name, path.stem
        middle = f"THRESH_{room}_{stem}_H".upper()
        return f"#ifndef {middle}\n#define {middle}\n" not in read(path)
    assert [str(p) for p in SOURCES if p.suffix == ".h" and bad(p)] == []


# ---- the checks ----

def test_checks_find_a_question_for_the_system():
    assert asks_for_system("#ifdef _WIN32\n")
    assert asks_for_system("# if !defined(x) || \\\n  defined(__MINGW64__)\n")
    assert asks_for_system("#elif __linux__\n")
    assert not asks_for_system("/* _WIN32 */\n#if __ELF__\n_WIN32\n")


def test_checks_find_a_wrong_arrow():
    assert bad_arrows("worker", '#include "coordinator/run.h"\n')
    assert bad_arrows("coordinator", '#  include "worker/target.h"\n')
    assert bad_arrows("base", '#include "thresh.h"\n')
    assert not bad_arrows("driver", '#include "worker/target.h"\n')


def test_checks_find_a_system_header():
    assert bad_system_headers("#include <sys/mman.h>\n#include <stdio.h>\n"
                              "#include <pthread.h>\n") == [
        "sys/mman.h", "pthread.h"]


def test_checks_find_a_missing_licence():
    assert bad_start("#include <stdio.h>\n")
    assert bad_start("/* SPDX-License-Identifier: MIT */\nint x;\n")
    assert not bad_start("/* SPDX-License-Identifier: MIT\n *\n * See x.h.\n")


def test_checks_find_a_long_function():
    text = "int f(void)\n{\n" + "    x++;\n" * 69 + "}\n"
    assert long_functions(text) == [2]
    assert long_functions(text.replace("    x++;\n", "", 1)) == []


def test_checks_find_what_is_not_on_the_map():
    patterns = mapped_modules("| `base/a`, `b*`, `c.h` | what |\n")
    assert unmapped(["base/a", "base/bb", "base/c", "base/d", "tool/a"],
                    patterns) == ["base/d", "tool/a"]


def test_checks_find_a_long_file():
    assert is_long("x\n" * (MAX_FILE + 1)) and not is_long("x\n" * MAX_FILE)


def test_checks_find_a_banned_call_but_not_its_name_in_words():
    text = 'x = strcpy(a, b); /* sprintf(x) */ s = "gets(1)"; snprintf(a);\n'
    assert banned_calls(text, BANNED) == ["strcpy"]
