"""What a person has typed and not sent yet, kept on the disk a moment later: a crash loses no chat line and no note."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.host.log import get_logger

FILE: Final = "drafts.json"
DELAY: Final = 0.7  # seconds from the first change until it is written
KEPT: Final = 100
LIMIT: Final = 10_000  # characters of one

log = get_logger(component="drafts")


class Drafts:
    """Texts by key, such as `chat:SESSION` or `topic`. Read once, in the constructor; on the loop."""

    def __init__(self, folder: Path, *, delay: float = DELAY) -> None:
        self._path = folder / FILE
        self._delay = delay
        self._texts = self._read()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def get(self, key: str) -> str:
        """The draft, or nothing."""
        return self._texts.get(key, "")

    def set(self, key: str, text: str) -> None:
        """Remember it; nothing takes it away. It is on the disk within a second."""
        if text[:LIMIT] == self.get(key):
            return
        self._texts.pop(key, None)
        if text:
            self._texts[key] = text[:LIMIT]
            while len(self._texts) > KEPT:
                del self._texts[next(iter(self._texts))]
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._write_soon)

    def clear(self, key: str) -> None:
        """It was sent, or thrown away."""
        self.set(key, "")

    async def flush(self) -> None:
        """Wait until everything is on the disk."""
        if self._timer is not None:
            self._write_soon()
        if self._writing is not None:
            await asyncio.gather(self._writing)

    def _write_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        before, data = self._writing, msgspec.json.encode(self._texts)

        async def run() -> None:
            if before is not None:
                await asyncio.gather(before)
            await asyncio.to_thread(self._write, data)

        self._writing = asyncio.ensure_future(run())

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("drafts_unreadable", error=str(error))
            return {}

    def _write(self, data: bytes) -> None:
        try:
            private_folder(self._path.parent)
            write_private(self._path, data)
        except (OSError, TasukiError) as error:
            log.warning("drafts_not_written", error=str(error))
