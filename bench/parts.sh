#!/bin/sh
# What the parts of one execution cost, in nanoseconds of CPU time for one step:
# minimum, median and maximum of the rounds, in which the parts take turns.
#
#   bench/parts.sh [ROUNDS [PART...]]
#
# batch: mutate, run and judge an empty target; mutate: a stack of operators on
# up to 127 bytes; execute: the same target without mutation or judgement;
# scanW-N: one pass over N counters of W bits, 16 of them hit.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5}
[ $# -eq 0 ] || shift
parts=${*:-batch mutate execute scan8-1k scan8-16k scan8-64k scan64-1k \
scan64-16k scan64-64k}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# As cmake builds the archive: the guest's flags, no main of ours.
# shellcheck disable=SC2046
${CC:-gcc} -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -fno-stack-protector \
    -U_FORTIFY_SOURCE -fno-omit-frame-pointer -D_GNU_SOURCE \
    -DTHRESH_VERSION='"bench"' -Isrc -Iinclude bench/parts.c \
    $(ls src/base/*.c src/platform/*.c src/worker/*.c src/coordinator/*.c \
        src/driver/*.c | grep -v -e driver/main.c -e platform/windows) \
    -o "$work/parts"
round=0
while [ "$round" -lt "$rounds" ]; do
    for part in $parts; do
        "$work/parts" "$part" >>"$work/$part"
    done
    round=$((round + 1))
done
printf '%-12s %10s %10s %10s\n' part minimum median maximum
for part in $parts; do
    sort -n "$work/$part" | awk -v part="$part" '{ v[NR] = $1 } END {
        printf "%-12s %10.1f %10.1f %10.1f\n", part, v[1],
               v[int((NR + 1) / 2)], v[NR] }'
done
