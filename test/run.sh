#!/bin/sh
# Builds and runs the tests: unit tests with gcc, with clang, and under the
# sanitizers, then the whole-program tests. With --all the long ones too.
set -eu
cd "$(dirname "$0")/.."

for pair in dev:build clang:build-clang asan:build-asan; do
    preset=${pair%%:*} dir=${pair#*:}
    cmake --preset "$preset" >/dev/null
    cmake --build "$dir" --parallel "$(nproc)" -- --no-print-directory --quiet
    echo "== unit tests: $preset"
    ctest --test-dir "$dir" --output-on-failure
done
echo "== whole-program tests"
if [ "${1:-}" = --all ]; then
    THRESH_TEST_LONG=1 /usr/bin/python3 -m pytest -q test -p no:cacheprovider
else
    /usr/bin/python3 -m pytest -q test -p no:cacheprovider -m "not long"
fi
