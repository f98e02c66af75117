"""What a person has typed and not sent yet, kept on the disk a moment later: a crash loses no chat line and no note."""

import asyncio
from pathlib import Path
from typing import Final

from common.host.damaged_files import OwnFile
from common.host.errors import TasukiError
from common.host.log import get_logger

FILE: Final = "drafts.json"
DELAY: Final = 0.7  # seconds from the first change until it is written
KEPT: Final = 100
LIMIT: Final = 10_000  # characters of one
OWNER: Final = "owner"  # the key of whose they are
OF_THE_PERSON: Final = ("bar:", "told-of-")  # how the keys begin of what has nothing to do with an organisation

log = get_logger(component="drafts")


class Drafts:
    """Texts by key, such as `chat:SESSION` or `topic`. Read once, in the constructor; on the loop.

    A file that cannot be read is set aside; where not even that can be done, it is not written over. `owner` is the
    organisation and account (see Profile): what was written to another one is forgotten. Without one they are read, whosever they are.
    """

    def __init__(self, folder: Path, *, owner: str = "", delay: float = DELAY) -> None:
        self._file = OwnFile(folder / FILE, kind=dict[str, str], empty=dict, damaged="drafts_damaged")
        self._delay = delay
        self._usable = True
        self._problem: TasukiError | None = None
        self._texts = _of(owner, self._read())
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
                del self._texts[next(key for key in self._texts if key != OWNER)]
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._write_soon)

    def take_problem(self) -> TasukiError | None:
        """What the person has to be told of the file; None when it was asked for already."""
        problem, self._problem = self._problem, None
        return problem

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
        before, texts = self._writing, dict(self._texts)

        async def run() -> None:
            if before is not None:
                await asyncio.gather(before)
            await asyncio.to_thread(self._write, texts)

        self._writing = asyncio.ensure_future(run())

    def _read(self) -> dict[str, str]:
        try:
            texts = self._file.read()
        except TasukiError as error:
            self._usable = False
            self._problem = error
            return {}
        self._problem = self._file.take_problem()
        return texts

    def _write(self, texts: dict[str, str]) -> None:
        try:
            if self._usable:
                self._file.write(texts)
        except TasukiError as error:
            log.warning("drafts_not_written", error=str(error))


def _of(owner: str, texts: dict[str, str]) -> dict[str, str]:
    """What of them is this owner's. An older file does not say whose it is."""
    if owner and texts.get(OWNER, owner) != owner:
        texts = {key: text for key, text in texts.items() if key.startswith(OF_THE_PERSON)}
    return {**texts, OWNER: owner} if owner else texts
