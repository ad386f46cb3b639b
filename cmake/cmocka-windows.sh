#!/bin/sh
# Builds cmocka for Windows, which Debian has no package of, into FOLDER (static
# library, header, cmocka.pc): from the source of Debian's own package, fetched
# and verified by apt through this machine's sources.
# Usage: cmake/cmocka-windows.sh FOLDER
set -eu
prefix=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
[ -e "$prefix/lib/libcmocka.a" ] && exit 0

fail() {
    echo "cmocka-windows.sh: $*" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
touch log

sh "$here/debian-source.sh" cmocka && dpkg-source -x cmocka_*.dsc >log 2>&1 || {
    cat log >&2
    fail "no source of cmocka"
}

cmake -S cmocka-*/ -B build --toolchain "$here/mingw.cmake" \
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_INSTALL_PREFIX="$prefix" \
    -D CMAKE_INSTALL_LIBDIR=lib -D WITH_STATIC_LIB=ON \
    -D WITH_EXAMPLES=OFF >log 2>&1 &&
    cmake --build build --target install >>log 2>&1 || {
    cat log >&2
    fail "building cmocka failed"
}
# Tests need no DLL beside them: the library is the static one.
rm -r "$prefix/bin" "$prefix/lib/libcmocka.dll.a"
mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a"
