"""The person's own settings in Windows' registry while a session has changed them: written down first, put back after.

The journal is a file in the agent's folder. It is on the disk before the first value is changed and goes when the last
one is back, so what was there comes back also where agent and keeper were killed together, or the power failed: at the
agent's next start. The keeper loads this file by itself: standard library only.
"""

import base64
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

FILE = "settings-to-put-back.json"
DAMAGED = ".damaged"
"""Behind the name of a journal that cannot be read: it is kept so, and the person told."""


class Value(NamedTuple):
    """A value of the registry: what it holds, and its kind (winreg.REG_…)."""

    data: Any
    kind: int


class Registry(Protocol):
    """The values under HKEY_CURRENT_USER. Each raises OSError where Windows refuses."""

    def read(self, key: str, name: str) -> Value | None:
        """The value, or None where there is none."""

    def write(self, key: str, name: str, value: Value) -> None:
        """Set the value; the key is made where it is absent."""

    def delete(self, key: str, name: str) -> None:
        """Remove the value; what is not there is fine."""


def write_down(path: str, registry: Registry, key: str, names: Iterable[str], *, owner: str) -> None:
    """Remember these values, or their absence, in the journal at `path`; on the disk when this returns.

    What an older journal holds is put back first: else a session's values would be remembered as the person's.
    `owner` names the keeper that will put them back. Raises OSError.
    """
    put_back(path, registry)
    values = {name: _as_json(registry.read(key, name)) for name in names}
    beside = path + ".new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"owner": owner, "key": key, "values": values}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)  # noqa: PTH105 -- pathlib is slow to load


def put_back(path: str, registry: Registry, *, owner: str | None = None) -> bool:
    """Put back what the journal holds, and remove it; False where there is nothing to put back.

    With `owner` only what this one has written down. Where a value cannot be put back the journal stays, and OSError is raised.
    """
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            journal = json.load(file)
        key, values = str(journal["key"]), {str(name): _from_json(value) for name, value in journal["values"].items()}
    except FileNotFoundError:
        return False
    except (ValueError, LookupError, TypeError, AttributeError):
        # Renamed into place when it was whole, so a disk or a person changed it. What stands in it may still be read by
        # somebody: it is the only note of what the person had.
        os.replace(path, path + DAMAGED)  # noqa: PTH105 -- pathlib is slow to load
        return False
    if owner is not None and journal.get("owner") != owner:
        return False
    _write_all(registry, key, values)
    _remove(path)
    return True


def _write_all(registry: Registry, key: str, values: Mapping[str, Value | None]) -> None:
    """Every value that can be written is, also where another cannot."""
    failure: OSError | None = None
    for name, value in values.items():
        try:
            if value is None:
                registry.delete(key, name)
            else:
                registry.write(key, name, value)
        except OSError as error:
            failure = error
    if failure is not None:
        raise failure


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def _as_json(value: Value | None) -> Any:
    if value is None:
        return None
    if isinstance(value.data, bytes):
        return {"kind": value.kind, "bytes": base64.b64encode(value.data).decode()}
    return {"kind": value.kind, "data": value.data}


def _from_json(value: Any) -> Value | None:
    if value is None:
        return None
    data = base64.b64decode(value["bytes"], validate=True) if "bytes" in value else value["data"]
    return Value(data, int(value["kind"]))


def windows_registry() -> Registry | None:
    """The registry of this computer; None where it has none."""
    if sys.platform != "win32":
        return None
    import winreg

    class _WindowsRegistry:
        def read(self, key: str, name: str) -> Value | None:
            with contextlib.suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as handle:
                return Value(*winreg.QueryValueEx(handle, name))
            return None

        def write(self, key: str, name: str, value: Value) -> None:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as handle:
                winreg.SetValueEx(handle, name, 0, value.kind, value.data)

        def delete(self, key: str, name: str) -> None:
            with (
                contextlib.suppress(FileNotFoundError),
                winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_SET_VALUE) as handle,
            ):
                winreg.DeleteValue(handle, name)

    return _WindowsRegistry()
