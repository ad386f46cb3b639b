/* SPDX-License-Identifier: MIT
 *
 * `thresh cc` and `thresh c++`: the user's compiler with our flags added, so
 * that CC='thresh cc' turns any build into a build for fuzzing. The wrapper
 * makes no temporary files and starts no shell; in the end it becomes the
 * compiler, whose exit status is therefore its own.
 *
 * What is added, and why so:
 *
 * - Where something is compiled: instrumentation, -g and
 *   -fno-omit-frame-pointer (for reports), and no built-in memcmp and friends,
 *   so that what is compared can be seen. All of it comes before the user's
 *   own flags, which therefore win. No -O: at every level above -O0 compilers
 *   drop some of the very mistakes that are looked for, so the level stays the
 *   user's choice. No flags of ours at all where the user has chosen
 *   -fsanitize-coverage himself.
 * - gcc's arc counters (-fprofile-arcs) would make the driver link libgcov; a
 *   shared object would then count in a private copy that nobody reads. A
 *   command that links gets the flag through a specs file, which hands it to
 *   the compiler proper only. That keeps one command one command, with
 *   dependency files, -save-temps, -x and LTO as the user knows them. In the
 *   same way clang's driver would link a sanitizer runtime, which installs
 *   signal handlers, where it is told of coverage: when it links it is told
 *   only to tell the compiler proper (-Xclang).
 * - Where a program is linked: the archive, last, always. An instrumented
 *   program needs the functions its code calls, whether it is a fuzz binary or
 *   a configure probe; the archive's main is weak and gives way to the
 *   program's. So nothing has to be guessed. Programs also export those
 *   functions, for modules loaded with dlopen.
 * - A shared object is left with undefined references, which the program
 *   resolves; a demand of the user that there be none can't be kept.
 * - A harness in a library is asked for by name, since the archive's reference
 *   to it is weak; but only if one is there and no main is.
 * - A program for Windows gets gcc's own libraries static, so that it starts
 *   where no compiler is installed. A DLL can have no undefined references, so
 *   it gets the functions its code calls from the archive, for itself alone.
 *   A program's calls of libc's comparing and searching functions are led
 *   through the archive's (--wrap), unless it wraps one of them itself.
 */
#include <stdio.h>
#include <string.h>

#include "platform/platform.h"
#include "platform/tool.h"
#include "tool/cc_compiler.h"
#include "tool/cc_files.h"
#include "tool/cc_line.h"
#include "tool/cc_symbols.h"
#include "tool/tool.h"
#include "tool/words.h"

/* The versions of gcc whose counters the archive can read. */
#define GCC_OLDEST 10
#define GCC_NEWEST 15

/* Before this version gcc had no trace-cmp. */
#define GCC_WITH_TRACE_CMP 8
/* -fno-move-loop-stores is known from here on. */
#define GCC_WITH_MOVE_LOOP_STORES 12

/* One run of the wrapper. */
struct job {
    const char *name; /* "thresh cc" */
    struct cc_line line;
    struct cc_compiler compiler;
    struct cc_files files;
    struct words command;
};

static void complain(const struct job *job, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", job->name, text);
}

static bool is_program(const struct cc_line *line)
{
    return line->step == CC_LINK && !line->shared && !line->relocatable;
}

static bool has_arc_counters(const struct cc_compiler *compiler)
{
    return compiler->major >= GCC_OLDEST && compiler->major <= GCC_NEWEST;
}

/* What is compiled and linked without a C library can't hold the engine, so
 * what a single command makes of sources then is left as it is. */
static bool is_instrumented(const struct cc_line *line)
{
    bool links = line->step == CC_LINK;
    return line->step != CC_PREPROCESS && !line->own_coverage &&
           !(links && line->without_libc && !line->shared);
}

/* ---- flags ---- */

/* gcc moves the stores of counters out of loops and then runs out of registers
 * for the loop itself; and it inlines less, because counters make functions
 * look large. Undoing both takes the tokenizer of bench/instrumentation.sh from
 * 1.85 to 1.3 times its uninstrumented time. */
