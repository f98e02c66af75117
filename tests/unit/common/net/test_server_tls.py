"""The relay's side of TLS, in memory: against Python's ssl and pyOpenSSL's OpenSSL, whole and a byte at a time."""

import contextlib
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from common.host.errors import TasukiError
from common.net.server_tls import RECORD, RelayTls, TlsSide
from tests.support.front import certificate
from tests.support.pki import Root, ServerFiles

HOST = "relay.example"


def relay(files: ServerFiles) -> RelayTls:
    """A relay with these files."""
    return RelayTls(certificate=files.certificate, key=files.key)


class Client:
    """A client of Python's ssl and the relay's side of it; `step` is how many bytes the relay gets at once."""

    def __init__(self, side: TlsSide, *, step: int = 1 << 20, context: ssl.SSLContext | None = None) -> None:
        self.side = side
        self.step = step
        self.parts: list[bytes] = []
        self.done = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.near = (context or trusting()).wrap_bio(self._incoming, self._outgoing, server_hostname=HOST)

    def shake(self) -> None:
        """The handshake. Raises ssl.SSLError of whoever refuses first."""
        near_done = False
        for _ in range(6):
            if not near_done:
                try:
                    self.near.do_handshake()
                    near_done = True
                except ssl.SSLWantReadError:
                    pass
            self.pass_on()
            if near_done and self.done:
                return
        raise AssertionError("the handshake does not end")

    def pass_on(self) -> None:
        """What the client has said goes to the relay, in steps; what TLS answers goes back."""
        said = self._outgoing.read()
        try:
            for at in range(0, len(said), self.step):
                if self.done:
                    self.side.receive(said[at : at + self.step], self.parts, most=1000)
                else:
                    self.done = self.side.shake(said[at : at + self.step], self.parts)
        finally:
            self._incoming.write(self.side.pending())

    def heard(self, sealed: list[bytes]) -> bytes:
        """What the client reads of this."""
        self._incoming.write(b"".join(sealed))
        heard = b""
        while self._incoming.pending:
            heard += self.near.read(1 << 16)
        return heard


