#!/bin/sh
# Builds and runs the tests: unit tests with gcc, with clang, and under the
# sanitizers, then the whole-program tests. With --all the long ones too, and
# the mutants. THRESH_REPEATS=N, if set, is the most that anything is repeated
# for its own sake (else a thousand stops, two hundred kills), and how many of
# the mutants are met (else all); it leaves the unit tests at their usual number
# of random values.
set -eu
cd "$(dirname "$0")/.."
all=
[ "${1:-}" = --all ] && all=1
[ -z "$all" ] || [ -n "${THRESH_REPEATS:-}" ] || export THRESH_TEST_LONG=1

# Of what is built with sanitizers the unit tests alone are run.
for each in dev:build:all clang:build-clang:all asan:build-asan:unit_tests; do
    preset=${each%%:*} target=${each##*:} dir=${each#*:} dir=${dir%:*}
    cmake --preset "$preset" >/dev/null
    cmake --build "$dir" --target "$target" --parallel "$(nproc)" -- \
        --no-print-directory --quiet
    echo "== unit tests: $preset"
    ctest --test-dir "$dir" --output-on-failure --parallel "$(nproc)"
done
echo "== whole-program tests"
[ -n "$all" ] && which="" || which="not long"
# Files side by side, twice as many as processors: half of their time is spent
# waiting.
/usr/bin/python3 -m pytest -q test -p no:cacheprovider -m "$which" \
    -n "$(($(nproc) * 2))" --dist loadfile
if [ -n "$all" ]; then
    echo "== mutants"
    test/mutants/run.py ${THRESH_REPEATS:+--at-most "$THRESH_REPEATS"}
fi
