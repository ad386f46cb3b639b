/* SPDX-License-Identifier: MIT
 *
 * Base64 (RFC 4648, with padding), for texts that carry whole inputs.
 */
#ifndef THRESH_BASE_BASE64_H
#define THRESH_BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

void base64_add(struct buf *out, const void *data, size_t size);

#endif
