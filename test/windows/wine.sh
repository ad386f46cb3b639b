#!/bin/sh
# Runs a Windows program: wine.sh PROGRAM [ARGUMENT...]. Wine's files are in
# THRESH_WINEPREFIX, else in build-mingw/wine, made at first use; what it has to
# say about itself is not shown, and its debugger stays away from what crashes.
# `wine.sh` alone only makes the files.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
export WINEPREFIX="${THRESH_WINEPREFIX:-$root/build-mingw/wine}"
# In a locale without it Wine can't make files with other than ASCII names.
export LC_ALL=C.UTF-8
export WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES="winedbg.exe=d;mscoree,mshtml="

if [ ! -e "$WINEPREFIX/ready" ]; then
    mkdir -p "$WINEPREFIX"
    # Only one of many that start at once makes them.
    (
        flock 9
        [ -e "$WINEPREFIX/ready" ] || wineboot -i
        touch "$WINEPREFIX/ready"
    ) 9>"$WINEPREFIX.lock" >/dev/null 2>&1 </dev/null
fi
[ $# -gt 0 ] || exit 0
exec wine "$@"
