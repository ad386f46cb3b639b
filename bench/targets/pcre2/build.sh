#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch pcre2
mkdir -p "$objects/include"
cp "$source"/src/config.h.generic "$objects/include/config.h"
cp "$source"/src/pcre2.h.generic "$objects/include/pcre2.h"
cp "$source"/src/pcre2_chartables.c.dist "$objects/include/pcre2_chartables.c"
flags="-I$objects/include -I$source/src -DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -DSUPPORT_PCRE2_8 -DSUPPORT_UNICODE"
compile "$flags" "$source"/src/pcre2_{auto_possess,compile,config,context,convert,dfa_match,error,extuni,find_bracket,maketables,match,match_data,newline,ord2utf,pattern_info,script_run,serialize,string_utils,study,substitute,substring,tables,ucd,valid_utf,xclass}.c "$objects/include/pcre2_chartables.c"
finish 512 "$flags"
