"""Which names look so: looks/ in the CA's folder, so that nobody walks through all names to find one that looks alike.

    looks/DIGEST.json     the names that have this key of `relay.ca.lookalikes.looks`
    looks/of-tables       for which tables that is: where it is missing, or of others, everything is made anew

Only an index: whose a name is stands in names/, and a name that is not there counts for nothing.
"""

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.protocol.identity import name_key
from relay.ca.lookalikes import TABLES, looks
from relay.ca.written_together import TogetherWritten

_WHOLE: Final = "of-tables"


class LookIndex:
    """`path` is looks/. Whoever calls any of this holds the folder's lock. `pending`: what is to be written, and counts as written."""

    def __init__(self, path: Path, pending: TogetherWritten) -> None:
        self._path = path
        self._pending = pending

    def is_whole(self) -> bool:
        """Whether everything that was ever put is there, by the tables of this program."""
        try:
            return (self._path / _WHOLE).read_bytes() == TABLES.encode()
        except OSError:
            return False

    def make(self, names: Iterable[str]) -> None:
        """Make it anew, of these names. Killed meanwhile, it is not whole."""
        private_folder(self._path)
        (self._path / _WHOLE).unlink(missing_ok=True)
        for old in self._path.glob("*.json"):
            old.unlink()
        found: dict[str, list[str]] = {}
        for name in names:
            for key in looks(name):
                found.setdefault(key, []).append(name)
        paths = {self._of(key): msgspec.json.encode(alike) for key, alike in found.items()}
        for path, content in paths.items():
            path.write_bytes(content)
        if paths:
            os.sync()  # once: waiting for each of 100,000 takes minutes
        write_private(self._path / _WHOLE, TABLES.encode())

    def put(self, name: str) -> None:
        """One more name."""
        for key in looks(name):
            alike = self._read(key)
            if name not in alike:
                self._pending.write(self._of(key), msgspec.json.encode([*alike, name]))

    def remove(self, name: str) -> None:
        """Take away this name and every other way of writing it that counts as the same. Raises TasukiError (ca_record_damaged)."""
        for key in looks(name):
            alike = self._read(key)
            others = [one for one in alike if name_key(one) != name_key(name)]
            if others != alike and others:
                self._pending.write(self._of(key), msgspec.json.encode(others))
            elif others != alike:
                self._pending.remove(self._of(key))

    def like(self, name: str) -> frozenset[str]:
        """All that share a key with this name, itself too where it was put. Raises TasukiError (ca_record_damaged)."""
        return frozenset(one for key in looks(name) for one in self._read(key))

    def _read(self, key: str) -> list[str]:
        path = self._of(key)
        try:
            return msgspec.json.decode(self._pending.read(path), type=list[str])
        except FileNotFoundError:
            return []
        except (PermissionError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise TasukiError("ca_record_damaged", path=path, detail=error) from error

    def _of(self, key: str) -> Path:
        return self._path / f"{sha256(key.encode()).hexdigest()}.json"
