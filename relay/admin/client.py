"""The other end of the control socket: an order to the relay that runs on a folder."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from relay.admin.orders import AdminOrder, OrderError, encode_order
from relay.unix_socket import address_of

_ANSWER = 64 << 20  # bytes


class NoRelayError(Exception):
    """No relay runs there."""


async def ask(path: Path, order: AdminOrder) -> Any:
    """Have the relay whose control socket this is carry out an order: its result, in JSON's types.

    Raises OrderError; NoRelayError where nobody listens; OSError or ValueError where what does answers nothing that
    can be read.
    """
    try:
        with address_of(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=_ANSWER)
    except (ConnectionError, FileNotFoundError) as error:
        raise NoRelayError(str(path)) from error
    try:
        writer.write(encode_order(order) + b"\n")
        answer = msgspec.json.decode(await reader.readline(), type=dict[str, Any])
    finally:
        writer.close()
    if "error" in answer:
        raise OrderError(answer["error"]["code"], **answer["error"]["facts"])
    return answer["result"]