static void add_gcc_tuning(struct job *job)
{
    bool can_tell_stores = job->compiler.major >= GCC_WITH_MOVE_LOOP_STORES;
    words_add(&job->command,
              can_tell_stores ? "-fno-move-loop-stores" : "-fno-tree-loop-im");
    words_add(&job->command, "--param=early-inlining-insns=60");
}

static void add_gcc_instrumentation(struct job *job)
{
    const struct cc_line *line = &job->line;
    struct words *out = &job->command;
    if (!has_arc_counters(&job->compiler)) {
        words_add(out, job->compiler.major < GCC_WITH_TRACE_CMP
                           ? "-fsanitize-coverage=trace-pc"
                           : "-fsanitize-coverage=trace-pc,trace-cmp");
        return;
    }
    /* Also where only objects are linked: with LTO they are compiled then. */
    words_add(out, "-fsanitize-coverage=trace-cmp");
    if (!line->has_source)
        return;
    if (line->step == CC_LINK)
        words_addf(out, "-specs=%s", job->files.specs);
    else
        words_add(out, "-fprofile-arcs");
    /* Plain counters look like a race to ThreadSanitizer. */
    words_add(out, line->thread_sanitizer ? "-fprofile-update=prefer-atomic"
                                          : "-fprofile-update=single");
    add_gcc_tuning(job);
}

static void add_clang_instrumentation(struct job *job)
{
    /* What the driver makes of -fsanitize-coverage=..., word by word. */
    static const char *const counters[] = {
        "-fsanitize-coverage-type=3",
        "-fsanitize-coverage-inline-8bit-counters",
        "-fsanitize-coverage-pc-table", "-fsanitize-coverage-trace-cmp",
        "-fsanitize-coverage-trace-div"};
    static const char *const guards[] = {
        "-fsanitize-coverage-type=3", "-fsanitize-coverage-trace-pc-guard",
        "-fsanitize-coverage-pc-table", "-fsanitize-coverage-trace-cmp",
        "-fsanitize-coverage-trace-div"};
    /* Plain counters look like a race to ThreadSanitizer. */
    bool guarded = job->line.thread_sanitizer;
    if (!job->line.has_source)
        return; /* clang warns of flags it does not need */
    /* Said to the compiler proper, it marks functions as to be optimised for
     * fuzzing and adds nothing: branches stay branches, where a chain of
     * conditions would become one, which no search gets through by steps. */
    words_add(&job->command, "-Xclang");
    words_add(&job->command, "-fsanitize=fuzzer-no-link");
    /* Blocks begin anywhere among so many counters and removed calls; libyaml
     * takes 6 % less when those that are jumped to begin with a line. */
    words_add(&job->command, "-mllvm");
    words_add(&job->command, "-align-all-nofallthru-blocks=5");
    if (job->line.step != CC_LINK) {
        words_addf(&job->command,
                   "-fsanitize-coverage=%s,pc-table,trace-cmp,trace-div",
                   guarded ? "trace-pc-guard" : "inline-8bit-counters");
        return;
    }
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        words_add(&job->command, "-Xclang");
        words_add(&job->command, guarded ? guards[i] : counters[i]);
    }
}

static void add_source_flags(struct job *job)
{
    static const char *const compares[] = {
        "memcmp",      "bcmp",   "strcmp",     "strncmp", "strcasecmp",
        "strncasecmp", "strstr", "strcasestr", "memmem"};
    struct words *out = &job->command;
    if (job->line.has_source && job->line.step != CC_PREPROCESS) {
        words_add(out, "-g");
        words_add(out, "-fno-omit-frame-pointer");
        for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
            if (is_instrumented(&job->line))
                words_addf(out, "-fno-builtin-%s", compares[i]);
        }
    }
    if (job->line.has_source || job->line.has_preprocessed_assembly) {
        if (!job->line.no_fuzzing_macro)
            words_add(out, "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION");
        /* Searched last: it never hides a header of the project. */
        if (job->files.include_dir[0]) {
            words_add(out, "-idirafter");
            words_add(out, job->files.include_dir);
        }
    }
}

