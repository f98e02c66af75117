"""The relay's side of the mailbox: hand a request in, wait for its answer, and hear of new revocation lists.

The relay needs nothing of the CA but this folder. An answer is never believed for itself: agents check their chain
against their own ROOT, and a list counts only with the root's signature.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, assert_never

from common.host.deadline_thread import DeadlineThread
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.revocation import CertificateError, RevocationList, load_crl
from common.protocol.certificate_requests import Answer, CertificateRequest, Issued, NotIssued, Refusal
from relay.ca.mailbox import Mailbox, UnreadableError

log = get_logger()

_STATUS: Final[dict[str, int]] = {
    Refusal.MALFORMED: 400,
    Refusal.CODE_UNKNOWN: 404,
    Refusal.CODE_USED: 409,
    Refusal.CODE_EXPIRED: 410,
    Refusal.CODE_REVOKED: 410,
    Refusal.NAME_TAKEN: 409,
    Refusal.UNAVAILABLE: 503,
    Refusal.BUSY: 503,
}
"""HTTP status for a refusal; 403 for every other. The body's code is what agents go by."""


class AuthorityRefusedError(Exception):
    """The CA said no. `code` is a `Refusal` value; `status` the HTTP status to answer with."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = _STATUS.get(code, 403)


class AuthorityUnavailableError(AuthorityRefusedError):
    """The CA did not answer in time (503), or too much waits already (503, `busy`)."""


class AuthorityClient:
    """Submits requests through the mailbox folder and reads `crl.der` and `root.pem` in it. On the loop, which never waits for a disk."""

    def __init__(
        self,
        *,
        folder: Path,
        random: Callable[[int], bytes],
        deadline: float = 15.0,
        poll: float = 0.05,
        at_once: int = 64,
        step: float = 5.0,
    ) -> None:
        """Seconds: `deadline` for an answer, `poll` between two looks, `step` for one look, should the mailbox's disk hang.

        At most `at_once` requests wait at the same time, further ones are `busy`.
        """
        self._mailbox = Mailbox(folder)
        self._thread = DeadlineThread(deadline=step, name="mailbox")
        self._random = random
        self._deadline = deadline
        self._poll = poll
        self._free = at_once
        self._wanted: set[str] = set()  # letters whose callers have not gone away
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._root: bytes | None = None
        self._crl: RevocationList | None = None
        self._seen: bytes | None = None  # the last list looked at, good or bad
        self._trouble = ""  # what was last logged about the list

    async def submit(self, request: CertificateRequest) -> Issued:
        """Hand the request in and wait for the answer. Raises AuthorityRefusedError, AuthorityUnavailableError.

        After the deadline the request is taken back; should the CA have begun with it, asking again gives what it made.
        """
        if self._free <= 0:
            raise AuthorityUnavailableError(Refusal.BUSY)
        self._free -= 1
        letter = self._random(16).hex()
        self._wanted.add(letter)
        try:
            async with asyncio.timeout(self._deadline):
                await self._thread.run(self._submit, letter, request)
                answer = await self._answer(letter)
        except (OSError, UnreadableError) as error:  # a TimeoutError is an OSError
            log.warning("ca_no_answer", error=repr(error))
            raise AuthorityUnavailableError(Refusal.UNAVAILABLE) from error
        finally:
            self._free += 1
            self._wanted.remove(letter)
            self._thread.post(self._mailbox.discard, letter)
        match answer:
            case Issued():
                return answer
            case NotIssued():
                raise AuthorityRefusedError(answer.code)
            case _ as unreachable:
                assert_never(unreachable)

    def _submit(self, letter: str, request: CertificateRequest) -> None:
        """In the mailbox's thread. A disk that hung may write when whoever asked has long been told that nobody answered."""
        self._mailbox.submit(letter, request)
        if letter not in self._wanted:
            self._mailbox.discard(letter)

    async def _answer(self, letter: str) -> Answer:
        self._waiting[letter] = asyncio.get_running_loop().create_future()
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        try:
            return await self._waiting[letter]
        finally:
            del self._waiting[letter]

    async def _look(self) -> None:
        """Look for the answers of all who wait, as long as somebody does."""
        try:
            while self._waiting:  # a folder has nothing to wait on that is the same on every system and over a network
                with contextlib.suppress(OSError):  # each waits no longer than its own deadline
                    for letter, answer in (await self._thread.run(self._fetch, list(self._waiting))).items():
                        self._settle(letter, answer)
                await asyncio.sleep(self._poll)
        finally:
            self._looking = None

    def _fetch(self, letters: list[str]) -> dict[str, Answer | UnreadableError]:
        """In the mailbox's thread."""
        found: dict[str, Answer | UnreadableError] = {}
        for letter in letters:
            try:
                answer = self._mailbox.fetch(letter)
            except UnreadableError as error:
                found[letter] = error
            else:
                if answer is not None:
                    found[letter] = answer
        return found

    def _settle(self, letter: str, answer: Answer | UnreadableError) -> None:
        waiting = self._waiting.get(letter)
        if waiting is None or waiting.done():
            return
        if isinstance(answer, UnreadableError):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)

    async def root(self) -> bytes:
        """The organisation's root, DER, as it was at the first call. Raises TasukiError (`ca_mailbox`) where there is none."""
        if self._root is None:
            try:
                self._root = await self._thread.run(self._mailbox.root)
            except (OSError, CertificateError) as error:
                raise TasukiError("ca_mailbox", folder=self._mailbox.path, detail=error) from error
            if self._root is None:
                detail = os.strerror(errno.ENOENT)
                raise TasukiError("ca_mailbox", folder=self._mailbox.path, detail=f"root.pem: {detail}")
        return self._root

    def trust(self, root: bytes) -> None:
        """Take this root (DER) from elsewhere, while the mailbox has none that can be read."""
        self._root = root

    async def crl(self) -> RevocationList | None:
        """The newest list that was there and was good; None before the first. Never one with a lower number.

        Raises TasukiError as `root` does.
        """
        root = await self.root()
        try:
            self._crl = await self._thread.run(self._newest, root)
        except (OSError, CertificateError) as error:
            if str(error) != self._trouble:
                log.warning("crl_refused", error=str(error))
            self._trouble = str(error)
        else:
            self._trouble = ""
        return self._crl

    def _newest(self, root: bytes) -> RevocationList | None:
        """In the mailbox's thread: what `crl` returns. Raises OSError, CertificateError (once for each bad list)."""
        der = self._mailbox.crl()
        if der is None or der == self._seen:
            return self._crl
        self._seen = der
        return load_crl(der, root, minimum=self._crl.number if self._crl is not None else 0)

    async def watch(self, changed: Callable[[RevocationList], None], *, every: float = 0.5) -> None:
        """Call `changed` for the list that is there and for every newer one, looking every `every` seconds. Runs until cancelled."""
        told = -1
        while True:
            crl = await self.crl()
            if crl is not None and crl.number > told:
                told = crl.number
                changed(crl)
            await asyncio.sleep(every)
