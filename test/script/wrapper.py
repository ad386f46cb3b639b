# SPDX-License-Identifier: MIT
"""What the tests of `thresh cc` share: small projects to build, and a look into
what came out."""
import shutil
import textwrap

from conftest import run

ENGINE_FILES = ["libthresh.a", "libthresh.syms", "thresh-gcc.specs"]

MAIN = textwrap.dedent("""\
    #include <stdio.h>
    #include <string.h>
    int main(int argc, char **argv)
    {
        for (int i = 1; i < argc; i++)
            printf("argument %s\\n", argv[i]);
        return strcmp(argv[0], "") == 0 ? 9 : 7;
    }
    """)

HARNESS = textwrap.dedent("""\
    #include <stddef.h>
    #include <stdint.h>
    int parse(const uint8_t *data, size_t size);
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
    {
        parse(data, size);
        return 0;
    }
    """)

PARSE = textwrap.dedent("""\
    #include <stddef.h>
    #include <stdint.h>
    int parse(const uint8_t *data, size_t size)
    {
        int n = 0;
        for (size_t i = 0; i < size; i++) {
            if (data[i] == '(')
                n++;
        }
        return n;
    }
    """)

TYPED = textwrap.dedent("""\
    #include <thresh.h>
    THRESH_TARGET(tally, (string, text, .max = 64))
    {
        unsigned n = 0;
        for (size_t i = 0; i < text.size; i++)
            n += text.data[i] == 'x';
        THRESH_REJECT_IF(n == 12345);
    }
    THRESH_SEED(tally, THRESH_STR("xyz"));
    """)

CALLBACKS = {
    "gcc": "__gcov_init",
    "clang": "__sanitizer_cov_8bit_counters_init",
}


def undefined(path):
    """The names an object wants from others."""
    return run(["nm", "-u", path], path.parent).stdout


def is_instrumented(path, compiler):
    return CALLBACKS[compiler] in undefined(path)


def write_project(cc):
    cc.write("harness.c", HARNESS)
    cc.write("parse.c", PARSE)
    cc.write("main.c", MAIN)


def copy_tree(build, bin_dir, lib_dir, include_dir):
    for path in (bin_dir, lib_dir, include_dir):
        path.mkdir(parents=True, exist_ok=True)
    shutil.copy(build / "thresh", bin_dir)
    for name in ENGINE_FILES:
        shutil.copy(build / name, lib_dir)
    shutil.copy(build / "include" / "thresh.h", include_dir)


def harness_library(cc, *ar_flags):
    write_project(cc)
    cc.run("-c", "harness.c", "parse.c", "main.c")
    run(["ar", *(ar_flags or ["rcs"]), "libharness.a", "harness.o", "parse.o"],
        cc.cwd)
