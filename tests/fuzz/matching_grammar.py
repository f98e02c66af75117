"""What an agent says on matching, from a seed: messages of every kind of the union, whole lives of requests, and frames.

The same seed gives the same bytes. What only the relay or the CA can know (which session was granted, whose account is
whose) is a place of the same length, filled when it is sent: see `Places`.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, get_args

import msgspec
from msgspec import inspect

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Decline,
    End,
    FromAgent,
    FromRelay,
    Mode,
    Request,
    SetStatus,
    Status,
    Ticket,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Transfer,
    encode,
)
from common.protocol.reasons import Why
from common.protocol.texts import URI_LIMIT
from tests.fuzz.frames import Frames
from tests.fuzz.values import Values

GROUP: Final = "Desk"
ORGANISATION: Final = "example"
PLACE: Final = re.compile(rb"@(?:[rs]\d\d@{28}|p\d\d@{32})")
STAY: Final = (30, 300)  # messages and frames of one connection


def request_place(number: int) -> str:
    """Stands for the request of this person that waits, or waited last."""
    return f"@r{number:02}".ljust(32, "@")


def session_place(number: int) -> str:
    """Stands for the session that this person was granted last."""
    return f"@s{number:02}".ljust(32, "@")


def account_place(number: int) -> str:
    """Stands for this person's account."""
    return f"@p{number:02}".ljust(36, "@")


@dataclass
class Places:
    """What is put in for the places. Before anything is known there, it is what nobody has."""

    known: dict[bytes, bytes] = field(default_factory=dict)

    def put(self, place: str, value: str) -> None:
        """From now on it is this."""
        assert len(place) == len(value)
        self.known[place.encode()] = value.encode()

    def fill(self, data: bytes) -> bytes:
        """These bytes, as they are sent."""
        return PLACE.sub(lambda found: self.known.get(found[0], b"0" * len(found[0])), data) if b"@" in data else data


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who there is: persons are numbered, users first."""

    users: int
    helpers: int

    def role(self, number: int) -> Role:
        """This person's."""
        return Role.USER if number < self.users else Role.HELPER

    def uri(self, number: int) -> str:
        """This person's, as a place."""
        return f"tasuki://{ORGANISATION}/{self.role(number)}/{account_place(number)}"

    @property
    def all(self) -> range:
        """Everybody."""
        return range(self.users + self.helpers)


@dataclass(frozen=True, slots=True)
class Piece:
    """What is sent: how many messages and frames, as bytes with places."""

    data: bytes
    count: int = 1


KINDS: Final = {kind.__struct_config__.tag: inspect.type_info(kind) for kind in get_args(FromAgent)}
"""Every kind of message from an agent, as the union has them."""
OTHERS: Final = tuple(inspect.type_info(kind) for kind in get_args(FromRelay))
"""What only the relay says."""


