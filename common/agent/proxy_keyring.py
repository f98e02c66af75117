"""Names and passwords of proxies: kept in the system's keyring, or for one run of the program where there is none. Never in a file
of Tasuki's own; what a person writes into one by hand can be named (`--proxy-login`).
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.agent.enrolment.keys import KeyringKeys, system_keyring
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.proxy_logins import ProxyLogins
from common.protocol.proxies import InvalidProxyError, ProxyUrl, ProxyValue
from common.protocol.proxy_login import STRONGEST_FIRST, Login

FILE_LIMIT: Final = 4096
"""Bytes of a file with a login."""

log = get_logger(component="proxy")


def read_login(path: Path) -> Login:
    """The file's first line is the name, its second the password. Raises TasukiError `proxy_login_file_wrong`."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_LIMIT).decode()
    except OSError as error:
        raise TasukiError("proxy_login_file_wrong", path=path, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise TasukiError("proxy_login_file_wrong", path=path, detail="UTF-8") from error
    name, password = (*text.removeprefix("\ufeff").splitlines(), "", "")[:2]
    if not name.strip():
        raise TasukiError("proxy_login_file_wrong", path=path, detail="")
    return Login(username=name.strip(), password=password)


def kept_logins(file: Path | None = None) -> ProxyLogins:
    """What the keyring holds, and what is given while the program runs. `file`: a login for every proxy that was named here.

    Raises TasukiError `proxy_login_file_wrong`.
    """
    kept = ProxyKeyring()
    return ProxyLogins(everywhere=None if file is None else read_login(file), load=kept.load, keep=kept.keep)


def set_apart(setting: str) -> tuple[str, tuple[tuple[ProxyUrl, Login], ...]]:
    """A proxy's setting as a file may hold it, and the names and passwords that stood in it, with whose they are.

    Raises TasukiError `proxy_address_wrong`: it may hold a password, and nobody can say where.
    """
    if "@" not in setting:
        return setting, ()
    try:
        proxies = [route for route in ProxyValue.parse(setting).routes if route is not None]
    except InvalidProxyError as error:
        raise TasukiError("proxy_address_wrong", detail=str(error)) from error
    found = [(proxy, proxy.credentials) for proxy in proxies]
    logins = tuple((proxy, Login(username=said[0], password=said[1])) for proxy, said in found if said is not None)
    return ",".join(str(proxy) for proxy in proxies), logins


class ProxyKeyring:
    """An entry for each proxy. The keyring may ask the person to unlock it: in a thread, and nobody waits for what is kept."""

    def __init__(self, keyring: Callable[[], KeyringKeys | None] = system_keyring) -> None:
        self._keyring = keyring
        self._keeping: set[asyncio.Future[None]] = set()

    async def load(self, proxy: str) -> Login | None:
        """The login for a proxy (its URL without one)."""
        return await asyncio.to_thread(self._load, proxy)

    def keep(self, proxy: str, login: Login | None) -> None:
        """Keep it by and by; None: forget it."""
        task = asyncio.ensure_future(asyncio.to_thread(self._keep, proxy, login))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def kept(self) -> None:
        """Everything is kept that was to be."""
        await asyncio.gather(*self._keeping, return_exceptions=True)

    def _load(self, proxy: str) -> Login | None:
        if (keyring := self._keyring()) is None:
            return None
        try:
            said = json.loads(keyring.load(_entry(proxy)))
            username, password, least = str(said["username"]), str(said["password"]), said.get("least")
            return Login(username=username, password=password, least=least if least in STRONGEST_FIRST else "")
        except (TasukiError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, proxy: str, login: Login | None) -> None:
        if (keyring := self._keyring()) is None:
            return
        if login is None:
            keyring.delete(_entry(proxy))
            return
        said = json.dumps({"username": login.username, "password": login.password, "least": login.least})
        try:
            keyring.save(_entry(proxy), said.encode("ascii"))
        except TasukiError as error:
            log.warning("proxy_login_not_kept", error_code=error.code)


def _entry(proxy: str) -> str:
    return f"proxy {proxy}"
