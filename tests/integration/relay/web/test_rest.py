"""Health, enrolment and renewal through the front, and the metrics listener."""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from twisted.internet import reactor

from common.net.certificates import new_key
from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    EnrolRequest,
    Issued,
    Refusal,
    Refused,
    RenewRequest,
    Root,
)
from common.protocol.identity import Role
from relay.core.admission import AddressRate
from relay.web.metrics import MetricsFactory, Readings
from relay.web.rest import RefusedError, build
from tests.support.ca import Organisation, enrol_request, renew_request
from tests.support.front import LOOPBACK, Client, front


class NotKeptError(Exception):
    """As the desk says it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Desk:
    """Knows everybody, until told otherwise."""

    def __init__(self) -> None:
        self.ready = True
        self.known = True
        self.fails: Exception | None = None
        self.kept: list[tuple[bytes, bool]] = []

    def may_renew(self, account: str) -> bool:
        return self.known

    async def enrolled(self, leaf: bytes, *, renewed: bool = False) -> None:
        if self.fails is not None:
            raise self.fails
        self.kept.append((leaf, renewed))


class House:
    """REST over a real CA, without the mailbox between."""

    def __init__(self, folder: Path, *, a_minute: int = 1000) -> None:
        self.ca = Organisation(folder)
        self.desk = Desk()
        self.application: Any = build(
            accounts=self.desk,
            authority=self._submit,
            root=self.ca.root,
            rate=AddressRate(count=a_minute, window=60.0),
            seconds=time.monotonic,
        )

    async def _submit(self, request: CertificateRequest, /) -> Issued:
        answer = self.ca.office.authority.answer(request)
        if isinstance(answer, Refused):
            raise RefusedError(answer.code, 403)
        return answer


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house of the test's own."""
    return House(tmp_path)


async def post(client: Client, path: str, body: Any) -> tuple[int, dict[str, str], Answer]:
    """Post this as JSON: status, headers, answer."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    client.send(f"POST {path} HTTP/1.1\r\nHost: r\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    status, headers, answer = await client.answer()
    decoded: Answer = msgspec.json.decode(answer, type=Answer)
    return status, headers, decoded


def request(house: House) -> EnrolRequest:
    """A good one."""
    return enrol_request(house.ca.line(), Role.USER, new_key())


async def test_the_root_is_handed_out(house: House) -> None:
    """To who holds an enrolment line: what it says can be checked by the line, and nothing of it is secret."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        client.send(b"GET /api/v1/root HTTP/1.1\r\nHost: r\r\n\r\n")
        status, _, body = await client.answer()
        assert status == 200
        assert msgspec.json.decode(body, type=Root).root == house.ca.root


async def test_enrolment_and_renewal(house: House) -> None:
    """The CA's answer comes back as it is, is kept, and is never cached."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        key = new_key()
        status, headers, issued = await post(client, "/api/v1/enrol", enrol_request(house.ca.line(), Role.USER, key))
        assert status == 200
        assert headers["cache-control"] == "no-store"
        assert "date" in headers
        assert isinstance(issued, Issued)
        assert house.desk.kept == [(issued.chain[0], False)]
        old = house.ca.person(name="Ben")
        status, _, renewed = await post(client, "/api/v1/renew", renew_request(old, new_key()))
        assert status == 200
        assert isinstance(renewed, Issued)
        assert house.desk.kept[1] == (renewed.chain[0], True)


async def test_enrolment_in_several_packets(house: House) -> None:
    """The head first, the body when the head is being worked on already, and that in two parts: the same answer."""
    began = asyncio.Event()

    async def noticed(scope: Any, receive: Any, send: Any) -> None:
        began.set()
        await house.application(scope, receive, send)

    async with front(application=noticed) as running:
        client = await Client.connect(running.port)
        body = msgspec.json.encode(request(house))
        client.send(f"POST /api/v1/enrol HTTP/1.1\r\nHost: r\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        await began.wait()
        client.send(body[:100])
        await client.writer.drain()
        client.send(body[100:])
        status, _, answer = await client.answer()
        assert status == 200
        issued: Answer = msgspec.json.decode(answer, type=Answer)
        assert isinstance(issued, Issued)
        assert house.desk.kept == [(issued.chain[0], False)]


async def test_refusals(house: House) -> None:
    """Each with the code that the agent has a sentence for."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        good = request(house)
        for failure, status, code in (
            (NotKeptError("unwritable"), 503, Refusal.UNAVAILABLE),
            (NotKeptError("account_disabled"), 403, Refusal.ACCOUNT_DISABLED),
            (NotKeptError("something"), 403, Refusal.BAD_CERTIFICATE),
            (RuntimeError("a bug"), 503, Refusal.UNAVAILABLE),
        ):
            house.desk.fails = failure
            told = await post(client, "/api/v1/enrol", good)
            assert (told[0], told[2]) == (status, Refused(code=code))
        house.desk.fails = None
        used = await post(client, "/api/v1/enrol", msgspec.structs.replace(good, id="0" * 64))
        assert used[2] == Refused(code=Refusal.CODE_UNKNOWN)
        for body in (b"", b"{", b"[]", b"{}", msgspec.json.encode({"kind": "renew"})):
            told = await post(client, "/api/v1/enrol", body)
            assert (told[0], told[2]) == (400, Refused(code=Refusal.MALFORMED))