/* Finds the file that -lNAME means among the directories given with -L. */
static bool find_library(const struct job *job, const char *name,
                         char path[CC_MAX_PATH])
{
    bool coff = cc_compiler_is_coff(&job->compiler);
    const struct cc_line *line = &job->line;
    for (size_t i = 0; i < line->library_dirs.n; i++) {
        const char *const suffixes[] = {coff ? ".dll.a" : ".so", ".a"};
        for (size_t k = line->prefers_archives; k < 2; k++) {
            const char *dir = line->library_dirs.item[i];
            const char *suffix = suffixes[k];
            int n = name[0] == ':'
                        ? snprintf(path, CC_MAX_PATH, "%s/%s", dir, name + 1)
                        : snprintf(path, CC_MAX_PATH, "%s/lib%s%s", dir, name,
                                   suffix);
            if (n > 0 && n < CC_MAX_PATH && platform_is_file(path))
                return true;
        }
    }
    return false;
}

/* What an input of the link defines; `word` gives it to the linker again. The
 * targets of an archive are added to `targets`. */
static unsigned link_input(const struct job *job, size_t i,
                           char word[CC_MAX_PATH], struct words *targets)
{
    const struct cc_line *line = &job->line;
    char path[CC_MAX_PATH];
    if (i < line->objects.n) {
        (void)snprintf(word, CC_MAX_PATH, "%s", line->objects.item[i]);
        return cc_symbols_read(line->objects.item[i], targets);
    }
    const char *name = line->libraries.item[i - line->objects.n];
    (void)snprintf(word, CC_MAX_PATH, "-l%s", name);
    return find_library(job, name, path) ? cc_symbols_read(path, targets) : 0;
}

/* Targets in static libraries, which nothing refers to, are asked for by name,
 * and so is a harness. */
static void ask_for_targets(struct words *out, const struct words *targets)
{
    for (size_t i = 0; i < targets->n; i++)
        words_addf(out, "-Wl,-u,%s", targets->item[i]);
}

/* A harness in a library that nothing else would take it out of is asked for by
 * name. That does not make a shared library a needed one, which some gccs ask
 * for (--as-needed), so it is given once more without that. */
static void ask_for_harness(struct job *job)
{
    const struct cc_line *line = &job->line;
    struct words *out = &job->command;
    char word[CC_MAX_PATH];
    char shared[CC_MAX_PATH] = "";
    unsigned all = 0;
    bool in_library = false;
    struct words targets = {0};
    for (size_t i = 0; i < line->objects.n + line->libraries.n; i++) {
        unsigned defines = link_input(job, i, word, &targets);
        all |= defines;
        if (!(defines & CC_DEFINES_HARNESS) || !(defines & CC_IN_LIBRARY))
            continue;
        in_library = true;
        if (defines & CC_IN_SHARED)
            memcpy(shared, word, sizeof shared);
    }
    if (!(all & CC_DEFINES_MAIN))
        ask_for_targets(out, &targets);
    words_release(&targets);
    if (!in_library || (all & CC_DEFINES_MAIN))
        return;
    words_add(out, "-Wl,-u,LLVMFuzzerTestOneInput");
    if (!shared[0])
        return;
    words_add(out, "-Wl,--push-state,--no-as-needed");
    words_add(out, "-Xlinker");
    words_add(out, shared);
    words_add(out, "-Wl,--pop-state");
}

/* Handed to the linker itself: a path may hold commas, a -x may be in force, and
 * one more input of the compiler's would change the names of what -save-temps
 * and others leave. */
static void add_for_linker(struct job *job, const char *word)
{
    words_add(&job->command, "-Xlinker");
    words_add(&job->command, word);
}

