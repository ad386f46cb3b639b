/* SPDX-License-Identifier: MIT
 *
 * `thresh init`: writes the first target of a project, and says what to do with
 * it. Never writes over a file.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "platform/platform.h"
#include "tool/cc_compiler.h"
#include "tool/tool.h"

#define TEXT_MAX 65536u

struct values {
    const char *dir;
    const char *header;
    bool cmake;
    bool libfuzzer;
};

static const struct command_flag flags[] = {
    {.name = "dir",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, dir),
     .value = "DIR",
     .help = "where the files go; default: fuzz"},
    {.name = "header",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, header),
     .value = "FILE",
     .help = "the header that declares what is to be tested"},
    {.name = "cmake",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, cmake),
     .help = "also a CMakeLists.txt, for find_package(Thresh)"},
    {.name = "libfuzzer",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, libfuzzer),
     .help = "a harness that libFuzzer runs, too, instead of a typed target"},
};

static const char typed[] =
    "/* A fuzz target, which is a test. `thresh test` with this file and the\n"
    " * sources under test runs its seeds and saved failures, `thresh fuzz` "
    "looks\n"
    " * for new ones. */\n"
    "%s"
    "#include <thresh.h>\n"
    "\n"
    "/* Arguments may be bytes, string, bool, (u)int8 to 64, float, double, "
    "rune:\n"
    " * (string, text, .max = 4096), (int32, depth, .min = 0, .max = 9) */\n"
    "THRESH_TARGET(%s, (string, text))\n"
    "{\n"
    "    /* Call what is to be tested with text.data, which has text.size "
    "bytes\n"
    "     * and a NUL. Crashes and sanitizers' reports fail by themselves; "
    "say\n"
    "     * what else must hold:\n"
    "     *     THRESH_CHECK(n >= 0, \"%%d for %%s\", n, text.data); */\n"
    "    (void)text;\n"
    "}\n"
    "/* An input that is typical; more of them lead further. */\n"
    "THRESH_SEED(%s, THRESH_STR(\"\"));\n";

static const char harness[] =
    "/* A fuzz target, which is a test. `thresh test` with this file and the\n"
    " * sources under test runs its seeds and saved failures, `thresh fuzz` "
    "looks\n"
    " * for new ones. */\n"
    "%s"
    "#include <stddef.h>\n"
    "#include <stdint.h>\n"
    "\n"
    "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
    "{\n"
    "    /* Call what is to be tested with these bytes. */\n"
    "    (void)data;\n"
    "    (void)size;\n"
    "    return 0;\n"
    "}\n";

static const char lists[] =
    "# `ctest` runs the seeds and saved failures of each fuzz test;\n"
    "# `cmake --build BUILD --target fuzz-%s_fuzz` looks for new ones.\n"
    "find_package(Thresh)\n"
    "if(Thresh_FOUND)\n"
    "  # LIBRARIES: what is tested; of this build's, instrumented copies are "
    "made.\n"
    "  thresh_add_fuzz_test(%s_fuzz SOURCES %s_fuzz.c LIBRARIES)\n"
    "endif()\n";

/* Writes a file that is not there yet. */
static int write_new(const struct command *self, const char *dir,
                     const char *name, const struct buf *text)
{
    char path[CC_MAX_PATH];
    struct thresh_err err;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    if (platform_is_file(path) || platform_is_dir(path)) {
        (void)fprintf(stderr,
                      "thresh %s: %s is there already and stays as it is; "
                      "another name, or --dir=DIR, makes a new one\n",
                      self->name, path);
        return TOOL_EXIT_FAILED;
    }
    if (platform_write_file(dir, name, buf_text(text), text->size, &err))
        return command_failed(self, "%s", err.msg);
    (void)printf("wrote %s\n", path);
    return 0;
}

static int write_target(const struct command *self, const struct values *values,
                        const char *name)
{
    char include[CC_MAX_PATH] = "";
    char file[CC_MAX_PATH];
    struct buf text;
    (void)snprintf(file, sizeof file, "%s_fuzz.c", name);
    if (values->header)
        (void)snprintf(include, sizeof include, "#include \"%s\"\n\n",
                       values->header);
    buf_init(&text, TEXT_MAX);
    if (values->libfuzzer)
        buf_addf(&text, harness, include);
    else
        buf_addf(&text, typed, include, name, name);
    int code = write_new(self, values->dir, file, &text);
    buf_release(&text);
    return code;
}

static int write_lists(const struct command *self, const struct values *values,
                       const char *name)
{
    struct buf text;
    char path[CC_MAX_PATH];
    int code = 0;
    buf_init(&text, TEXT_MAX);
    (void)snprintf(path, sizeof path, "%s/CMakeLists.txt", values->dir);
    if (platform_is_file(path)) {
        (void)printf("%s is there already; add to it:\n"
                     "    thresh_add_fuzz_test(%s_fuzz SOURCES %s_fuzz.c "
                     "LIBRARIES ...)\n",
                     path, name, name);
    } else {
        buf_addf(&text, lists, name, name, name);
        code = write_new(self, values->dir, "CMakeLists.txt", &text);
        if (!code)
            (void)printf("name the library under test in it, and add to the "
                         "project's CMakeLists.txt, after that library:\n"
                         "    include(CTest)\n    add_subdirectory(%s)\n",
                         values->dir);
    }
    buf_release(&text);
    return code;
}

/* A target's name is one of C. */
static bool is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *text && !(*text >= '0' && *text <= '9') &&
           !text[strspn(text, letters)];
}

static int init(const struct command *self, const struct values *values,
                const struct words *operands)
{
    if (operands->n > 1)
        return command_usage_error(self, "one name at a time");
    const char *name = operands->n ? operands->item[0] : "first";
    if (!is_name(name))
        return command_usage_error(self,
                                   "\"%s\" is no name of a target: letters, "
                                   "digits and _ make one",
                                   name);
    int code = write_target(self, values, name);
    if (!code && values->cmake)
        code = write_lists(self, values, name);
    if (code)
        return code;
    (void)printf("next: call what is to be tested in it, then\n"
                 "    thresh fuzz %s/%s_fuzz.c SOURCES-UNDER-TEST -I.\n",
                 values->dir, name);
    if (!values->cmake && platform_is_file("CMakeLists.txt"))
        (void)puts(
            "this project has a CMakeLists.txt: --cmake writes lines for "
            "it, too");
    return TOOL_EXIT_OK;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {.dir = "fuzz"};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = init(self, &values, &line.operands);
    command_line_release(&line);
    return code;
}

const struct command command_init = {
    .name = "init",
    .summary = "write a first target into a project",
    .usage = "[NAME]",
    .about = "Writes DIR/NAME_fuzz.c, which builds and runs as it is, and on "
             "request lines for CMake. A file that is there is never "
             "overwritten.",
    .examples = "thresh init parse_url --header=url.h\n"
                "thresh init parse_url --cmake",
    COMMAND_FLAGS(flags),
    .run = run,
};
