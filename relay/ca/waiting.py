"""Lines for many, and whoever waits with one: they enrol nobody by themselves, until the operator says yes to a key.

Name, login, computer and network are claims. The proof says only that whoever made this key had the line, and claimed just this.
A yes makes an ordinary code for the one who waits, which stays in the CA's folder.
"""

import ipaddress
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec

from common.host.errors import TasukiError
from common.net.certificates import root_fingerprint
from common.protocol.certificate_requests import EnrolRequest, Refusal
from common.protocol.enrolment import EnrolmentLine, account_id, check_claims_proof, new_code
from common.protocol.fingerprint_words import fingerprint_words
from common.protocol.identity import Role, name_key
from relay.ca.folder import CaFolder
from relay.ca.hosts import OrderedNames
from relay.ca.records import AskingRecord, CodeRecord, ManyRecord
from relay.ca.registrar import LineWish, Registrar
from relay.ca.revoker import tell
from relay.ca.settings import DAY, CaSettings

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

KEEP_WAITING: Final = 14 * DAY
"""So long somebody waits at most; then it is as if they had never asked."""
SOONEST: Final = 20
LATEST: Final = 300
PER_SECOND: Final = 20
"""Those who wait are told to ask again after a time by which so many do in a second."""


class AskingRefusedError(Exception):
    """No certificate now. `code` goes to the agent, who asks again after `retry_after` seconds where it waits."""

    def __init__(self, code: Refusal, *, retry_after: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class SomebodyWaiting:
    """As the operator sees them. `twice`: the login is claimed by another too. `enrolled`: somebody with that login was let in before."""

    record: AskingRecord
    words: str
    twice: bool
    enrolled: bool

    @property
    def in_doubt(self) -> bool:
        """Whether only a yes to this very one lets it in."""
        return self.twice or self.enrolled


def asked(folder: CaFolder, settings: CaSettings, request: EnrolRequest, spki: bytes, now: float) -> CodeRecord:
    """The code that a yes has made for whoever asks by a line for many. Inside `changing()`. Raises AskingRefusedError."""
    line = folder.many(request.id)
    if line is None:
        raise AskingRefusedError(Refusal.CODE_UNKNOWN)
    prefix = line.id[:12]
    key = f"{prefix}-{_short(request.address)}-{sha256(bytes.fromhex(line.id) + spki).hexdigest()[:32]}"
    names = [one for one in folder.asking_names() if one.startswith(prefix)]
    known = next((folder.asking(one) for one in names if one.endswith(key[-32:])), None)
    code = folder.code(known.code) if known is not None and known.code else None
    if code is not None:  # somebody has said yes to this very key, whatever became of the line since
        return code
    claims = request.claims
    if line.revoked or not line.code or claims is None:
        raise AskingRefusedError(Refusal.CODE_REVOKED if line.revoked else Refusal.CODE_EXPIRED)
    said = (claims.name, claims.login, request.computer.name)
    if not check_claims_proof(line.code, request.role, spki, said, bytes.fromhex(request.proof)):
        raise AskingRefusedError(Refusal.BAD_PROOF)
    if request.role is not Role.USER:
        raise AskingRefusedError(Refusal.WRONG_ROLE)
    if known is None:
        if now >= line.expires:
            raise AskingRefusedError(Refusal.CODE_EXPIRED)
        if len(names) >= line.count:
            raise AskingRefusedError(Refusal.LINE_FULL)
        if sum(one.startswith(key[:-32]) for one in names) >= settings.limits.waiting_per_address:
            raise AskingRefusedError(Refusal.ADDRESS_FULL)
        known = AskingRecord(
            key=key,
            line=line.id,
            name=claims.name,
            login=claims.login,
            computer=request.computer.name,
            address=request.address,
            spki=spki.hex(),
            since=now,
        )
        folder.put_asking(known)
    if known.refused:
        raise AskingRefusedError(Refusal.SAID_NO)
    raise AskingRefusedError(Refusal.WAITS, retry_after=min(max(len(names) // PER_SECOND, SOONEST), LATEST))


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


class WaitingRoom:
    """What the operator orders: in the CA's folder, beside a running `serve`. Each method is one step under its lock."""

    def __init__(
        self,
        *,
        folder: CaFolder,
        registrar: Registrar,
        names: OrderedNames,
        root: bytes,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._registrar = registrar
        self._names = names
        self._root = root
        self._clock = clock
        self._random = random

    def make_line(self, *, count: int, days: int) -> tuple[EnrolmentLine, ManyRecord]:
        """A line with which so many may come and wait, for so many days."""
        now = self._clock().timestamp()
        code = new_code(self._random(16))
        record = ManyRecord(id=account_id(code), code=code, count=count, made=now, expires=now + days * DAY)
        with self._folder.changing():
            host, port = self._names.addresses()[0]
            self._folder.put_many(record)
        line = EnrolmentLine(code=code, root=root_fingerprint(self._root), host=host, port=port, many=True)
        return line, record

    def close_line(self, code_id: str) -> None:
        """Nobody comes with it any more, and who waits with it is refused. Raises TasukiError (many_unknown)."""
        with self._folder.changing():
            found = [one for one in self._folder.all_many(tell) if one.id.startswith(code_id.lower())]
            if len(found) != 1 or not code_id:
                raise TasukiError("many_unknown", what=code_id)
            self._folder.put_many(msgspec.structs.replace(found[0], code="", revoked=True))

    def waiting(self) -> list[SomebodyWaiting]:
        """Everybody who waits, longest first."""
        now = self._clock().timestamp()
        records = [one for one in self._folder.all_asking(tell) if now < one.since + KEEP_WAITING or one.code]
        open_ones = [one for one in records if not one.code and not one.refused]
        logins = Counter(name_key(one.login) for one in open_ones)
        enrolled = {name_key(one.login) for one in records if one.code}
        return [
            SomebodyWaiting(
                record=one,
                words=fingerprint_words(bytes.fromhex(one.spki)),
                twice=logins[name_key(one.login)] > 1,
                enrolled=name_key(one.login) in enrolled,
            )
            for one in sorted(open_ones, key=lambda one: (one.since, one.key))
        ]

    def yes(self, words: str, *, account: str | None = None) -> CodeRecord:
        """Let in the one whose key has these words: a new account, or one more computer of `account`.

        Raises TasukiError (waiting_unknown, and as Registrar.make_code).
        """
        return self._let_in(self._found(words), account=account)

    def yes_to_all(self, networks: Sequence[Network]) -> tuple[list[CodeRecord], list[SomebodyWaiting]]:
        """Let in everybody from these networks whose login is claimed once and was not let in before; who is left comes back too."""
        here = [one for one in self.waiting() if _within(one.record.address, networks)]
        left = [one for one in here if one.in_doubt]
        good = [one for one in here if not one.in_doubt]
        made, wrong = self._codes_for(good)
        if wrong:  # a name that looks like another's, say: the operator decides
            left += [good[place] for place in sorted(wrong)]
            good = [one for place, one in enumerate(good) if place not in wrong]
            made, wrong = self._codes_for(good)
        with self._folder.changing(), self._folder.together():
            for one, code in zip(good, made, strict=True):
                self._folder.put_asking(msgspec.structs.replace(one.record, code=code.id, account=code.account))
        return made, left

    def no(self, words: str) -> SomebodyWaiting:
        """Refuse the one whose key has these words. Raises TasukiError (waiting_unknown)."""
        one = self._found(words)
        with self._folder.changing():
            self._folder.put_asking(msgspec.structs.replace(one.record, refused=True))
        return one

    def tidy(self) -> None:
        """Forget who has waited too long, and what a line for many was once nobody can come with it."""
        now = self._clock().timestamp()
        with self._folder.changing():
            for one in list(self._folder.all_asking(tell)):
                if now > one.since + KEEP_WAITING and not one.code:
                    self._folder.forget_asking(one.key)
            for line in list(self._folder.all_many(tell)):
                if line.code and now > line.expires + KEEP_WAITING:
                    self._folder.put_many(msgspec.structs.replace(line, code=""))

    def _codes_for(self, those: Sequence[SomebodyWaiting]) -> tuple[list[CodeRecord], set[int]]:
        """A code for each, or none, and the places of those that none can be made for."""
        wishes = [LineWish(role=Role.USER, name=one.record.name, account=self._new_account()) for one in those]
        made, wrong = self._registrar.make_codes(wishes, life=KEEP_WAITING, keep=True)
        return [code for _line, code in made], {place for place, _error in wrong}

    def _new_account(self) -> str:
        return str(uuid.UUID(bytes=self._random(16), version=4))

    def _let_in(self, one: SomebodyWaiting, *, account: str | None = None) -> CodeRecord:
        account = account or self._new_account()
        _line, code = self._registrar.make_code(
            role=Role.USER, name=one.record.name, account=account, life=KEEP_WAITING, keep=True
        )
        with self._folder.changing():
            self._folder.put_asking(msgspec.structs.replace(one.record, code=code.id, account=code.account))
        return code

    def _found(self, words: str) -> SomebodyWaiting:
        wanted = " ".join(words.lower().replace("-", " ").split())
        found = [one for one in self.waiting() if one.words == wanted]
        if len(found) != 1:
            raise TasukiError("waiting_unknown", what=wanted)
        return found[0]


def networks_of(texts: Iterable[str]) -> list[Network]:
    """Named networks, as 192.0.2.0/24. Raises TasukiError (network_wrong)."""
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError:
            raise TasukiError("network_wrong", what=text) from None
    return found


def _within(address: str, networks: Sequence[Network]) -> bool:
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here.version == one.version and here in one for one in networks)
