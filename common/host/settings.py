"""Settings files: TOML into a msgspec Struct. An unknown key is an error that names the nearest known one.

Models belong to the programs; bounds are `msgspec.Meta(ge=…, le=…)` on their fields.
"""

import difflib
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import TypeVar

import msgspec

from common.host.errors import TasukiError

Model = TypeVar("Model", bound=msgspec.Struct)


def load(path: Path, model: type[Model]) -> Model:
    """Read and check the settings file `path`. Raises TasukiError (settings_…)."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TasukiError("settings_unreadable", path=path, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise TasukiError("settings_syntax", path=path, detail="UTF-8") from error
    return loads(text, model, path=path)


def loads(text: str, model: type[Model], *, path: Path) -> Model:
    """Check the settings in `text`; `path` is named in errors. Raises TasukiError (settings_…)."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TasukiError("settings_syntax", path=path, detail=error) from error
    _refuse_unknown(table, model, path, ())
    try:
        return msgspec.convert(table, model)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$")
        raise TasukiError("settings_invalid", path=path, key=where.strip("`.") or "…", detail=detail) from error


def _refuse_unknown(table: dict[str, object], model: type[msgspec.Struct], path: Path, above: tuple[str, ...]) -> None:
    """Walk `table` beside `model`; raise for the first key that has no field."""
    hints = typing.get_type_hints(model)
    known = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(model)}
    for key, value in table.items():
        where = ".".join((*above, key))
        if key not in known:
            _raise_unknown(where, key, known, path, above)
        for inner in _structs(known[key]):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    _refuse_unknown(part, inner, path, (*above, key))


def _raise_unknown(
    where: str, key: str, known: dict[str, object], path: Path, above: tuple[str, ...]
) -> typing.NoReturn:
    near = difflib.get_close_matches(_plain(key), {_plain(name): name for name in known}, n=1, cutoff=0.5)
    if near:
        nearest = next(name for name in known if _plain(name) == near[0])
        raise TasukiError("settings_unknown_key", path=path, key=where, nearest=".".join((*above, nearest)))
    raise TasukiError("settings_unknown_key_alone", path=path, key=where)


def _plain(key: str) -> str:
    return re.sub(r"[-_ ]", "", key.lower())


def _structs(hint: object) -> list[type[msgspec.Struct]]:
    """The Struct types that a field of this type can hold: itself, in a list, or as an optional."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    if typing.get_origin(hint) in {list, tuple, typing.Union, types.UnionType}:
        return [struct for part in typing.get_args(hint) for struct in _structs(part)]
    return []
