"""Agents as bytes: who they are at a relay that runs, and connections of theirs that send anything and hear everything.

For what attacks a relay, and for what measures it meanwhile. Nothing here obeys a rule that a test would rather break.
"""

import asyncio
import base64
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate, random_serial_number

from common.net.certificates import Identity, PrivateKey, key_from_pem, new_key
from common.protocol.identity import IdentityUri, Role, matching_challenge
from common.protocol.messages import Identify, encode
from relay.admin.client import ask
from relay.admin.orders import AddPerson
from relay.ca.issuing import Issuer
from tests.support.front import LOOPBACK, client_context, frame, upgrade

PATIENCE: Final = 30.0  # seconds: who hears nothing for so long will never

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RawPerson:
    """Somebody with an account and a certificate."""

    role: Role
    account: str
    uri: str
    identity: Identity


class Issuing:
    """The organisation's own key, to make certificates of every kind with."""

    def __init__(self, folder: Path, *, organisation: str) -> None:
        """`folder` is the relay's."""
        ca = folder / "ca"
        self._control = folder / "control.sock"
        self.root = load_pem_x509_certificate((ca / "root.pem").read_bytes()).public_bytes(Encoding.DER)
        self._issuer = Issuer(key=key_from_pem((ca / "root-key.pem").read_bytes()), root=self.root)
        self._organisation = organisation

    def identity(
        self, role: Role, account: str, name: str, *, key: PrivateKey | None = None, days: tuple[int, int] = (-1, 1)
    ) -> Identity:
        """A certificate that is good from so many days to so many days from now."""
        key, now = key or new_key(), datetime.now(UTC)
        leaf = self._issuer.person(
            key.public_key(),
            uri=IdentityUri(organisation=self._organisation, role=role, account=account),
            name=name,
            serial=random_serial_number(),
            not_before=now + timedelta(days=days[0]),
            not_after=now + timedelta(days=days[1]),
        )
        return Identity(key=key, chain=(leaf, self.root))

    async def person(self, role: Role, name: str) -> RawPerson:
        """A new account at the relay that runs there, and a certificate."""
        account = (await ask(self._control, AddPerson(roles=(role,), name=name)))["identifier"]
        uri = str(IdentityUri(organisation=self._organisation, role=role, account=account))
        return RawPerson(role=role, account=account, uri=uri, identity=self.identity(role, account, name))


def identify(identity: Identity, hello: Message, *, features: Sequence[str] = ()) -> str:
    """The answer to a relay's hello."""
    challenge = matching_challenge(hello["relay"], base64.b64decode(hello["nonce"]))
    signature = identity.sign(challenge)
    return encode(Identify(chain=list(identity.chain), signature=signature, agent="raw/1", features=list(features)))


class RawLink(asyncio.Protocol):
    """A connection that was upgraded: bytes out, frames in. Pings are answered."""

    def __init__(self, heard: Callable[[int, bytes], None]) -> None:
        """`heard`: is called with opcode and payload of every frame that comes, a close frame too."""
        loop = asyncio.get_running_loop()
        self.heard = heard
        self.code: int | None = None  # of the relay's close frame
        self.over: asyncio.Future[None] = loop.create_future()  # the relay has said goodbye, or the connection is lost
        self.upgraded: asyncio.Future[int] = loop.create_future()  # the answer's status
        self._wire: Any = None
        self._received = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()

    @classmethod
    async def open(
        cls, port: int, asked: bytes, *, heard: Callable[[int, bytes], None], address: str = LOOPBACK
    ) -> "RawLink":
        """Connect, and send this request; `upgraded` says what came of it. Raises OSError."""
        loop = asyncio.get_running_loop()
        context = client_context()
        async with asyncio.timeout(PATIENCE):
            _, link = await loop.create_connection(
                lambda: cls(heard), LOOPBACK, port, ssl=context, local_addr=(address, 0)
            )
        link.send(asked)
        return link

    def send(self, data: bytes) -> None:
        """These bytes, where there is still somebody to read them."""
        if not self._wire.is_closing():
            self._wire.write(data)

    async def taken(self) -> None:
        """Wait until the network takes more, or nothing any more."""
        await self._writable.wait()

    def cut(self) -> None:
        """No goodbye."""
        self._wire.abort()

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if not self.upgraded.done():
            head, end, rest = bytes(received).partition(b"\r\n\r\n")
            if not end:
                return
            self.upgraded.set_result(int(head.split(b" ", 2)[1]))
            received[:] = rest
        if self.upgraded.result() == 101 and not self.over.done():
            try:
                self._frames()
            except Exception as error:  # noqa: BLE001 — a test's own, which the loop would only print
                self.over.set_exception(error)
                self.cut()

    def _frames(self) -> None:
        received = self._received
        at = 0
        while len(received) - at >= 2:
            size, begin = received[at + 1], at + 2
            if size >= 126:
                begin = at + (4 if size == 126 else 10)
                size = int.from_bytes(received[at + 2 : begin], "big")
            if len(received) < begin + size:
                break
            opcode, payload = received[at] & 15, bytes(received[begin : begin + size])
            at = begin + size
            if opcode == 8:
                self.code = int.from_bytes(payload[:2], "big")
                self._end()
            elif opcode == 9:
                self.send(frame(10, payload))
            self.heard(opcode, payload)
        del received[:at]

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._writable.set()
        if not self.upgraded.done():
            self.upgraded.set_result(0)
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


class RawAgent:
    """A matching connection of somebody's, on which whole messages are said and heard."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.welcome: Message = {}
        self.link: RawLink

    @classmethod
    async def come(
        cls, port: int, identity: Identity, *, address: str = LOOPBACK, features: Sequence[str] = ()
    ) -> "RawAgent":
        """Connected and identified. Raises OSError or TimeoutError."""
        agent = cls()
        request = upgrade("/v1/matching", "tasuki.matching.v1")
        agent.link = await RawLink.open(port, request, heard=agent._heard, address=address)
        hello = await agent.the("hello")
        agent.link.send(frame(1, identify(identity, hello, features=features).encode()))
        agent.welcome = await agent.the("welcome")
        return agent

    def say(self, **message: Any) -> None:
        """One message."""
        self.link.send(frame(1, json.dumps(message).encode()))

    async def the(self, kind: str, **facts: Any) -> Message:
        """The next message of this type with these facts; others before it are forgotten. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.messages.get()
                if message["type"] == kind and facts.items() <= message.items():
                    return message
                if message["type"] == "closed":
                    raise ConnectionError(f"closed with {message['code']}, waiting for {kind}")

    def _heard(self, opcode: int, payload: bytes) -> None:
        if opcode == 1:
            self.messages.put_nowait(json.loads(payload))
        elif opcode == 8:
            self.messages.put_nowait({"type": "closed", "code": int.from_bytes(payload[:2], "big")})


async def granted(user: RawAgent, helper: RawAgent, to: str) -> tuple[Message, Message]:
    """The user asks for the helper whose URI this is, who accepts: what both are told."""
    request = os.urandom(16).hex()
    user.say(type="request", request=request, to={"kind": "helper", "uri": to}, mode="view")
    await user.the("waiting", request=request)
    helper.say(type="accept", request=request)
    return await user.the("granted", request=request), await helper.the("granted", request=request)
