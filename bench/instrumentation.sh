#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What instrumentation costs: the same target, input and compiler with one kind
# of instrumentation after the other, as a multiple of the uninstrumented time.
# All builds of a target take turns within each round, so that a noisy machine
# disturbs them alike; the ratio is taken inside a round, and the table gives
# minimum, median and maximum of the rounds. Beside them stands the ratio of the
# best times of all rounds, which says most if the machine is busy. Time is user
# CPU time.
#
#   bench/instrumentation.sh [-n ROUNDS] [-d DIRECTORY] [-f] [TARGET...]
#
#   -n  rounds (default 25)
#   -d  where to build (default build/bench/instrumentation)
#   -f  add the rows about single compiler flags
#
# Targets are tokenizer and libyaml. The latter's source is $LIBYAML_SOURCE if
# set, else it comes from Debian through apt-get; without either it is skipped.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
rounds=25
work=$root/build/bench/instrumentation
flag_rows=
while getopts n:d:f option; do
    case $option in
    n) rounds=$OPTARG ;;
    d) work=$OPTARG ;;
    f) flag_rows=yes ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- tokenizer libyaml
mkdir -p "$work"
work=$(cd "$work" && pwd)

arcs="-fprofile-arcs -fprofile-update=single"
counters=inline-8bit-counters,pc-table
keep="-fno-if-conversion -fno-if-conversion2 -fno-ssa-phiopt"
keep="$keep -fno-tree-loop-if-convert"
# gcc makes its counters early and then moves their stores out of loops, which
# costs more registers than it saves stores; and functions that are inlined
# before the counters are made need none of their own.
tuned="-fno-move-loop-stores --param early-inlining-insns=60"
# shellcheck disable=SC2086
gcc $tuned -E -x c /dev/null >/dev/null 2>&1 ||
    tuned="-fno-tree-loop-im --param early-inlining-insns=60" # before 12
calls="-fno-builtin-memcmp -fno-builtin-strcmp -fno-builtin-strncmp"
calls="$calls -fno-builtin-bcmp -fno-builtin-strstr"

# name | compiler | flags | argument of the program
rows() {
    cat <<END
clang, uninstrumented|clang||
clang, inline counters|clang|-fsanitize-coverage=$counters|
clang, counters + trace-cmp, return at once|clang|-fsanitize-coverage=$counters,trace-cmp|
clang, counters + trace-cmp, disarmed|clang|-fsanitize-coverage=$counters,trace-cmp|disarm
clang, counters + trace-cmp, keeping branches, disarmed|clang|-fsanitize-coverage=$counters,trace-cmp -Xclang -fsanitize=fuzzer-no-link|disarm
clang, guards|clang|-fsanitize-coverage=trace-pc-guard|
gcc, uninstrumented|gcc||
gcc, trace-pc|gcc|-fsanitize-coverage=trace-pc|
gcc, arcs|gcc|$arcs|
gcc, arcs + trace-cmp, return at once|gcc|$arcs -fsanitize-coverage=trace-cmp|
gcc, arcs + trace-cmp, disarmed|gcc|$arcs -fsanitize-coverage=trace-cmp|disarm
gcc, tuned arcs|gcc|$arcs $tuned|
gcc, tuned arcs + trace-cmp, disarmed|gcc|$arcs $tuned -fsanitize-coverage=trace-cmp|disarm
END
    [ -z "$flag_rows" ] || cat <<END
clang, fuzzer-no-link, disarmed|clang|-fsanitize=fuzzer-no-link|disarm
clang, counters + trace-cmp, no compare built-ins, disarmed|clang|-fsanitize-coverage=$counters,trace-cmp $calls|disarm
clang, counters + trace-cmp, no built-ins, disarmed|clang|-fsanitize-coverage=$counters,trace-cmp -fno-builtin|disarm
gcc, uninstrumented, tuned|gcc|$tuned|
gcc, uninstrumented, keeping branches|gcc|$keep|
gcc, arcs, stores stay in loops|gcc|$arcs ${tuned%% *}|
gcc, arcs, early inlining|gcc|$arcs ${tuned#* }|
gcc, tuned arcs, keeping branches|gcc|$arcs $tuned $keep|
gcc, tuned arcs + trace-cmp, keeping branches, disarmed|gcc|$arcs $tuned $keep -fsanitize-coverage=trace-cmp|disarm
gcc, tuned arcs + trace-cmp, no compare built-ins, disarmed|gcc|$arcs $tuned $calls -fsanitize-coverage=trace-cmp|disarm
gcc, tuned arcs + trace-cmp, no built-ins, disarmed|gcc|$arcs $tuned -fno-builtin -fsanitize-coverage=trace-cmp|disarm
END
}

# libyaml's source as Debian has it.
fetch_libyaml() {
    (
        cd "$work"
        sh "$here/../cmake/debian-source.sh" libyaml &&
            mkdir libyaml.new &&
            tar -xf libyaml_*.orig.tar.gz -C libyaml.new --strip-components=1 &&
            mv libyaml.new libyaml
    ) >"$work/apt.log" 2>&1
}

# Sets sources, include and input for a target; fails if it can't be had.
prepare() {
    case $1 in
    tokenizer)
        sources=$here/tokenizer.c
        include=
        input=$work/tokenizer.in
        for i in 1 2 3 4 5 6 7 8; do
            printf '%s\n' "struct item$i { name: \"value\n$i\", size: 0x1f_$i };"
            echo "if (count$i >= 12k && flags != 0) { return a->b[$i]; } // end"
            echo "while (x .. y) match z with 'q' : yield $i /* odd */ + 3d;"
        done | head -c 1024 >"$input"
        ;;
    libyaml)
        local yaml=${LIBYAML_SOURCE:-$work/libyaml}
        [ -d "$yaml/src" ] || fetch_libyaml || return 1
        sources="$yaml/src/api.c $yaml/src/reader.c $yaml/src/scanner.c"
        sources="$sources $yaml/src/parser.c $here/yaml_events.c"
        include="-I$yaml/include -DYAML_VERSION_MAJOR=0"
        include="$include -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5"
        include="$include -DYAML_VERSION_STRING=__FILE__"
        input=$work/libyaml.in
        for i in 1 2 3 4 5 6 7 8; do
            echo "item$i: &anchor$i"
            echo "  - {name: \"value $i\", size: 0x1f, list: [1, 2.5, ~]}"
            echo "  - key: !!str plain text of $i # comment"
            echo "    folded: >"
            echo "      some words"
            echo "      and more"
            echo "  - *anchor$i"
        done | head -c 1024 >"$input"
        ;;
    *)
        echo "unknown target $1" >&2
        exit 2
        ;;
    esac
}

