/* SPDX-License-Identifier: MIT
 *
 * `thresh doctor`: whether everything that fuzzing needs is here, one line for
 * each thing, with the mend where it is not. What can be tried is tried: a
 * program is built and fuzzed that has a bug, a leak, and looks at how it is
 * run; how a system is set up says less than what it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "platform/tool.h"
#include "tool/cc_files.h"
#include "tool/folder.h"
#include "tool/sanitizers.h"
#include "tool/tasks.h"
#include "tool/tool.h"

static const char program[] =
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#include <thresh.h>\n"
    "THRESH_TARGET(bug, (string, text))\n"
    "{\n"
    "    THRESH_CHECK(strcmp(text.data, \"doctor\") != 0, \"found\");\n"
    "}\n"
    "THRESH_TARGET(leak, (string, text))\n"
    "{\n"
    "    static char *volatile lost;\n"
    "    lost = malloc(text.size + 10);\n"
    "    lost = NULL;\n"
    "}\n"
    "THRESH_SEED(leak, THRESH_STR(\"x\"));\n"
    "static int read_line(const char *path, const char *start, char *line)\n"
    "{\n"
    "    FILE *in = fopen(path, \"r\");\n"
    "    int found = 0;\n"
    "    while (in && !found && fgets(line, 200, in))\n"
    "        found = strncmp(line, start, strlen(start)) == 0;\n"
    "    if (in)\n"
    "        fclose(in);\n"
    "    return found;\n"
    "}\n"
    "THRESH_TARGET(addresses, (bool, unused))\n"
    "{\n"
    "    char line[200];\n"
    "    (void)unused;\n"
    "    if (read_line(\"/proc/self/personality\", \"\", line))\n"
    "        THRESH_CHECK(strtoul(line, NULL, 16) & 0x40000, \"random\");\n"
    "}\n"
    "THRESH_SEED(addresses, 0);\n"
    "THRESH_TARGET(cores, (bool, unused))\n"
    "{\n"
    "    char line[200];\n"
    "    (void)unused;\n"
    "    if (read_line(\"/proc/self/limits\", \"Max core file size\", line))\n"
    "        THRESH_CHECK(strtoul(line + 18, NULL, 10) < 2, \"cores\");\n"
    "}\n"
    "THRESH_SEED(cores, 0);\n";

struct doctor {
    const struct command *self;
    struct cc_compiler compiler; /* the one that is used */
    struct cc_files files;
    char dir[CC_MAX_PATH]; /* for what is tried */
    char sanitizers[64];
    bool bad; /* something that is needed is missing */
};

/* ---- lines ---- */

static void good(const char *what, const char *detail)
{
    (void)printf("ok    %-12s %s\n", what, detail);
}

static void note(const char *what, const char *detail, const char *mend)
{
    (void)printf("note  %-12s %s\n%19s%s\n", what, detail, "", mend);
}

static void bad(struct doctor *d, const char *what, const char *detail,
                const char *mend)
{
    d->bad = true;
    (void)printf("BAD   %-12s %s\n%19s%s\n", what, detail, "", mend);
}

/* ---- what is installed ---- */

static void tell_compiler(const struct cc_compiler *compiler)
{
    char text[CC_MAX_PATH + 64];
    (void)snprintf(text, sizeof text, "%s %d, %s",
                   compiler->family == CC_GCC ? "gcc" : "clang",
                   compiler->major, compiler->path);
    good("compiler", text);
}

static bool check_compilers(struct doctor *d)
{
    struct thresh_err err;
    struct cc_compiler other;
    if (cc_compiler_find(&d->compiler, NULL, false, &err) ||
        cc_compiler_ask(&d->compiler, &err)) {
        bad(d, "compiler", err.msg,
            "Debian: apt install gcc libc6-dev, or clang");
        return false;
    }
    tell_compiler(&d->compiler);
    const char *name = d->compiler.family == CC_GCC ? "clang" : "gcc";
    if (cc_compiler_find(&other, name, false, &err) == 0 &&
        cc_compiler_ask(&other, &err) == 0)
        tell_compiler(&other);
    if (cc_compiler_find(&other, NULL, true, &err) == 0)
        good("C++", other.path);
    else
        note("C++", "no compiler for it; C alone needs none",
             "Debian: apt install g++");
    return true;
}

