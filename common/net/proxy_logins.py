"""Who logs in to which proxy: names and passwords that were given, those that were refused, and how often.

In memory. What outlives the program is kept by whoever makes this (`load`, `keep`): see common.agent.proxy_keyring.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login

MOST_REFUSED: Final = 3
"""Wrong passwords at one proxy, until nobody is asked for another by himself: accounts get locked."""
MOST_IN_VAIN: Final = 3
"""So often a login is shown to a proxy that asks on and does not say that it was wrong: nobody knows who counts there."""
IN_VAIN: Final = 600.0
"""Within so many seconds. What is remembered of a network holds as long."""


async def _nothing(_proxy: str) -> Login | None:
    return None


class ProxyLogins:
    """The logins of one program. A proxy is known by its URL without name and password (`str(proxy)`)."""

    def __init__(
        self,
        *,
        everywhere: Login | None = None,
        load: Callable[[str], Awaitable[Login | None]] = _nothing,
        keep: Callable[[str, Login | None], None] = lambda _proxy, _login: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now`: seconds, of any beginning. `everywhere`: for every proxy that asks and was named here, not by the network. `load` may raise nothing; `keep` gets what
        worked and was given here, and None for what was loaded and is wrong by now.
        """
        self._everywhere = everywhere
        self._load = load
        self._keep = keep
        self._now = now
        self._given: dict[str, Login] = {}
        self._loaded: dict[str, Login | None] = {}
        self._loading: dict[str, asyncio.Future[Login | None]] = {}
        self._refused: dict[str, list[Login]] = {}
        self._wrong: dict[str, int] = {}  # passwords since the last that was right, the same one typed again too
        self._vain: dict[tuple[str, Login], deque[float]] = {}  # when it was shown and not judged, the last times
        self._proved: dict[str, Login] = {}
        self._least: dict[tuple[str, Login], str] = {}
        self._persons: dict[str, bool] = {}  # whether the proxy took what the person has already
        self._locks: dict[str, asyncio.Lock] = {}

    async def of(self, proxy: ProxyUrl, *, load: bool = True) -> Login | None:
        """What to log in with, and how weakly at most; None where nothing is known that was not refused already. What was accepted
        comes first.

        `load`: ask the keyring too, which may ask the person to unlock it. A question that nobody waits for any more goes on.
        """
        key = str(proxy)
        if (proved := self._proved.get(key)) is not None and proved in self._known(proxy):
            return self._limited(key, proved)
        if load and key not in self._loaded:
            if key not in self._loading:
                self._loading[key] = asyncio.ensure_future(self._load(key))
            self._loaded.setdefault(key, await asyncio.shield(self._loading[key]))
        left = [one for one in self._known(proxy) if one not in self._refused.get(key, [])]
        return self._limited(key, left[0]) if left else None

    def _known(self, proxy: ProxyUrl) -> list[Login]:
        key = str(proxy)
        url = None if proxy.credentials is None else Login(username=proxy.credentials[0], password=proxy.credentials[1])
        everywhere = None if proxy.by_network else self._everywhere
        every = (self._given.get(key), url, everywhere, self._loaded.get(key))
        return [one for one in every if one is not None]

    def _limited(self, key: str, login: Login) -> Login:
        return replace(login, least=self._least.get((key, login), login.least))

    def give(self, proxy: ProxyUrl, login: Login) -> None:
        """A person has said it: it is tried from now on, in whichever way is offered, and kept once it was accepted."""
        key = str(proxy)
        self._given[key] = login
        self._proved.pop(key, None)
        self._vain.pop((key, login), None)
        self._least[key, login] = ""
        if login in (refused := self._refused.get(key, [])):
            refused.remove(login)  # said once more: perhaps it is another network's, or was unlocked

    def accepted(self, proxy: ProxyUrl, login: Login, scheme: str = "") -> None:
        """It was right, and in this way: it is shown in no weaker one from now on, unless a person says it once more."""
        key = str(proxy)
        if login in (refused := self._refused.get(key, [])):
            refused.remove(login)
        self._wrong.pop(key, None)
        self._vain.pop((key, login), None)
        self._proved[key] = login
        self._least[key, login] = scheme
        loaded = self._loaded.get(key)
        known = loaded is not None and loaded == login and loaded.least == scheme
        if login in (self._given.get(key), loaded) and not known:
            self._loaded[key] = kept = replace(login, least=scheme)
            self._keep(key, kept)

    def refused(self, proxy: ProxyUrl, login: Login) -> None:
        """It was wrong. It is not shown again."""
        key = str(proxy)
        if self._proved.get(key) == login:
            del self._proved[key]
        refused = self._refused.setdefault(key, [])
        if login not in refused:
            refused.append(login)
            self._wrong[key] = self._wrong.get(key, 0) + 1
        if self._loaded.get(key) == login:
            self._loaded[key] = None
            self._keep(key, None)

    def shown_in_vain(self, proxy: ProxyUrl, login: Login) -> None:
        """It was shown, and the proxy asked on without saying that it was wrong."""
        self._vain.setdefault((str(proxy), login), deque(maxlen=MOST_IN_VAIN)).append(self._now())

    def rests(self, proxy: ProxyUrl, login: Login) -> bool:
        """Whether it was shown in vain so often of late that it is not shown now."""
        shown = self._vain.get((str(proxy), login))
        return shown is not None and len(shown) == MOST_IN_VAIN and self._now() - shown[0] < IN_VAIN

    def was_refused(self, proxy: ProxyUrl) -> bool:
        """Whether there was a login, and it was wrong."""
        return bool(self._refused.get(str(proxy)))

    def may_ask(self, proxy: ProxyUrl) -> bool:
        """Whether a person is asked for (another) name and password by himself."""
        return self._wrong.get(str(proxy), 0) < MOST_REFUSED

    def is_proved(self, proxy: ProxyUrl, login: Login) -> bool:
        """Whether it was accepted before."""
        return self._proved.get(str(proxy)) == login

    def persons(self, proxy: ProxyUrl, *, accepted: bool) -> None:
        """What whoever is logged in to this computer has already was looked at there, and taken or not."""
        self._persons[str(proxy)] = accepted

    def of_the_person(self, proxy: ProxyUrl) -> bool | None:
        """Whether it was taken there. None: nobody has looked at it yet."""
        return self._persons.get(str(proxy))

    def another_network(self) -> None:
        """A proxy of the same name may be another one there: what the person has already is shown once more."""
        self._persons.clear()
        self._vain.clear()

    def alone(self, proxy: ProxyUrl) -> asyncio.Lock:
        """Held by the one connection that tries what was not accepted yet: a wrong password is shown once, not by all at a time."""
        return self._locks.setdefault(str(proxy), asyncio.Lock())
