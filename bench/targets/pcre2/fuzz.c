/* SPDX-License-Identifier: MIT
 *
 * PCRE2: options in two bytes, then a pattern and a subject that a newline
 * parts. Backtracking is bounded.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pcre2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t choices[] = {
        PCRE2_CASELESS, PCRE2_MULTILINE, PCRE2_DOTALL,   PCRE2_EXTENDED,
        PCRE2_ANCHORED, PCRE2_UTF,       PCRE2_UNGREEDY, PCRE2_DUPNAMES};
    uint32_t options = PCRE2_NEVER_BACKSLASH_C;
    int code;
    PCRE2_SIZE where;
    if (size < 2)
        return 0;
    for (int i = 0; i < 8; i++)
        options |= data[0] >> i & 1 ? choices[i] : 0;
    const uint8_t *pattern = data + 2;
    size -= 2;
    const uint8_t *line = size ? memchr(pattern, '\n', size) : NULL;
    size_t length = line ? (size_t)(line - pattern) : size;
    const uint8_t *subject = line ? line + 1 : pattern;
    size_t rest = line ? size - length - 1 : size;
    pcre2_code *compiled =
        pcre2_compile(pattern, length, options, &code, &where, NULL);
    if (!compiled)
        return 0;
    pcre2_match_data *match =
        pcre2_match_data_create_from_pattern(compiled, NULL);
    pcre2_match_context *bounds = pcre2_match_context_create(NULL);
    if (match && bounds) {
        pcre2_set_match_limit(bounds, 2000);
        pcre2_set_depth_limit(bounds, 200);
        int workspace[200];
        if (data[1] & 1)
            (void)pcre2_dfa_match(compiled, subject, rest, 0, 0, match, bounds,
                                  workspace, 200);
        else
            (void)pcre2_match(compiled, subject, rest, 0, 0, match, bounds);
    }
    pcre2_match_context_free(bounds);
    pcre2_match_data_free(match);
    pcre2_code_free(compiled);
    return 0;
}
