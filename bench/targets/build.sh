# SPDX-License-Identifier: MIT
#
# What the build scripts of the targets share; sourced with their arguments.
#
#   NAME/build.sh CC= CFLAGS= ENGINE= LDFLAGS= OUT= JOBS=
#
# builds library and harness with CC and CFLAGS, links them with ENGINE, which
# has main(), and leaves NAME, NAME.seeds/ and NAME.conf in OUT. The libraries
# are Debian's source packages, fetched when first needed: the upstream archive
# without Debian's patches. They are unpacked below $THRESH_BENCH_WORK.
set -eu

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${THRESH_BENCH_WORK:-$kit/../../build/bench}
CC=clang CFLAGS='-O2 -g' ENGINE= LDFLAGS= OUT=out JOBS=1
for word in "$@"; do
    case $word in
    CC=* | CFLAGS=* | ENGINE=* | LDFLAGS=* | OUT=* | JOBS=*)
        printf -v "${word%%=*}" %s "${word#*=}" ;;
    *)
        echo "$0: don't know $word" >&2
        exit 2 ;;
    esac
done
name=$(basename "$(cd "$(dirname "$0")" && pwd)")
mkdir -p "$OUT" "$work/sources"
OUT=$(cd "$OUT" && pwd)
objects=$OUT/$name.objects
mkdir -p "$objects"

# The upstream archive of a source package, if it has come: $archive.
has_come() { # DIRECTORY
    archive=$(ls "$1"/*.orig.tar.* 2>/dev/null | grep -v '\.asc$' | head -n1)
    [ -n "$archive" ]
}

# Unpacks Debian's source package PACKAGE, unless it is there: $source. A mirror
# may lack a part of the newest version: the archive is all that is needed, and
# another version of it will do.
fetch() { # PACKAGE
    local wanted
    source=$work/sources/$1
    [ -e "$source/.complete" ] && return 0
    rm -rf "$source" "$source.download"
    mkdir -p "$source" "$source.download"
    for wanted in "$1" $(apt-cache showsrc "$1" 2>/dev/null |
        sed -n "s/^Version: /$1=/p"); do
        (cd "$source.download" &&
            apt-get source -qq --download-only "$wanted" >&2) || true
        has_come "$source.download" && break
    done
    has_come "$source.download" || {
        echo "$name: apt-get source $1 failed; is there a deb-src entry?" >&2
        exit 1
    }
    tar -C "$source" --strip-components=1 -xf "$archive"
    rm -rf "$source.download"
    touch "$source/.complete"
}

# Compiles FILES with FLAGS.
compile() { # FLAGS FILES...
    local flags=$1 file
    shift
    for file in "$@"; do
        # shellcheck disable=SC2086
        printf '%s\0' "$CC $CFLAGS -w $flags -c $file -o \
            $objects/$(echo "$file" | cksum | cut -d' ' -f1).o"
    done | xargs -0 -n1 -P"$JOBS" sh -c
}

# Links what was compiled, with the harness, and lays down the rest.
finish() { # MAX_LEN FLAGS [SEED...]
    local max=$1 flags=$2
    shift 2
    # shellcheck disable=SC2086
    $CC $CFLAGS $flags -c "$kit/$name/fuzz.c" -o "$objects/harness.o"
    # shellcheck disable=SC2086
    $CC $CFLAGS $LDFLAGS "$objects"/*.o $ENGINE -lm -o "$OUT/$name"
    rm -rf "$objects"
    mkdir -p "$OUT/$name.seeds"
    [ ! -d "$kit/$name/seeds" ] || cp "$kit/$name/seeds"/* "$OUT/$name.seeds/"
    [ $# = 0 ] || cp "$@" "$OUT/$name.seeds/"
    echo "MAX_LEN=$max" >"$OUT/$name.conf"
}
