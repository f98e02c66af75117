"""`tasuki-ca serve`: answers what lies in the mailbox, and keeps a fresh revocation list there.

One process serves a folder; `code`, `list` and `revoke` work beside it. What can go wrong with the mailbox, which another
user writes and which may be another computer's, never keeps it from signing lists.
"""

import threading
from datetime import UTC, datetime
from typing import Final, assert_never

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.certificate_requests import (
    AuthorityPresent,
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
from common.protocol.clock import WallClock
from relay.ca.mailbox import Letter
from relay.ca.opening import OpenedCa

log = get_logger()

_TIDY: Final = 3600.0  # seconds between two clearings
_LOOK: Final = 1.0  # seconds between two looks whether the list is still in the mailbox


def utc_now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)


class CaServer:
    """The loop of `serve`, a turn at a time."""

    def __init__(self, *, ca: OpenedCa, clock: WallClock) -> None:
        self._ca = ca
        self._clock = clock
        self._revocations = -1  # when the folder of revocations had last changed as the last list was signed
        self._signed = 0.0  # when that was; Unix seconds
        self._next_look = 0.0
        self._next_tidy = 0.0
        self._cleaned = True

    def serve(self, stop: threading.Event) -> None:
        """Turn until `stop` is set. A full disk or a missing mailbox is logged and tried again, never fatal."""
        pause = self._ca.settings.timing.poll
        told = ""
        while not stop.is_set():
            try:
                self.turn()
            except (OSError, TasukiError) as error:
                if str(error) != told:
                    log.warning("ca_turn_failed", error=str(error))
                told = str(error)
                stop.wait(1.0)
            else:
                if told:
                    log.info("ca_turn_succeeds_again")
                told = ""
                stop.wait(pause)

    def turn(self) -> int:
        """See to the list, answer what waits, and clear up; returns how many were answered.

        Raises OSError, TasukiError: what hindered the first of these that was hindered. The others were done.
        """
        now = self._clock().timestamp()
        answered = 0
        failures: list[OSError | TasukiError] = []
        for part in (self._sign_list, self._publish_list, self._answer_letters, self._tidy):
            try:
                answered += part(now) or 0
            except (OSError, TasukiError) as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return answered

    def _sign_list(self, now: float) -> None:
        """A new list at the start, every hour, and as soon as something was revoked."""
        revocations = self._ca.authority.folder.revocations_changed()
        if revocations == self._revocations and 0 <= now - self._signed < self._ca.settings.timing.crl_every:
            return
        self._ca.authority.make_crl()
        # As it was before signing: what was revoked meanwhile makes the next turn sign again.
        self._revocations, self._signed = revocations, now
        self._next_look = now
        log.info("crl_signed", number=self._ca.authority.crl_number())

    def _publish_list(self, now: float) -> None:
        """Put the list where it is missing, or is another one."""
        if 0 < self._next_look - now <= _LOOK:
            return
        self._next_look = now + _LOOK
        self._ca.publish()

    def _answer_letters(self, _now: float) -> int:
        box, within = self._ca.mailbox, self._ca.mailbox_thread
        within.call(box.check)
        answered = 0
        failure: OSError | None = None
        for letter_id in within.call(box.waiting, at_most=self._ca.settings.limits.at_once):
            letter = within.call(box.letter, letter_id)
            if letter is None:
                continue
            try:
                within.call(box.reply, letter, self._answer(letter))
            except TimeoutError:
                raise
            except (
                OSError
            ) as error:  # a disk: this letter stays and is tried again, and the others need not wait for it
                failure = failure or error
            else:
                answered += 1
        if failure is not None:
            raise failure
        return answered

    def _tidy(self, now: float) -> None:
        stale = self._ca.settings.timing.stale
        if not 0 <= self._next_tidy - now <= _TIDY:
            self._next_tidy = now + min(_TIDY, stale)
            self._cleaned = False
            self._ca.registrar.tidy()
            self._ca.waiting_room.tidy()
        if not self._cleaned:  # a folder with very many entries takes several turns
            self._cleaned = self._ca.mailbox_thread.call(self._ca.mailbox.clean, before=now - stale)

    def _answer(self, letter: Letter) -> MailboxAnswer:
        try:
            answer = self._done(letter.request)
        except OSError:
            raise
        except TasukiError as error:  # a damaged record: of one account, and no hindrance to the others
            log.error("certificate_failed", letter=letter.id, error=str(error))  # noqa: TRY400  (the sentence says it all)
            return NotIssued(code=Refusal.UNAVAILABLE)
        except Exception:
            # A bug that one letter meets must not keep the others waiting for ever.
            log.exception("certificate_failed", letter=letter.id)
            return NotIssued(code=Refusal.UNAVAILABLE)
        match answer:
            case Issued():
                log.info("certificate_issued", serial=answer.serial, account=answer.account, role=answer.role)
            case NotIssued():
                log.info("certificate_refused", error_code=answer.code)
            case Revoked():
                log.info("revoked_for_relay", count=answer.count)
            case HeadSigned():
                log.info("head_signed")
            case AuthorityPresent():
                pass
            case _ as unreachable:
                assert_never(unreachable)
        return answer

    def _done(self, request: MailboxRequest | Refusal) -> MailboxAnswer:
        match request:
            case Refusal():
                return NotIssued(code=request)
            case Knock():
                return AuthorityPresent(time=self._clock().timestamp())
            case SignHeadRequest():
                return self._ca.heads.sign(request)
            case RevokeRequest():
                return self._ca.registrar.revoker.revoke_for_relay(request)
            case _:
                return self._ca.authority.answer(request)
