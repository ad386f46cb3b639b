#!/bin/sh
# Installs what is missing of the tools a make target needs, from Debian's
# packages: need.sh build|test|deb|windows|bench|peers. Says nothing when
# nothing is missing.
set -eu

missing=
want() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
want_file() { # PATTERN PACKAGE
    for file in $1; do
        [ -e "$file" ] && return 0
    done
    missing="$missing $2"
}
want_pytest() {
    /usr/bin/python3 -c 'import pytest' 2>/dev/null ||
        missing="$missing python3-pytest"
    /usr/bin/python3 -c 'import xdist' 2>/dev/null ||
        missing="$missing python3-pytest-xdist"
}

want cmake cmake
want gcc gcc
want make make
want ld binutils
want_file "/usr/include/stdio.h" libc6-dev
case $1 in
test | bench)
    want clang clang
    want g++ g++
    want pkg-config pkg-config
    want_file "/usr/include/cmocka.h" libcmocka-dev
    want_file "/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-*.a" \
        libclang-rt-dev
    want ld.lld lld
    want llvm-symbolizer llvm
    want_pytest
    want clang-format clang-format
    want nm binutils
    want addr2line binutils
    ;;
esac
case $1 in
test) # what examples are built with, and the package
    want meson meson
    want autoreconf autoconf
    want automake automake
    want dpkg-shlibdeps dpkg-dev
    ;;
deb)
    want dpkg-shlibdeps dpkg-dev
    ;;
esac
case $1 in
windows)
    want x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
    want x86_64-w64-mingw32-g++ g++-mingw-w64-x86-64
    want wine wine
    want_file "/usr/lib/wine/wine64" wine64
    want pkg-config pkg-config
    want dpkg-source dpkg-dev # for cmocka's source
    want_pytest
    ;;
bench)
    want valgrind valgrind
    ;;
peers)
    want clang clang
    want_file "/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a" \
        libclang-rt-dev
    want afl-clang-fast afl++
    want dpkg-source dpkg-dev # for the targets' sources
    ;;
esac
[ -n "$missing" ] || exit 0

echo "missing:$missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
    echo "please install these packages (or what your system calls them)" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "please install them as root: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >/dev/null
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
