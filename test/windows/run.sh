#!/bin/sh
# Builds the tests for Windows and runs them by Wine: the unit tests, then the
# whole-program tests of what does not need POSIX. Usage: run.sh BUILD, the
# directory of the thresh that cross-builds the programs.
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
jobs=$(nproc)
export THRESH_BUILD="$build" THRESH_WINDOWS=1

cmake/cmocka-windows.sh build-mingw/cmocka
cmake --preset mingw >/dev/null
cmake --build build-mingw --parallel "$jobs" -- --no-print-directory --quiet
test/windows/wine.sh
echo "== unit tests: windows"
ctest --test-dir build-mingw --output-on-failure
echo "== whole-program tests: windows"
# -rs lists what is skipped, with the reason.
/usr/bin/python3 -m pytest -q -rs -p no:cacheprovider -m "not long" \
    -n "$((jobs * 2))" --dist loadfile test/windows \
    test/script/test_command_line.py test/script/test_events.py \
    test/script/test_failures.py test/script/test_forms.py \
    test/script/test_fuzz.py test/script/test_groups.py \
    test/script/test_kinds.py test/script/test_minimise.py \
    test/script/test_reference.py test/script/test_report.py \
    test/script/test_seeds.py test/script/test_several.py \
    test/script/test_test_mode.py test/puzzle/test_typed.py
