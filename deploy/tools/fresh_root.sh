#!/usr/bin/env bash
# Try make targets on a fresh Debian: debootstrap a root, put the last commit there, chroot, make. As root.
#
#   deploy/tools/fresh_root.sh [-b FOLDER]… ROOT TARGET…        for example:  /tmp/root "demo ARGS=--check" lint test
#
# ROOT is kept; where it holds a Debian already it is used as it is. -b shows a folder of this machine in there too (a
# package mirror on disk, say). Package sources and certificates are those of this machine. All mounts and processes live
# in name spaces of their own, and are gone at the end.
set -euo pipefail

house=$(cd "$(dirname "$0")/../.." && pwd)
. "$house/deploy/tools/debian_root.sh"
binds=()
while getopts b: option; do
    case $option in
        b) binds+=("$OPTARG") ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
root=$(realpath -m "$1")
shift

debian_root "$root" make python3

rm -rf "$root/tasuki"
mkdir -p "$root/tasuki"
git -C "$house" archive HEAD | tar -x -C "$root/tasuki"
printf '%s\n' "$@" > "$root/tasuki/.targets"

kept=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [ -n "${!name:-}" ]; then kept+=("$name=${!name}"); fi
done
while IFS= read -r line; do kept+=("$line"); done < <(env | grep -E '^(PIP|npm_config)_[A-Za-z_]+=' || true)

export root
export binds_list="${binds[*]:-}"
exec unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    for folder in $binds_list; do mkdir -p "$root$folder" && mount --bind "$folder" "$root$folder"; done
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" bash -euc "
        cd /tasuki
        while read -r line <&9; do echo \"== make \$line\"; time make \$line; done 9<.targets
    "
' fresh "${kept[@]}"