static void add_link_flags_elf(struct job *job)
{
    if (job->line.shared && job->line.refuses_undefined)
        words_add(&job->command, "-Wl,--unresolved-symbols=ignore-all");
    if (!is_program(&job->line))
        return;
    ask_for_harness(job);
    words_add(&job->command, "-Xlinker");
    words_addf(&job->command, "--dynamic-list=%s", job->files.exports);
    add_for_linker(job, job->files.archive);
}

/* Leads calls of libc's comparing and searching functions through ours, which
 * the linker has to be asked for: what follows the archive calls some of them,
 * too. */
static void wrap_compares(struct job *job)
{
    /* The last two are those that headers know to be in a DLL. */
    static const char *const names[] = {
        "memcmp",    "strcmp",         "strcasecmp",     "stricmp",
        "_stricmp",  "strncmp",        "strncasecmp",    "strnicmp",
        "_strnicmp", "strstr",         "wcscmp",         "wcsncmp",
        "wmemcmp",   "__imp__stricmp", "__imp__strnicmp"};
    enum { N = sizeof names / sizeof names[0] };
    const struct words *wrapped = &job->line.wrapped;
    for (size_t i = 0; i < wrapped->n * N; i++) {
        if (strcmp(wrapped->item[i / N], names[i % N]) == 0)
            return;
    }
    for (size_t i = 0; i < N; i++) {
        words_add(&job->command, "-Xlinker");
        words_addf(&job->command, "--wrap=%s", names[i]);
    }
    add_for_linker(job, "--undefined=__wrap_memcmp");
    add_for_linker(job, "--undefined=__wrap_strstr");
}

static void add_link_flags_coff(struct job *job)
{
    if (job->line.relocatable)
        return;
    if (is_program(&job->line)) {
        ask_for_harness(job);
        if (!job->line.without_libc)
            wrap_compares(job);
    } else {
        add_for_linker(job, "--exclude-libs=libthresh.a");
    }
    add_for_linker(job, job->files.archive);
    words_add(&job->command, "-static-libgcc");
    /* The compiler's own libraries follow. */
    add_for_linker(job, "-Bstatic");
}

static void compose(struct job *job)
{
    words_add(&job->command, job->compiler.path);
    if (job->line.step != CC_NOTHING) {
        add_source_flags(job);
        if (is_instrumented(&job->line)) {
            if (job->compiler.family == CC_GCC)
                add_gcc_instrumentation(job);
            else
                add_clang_instrumentation(job);
        }
    }
    cc_line_write(&job->line, &job->command);
    if (job->line.step != CC_LINK)
        return;
    if (cc_compiler_is_coff(&job->compiler))
        add_link_flags_coff(job);
    else
        add_link_flags_elf(job);
}

/* ---- running ---- */

/* Makes sure that what the command needs is there. */
static bool check_files(const struct job *job)
{
    const struct cc_files *files = &job->files;
    bool coff = cc_compiler_is_coff(&job->compiler);
    if (job->line.step != CC_LINK)
        return true;
    if (!files->archive[0]) {
        complain(job, "libthresh.a, the engine, was not found in");
        for (size_t i = 0; i < files->looked_in.n; i++)
            (void)fprintf(stderr, "    %s\n", files->looked_in.item[i]);
        complain(job, coff ? "`make` builds the one for Windows where "
                             "x86_64-w64-mingw32-gcc is installed"
                           : "build it (`make`) or install thresh; the program "
                             "and its archive move together or not at all");
        return false;
    }
    if (!platform_is_file(files->specs) ||
        (!coff && !platform_is_file(files->exports))) {
        (void)fprintf(stderr,
                      "%s: thresh-gcc.specs and libthresh.syms must be beside "
                      "%s; build or install thresh again\n",
                      job->name, files->archive);
        return false;
    }
    return true;
}

