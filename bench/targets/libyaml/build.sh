#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch libyaml
flags="-I$source/include -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5 -DYAML_VERSION_STRING=\\\"0.2.5\\\""
compile "$flags" "$source"/src/{api,reader,scanner,parser,loader,writer,emitter,dumper}.c
finish 2048 "-I$source/include"
