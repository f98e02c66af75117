"""Which screen to show, now that the screens have changed: a value that a window or a command line renders. Pure."""

from dataclasses import dataclass

from common.host.words import _, one_line
from common.protocol.channel import NO_SCREENS, Screens
from user_agent.servers.base import ScreenChoice

ALL = "all"  # what answers: all of them


@dataclass(frozen=True, kw_only=True)
class ScreenQuestion:
    """`was` is what was shown; `screens` what there is now, from left to right: none while no screen is on."""

    was: ScreenChoice
    screens: tuple[ScreenChoice, ...]

    @property
    def text(self) -> str:
        """What the person reads."""
        if not self.screens:
            return _(
                "The screens have changed, and the helper sees nothing new. Now there is none that could be shown."
            )
        return _("The screens have changed, and the helper sees nothing new. Which screen may be shown now?")

    def lines(self) -> list[str]:
        """The choices, by the numbers that answer them."""
        text = _("Screen {number}: {width} × {height} ({name})")
        lines = [
            text.format(number=number, width=one.width, height=one.height, name=one_line(one.name))
            for number, one in enumerate(self.screens, 1)
        ]
        return [*lines, _("{all}: all screens").format(all=ALL)] if len(lines) > 1 else lines

    def choice(self, answer: str) -> str | None:
        """The key of the screen that a person means by its number, key or name, "" for all; None where there is none such."""
        wanted = answer.strip()
        if len(self.screens) > 1 and wanted.lower() == ALL:
            return ""
        if wanted.isascii() and wanted.isdigit():
            number = int(wanted[:4])
            return self.screens[number - 1].key if 0 < number <= len(self.screens) else None
        found = [one.key for one in self.screens if wanted in {one.key, one.name}]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, kw_only=True)
class AreaView:
    """What there is to tell of the area that is shown."""

    stopped: bool = False  # the screens have changed, and it is not shown
    question: ScreenQuestion | None = None
    offered: Screens = NO_SCREENS  # which may be seen one by one, and which is: as the helper is told it