class MatchingGrammar:
    """One person's. Every choice is the random generator's."""

    def __init__(self, seed: str, *, me: int, cast: Cast) -> None:
        self.random = random.Random(seed)
        self.frames = Frames(self.random)
        self.values = Values(self.random, self._special)
        self._me = me
        self._cast = cast
        self._old = [self._fresh()]  # requests of one's own

    def stay(self) -> Iterator[Piece]:
        """One connection's, after `identify`."""
        for _ in range(self.random.randint(*STAY)):
            yield self._some()

    def lie(self) -> Iterator[Piece]:
        """A stranger's, who says anything before `identify`, or instead of it."""
        for _ in range(self.random.randint(0, 12)):
            yield self._some()
        yield self.last()

    def last(self) -> Piece:
        """What no connection outlives, or nothing can be said behind."""
        frames = self.frames.last(self._nearly() if self.random.random() < 0.5 else b"{")
        return Piece(b"".join(frames), len(frames))

    def mark(self, number: int) -> tuple[str, Piece]:
        """A message whose answer names the request, so that it is seen when all before it was worked on: this request."""
        request = f"ffff{self._me:04x}{number:024x}"
        message: FromAgent = Cancel(request=request)
        if self._cast.role(self._me) is Role.HELPER:
            message = Decline(request=request)
        return request, Piece(self._said(encode(message).encode()))

    # parts

    def _some(self) -> Piece:
        luck = self.random.random()
        if luck < 0.70:
            return Piece(self._said(self._right()))
        if luck < 0.82:
            return self._step()
        if luck < 0.92:
            return Piece(self._said(self._nearly()))
        if luck < 0.96:
            pieces = self.frames.fragments(self._right())
            return Piece(b"".join(pieces), len(pieces))
        return Piece(self.frames.control() if luck < 0.99 else self._said(self._other()))

    def _right(self) -> bytes:
        """A message of any kind that can be decoded."""
        kind = self.random.choice(tuple(KINDS.values()))
        return msgspec.json.encode(self.values.of(kind))

    def _nearly(self) -> bytes:
        kind = self.random.choice(tuple(KINDS.values()))
        assert isinstance(kind, inspect.StructType)
        return self.values.nearly(kind)

    def _other(self) -> bytes:
        """What an agent never says, and JSON that is no message."""
        if self.random.random() < 0.5:
            return msgspec.json.encode(self.values.of(self.random.choice(OTHERS)))
        return self.random.choice((b"[]", b"1", b'"x"', b"null", b"{}", b'{"type":[]}', b'{"type":{"type":"end"}}'))

    def _step(self) -> Piece:
        """A step of a request's life, mostly the right one: what has to be said there, and by this role."""
        pick, me = self.random.choice, self._me
        mine = self._cast.role(me)
        whose = me if self.random.random() < 0.8 else pick(self._cast.all)
        user = pick(range(self._cast.users)) if mine is Role.HELPER else whose
        message: FromAgent
        match self.random.randrange(8):
            case 0 | 1 if mine is Role.USER:
                self._old = [*self._old[-3:], self._fresh()]
                mode, details = pick(list(Mode)), {"os": "x"}
                message = Request(request=self._old[-1], to=self._to(), mode=mode, topic="Printer", inventory=details)
            case 0 | 1 | 2 if mine is Role.HELPER:
                message = Accept(request=request_place(user))
            case 3 if mine is Role.HELPER:
                message = Transfer(request=request_place(user), to=self._to(), note="yours")
            case 4 if mine is Role.HELPER:
                message = SetStatus(status=pick(list(Status)))
            case 3 | 4:
                message = Active(session=session_place(whose))
            case 5:
                message = Ticket(session=session_place(whose))
            case 6:
                message = End(session=session_place(whose), why=pick(list(Why)))
            case _:
                message = Cancel(request=request_place(user))
        return Piece(self._said(encode(message).encode()))

    def _to(self) -> To:
        helpers = range(self._cast.users, self._cast.users + self._cast.helpers)
        return self.random.choice(
            (ToAnyone(), ToGroup(group=GROUP), ToHelper(uri=self._cast.uri(self.random.choice(helpers))))
        )

    def _said(self, payload: bytes) -> bytes:
        """In one frame. What has places goes unmasked, which is a mask of zeros."""
        return self.frames.message(payload, masked=b"@" not in payload)

    def _fresh(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _special(self, name: str, kind: inspect.StrType) -> str | None:
        """Identifiers of all sorts: one's own, another's, old ones, ones that nobody has. The field's name says of what."""
        luck, whose = self.random.random(), self._me
        if luck < 0.5:
            whose = self.random.choice(self._cast.all)
        if kind.max_length == URI_LIMIT:
            return self._cast.uri(whose) if luck < 0.9 else None
        if name == "group":
            return GROUP if luck < 0.7 else None
        if kind.max_length != 32 or luck > 0.9:
            return None
        if name == "session":
            return session_place(whose)
        return self.random.choice((request_place(whose), self._old[-1], self._old[0]))
