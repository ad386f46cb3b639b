/* SPDX-License-Identifier: MIT
 *
 * The fuzz target: whatever the text, ini_parse() must not read outside it,
 * and what it returns must be within bounds.
 */
#include <thresh.h>

#include "ini.h"

THRESH_TARGET(parse, (bytes, text, .max = 256))
{
    struct ini_entry entries[8];
    int n = ini_parse((const char *)text.data, text.size, entries, 8);
    THRESH_REJECT_IF(n < 0);
    THRESH_CHECK(n <= 8, "%d entries in room for 8", n);
}
THRESH_SEED(parse, THRESH_BYTES("[server]\nname=example\nport=80\n"));
