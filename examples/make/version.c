/* SPDX-License-Identifier: MIT
 *
 * See version.h. A bug is planted: large numbers overflow.
 */
#include "version.h"

#include <ctype.h>

/* Reads the next number, 0 if there is none. */
static int next(const char **at)
{
    int n = 0;
    while (**at && !isdigit((unsigned char)**at))
        ++*at;
    while (isdigit((unsigned char)**at))
        n = n * 10 + (*(*at)++ - '0');
    return n;
}

int version_compare(const char *a, const char *b)
{
    while (*a || *b) {
        int x = next(&a), y = next(&b);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}
