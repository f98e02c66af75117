"""Health, enrolment and renewal through the front, and the metrics listener."""

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from twisted.internet import reactor

from common.host.clock import LoopClock
from common.net.certificates import new_key
from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    Claims,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RenewRequest,
    Root,
)
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.identity import Role
from relay.core.ports import EnrolmentError, NotKept
from relay.core.readiness import NotReady
from relay.web.enrolment_handlers import CertificateCounts, EnrolmentHandlers, EnrolmentLimits, NotIssuedError
from relay.web.metrics import MetricsFactory, MetricSources
from relay.web.responses import HttpResponse
from relay.web.routes import HttpRequest
from tests.support.ca import Organisation, enrol_request, many_request, renew_request
from tests.support.clock import FakeClock
from tests.support.front import LOOPBACK, Client, front, table


class FakeEnrolment:
    """Knows everybody, until told otherwise."""

    def __init__(self) -> None:
        self.known = True
        self.fails: Exception | None = None
        self.kept: list[tuple[bytes, bool]] = []
        self.barred = False

    def may_renew(self, account: str) -> bool:
        return self.known

    def is_barred(self, leaf: bytes) -> bool:
        return self.barred

    async def enrolled(
        self,
        leaf: bytes,
        *,
        renews: bytes | None = None,
        computer: ComputerClaim = NOT_SAID,
        claims: Claims | None = None,
    ) -> None:
        if self.fails is not None:
            raise self.fails
        self.kept.append((leaf, renews is not None))


class Setup:
    """The handlers over a real CA, without the mailbox between."""

    def __init__(self, folder: Path, **limits: int) -> None:
        """`limits`: of EnrolmentLimits, where others are wanted than thousands."""
        self.ca = Organisation(folder)
        self.not_ready: str | None = None
        self.clock = FakeClock()
        self.counts = CertificateCounts()
        self.asked = 0  # how often the CA was
        self.busy = False
        self.enrolment = FakeEnrolment()
        self.routes = EnrolmentHandlers(
            not_ready=lambda: self.not_ready,
            enrolment=self.enrolment,
            submit=self._submit,
            root=self.ca.root,
            limits=EnrolmentLimits(**{"tries": 1000, "failures": 1000, "renewals": 1000, **limits}),
            clock=self.clock,
            random=lambda: 0.5,
            counts=self.counts,
        ).routes()

    async def _submit(self, request: CertificateRequest) -> Issued:
        self.asked += 1
        if self.busy:
            raise NotIssuedError(Refusal.BUSY, 503)
        answer = self.ca.ca.authority.answer(request)
        if isinstance(answer, NotIssued):
            raise NotIssuedError(answer.code, 403, retry_after=answer.retry_after)
        return answer


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """An organisation of the test's own."""
    return Setup(tmp_path)


async def post(client: Client, path: str, body: Any) -> tuple[int, dict[str, str], Answer]:
    """Post this as JSON: status, headers, answer."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    client.send(f"POST {path} HTTP/1.1\r\nHost: r\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    status, headers, answer = await client.answer()
    decoded: Answer = msgspec.json.decode(answer, type=Answer)
    return status, headers, decoded


def request(setup: Setup) -> EnrolRequest:
    """A good one."""
    return enrol_request(setup.ca.line(), Role.USER, new_key())


async def test_the_root_is_handed_out(setup: Setup) -> None:
    """To whoever holds an enrolment line: what it says can be checked by the line, and nothing of it is secret."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        client.send(b"GET /api/v1/root HTTP/1.1\r\nHost: r\r\n\r\n")
        status, _, body = await client.answer()
        assert status == 200
        assert msgspec.json.decode(body, type=Root).root == setup.ca.root


