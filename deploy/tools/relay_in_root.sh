#!/usr/bin/env bash
# Install the relay's Debian package in a fresh Debian, and run CA and relay there as its units would. As root.
#
#   deploy/tools/relay_in_root.sh ROOT dist/tasuki-relay_VERSION_ARCHITECTURE.deb
#
# ROOT is made by debootstrap and kept; where it holds a Debian already it is used as it is. No systemd runs there: the
# units are looked at by systemd-analyze, and their users, groups, masks and sockets are tried with setpriv, unshare and
# systemd-socket-activate (deploy/packages/check_relay.py). All mounts live in a name space of their own, and are gone at the end.
set -euo pipefail

house=$(cd "$(dirname "$0")/../.." && pwd)
. "$house/deploy/tools/debian_root.sh"
[ $# -eq 2 ] || usage
root=$(realpath -m "$1")
package=$(realpath "$2")
python=${PYTHON:-$house/.venv/bin/python}

debian_root "$root"
no_daemons "$root"

export root house python package
exec unshare --mount bash -euo pipefail -c '
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    unset TMPDIR
    cp "$package" "$root/tmp/relay.deb"
    chroot "$root" apt-get -qq update
    chroot "$root" apt-get -qq purge --yes tasuki-relay > /dev/null 2>&1 || true
    rm -rf "$root"/var/lib/tasuki-*
    chroot "$root" apt-get -qq install --yes --no-install-recommends /tmp/relay.deb
    cd "$house"
    # a network of its own: the ports are those of the unit
    unshare --net "$python" -m deploy.packages.check_relay "$root"
    chroot "$root" apt-get -qq install --yes --reinstall /tmp/relay.deb
    chroot "$root" apt-get -qq purge --yes tasuki-relay
    test -e "$root/var/lib/tasuki-ca/root-key.pem"
    test ! -e "$root/opt/tasuki-relay"
    echo "reinstalled, and purged: the folders are kept, nothing else is"
'
