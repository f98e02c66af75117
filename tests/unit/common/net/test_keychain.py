"""The roots that a Mac trusts, by a stand-in for Apple's tool that knows what security(1) says of its options."""

import ssl
import sys
from pathlib import Path

import pytest

from common.net.keychain import ADMINISTRATORS, APPLES, trusted_roots
from tests.support.marks import needs

pytestmark = needs("exec of a script")

TOOL = """#!{python}
import pathlib, sys
here = pathlib.Path({folder!r})
if sys.argv[1] == "find-certificate":
    assert sys.argv[2:4] == ["-a", "-p"], sys.argv
    path = here / pathlib.Path(sys.argv[4]).name
    sys.exit("no such keychain") if not path.exists() else print(path.read_text())
else:
    assert sys.argv[1:-1] == ["verify-cert", "-q", "-L", "-R", "offline", "-l", "-c"], sys.argv
    sys.exit(pathlib.Path(sys.argv[-1]).read_bytes() != b"trusted")
"""


def pem(*ders: bytes) -> str:
    """As `find-certificate -a -p` prints them."""
    return "".join(map(ssl.DER_cert_to_PEM_cert, ders))


@pytest.fixture
def security(tmp_path: Path) -> Path:
    """The tool; the keychains are files of PEM beside it."""
    tool = tmp_path / "security"
    tool.write_text(TOOL.format(python=sys.executable, folder=str(tmp_path)), encoding="utf-8")
    tool.chmod(0o700)
    return tool


def test_apples_and_what_an_administrator_has_said_to_trust(security: Path) -> None:
    """The system's keychain also holds certificates that nobody trusts; one in both comes once."""
    security.with_name(Path(APPLES).name).write_text(pem(b"one", b"two"), encoding="ascii")
    security.with_name(Path(ADMINISTRATORS).name).write_text(pem(b"two", b"untrusted", b"trusted"), encoding="ascii")
    assert trusted_roots(security=str(security)) == [b"one", b"two", b"trusted"]


def test_what_cannot_be_read_is_left_out(security: Path, tmp_path: Path) -> None:
    """A keychain that is not there, a certificate that is none, and no tool."""
    broken = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
    security.with_name(Path(APPLES).name).write_text(broken + pem(b"one"), encoding="ascii")
    assert trusted_roots(security=str(security)) == [b"one"]
    assert trusted_roots(security=str(tmp_path / "nowhere")) == []
