"""The CA's folder as one file, and made again from it, on another computer and under another path."""

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec

from common.host.backup_file import BackupBrokenError, check_new, pack, unpack
from common.host.errors import TasukiError
from common.host.files import private_folder, sync_folder, write_private
from common.protocol.clock import WallClock
from relay.ca.erasing import Eraser
from relay.ca.folder import CaFolder
from relay.ca.mailbox import Mailbox
from relay.ca.sealing import SHORTEST, SealBrokenError, WrongPassphraseError, seal, unseal
from relay.ca.settings import load_settings
from relay.core.erased import ErasedPerson

KIND: Final = "tasuki-ca"
SETTINGS: Final = "ca.toml"
_MAILBOX: Final = re.compile(r"^mailbox\s*=.*$", re.MULTILINE)


def back_up(folder: Path, file: Path, passphrase: str, *, clock: WallClock, random: Callable[[int], bytes]) -> int:
    """All of the CA in the folder, as it is at one moment; how many files. Beside a running `serve`, which waits meanwhile where it would change something.

    Raises TasukiError (ca_not_initialised, ca_other_user, passphrase_short, backup_there), OSError.
    """
    load_settings(folder)  # a folder that is none gets the sentence that says so
    if len(passphrase) < SHORTEST:
        raise TasukiError("passphrase_short", least=SHORTEST)
    check_new(file)
    facts = CaFolder(folder)
    with facts.changing():
        parts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in facts.files()}
    packed = BytesIO()
    pack(packed, kind=KIND, made=clock().timestamp(), parts=dict(sorted(parts.items())))
    write_private(file, seal(packed.getvalue(), passphrase, random=random))
    return len(parts)


def restore(
    file: Path,
    folder: Path,
    passphrase: str,
    *,
    mailbox: Path | None = None,
    erased: Sequence[ErasedPerson] = (),
    clock: WallClock,
) -> float:
    """Make the CA anew in `folder`, which is not there or empty; when the backup was made, Unix seconds.

    `mailbox`: where that lies here, if not as before. `erased`: those erased since, beside whom the backup has on its list: no file
    has a name of theirs then. ca.toml comes last: without it there is no CA yet. Raises TasukiError
    (restore_there, backup_broken, backup_passphrase, folder_unusable), OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TasukiError("restore_there", path=folder)
    try:
        packed = unseal(file.read_bytes(), passphrase)
    except WrongPassphraseError:
        raise TasukiError("backup_passphrase", path=file) from None
    except SealBrokenError as error:
        raise TasukiError("backup_broken", path=file, detail=error) from error
    if not folder.absolute().parent.exists():
        private_folder(folder.absolute().parent)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        manifest = unpack(BytesIO(packed), kind=KIND, folder=beside, needed=SETTINGS)
        if mailbox is not None:
            _say_mailbox(beside / SETTINGS, str(mailbox.absolute()))
        CaFolder(beside).create()
        settings = load_settings(beside)
        Eraser(folder=CaFolder(beside), settings=settings, clock=clock).apply(erased)
        _put(beside, folder)
    except BackupBrokenError as error:
        raise TasukiError("backup_broken", path=file, detail=error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    Mailbox(folder / settings.mailbox).create()
    return manifest.made


def _put(beside: Path, folder: Path) -> None:
    """By one rename."""
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)
    sync_folder(folder.absolute().parent)


def _say_mailbox(settings: Path, mailbox: str) -> None:
    said = f"mailbox = {msgspec.json.encode(mailbox).decode()}"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(_MAILBOX.sub(lambda _: said, text, count=1), encoding="utf-8")
