/* SPDX-License-Identifier: MIT
 *
 * See cc_line.h. One pass over the words; an option whose value is the next
 * word is remembered until that word comes.
 */
#include "tool/cc_line.h"

#include <stdlib.h>
#include <string.h>

#include "tool/cc_input.h"
#include "tool/cc_response.h"

/* Where the pass is. */
struct reading {
    struct cc_line *line;
    const char *option;        /* waits for its value, or NULL */
    const char *language;      /* of -x, or NULL */
    const char *linker_option; /* the linker's own, waits for its value */
    bool preprocess;
    bool compile;
    bool has_input;
    bool only_headers;
};

/* Options whose value may be a word of its own. What is missing here would at
 * worst be taken for an input of the linker. */
static const char *const valued_options[] = {
    "-o",
    "-x",
    "-I",
    "-L",
    "-D",
    "-U",
    "-l",
    "-u",
    "-T",
    "-e",
    "-z",
    "-A",
    "-B",
    "-F",
    "-G",
    "-MF",
    "-MT",
    "-MQ",
    "-MJ",
    "-Xlinker",
    "-Xassembler",
    "-Xpreprocessor",
    "-Xclang",
    "-Xanalyzer",
    "-Tbss",
    "-Tdata",
    "-Ttext",
    "-arch",
    "-aux-info",
    "-dumpbase",
    "-dumpbase-ext",
    "-dumpdir",
    "-framework",
    "-gcc-toolchain",
    "-idirafter",
    "-imacros",
    "-imultilib",
    "-include",
    "-include-pch",
    "-iprefix",
    "-iquote",
    "-isysroot",
    "-isystem",
    "-iwithprefix",
    "-iwithprefixbefore",
    "-iframework",
    "-ivfsoverlay",
    "-cxx-isystem",
    "-stdlib++-isystem",
    "-mllvm",
    "-specs",
    "-target",
    "-wrapper",
    "--param",
    "--sysroot",
    "--entry",
    "--include",
    "--output",
    "--serialize-diagnostics",
};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is(text, list[i]))
            return true;
    }
    return false;
}

#define IS_ONE_OF(text, list) \
    is_one_of(text, list, sizeof(list) / sizeof(list)[0])

/* What follows the prefix, or NULL. */
static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static void change(struct cc_word *word, const char *text)
{
    char *copy = NULL;
    if (text) {
        copy = words_memory(NULL, strlen(text) + 1, 1);
        memcpy(copy, text, strlen(text) + 1);
    }
    free(word->text);
    word->text = copy;
    word->changed = true;
}

/* Takes in one word of the linker's own. */
static void read_linker_word(struct reading *r, const char *text)
{
    static const char *const shared[] = {"-shared", "--shared", "-Bshareable"};
    static const char *const relocatable[] = {"-r", "-i", "--relocatable"};
    static const char *const no_undefined[] = {"--no-undefined",
                                               "-no-undefined", "-zdefs"};
    static const char *const archives[] = {"-Bstatic", "-dn", "-static",
                                           "-non_shared"};
    static const char *const valued[] = {"-z", "--wrap", "-wrap"};
    struct cc_line *line = r->line;
    const char *value;
    if (r->linker_option) {
        if (!is(r->linker_option, "-z"))
            words_add(&line->wrapped, text);
        else if (is(text, "defs"))
            line->refuses_undefined = true;
        r->linker_option = NULL;
    } else if (IS_ONE_OF(text, valued)) {
        r->linker_option = is(text, "-z") ? "-z" : "--wrap";
    } else if ((value = after(text, "--wrap=")) ||
               (value = after(text, "-wrap="))) {
        words_add(&line->wrapped, value);
    } else if (IS_ONE_OF(text, shared)) {
        line->shared = true;
    } else if (IS_ONE_OF(text, relocatable)) {
        line->relocatable = true;
    } else if (IS_ONE_OF(text, no_undefined)) {
        line->refuses_undefined = true;
    } else if (IS_ONE_OF(text, archives)) {
        line->prefers_archives = true;
    }
}

/* A list with commas, as in -Wl,-z,defs. */
static void read_linker_list(struct reading *r, const char *list)
{
    char *copy = words_memory(NULL, strlen(list) + 1, 1);
    memcpy(copy, list, strlen(list) + 1);
    for (char *item = copy; item;) {
        char *comma = strchr(item, ',');
        if (comma)
            *comma = '\0';
        read_linker_word(r, item);
        item = comma ? comma + 1 : NULL;
    }
    free(copy);
}

/* The items of -fsanitize= and -fno-sanitize=. libFuzzer's are taken out: our
 * instrumentation and engine stand in for what they ask for. */
