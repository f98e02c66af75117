"""Where private keys lie: the operating system's keyring where it has a real one, else a file that only the owner reads.

A key is stored under a name of its own and never overwritten: the profile names the one that counts.
"""

import contextlib
import logging
from pathlib import Path
from typing import Final, Literal, Protocol

from common.host.errors import TasukiError
from common.host.files import write_private

_SERVICE: Final = "tasuki"
_UNREAL: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt", "keyring.backends.chainer")
"""Backends that keep nothing, or keep it in a file in clear."""

Place = Literal["keyring", "file"]


class KeyStore(Protocol):
    """Somewhere to keep keys. `name` is letters, digits and dashes; `pem` is PKCS #8."""

    place: Place

    def save(self, name: str, pem: bytes) -> None:
        """Keep the key. Raises TasukiError (key_not_saved)."""

    def load(self, name: str) -> bytes:
        """The key again. Raises TasukiError (key_missing)."""

    def delete(self, name: str) -> None:
        """Forget the key; no harm where it is not there."""


class FileKeys:
    """A 0600 file per key in the profile's folder."""

    place: Place = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where the key of this name lies."""
        return self._folder / f"key-{name}.pem"

    def save(self, name: str, pem: bytes) -> None:
        """Keep the key."""
        try:
            write_private(self.path(name), pem)
        except OSError as error:
            raise TasukiError("key_not_saved", place=self._folder, detail=error.strerror) from error

    def load(self, name: str) -> bytes:
        """The key again."""
        try:
            return self.path(name).read_bytes()
        except OSError as error:
            raise TasukiError("key_missing", place=self.path(name)) from error

    def delete(self, name: str) -> None:
        """Forget the key."""
        with contextlib.suppress(OSError):
            self.path(name).unlink()


class Backend(Protocol):
    """What is used of a `keyring` backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """A stored secret."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""


class KeyringKeys:
    """An entry per key in the system's keyring. Calls may wait for the person to unlock it: not on the event loop."""

    place: Place = "keyring"

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def save(self, name: str, pem: bytes) -> None:
        """Keep the key, and see that it is really kept."""
        try:
            self._backend.set_password(_SERVICE, name, pem.decode("ascii"))
            kept = self._backend.get_password(_SERVICE, name)
        except Exception as error:  # every backend has exceptions of its own
            raise TasukiError("key_not_saved", place="keyring", detail=type(error).__name__) from error
        if kept != pem.decode("ascii"):
            raise TasukiError("key_not_saved", place="keyring", detail="")

    def load(self, name: str) -> bytes:
        """The key again."""
        try:
            pem = self._backend.get_password(_SERVICE, name)
        except Exception as error:
            raise TasukiError("key_missing", place="keyring") from error
        if pem is None:
            raise TasukiError("key_missing", place="keyring")
        return pem.encode("ascii")

    def delete(self, name: str) -> None:
        """Forget the key."""
        with contextlib.suppress(Exception):
            self._backend.delete_password(_SERVICE, name)


def system_keyring() -> KeyringKeys | None:
    """The system's keyring, None where there is no real one (a headless Linux has none)."""
    try:
        import keyring
    except ImportError:
        return None
    logging.getLogger("keyring").setLevel(logging.ERROR)
    try:
        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 -- a half-installed desktop raises whatever it likes
        return None
    if type(backend).__module__.startswith(_UNREAL):
        return None
    return KeyringKeys(backend)