static bool check_engine(struct doctor *d)
{
    char text[CC_MAX_PATH + 16];
    cc_files_find(&d->files, &d->compiler);
    if (d->files.archive[0])
        good("engine", d->files.archive);
    else
        bad(d, "engine", "libthresh.a is not beside this program",
            "install thresh again; program and archive move together");
    (void)snprintf(text, sizeof text, "%s/thresh.h", d->files.include_dir);
    if (d->files.include_dir[0])
        good("header", text);
    else
        bad(d, "header", "thresh.h is not where this program looks",
            "install thresh again; program and header move together");
    return d->files.archive[0] && d->files.include_dir[0];
}

static void check_symbolizer(void)
{
    static const char *const names[] = {"llvm-symbolizer", "addr2line"};
    char path[CC_MAX_PATH];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (platform_find_program(names[i], path, sizeof path, NULL) == 0) {
            good("symbolizer", path);
            return;
        }
    note("symbolizer", "none: reports name functions, but no lines",
         "Debian: apt install binutils (addr2line) or llvm");
}

static int check_sanitizers(struct doctor *d, struct thresh_err *err)
{
    char mend[200];
    int rc = sanitizers_find(&d->compiler, d->dir, d->sanitizers, err);
    if (rc)
        return rc;
    if (strcmp(d->sanitizers, SANITIZERS_WANTED) == 0) {
        good("sanitizers", d->sanitizers);
        return 0;
    }
    (void)snprintf(mend, sizeof mend,
                   d->compiler.family == CC_GCC
                       ? "Debian: apt install libgcc-%d-dev brings gcc's"
                       : "Debian: apt install libclang-rt-%d-dev (or "
                         "libclang-common-%d-dev) brings clang's",
                   d->compiler.major, d->compiler.major);
    note("sanitizers",
         d->sanitizers[0] ? d->sanitizers
                          : "none: fewer mistakes show in what is fuzzed",
         mend);
    return 0;
}

/* ---- what is tried ---- */

/* Runs a command; its output is the task's. */
static int try(struct task *task, struct thresh_err *err)
{
    int rc = tasks_run(task, 1, 1, NULL, NULL, err);
    if (!rc && platform_interrupts(NULL))
        rc = 1;
    return rc;
}

static int build(struct doctor *d, struct thresh_err *err)
{
    struct task task = {0};
    int rc =
        platform_write_file(d->dir, "try.c", program, strlen(program), err);
    if (rc)
        return rc;
    words_add(&task.argv, "thresh");
    words_add(&task.argv, "cc");
    words_addf(&task.argv, "--compiler=%s", d->compiler.path);
    words_add(&task.argv, "-O1");
    if (d->sanitizers[0])
        words_addf(&task.argv, "-fsanitize=%s", d->sanitizers);
    words_addf(&task.argv, "%s/try.c", d->dir);
    words_add(&task.argv, "-o");
    words_addf(&task.argv, "%s/try.exe", d->dir);
    rc = try(&task, err);
    if (!rc && !task_is_good(&task)) {
        bad(d, "building", "a small target can't be built",
            "what the compiler says follows");
        (void)printf("%s\n", task.output);
        rc = 1;
    } else if (!rc) {
        good("building", "a small target is built");
    }
    task_release(&task);
    return rc;
}

/* Runs the program with a flag for one target. Whether it ended with `code` is
 * told by *as_wanted; its output is to be freed. */