# The worker's callbacks, built as they are for the archive.
build_guest() {
    local source
    rm -rf "$work/guest"
    mkdir -p "$work/guest"
    for source in "$root"/src/worker/{counters,arcs,gcov,sancov,disarm}.c \
        "$root"/src/worker/{compare,probe,sanitizer}.c \
        "$root"/src/platform/posix*.c "$root"/src/base/*.c; do
        gcc -std=gnu11 -D_GNU_SOURCE -O2 -fPIC -fvisibility=hidden \
            -fno-stack-protector -U_FORTIFY_SOURCE -fno-omit-frame-pointer \
            -I"$root/src" -c "$source" \
            -o "$work/guest/$(basename "$source" .c).o"
    done
    ar rcs "$work/guest.a" "$work"/guest/*.o
    gcc -O2 -c "$here/instrumentation_main.c" -o "$work/main.o"
}

# build NAME COMPILER FLAGS: makes $work/bin/NAME.
build() {
    local name=$1 compiler=$2 flags=$3 source
    local objects=$work/obj/$name guest=
    rm -rf "$objects"
    mkdir -p "$objects" "$work/bin"
    for source in $sources; do
        # shellcheck disable=SC2086
        $compiler -O2 -g -w $include $flags -c "$source" \
            -o "$objects/$(basename "$source" .c).o"
    done
    [ -z "$flags" ] || guest="-Wl,-u,counters_prepare,-u,compare_disarm"
    # shellcheck disable=SC2086
    $compiler "$work/main.o" "$objects"/*.o $guest "$work/guest.a" \
        -o "$work/bin/$name"
}

# How many calls take about a tenth of a second.
rounds_for() {
    "$1" "$input" 2000 | awk '{ printf "%d", 1e8 / ($1 > 1 ? $1 : 1) }'
}

# measure TARGET: all rows, round after round, into $work/TARGET.times.
measure() {
    local target=$1 round id name compiler flags argument calls_each
    id=0
    while IFS='|' read -r name compiler flags argument; do
        id=$((id + 1))
        ! command -v "$compiler" >/dev/null ||
            build "$target-$id" "$compiler" "$flags"
    done < <(rows)
    calls_each=$(rounds_for "$work/bin/$target-1")
    : >"$work/$target.times"
    for round in $(seq "$rounds"); do
        id=0
        while IFS='|' read -r name compiler flags argument; do
            id=$((id + 1))
            [ ! -x "$work/bin/$target-$id" ] ||
                echo "$round|$compiler|$name|$("$work/bin/$target-$id" \
                    "$input" "$calls_each" "$argument")"
        done < <(rows) >>"$work/$target.times"
    done
}

# Ratios to the uninstrumented build of the same compiler and round.
report() {
    awk -F'|' '
        $3 == $2 ", uninstrumented" { base[$1, $2] = $4 }
        {
            if (!($3 in seen)) { seen[$3] = 1; order[++n] = $3 }
            count[$3]++
            ratio[$3, count[$3]] = $4 / base[$1, $2]
            if (!($3 in best) || $4 < best[$3]) best[$3] = $4
            compiler[$3] = $2
        }
        function sort_row(name, k,    i, j, held) {
            for (i = 2; i <= k; i++) {
                held = ratio[name, i]
                for (j = i; j > 1 && ratio[name, j - 1] > held; j--)
                    ratio[name, j] = ratio[name, j - 1]
                ratio[name, j] = held
            }
        }
        END {
            printf "%-61s %8s  %6s  %s\n", "", "best ns", "ratio",
                "median (min..max) of the ratios"
            for (r = 1; r <= n; r++) {
                name = order[r]; k = count[name]
                sort_row(name, k)
                printf "%-61s %8.0f  %5.2fx  %.2fx (%.2f..%.2f)\n", name,
                    best[name],
                    best[name] / best[compiler[name] ", uninstrumented"],
                    ratio[name, int((k + 1) / 2)], ratio[name, 1], ratio[name, k]
            }
        }' "$work/$1.times"
}

build_guest
for target in "$@"; do
    if ! prepare "$target"; then
        echo "$target: no source (set LIBYAML_SOURCE, or see $work/apt.log);" \
            "skipped"
        continue
    fi
    measure "$target"
    echo "== $target, $(wc -c <"$input") bytes, $rounds rounds"
    report "$target"
done
