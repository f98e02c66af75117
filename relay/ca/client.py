"""The relay's side of the mailbox: hand a request in, wait for its answer, and hear of new revocation lists.

The relay needs nothing of the CA but this folder. An answer is never believed for itself: agents check their chain
against their own ROOT, and a list counts only with the root's signature.
"""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar, assert_never

from common.host.deadline_thread import DeadlineThread
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.host_list import HostList, load_hosts
from common.net.revocation import CertificateError, Fault, RevocationList, load_crl
from common.protocol.certificate_requests import (
    AuthorityPresent,
    CertificateRequest,
    HeadSigned,
    Issued,
    Knock,
    MailboxAnswer,
    MailboxRequest,
    NotIssued,
    Refusal,
    Revoked,
    RevokeRequest,
    SignHeadRequest,
)
from common.protocol.notices import CaNotices, InvalidNoticesError, decode_notices
from relay.ca.contact import Contact
from relay.ca.mailbox import Mailbox, UnreadableError

log = get_logger()

Published = TypeVar("Published")

_STATUS: Final[dict[str, int]] = {
    Refusal.MALFORMED: 400,
    Refusal.CODE_UNKNOWN: 404,
    Refusal.CODE_USED: 409,
    Refusal.CODE_EXPIRED: 410,
    Refusal.CODE_REVOKED: 410,
    Refusal.NAME_TAKEN: 409,
    Refusal.WAITS: 409,
    Refusal.UNAVAILABLE: 503,
    Refusal.BUSY: 503,
}
"""HTTP status for a refusal; 403 for every other. The body's code is what agents go by."""