static int run_target(struct doctor *d, const char *flag, int code,
                      bool *as_wanted, char **output, struct thresh_err *err)
{
    struct task task = {0};
    char path[CC_MAX_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/try.exe", d->dir);
    task.path = path;
    words_add(&task.argv, path);
    words_add(&task.argv, flag);
    words_addf(&task.argv, "-testdata=%s/testdata", d->dir);
    words_addf(&task.argv, "-cachedir=%s/cache", d->dir);
    words_add(&task.argv, "-parallel=1");
    if (strncmp(flag, "-fuzz", 5) == 0) {
        words_add(&task.argv, "-seed=1");
        words_add(&task.argv, "-fuzztime=1000000x");
    }
    int rc = try(&task, err);
    *as_wanted =
        !rc && task.exit.kind == PLATFORM_EXITED && task.exit.code == code;
    *output = task.output;
    task.output = NULL;
    task_release(&task);
    return rc;
}

static int check_fuzzing(struct doctor *d, struct thresh_err *err)
{
    bool found;
    char *output;
    int rc = run_target(d, "-fuzz=^bug$", 1, &found, &output, err);
    if (!rc && found) {
        good("fuzzing", "a planted bug is found and saved");
    } else if (!rc) {
        bad(d, "fuzzing", "a planted bug is not found",
            "what the program says follows");
        (void)printf("%s\n", output);
    }
    free(output);
    return rc;
}

static int check_leaks(struct doctor *d, struct thresh_err *err)
{
    bool found;
    char *output;
    if (!strstr(d->sanitizers, "address"))
        return 0;
    int rc = run_target(d, "-run=^leak$", 1, &found, &output, err);
    if (!rc && found)
        good("leaks", "a planted leak is found");
    else if (!rc && strstr(output, "ptrace"))
        note("leaks", "are not looked for: ptrace is forbidden here",
             "in a container: --cap-add=SYS_PTRACE; else it does no harm");
    else if (!rc)
        note("leaks", "a planted leak is not found",
             "is detect_leaks=0 in ASAN_OPTIONS?");
    free(output);
    return rc;
}

static int check_addresses(struct doctor *d, struct thresh_err *err)
{
    bool fixed;
    char *output;
    int rc = run_target(d, "-run=^addresses$", 0, &fixed, &output, err);
    if (!rc && fixed)
        good("addresses", "workers run without randomisation");
    else if (!rc)
        note("addresses",
             "are random in workers, too: sanitizers may die at their start",
             "in a container: --security-opt seccomp=unconfined; or "
             "sysctl vm.mmap_rnd_bits=28");
    free(output);
    if (rc)
        return rc;
    rc = run_target(d, "-run=^cores$", 0, &fixed, &output, err);
    if (!rc && fixed)
        good("core files", "workers leave none");
    else if (!rc)
        note("core files", "workers that crash leave some",
             "ulimit -c 0 before fuzzing");
    free(output);
    return rc;
}

static int check_all(struct doctor *d, struct thresh_err *err)
{
    char home[CC_MAX_PATH / 2];
    char cache[CC_MAX_PATH];
    char workers[64];
    if (!check_compilers(d) || !check_engine(d))
        return 0;
    check_symbolizer();
    (void)snprintf(workers, sizeof workers, "%u, as many workers",
                   platform_cpu_count());
    good("processors", workers);
    int rc = platform_cache_home(home, sizeof home, err);
    (void)snprintf(cache, sizeof cache, "%s/thresh", home);
    if (!rc)
        rc = platform_temporary_dir(cache, d->dir, sizeof d->dir, err);
    if (rc) {
        bad(d, "cache", err->msg,
            "found inputs are kept there; set XDG_CACHE_HOME, or -cachedir");
        return 0;
    }
    good("cache", cache);
    rc = check_sanitizers(d, err);
    if (!rc)
        rc = build(d, err);
    if (!rc)
        rc = check_fuzzing(d, err);
    if (!rc)
        rc = check_leaks(d, err);
    if (!rc)
        rc = check_addresses(d, err);
    folder_remove(d->dir);
    return rc;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct doctor d = {.self = self};
    struct thresh_err err;
    (void)argv;
    if (argc)
        return command_usage_error(self, "it takes no arguments");
    int rc = check_all(&d, &err);
    cc_files_release(&d.files);
    if (rc < 0)
        return command_failed(self, "%s", err.msg);
    if (platform_interrupts(NULL))
        return TOOL_EXIT_INTERRUPTED;
    (void)puts(d.bad ? "\nsomething that is needed is missing; see BAD"
                     : "\nfuzzing works here");
    return d.bad ? TOOL_EXIT_FAILURE : TOOL_EXIT_OK;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "check that everything fuzzing needs is here",
    .usage = "",
    .about =
        "Looks for compiler, engine and symbolizer, then builds a small target "
        "and fuzzes it. \"note\" is worth knowing, \"BAD\" must be mended; the "
        "line below says how. Ends with 1 if something is bad.\n"
        "The compiler is $THRESH_CC, gcc or clang, in this order.",
    .run = run,
};
