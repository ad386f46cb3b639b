#!/bin/sh
# Fetches the files of Debian's source package PACKAGE into the current
# directory, verified by apt: through this machine's sources, asked for source
# packages in a configuration of our own, so that nothing of the machine's
# changes and no deb-src entry is needed. Unpacking is the caller's.
# Usage: cmake/debian-source.sh PACKAGE
set -eu
package=$1
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT

mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] ||
        sed -n 's/^deb /deb-src /p' "$list" >>"$apt/sources.list"
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" \
        >"$apt/parts/$(basename "$file")"
done
touch "$apt/sources.list"
own() { # apt-get|apt-cache ARGUMENTS
    local tool=$1
    shift
    "$tool" -qq -o Dir::Etc::sourcelist="$apt/sources.list" \
        -o Dir::Etc::sourceparts="$apt/parts" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
# A source that cannot be reached may be one that the package does not need. Of
# a newest version that the mirror lacks a part of, an older one will do.
own apt-get update >"$apt/log" 2>&1 || true
for version in '' $(own apt-cache showsrc "$package" 2>/dev/null |
    sed -n 's/^Version: /=/p'); do
    ! own apt-get source --download-only "$package$version" >>"$apt/log" 2>&1 ||
        exit 0
done
cat "$apt/log" >&2
echo "debian-source.sh: no source of $package: are source packages" \
    "reachable where this machine's packages come from?" >&2
exit 1
