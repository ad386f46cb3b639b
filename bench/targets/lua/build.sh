#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch lua5.4
compile "-I$source/src" "$source"/src/l{api,auxlib,code,ctype,debug,do,dump,func,gc,lex,mem,object,opcodes,parser,state,string,table,tm,undump,vm,zio}.c
finish 1024 "-I$source/src"
