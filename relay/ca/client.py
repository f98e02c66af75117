"""The relay's side of the mailbox: hand a request in, wait for its answer, and hear of new revocation lists.

The relay needs nothing of the CA but this folder. An answer is never believed for itself: agents check their chain
against their own ROOT, and a list counts only with the root's signature.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.revocation import CertificateError, RevocationList, load_crl
from common.protocol.certificate_requests import Answer, CertificateRequest, Issued, Refusal, Refused
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
    """Submits requests through the mailbox folder and reads `crl.der` and `root.pem` in it."""

    def __init__(
        self,
        *,
        folder: Path,
        random: Callable[[int], bytes],
        deadline: float = 15.0,
        poll: float = 0.05,
        at_once: int = 64,
    ) -> None:
        """`deadline` and `poll` in seconds; at most `at_once` requests wait at the same time, further ones are `busy`."""
        self._mailbox = Mailbox(folder)
        self._random = random
        self._deadline = deadline
        self._poll = poll
        self._free = at_once
        self._root: bytes | None = None
        self._crl: RevocationList | None = None
        self._seen: bytes | None = None  # the last list looked at, good or bad

    async def submit(self, request: CertificateRequest) -> Issued:
        """Hand the request in and wait for the answer. Raises AuthorityRefusedError, AuthorityUnavailableError.

        After the deadline the request is taken back; should the CA have begun with it, asking again gives what it made.
        """
        if self._free <= 0:
            raise AuthorityUnavailableError(Refusal.BUSY)
        self._free -= 1
        letter = self._random(16).hex()
        writing = asyncio.ensure_future(asyncio.to_thread(self._mailbox.submit, letter, request))
        try:
            await asyncio.shield(writing)
            async with asyncio.timeout(self._deadline):
                answer = await self._answer(letter)
        except (TimeoutError, OSError, UnreadableError) as error:
            log.warning("ca_no_answer", error=repr(error))
            raise AuthorityUnavailableError(Refusal.UNAVAILABLE) from error
        finally:
            self._free += 1
            if writing.done():
                self._take_back(letter, writing)
            else:  # the caller went away while the thread still writes
                writing.add_done_callback(functools.partial(self._take_back, letter))
        if isinstance(answer, Refused):
            raise AuthorityRefusedError(answer.code)
        return answer

    def _take_back(self, letter: str, writing: "asyncio.Future[None]") -> None:
        if not writing.cancelled() and writing.exception() is None:
            with contextlib.suppress(OSError):
                self._mailbox.discard(letter)

    async def _answer(self, letter: str) -> Answer:
        while True:  # a folder has nothing to wait on that is the same on every system and over a network
            answer = self._mailbox.fetch(letter)
            if answer is not None:
                return answer
            await asyncio.sleep(self._poll)

    def root(self) -> bytes:
        """The organisation's root, DER, as it was at the first call. Raises TasukiError (`ca_mailbox`) where there is none."""
        if self._root is None:
            try:
                self._root = self._mailbox.root()
            except OSError as error:
                raise TasukiError("ca_mailbox", folder=self._mailbox.path) from error
            if self._root is None:
                raise TasukiError("ca_mailbox", folder=self._mailbox.path)
        return self._root

    def crl(self) -> RevocationList | None:
        """The newest list that was there and was good; None before the first. Never one with a lower number."""
        try:
            der = self._mailbox.crl()
        except OSError as error:
            log.warning("crl_unreadable", error=str(error))
            return self._crl
        if der is None or der == self._seen:
            return self._crl
        self._seen = der
        try:
            self._crl = load_crl(der, self.root(), minimum=self._crl.number if self._crl is not None else 0)
        except CertificateError as error:
            log.warning("crl_refused", error=str(error), error_code=error.code.value)
        return self._crl

    async def watch(self, changed: Callable[[RevocationList], None], *, every: float = 0.5) -> None:
        """Call `changed` for the list that is there and for every newer one, looking every `every` seconds. Runs until cancelled."""
        told = -1
        while True:
            crl = self.crl()
            if crl is not None and crl.number > told:
                told = crl.number
                changed(crl)
            await asyncio.sleep(every)
