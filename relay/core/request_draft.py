"""A transition under way, the states that a request's machine has, and what several of its rooms do alike.

The rooms: relay.core.requests (waiting, taken, over), relay.core.probing (is its user there), relay.core.breaks (the
session's legs, lost and found).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from automat import TypeMachineBuilder

from common.protocol.channel_resume import least
from common.protocol.messages import Code, Mode
from common.protocol.reasons import Why
from relay.core.life import Close, Effect, Grant, Legs, Life, Refuse, SayOver, Unlisted
from relay.core.records import AuditEntry, Participant, RequestRecord, RequestState, SessionRecord
from relay.core.request_inputs import Inputs
from relay.core.tickets import Side

if TYPE_CHECKING:
    from automat._typed import TypedState

LOST: Final = frozenset({Why.USER_GONE, Why.HELPER_GONE, Why.SILENT, Why.NEVER_JOINED, Why.RELAY_STOPPED})
"""Of these ends of legs a session may be taken up again; of others a rule was broken."""


@dataclass
class Draft:
    """A transition under way."""

    life: Life
    changed: bool = False
    session: SessionRecord | None = None
    entries: list[AuditEntry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def request(self) -> RequestRecord:
        """As it stands in this transition."""
        return self.life.request

    @property
    def live(self) -> SessionRecord:
        """The session. Raises RuntimeError where the life has lost it."""
        if self.life.session is None:
            raise RuntimeError(f"a request that is {self.request.state} has a session")
        return self.life.session

    def become(self, request: RequestRecord, session: SessionRecord | None = None) -> None:
        """The request is this now, with this session: what only memory knew of the state before is forgotten."""
        old = self.life.session
        same = session is not None and old is not None and session.identifier == old.identifier
        self.life = replace(
            self.life,
            request=request,
            session=session,
            away_since=None,
            probed=None,
            unreachable=False,
            legs=self.life.legs if same else Legs(),
            cut=None,
        )
        self.session = session or self.session
        self.changed = True

    def keep(self, session: SessionRecord) -> None:
        """The session is this now, and is to be written."""
        self.life = replace(self.life, session=session)
        self.session = session

    def log(self, at: datetime, actor: str, event: str, **facts: str | int | None) -> None:
        """An audit row."""
        self.entries.append(AuditEntry(at=at, actor=actor, event=event, subject=self.request.identifier, facts=facts))

    def close_session(self, why: Why, now: datetime) -> dict[str, str | int | None]:
        """The live session, if there is one, is over; the facts of it for the log."""
        session = self.life.session
        if session is None:
            return {}
        self.session = replace(session, ended_at=now, why=why, interrupted_at=None)
        self.effects.append(Close(self.session, why))
        return {"session": session.identifier, "helper": session.helper.uri, "up": session.up, "down": session.down}

    def grant(self, helper: Participant, session: str, *, resumable: bool, now: datetime, most: Mode) -> None:
        """It is that helper's, in a new session of that name, which allows `most` at most."""
        old = self.request
        record = SessionRecord(
            identifier=session,
            request=old.identifier,
            user=old.user,
            helper=helper,
            mode=least(old.mode, most),
            granted_at=now,
            resumable=resumable,
        )
        self.become(replace(old, state=RequestState.GRANTED, session=session), record)
        self.log(now, helper.uri, "request.granted", session=session, user=old.user.uri, mode=record.mode)
        self.effects += [Unlisted(Why.TAKEN), Grant(Side.USER), Grant(Side.HELPER)]

    def finish(self, actor: str, why: Why, now: datetime, note: str = "") -> None:
        """It is over."""
        waited = self.request.state is RequestState.WAITING
        facts = self.close_session(why, now)
        self.become(replace(self.request, state=RequestState.OVER, session=None, over_at=now, why=why))
        self.log(now, actor, "request.over", **{"why": why, **facts})
        if waited:
            self.effects.append(Unlisted(why))
        self.effects.append(SayOver(why, note))


BUILDER: Final[TypeMachineBuilder[Inputs, Draft]] = TypeMachineBuilder(Inputs, Draft)
waiting = BUILDER.state("waiting")
probing = BUILDER.state("probing")  # waiting, and a helper wants it: is its user's agent there?
granted = BUILDER.state("granted")
broken = BUILDER.state(
    "broken"
)  # granted, and the legs are lost of which no session has come: the agents may try again
active = BUILDER.state("active")
lost = BUILDER.state(
    "lost"
)  # active, and the legs are lost: in a moment it is interrupted, or somebody says that it is over
interrupted = BUILDER.state("interrupted")
cut = BUILDER.state("cut")  # the session is over: in a moment it is for what is known, or somebody says why
over = BUILDER.state("over")
WITH_SESSION: Final = (granted, broken, active, lost, interrupted, cut)
UNASKED: Final = (waiting, probing)

_BY_RECORD: Final = {
    RequestState.WAITING: waiting,
    RequestState.GRANTED: granted,
    RequestState.ACTIVE: active,
    RequestState.OVER: over,
}


def state_of(life: Life) -> "TypedState[Inputs, Draft]":
    """Where this life is."""
    request, session = life.request, life.session
    if life.cut is not None:
        if session is None or not session.resumable or life.cut.said or life.cut.why not in LOST:
            return cut
        return lost if request.state is RequestState.ACTIVE else broken
    if life.probed is not None:
        return probing
    if session is not None and session.interrupted_at is not None:
        return interrupted
    return _BY_RECORD[request.state]


def refuse(code: Code) -> Callable[..., None]:
    """A transition that changes nothing, and answers whoever asked with this error."""

    def refusing(_: Inputs, draft: Draft, *_args: object, **_named: object) -> None:
        draft.effects.append(Refuse(code))

    return refusing


def nothing(_: Inputs, _draft: Draft, *_args: object, **_named: object) -> None:
    """Late but legal: it does not matter any more."""
