#!/bin/sh
# Builds the tests for Windows and runs them by Wine: the unit tests, then the
# whole-program tests that don't need POSIX. Usage: run.sh [--all] BUILD, the
# directory of the thresh that cross-builds the programs. With --all also those
# of code that is the same on every system, and the long ones.
set -eu
which="not long and not portable"
if [ "$1" = --all ]; then
    which="" && shift
fi
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
jobs=$(nproc)
export THRESH_BUILD="$build" THRESH_WINDOWS=1
export THRESH_WINEPREFIX="${THRESH_WINEPREFIX:-$PWD/build-mingw/wine}"

cmake/cmocka-windows.sh build-mingw/cmocka
cmake --preset mingw >/dev/null
cmake --build build-mingw --parallel "$jobs" -- --no-print-directory --quiet
test/windows/wine.sh
# One server from the first program to the last: starting it and its services
# takes seconds, on a busy machine so long that a test gives up.
server() { WINEPREFIX="$THRESH_WINEPREFIX" WINEDEBUG=-all wineserver "$@"; }
server -k || true # none, most likely
server -p
trap 'server -k' EXIT
# The services that the first program starts keep its output open for as long
# as they live: a test that reads to the end of it would wait for them.
test/windows/wine.sh cmd /c exit </dev/null >/dev/null 2>&1
echo "== unit tests: windows"
ctest --test-dir build-mingw --output-on-failure --parallel "$jobs"
echo "== whole-program tests: windows"
# What needs POSIX is marked so; -rs lists what is skipped, with the reason.
/usr/bin/python3 -m pytest -q -rs -p no:cacheprovider -m "$which" \
    -n "$((jobs * 2))" --dist loadfile test
