"""macOS Screen Sharing, against stand-ins: on a Mac nothing of it has run (docs/macos.md)."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from common.agent.keeper.client import Exit, Keeper
from common.host.computer import Computer
from common.host.errors import TasukiError
from user_agent.servers import macos, starting
from user_agent.servers.base import ScreenChoice, ServerPlan, TcpAddress
from user_agent.servers.x11vnc import X11vnc

MAC = Computer(environ={}, platform="darwin")


def test_what_root_does() -> None:
    """Its shell takes the password out of a file, waits for the folder to go, and switches the login off however it ends."""
    command = macos.shell(folder=PurePosixPath("/tmp/a b"))
    assert command.startswith("password=$(head -c 8 '/tmp/a b/passwd'); trap ")
    assert command.endswith("while [ -d '/tmp/a b' ]; do sleep 1; done")
    assert command.index("-setvncpw") < command.index("-vnclegacy yes")
    assert not any(word in command for word in ("-activate", "-deactivate", "-access", "rm "))  # it was on before
    script = macos.apple_script('echo "a\\b"')
    assert script == 'do shell script "echo \\"a\\\\b\\"" with administrator privileges'
    kind = macos.ScreenSharing()
    plan = kind.plan(MAC, folder=Path("/private"), port=1, password="secret12")
    assert not plan.own_child
    assert "secret12" not in " ".join(plan.argv)
    assert kind.explain(Exit(code=1, output="execution error: User canceled. (-128)")).code == "screen_sharing_refused"


def test_screen_sharing_is_the_persons() -> None:
    """Off, it is the person's to switch on; a VNC password of theirs stays; the end of the last session is waited for."""
    pauses: list[float] = []
    for answers, code in (
        ([None], "screen_sharing_off"),
        ([bytes([30, 33, 36])], None),
        ([bytes([30, 2]), bytes([30])], None),
        ([bytes([30, 2])] * 3, "screen_sharing_has_password"),
    ):
        left: Iterator[bytes | None] = iter(answers)
        kind = macos.ScreenSharing(offered=left.__next__, pause=pauses.append)
        problem = kind.why_busy(MAC)
        assert (problem.code if problem is not None else None) == code
        assert next(left, "all asked") == "all asked"
    assert pauses == [1.0] * 3


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ([b"RFB 003.889\n", b"\x03\x1e\x21\x24"], bytes([30, 33, 36])),
        ([b"RFB 003.889\n", b"\x00"], b""),
        ([b"SSH-2.0-Open"], b""),
        ([b"RFB"], b""),
    ],
    ids=["three", "none", "another protocol", "hung up"],
)
async def test_what_screen_sharing_offers(says: list[bytes], found: bytes) -> None:
    """Asked as a viewer does, and hung up on."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says[0])
        if len(says) > 1:
            assert await reader.readexactly(12) == b"RFB 003.008\n"
            writer.write(says[1])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await asyncio.to_thread(macos.offered, port) == found
    server.close()
    await server.wait_closed()
    assert await asyncio.to_thread(macos.offered, port) is None


async def test_a_server_that_listens_before_one_can_log_in() -> None:
    """Screen Sharing is there already while the person types the administrator's password."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    answers = iter([False, False, True])

    class Slow(X11vnc):
        """Any program that runs, on a port where somebody else listens."""

        def why_busy(self, computer: Computer) -> TasukiError | None:
            """Nothing."""

        def plan(
            self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
        ) -> ServerPlan:
            """As Screen Sharing's."""
            return ServerPlan(
                argv=(sys.executable, "-c", "import time; time.sleep(600)"),
                address=TcpAddress(host="127.0.0.1", port=server.sockets[0].getsockname()[1]),
                own_child=False,
                ready=lambda: next(answers),
            )

    keeper = await Keeper.launch()
    try:
        started = await starting.start(
            Slow(), computer=Computer(environ={}, platform="linux"), keeper=keeper, random=os.urandom
        )
        assert next(answers, "all asked") == "all asked"
        await started.stop()
    finally:
        await keeper.close()
        server.close()
