"""What an agent and its keeper say to each other, typed: JSON, an object a line. The agent's side only.

The keeper's process has the standard library alone: there the same kinds are a table (main.Commands) and calls of `emit`,
and a test sees to it that they are these.
"""

from typing import TypeAlias

import msgspec


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """From the agent. One with `about` is answered by CommandDone."""


class StartProgram(_Command, frozen=True, kw_only=True, tag="start"):
    """Start it: ProgramStarted or ProgramFailed, later ProgramExited. `env` None is the keeper's own; `stdin` is written, then closed."""

    id: str
    argv: list[str]
    env: dict[str, str] | None
    stdin: bytes


class StopProgram(_Command, frozen=True, kw_only=True, tag="stop"):
    """End it, and what it started."""

    id: str


class RemoveAtEnd(_Command, frozen=True, kw_only=True, tag="remove"):
    """Remove this file or folder at the end."""

    path: str


class DiscardNow(_Command, frozen=True, kw_only=True, tag="discard"):
    """Remove this file or folder now; the end has nothing to do with it any more."""

    path: str
    about: str


class PutBackAtEnd(_Command, frozen=True, kw_only=True, tag="put_back"):
    """Put back at the end what the journal at `path` holds in the name of `owner`."""

    path: str
    owner: str
    about: str


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """From the keeper."""


class KeeperReady(_Event, frozen=True, kw_only=True, tag="ready"):
    """It runs, and listens."""


class ProgramStarted(_Event, frozen=True, kw_only=True, tag="started"):
    """The program runs."""

    id: str
    pid: int


class ProgramExited(_Event, frozen=True, kw_only=True, tag="exited"):
    """The program has ended: `code`, or the `signal` that ended it. `output` is the end of what it printed."""

    id: str
    code: int | None
    signal: int | None
    output: str


class CommandDone(_Event, frozen=True, kw_only=True, tag="done"):
    """What was asked for under this mark is done."""

    about: str


class CommandFailed(_Event, frozen=True, kw_only=True, tag="failed"):
    """What was asked for could not be done. `id` is a program's, or the command's `about`; `detail` is the system's own words."""

    id: str
    detail: str


Command: TypeAlias = StartProgram | StopProgram | RemoveAtEnd | DiscardNow | PutBackAtEnd
KeeperEvent: TypeAlias = KeeperReady | ProgramStarted | ProgramExited | CommandDone | CommandFailed

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[KeeperEvent] = msgspec.json.Decoder(KeeperEvent)


def encode_command(command: Command) -> bytes:
    """The line, with its end."""
    return _encoder.encode(command) + b"\n"


def decode_event(line: bytes) -> KeeperEvent:
    """What the keeper said. Raises msgspec.MsgspecError for what is none of its events: a bug of ours."""
    return _decoder.decode(line)
