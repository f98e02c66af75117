"""The matching messages: JSON, one tagged union per direction, which both ends decode with.

Unknown fields are ignored; an unknown type or a malformed message raises InvalidMessageError. Bytes are base64 in JSON. Ids of
requests and sessions are 32 lower-case hex digits (128 random bits), tickets 22 base64url characters. common.protocol.texts
says of every text how long it may be, and of what. One room for all: both ends decode by its two unions.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, get_args

import msgspec

from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.desk import Desk, Moment, Openings
from common.protocol.enrolment import PORTS_LIMIT
from common.protocol.reading import UNDECODABLE
from common.protocol.reasons import Why
from common.protocol.relay_hosts import DOCUMENT_LIMIT
from common.protocol.texts import (
    WORDS_LIMIT,
    Details,
    Host,
    MaybeName,
    Name,
    Text,
    Uri,
    UriOrName,
    Word,
    is_word,
)

HexId: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Span: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=10_000_000_000)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Words: TypeAlias = Annotated[list[Name], msgspec.Meta(max_length=WORDS_LIMIT)]

SESSIONS_LIMIT: Final = 1000
"""Sessions that `welcome` names at most: as many as one helper may ever hold."""


class InvalidMessageError(ValueError):
    """Not a message of this protocol. `about` is its type where that could be read; the text never quotes it."""

    def __init__(self, text: str, *, about: str = "") -> None:
        super().__init__(text)
        self.about = about


class Mode(StrEnum):
    """What the helper may do: look, or look and control."""

    VIEW = "view"
    CONTROL = "control"


class Status(StrEnum):
    """A helper's presence as the helper sets it, or the relay sees it."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"


class Feature(StrEnum):
    """`Identify.features`: what an agent understands beside what each does. One that does not name it is treated as before."""

    HELD = "held"  # says at once where it knows nothing of what is granted to it; hears again of what it holds
    HERE = "here"  # answers `probe`
    RECORD = "record"  # hears `recorded`; a relay that names it takes `mode_now`
    MOST = "most"  # keeps to `granted.most`
    RENEW = "renew"  # obeys `renew_now`
    RESUME = "resume"  # takes a session up again whose legs were lost, where the other agent does too


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A value inside a message."""


class ToHelper(_Part, frozen=True, kw_only=True, tag_field="kind", tag="helper"):
    """A helper chosen by name; the user's agent keeps the name that the person clicked in its own memory."""

    uri: Uri


class ToGroup(_Part, frozen=True, kw_only=True, tag_field="kind", tag="group"):
    """Any helper of a group."""

    group: Name


class ToAnyone(_Part, frozen=True, kw_only=True, tag_field="kind", tag="anyone"):
    """Whoever is free first."""


To: TypeAlias = ToHelper | ToGroup | ToAnyone


class HelperEntry(_Part, frozen=True, kw_only=True, tag_field="kind", tag="helper"):
    """A helper in the list. `waiting` is how many requests wait for this one by name; `most`: what may be allowed who is asked so."""

    uri: Uri
    name: Name
    languages: Words = []
    skills: Words = []
    status: Status = Status.AVAILABLE
    waiting: int = 0
    most: Mode = Mode.CONTROL


class GroupEntry(_Part, frozen=True, kw_only=True, tag_field="kind", tag="group"):
    """A group in the list: how many of its helpers are available now, how many `busy`, how many `away` (None: not told)."""

    group: Name
    available: int = 0
    waiting: int = 0
    busy: int | None = None
    away: int | None = None
    most: Mode = Mode.CONTROL
    open: Openings | None = None  # its hours for some days ahead; None: it has none of its own


class Peer(_Part, frozen=True, kw_only=True):
    """Who the other side is, as the relay says; the certificate decides."""

    uri: Uri
    name: Name


class RequestEntry(_Part, frozen=True, kw_only=True):
    """A waiting request as helpers who may take it see it. `since` is Unix seconds."""

    request: HexId
    user: Peer
    to: To
    mode: Mode
    topic: Text = ""
    inventory: Details = {}
    since: Moment
    note: Text = ""  # from the helper who transferred it
    call_back: bool = False  # left as one: the user is asked before anything is shown
    here: bool = True  # a call back's user is connected, so that it can be taken


