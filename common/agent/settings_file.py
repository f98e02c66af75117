"""Changing agent.toml as a person would: what else stands there, comments and order too, stays as it was."""

from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from common.agent.settings import FILE, AgentSettings
from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.host.settings import loads

Value = str | int | float | bool | list[str] | tuple[str, ...] | None


def change(folder: Path, changes: Mapping[str, Value]) -> AgentSettings:
    """Set keys such as `network.proxy` or `language`; None takes one out, so that its default holds. Waits for the disk.

    The whole file is checked before it is written, and what it holds then is returned.
    Raises TasukiError: settings_… (nothing was changed), folder_unusable.
    """
    path = folder / FILE
    document = _read(path)
    for key, value in changes.items():
        _set(document, key, value, path)
    text = tomlkit.dumps(document)
    settings = loads(text, AgentSettings, path=path)
    private_folder(folder)
    try:
        write_private(path, text.encode())
    except OSError as error:
        raise TasukiError("folder_unusable", folder=folder, detail=error.strerror) from error
    return settings


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise TasukiError("settings_unreadable", path=path, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise TasukiError("settings_syntax", path=path, detail="UTF-8") from error
    except TOMLKitError as error:
        raise TasukiError("settings_syntax", path=path, detail=error) from error


def _set(document: tomlkit.TOMLDocument, key: str, value: Value, path: Path) -> None:
    section, _, name = key.rpartition(".")
    where: tomlkit.TOMLDocument | Table = document
    if section:
        if value is None and section not in document:
            return
        found = document.setdefault(section, tomlkit.table())
        if not isinstance(found, Table):
            raise TasukiError("settings_invalid", path=path, key=section, detail="Expected `object`")
        where = found
    if value is None:
        where.pop(name, None)
    else:
        where[name] = list(value) if isinstance(value, tuple) else value
