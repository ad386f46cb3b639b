/* SPDX-License-Identifier: MIT
 *
 * See cache_name.h.
 */
#include "base/cache_name.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

bool cache_name(char *out, size_t size, const char *home, const char *program)
{
    uint8_t digest[HASH_SHA256_SIZE];
    char hex[9];
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    hash_sha256(digest, program, strlen(program));
    hash_hex(hex, digest, 4);
    int n = snprintf(out, size, "%s/thresh/%.255s-%s", home, name, hex);
    return n >= 0 && (size_t)n < size;
}
