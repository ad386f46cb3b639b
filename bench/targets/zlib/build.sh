#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch zlib
compile "-I$source -DHAVE_UNISTD_H" "$source"/{adler32,crc32,infback,inffast,inflate,inftrees,zutil}.c
finish 4096 "-I$source"
