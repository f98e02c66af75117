"""The roots that a Mac trusts, out of its keychains by Apple's own tool, security(1): OpenSSL, and Python's ssl, read none of them."""

import ssl
import subprocess
import tempfile
from pathlib import Path
from typing import Final

SECURITY: Final = "/usr/bin/security"
APPLES: Final = "/System/Library/Keychains/SystemRootCertificates.keychain"
ADMINISTRATORS: Final = "/Library/Keychains/System.keychain"
PATIENCE: Final = 5.0  # seconds for one run of the tool

_END: Final = "-----END CERTIFICATE-----"


def trusted_roots(*, security: str = SECURITY) -> list[bytes]:
    """The DER of Apple's roots, and of what an administrator has added, as far as macOS itself trusts it.

    What cannot be read is left out. Each certificate of an administrator's costs a run of the tool.
    """
    apples = _certificates(APPLES, security)
    added = [one for one in _certificates(ADMINISTRATORS, security) if one not in apples]
    return apples + [one for one in added if _is_trusted(one, security)]


def _certificates(keychain: str, security: str) -> list[bytes]:
    try:
        done = subprocess.run(
            [security, "find-certificate", "-a", "-p", keychain],
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            encoding="ascii",
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return []
    found = []
    for one in done.stdout.split(_END)[:-1]:
        try:
            found.append(ssl.PEM_cert_to_DER_cert(one.strip() + "\n" + _END))
        except ValueError:
            continue
    return found


def _is_trusted(der: bytes, security: str) -> bool:
    """By itself, as a root is; the keychain also holds what nobody has said to trust."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "root.der")
        path.write_bytes(der)
        try:
            done = subprocess.run(
                [security, "verify-cert", "-q", "-L", "-R", "offline", "-l", "-c", str(path)],
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return done.returncode == 0