async def test_enrolment_and_renewal(setup: Setup) -> None:
    """The CA's answer comes back as it is, is kept, and is never cached."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        key = new_key()
        status, headers, issued = await post(client, "/api/v1/enrol", enrol_request(setup.ca.line(), Role.USER, key))
        assert status == 200
        assert headers["cache-control"] == "no-store"
        assert "date" in headers
        assert isinstance(issued, Issued)
        assert setup.enrolment.kept == [(issued.chain[0], False)]
        old = setup.ca.person(name="Ben")
        status, _, renewed = await post(client, "/api/v1/renew", renew_request(old, new_key()))
        assert status == 200
        assert isinstance(renewed, Issued)
        assert setup.enrolment.kept[1] == (renewed.chain[0], True)


async def test_enrolment_in_several_packets(setup: Setup) -> None:
    """The head first, the body when the head is being worked on already, and that in two parts: the same answer."""
    began = asyncio.Event()

    async def noticed(asked: HttpRequest) -> HttpResponse:
        began.set()
        return await setup.routes[asked.path][asked.method](asked)

    async with front(routes=table(noticed, "/api/v1/enrol")) as running:
        client = await Client.connect(running.port)
        body = msgspec.json.encode(request(setup))
        client.send(f"POST /api/v1/enrol HTTP/1.1\r\nHost: r\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        await began.wait()
        client.send(body[:100])
        await client.writer.drain()
        client.send(body[100:])
        status, _, answer = await client.answer()
        assert status == 200
        issued: Answer = msgspec.json.decode(answer, type=Answer)
        assert isinstance(issued, Issued)
        assert setup.enrolment.kept == [(issued.chain[0], False)]


async def test_refusals(setup: Setup) -> None:
    """Each with the code that the agent has a sentence for."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        good = request(setup)
        for failure, status, code in (
            (EnrolmentError(NotKept.UNWRITABLE, "full"), 503, Refusal.UNAVAILABLE),
            (EnrolmentError(NotKept.ACCOUNT_DISABLED, "Anna"), 403, Refusal.ACCOUNT_DISABLED),
            (EnrolmentError(NotKept.NO_ACCOUNT, "Ben"), 403, Refusal.ACCOUNT_DISABLED),
            (EnrolmentError(NotKept.BAD_CERTIFICATE, "another root"), 403, Refusal.BAD_CERTIFICATE),
            (EnrolmentError(NotKept.REFUSED, "a zero byte"), 403, Refusal.BAD_CERTIFICATE),
            (RuntimeError("a bug"), 503, Refusal.UNAVAILABLE),
        ):
            setup.enrolment.fails = failure
            told = await post(client, "/api/v1/enrol", good)
            assert (told[0], told[2]) == (status, NotIssued(code=code))
        setup.enrolment.fails = None
        used = await post(client, "/api/v1/enrol", msgspec.structs.replace(good, id="0" * 64))
        assert used[2] == NotIssued(code=Refusal.CODE_UNKNOWN)
        for body in (b"", b"{", b"[]", b"{}", msgspec.json.encode({"kind": "renew"})):
            told = await post(client, "/api/v1/enrol", body)
            assert (told[0], told[2]) == (400, NotIssued(code=Refusal.MALFORMED))


async def test_a_disabled_account_renews_nothing(setup: Setup) -> None:
    """The CA is not even asked."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        old = setup.ca.person()
        setup.enrolment.known = False
        told = await post(client, "/api/v1/renew", renew_request(old, new_key()))
        assert (told[0], told[2]) == (403, NotIssued(code=Refusal.ACCOUNT_DISABLED))
        assert setup.asked == 0
        strange = RenewRequest(csr=b"x", chain=[b"no certificate"], signature=b"x")
        told = await post(client, "/api/v1/renew", strange)
        assert (told[0], told[2]) == (403, NotIssued(code=Refusal.BAD_CERTIFICATE))


async def statuses(client: Client, path: str, *bodies: Any) -> list[int]:
    """What each of these gets."""
    return [(await post(client, path, body))[0] for body in bodies]


async def test_an_office_enrols_behind_one_address(tmp_path: Path) -> None:
    """Successes are not counted: with room for two failures ten people enrol in one minute, and renew."""
    setup = Setup(tmp_path, failures=2, tries=1, renewals=1)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        lines = [setup.ca.line(name=f"Person {number}") for number in range(10)]
        bodies = [enrol_request(line, Role.USER, new_key()) for line in lines]
        assert await statuses(client, "/api/v1/enrol", *bodies) == [200] * 10
        renewals = [renew_request(setup.ca.person(name=f"Ben {number}"), new_key()) for number in range(10)]
        assert await statuses(client, "/api/v1/renew", *renewals) == [200] * 10
    assert setup.counts.issued == 20


async def test_malformed_posts_lock_nobody_out(tmp_path: Path) -> None:
    """The CA is never asked about them, so they use up nobody's measure: good ones from the same address are served."""
    setup = Setup(tmp_path, failures=1, tries=1, renewals=1)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        for path in ("/api/v1/enrol", "/api/v1/renew"):
            assert await statuses(client, path, *[b"{}"] * 40) == [400] * 40
        assert setup.asked == 0
        assert await statuses(client, "/api/v1/enrol", request(setup)) == [200]
        assert await statuses(client, "/api/v1/renew", renew_request(setup.ca.person(name="Ben"), new_key())) == [200]
    assert setup.counts.refused == {Refusal.MALFORMED: 80}


