"""What an agent remembers of its matching, over reconnects: what it asked for, whom it chose, the lists, its sessions.

The relay's word is taken for lists and positions. Whom a session is with is taken from here: the entry that the person
clicked, never what `granted` says. One room, though a large one: every message is folded into the same few facts, and what is
said again after a reconnect is drawn from all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never

import msgspec

from common.protocol.channel_resume import least
from common.protocol.identity import PeerExpectation, Role
from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    End,
    Ended,
    Error,
    FromAgent,
    Granted,
    GrantedBefore,
    GroupEntry,
    HelperEntry,
    Helpers,
    Mode,
    ModeNow,
    Next,
    Over,
    Recorded,
    Request,
    RequestEntry,
    Requests,
    SetStatus,
    Status,
    Ticket,
    To,
    ToHelper,
    Waiting,
    Watch,
    Yours,
)
from common.protocol.reasons import PUT_BACK, Why

KEPT: Final = 16  # messages for the next connection

Listed: TypeAlias = HelperEntry | GroupEntry
OnlineMessage: TypeAlias = Helpers | Waiting | Requests | Yours | Granted | Over | Ended | Recorded | Error
"""What the relay says once it knows us; the rest of FromRelay is about the connection itself."""


class RequestOpenError(Exception):
    """The user has an open request already."""


@dataclass(frozen=True, kw_only=True)
class OwnRequest:
    """The user's own request. `position` (from 1) while it waits; `session` once it was granted."""

    request: str
    to: To
    mode: Mode
    topic: str = ""
    name: str | None = (
        None  # of the helper that the person clicked; None: nobody was chosen by name, or it was transferred
    )
    position: int | None = None
    session: str | None = None
    note: str = ""  # of the helper who handed it on, as the relay tells it
    call_back: bool = False  # left as one, and no session has come of it yet
    until: float | None = None  # Unix seconds: so long a call back stays


def place_in_line(entry: RequestEntry) -> tuple[bool, float, str]:
    """To sort by: who waits in front of the screen comes before every call back, and then who asked first."""
    return entry.call_back, entry.since, entry.request


@dataclass(frozen=True, kw_only=True)
class SessionPlan:
    """What this side knows of a session by itself, and the `granted` that started it."""

    granted: Granted
    role: Role
    mode: Mode
    expectation: PeerExpectation
    most: Mode = Mode.CONTROL  # what the helper may be allowed, by what the organisation has set
    call_back: bool = False  # user: the person is asked, whoever was chosen: nobody may sit there

    @property
    def session(self) -> str:
        """Its id."""
        return self.granted.session

    @property
    def request(self) -> str:
        """The id of the request that it comes of."""
        return self.granted.request


