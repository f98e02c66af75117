"""The CA's settings file, ca.toml: whose CA this is, where its mailbox is, and every number."""

import os
from pathlib import Path
from typing import Annotated, Final

import msgspec

from common.host.errors import TasukiError
from common.host.settings import load
from common.protocol.identity import InvalidIdentityError, check_display_name, check_organisation

DAY: Final = 86400.0

_Seconds = Annotated[float, msgspec.Meta(gt=0, le=20 * 366 * DAY)]


class CaTiming(msgspec.Struct, frozen=True, kw_only=True):
    """Every span is in seconds."""

    certificate: _Seconds = 30 * DAY
    backdate: Annotated[float, msgspec.Meta(ge=0, le=7 * DAY)] = DAY  # for clocks that are slow
    crl_every: Annotated[float, msgspec.Meta(ge=1, le=7 * DAY)] = 3600.0
    crl_life: Annotated[float, msgspec.Meta(ge=2, le=31 * DAY)] = DAY
    code: Annotated[float, msgspec.Meta(ge=1, le=31 * DAY)] = DAY
    renew_after_expiry: Annotated[float, msgspec.Meta(ge=0, le=3 * 366 * DAY)] = 400 * DAY
    poll: Annotated[float, msgspec.Meta(ge=0.005, le=0.1)] = 0.05  # of the mailbox
    mailbox_step: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 5.0  # for one step in it, should its disk hang
    stale: Annotated[float, msgspec.Meta(ge=1, le=DAY)] = 600.0  # what nobody fetched from the mailbox


class CaLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the mailbox."""

    request: Annotated[int, msgspec.Meta(ge=4096, le=1 << 20)] = 128 * 1024  # bytes of one request file
    waiting_per_address: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 6000  # who wait with one line for many
    at_once: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1000  # request files looked at in one turn


class CaOperators(msgspec.Struct, frozen=True, kw_only=True):
    """Where `serve` hears orders. `group`: whose members may give some, too; the socket must lie where they can reach it then."""

    socket: str = "operators.sock"  # from the CA's folder
    group: str = ""


class CaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """ca.toml.

    `relay` and `port`: the relay's names as older programs had them here; they count while there is no signed list
    (relay.ca.hosts).
    """

    organisation: str
    display_name: str = ""
    relay: list[Annotated[str, msgspec.Meta(min_length=1, max_length=253)]] = []
    mailbox: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 443
    timing: CaTiming = CaTiming()
    limits: CaLimits = CaLimits()
    operators: CaOperators = CaOperators()


def load_settings(folder: Path) -> CaSettings:
    """Read ca.toml in the CA's folder. Raises TasukiError (ca_not_initialised, ca_other_user, settings_…)."""
    path = folder / "ca.toml"
    if not path.exists():
        raise TasukiError("ca_not_initialised", folder=folder)
    owner = folder.stat().st_uid
    if owner != os.geteuid():  # root too: what it writes here, `serve` could not read
        raise TasukiError("ca_other_user", folder=folder, owner=_user_name(owner))
    settings = load(path, CaSettings)
    try:
        check_organisation(settings.organisation)
    except InvalidIdentityError as error:
        raise TasukiError("settings_invalid", path=path, key="organisation", detail=error) from error
    try:
        if settings.display_name:
            check_display_name(settings.display_name)
    except InvalidIdentityError as error:
        raise TasukiError("settings_invalid", path=path, key="display_name", detail=error) from error
    return settings


def format_settings(settings: CaSettings) -> str:
    """The text of a new ca.toml. Numbers are left at their defaults, and named in a comment for whoever wants to change one."""
    spans = "".join(f"# {name} = {getattr(settings.timing, name):.10g}\n" for name in CaTiming.__struct_fields__)
    bounds = "".join(f"# {name} = {getattr(settings.limits, name)}\n" for name in CaLimits.__struct_fields__)
    return (
        "# Whose certificate authority this is. Never change it: certificates name it.\n"
        f"organisation = {_quote(settings.organisation)}\n"
        "# What people read instead, in any script. A change comes to each computer with its next certificate.\n"
        f"display_name = {_quote(settings.display_name)}\n\n"
        "# The relay's host names are not here: tasuki-ca hosts.\n\n"
        "# The folder through which the relay asks for certificates. A relative path starts at this file.\n"
        f"mailbox = {_quote(settings.mailbox)}\n\n"
        f"# Seconds. These are the defaults.\n[timing]\n{spans}\n[limits]\n{bounds}\n"
        "# Where tasuki-ca serve hears orders, and a group whose members may give some too: at a path that they can reach.\n"
        '[operators]\n# socket = "operators.sock"\n# group = ""\n'
    )


def _user_name(uid: int) -> str:
    import pwd  # the agents' tests use a CA on Windows too

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _quote(text: str) -> str:
    return msgspec.json.encode(text).decode()  # a JSON string is a TOML basic string