class GrantedBefore(_Part, frozen=True, kw_only=True):
    """A session that is granted to an agent, and has not begun."""

    request: HexId
    session: HexId


class Gone(_Part, frozen=True, kw_only=True):
    """A request that left the list, and why."""

    request: HexId
    why: Why


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """A message. Its tag is its class's name in lower case."""


# relay → agent


class Hello(_Message, frozen=True, kw_only=True):
    """The first message of a connection. `time` (Unix seconds) only feeds the sentence about a wrong clock."""

    nonce: bytes
    relay: Host
    time: float
    versions: list[int] = msgspec.field(default_factory=lambda: [1])


class Welcome(_Message, frozen=True, kw_only=True):
    """The agent is who it says. `crl` is DER, signed by the organisation's CA, `hosts` a list as in `hosts`; `waiting`: how many seconds a request waits.

    `ports`: where this relay listens under its own name. `interrupted`: how many seconds a session stays when its legs are lost (None: this relay ends it then). `sessions`: the live ones
    of this certificate; one that the agent knows nothing of was another run's, and it ends it (`…_restarted`). `granted`: those that
    were granted to it and have not begun, likewise. `spread`: who
    loses this relay comes back after a random part of so many seconds, by how many are connected.
    """

    account: Word
    name: MaybeName
    crl: bytes
    hosts: Annotated[bytes, msgspec.Meta(max_length=DOCUMENT_LIMIT)] = b""
    organisation: MaybeName = ""
    waiting: Span | None = None
    ports: Annotated[list[int], msgspec.Meta(max_length=PORTS_LIMIT)] = []
    interrupted: Span | None = None
    sessions: Annotated[list[HexId], msgspec.Meta(max_length=SESSIONS_LIMIT)] = []
    granted: Annotated[list[GrantedBefore], msgspec.Meta(max_length=SESSIONS_LIMIT)] = []
    spread: Span | None = None
    desk: Desk | None = None  # to users, where there is something to tell
    features: Annotated[
        list[Word], msgspec.Meta(max_length=WORDS_LIMIT)
    ] = []  # what this relay takes beside what each does


class DeskNow(_Message, frozen=True, kw_only=True, tag="desk"):
    """What `welcome.desk` said, as it is by now: hours are told for a week ahead."""

    desk: Desk


class Refused(_Message, frozen=True, kw_only=True):
    """The agent may not come in; the connection closes after this."""

    reason: Word


class Crl(_Message, frozen=True, kw_only=True):
    """A newer revocation list."""

    der: bytes


class Hosts(_Message, frozen=True, kw_only=True):
    """A newer list of the relay's host names, as common.protocol.relay_hosts has it."""

    signed: Annotated[bytes, msgspec.Meta(max_length=DOCUMENT_LIMIT)]


class RenewNow(_Message, frozen=True, kw_only=True, tag="renew_now"):
    """The name in the certificate of this connection is no longer its owner's: fetch a new one, and come back with it.

    Only to agents that obey `renew`, and while nothing is open that was asked under the old name.
    """


class Helpers(_Message, frozen=True, kw_only=True):
    """Changes of the list a user watches, or all of it again (`reset`). `gone`: URIs and group names; `more`: the rest follows."""

    reset: bool = False
    set: list[HelperEntry | GroupEntry] = []
    gone: list[UriOrName] = []
    more: bool = False


class Waiting(_Message, frozen=True, kw_only=True):
    """In the queue, at `position` (from 1). `note`: of the helper who handed it on; `until`: a call back stays so long (Unix seconds)."""

    request: HexId
    position: int
    to: To
    note: Text = ""
    until: Moment | None = None


class Requests(_Message, frozen=True, kw_only=True):
    """Changes of the queue as this helper may see it, or all of it again (`reset`)."""

    reset: bool = False
    set: list[RequestEntry] = []
    gone: list[Gone] = []


