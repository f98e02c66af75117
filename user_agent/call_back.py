"""A request that was left in the queue as a call back: kept on the disk, so that the next run of the program goes on with it."""

from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Final, Protocol, TypeAlias

import msgspec

from common.agent.desk import clock_time, day_name
from common.agent.enrolment.folder import CALL_BACK
from common.host.files import write_private
from common.host.log import get_logger
from common.host.times import local_time
from common.host.untrusted_files import read_untrusted
from common.host.words import _, one_line, sentences
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import HexId, Mode, To, ToAnyone, ToGroup, ToHelper
from common.protocol.reading import UNDECODABLE
from common.protocol.texts import URI_LIMIT, WORD_LIMIT, Details, MaybeName, Text, Word
from user_agent.views import MissedCall, RequestStage, UserView, Wish

WISHED_LIMIT: Final = 16  # screens
FILE_LIMIT: Final = 128 * 1024


Owner: TypeAlias = Annotated[str, msgspec.Meta(max_length=WORD_LIMIT + 1 + URI_LIMIT)]


class OwnedFolder(Protocol):
    """What is needed of common.agent.enrolment.profile.Profile."""

    @property
    def folder(self) -> Path: ...
    @property
    def owner(self) -> str: ...


class LeftCallBack(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `name` is that of the helper whom the person clicked: it stays in this computer's own memory.

    `owner`: of which organisation and account (see Profile). What was said to one is told to no other.
    """

    owner: Owner
    request: HexId
    to: To
    name: MaybeName | None = None
    mode: Mode
    topic: Text = ""
    inventory: Details = {}
    screen: Word = ""  # the first of them
    screens: Annotated[tuple[Word, ...], msgspec.Meta(max_length=WISHED_LIMIT)] = ()

    @classmethod
    def of(cls, request: OwnRequest, wish: Wish, *, owner: str) -> "LeftCallBack":
        """The open request, and what was wished besides."""
        return cls(
            owner=owner,
            request=request.request,
            to=request.to,
            name=request.name,
            mode=request.mode,
            topic=request.topic,
            inventory=dict(wish.inventory),
            screen=wish.screens[0] if wish.screens else "",
            screens=wish.screens[1:WISHED_LIMIT],
        )

    @property
    def wish(self) -> Wish:
        """As the person would wish it again."""
        return Wish(
            helper=self.to.uri if isinstance(self.to, ToHelper) else "",
            group=self.to.group if isinstance(self.to, ToGroup) else "",
            anyone=isinstance(self.to, ToAnyone),
            mode=self.mode,
            topic=self.topic,
            inventory=dict(self.inventory),
            screens=(self.screen, *self.screens) if self.screen else (),
        )


def can_be_left(view: UserView) -> bool:
    """Whether a request waits that can be left as a call back: the relay takes such, and it is none yet."""
    request, desk = view.matching.request, view.matching.desk
    waits = view.stage is RequestStage.WAITING and request is not None and not request.call_back
    return waits and view.matching.phase is MatchingPhase.ONLINE and desk is not None and desk.call_back


def call_back_text(until: float | None, zone: tzinfo | None = None) -> str:
    """What a person reads of a call back that waits. `until` (Unix seconds) is told in `zone`, else as clocks show it here."""
    text = _(
        "Nobody will telephone you: once somebody can help, a question comes on this screen. Nobody sees your screen before you say yes."
    )
    if until is None:
        return text
    end = local_time(until, zone)
    stays = _("The request stays in the queue until {day} at {time}.")
    return sentences(text, stays.format(day=day_name(end), time=clock_time(end)))


def missed_text(missed: MissedCall | None) -> str:
    """That somebody wanted to help, and nobody answered; empty where that is not so."""
    if missed is None:
        return ""
    text = _("{name} wanted to help you and had no answer. The request is still in the queue.")
    return text.format(name=one_line(missed.name)) if missed.name else ""


class CallBackFile:
    """In the agent's folder. One that cannot be read is as good as none; one that cannot be written lasts as long as the program."""

    def __init__(self, profile: OwnedFolder) -> None:
        self._profile = profile
        self._path = profile.folder / CALL_BACK
        self._log = get_logger(component="call_back")

    def read(self) -> LeftCallBack | None:
        """What was left and is not over, as far as is known here. What another account left is removed."""
        try:
            left = msgspec.json.decode(read_untrusted(self._path, limit=FILE_LIMIT), type=LeftCallBack)
        except FileNotFoundError:
            return None
        except (OSError, *UNDECODABLE) as error:
            self._log.warning("call_back_unreadable", error=str(error))
            return None
        if left.owner != self._profile.owner:
            self.remove()
            return None
        return left

    def write(self, request: OwnRequest, wish: Wish) -> None:
        """It was left, or is about something else."""
        try:
            write_private(self._path, msgspec.json.encode(LeftCallBack.of(request, wish, owner=self._profile.owner)))
        except OSError as error:
            self._log.warning("call_back_not_written", error=str(error))

    def remove(self) -> None:
        """It is over, or a session came of it."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self._log.warning("call_back_not_removed", error=str(error))
