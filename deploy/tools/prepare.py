"""Install what the Makefile's targets need of the system, and the environment that Tasuki runs in.

Run by the system's Python with nothing but the standard library, since nothing else is there yet:

    prepare.py packages GROUP…     Debian packages that are missing, as root or by sudo
    prepare.py environment         .venv with the project and its tools
    prepare.py locked EXTRA        what another extra of the project needs, into .venv
    prepare.py tool EXTRA          a tool of the project's, into an environment of its own: .cache/EXTRA
    prepare.py unpacked NAME…      Debian packages that cannot be installed beside others: their files, in .cache/unpacked/NAME

Python packages are those of deploy/requirements, and no others: each file that is fetched has a hash there.
Services that come with a package neither start now nor at the next boot.
"""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
VENV = HOUSE / ".venv"
LOCKS = HOUSE / "deploy" / "requirements"

# what Qt's wheels take from the system, with a screen or without one, and letters for Japanese
QT = (
    "fonts-dejavu-core",
    "fonts-noto-cjk",
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libglib2.0-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
)

GROUPS: dict[str, tuple[str, ...]] = {
    # Python's environments, and what Qt Linguist's compiler of the windows' texts takes from the system
    "environment": ("python3-venv", "libbrotli1", "libglib2.0-0"),
    # the user's desktop: a screen without a monitor, a window manager, a few programs, a VNC server
    "demo": (
        "xvfb",
        "xauth",
        "openbox",
        "xterm",
        "x11-apps",
        "x11-utils",
        "x11-xserver-utils",
        "x11vnc",
        "xserver-xephyr",
        *QT,
    ),
    # a browser that looks at the viewer page without a person
    "check": ("chromium", "fonts-dejavu-core", "libatomic1"),  # libatomic1: for playwright's own node
    # VNC servers, viewers, proxies and a database that the tests run for real; what reads a window as a screen reader does
    "test": (
        *QT,
        "at-spi2-core",
        "dbus",
        "dnsmasq-base",
        "faketime",
        "fcitx5",
        "fcitx5-anthy",
        "fcitx5-frontend-gtk3",
        "gir1.2-atspi-2.0",
        "gir1.2-gtk-3.0",
        "ibus",
        "ibus-anthy",
        "iproute2",
        "krb5-admin-server",
        "krb5-kdc",
        "krb5-user",
        "lsof",
        "microsocks",
        "nftables",
        "notification-daemon",
        "openbox",
        "openssl",
        "postgresql",
        "procps",
        "python3-gi",
        "squid",
        "ssvnc",
        "sway",
        "tigervnc-common",
        "tigervnc-scraping-server",
        "tigervnc-standalone-server",
        "tigervnc-tools",
        "tigervnc-viewer",
        "tightvncserver",
        "tint2",
        "tinyproxy-bin",
        "wayvnc",
        "xfce4-notifyd",
        "xfconf",
        "xclip",
        "xdotool",
        "xfonts-base",
        "xserver-xorg-core",
        "xserver-xorg-video-dummy",
        "xtightvncviewer",
    ),
    # what networks are built from that people really have: proxies, portals, inspectors, translators of addresses, other clocks
    "rooms": ("dante-server", "mitmproxy", "tayga"),
    # a Windows to try the agents on: Wine, a compiler for libraries that it lacks, what makes locales, and what its programs of
    # 32 bits load
    "windows": ("gcc-mingw-w64-x86-64", "libc6-i386", "locales", "wine64"),
    # what the relay is measured against
    "bench": ("haproxy", "openssh-client", "openssh-server"),
}

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# Put here by Tasuki's Makefile while it installs packages: nothing is started.\nexit 101\n"


class PrepareError(Exception):
    """Something that the person has to do; the text is one sentence."""


def main(arguments: list[str]) -> int:
    """Do what the command line says; 0, or 1 after one sentence on stderr."""
    try:
        match arguments:
            case ["packages", *groups] if groups and set(groups) <= set(GROUPS):
                packages([name for group in groups for name in GROUPS[group]])
            case ["environment"]:
                environment()
            case ["locked", extra] if (LOCKS / f"{extra}.txt").is_file():
                locked(VENV, extra)
            case ["tool", extra] if (LOCKS / f"{extra}.txt").is_file():
                locked(HOUSE / ".cache" / extra, extra)
            case ["unpacked", *names] if names:
                unpacked(names)
            case ["packages-as-root", *names] if names:
                install(names)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except PrepareError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} failed (exit code {error.returncode}); what it printed above says why.", file=sys.stderr)
        return 1
    return 0