async def test_an_office_waits_behind_one_address(tmp_path: Path) -> None:
    """With one line for many, more than one line may be tried and more than may fail; each key is tried so often. The address is the relay's word."""
    setup = Setup(tmp_path, tries=2, failures=3)
    line, _ = setup.ca.ca.waiting_room.make_line(count=20, days=1)
    keys = [new_key() for _ in range(8)]
    async with front(routes=setup.routes) as running:
        for number, key in enumerate(keys):
            client = await Client.connect(running.port)
            asked = many_request(line, key, login=f"login{number}", address="203.0.113.9")
            status, headers, answer = await post(client, "/api/v1/enrol", asked)
            assert (status, isinstance(answer, NotIssued) and answer.code) == (403, Refusal.WAITS)
            assert 10 <= int(headers["retry-after"]) <= 60
        waiting = setup.ca.ca.waiting_room.waiting()
        assert {one.record.address for one in waiting} == {LOOPBACK}
        assert len(waiting) == len(keys)
        again = many_request(line, keys[0], login="login0")
        codes = []
        for _ in range(2):
            client = await Client.connect(running.port)
            codes.append((await post(client, "/api/v1/enrol", again))[0])
        assert codes == [403, 429]


async def test_one_line_is_tried_so_often(tmp_path: Path) -> None:
    """Then it has to wait, and is told how long; other lines from there, and the same one from elsewhere, have not."""
    setup = Setup(tmp_path, tries=3)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        wrong = msgspec.structs.replace(request(setup), proof="0" * 64)
        assert await statuses(client, "/api/v1/enrol", *[wrong] * 3) == [403] * 3
        setup.clock.advance(20)
        status, headers, told = await post(client, "/api/v1/enrol", wrong)
        assert (status, told) == (429, NotIssued(code=Refusal.BUSY, retry_after=50))  # 40 s, and half of that at most
        assert headers["retry-after"] == "50"
        assert setup.asked == 3
        other = enrol_request(setup.ca.line(name="Ben"), Role.USER, new_key())
        assert await statuses(client, "/api/v1/enrol", other) == [200]
        elsewhere = await Client.connect(running.port, local_addr=("127.0.0.2", 0))
        assert await statuses(elsewhere, "/api/v1/enrol", wrong) == [403]
        setup.clock.advance(40)
        assert await statuses(client, "/api/v1/enrol", wrong) == [403]


async def test_an_address_fails_so_often(tmp_path: Path) -> None:
    """With ever other lines: then enrolments from there wait, others are heard, and renewals from there are not concerned."""
    setup = Setup(tmp_path, failures=3)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        good = request(setup)
        unknown = [msgspec.structs.replace(good, id=f"{number:064x}") for number in range(4)]
        assert await statuses(client, "/api/v1/enrol", *unknown) == [403, 403, 403, 429]
        assert await statuses(client, "/api/v1/enrol", good) == [429]
        assert await statuses(client, "/api/v1/renew", renew_request(setup.ca.person(name="Ben"), new_key())) == [200]
        elsewhere = await Client.connect(running.port, local_addr=("127.0.0.2", 0))
        assert await statuses(elsewhere, "/api/v1/enrol", unknown[0]) == [403]
        setup.clock.advance(60)
        assert await statuses(client, "/api/v1/enrol", good) == [200]


async def test_what_fails_at_the_relay_is_no_failure_of_the_address(tmp_path: Path) -> None:
    """The CA is away or has too much to do: nobody is made to wait for a minute because of it."""
    setup = Setup(tmp_path, failures=1)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        setup.busy = True
        good = request(setup)
        for _ in range(3):
            status, _, told = await post(client, "/api/v1/enrol", good)
            assert (status, told) == (503, NotIssued(code=Refusal.BUSY, retry_after=7))
        setup.busy = False
        setup.enrolment.fails = EnrolmentError(NotKept.UNWRITABLE, "unwritable")
        assert await statuses(client, "/api/v1/enrol", good, good) == [503, 503]
        setup.enrolment.fails = None
        assert await statuses(client, "/api/v1/enrol", good) == [200]


async def test_renewals_are_counted_by_certificate(tmp_path: Path) -> None:
    """So many of one; another's are not concerned, and the next window begins anew."""
    setup = Setup(tmp_path, renewals=2)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        anna, ben = setup.ca.person(), setup.ca.person(name="Ben")
        asked = renew_request(anna, new_key())
        assert await statuses(client, "/api/v1/renew", *[asked] * 3) == [200, 200, 429]
        _, _, told = await post(client, "/api/v1/renew", asked)
        assert told == NotIssued(code=Refusal.BUSY, retry_after=75)
        assert await statuses(client, "/api/v1/renew", renew_request(ben, new_key())) == [200]
        setup.clock.advance(60)
        assert await statuses(client, "/api/v1/renew", asked) == [200]


