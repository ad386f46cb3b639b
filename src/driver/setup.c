/* SPDX-License-Identifier: MIT
 *
 * See setup.h.
 */
#include "driver/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache_name.h"
#include "driver/dictionary_files.h"
#include "driver/sanitizer_options.h"
#include "platform/platform.h"

/* Fills s->env with one text for each sanitizer in the program. */
static void make_environment(struct setup *s,
                             const struct sanitizer_settings *settings)
{
    size_t n = 0;
    for (int tool = 0; tool < TOOL_COUNT; tool++) {
        char *to = s->environment + s->environment_used;
        size_t room = sizeof s->environment - s->environment_used;
        if (!sanitizer_setting(settings, (enum sanitizer_tool)tool, to, room))
            continue;
        s->env[n++] = to;
        s->environment_used += strlen(to) + 1;
    }
    s->env[n] = NULL;
}

/* The user's cache. */
static int default_cache(struct setup *s, struct thresh_err *err)
{
    char home[3000];
    int rc = platform_cache_home(home, sizeof home, err);
    if (rc)
        return rc;
    const char *self = platform_self_path();
    if (!cache_name(s->cache, sizeof s->cache, home, self ? self : s->argv[0]))
        return thresh_fail(err, THRESH_ELIMIT,
                           "the cache's path is too long; give -cachedir=DIR");
    return 0;
}

int setup_init(struct setup *s, const struct flags *flags, char **argv,
               struct thresh_err *err)
{
    *s = (struct setup){.flags = flags, .argv = argv};
    struct sanitizer_settings settings = {.max_allocation = flags->max_resident,
                                          .as_libfuzzer =
                                              flags->tool_exit_codes};
    sanitizer_settings_collect(&settings);
    s->find_leaks = sanitizer_wants_leaks(&settings);
    make_environment(s, &settings);
    int rc = dictionary_files(flags->dict, flags->ndict, &s->tokens,
                              &s->ntokens, err);
    if (rc)
        return rc;
    if (!flags->cache)
        return default_cache(s, err);
    if (strlen(flags->cache) >= sizeof s->cache)
        return thresh_fail(err, THRESH_EUSAGE, "-cachedir is too long");
    memcpy(s->cache, flags->cache, strlen(flags->cache) + 1);
    return 0;
}

static bool seed_of(void *ctx, size_t i, struct input *in)
{
    static uint64_t store[INPUT_MAX_ARGS];
    return target_seed(ctx, i, in, store);
}

void setup_options(struct setup *s, struct target *target, struct options *opt)
{
    const struct flags *flags = s->flags;
    uint64_t parallel = flags->parallel;
    *opt = (struct options){
        .target = target->name,
        .sig = target->sig,
        .raw = target_is_raw(target),
        .seed_of = seed_of,
        .seed_ctx = target,
        .argv = (const char *const *)s->argv,
        .env = s->env,
        .tokens = s->tokens,
        .ntokens = s->ntokens,
        .testdata = flags->testdata,
        .cache = s->cache,
        .parallel = parallel ? (unsigned)parallel : platform_cpu_count(),
        .has_seed = flags->has_seed,
        .seed = flags->seed,
        .fuzz_time = flags->fuzz_time,
        .quiet_time = flags->quiet_time,
        .minimise_time = flags->minimise_time,
        .max_bytes = flags->max_bytes,
        .input_timeout_us = flags->input_timeout_us,
        .max_resident = flags->max_resident,
        .max_allocation = flags->max_resident,
        .find_leaks = s->find_leaks,
        .tolerated = flags->keep_fuzzing ? TOLERATE_ALL : 0,
        .verbose = flags->verbose,
    };
    for (uint32_t i = 0; i < target->sig.nargs; i++)
        opt->arg_name[i] = target_arg_name(target, i);
}
