"""Which screens the person has agreed to show, and what of that can be seen now, one by one, as the helper is told it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from common.protocol.channel import NO_SCREENS, SCREENS_LIMIT, OneScreen
from common.protocol.channel import Screens as ToldScreens
from common.protocol.identity import NAME_LIMIT
from common.protocol.texts import clean_name
from user_agent.servers.base import ScreenChoice

Screens: TypeAlias = tuple[ScreenChoice, ...]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """These, one by one and nothing else; none: everything, whatever it becomes."""

    screens: Screens = ()

    @property
    def whole(self) -> bool:
        """Whether all screens may be seen at once."""
        return not self.screens

    def among(self, found: Sequence[ScreenChoice]) -> Screens:
        """Those of `found` that may be seen: each as it was when it was agreed to."""
        return tuple(one for one in found if self.whole or any(agreed.is_still(one) for agreed in self.screens))


@dataclass(frozen=True, kw_only=True)
class ScreensNow:
    """What can be seen now. `numbered` has all screens there are, from left to right, as their owner counts them."""

    numbered: Screens = ()
    alone: Screens = ()  # of them, those that may be seen and can be shown without the others
    whole: bool = False

    def told(self, seen: ScreenChoice | None) -> ToldScreens:
        """For the helper, where there is a choice. `seen`: what is shown now; None: all."""
        alone = self.alone[:SCREENS_LIMIT]
        if len(self.numbered) < 2 or len(alone) + self.whole < 2:
            return NO_SCREENS
        screens = tuple(
            OneScreen(
                key=one.key,
                number=self.numbered.index(one) + 1,
                width=one.width,
                height=one.height,
                name=clean_name(one.name, limit=NAME_LIMIT),
            )
            for one in alone
        )
        return ToldScreens(screens=screens, seen="" if seen is None else seen.key, whole=self.whole)


def places(screens: Sequence[ScreenChoice]) -> Screens:
    """One for each place: those that show the same are the same to whoever chooses."""
    return tuple({one.key: one for one in reversed(screens)}.values())[::-1]