class Yours(_Message, frozen=True, kw_only=True):
    """The answer to `next`: this request is being taken for this helper, as by an `accept`. To a helper who is back, with `held`: it still is."""

    entry: RequestEntry


class Probe(_Message, frozen=True, kw_only=True):
    """A helper wants this request: is its user's agent really there? Only to agents that answer `here`."""

    request: HexId


class Granted(_Message, frozen=True, kw_only=True):
    """Both sides get this: dial one of `legs`, show the ticket. `mode` is what the user offered (view after a transfer), never more than `most`.

    `most`: what this helper may be allowed who was asked so. The user's agent keeps to it.

    `note`, to the user: what the helper who handed the request on said. `interruption`: 0 for a session that is new, else the
    same session is to be taken up again, after its so-manieth break. `asked`: so many `ticket` of this side were counted, since the grant
    or in this interruption. The same number as in the `granted` before our last `ticket`: another is on its way, this ticket is dead.
    """

    request: HexId
    session: HexId
    ticket: Word
    legs: list[tuple[Host, int]]
    peer: Peer
    mode: Mode
    to: To
    note: Text = ""
    interruption: Count = 0
    asked: Count = 0
    most: Mode = Mode.CONTROL


class Over(_Message, frozen=True, kw_only=True):
    """The request is over. `note` is what the helper who declined said."""

    request: HexId
    why: Why
    note: Text = ""


class Ended(_Message, frozen=True, kw_only=True):
    """The session is over."""

    session: HexId
    why: Why


class Recorded(_Message, frozen=True, kw_only=True):
    """That this mode holds stands in the record of a session now. To both its people."""

    session: HexId
    mode: Mode


class Error(_Message, frozen=True, kw_only=True):
    """What was wrong with a message of type `about`. `code` is for programs: one of the Code values."""

    about: Word
    code: Word
    request: Word = ""
    session: Word = ""


# agent → relay


class Identify(_Message, frozen=True, kw_only=True):
    """Answer to hello: `chain` is DER, leaf first; `signature` over `identity.matching_challenge` by the leaf's key.

    `computer`: on which computer the agent runs, for the operator's list.
    """

    chain: Annotated[list[bytes], msgspec.Meta(min_length=1, max_length=4)]
    signature: bytes
    agent: Text = ""
    features: Annotated[list[Word], msgspec.Meta(max_length=WORDS_LIMIT)] = []
    computer: ComputerClaim = NOT_SAID


class Watch(_Message, frozen=True, kw_only=True):
    """Send me the list (of helpers, for a user; of requests, for a helper), or no longer."""

    on: bool


class Request(_Message, frozen=True, kw_only=True):
    """Help is wanted. Sent again by the same certificate it takes up the same request, from then on perhaps as a call back."""

    request: HexId
    to: To
    mode: Mode
    topic: Text = ""
    inventory: Details = {}
    call_back: bool = False


class Cancel(_Message, frozen=True, kw_only=True):
    """The user does not want this request any more."""

    request: HexId


class Accept(_Message, frozen=True, kw_only=True):
    """The helper takes it; the first wins."""

    request: HexId


class Next(_Message, frozen=True, kw_only=True):
    """The helper takes whoever has waited longest of those whom this one may take: the relay finds out who that is."""


class Decline(_Message, frozen=True, kw_only=True):
    """The helper does not take it. `why` is for the person who asked."""

    request: HexId
    why: Text = ""


class Transfer(_Message, frozen=True, kw_only=True):
    """The helper hands an active session's request on."""

    request: HexId
    to: To
    note: Text = ""


class SetStatus(_Message, frozen=True, kw_only=True, tag="status"):
    """The helper's presence."""

    status: Status


class Here(_Message, frozen=True, kw_only=True):
    """The answer to `probe`, by the user's agent itself: it is there."""

    request: HexId


class Ticket(_Message, frozen=True, kw_only=True):
    """A new ticket, please; the old one dies. For a session that was active: its legs are lost, and what is left of them ends now."""

    session: HexId


class Active(_Message, frozen=True, kw_only=True):
    """Both HELLOs were exchanged (from the user's agent, the last to know), each time that a session is taken up again too."""

    session: HexId


