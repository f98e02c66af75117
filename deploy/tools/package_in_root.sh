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
. "$house/deploy/tools/debian_root.sh"
pictures=
while getopts p: option; do
    case $option in
        p) pictures=$(realpath -m "$OPTARG") ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
root=$(realpath -m "$1")
shift
python=${PYTHON:-$house/.venv/bin/python}

debian_root "$root"
rm -rf "$root/packages"
mkdir "$root/packages"
cp "$@" "$root/packages/"
no_daemons "$root"

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
