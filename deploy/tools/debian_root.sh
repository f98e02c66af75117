# shellcheck shell=bash
# For the scripts beside this one that try something in a fresh Debian: they source it, it is never run by itself.

# usage: what stands at the top of the script, and the end.
usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# debian_root ROOT [PACKAGE]…: make ROOT by debootstrap, with these packages, unless it holds a Debian already; in each case
# it is given this machine's package sources and certificates.
debian_root() {
    local root=$1 path site suite include=ca-certificates
    shift
    for path in "$@"; do include+=,$path; done
    if [ ! -e "$root/etc/debian_version" ]; then
        command -v debootstrap > /dev/null || { echo "debootstrap is missing: install it and run this again" >&2; exit 1; }
        read -r site suite < <(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | head -n 1)
        debootstrap --variant=minbase --include="$include" "$suite" "$root" "$site"
    fi
    rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
    for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/keyrings /etc/pip.conf \
        /etc/npmrc /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt /usr/share/keyrings; do
        if [ -e "$path" ]; then
            mkdir -p "$root$(dirname "$path")"
            cp -rL --remove-destination "$path" "$root$(dirname "$path")/"
        fi
    done
}

# no_daemons ROOT: nothing that comes with a package starts there.
no_daemons() {
    printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
}
