#!/bin/bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../build.sh"
fetch cjson
compile "-I$source" "$source"/cJSON.c
finish 2048 "-I$source"