/* Learns what the flags depend on. */
static int ask_compiler(struct job *job, struct thresh_err *err)
{
    struct cc_compiler *compiler = &job->compiler;
    if (job->line.step == CC_NOTHING || job->line.step == CC_PREPROCESS)
        return 0;
    if (compiler->family == CC_CLANG)
        return 0; /* all versions get the same flags */
    int rc = cc_compiler_ask(compiler, err);
    if (rc < 0 || compiler->family != CC_GCC)
        return rc;
    if (has_arc_counters(compiler)) {
        if (is_instrumented(&job->line))
            cc_line_leave_out_libgcov(&job->line);
    } else if (is_program(&job->line)) {
        /* Said once for a program, not for each of its objects. */
        (void)fprintf(stderr,
                      "%s: gcc %d: only gcc %d to %d have counters thresh can "
                      "read; using trace-pc instead, which is slower\n",
                      job->name, compiler->major, GCC_OLDEST, GCC_NEWEST);
    }
    return 0;
}

/* Prints a word so that a POSIX shell reads it back as one. */
static void print_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=./:,@%^";
    if (*word && !word[strspn(word, plain)]) {
        (void)fputs(word, stdout);
        return;
    }
    (void)putchar('\'');
    for (; *word; word++) {
        if (*word == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)putchar(*word);
    }
    (void)putchar('\'');
}

static int print_command(const struct words *command)
{
    for (size_t i = 0; i < command->n; i++) {
        if (i)
            (void)putchar(' ');
        print_word(command->item[i]);
    }
    (void)putchar('\n');
    return fflush(stdout) == 0 ? 0 : TOOL_EXIT_FAILED;
}

static int run(struct job *job, bool cxx, struct thresh_err *err)
{
    if (cc_compiler_find(&job->compiler, job->line.compiler, cxx, err) < 0 ||
        ask_compiler(job, err) < 0) {
        complain(job, err->msg);
        return err->code == THRESH_EUSAGE ? TOOL_EXIT_USAGE : TOOL_EXIT_FAILED;
    }
    cc_files_find(&job->files, &job->compiler);
    if (!check_files(job))
        return TOOL_EXIT_FAILED;
    compose(job);
    if (job->line.print)
        return print_command(&job->command);
    (void)platform_become(job->compiler.path, job->command.item, err);
    complain(job, err->msg);
    return TOOL_EXIT_FAILED;
}

static int wrap(const struct command *self, int argc, char *const *argv)
{
    bool cxx = self == &command_cxx;
    struct job job = {.name = cxx ? "thresh c++" : "thresh cc"};
    struct thresh_err err = {0};
    int code = 0;
    (void)argc;
    cc_line_read(&job.line, argv);
    if (job.line.help)
        command_help(self);
    else
        code = run(&job, cxx, &err);
    words_release(&job.command);
    cc_files_release(&job.files);
    cc_line_release(&job.line);
    return code;
}

/* For people: cc_line.c reads them, since a compiler's words surround them. */
static const struct command_flag flags[] = {
    {.name = "compiler",
     .type = COMMAND_TEXT,
     .value = "NAME",
     .help = "gcc, gcc-12, clang, a cross compiler, or a path; otherwise "
             "$THRESH_CC, gcc or clang, in this order"},
    {.name = "no-fuzzing-macro",
     .help = "don't define FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"},
    {.name = "thresh-print", .help = "print the command instead of running it"},
    {.name = "thresh-help", .help = "print this text"},
};

#define ABOUT                                                              \
    "Runs the compiler with instrumentation added where it compiles, and " \
    "the engine where it links a program. ARGUMENTs are the compiler's own."

const struct command command_cc = {
    .name = "cc",
    .summary = "compile C with instrumentation, link the engine",
    .usage = "[--compiler=NAME] [OPTION...] ARGUMENT...",
    .about = ABOUT,
    .examples = "thresh cc -g -fsanitize=address target.c parser.c -o fuzz\n"
                "./configure CC='thresh cc'",
    COMMAND_FLAGS(flags),
    .wraps = true,
    .run = wrap,
};

const struct command command_cxx = {
    .name = "c++",
    .summary = "the same for C++",
    .usage = "[--compiler=NAME] [OPTION...] ARGUMENT...",
    .about = ABOUT,
    COMMAND_FLAGS(flags),
    .wraps = true,
    .run = wrap,
};
