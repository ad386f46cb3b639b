/* SPDX-License-Identifier: MIT
 *
 * See setup.h.
 */
#include "driver/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "platform/platform.h"
#include "worker/sanitizer.h"

/* Our defaults for the sanitizers, each overridden by the harness's own
 * __NAME_default_options() and that by the user's environment: a later option
 * wins. Findings end the process with one exit code, UBSan's too. */
static const char *our_options(const char *variable)
{
    if (strcmp(variable, "ASAN_OPTIONS") == 0)
        return "exitcode=77:abort_on_error=0:handle_abort=1:handle_sigill=1:"
               "detect_odr_violation=0:detect_stack_use_after_return=1:"
               "allocator_release_to_os_interval_ms=500:quarantine_size_mb=16:"
               "malloc_context_size=10:print_legend=0";
    if (strcmp(variable, "UBSAN_OPTIONS") == 0)
        return "exitcode=77:halt_on_error=1:print_stacktrace=1";
    if (strcmp(variable, "TSAN_OPTIONS") == 0)
        return "exitcode=77:halt_on_error=1";
    return "exitcode=77";
}

/* Fills env with one text for each sanitizer; `first` stands before all other
 * options. */
static void make_environment(struct setup *s, const char *env[8],
                             const char *first)
{
    size_t n = 0;
    const char *variable, *own;
    for (size_t i = 0; (own = sanitizer_own_options(i, &variable)); i++) {
        const char *user = getenv(variable);
        char *to = s->environment + s->environment_used;
        size_t room = sizeof s->environment - s->environment_used;
        int len = snprintf(to, room, "%s=%s:%s:%s:%s", variable, first,
                           our_options(variable), own, user ? user : "");
        if (len < 0 || (size_t)len >= room || n + 1 == 8)
            break;
        env[n++] = to;
        s->environment_used += (size_t)len + 1;
    }
    env[n] = NULL;
}

/* The user's cache, by program: its name, and a hash of where it lies, since
 * many programs are called "fuzz". */
static int default_cache(struct setup *s, struct thresh_err *err)
{
    char home[3000];
    uint8_t digest[HASH_SHA256_SIZE];
    char hex[9];
    int rc = platform_cache_home(home, sizeof home, err);
    if (rc)
        return rc;
    const char *self = platform_self_path();
    if (!self)
        self = s->argv[0];
    const char *slash = strrchr(self, '/');
    const char *name = slash ? slash + 1 : self;
    hash_sha256(digest, self, strlen(self));
    hash_hex(hex, digest, 4);
    int n = snprintf(s->cache, sizeof s->cache, "%s/thresh/%.255s-%s", home,
                     name, hex);
    if (n < 0 || (size_t)n >= sizeof s->cache)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the cache's path is too long; give -cachedir=DIR");
    return 0;
}

int setup_init(struct setup *s, const struct flags *flags, char **argv,
               struct thresh_err *err)
{
    *s = (struct setup){.flags = flags, .argv = argv};
    make_environment(s, s->env, "symbolize=0");
    make_environment(s, s->report_env, "symbolize=1");
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
        .report_env = s->report_env,
        .testdata = flags->testdata,
        .cache = s->cache,
        .parallel = parallel ? (unsigned)parallel : platform_cpu_count(),
        .has_seed = flags->has_seed,
        .seed = flags->seed,
        .fuzz_time = flags->fuzz_time,
        .minimise_time = flags->minimise_time,
        .max_bytes = flags->max_bytes,
        .input_timeout_us = flags->input_timeout_us,
        .max_rss = flags->max_rss,
        .keep_fuzzing = flags->keep_fuzzing,
        .verbose = flags->verbose,
    };
}
