"""What a person may change in a window, as values: what the file says, what was chosen, and the difference. No Qt.

The keys of a difference are those of `agent.toml` (common.agent.settings); starting with the desktop is no matter of the
file, and travels under its own key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Final, Self
from urllib.parse import quote

from common.agent.settings import AgentSettings
from common.host.errors import TasukiError
from common.protocol.proxies import InvalidProxyError, ProxyUrl, ProxyValue

AUTOSTART: Final = "autostart"  # the one key that is not in the file
PROXY: Final = "network.proxy"
DIRECT: Final = "direct"


@dataclass(frozen=True, kw_only=True)
class ProgramOption:
    """A program that can be chosen. `name` is what the file says; `problem`: why it cannot be used here, if it cannot."""

    name: str
    problem: TasukiError | None = None


def setting(key: str) -> Mapping[str, str]:
    """The metadata of a field: its key in the file."""
    return {"key": key}


@dataclass(frozen=True, kw_only=True)
class SettingsValues:
    """What both agents have. A field's metadata names its key."""

    language: str = field(default="", metadata=setting("language"))  # "en", "ja"; empty: as the system says
    theme: str = field(default="system", metadata=setting("window.theme"))
    large: bool = field(default=False, metadata=setting("window.large_letters"))
    sound: bool = field(default=True, metadata=setting("window.sound"))
    notices: bool = field(default=True, metadata=setting("window.notices"))
    proxy: str = field(default="", repr=False, metadata=setting(PROXY))  # may hold a password
    to_user: bool = field(default=True, metadata=setting("clipboard.to_user"))
    to_helper: bool = field(default=True, metadata=setting("clipboard.to_helper"))
    autostart: bool = field(default=False, metadata=setting(AUTOSTART))

    @classmethod
    def of(cls, settings: AgentSettings, *, autostart: bool) -> Self:
        """What the file says, and the desktop."""
        found: dict[str, object] = {AUTOSTART: autostart}
        for one in fields(cls):
            key = str(one.metadata["key"])
            if key != AUTOSTART:
                value: object = settings
                for step in key.split("."):
                    value = getattr(value, step)
                found[one.name] = value
        return cls(**found)  # type: ignore[arg-type]


def changes(before: SettingsValues, after: SettingsValues) -> dict[str, object]:
    """What differs, key → value as the file holds it. `network.proxy` may hold a password: never log it."""
    changed: dict[str, object] = {}
    for one in fields(after):
        value = getattr(after, one.name)
        if value != getattr(before, one.name):
            changed[str(one.metadata["key"])] = list(value) if isinstance(value, tuple) else value
    return changed


class ProxyWay(StrEnum):
    """How the relay is reached."""

    SYSTEM = "system"
    DIRECT = "direct"
    PROXY = "proxy"


@dataclass(frozen=True, kw_only=True)
class ProxyChoice:
    """The proxy setting in the pieces that a person fills in. `address` has no name and password in it."""

    way: ProxyWay = ProxyWay.SYSTEM
    address: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, setting: str) -> "ProxyChoice":
        """Taken apart. What cannot be is the address as it stands, for the person to correct."""
        plain = setting.strip()
        if not plain:
            return cls()
        if plain.lower() in {DIRECT, "none"}:
            return cls(way=ProxyWay.DIRECT)
        try:
            if script := ProxyValue.parse(plain).pac:
                return cls(way=ProxyWay.PROXY, address=script)
            url = ProxyUrl.parse(plain)
        except InvalidProxyError:
            return cls(way=ProxyWay.PROXY, address=plain)
        return cls(way=ProxyWay.PROXY, address=str(url), username=url.username or "", password=url.password or "")

    def setting(self) -> str:
        """As the file holds it. Raises InvalidProxyError, which never quotes a password."""
        if self.way is not ProxyWay.PROXY:
            return "" if self.way is ProxyWay.SYSTEM else DIRECT
        address = self.address.strip()
        if script := ProxyValue.parse(address).pac:
            return script
        url = ProxyUrl.parse(address)
        if not (self.username or self.password):
            return address if url.credentials else str(url)
        login = quote(self.username, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        made = str(url).replace("://", f"://{login}@", 1)
        ProxyUrl.parse(made)
        return made
