#!/usr/bin/env bash
# Install the Debian packages in a fresh Debian, and run sessions with the programs from there. As root.
#
#   deploy/tools/package_in_root.sh [-p FOLDER] ROOT dist/tasuki*_VERSION_ARCHITECTURE.deb
#
# ROOT is made by debootstrap and kept; where it holds a Debian already it is used as it is. CA, relay and the screen are
# this machine's (deploy/packages/check.py; -p: pictures of the windows are kept there). All mounts live in a name space of
# their own, and are gone at the end.
set -euo pipefail

house=$(cd "$(dirname "$0")/../.." && pwd)
pictures=
while getopts p: option; do
    case $option in
        p) pictures=$(realpath -m "$OPTARG") ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(realpath -m "$1")
shift
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
rm -rf "$root/packages"
mkdir "$root/packages"
cp "$@" "$root/packages/"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # nothing that comes with a package starts here
chmod 755 "$root/usr/sbin/policy-rc.d"

export root house python pictures
exec unshare --mount bash -euo pipefail -c '
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    # apt checks signatures as a user of its own (_apt), with files in /tmp: one for everybody, whatever this machine makes of its own
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    unset TMPDIR
    chroot "$root" apt-get -qq update
    chroot "$root" apt-get -qq install --yes --reinstall $(cd "$root" && printf "/%s " packages/*.deb)
    # what is tried shares sockets and files with this machine, by the same names
    umount "$root/tmp"
    mount --bind /tmp "$root/tmp"
    cd "$house"
    TMPDIR=/tmp "$python" -m deploy.packages.check --root "$root" ${pictures:+--pictures "$pictures"}
'
