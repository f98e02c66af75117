"""What squid's settings are made of in tests: what every one has, and the ways of logging in."""

import hashlib
import subprocess
from pathlib import Path

USER = "anna"
ALLOWED = ("http_access allow all",)
KNOWN = ("acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all")


def base(folder: Path, listen: str) -> list[str]:
    """A squid of the tests' own: `listen` is its http_port's value, and all that it writes goes into `folder`."""
    return [
        f"http_port {listen}",
        f"pid_filename {folder}/squid.pid",
        f"cache_log {folder}/cache.log",
        f"coredump_dir {folder}",
        f"access_log stdio:{folder}/access.log squid",
        "cache deny all",
        "pinger_enable off",
        "shutdown_lifetime 0 seconds",
        "visible_hostname proxy.test",
        "acl CONNECT method CONNECT",
    ]


def login(scheme: str, folder: Path, password: str) -> list[str]:
    """USER logs in with this password, by "basic", "digest", "ntlm" (whose helper believes everybody) or "negotiate" (by Kerberos).

    The files that squid's user reads lie in `folder`.
    """
    match scheme:
        case "basic":
            asked = ["openssl", "passwd", "-apr1", password]
            hashed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
            file = _readable(folder / "passwords", f"{USER}:{hashed}\n")
            program, more = f"basic_ncsa_auth {file}", "realm proxy"
        case "digest":
            hashed = hashlib.md5(f"{USER}:proxy:{password}".encode(), usedforsecurity=False).hexdigest()
            file = _readable(folder / "digests", f"{USER}:proxy:{hashed}\n")
            program, more = f"digest_file_auth -c {file}", "realm proxy"
        case "ntlm":
            program, more = "ntlm_fake_auth", "keep_alive on"
        case "negotiate":
            program, more = "negotiate_kerberos_auth -s GSS_C_NO_NAME", "keep_alive on"
        case _:
            raise ValueError(scheme)
    return [
        f"auth_param {scheme} program /usr/lib/squid/{program}",
        f"auth_param {scheme} children 2 startup=1 idle=1",
        f"auth_param {scheme} {more}",
    ]


def _readable(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path
