"""The control socket: where a running relay is given orders.

A Unix socket of mode 0600 in the relay's folder. A line of JSON each way and the connection ends:

    {"order": "account.list", "arguments": {…}}  →  {"result": …}  or  {"error": {"code": …, "facts": {…}}}

Who may open the folder may give orders; the kernel says who it is, and that goes into the audit log.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from common.host.log import get_logger
from relay.admin.orders import AdminOrder, OrderError, decode_order
from relay.unix_socket import bound, caller

Handler = Callable[[AdminOrder, str], Awaitable[Any]]

log = get_logger()

_REQUEST = 64 << 20  # bytes: a list of all people is one order
_PATIENCE = 10.0  # seconds for the line to come


class ControlServer:
    """Listens while the relay runs. The folder's lock is held, so a socket that is there is nobody's."""

    def __init__(self, *, path: Path, handler: Handler) -> None:
        """`handler(order, by)` gives JSON's own types, or raises OrderError."""
        self._path = path
        self._handler = handler
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises OSError."""
        listening = bound(self._path)
        try:
            self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=_REQUEST)
        except BaseException:
            listening.close()
            raise

    async def stop(self) -> None:
        """Nobody is heard any more, and the socket is gone."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                line = await reader.readline()
            answer = await self._answer(line, caller(writer.get_extra_info("socket")))
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except (OSError, ValueError, TimeoutError) as error:
            log.info("control_connection_failed", error=repr(error))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes, by: str) -> dict[str, Any]:
        try:
            return {"result": await self._handler(decode_order(line), by)}
        except OrderError as error:
            return _error(error)
        except Exception as error:
            log.exception("order_failed")
            return _error(OrderError("order_failed", detail=repr(error)))


def _error(error: OrderError) -> dict[str, Any]:
    return {"error": {"code": error.code, "facts": {name: str(fact) for name, fact in error.facts.items()}}}
