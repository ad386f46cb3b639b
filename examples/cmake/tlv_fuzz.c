/* SPDX-License-Identifier: MIT
 *
 * The fuzz target: whatever the message, tlv_find_text() stays inside it and
 * what it returns is a text.
 */
#include <stdlib.h>
#include <string.h>
#include <thresh.h>

#include "tlv.h"

THRESH_TARGET(find_text, (bytes, message, .max = 512), (uint8, type))
{
    char *text = tlv_find_text(message.data, message.size, type);
    THRESH_REJECT_IF(!text);
    THRESH_CHECK(strlen(text) < message.size, "%zu characters of %zu bytes",
                 strlen(text), message.size);
    free(text);
}
THRESH_SEED(find_text, THRESH_BYTES("\1\2ab\2\3def"), 2);