static void read_sanitizers(struct cc_line *line, struct cc_word *word,
                            const char *list, bool on)
{
    size_t prefix = (size_t)(list - word->text);
    char *kept = words_memory(NULL, strlen(word->text) + 1, 1);
    size_t n = prefix;
    bool dropped = false;
    memcpy(kept, word->text, prefix);
    while (*list) {
        size_t length = strcspn(list, ",");
        if ((length == 6 && memcmp(list, "fuzzer", 6) == 0) ||
            (length == 14 && memcmp(list, "fuzzer-no-link", 14) == 0)) {
            dropped = true;
        } else {
            if (length == 6 && memcmp(list, "thread", 6) == 0)
                line->thread_sanitizer = on;
            if (n > prefix)
                kept[n++] = ',';
            memcpy(kept + n, list, length);
            n += length;
        }
        list += length;
        if (*list)
            list++;
    }
    kept[n] = '\0';
    if (dropped)
        change(word, n > prefix ? kept : NULL);
    free(kept);
}

/* An option meant for the wrapper; its words are not passed on. */
static bool read_own_option(struct cc_line *line, struct cc_word *word)
{
    const char *value = after(word->text, "--compiler=");
    if (value) {
        words_add(&line->own_values, value);
        line->compiler = line->own_values.item[line->own_values.n - 1];
    } else if (is(word->text, "--no-fuzzing-macro")) {
        line->no_fuzzing_macro = true;
    } else if (is(word->text, "--thresh-print")) {
        line->print = true;
    } else if (is(word->text, "--thresh-help")) {
        line->help = true;
    } else {
        return false;
    }
    change(word, NULL);
    return true;
}

static void read_language(struct reading *r, const char *language)
{
    r->language = is(language, "none") ? NULL : language;
}

/* The value of an option, whether joined to it or a word of its own. */
static void read_value(struct reading *r, const char *option, const char *value)
{
    if (is(option, "-x")) {
        read_language(r, value);
    } else if (is(option, "-L")) {
        words_add(&r->line->library_dirs, value);
    } else if (is(option, "-l")) {
        words_add(&r->line->libraries, value);
        r->has_input = true;
        r->only_headers = false;
    } else if (is(option, "-Xlinker")) {
        read_linker_word(r, value);
    } else if (is(option, "-z")) {
        read_linker_word(r, "-z");
        read_linker_word(r, value);
    }
}

/* Options that end the work before the link, or say what is linked. */
static bool read_mode(struct reading *r, const char *text)
{
    static const char *const preprocess[] = {"-E", "-M", "-MM"};
    static const char *const compile[] = {"-c", "-S", "-fsyntax-only",
                                          "--precompile"};
    static const char *const without_libc[] = {"-nostdlib", "-nodefaultlibs"};
    if (IS_ONE_OF(text, preprocess))
        r->preprocess = true;
    else if (IS_ONE_OF(text, compile))
        r->compile = true;
    else if (is(text, "-shared") || is(text, "--shared"))
        r->line->shared = true;
    else if (is(text, "-r"))
        r->line->relocatable = true;
    else if (is(text, "-static"))
        r->line->prefers_archives = true;
    else if (IS_ONE_OF(text, without_libc))
        r->line->without_libc = true;
    else
        return false;
    return true;
}

static bool begins_with_one_of(const char *text, const char *const *list,
                               size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (after(text, list[i]))
            return true;
    }
    return false;
}

/* Whether a list of kinds of instrumentation chooses what tells what ran, be it
 * nothing (0). What does not (comparisons, divisors, indices) comes on top of
 * what there is. */
static bool chooses_coverage(const char *list)
{
    static const char *const kinds[] = {
        "trace-cmp",    "trace-div",      "trace-gep", "trace-loads",
        "trace-stores", "indirect-calls", "pc-table",  "stack-depth",
    };
    for (size_t n = 0; *list; list += n + (list[n] == ',')) {
        bool known = false;
        n = strcspn(list, ",");
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            known |= strlen(kinds[i]) == n && strncmp(list, kinds[i], n) == 0;
        if (!known)
            return true;
    }
    return false;
}

static enum cc_role role_of_option(const char *text)
{
    static const char *const purposes[] = {
        "-c", "-S",       "-E",      "-M",      "-MM", "-fsyntax-only",
        "-r", "--output", "-shared", "--shared"};
    static const char *const joined[] = {"-o", "-x", "--output="};
    static const char *const linkers[] = {
        "-Xlinker",  "-T",        "-u",
        "-e",        "-static",   "--static",
        "-rdynamic", "-nostdlib", "-nodefaultlibs"};
    static const char *const joined_linkers[] = {"-l", "-L", "-Wl,", "-z",
                                                 "-static-"};
    if (IS_ONE_OF(text, purposes) ||
        begins_with_one_of(text, joined, sizeof joined / sizeof joined[0]))
        return CC_ROLE_PURPOSE;
    if (IS_ONE_OF(text, linkers) ||
        begins_with_one_of(text, joined_linkers,
                           sizeof joined_linkers / sizeof joined_linkers[0]))
        return CC_ROLE_LINK;
    return CC_ROLE_OPTION;
}

