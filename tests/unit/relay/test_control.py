"""The control socket: for its owner only, a line each way, and errors that keep their code."""

import asyncio
import contextlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from relay.control import ControlServer, OrderError, ask, operator


async def handler(order: str, arguments: dict[str, Any], by: str) -> Any:
    """Says what it heard."""
    if order == "refused":
        raise OrderError("no_account", "there is none")
    if order == "broken":
        raise RuntimeError("a bug")
    return {"order": order, "arguments": arguments, "by": by}


async def started(folder: Path) -> ControlServer:
    """A server in this folder."""
    server = ControlServer(path=folder / "control.sock", handler=handler)
    await server.start()
    return server


async def test_an_order_and_its_result(tmp_path: Path) -> None:
    """Arguments arrive as they were; the kernel says who asked; only the owner may."""
    server = await started(tmp_path)
    path = tmp_path / "control.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    answer = await ask(path, "account.list", {"name": "花子", "all": True})
    assert answer == {
        "order": "account.list",
        "arguments": {"name": "花子", "all": True},
        "by": operator(os.getuid()),
    }
    await server.stop()
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        await ask(path, "account.list", {})


async def test_refusals_and_bugs(tmp_path: Path) -> None:
    """A refusal keeps its code; a bug is an error, not a hanging caller."""
    server = await started(tmp_path)
    for order, code in (("refused", "no_account"), ("broken", "failed")):
        with pytest.raises(OrderError) as raised:
            await ask(tmp_path / "control.sock", order, {})
        assert raised.value.code == code
    await server.stop()


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"nonsense\n", b'{"order": 1}\n', b"\xff\n"])
async def test_lines_that_are_no_orders(tmp_path: Path, line: bytes) -> None:
    """Answered with an error."""
    server = await started(tmp_path)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
    writer.write(line)
    assert b'"malformed"' in await reader.readline()
    writer.close()
    await writer.wait_closed()
    await server.stop()


async def test_a_line_without_end(tmp_path: Path) -> None:
    """Too long: the connection ends, the server does not."""
    server = await started(tmp_path)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
    writer.write(b"x" * 200_000)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert await ask(tmp_path / "control.sock", "x", {})
    await server.stop()


async def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    """A relay that was killed leaves one; nobody answers there."""
    dead = await started(tmp_path)
    assert dead._server is not None
    dead._server.close()
    with pytest.raises(ConnectionRefusedError):
        await ask(tmp_path / "control.sock", "x", {})
    server = await started(tmp_path)
    assert await ask(tmp_path / "control.sock", "x", {})
    await server.stop()


async def test_a_folder_whose_path_is_long(tmp_path: Path) -> None:
    """Longer than a socket's address may be."""
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    server = await started(folder)
    assert await ask(folder / "control.sock", "x", {})
    await server.stop()


def test_who_is_nobody_here() -> None:
    """A user without a name is a number."""
    assert operator(2_000_000_001) == "operator:2000000001"