def trusting(highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A client that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = highest
    return context


@pytest.fixture(scope="module")
def tls() -> RelayTls:
    """A relay's TLS."""
    return RelayTls(certificate=certificate(), key=certificate())


@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_there_and_back(tls: RelayTls, highest: ssl.TLSVersion, step: int) -> None:
    """Small and large, both ways, in whatever steps it comes; then the client's close."""
    client = Client(tls.connection(), step=step, context=trusting(highest))
    client.shake()
    for data in (b"x", b"y" * RECORD, b"z" * 40_000):
        client.near.write(data)
        client.pass_on()
    assert b"".join(client.parts) == b"x" + b"y" * RECORD + b"z" * 40_000
    assert (
        client.heard(client.side.seal([b"one", b"", b"two" * 30_000, b"three"])) == b"one" + b"two" * 30_000 + b"three"
    )
    with pytest.raises(ssl.SSLError):
        client.near.unwrap()
    with pytest.raises(ssl.SSLZeroReturnError):
        client.pass_on()


def test_what_comes_right_behind_the_handshake(tls: RelayTls) -> None:
    """In the same read as its end; also a close."""
    client = Client(tls.connection())
    for _ in range(2):
        try:
            client.near.do_handshake()
        except ssl.SSLWantReadError:
            client.pass_on()
    assert not client.done
    client.near.write(b"early")
    with pytest.raises(ssl.SSLError):
        client.near.unwrap()
    with pytest.raises(ssl.SSLZeroReturnError):
        client.pass_on()
    assert client.parts == [b"early"]


@given(st.lists(st.integers(1, 40_000), max_size=6), st.integers(1, 60_000))
def test_however_it_is_cut(sizes: list[int], step: int) -> None:
    """Every byte once and in order; a part is a record."""
    client = Client(RelayTls(certificate=certificate(), key=certificate()).connection())
    client.shake()
    client.step = step
    for number, size in enumerate(sizes):
        client.near.write(bytes([number]) * size)
    client.pass_on()
    assert b"".join(client.parts) == b"".join(bytes([number]) * size for number, size in enumerate(sizes))
    assert all(len(part) <= RECORD for part in client.parts)


@given(st.lists(st.one_of(st.integers(0, 100), st.integers(16_000, 17_000), st.integers(0, 60_000)), max_size=8))
def test_records_are_filled_and_never_overfull(sizes: list[int]) -> None:
    """Small pieces share a record, two neighbours never fit into one together."""
    client = Client(RelayTls(certificate=certificate(), key=certificate()).connection())
    client.shake()
    sealed = client.side.seal([b"s" * size for size in sizes])
    assert client.heard(sealed) == b"s" * sum(sizes)
    assert all(len(part) <= RECORD + 64 for part in sealed)
    assert len(sealed) <= 2 * (sum(sizes) // RECORD + 1) + sum(size > RECORD for size in sizes)


def test_what_is_changed_on_the_way_breaks_it(tls: RelayTls) -> None:
    """What came before counts; then an error, and an alert for the peer."""
    client = Client(tls.connection())
    client.shake()
    client.near.write(b"good")
    good = client._outgoing.read()
    client.near.write(b"bad")
    bad = bytearray(client._outgoing.read())
    bad[-1] ^= 1
    with pytest.raises(ssl.SSLError):
        client.side.receive(good + bytes(bad), client.parts, most=1000)
    assert client.parts == [b"good"]
    assert client.side.pending()


def test_what_is_no_tls(tls: RelayTls) -> None:
    """An error, not a wait for ever."""
    side = tls.connection()
    with pytest.raises(ssl.SSLError):
        side.shake(b"\x80\x2e\x01\x00\x02" + bytes(50), [])


@pytest.mark.parametrize("offer", [[], ["h2"], ["h2", "http/1.1"], ["http/1.1"]])
def test_whatever_alpn_is_offered(tls: RelayTls, offer: list[str]) -> None:
    """http/1.1 where it is offered; a proxy that strips ALPN, or rewrites it, does not break the handshake."""
    context = trusting()
    if offer:
        context.set_alpn_protocols(offer)
    client = Client(tls.connection(), context=context)
    client.shake()
    assert client.near.selected_alpn_protocol() == ("http/1.1" if "http/1.1" in offer else None)


@pytest.mark.parametrize(
    ("ciphers", "good"),
    [("ECDHE+AESGCM", True), ("ECDHE+CHACHA20", True), ("ECDHE-ECDSA-AES128-SHA256", False)],
)
def test_tls_1_2_is_for_aead_only(tls: RelayTls, ciphers: str, good: bool) -> None:
    """1.2 with GCM or ChaCha20 passes, with CBC it does not."""
    context = trusting(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(ciphers)
    client = Client(tls.connection(), context=context)
    if good:
        client.shake()
        assert client.near.version() == "TLSv1.2"
    else:
        with pytest.raises(ssl.SSLError):
            client.shake()
        assert client.side.pending() == b""  # the alert is with the client already


def test_a_session_of_tls_1_3_is_never_resumed(tls: RelayTls) -> None:
    """There are no tickets: every handshake is a full one."""
    client = Client(tls.connection())
    client.shake()
    assert client.heard(client.side.seal([b"hi"])) == b"hi"
    assert client.near.session is None or not client.near.session.has_ticket


def test_so_many_records_at_once(tls: RelayTls) -> None:
    """The others come back unread, and give the same bytes when they are handed in again."""
    client = Client(tls.connection())
    client.shake()
    for number in range(10):
        client.near.write(b"%d" % number)
    said, calls = client._outgoing.read(), []
    while said:
        before = len(client.parts)
        said = client.side.receive(said, client.parts, most=4)
        calls.append(len(client.parts) - before)
    assert calls == [4, 4, 2]
    assert b"".join(client.parts) == b"0123456789"


def test_the_other_openssl_is_served_too(tls: RelayTls) -> None:
    """pyOpenSSL's, which the agents use."""
    side = tls.connection()
    near = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
    near.set_connect_state()
    parts: list[bytes] = []
    done = False
    for _ in range(3):
        with contextlib.suppress(SSL.WantReadError):
            near.do_handshake()
        try:
            said = near.bio_read(65536)
        except SSL.WantReadError:
            said = b""
        done = done or side.shake(said, parts)
        if answer := side.pending():
            near.bio_write(answer)
    near.send(b"hello")
    side.receive(near.bio_read(65536), parts, most=1000)
    assert parts == [b"hello"]
    near.bio_write(b"".join(side.seal([b"there"])))
    assert near.recv(100) == b"there"


def test_certificates_are_reloaded_for_new_connections(tmp_path: Path) -> None:
    """New files are used from then on; broken ones are refused, with the file's name, and the old stay."""
    root = Root(tmp_path)
    first, second = root.server(HOST), root.server(HOST)
    server = relay(first)

    def shown() -> bytes:
        client = Client(server.connection())
        client.shake()
        return client.near.getpeercert(binary_form=True) or b""

    before = shown()
    first.certificate.write_bytes(second.certificate.read_bytes())
    with pytest.raises(TasukiError) as caught:
        server.reload()
    assert caught.value.code == "tls_files_unusable"
    assert str(first.certificate) in str(caught.value)
    assert shown() == before
    first.key.write_bytes(second.key.read_bytes())
    server.reload()
    assert shown() != before
    first.certificate.write_text("nonsense", encoding="ascii")
    with pytest.raises(TasukiError):
        server.reload()
    first.certificate.unlink()
    with pytest.raises(TasukiError):
        server.reload()
