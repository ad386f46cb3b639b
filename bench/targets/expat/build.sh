#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch expat
expat=$source
[ -d "$expat/expat" ] && expat=$expat/expat
compile "-I$expat/lib -DXML_NS=1 -DXML_DTD=1 -DXML_GE=1 -DXML_CONTEXT_BYTES=1024 -DXML_POOR_ENTROPY -DXML_STATIC -DBYTEORDER=1234 -DHAVE_MEMMOVE" "$expat"/lib/{xmlparse,xmlrole,xmltok}.c
finish 2048 "-I$expat/lib -DXML_STATIC"
