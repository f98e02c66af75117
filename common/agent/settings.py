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
from common.protocol.session_life import SessionTiming

FILE = "agent.toml"


def _seconds(least: float, most: float) -> msgspec.Meta:
    return msgspec.Meta(ge=least, le=most)


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[network]`"""

    proxy: str = ""  # http://, https://, socks5:// or socks5h://, "direct" for none; empty: as the environment says


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[timing]`, all in seconds."""

    online: Annotated[float, _seconds(1, 600)] = 30.0  # until a command gives up reaching the relay
    list: Annotated[float, _seconds(0.1, 60)] = 5.0  # without news of the list, until a helper's name counts as unknown
    dial: Annotated[float, _seconds(1, 300)] = 30.0  # one round over the relay's addresses
    join: Annotated[float, _seconds(1, 120)] = (
        65.0  # from the leg to the partner (the relay ends a lonely leg after 60)
    )
    secure: Annotated[float, _seconds(1, 120)] = 15.0  # end-to-end TLS
    allow: Annotated[float, _seconds(1, 60)] = 60.0  # the person's answer; silence is no
    greet: Annotated[float, _seconds(1, 180)] = 75.0  # the other side's HELLO
    want: Annotated[float, _seconds(1, 600)] = 60.0  # the answer to a wish for control; silence is no
    want_again: Annotated[float, _seconds(0, 600)] = 10.0  # so long after a no, the next wish is refused without asking
    bye: Annotated[float, _seconds(0.1, 30)] = 5.0  # until the leg is dropped behind a BYE
    reason: Annotated[float, _seconds(0, 30)] = 2.0  # after a cut, for the relay to say why
    ping: Annotated[float, _seconds(0.1, 15)] = 15.0
    silence: Annotated[float, _seconds(0.3, 60)] = 60.0  # without a byte from the other side

    def session(self) -> SessionTiming:
        """What a session is given."""
        names = (field.name for field in msgspec.structs.fields(self) if field.name not in {"online", "list"})
        return SessionTiming(**{name: getattr(self, name) for name in names})


class Clipboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[clipboard]`: which way it crosses, in control mode only."""

    to_user: bool = True
    to_helper: bool = True


class Programs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[programs]`"""

    server: str = (
        ""  # user: x11vnc, x0vncserver, wayvnc, UltraVNC, TightVNC, Screen Sharing; empty: the first that is here
    )
    viewer: str = "builtin"  # helper: builtin, tigervnc, tightvnc, ssvnc, ultravnc, none


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[window]`"""

    theme: Literal["system", "light", "dark", "contrast"] = "system"
    sound: bool = True  # where something asks for attention
    notices: bool = True


class Hotkey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[hotkey]`"""

    stop: str = ""  # user: such as Ctrl+Alt+Pause; empty: the usual one


class Inventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[inventory]`"""

    withheld: tuple[str, ...] = ()  # user: details of the computer that are never offered to a helper


class Helper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[helper]`: what a helper's status follows by itself."""

    away_after: Annotated[int, msgspec.Meta(ge=0, le=720)] = 15  # minutes without input; 0: never
    busy_in: Annotated[int, msgspec.Meta(ge=0, le=50)] = 1  # sessions at once; 0: never
    back: bool = True  # available again by itself


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    language: str = ""  # en or ja; empty: as the environment says
    network: Network = Network()
    timing: Timing = Timing()
    clipboard: Clipboard = Clipboard()
    programs: Programs = Programs()
    window: Window = Window()
    hotkey: Hotkey = Hotkey()
    inventory: Inventory = Inventory()
    helper: Helper = Helper()


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
