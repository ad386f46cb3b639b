#!/bin/sh
# What `make demo` does: builds an example with `thresh cc`, fuzzes it until
# its planted bug is found, minimised and saved, and shows that the saved input
# is a regression test from then on. demo.sh BUILD
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/ini" && pwd)
work=$build/demo
rm -rf "$work"
mkdir -p "$work"
cd "$work"

step() {
    printf '\n$ %s\n' "$*"
}

step thresh cc -fsanitize=address ini_fuzz.c ini.c -o ini_fuzz
"$build/thresh" cc -g -O1 -fsanitize=address -I"$source" \
    "$source/ini_fuzz.c" "$source/ini.c" -o ini_fuzz

step ./ini_fuzz "                    # seeds and saved inputs, as tests"
./ini_fuzz

step ./ini_fuzz -fuzz=parse -fuzztime=60s
code=0
./ini_fuzz -fuzz=parse -fuzztime=60s -cachedir=cache || code=$?
if [ "$code" != 1 ] || ! ls testdata/fuzz/parse/* >/dev/null 2>&1; then
    echo "demo: the planted bug was not found (exit $code)" >&2
    exit 1
fi

step ./ini_fuzz "                    # the saved input is a test now"
code=0
./ini_fuzz >replay.txt 2>&1 || code=$?
head -3 replay.txt
if [ "$code" != 1 ]; then
    echo "demo: the saved input does not fail again (exit $code)" >&2
    exit 1
fi
printf '\nThe demo is done: the bug was found, minimised and saved in\n%s\n' \
    "$work/testdata/fuzz/parse/"