static void read_option(struct reading *r, struct cc_word *word)
{
    static const char *const joined[] = {"-x", "-L", "-l", "-z"};
    const char *text = word->text;
    const char *value;
    if (read_own_option(r->line, word) || read_mode(r, text))
        return;
    if (IS_ONE_OF(text, valued_options)) {
        r->option = text;
    } else if ((value = after(text, "-Wl,"))) {
        read_linker_list(r, value);
    } else if ((value = after(text, "-fsanitize-coverage="))) {
        r->line->own_coverage |= chooses_coverage(value);
    } else if ((value = after(text, "-fsanitize="))) {
        read_sanitizers(r->line, word, value, true);
    } else if ((value = after(text, "-fno-sanitize="))) {
        read_sanitizers(r->line, word, value, false);
    } else {
        for (size_t i = 0; i < sizeof joined / sizeof joined[0]; i++) {
            if ((value = after(text, joined[i])))
                read_value(r, joined[i], value);
        }
    }
}

static void read_input(struct reading *r, struct cc_word *word)
{
    const char *text = word->text;
    enum cc_input kind = cc_input_kind(text, r->language);
    word->role = kind == CC_INPUT_OBJECT   ? CC_ROLE_LINK
                 : kind == CC_INPUT_HEADER ? CC_ROLE_PURPOSE
                                           : CC_ROLE_SOURCE;
    r->has_input = true;
    if (kind != CC_INPUT_HEADER)
        r->only_headers = false;
    if (kind == CC_INPUT_SOURCE || kind == CC_INPUT_HEADER)
        r->line->has_source = true;
    else if (kind == CC_INPUT_PREPROCESSED_ASSEMBLY)
        r->line->has_preprocessed_assembly = true;
    else if (kind == CC_INPUT_OBJECT)
        words_add(&r->line->objects, text);
}

static void expand_words(struct cc_line *line, char *const *argv)
{
    size_t capacity = 0;
    for (size_t i = 0; argv[i]; i++) {
        struct words part = {0};
        cc_response_expand(&part, argv[i]);
        if (line->nwords + part.n > capacity) {
            capacity = 2 * (line->nwords + part.n);
            line->word = words_memory(line->word, capacity, sizeof *line->word);
        }
        for (size_t k = 0; k < part.n; k++) {
            line->word[line->nwords++] =
                (struct cc_word){.text = part.item[k], .given = i};
        }
        part.n = 0; /* the strings have moved */
        words_release(&part);
    }
}

void cc_line_read(struct cc_line *line, char *const *argv)
{
    struct reading r = {.line = line, .only_headers = true};
    *line = (struct cc_line){.given = argv};
    expand_words(line, argv);
    for (size_t i = 0; i < line->nwords; i++) {
        struct cc_word *word = &line->word[i];
        if (r.option) {
            word->role = line->word[i - 1].role;
            read_value(&r, r.option, word->text);
            r.option = NULL;
        } else if (word->text[0] == '-' && word->text[1]) {
            word->role = role_of_option(word->text);
            read_option(&r, word);
        } else {
            read_input(&r, word);
        }
    }
    if (!r.has_input)
        line->step = CC_NOTHING;
    else if (r.preprocess)
        line->step = CC_PREPROCESS;
    else if (r.compile || r.only_headers)
        line->step = CC_COMPILE;
    else
        line->step = CC_LINK;
}

void cc_line_release(struct cc_line *line)
{
    for (size_t i = 0; i < line->nwords; i++)
        free(line->word[i].text);
    free(line->word);
    words_release(&line->own_values);
    words_release(&line->objects);
    words_release(&line->libraries);
    words_release(&line->library_dirs);
    words_release(&line->wrapped);
    *line = (struct cc_line){0};
}

void cc_line_leave_out_libgcov(struct cc_line *line)
{
    static const char *const coverage[] = {"--coverage", "-coverage"};
    bool value = false;
    for (size_t i = 0; i < line->nwords; i++) {
        struct cc_word *word = &line->word[i];
        if (!word->text)
            continue;
        if (value) {
            value = false;
        } else if (IS_ONE_OF(word->text, coverage)) {
            change(word, "-ftest-coverage");
        } else if (is(word->text, "-fprofile-arcs")) {
            change(word, NULL);
        } else {
            value = IS_ONE_OF(word->text, valued_options);
        }
    }
}

void cc_line_write(const struct cc_line *line, struct words *out)
{
    for (size_t i = 0; i < line->nwords;) {
        size_t given = line->word[i].given;
        size_t end = i;
        bool changed = false;
        for (; end < line->nwords && line->word[end].given == given; end++)
            changed = changed || line->word[end].changed;
        if (!changed)
            words_add(out, line->given[given]);
        for (; changed && i < end; i++) {
            if (line->word[i].text)
                words_add(out, line->word[i].text);
        }
        i = end;
    }
}
