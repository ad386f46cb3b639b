#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch md4c
compile "-I$source/src" "$source"/src/{md4c,md4c-html,entity}.c
finish 2048 "-I$source/src"
