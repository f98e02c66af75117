"""What the user's computer could not press, told to the helper's side: at once, and what comes soon after in one word."""

from collections.abc import Callable
from typing import Final

from common.agent.session.presenter import Presenter
from common.host.log import get_logger
from common.protocol.channel import UNPRESSED_KEYS, UNPRESSED_TEXT, Unpressed
from common.protocol.texts import clean

INTERVAL: Final = 1.0  # seconds; so our own frames stay far from the 200 in 10 s that end a session


class UnpressedKeys:
    """One session's. Each is named once in a word; of too many it is told how many more there were."""

    def __init__(self, *, presenter: Presenter, send: Callable[[Unpressed], None]) -> None:
        self._presenter = presenter
        self._send = send
        self._text: dict[str, None] = {}
        self._keys: dict[int, None] = {}
        self._more = 0
        self._resting = False

    def add(self, character: str, keysym: int) -> None:
        """Another one, by its character or, where it has none, by its keysym."""
        if clean(character) == character != "":
            self._note(self._text, character, UNPRESSED_TEXT)
        else:
            self._note(self._keys, keysym & 0xFFFFFFFF, UNPRESSED_KEYS)
        if not self._resting:
            self._tell()

    def _note(self, noted: dict, one: object, most: int) -> None:  # type: ignore[type-arg]
        if one in noted or len(noted) < most:
            noted[one] = None
        else:
            self._more += 1

    def _tell(self) -> None:
        text, keys, more = "".join(self._text), tuple(self._keys), self._more
        self._resting = bool(text or keys)
        if not self._resting:
            return
        self._text, self._keys, self._more = {}, {}, 0
        # Which keys they were is for the person alone: they may be of a password.
        get_logger(component="session").info("keys_not_pressed", count=len(text) + len(keys) + more)
        self._send(Unpressed(text=text, keys=keys, more=more))
        self._presenter.set_timer("unpressed", INTERVAL, self._tell)
