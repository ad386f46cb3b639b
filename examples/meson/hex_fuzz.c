/* SPDX-License-Identifier: MIT
 *
 * Two targets in one binary: what was encoded decodes to what it was, and
 * decoding takes any text.
 */
#include <string.h>
#include <thresh.h>

#include "hex.h"

THRESH_TARGET(round_trip, (bytes, data, .max = 64))
{
    char text[2 * 64 + 1], back[64];
    hex_encode((const char *)data.data, data.size, text);
    int n = hex_decode(text, back);
    THRESH_CHECK(n == (int)data.size, "%s: %d bytes of %zu", text, n,
                 data.size);
    THRESH_CHECK(memcmp(back, data.data, data.size) == 0, "%s", text);
}
THRESH_SEED(round_trip, THRESH_BYTES("Thresh"));

THRESH_TARGET(decode, (string, text, .max = 128))
{
    char data[64];
    THRESH_REJECT_IF(hex_decode(text.data, data) < 0);
}
THRESH_SEED(decode, THRESH_STR("00ff"));
