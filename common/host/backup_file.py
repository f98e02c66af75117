"""A backup as one file: a tar whose first entry says what it is and what belongs to it, with the SHA-256 of each.

What is read back is believed only where all of it is there, nothing else is, and every digest is right.
"""

import hashlib
import re
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Annotated, Final, TypeAlias

import msgspec

from common.host.errors import TasukiError
from common.host.files import PRIVATE_FILE, PRIVATE_FOLDER

MANIFEST: Final = "manifest.json"
_MANIFEST_LIMIT: Final = 1 << 30
_PIECE: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,3}")

Content: TypeAlias = Path | bytes
"""A file of the disk, or what is in memory."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: whose backup it is. `made`: Unix seconds. `files`: SHA-256 in hex, by name."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    kind: str
    made: float
    files: dict[str, str]


class BackupBrokenError(ValueError):
    """It is no backup, not all of one, or another kind; the text says which."""


def pack(file: IO[bytes], *, kind: str, made: float, parts: Mapping[str, Content]) -> None:
    """Write the tar. Names are relative, of at most four words. Raises OSError, ValueError (a name that would not be read back)."""
    for name in parts:
        if not _is_name(name):
            raise ValueError(f"{name!r} is no name in a backup")
    digests = {name: _digest(content) for name, content in parts.items()}
    manifest = msgspec.json.encode(Manifest(kind=kind, made=made, files=digests))
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, content in {MANIFEST: manifest, **parts}.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.mtime = PRIVATE_FILE, int(made)
            if isinstance(content, bytes):
                entry.size = len(content)
                tar.addfile(entry, BytesIO(content))
            else:
                with content.open("rb") as opened:
                    entry.size = content.stat().st_size
                    tar.addfile(entry, opened)


def unpack(file: IO[bytes], *, kind: str, folder: Path, needed: str) -> Manifest:
    """Write what is in it into `folder` (which is there, and empty); without `needed` it is none. Raises BackupBrokenError: then some may be there; OSError."""
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            manifest = _manifest(tar, kind)
            missing = dict(manifest.files)
            while (entry := tar.next()) is not None:
                digest = missing.pop(entry.name, None)
                if digest is None or not entry.isreg() or not _is_name(entry.name):
                    raise BackupBrokenError(f"{entry.name!r} does not belong there")
                if _write(tar, entry, folder / entry.name) != digest:
                    raise BackupBrokenError(f"{entry.name} was changed")
    except (tarfile.TarError, EOFError) as error:
        raise BackupBrokenError(str(error)) from error
    if missing or needed not in manifest.files:
        raise BackupBrokenError(f"{min(missing, default=needed)} is missing")
    return manifest


def check_new(path: Path) -> None:
    """A backup never takes the place of a file that is there. Raises TasukiError (backup_there)."""
    if path.exists() or path.is_symlink():
        raise TasukiError("backup_there", path=path)


def _manifest(tar: tarfile.TarFile, kind: str) -> Manifest:
    entry = tar.next()
    stream = tar.extractfile(entry) if entry is not None and entry.isreg() else None
    if entry is None or stream is None or entry.name != MANIFEST or entry.size > _MANIFEST_LIMIT:
        raise BackupBrokenError("it does not begin as a backup")
    try:
        manifest = msgspec.json.decode(stream.read(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BackupBrokenError(str(error)) from None
    if manifest.kind != kind:
        raise BackupBrokenError(f"it is a backup of {manifest.kind!r}")
    return manifest


def _is_name(name: str) -> bool:
    return name != MANIFEST and _NAME.fullmatch(name) is not None


def _digest(content: Content) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> str:
    """The digest of what was written."""
    stream = tar.extractfile(entry)
    digest = hashlib.sha256()
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with path.open("xb") as file:
        path.chmod(PRIVATE_FILE)
        while stream is not None and (piece := stream.read(_PIECE)):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