class AuthorityRefusedError(Exception):
    """The CA said no. `code` is a `Refusal` value; `status` the HTTP status to answer with; `retry_after` seconds, where it says so."""

    def __init__(self, code: str, *, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.status = _STATUS.get(code, 403)


class AuthorityUnavailableError(AuthorityRefusedError):
    """The CA did not answer in time (503), or too much waits already (503, `busy`)."""


class AuthorityClient:
    """Submits requests through the mailbox folder and reads the lists and `root.pem` in it. On the loop, which never waits for a disk."""

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
        self._waiting: dict[str, asyncio.Future[MailboxAnswer]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._root: bytes | None = None
        self._crl = _Newest("crl_refused", self._mailbox.crl, _crl_from)
        self._hosts = _Newest("hosts_refused", self._mailbox.hosts, _hosts_from)
        self._notices = _Newest("notices_refused", self._mailbox.notices, _notices_from)
        self.contact = Contact()

    async def submit(self, request: CertificateRequest) -> Issued:
        """Hand the request in and wait for the answer. Raises AuthorityRefusedError, AuthorityUnavailableError.

        After the deadline the request is taken back; should the CA have begun with it, asking again gives what it made.
        """
        answer = await self._exchange(request)
        match answer:
            case Issued():
                return answer
            case NotIssued():
                raise AuthorityRefusedError(answer.code, retry_after=answer.retry_after)
            case Revoked() | HeadSigned() | AuthorityPresent():
                raise AuthorityUnavailableError(Refusal.UNAVAILABLE)  # no answer to what was asked
            case _ as unreachable:
                assert_never(unreachable)

    async def revoke(self, request: RevokeRequest) -> int:
        """Have the CA revoke: how many certificates were not revoked before. Raises AuthorityRefusedError, AuthorityUnavailableError.

        However many strangers enrol at the moment: those who owe a revocation ask for one at a time.
        """
        answer = await self._exchange(request, always=True)
        match answer:
            case Revoked():
                return answer.count
            case NotIssued():
                raise AuthorityRefusedError(answer.code)
            case Issued() | HeadSigned() | AuthorityPresent():
                raise AuthorityUnavailableError(Refusal.UNAVAILABLE)
            case _ as unreachable:
                assert_never(unreachable)

    async def sign_head(self, number: int, digest: bytes) -> bytes:
        """Have the CA sign a head of the audit log: the document. Raises AuthorityRefusedError, AuthorityUnavailableError."""
        answer = await self._exchange(SignHeadRequest(number=number, digest=digest.hex()), always=True)
        match answer:
            case HeadSigned():
                return answer.document
            case NotIssued():
                raise AuthorityRefusedError(answer.code)
            case Issued() | Revoked() | AuthorityPresent():
                raise AuthorityUnavailableError(Refusal.UNAVAILABLE)
            case _ as unreachable:
                assert_never(unreachable)

    async def _exchange(self, request: MailboxRequest, *, always: bool = False) -> MailboxAnswer:
        if self._free <= 0 and not always:
            raise AuthorityUnavailableError(Refusal.BUSY)
        self._free -= 1
        try:
            return await self._ask(request)
        except (OSError, UnreadableError) as error:  # a TimeoutError is an OSError
            log.warning("ca_no_answer", error=repr(error))
            raise AuthorityUnavailableError(Refusal.UNAVAILABLE) from error
        finally:
            self._free += 1

    async def keep_knocking(self, *, every: float, again: float = 1.0) -> None:
        """Ask now and then whether the CA is there; `contact` says what came of it. Runs until cancelled.

        Seconds: `every` between two questions, `again` after one in vain.
        """
        while True:
            try:
                answer = await self._ask(Knock())
            except (OSError, UnreadableError):
                await asyncio.sleep(min(every, again))
                continue
            if isinstance(answer, AuthorityPresent):
                self.contact.its_clock(answer.time)
            await asyncio.sleep(every)

    async def _ask(self, request: MailboxRequest) -> MailboxAnswer:
        """Put the letter there, wait for its answer. Raises OSError (TimeoutError where none came in time), UnreadableError."""
        letter = self._random(16).hex()
        self._wanted.add(letter)
        try:
            async with asyncio.timeout(self._deadline):
                try:
                    await self._thread.run(self._submit, letter, request)
                except OSError as error:
                    self.contact.mailbox_failed(error)
                    raise
                self.contact.mailbox_works()
                answer = await self._answer(letter)
        except TimeoutError:
            self.contact.unanswered()
            raise
        finally:
            self._wanted.remove(letter)
            self._thread.post(self._mailbox.discard, letter)
        self.contact.answered()
        return answer

    def _submit(self, letter: str, request: MailboxRequest) -> None:
        """In the mailbox's thread. A disk that hung may write when whoever asked has long been told that nobody answered."""
        self._mailbox.submit(letter, request)
        if letter not in self._wanted:
            self._mailbox.discard(letter)

    async def _answer(self, letter: str) -> MailboxAnswer:
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
                try:
                    found = await self._thread.run(self._fetch, list(self._waiting))
                except OSError as error:  # each waits no longer than its own deadline
                    self.contact.mailbox_failed(error)
                else:
                    for letter, answer in found.items():
                        self._settle(letter, answer)
                await asyncio.sleep(self._poll)
        finally:
            self._looking = None

    def _fetch(self, letters: list[str]) -> dict[str, MailboxAnswer | UnreadableError]:
        """In the mailbox's thread."""
        found: dict[str, MailboxAnswer | UnreadableError] = {}
        for letter in letters:
            try:
                answer = self._mailbox.fetch(letter)
            except UnreadableError as error:
                found[letter] = error
            else:
                if answer is not None:
                    found[letter] = answer
        return found

    def _settle(self, letter: str, answer: MailboxAnswer | UnreadableError) -> None:
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

    async def try_out(self) -> None:
        """Whether requests can be handed in here. Raises TasukiError (`ca_mailbox`)."""
        try:
            await self._thread.run(self._mailbox.try_out)
        except OSError as error:
            raise TasukiError("ca_mailbox", folder=self._mailbox.path, detail=error.strerror or error) from error

    def trust(self, root: bytes) -> None:
        """Take this root (DER) from elsewhere, while the mailbox has none that can be read."""
        self._root = root

    async def crl(self) -> RevocationList | None:
        """The newest list that was there and was good; None before the first. Never one with a lower number.

        Raises TasukiError as `root` does.
        """
        return await self._crl.look(self._thread, await self.root())

    async def hosts(self) -> HostList | None:
        """The newest list of the relay's host names, as `crl`."""
        return await self._hosts.look(self._thread, await self.root())

    async def watch(
        self,
        changed: Callable[[RevocationList], None],
        hosts_changed: Callable[[HostList], None] = lambda _: None,
        notices_changed: Callable[[CaNotices], None] = lambda _: None,
        *,
        every: float = 0.5,
    ) -> None:
        """Tell of each list that is there, of every newer one, and of other notices, looking every `every` seconds. Runs until cancelled."""
        crls, hosts = 0, 0
        told: CaNotices | None = None
        while True:
            crl = await self.crl()
            if crl is not None and crl.number > crls:
                crls = crl.number
                changed(crl)
            names = await self.hosts()
            if names is not None and names.number > hosts:
                hosts = names.number
                hosts_changed(names)
            notices = await self._notices.look(self._thread, await self.root())
            if notices is not None and notices is not told:
                told = notices
                notices_changed(notices)
            await asyncio.sleep(every)


class _Newest(Generic[Published]):
    """The newest list of a kind that was seen and was good. `trouble` names what is logged of another."""

    def __init__(
        self,
        trouble: str,
        read: Callable[[], bytes | None],
        load: Callable[[bytes, bytes, Published | None], Published],
    ) -> None:
        """`load` makes the value of bytes, the root and the one there was. Raises CertificateError."""
        self._trouble = trouble
        self._read = read
        self._load = load
        self._value: Published | None = None
        self._seen: bytes | None = None  # the last one looked at, good or bad
        self._logged = ""

    async def look(self, thread: DeadlineThread, root: bytes) -> Published | None:
        """Look again, in the mailbox's thread."""
        try:
            self._value = await thread.run(self._newest, root)
        except (OSError, CertificateError) as error:
            if str(error) != self._logged:
                log.warning(self._trouble, error=str(error))
            self._logged = str(error)
        else:
            self._logged = ""
        return self._value

    def _newest(self, root: bytes) -> Published | None:
        """Raises OSError, CertificateError (once for each bad list)."""
        data = self._read()
        if data is None or data == self._seen:
            return self._value
        self._seen = data
        return self._load(data, root, self._value)


def _crl_from(data: bytes, root: bytes, known: RevocationList | None) -> RevocationList:
    return load_crl(data, root, minimum=known.number if known is not None else 0)


def _notices_from(data: bytes, root: bytes, known: CaNotices | None) -> CaNotices:
    """Nobody signs them (common.protocol.notices)."""
    del root, known
    try:
        return decode_notices(data)
    except InvalidNoticesError as error:
        raise CertificateError(Fault.MALFORMED, str(error)) from None


def _hosts_from(data: bytes, root: bytes, known: HostList | None) -> HostList:
    return load_hosts(data, root, known=known)