def packages(wanted: list[str]) -> None:
    """Install those of `wanted` that are missing. Raises PrepareError where that takes a right we do not have."""
    if shutil.which("dpkg-query") is None:
        print(
            f"This is no Debian: make sure yourself that these are here: {' '.join(sorted(set(wanted)))}",
            file=sys.stderr,
        )
        return
    missing = sorted(name for name in set(wanted) if not is_installed(name))
    if not missing:
        return
    print(f"Installing {' '.join(missing)}", flush=True)
    if os.geteuid() == 0:
        install(missing)
    elif shutil.which("sudo"):
        keep = "--preserve-env=http_proxy,https_proxy,no_proxy"
        subprocess.run(["sudo", keep, sys.executable, __file__, "packages-as-root", *missing], check=True)
    else:
        raise PrepareError(f"These packages are missing; install them as root and run this again: {' '.join(missing)}")


def is_installed(name: str) -> bool:
    """Whether dpkg holds the package `name` as installed."""
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed"


def install(names: list[str]) -> None:
    """As root: install packages while nothing may start, and disable what they would start at the next boot."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    before = enabled_units()
    with nothing_starts():
        subprocess.run([*apt, "update"], check=True, env=environ)
        quiet = ["--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]
        subprocess.run([*apt, "install", *quiet, *names], check=True, env=environ, stdout=subprocess.DEVNULL)
    hosts = Path("/etc/hosts")
    if not hosts.exists():  # as in a root that debootstrap has just made: every machine knows its own name for loopback
        hosts.write_text("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n", encoding="utf-8")
    for unit in sorted(enabled_units() - before):
        if not unit.startswith(("systemd-", "getty@")):  # an init system that came with them stays as it is
            disable(unit)


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """A policy-rc.d that forbids starting services; afterwards whatever was there before is there again."""
    text, mode = None, 0
    if POLICY.exists() and (text := POLICY.read_text(encoding="utf-8")) != POLICY_TEXT:
        mode = stat.S_IMODE(POLICY.stat().st_mode)
    POLICY.write_text(POLICY_TEXT, encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if text is None or text == POLICY_TEXT:
            POLICY.unlink(missing_ok=True)
        else:
            POLICY.write_text(text, encoding="utf-8")
            POLICY.chmod(mode)


def unpacked(names: list[str]) -> None:
    """Take the files of packages that conflict with installed ones, or that start what nobody wants; nothing is installed."""
    for name in names:
        there = HOUSE / ".cache" / "unpacked" / name
        if there.exists():
            continue
        print(f"Unpacking {name}", flush=True)
        with tempfile.TemporaryDirectory(dir=HOUSE / ".cache") as folder:
            fetch = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name]
            subprocess.run(fetch, check=True, cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8"})
            (package,) = Path(folder).glob("*.deb")
            made = Path(folder, "files")
            subprocess.run(["dpkg", "--extract", package, made], check=True)
            there.parent.mkdir(exist_ok=True)
            made.rename(there)


def enabled_units() -> set[str]:
    """Names of services that start at boot: systemd's and those of /etc/init.d."""
    systemd = {link.name for link in Path("/etc/systemd/system").glob("*.wants/*.service")}
    scripts = {f"{link.name[3:]}.service" for link in Path("/etc").glob("rc[2-5].d/S??*")}
    return systemd | scripts


def disable(unit: str) -> None:
    """Keep `unit` from starting at the next boot; where there is no init system at all, nothing is to be done."""
    script = unit.removesuffix(".service")
    if shutil.which("systemctl"):
        subprocess.run(["systemctl", "--quiet", "disable", unit], check=False, stderr=subprocess.DEVNULL)
    if shutil.which("update-rc.d") and Path("/etc/init.d", script).exists():
        subprocess.run(["update-rc.d", script, "disable"], check=False, stdout=subprocess.DEVNULL)


def environment() -> None:
    """Make or mend .venv, and install the project with all its tools there, editable."""
    print("Installing Python packages into .venv", flush=True)
    locked(VENV, "dev")
    project = ["--no-deps", "--no-build-isolation", "--editable", str(HOUSE)]
    subprocess.run([*pip_install(VENV), *project], check=True, cwd=HOUSE)


def locked(venv: Path, extra: str) -> None:
    """Make or mend an environment, and install what the lock of `extra` names: wheels whose hashes it has, and nothing else."""
    packages([name for name in GROUPS["environment"] if name != "python3-venv" or not has_venv()])
    if not works(venv / "bin" / "python"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
    wheels = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCKS / f"{extra}.txt")]
    subprocess.run([*pip_install(venv), *wheels], check=True, cwd=HOUSE)


def pip_install(venv: Path) -> list[str]:
    """The beginning of a command that installs into an environment and asks nothing."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(venv / "bin" / "python"), "-m", "pip", "install", *quiet]


def has_venv() -> bool:
    """Whether this Python can make environments: Debian splits ensurepip off."""
    asked = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def works(python: Path) -> bool:
    """Whether the environment's Python is there, runs, is of the version of ours and has pip."""
    same = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    try:
        return subprocess.run([python, "-c", same], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
