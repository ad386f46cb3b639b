/* SPDX-License-Identifier: MIT
 *
 * See cc_compiler.h.
 */
#include "tool/cc_compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "platform/tool.h"

/* The last part of a path, with either system's separator. */
static const char *base_of(const char *path)
{
    const char *base = path;
    for (const char *p = path; *p; p++) {
        if (*p == '/' || *p == '\\')
            base = p + 1;
    }
    return base;
}

/* The last occurrence of word in text, or NULL. */
static const char *find_last(const char *text, const char *word)
{
    const char *found = NULL;
    for (const char *p = text; (p = strstr(p, word)); p++)
        found = p;
    return found;
}

/* Writes the name of the C++ driver that goes with a C driver. A name that is
 * one already, or that has no known shape, stays. */
static bool cxx_name(const char *name, char *out, size_t size)
{
    static const struct {
        const char *c;
        const char *cxx;
    } pairs[] = {{"clang", "clang++"}, {"gcc", "g++"}, {"cc", "c++"}};
    const char *base = base_of(name);
    int n = -1;
    if (strstr(base, "++"))
        return (size_t)snprintf(out, size, "%s", name) < size;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *at = find_last(base, pairs[i].c);
        if (at) {
            n = snprintf(out, size, "%.*s%s%s", (int)(at - name), name,
                         pairs[i].cxx, at + strlen(pairs[i].c));
            break;
        }
    }
    if (n < 0)
        n = snprintf(out, size, "%s", name);
    return n >= 0 && (size_t)n < size;
}

static enum cc_family family_of_name(const char *path)
{
    const char *base = base_of(path);
    if (strstr(base, "clang"))
        return CC_CLANG;
    if (strstr(base, "gcc") || strstr(base, "g++"))
        return CC_GCC;
    return CC_UNKNOWN;
}

static void set_target(struct cc_compiler *compiler, const char *text,
                       size_t length)
{
    if (length < sizeof compiler->target) {
        memcpy(compiler->target, text, length);
        compiler->target[length] = '\0';
    }
}

/* A cross compiler is called after its target. */
static void take_target_of_name(struct cc_compiler *compiler)
{
    static const char *const drivers[] = {"-gcc", "-g++", "-clang", "-cc",
                                          "-c++"};
    const char *base = base_of(compiler->path);
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        const char *at = find_last(base, drivers[i]);
        if (at) {
            set_target(compiler, base, (size_t)(at - base));
            return;
        }
    }
}

/* Finds one named compiler. */
static int find_named(struct cc_compiler *compiler, const char *name, bool cxx)
{
    char driver[CC_MAX_PATH];
    if (cxx && !cxx_name(name, driver, sizeof driver))
        return THRESH_ELIMIT;
    int rc = platform_find_program(cxx ? driver : name, compiler->path,
                                   sizeof compiler->path, NULL);
    if (rc == 0) {
        compiler->family = family_of_name(compiler->path);
        take_target_of_name(compiler);
    }
    return rc;
}

int cc_compiler_find(struct cc_compiler *compiler, const char *wanted, bool cxx,
                     struct thresh_err *err)
{
    const char *source = "--compiler";
    *compiler = (struct cc_compiler){0};
    if (!wanted) {
        source = "THRESH_CC";
        wanted = getenv("THRESH_CC");
    }
    if (wanted && *wanted) {
        char driver[CC_MAX_PATH];
        if (find_named(compiler, wanted, cxx) == 0)
            return 0;
        if (!cxx || !cxx_name(wanted, driver, sizeof driver))
            (void)snprintf(driver, sizeof driver, "%s", wanted);
        return thresh_fail(err, THRESH_EUSAGE,
                           "no compiler \"%s\" (%s=%s): install it, or name "
                           "another with --compiler=NAME",
                           driver, source, wanted);
    }
    if (find_named(compiler, "gcc", cxx) == 0 ||
        find_named(compiler, "clang", cxx) == 0)
        return 0;
    return thresh_fail(err, THRESH_EUSAGE,
                       "no compiler: neither %s nor %s is along PATH; install "
                       "one, or name one with --compiler=NAME",
                       cxx ? "g++" : "gcc", cxx ? "clang++" : "clang");
}

/* The number after `label` in text, or -1. */
static int number_after(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    return at ? (int)strtol(at + strlen(label), NULL, 10) : -1;
}

/* Runs `PATH -v`, which both families answer with one line about themselves,
 * and keeps the end of what it says. */
static int ask(const char *path, char *text, size_t size,
               struct thresh_err *err)
{
    const char *const argv[] = {path, "-v", NULL};
    const char *const env[] = {"LC_ALL=C", NULL};
    struct platform_spawn spec = {.path = path, .argv = argv, .env = env};
    struct platform_process process;
    int rc = platform_output_new(&spec.output, err);
    if (rc < 0)
        return rc;
    rc = platform_spawn(&spec, &process, err);
    if (rc == 0) {
        (void)platform_wait_exit(&process);
        text[platform_output_tail(spec.output, text, size - 1)] = '\0';
    }
    platform_close(&spec.output);
    return rc;
}

int cc_compiler_ask(struct cc_compiler *compiler, struct thresh_err *err)
{
    char text[8192];
    int rc = ask(compiler->path, text, sizeof text, err);
    if (rc < 0)
        return rc;
    int major = number_after(text, "clang version ");
    if (major >= 0) {
        compiler->family = CC_CLANG;
    } else {
        major = number_after(text, "gcc version ");
        if (major < 0) {
            return thresh_fail(err, THRESH_EUSAGE,
                               "%s is neither gcc nor clang (`%s -v` does not "
                               "say so); name one with --compiler=NAME",
                               compiler->path, compiler->path);
        }
        compiler->family = CC_GCC;
    }
    compiler->major = major;
    const char *target = strstr(text, "\nTarget: ");
    if (target) {
        target += strlen("\nTarget: ");
        set_target(compiler, target, strcspn(target, "\r\n"));
    }
    return 0;
}

bool cc_compiler_is_coff(const struct cc_compiler *compiler)
{
    return strstr(compiler->target, "mingw") != NULL;
}
