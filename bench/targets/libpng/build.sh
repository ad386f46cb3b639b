#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch zlib
zlib=$source
fetch libpng1.6
mkdir -p "$objects/include"
cp "$source"/scripts/pnglibconf.h.prebuilt "$objects/include/pnglibconf.h"
flags="-I$zlib -I$objects/include -I$source -DPNG_INTEL_SSE_OPT=0"
compile "$flags" "$zlib"/{adler32,crc32,inffast,inflate,inftrees,zutil,deflate,trees}.c "$source"/png{,error,get,mem,pread,read,rio,rtran,rutil,set,trans,wio,write,wtran,wutil}.c
finish 4096 "$flags" "$source"/contrib/pngsuite/{basn0g01,basn3p04,basn6a08}.png