class End(_Message, frozen=True, kw_only=True):
    """The session shall end, or did."""

    session: HexId
    why: Why


class ModeNow(_Message, frozen=True, kw_only=True, tag="mode_now"):
    """From the user's agent, which alone decides it: this is the mode of its session now. For the record."""

    session: HexId
    mode: Mode


FromRelay: TypeAlias = (
    Hello
    | Welcome
    | DeskNow
    | Refused
    | Crl
    | Hosts
    | RenewNow
    | Helpers
    | Waiting
    | Requests
    | Yours
    | Probe
    | Granted
    | Over
    | Ended
    | Recorded
    | Error
)
FromAgent: TypeAlias = (
    Identify
    | Watch
    | Request
    | Cancel
    | Here
    | Accept
    | Next
    | Decline
    | Transfer
    | SetStatus
    | Ticket
    | Active
    | ModeNow
    | End
)


class Code(StrEnum):
    """`Error.code` and `Refused.reason`."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    NOT_NOW = "not_now"  # legal message, wrong moment
    NOT_ALLOWED = "not_allowed"
    NOT_FOR_USER = "not_for_user"  # a helper hands over to whom the user may not ask
    NO_SUCH_HELPER = "no_such_helper"
    NO_SUCH_GROUP = "no_such_group"
    NO_SUCH_REQUEST = "no_such_request"
    NO_SUCH_SESSION = "no_such_session"
    OPEN_REQUEST = "open_request"  # the account has another open request
    TOO_LATE = "too_late"  # somebody else was first, or it is over
    TOO_MANY = "too_many"
    USER_AWAY = "user_away"  # a call back whose user is not connected now
    NOBODY_WAITS = "nobody_waits"  # whom this helper may take next
    NOT_HERE = "not_here"  # the agent of who asked did not answer: the request comes back to the lists when it does
    BUSY = "busy"  # the relay takes no new work: the audit log cannot be written
    BAD_SIGNATURE = "bad_signature"
    BAD_CERTIFICATE = "bad_certificate"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"
    ACCOUNT_DISABLED = "account_disabled"
    NO_ACCOUNT = "no_account"
    VERSION = "version"


_encoder = msgspec.json.Encoder()
_from_relay: msgspec.json.Decoder[FromRelay] = msgspec.json.Decoder(FromRelay)
_from_agent: msgspec.json.Decoder[FromAgent] = msgspec.json.Decoder(FromAgent)


_type_only: msgspec.json.Decoder[Any] = msgspec.json.Decoder(msgspec.defstruct("_Type", [("type", str, "")]))
_TYPES_FROM_AGENT = frozenset(str(one.__struct_config__.tag) for one in get_args(FromAgent))


def is_type_from_agent(tag: str) -> bool:
    """Whether an agent may send a message of this type: what cannot be decoded then is malformed, not unknown."""
    return tag in _TYPES_FROM_AGENT


def encode(message: FromRelay | FromAgent) -> str:
    """The message as JSON text."""
    return _encoder.encode(message).decode()


def decode_from_relay(text: str) -> FromRelay:
    """A message that an agent received. Raises InvalidMessageError."""
    try:
        return _from_relay.decode(text)
    except UNDECODABLE as error:
        raise _invalid(text, str(error)) from None


def decode_from_agent(text: str) -> FromAgent:
    """A message that the relay received. Raises InvalidMessageError (`malformed_json` set where it is not JSON at all)."""
    try:
        return _from_agent.decode(text)
    except UNDECODABLE as error:
        raise _invalid(text, str(error)) from None


class NotJsonError(InvalidMessageError):
    """Not JSON at all: the WebSocket closes with 1007."""


def _invalid(text: str, why: str) -> InvalidMessageError:
    try:
        about = _type_only.decode(text).type
    except (msgspec.ValidationError, RecursionError):
        return InvalidMessageError("not an object with a type")
    except msgspec.DecodeError:
        return NotJsonError("not JSON")
    return InvalidMessageError(why, about=about if is_word(about) else "")
