#!/bin/sh
# The Debian package installs in a bare Debian and maps a phantom there, as a user who is not root.
#
#     tests/package/chroot.sh [CHROOT]
#
# Takes minutes, root and a Debian mirror (debootstrap), so it is no part of the default suite; run it
# by name before a release. CHROOT: a folder to make it in and to keep, so that a second run is
# faster; else a temporary one that is removed.
set -eu
cd "$(dirname "$0")/../.."
mirror=${EEL_MIRROR:-http://deb.debian.org/debian}

say() {
    echo "chroot.sh: $*"
}

[ "$(id -u)" -eq 0 ] || { say "needs root, for debootstrap and chroot" >&2; exit 77; }
command -v debootstrap >/dev/null || { say "needs debootstrap" >&2; exit 77; }

say "building the package"
cmake --preset package >/dev/null
cmake --build build/package -- --quiet
rm -f build/package/*.deb
(cd build/package && cpack >cpack.log) || { cat build/package/cpack.log; exit 1; }
package=$(ls "$PWD"/build/package/*.deb)

if [ $# -gt 0 ]; then
    root=$1
else
    root=$(mktemp -d "${TMPDIR:-/tmp}/eelchroot.XXXXXX")
    trap 'rm -rf "$root"' EXIT
fi
if [ ! -x "$root/usr/bin/apt-get" ]; then
    say "making a bare Debian in $root"
    debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
fi
say "installing $(basename "$package")"
cp "$package" "$root/tmp/eelstream.deb"
cp /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get update -qq
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --reinstall --no-install-recommends \
    /tmp/eelstream.deb >"$root/tmp/install.log" 2>&1 || { tail "$root/tmp/install.log"; exit 1; }

say "mapping a phantom in it"
chroot "$root" su nobody -s /bin/sh -c '
    set -eu
    work=$(mktemp -d)
    cd "$work"
    eelstream synth --phantom phantom.hspy
    eelstream map phantom.hspy -o maps >table
    eelstream verify maps
    eelstream doctor . >doctor || { cat doctor; exit 1; }
    grep "this build uses" doctor
    ls -l maps
    rm -r "$work"'
chroot "$root" dpkg --purge eelstream >/dev/null
left=$(find "$root/usr" -name '*eelstream*')
[ -z "$left" ] || { say "purging left $left"; exit 1; }
say "passed"
