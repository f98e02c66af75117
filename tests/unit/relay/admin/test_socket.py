"""The control socket, both ends of it: for its owner only, a line each way, and errors that keep their code and facts."""

import asyncio
import contextlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from common.protocol.identity import Role
from relay.admin.client import NoRelayError, ask
from relay.admin.orders import AddPerson, AdminOrder, DisablePerson, EnablePerson, ListPeople, OrderError
from relay.admin.socket import ControlServer
from relay.unix_socket import operator

ADD = AddPerson(roles=(Role.HELPER,), name="花子", languages=("ja",))


async def handler(order: AdminOrder, by: str) -> Any:
    """Says what it heard."""
    match order:
        case DisablePerson():
            raise OrderError("order_no_person", what=order.who)
        case EnablePerson():
            raise RuntimeError("a bug")
        case _:
            return {"order": repr(order), "by": by}


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
    assert await ask(path, ADD) == {"order": repr(ADD), "by": operator(os.getuid())}
    await server.stop()
    assert not path.exists()
    with pytest.raises(NoRelayError):
        await ask(path, ListPeople())


async def test_refusals_and_bugs(tmp_path: Path) -> None:
    """A refusal keeps its code and its facts, so that its sentence can be said; a bug is an error, not a hanging caller."""
    server = await started(tmp_path)
    with pytest.raises(OrderError) as refused:
        await ask(tmp_path / "control.sock", DisablePerson(who="Anna"))
    assert (refused.value.code, refused.value.facts) == ("order_no_person", {"what": "Anna"})
    assert "Anna" in str(refused.value)
    with pytest.raises(OrderError) as failed:
        await ask(tmp_path / "control.sock", EnablePerson(who="Anna"))
    assert failed.value.code == "order_failed"
    await server.stop()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"nonsense\n",
        b'{"order": 1}\n',
        b"\xff\n",
        b'{"order": "account.burn"}\n',
        b'{"order": "account.add"}\n',
        b'{"order": "account.add", "arguments": {"role": "king", "name": "x"}}\n',
        b'{"order": "account.list", "arguments": 3}\n',
        b'{"order": "account.list", "arguments": ' + b"[" * 5000 + b"}\n",
    ],
)
async def test_lines_that_are_no_orders(tmp_path: Path, line: bytes) -> None:
    """Answered with an error."""
    server = await started(tmp_path)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
    writer.write(line)
    assert b'"order_failed"' in await reader.readline()
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
    assert await ask(tmp_path / "control.sock", ADD)
    await server.stop()


async def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    """A relay that was killed leaves one; nobody answers there."""
    dead = await started(tmp_path)
    assert dead._server is not None
    dead._server.close()
    with pytest.raises(NoRelayError):
        await ask(tmp_path / "control.sock", ADD)
    server = await started(tmp_path)
    assert await ask(tmp_path / "control.sock", ADD)
    await server.stop()


async def test_a_relay_that_hangs_up(tmp_path: Path) -> None:
    """One that ends before it has answered may have done what was ordered: that is not taken for a relay that is not there."""
    server = await asyncio.start_unix_server(
        lambda _reader, writer: writer.close(), path=str(tmp_path / "control.sock")
    )
    with pytest.raises((OSError, ValueError)):
        await ask(tmp_path / "control.sock", ADD)
    server.close()


async def test_a_folder_whose_path_is_long(tmp_path: Path) -> None:
    """Longer than a socket's address may be."""
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    server = await started(folder)
    assert await ask(folder / "control.sock", ADD)
    await server.stop()


def test_who_is_nobody_here() -> None:
    """A user without a name is a number."""
    assert operator(2_000_000_001) == "operator:2000000001"
