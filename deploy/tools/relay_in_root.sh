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
[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(realpath -m "$1")
package=$(realpath "$2")
python=${PYTHON:-$house/.venv/bin/python}

if [ ! -e "$root/etc/debian_version" ]; then
    command -v debootstrap > /dev/null || { echo "debootstrap is missing: install it and run this again" >&2; exit 1; }
    read -r site suite < <(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | head -n 1)
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$site"
fi

# this machine's way to packages
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/keyrings /etc/resolv.conf \
    /etc/ssl/certs/ca-certificates.crt /usr/share/keyrings; do
    if [ -e "$path" ]; then
        mkdir -p "$root$(dirname "$path")"
        cp -rL --remove-destination "$path" "$root$(dirname "$path")/"
    fi
done
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # nothing that comes with a package starts here
chmod 755 "$root/usr/sbin/policy-rc.d"

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
