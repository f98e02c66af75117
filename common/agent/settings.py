"""The agents' settings file (`agent.toml` in the agent's folder): every number and choice that a person may change.

All of it may be left out. An unknown key is an error that names the nearest known one (common.host.settings).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from common.host.errors import TasukiError
from common.host.settings import load
from common.protocol.proxies import InvalidProxyError, ProxyUrl, choose
from common.protocol.session_timing import SessionTiming, seconds

FILE = "agent.toml"


class NetworkSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[network]`"""

    proxy: str = ""  # http://, https://, socks5:// or socks5h://, "direct" for none; empty: as the environment says


class TimingSection(SessionTiming, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[timing]`, all in seconds: a session's, and these."""

    online: Annotated[float, seconds(1, 600)] = 30.0  # until a command gives up reaching the relay
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
    sound: bool = True  # where something asks for attention
    notices: bool = True


class HotkeySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[hotkey]`"""

    stop: str = ""  # user: such as Ctrl+Alt+Pause; empty: the usual one


class InventorySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[inventory]`"""

    withheld: tuple[str, ...] = ()  # user: details of the computer that are never offered to a helper


class HelperSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[helper]`: what a helper's status follows by itself."""

    away_after: Annotated[int, msgspec.Meta(ge=0, le=720)] = 15  # minutes without input; 0: never
    busy_in: Annotated[int, msgspec.Meta(ge=0, le=50)] = 1  # sessions at once; 0: never
    back: bool = True  # available again by itself


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


def proxy_for(environ: Mapping[str, str], explicit: str, host: str, port: int) -> ProxyUrl | None:
    """The proxy to the relay: `explicit` (an option or the setting), else as the environment says; None: directly.

    Raises TasukiError `proxy_address_wrong`.
    """
    try:
        return choose(environ, explicit or None, host, port)
    except InvalidProxyError as error:
        raise TasukiError("proxy_address_wrong", detail=str(error)) from error
