"""The operators' socket: `tasuki-ca serve` hears orders there, so that a command need not open the CA's folder itself.

A Unix socket of mode 0600 in the CA's folder; with a group in ca.toml 0660, at a path that the group can reach. Whoever connects
waits for a line that says {"ready": true}; then a line of JSON each way and the connection ends: the order  →  {"result": …}  or
{"error": {"code": …, "facts": {…}}}. So an order is either heard by a CA that works, or never given to it, and may be carried out
elsewhere. Whoever may open it may order anything that a command can; the kernel says who it is, and the log has it. One order at a time.
"""

import contextlib
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.reading import UNDECODABLE
from relay.ca.opening import OpenedCa
from relay.ca.orders import CaOrder, as_told, carry_out_at_ca
from relay.unix_socket import address_of, bound, caller

log = get_logger()

ORDER_LIMIT: Final = 32 << 20
"""Bytes of an order, and of its result: lines for a whole company are one."""
PATIENCE: Final = 10.0
"""Seconds for an order to come, and for its result to be taken."""
ANSWERED_WITHIN: Final = 300.0
"""Seconds that whoever gives an order waits: another's may be under way."""
HEARD_WITHIN: Final = 5.0
"""Seconds that whoever can do it without the CA that serves waits until that is ready: it may hang, or be stopped."""

READY: Final = b'{"ready":true}\n'

_orders: msgspec.json.Decoder[CaOrder] = msgspec.json.Decoder(CaOrder)


class OperatorsSocket:
    """Heard in a thread of its own while `serve` runs. `opened` gives the CA as that thread works with it."""

    def __init__(self, *, path: Path, group: str, opened: Callable[[], OpenedCa]) -> None:
        self._path = path
        self._group = group
        self._opened = opened
        self._stopping = threading.Event()
        self._listening: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Raises TasukiError (ca_socket_unusable)."""
        try:
            self._listening = bound(self._path)
            if self._group:
                shutil.chown(self._path, group=self._group)
                self._path.chmod(0o660)
            self._listening.listen(16)
            self._listening.settimeout(0.2)
        except (OSError, LookupError) as error:
            self._close()
            raise TasukiError("ca_socket_unusable", path=self._path, detail=error) from error
        self._thread = threading.Thread(target=self._serve, args=(self._opened(),), name="operators", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No further order is heard; the one under way is carried out."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(ANSWERED_WITHIN)
        self._close()

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._path.unlink(missing_ok=True)

    def _serve(self, ca: OpenedCa) -> None:
        while not self._stopping.is_set() and self._listening is not None:
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError as error:
                log.error("operators_socket_failed", error=str(error))  # noqa: TRY400  (the sentence says it all)
                self._stopping.wait(1.0)
                continue
            with contextlib.closing(connection):
                try:
                    connection.settimeout(PATIENCE)
                    connection.sendall(READY)
                    answer = self._answer(ca, read_line(connection), caller(connection))
                    connection.sendall(msgspec.json.encode(answer) + b"\n")
                except (OSError, ValueError) as error:
                    log.info("operators_connection_failed", error=repr(error))

    @staticmethod
    def _answer(ca: OpenedCa, line: bytes, by: str) -> dict[str, Any]:
        try:
            order = _orders.decode(line)
        except UNDECODABLE as error:
            return {"error": as_told(TasukiError("ca_order_unknown", detail=error))}
        log.info("ordered", order=str(order.__struct_config__.tag), by=by)
        try:
            return {"result": carry_out_at_ca(ca, order)}
        except TasukiError as error:
            return {"error": as_told(error)}
        except OSError as error:
            folder, detail = ca.authority.folder.path, error.strerror or error
            failed = TasukiError("ca_disk_failed", folder=folder, path=error.filename or folder, detail=detail)
            return {"error": as_told(failed)}
        except Exception as error:
            log.exception("order_failed")
            return {"error": as_told(TasukiError("ca_order_failed", detail=repr(error)))}


def read_line(connection: socket.socket) -> bytes:
    """One line, without its end. Raises OSError, ValueError (too long, or cut)."""
    parts = bytearray()
    while not parts.endswith(b"\n"):
        data = connection.recv(1 << 16)
        if not data:
            raise ValueError("the line has no end")
        parts += data
        if len(parts) > ORDER_LIMIT:
            raise ValueError("the line is too long")
    return bytes(parts[:-1])


class NoCaServesError(Exception):
    """Nobody listens there."""


class CaSilentError(NoCaServesError):
    """Something listens there and was not ready in time: it has not heard the order."""


def order_by_socket(path: Path, order: CaOrder, *, heard_within: float = ANSWERED_WITHIN) -> Any:
    """Have the CA that serves there carry it out: its result, in JSON's types. `heard_within`: seconds until it must be ready.

    Raises TasukiError as the order does, NoCaServesError, CaSilentError, and TasukiError (ca_does_not_answer) where what listens
    has heard the order and gives no answer.
    """
    connection = socket.socket(socket.AF_UNIX)
    with contextlib.closing(connection):
        connection.settimeout(ANSWERED_WITHIN)
        try:
            with address_of(path) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionError) as error:
            raise NoCaServesError(str(path)) from error
        except OSError as error:
            raise TasukiError("ca_socket_unusable", path=path, detail=error.strerror or error) from error
        try:
            connection.settimeout(heard_within)
            if read_line(connection) != READY.strip():
                raise CaSilentError(str(path))
        except (OSError, ValueError) as error:
            raise CaSilentError(str(path)) from error
        try:
            connection.settimeout(ANSWERED_WITHIN)
            connection.sendall(msgspec.json.encode(order) + b"\n")
            answer = msgspec.json.decode(read_line(connection), type=dict[str, Any])
        except (OSError, ValueError) as error:
            raise TasukiError("ca_does_not_answer", path=path, detail=error) from error
    if "error" in answer:
        raise TasukiError(answer["error"]["code"], **answer["error"]["facts"])
    return answer["result"]
