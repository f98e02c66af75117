"""The agents' settings file (`agent.toml` in the agent's folder): every number and choice that a person may change.

All of it may be left out. An unknown key is an error that names the nearest known one (common.host.settings).
"""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from common.host.settings import load
from common.protocol.session_timing import SessionTiming, seconds
from common.protocol.texts import TEXT_LIMIT

FILE = "agent.toml"


class NetworkSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[network]`"""

    proxy: str = ""  # http://, https://, socks5:// or socks5h://, "direct" for none, a PAC file's address; empty: as the environment says, or the system


class TimingSection(SessionTiming, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[timing]`, all in seconds: a session's, and these."""

    online: Annotated[float, seconds(1, 600)] = 30.0  # until a command gives up reaching the relay
    again: Annotated[float, seconds(0.1, 3600)] = (
        60.0  # asked again after a loss: until a helper who is not listed counts as unknown
    )
    retry: Annotated[float, seconds(1, 600)] = 10.0  # at most between two tries to reach a relay that is not there
    list: Annotated[float, seconds(0.1, 60)] = 5.0  # without news of the list, until a helper's name counts as unknown


class ClipboardSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[clipboard]`: which way it crosses, in control mode only."""

    to_user: bool = True
    to_helper: bool = True


class ProgramsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[programs]`"""

    server: str = (
        ""  # user: x11vnc, x0vncserver, wayvnc, UltraVNC, TightVNC, Screen Sharing; empty: the first that is here
    )
    viewer: str = "builtin"  # helper: builtin, tigervnc, tightvnc, ssvnc, ultravnc, none


class WindowSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[window]`"""

    theme: Literal["system", "light", "dark", "contrast"] = "system"
    large_letters: bool = False  # half as large again as the desktop's
    sound: bool = True  # where something asks for attention
    notices: bool = True
    bar_folds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = (
        8  # user: seconds until the bar is a tab; 0: never by itself, nor does it step aside
    )


class HotkeySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[hotkey]`"""

    stop: str = ""  # user: such as Ctrl+Alt+Pause; empty: the usual one


class InventorySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[inventory]`"""

    withheld: tuple[str, ...] = ()  # user: details of the computer that are never offered to a helper


ANSWERS_LIMIT: Final = 50
Answers: TypeAlias = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LIMIT)], ...],
    msgspec.Meta(max_length=ANSWERS_LIMIT),
]


class HelperSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[helper]`: what a helper's status follows by itself, and how long a request calls."""

    away_after: Annotated[int, msgspec.Meta(ge=0, le=720)] = 15  # minutes without input; 0: never
    busy_in: Annotated[int, msgspec.Meta(ge=0, le=50)] = 1  # sessions at once; 0: never
    back: bool = True  # available again by itself
    tone_again: Annotated[int, msgspec.Meta(ge=0, le=3600)] = (
        30  # seconds until the tone for a request that nobody takes comes again; 0: never
    )
    tone_times: Annotated[int, msgspec.Meta(ge=0, le=100)] = 5  # how often it comes again
    answers: Answers = ()  # own texts that / in the chat offers


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    language: str = ""  # en or ja; empty: as the environment says
    network: NetworkSection = NetworkSection()
    timing: TimingSection = TimingSection()
    clipboard: ClipboardSection = ClipboardSection()
    programs: ProgramsSection = ProgramsSection()
    window: WindowSection = WindowSection()
    hotkey: HotkeySection = HotkeySection()
    inventory: InventorySection = InventorySection()
    helper: HelperSection = HelperSection()


def read(folder: Path) -> AgentSettings:
    """The settings in `folder`; the defaults where there is no file. Raises TasukiError (settings_…)."""
    path = folder / FILE
    return load(path, AgentSettings) if path.exists() else AgentSettings()
