#!/usr/bin/env bash
# Install the Debian package in a fresh Debian, and run a session with the programs from there. As root.
#
#   deploy/tools/package_in_root.sh ROOT dist/tasuki_VERSION_ARCHITECTURE.deb
#
# ROOT is made by debootstrap and kept; where it holds a Debian already it is used as it is. CA, relay and the screen are
# this machine's (deploy/packages/check.py). All mounts live in a name space of their own, and are gone at the end.
set -euo pipefail

house=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -eq 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(realpath -m "$1")
package=$(realpath "$2")
python=${PYTHON:-$house/.venv/bin/python}

if [ ! -e "$root/etc/debian_version" ]; then
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
cp "$package" "$root/tasuki.deb"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # nothing that comes with a package starts here
chmod 755 "$root/usr/sbin/policy-rc.d"

export root house python
exec unshare --mount bash -euo pipefail -c '
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind /tmp "$root/tmp"
    export DEBIAN_FRONTEND=noninteractive
    chroot "$root" apt-get -qq update
    chroot "$root" apt-get -qq install --yes --reinstall /tasuki.deb
    chroot "$root" tasuki-user --help
    cd "$house"
    "$python" -m deploy.packages.check --root "$root"
'
