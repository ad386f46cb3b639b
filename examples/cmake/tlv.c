/* SPDX-License-Identifier: MIT
 *
 * See tlv.h. A bug is planted: the length is checked against the size of the
 * whole message, not of what is left of it.
 */
#include "tlv.h"

#include <stdlib.h>
#include <string.h>

char *tlv_find_text(const uint8_t *message, size_t size, uint8_t type)
{
    size_t at = 0;
    while (size - at >= 2) {
        size_t length = message[at + 1];
        if (length > size)
            return NULL;
        if (message[at] == type) {
            char *text = malloc(length + 1);
            if (!text)
                return NULL;
            memcpy(text, message + at + 2, length);
            text[length] = 0;
            return text;
        }
        if (length > size - at - 2)
            return NULL;
        at += 2 + length;
    }
    return NULL;
}