class MatchingMemory:
    """One agent's memory."""

    def __init__(self, *, role: Role, organisation: str) -> None:
        self.role = role
        self.organisation = organisation
        self.status = Status.AVAILABLE
        self.open: OwnRequest | None = None
        self._asked: Request | None = None
        self._watching = False
        self._listed: dict[str, Listed] = {}
        self.listed = False
        """Whether all of the list has come since it is watched: who is not in it is not there."""
        self._waiting: dict[str, RequestEntry] = {}
        self._accepted: dict[str, RequestEntry | None] = {}
        self._nexts = 0  # helper: so many `next` have no answer yet
        self._lost_nexts = 0  # those of the connections before: the relay may have taken somebody for them
        self._sessions: dict[str, str] = {}  # helper: session → request
        self._unsent: list[Cancel | Active | End] = []
        self._wished: dict[str, Ticket] = {}  # by session: tickets that were asked for and have no answer yet
        self._active: str | None = None  # user: the session that both are connected in, for all that this side knows
        self._begun: str | None = None  # user: the last session that both were ever connected in
        self._mode: ModeNow | None = None  # user: said of the session that runs, and not recorded yet
        self._ends: dict[str, Why] = {}  # what was said of sessions that are over, the last ones
        self._asked_here = False  # the relay has had the request over the present connection
        self._given_up: OwnRequest | None = (
            None  # user: ended on this side with its session; the relay may see it otherwise
        )

    @property
    def helpers(self) -> tuple[Listed, ...]:
        """The list that a user watches, in the relay's order."""
        return tuple(self._listed.values())

    @property
    def requests(self) -> tuple[RequestEntry, ...]:
        """The queue that a helper watches, as its users are told their places."""
        return tuple(sorted(self._waiting.values(), key=place_in_line))

    @property
    def busy(self) -> bool:
        """Whether somebody may be about to see our certificate, or sees it: a request, one that was accepted, a session."""
        return self.open is not None or bool(self._accepted) or bool(self._sessions)

    def to_send_again(self) -> list[FromAgent]:
        """After a reconnect: what could not be said, presence, the wish for lists, the request that still waits."""
        again: list[FromAgent] = [*self._unsent, *self._wished.values()]
        self._unsent = []
        active = Active(session=self._active or "")
        if self._active is not None and active not in again:
            again.append(active)  # the last one may have been lost on its way
        if self._mode is not None:
            again.append(self._mode)
        self._asked_here = False
        if self.role is Role.HELPER and self.status is not Status.AVAILABLE:
            again.append(SetStatus(status=self.status))
        if self._watching:
            again.append(Watch(on=True))
        if self.open is not None and self.open.session is None:
            again += self._ask_again(self.open)
        return again

    def _ask_again(self, request: OwnRequest) -> list[FromAgent]:
        if self._asked is None or self._asked_here:
            return []
        self._asked_here = True
        return [msgspec.structs.replace(self._asked, to=request.to, mode=request.mode)]

    def live(self, sessions: Iterable[str], granted: Iterable[GrantedBefore] = ()) -> None:
        """The relay holds these for live, and these for granted to us. What this side knows nothing of was another run's; of what it has ended it says so again."""
        self._lost_nexts = min(KEPT, self._lost_nexts + self._nexts)
        self._nexts = 0
        known = {*self._sessions, self.open.session if self.open else None}
        told = {message.session for message in self._unsent if isinstance(message, End)}
        strange = {one.session for one in granted if not self._may_be_ours(one.request)}
        for session in (*sessions, *strange):
            if session not in known and session not in told:
                self.keep(self._disown(session))

    def _may_be_ours(self, request: str) -> bool:
        """Whether something that is granted of it is for this run of the program, whose words may have been lost on the way."""
        if self.role is Role.USER:
            return self.open is not None and self.open.request == request
        return request in self._accepted or self._lost_nexts > 0  # `yours` follows then, and says of whom

    def _disown(self, session: str) -> End:
        restarted = Why.USER_RESTARTED if self.role is Role.USER else Why.HELPER_RESTARTED
        return End(session=session, why=self._ends.get(session, restarted))

    def settled(self) -> None:
        """Online for a while: whatever the relay had to say of the connection before, it has said."""
        self._lost_nexts = 0

    def keep(self, message: Cancel | Active | End) -> None:
        """It could not be sent: say it at the next connection."""
        self._unsent = [*self._unsent, message][-KEPT:]

    # what this side does

    def watch(self, on: bool) -> Watch:
        """Want the list, or no longer."""
        self._watching = on
        self.listed = False
        if not on:
            self._listed.clear()
            self._waiting.clear()
        return Watch(on=on)

    def set_status(self, status: Status) -> SetStatus:
        """The helper's presence."""
        self.status = status
        return SetStatus(status=status)

    def ask(self, request: Request, *, name: str | None) -> Request:
        """Open a request; `name` is the one in the entry that the person clicked. Raises RequestOpenError, ValueError."""
        if self.open is not None:
            raise RequestOpenError
        if isinstance(request.to, ToHelper) != (name is not None):
            raise ValueError("a helper is chosen with the name that the person clicked")
        self._asked = request
        self._asked_here = True  # or at the next connection, before anything else
        self.open = OwnRequest(
            request=request.request,
            to=request.to,
            mode=request.mode,
            topic=request.topic,
            name=name,
            call_back=request.call_back,
        )
        return request

    def give_up(self) -> Cancel | None:
        """Before another request: what ended here with its session may still wait at the relay, and goes. None where nothing did."""
        old, self._given_up = self._given_up, None
        return Cancel(request=old.request) if old is not None else None

    def change_topic(self, topic: str) -> Request | None:
        """Say otherwise what the open request is about: the same request, to be sent again. None where none waits."""
        if self.open is None or self.open.session is not None or self._asked is None:
            return None
        self._asked = msgspec.structs.replace(self._asked, topic=topic)
        self.open = replace(self.open, topic=topic)
        return msgspec.structs.replace(self._asked, to=self.open.to, mode=self.open.mode)

    def leave_as_call_back(self) -> Request | None:
        """Wait no longer in front of the screen: the same request, to be sent again. None where none waits."""
        if self.open is None or self.open.session is not None or self._asked is None:
            return None
        self._asked = msgspec.structs.replace(self._asked, call_back=True)
        self.open = replace(self.open, call_back=True)
        return msgspec.structs.replace(self._asked, to=self.open.to, mode=self.open.mode)

    def active(self, session: str) -> Active:
        """A session of ours runs: what it came of calls nobody back any more."""
        self._active = self._begun = session
        if self.open is not None and self.open.session == session and self._asked is not None:
            self._asked = msgspec.structs.replace(self._asked, call_back=False)
            self.open = replace(self.open, call_back=False)
        return Active(session=session)

    def mode_now(self, session: str, mode: Mode) -> ModeNow:
        """The mode of our session, for the record: said until the relay has it."""
        self._mode = ModeNow(session=session, mode=mode)
        return self._mode

    def wish(self, ticket: Ticket) -> Ticket:
        """Another ticket for a session of ours; one that is asked for over a dead connection is lost with it, and asked for again."""
        self._wished[ticket.session] = ticket
        return ticket

    def interrupted(self, session: str) -> None:
        """It does not, for the moment."""
        if self._active == session:
            self._active = None

    def cancel(self) -> Cancel | None:
        """Take the open request back. None where there is none."""
        if self.open is None:
            return None
        message = Cancel(request=self.open.request)
        self._forget_request(self.open.request)
        return message

    def accept(self, request: str) -> Accept:
        """Take a request; whose it is is remembered as the list showed it."""
        self._accepted[request] = self._waiting.get(request)
        return Accept(request=request)

    def takes(self, request: str) -> bool:
        """Whether this side has asked to take it, by its name or as the next one."""
        return request in self._accepted

    def next(self) -> Next:
        """Take whoever the relay says is next."""
        self._nexts += 1
        return Next()

    def end(self, session: str, why: Why) -> End:
        """A session of ours is over."""
        self.interrupted(session)
        self._forget_mode(session)
        self._wished.pop(session, None)
        self._ends[session] = why
        if len(self._ends) > KEPT:
            del self._ends[next(iter(self._ends))]
        if why is not Why.TRANSFERRED and not (why in PUT_BACK and self._put_back(session, why)):
            if self.open is not None and self.open.session == session:
                self._given_up = self.open
            self._session_over(session)
        return End(session=session, why=why)

    def plan(self, granted: Granted) -> SessionPlan | None:
        """Whom and what to expect of this session, from memory. None: nothing of ours, so nothing to open."""
        if self.role is Role.USER:
            if self.open is None or self.open.request != granted.request or self.open.session != granted.session:
                return None
            return SessionPlan(
                granted=granted,
                role=self.role,
                mode=least(self.open.mode, granted.mode if granted.most is Mode.VIEW else Mode.CONTROL),
                most=granted.most,
                expectation=self._expect_helper(self.open),
                call_back=self.open.call_back,
            )
        if granted.request not in self._accepted:
            return None
        entry = self._accepted[granted.request]
        expectation = PeerExpectation(
            organisation=self.organisation,
            role=Role.USER,
            uri=entry.user.uri if entry else None,
            name=entry.user.name if entry else None,
        )
        return SessionPlan(
            granted=granted, role=self.role, mode=granted.mode, most=granted.most, expectation=expectation
        )

    def _expect_helper(self, request: OwnRequest) -> PeerExpectation:
        uri = request.to.uri if isinstance(request.to, ToHelper) and request.name is not None else None
        return PeerExpectation(
            organisation=self.organisation, role=Role.HELPER, uri=uri, name=request.name if uri else None
        )

    # what the relay says

    def received(self, message: OnlineMessage) -> list[FromAgent]:
        """Fold a message in. What is to be said to it: a request that goes on only at the relay is taken back there."""
        answer = self._answer(message)
        self._fold(message)
        if isinstance(message, Ended) and self.open is not None and self.open.session is None:
            answer += self._ask_again(self.open)  # transferred while we were away: the relay waits to hear of us
        return answer

    def _answer(self, message: OnlineMessage) -> list[FromAgent]:
        """A leg that is cut by a transfer looks like a loss until `ended` says more; said too late, the request is over here."""
        if isinstance(message, Granted) and self.role is Role.HELPER and message.request not in self._accepted:
            return [self._disown(message.session)]  # nobody waits for us in it, for as long as nobody knows of it
        old = self._given_up
        if old is None:
            return []
        match message:
            case Waiting(request=old.request) | Granted(request=old.request):
                pass
            case Ended(session=old.session, why=Why.TRANSFERRED):
                pass
            case Over(request=old.request):
                self._given_up = None
                return []
            case Helpers() | Waiting() | Requests() | Yours() | Granted() | Over() | Ended() | Recorded() | Error():
                return []
            case _:
                assert_never(message)
        self._given_up = None
        return [Cancel(request=old.request)]

    def _fold(self, message: OnlineMessage) -> None:
        match message:
            case Helpers():
                self._fold_helpers(message)
            case Requests():
                self._fold_requests(message)
            case Waiting():
                self._still_waiting(message)
            case Yours(entry=entry):
                if entry.request in self._accepted:
                    self._accepted[entry.request] = entry
                elif self._nexts or self._lost_nexts:  # else nobody has asked for it
                    self._nexts, self._lost_nexts = (
                        (self._nexts - 1, self._lost_nexts) if self._nexts else (0, self._lost_nexts - 1)
                    )
                    self._accepted[entry.request] = entry
            case Granted():
                self._wished.pop(message.session, None)
                self._granted(message)
            case Over():
                self._forget_request(message.request)
            case Ended():
                self._wished.pop(message.session, None)
                self._forget_mode(message.session)
                self._ended(message)
            case Recorded(session=session, mode=mode):
                if self._mode == ModeNow(session=session, mode=mode):
                    self._mode = None
            case Error(about="ticket"):
                self._wished = {one: ticket for one, ticket in self._wished.items() if message.session not in {"", one}}
            case Error(about="request"):
                self._forget_request(message.request or (self.open.request if self.open else ""))
            case Error(about="next"):
                self._nexts = max(0, self._nexts - 1)
            case Error(about="accept"):
                self._accepted.pop(message.request, None)
            case Error():
                pass
            case _:
                assert_never(message)

    def _fold_helpers(self, message: Helpers) -> None:
        if message.reset:
            self._listed.clear()
        self.listed = (self.listed or not message.more) if not message.reset else not message.more
        for key in message.gone:
            self._listed.pop(key, None)
        for entry in message.set:
            self._listed[entry.uri if isinstance(entry, HelperEntry) else entry.group] = entry

    def _fold_requests(self, message: Requests) -> None:
        if message.reset:
            self._waiting.clear()
        for gone in message.gone:
            self._waiting.pop(gone.request, None)
        for entry in message.set:
            self._waiting[entry.request] = entry

    def _still_waiting(self, message: Waiting) -> None:
        if self.open is None or self.open.request != message.request:
            return
        # Where the person chose a helper, only a transfer changes that (see _ended): the relay alone cannot.
        to = self.open.to if self.open.name is not None else message.to
        self.open = replace(
            self.open, to=to, position=message.position, session=None, note=message.note, until=message.until
        )

    def _granted(self, message: Granted) -> None:
        if self.role is Role.HELPER:
            if message.request in self._accepted:
                self._sessions[message.session] = message.request
        elif (
            self.open is not None
            and self.open.request == message.request
            and self.open.session in {None, message.session}
        ):
            self.open = replace(self.open, session=message.session, position=None, note=message.note)

    def _ended(self, message: Ended) -> None:
        self.interrupted(message.session)
        if message.why is Why.TRANSFERRED and self.open is not None and self.open.session == message.session:
            # The person has not chosen whoever comes next, and gives control anew.
            self.open = replace(self.open, session=None, name=None, mode=Mode.VIEW)
        elif not self._put_back(message.session, message.why):
            self._session_over(message.session)

    def _put_back(self, session: str, why: Why) -> bool:
        """Whether no session came of our call back, or the helper's program was started anew before one did. The relay says whether it waits again (`waiting`) or is `over`, whatever ended it."""
        if self.open is None or self.open.session != session:
            return False
        if not self.open.call_back and (why is not Why.HELPER_RESTARTED or self._begun == session):
            return False
        self.open = replace(self.open, session=None, position=None)
        return True

    def _session_over(self, session: str) -> None:
        self._accepted.pop(self._sessions.pop(session, ""), None)
        if self.open is not None and self.open.session == session:
            self._forget_request(self.open.request)

    def _forget_mode(self, session: str) -> None:
        if self._mode is not None and self._mode.session == session:
            self._mode = None

    def _forget_request(self, request: str) -> None:
        self._accepted.pop(request, None)
        if self.open is not None and self.open.request == request:
            self.open = None
            self._asked = None
