/* SPDX-License-Identifier: MIT
 *
 * A small reader of records made of a type, a length and a value, as network
 * protocols have them.
 */
#ifndef TLV_H
#define TLV_H

#include <stddef.h>
#include <stdint.h>

/* Returns a copy of the first value of a type as a text, which the caller
 * frees; NULL if there is none or the message is malformed. */
char *tlv_find_text(const uint8_t *message, size_t size, uint8_t type);

#endif
