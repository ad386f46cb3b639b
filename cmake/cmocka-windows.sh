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

# apt with the same sources, asked for sources, and files of its own.
mkdir -p parts lists/partial cache/archives/partial
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$list" ] && sed -n 's/^deb /deb-src /p' "$list" >>sources.list
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" \
        >"parts/$(basename "$file")"
done
touch sources.list
apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" \
        -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update >log 2>&1 && apt source cmocka >>log 2>&1 || {
    cat log >&2
    fail "no source of cmocka: is a deb-src for these sources reachable?"
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
