/* SPDX-License-Identifier: MIT
 *
 * Text inside XML: what a target printed or a file is called may be any bytes,
 * and the document must stay well-formed all the same. Elements are written by
 * whoever knows the document; only what stands between and in their tags is
 * this file's matter.
 */
#ifndef THRESH_BASE_XML_H
#define THRESH_BASE_XML_H

#include <stddef.h>

#include "base/buf.h"

/* Appends text as the content of an element. What XML cannot hold at all,
 * bytes that are not UTF-8 and most control characters, becomes U+FFFD. */
void xml_text(struct buf *out, const char *text, size_t size);

/* Appends ` name="value"`, in which line ends survive too. */
void xml_attribute(struct buf *out, const char *name, const char *value);

#endif