async def test_nobody_uses_up_anothers_renewals(tmp_path: Path) -> None:
    """Whoever has seen a certificate has not its key: counted is what its signature was verified of, and only that is asked about."""
    setup = Setup(tmp_path, renewals=1)
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        anna, stranger = setup.ca.person(), Organisation(tmp_path / "other").person()
        good = renew_request(anna, new_key())
        forged = msgspec.structs.replace(good, signature=stranger.sign(b"something"))
        foreign = renew_request(stranger, new_key())
        for asked, code in ((forged, Refusal.BAD_SIGNATURE), (foreign, Refusal.BAD_CERTIFICATE)):
            for _ in range(5):
                status, _, told = await post(client, "/api/v1/renew", asked)
                assert (status, told) == (403, NotIssued(code=code))
        assert setup.asked == 0
        assert await statuses(client, "/api/v1/renew", good) == [200]


@pytest.mark.parametrize(("path", "most"), [("/api/v1/enrol", 32 * 1024), ("/api/v1/renew", 128 * 1024)])
async def test_bodies_are_no_longer_than_any_that_is_good(setup: Setup, path: str, most: int) -> None:
    """So much is looked at; a byte more is 413, announced or in chunks."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        assert await statuses(client, path, b"{" + b" " * (most - 1)) == [400]
        client.send(f"POST {path} HTTP/1.1\r\nHost: r\r\nContent-Length: {most + 1}\r\n\r\n".encode())
        assert (await client.answer())[0] == 413
        assert await client.rest() == b""
        client = await Client.connect(running.port)
        client.send(f"POST {path} HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        client.send(b"%x\r\n" % (most + 1) + b" " * (most + 1) + b"\r\n")
        assert (await client.answer())[0] == 413
        assert await client.rest() == b""


async def test_health(setup: Setup) -> None:
    """200 when it can take work, else 503 and one word why, in JSON that nobody keeps."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        for why, status in ((None, 200), *((why, 503) for why in NotReady)):
            setup.not_ready = why
            client.send(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
            answered, headers, body = await client.answer()
            assert (answered, msgspec.json.decode(body)) == (status, {"status": why or "ok"})
            assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", [EnrolRequest, RenewRequest])
async def test_the_protocol_text_tells_both_bodies(kind: type[EnrolRequest | RenewRequest]) -> None:
    """docs/protocol.md names every field of a request, and what each answer may be."""
    text = (Path(__file__).parents[4] / "docs" / "protocol.md").read_text(encoding="utf-8")
    (line,) = [
        one for one in text.splitlines() if one.strip().startswith(f"POST /api/v1/{kind.__struct_config__.tag} ")
    ]
    assert re.findall(r'"(\w+)":', line) == ["kind", *kind.__struct_fields__]
    for field in Issued.__struct_fields__:
        assert f"`{field}`" in text
    for code in Refusal:
        assert f"`{code}`" in text


async def test_nothing_is_found_elsewhere(setup: Setup) -> None:
    """Four paths, each with its one method."""
    async with front(routes=setup.routes) as running:
        client = await Client.connect(running.port)
        for path in ("/", "/docs", "/redoc", "/openapi.json", "/api/v1/openapi.json", "/api/v1/nothing", "/admin"):
            client.send(f"GET {path} HTTP/1.1\r\nHost: r\r\n\r\n".encode())
            assert (await client.answer())[0] == 404
        for path, method, other in (
            ("/healthz", "GET", "HEAD"),
            ("/api/v1/root", "GET", "POST"),
            ("/api/v1/enrol", "POST", "GET"),
            ("/api/v1/renew", "POST", "PUT"),
        ):
            client.send(f"{other} {path} HTTP/1.1\r\nHost: r\r\n\r\n".encode())
            if other == "HEAD":
                head = await client.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 405 ")
            else:
                status, headers, _ = await client.answer()
                assert (status, headers["allow"]) == (405, method)


async def metrics(request: bytes, *, deadline: float = 5.0) -> bytes:
    """What the metrics listener answers."""
    sources = MetricSources()
    sources.gauge("connections", "Open connections", lambda: 7)
    sources.counter("legs", "Legs", lambda: 8)
    sources.counters("over", "Over", "why", lambda: {"cut": 2, "silent": 1})
    listening: Any = reactor
    factory = MetricsFactory(sources=sources, clock=LoopClock(), deadline=deadline)
    port = listening.listenTCP(0, factory, interface=LOOPBACK)
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
