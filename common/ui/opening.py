"""From a folder to an agent that can work: what stands in the way is said in a window, and tried again when the person says so."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.agent.enrolment.folder import default_folder, is_enrolled
from common.host.errors import TasukiError
from common.host.files import FolderLock, private_folder
from common.host.log import get_logger
from common.protocol.identity import Role
from common.ui.application import engine, once
from common.ui.first_start import FirstStart
from common.ui.startup_error import StartupErrorWindow

if TYPE_CHECKING:
    from common.agent.composition import Agent

log = get_logger(component="window")


class Opening:
    """Holds the folder's lock from the first success of `agent` until `close`."""

    def __init__(
        self,
        *,
        role: Role,
        folder: Path | None,
        environ: Mapping[str, str],
        proxy: str = "",
        proxy_login: Path | None = None,
        line: str = "",
        places: Iterable[Path] = (),
        needs: Iterable[str] = (),
        hindered: Callable[[], None] = lambda: None,
    ) -> None:
        """`folder` None: the person's own place. `line`: the enrolment line that the start brought; `places`: where one may lie.

        `needs`: modules to load before there is an agent. `hindered`: called before a window says what is in the way.
        """
        self.folder = folder if folder is not None else default_folder(role)
        self._role = role
        self._named = folder
        self._environ = environ
        self._proxy = proxy
        self._proxy_login = proxy_login
        self._logins: Any = None  # a ProxyLogins, as long as the program: an agent may be made anew
        self._line = line
        self._places = tuple(places)
        self._needs = ("common.agent.composition", *needs)
        self._hindered = hindered
        self._lock: FolderLock | None = None
        self._first: FirstStart | None = None
        self._error_window: StartupErrorWindow | None = None

    async def agent(self) -> "Agent | None":
        """An enrolled agent, read anew from the disk; None where the person leaves."""
        try:
            if not is_enrolled(self.folder):
                self._first_start()
            await engine(*self._needs)
            while True:
                try:
                    agent = await asyncio.to_thread(self._open)
                except TasukiError as error:
                    log.warning("opening_failed", error_code=error.code)
                    await self._no_first_start()
                    if not await self.say(error):
                        return None
                    continue
                if agent.profile.enrolled:
                    return agent
                line, self._line = self._line, ""
                if not await self._first_start().run(agent, look=not line):
                    return None
                await self._no_first_start()
        finally:
            await self._no_first_start()

    def show(self, line: str = "") -> bool:
        """A second start while nothing is open yet: what there is comes to the front. False where there is nothing."""
        if self._first is not None:
            self._first.show(line)
        elif self._error_window is not None:
            self._error_window.bring()
        return self._first is not None or self._error_window is not None

    def close(self) -> None:
        """The folder is free for another program."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _open(self) -> "Agent":
        from common.agent.composition import Agent
        from common.agent.proxy_keyring import kept_logins

        if self._logins is None:
            self._logins = kept_logins(self._proxy_login)
        agent = Agent.open(
            role=self._role,
            folder=self._named,
            environ=self._environ,
            proxy=self._proxy,
            logins=self._logins,
        )
        if agent.profile.enrolled:
            agent.routes.check()  # a proxy's address that is none is said now
        if self._lock is None:
            lock = FolderLock(private_folder(agent.profile.folder))
            lock.acquire()
            self._lock = lock
        return agent

    async def say(self, error: TasukiError) -> bool:
        """Say it in a window; whether the person wants another try."""
        self._hindered()
        self._error_window = StartupErrorWindow(folder=self.folder)
        self._error_window.render(error)
        self._error_window.bring()
        try:
            return bool(await once(self._error_window.answered))
        finally:
            self._error_window.hide()
            self._error_window.deleteLater()
            self._error_window = None

    def _first_start(self) -> FirstStart:
        """Its window, shown at the latest now."""
        if self._first is None:
            self._hindered()
            self._first = FirstStart(places=self._places)
            self._first.show(self._line)
        return self._first

    async def _no_first_start(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            await first.close()