async def test_a_disabled_account_renews_nothing(house: House) -> None:
    """The CA is not even asked."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        old = house.ca.person()
        house.desk.known = False
        told = await post(client, "/api/v1/renew", renew_request(old, new_key()))
        assert (told[0], told[2]) == (403, Refused(code=Refusal.ACCOUNT_DISABLED))
        strange = RenewRequest(csr=b"x", chain=[b"no certificate"], signature=b"x")
        told = await post(client, "/api/v1/renew", strange)
        assert (told[0], told[2]) == (403, Refused(code=Refusal.BAD_CERTIFICATE))


async def test_the_rate(tmp_path: Path) -> None:
    """So many a minute from one address; another one is heard meanwhile."""
    house = House(tmp_path, a_minute=3)
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        statuses = [(await post(client, "/api/v1/enrol", b"{}"))[0] for _ in range(4)]
        assert statuses == [400, 400, 400, 429]
        other = await Client.connect(running.port, local_addr=("127.0.0.2", 0))
        assert (await post(other, "/api/v1/enrol", b"{}"))[0] == 400


async def test_health(house: House) -> None:
    """200 when it can take work, else 503."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        for ready, status in ((True, 200), (False, 503)):
            house.desk.ready = ready
            client.send(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
            assert (await client.answer())[0] == status


async def test_openapi(house: House) -> None:
    """The document tells both bodies; nothing is found elsewhere."""
    async with front(application=house.application) as running:
        client = await Client.connect(running.port)
        client.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: r\r\n\r\n")
        status, _, body = await client.answer()
        document = msgspec.json.decode(body)
        assert status == 200
        for path, field in (("/api/v1/enrol", "proof"), ("/api/v1/renew", "signature")):
            content = document["paths"][path]["post"]["requestBody"]["content"]
            assert field in content["application/json"]["schema"]["properties"]
        for path in ("/", "/docs", "/redoc", "/openapi.json", "/api/v1/nothing", "/admin"):
            client.send(f"GET {path} HTTP/1.1\r\nHost: r\r\n\r\n".encode())
            assert (await client.answer())[0] == 404


async def metrics(request: bytes, *, deadline: float = 5.0) -> bytes:
    """What the metrics listener answers."""
    readings = Readings()
    readings.gauge("connections", "Open connections", lambda: 7)
    readings.counter("legs", "Legs", lambda: 8)
    readings.counters("over", "Over", "why", lambda: {"cut": 2, "silent": 1})
    clock: Any = reactor
    factory = MetricsFactory(readings=readings, clock=clock, now=time.time, deadline=deadline)
    port = clock.listenTCP(0, factory, interface=LOOPBACK)
    reader, writer = await asyncio.open_connection(LOOPBACK, port.getHost().port)
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        await port.stopListening().asFuture(asyncio.get_running_loop())


async def test_metrics() -> None:
    """What is counted, read at that moment."""
    answer = (await metrics(b"GET /metrics HTTP/1.1\r\nHost: r\r\n\r\n")).decode()
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    for line in ("tasuki_connections 7.0", "tasuki_legs_total 8.0", 'tasuki_over_total{why="cut"} 2.0'):
        assert line in answer
    assert "process_resident_memory_bytes" in answer


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: r\r\n\r\n", b"404"),
        (b"POST /metrics HTTP/1.1\r\nHost: r\r\n\r\n", b"404"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
async def test_nothing_else_is_there(asked: bytes, status: bytes) -> None:
    """On the metrics listener."""
    assert (await metrics(asked)).split(b" ")[1] == status


async def test_whoever_asks_nothing_is_cut() -> None:
    """The metrics listener has a deadline too."""
    with pytest.raises(ConnectionResetError):
        await metrics(b"GET", deadline=0.05)
