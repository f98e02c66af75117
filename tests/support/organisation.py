"""An organisation of real processes for a module of tests: CA, relay, a user's desktop, people enrolled.

The processes are those of the demo. At the end of a module nothing may be left running, and no log may hold a secret.
"""

import asyncio
import contextlib
import json
import shlex
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deploy.demo.desktop import Desktop, desktop
from deploy.demo.organisation import EnrolledPerson, Organisation, organisation
from deploy.demo.programs import Program, Run, until
from tests.support.catalogue import compile_texts
from tests.support.secrets_in_logs import leaks_of, private_keys

T = TypeVar("T")
BACK = 6.0  # seconds for an interrupted session to come back, where a test waits for the end of that


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the tests' loop from a fixture that is no coroutine."""
    return asyncio.get_event_loop().run_until_complete(coroutine)


@dataclass(kw_only=True)
class Stage:
    """What a module's tests play on. `secrets` are looked for in every log at the end.

    What viewers and x11vnc are given in `helping` and `asking` is among them by itself.
    """

    run: Run
    office: Organisation
    desktop: Desktop
    user: EnrolledPerson
    helper: EnrolledPerson
    secrets: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def helping(self, *arguments: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
        """The helper's agent, online, until the block is left."""
        helper = await self.helper.start("serve", *arguments, environ=environ)
        listening = asyncio.ensure_future(self._listen(helper))
        try:
            await helper.event("online")
            yield helper
        finally:
            listening.cancel()
            await helper.end()

    @contextlib.asynccontextmanager
    async def asking(
        self,
        *arguments: str,
        mode: str = "view",
        to: tuple[str, ...] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Program]:
        """The user's agent, asking for the helper (or `to`), until the block is left."""
        whom = to if to is not None else ("--to", self.helper.name)
        asked = ("ask", *whom, "--mode", mode, "--topic", "Printer", "--yes", *arguments)
        path = {"PATH": f"{self.run.folder / TAPS}:{self.run.environ['PATH']}"}
        user = await self.user.start(*asked, environ={**path, **self.desktop.environ, **(environ or {})})
        try:
            yield user
        finally:
            await user.end()

    async def _listen(self, helper: Program) -> None:
        """Learn the secrets of viewers that are opened."""
        heard = 0
        while True:  # `Program.event` is for the tests: what is returned there once does not come again
            for event in helper.events[heard:]:
                heard += 1
                with contextlib.suppress(OSError):  # closed again already
                    if event.get("event") == "viewer":
                        self.secrets += secrets_of(event)
            await asyncio.sleep(0.02)

    def known(self) -> list[str]:
        """All secrets that are known."""
        codes = [person.line.split(":")[2] for person in (self.user, self.helper)]
        return [*codes, *self.secrets, *self.servers_passwords(), *private_keys(self.run.folder)]

    def servers_passwords(self) -> list[str]:
        """What the x11vnc that were started were given."""
        tapped = self.run.folder / TAPS / "passwords"
        return tapped.read_text(encoding="ascii").split() if tapped.exists() else []


TAPS = "taps"


def tap(folder: Path) -> None:
    """An x11vnc in `folder` that keeps a copy of its password there, and then is the real one."""
    real = shutil.which("x11vnc") or "x11vnc"
    copy = shlex.quote(str(folder / "passwords"))
    script = f"""#!/bin/sh
for argument; do
    case "$argument" in rm:*) cat "${{argument#rm:}}" >> {copy} ;; esac
done
exec {shlex.quote(str(Path(real).absolute()))} "$@"
"""
    folder.mkdir()
    (folder / "x11vnc").write_text(script, encoding="utf-8")
    (folder / "x11vnc").chmod(0o700)


def secrets_of(viewer: Mapping[str, Any]) -> list[str]:
    """The token of a page, or the password for a viewer that somebody else starts."""
    found = [viewer["address"].partition("#")[2]] if "address" in viewer else []
    if "password_file" in viewer:
        found.append(Path(viewer["password_file"]).read_text(encoding="ascii").strip())
    return [secret for secret in found if secret]


async def connected(user: Program, helper: Program, *, within: float = 30) -> dict[str, Any]:
    """Let the helper take the next request, and wait until both sides are connected; the user's event."""
    offered = await helper.event("request", within=within)
    await helper.tell(f"accept {offered['request']}")
    await helper.event("connected", within=within)
    return await user.event("connected", within=within)


async def until_active(office: Organisation, session: str) -> None:
    """Wait until the relay has it on its disk that both are connected: killed a moment before, it would know of no session."""
    for _ in range(100):
        told = await office.command("sessions", "list", "--all", "--json")
        if any(one["identifier"] == session and one["active_at"] for one in map(json.loads, told.splitlines())):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the session is not active")


@contextlib.asynccontextmanager
async def stage(folder: Path, *, settings: Mapping[str, Any] | None = None) -> AsyncIterator[Stage]:
    """Everything up; at the end everything down, and looked after."""
    run = Run.new(folder)
    tap(folder / TAPS)
    async with organisation(run, settings=settings) as office, desktop(run) as screen:
        user, helper = await office.enrol("user", "Hanako Suzuki"), await office.enrol("helper", "Taro Yamada")
        place = Stage(run=run, office=office, desktop=screen, user=user, helper=helper)
        yield place
    assert await until(lambda: not run.survivors(), within=5), run.survivors()
    found = leaks_of(run, place.known())
    assert not found, found


def stage_fixture(folder: Path, *, settings: Mapping[str, Any] | None = None) -> Iterator[Stage]:
    """The body of a fixture that gives a stage."""
    stack = contextlib.AsyncExitStack()
    place = run_now(stack.enter_async_context(stage(folder, settings=settings)))
    yield place
    run_now(stack.aclose())


def office_fixture(folder: Path, *, name: str = "example") -> Iterator[Organisation]:
    """The body of a fixture that gives CA and relay as processes, and leaves none."""
    compile_texts()
    stack = contextlib.AsyncExitStack()
    run = Run.new(folder)
    yield run_now(stack.enter_async_context(organisation(run, name=name)))
    run_now(stack.aclose())
    assert run_now(until(lambda: not run.survivors(), within=5)), run.survivors()
