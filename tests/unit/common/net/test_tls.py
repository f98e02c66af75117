"""TLS contexts, in memory where that is enough: the relay's server side, and whom an agent's outer side believes."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL

from common.host.errors import TasukiError
from common.net import tls
from common.net.tls import OuterClient, OuterTrust, RelayTls, reason_of
from tests.support.pki import DAY, Root, ServerFiles

HOST = "relay.example"


def relay(files: ServerFiles) -> RelayTls:
    """A relay with these files."""
    return RelayTls(certificate=files.certificate, key=files.key)


def move(source: SSL.Connection, sink: SSL.Connection) -> bool:
    """What `source` has to say, said to `sink`; whether there was anything."""
    try:
        sink.bio_write(source.bio_read(65536))
    except SSL.WantReadError:
        return False
    return True


def shake(client: SSL.Connection, server: SSL.Connection) -> None:
    """A handshake. Raises the SSL.Error of the side that refuses first."""
    open_sides = [client, server]
    for _ in range(20):
        for side, other in ((client, server), (server, client)):
            if side in open_sides:
                try:
                    side.do_handshake()
                except SSL.WantReadError:
                    pass
                except SSL.Error:
                    move(side, other)
                    raise
                else:
                    open_sides.remove(side)
            move(side, other)
        if not open_sides:
            return
    raise AssertionError("the handshake does not end")


def visit(
    files: ServerFiles, trust: OuterTrust, host: str = HOST
) -> tuple[OuterClient, SSL.Connection, SSL.Connection]:
    """An agent's handshake with a relay."""
    client = OuterClient(host=host, trust=trust)
    near = client.clientConnectionForTLS(None)
    far = relay(files).connection()
    shake(near, far)
    return client, near, far


def refused(files: ServerFiles, trust: OuterTrust, host: str = HOST) -> OuterClient:
    """The agent's side of a handshake that it refuses."""
    client = OuterClient(host=host, trust=trust)
    with pytest.raises(SSL.Error):
        shake(client.clientConnectionForTLS(None), relay(files).connection())
    return client


def test_the_organisations_root_is_believed(tmp_path: Path) -> None:
    """TLS 1.3, ALPN http/1.1, the name sent as SNI, and bytes pass."""
    root = Root(tmp_path)
    client, near, far = visit(root.server(HOST), OuterTrust(root_der=root.der))
    assert client.problem is None
    assert near.get_protocol_version_name() == "TLSv1.3"
    assert near.get_alpn_proto_negotiated() == far.get_alpn_proto_negotiated() == b"http/1.1"
    assert far.get_servername() == HOST.encode()
    near.send(b"x")
    move(near, far)
    assert far.recv(10) == b"x"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_is_checked_as_an_address(tmp_path: Path, host: str) -> None:
    """An IP literal: no SNI, and the certificate must carry that address, not a name that looks like it."""
    root = Root(tmp_path)
    _, _, far = visit(root.server(HOST, "127.0.0.1", "::1"), OuterTrust(root_der=root.der), host)
    assert far.get_servername() is None
    assert "another name" in str(refused(root.server(HOST), OuterTrust(root_der=root.der), host).problem)


def test_the_systems_store_is_believed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay may have a public certificate."""
    public = Root(tmp_path, "Public")
    monkeypatch.setenv("SSL_CERT_FILE", str(public.pem))
    visit(public.server(HOST), OuterTrust())
    visit(public.server(HOST, with_root=False), OuterTrust(root_der=Root(tmp_path, "Organisation").der))


def test_where_openssl_finds_no_store_the_systems_roots_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows and macOS: Python's ssl reads the system's store, and pyOpenSSL gets it one by one; an odd one is skipped."""
    public = Root(tmp_path, "Public")
    monkeypatch.setattr(tls, "system_roots", lambda: [b"not a certificate", public.der])
    visit(public.server(HOST), OuterTrust())


def test_at_first_contact_the_hash_of_the_root_is_enough(tmp_path: Path) -> None:
    """The chain that is sent ends in the root whose hash stands in the enrolment line."""
    root = Root(tmp_path)
    visit(root.server(HOST), OuterTrust(root_sha256=root.sha256))


def test_the_hash_of_a_root_does_not_excuse_the_rest(tmp_path: Path) -> None:
    """Another root, a root that is only shown but signed nothing, a root that was not sent, dates, and the name."""
    root, other = Root(tmp_path), Root(tmp_path)
    trust = OuterTrust(root_sha256=root.sha256)
    assert "unknown authority" in str(refused(other.server(HOST), trust).problem)
    shown = other.server(HOST, with_root=False)
    shown.certificate.write_bytes(shown.certificate.read_bytes() + root.pem.read_bytes())
    assert "unknown authority" in str(refused(shown, trust).problem)
    assert "unknown authority" in str(refused(root.server(HOST, with_root=False), trust).problem)
    expired = refused(root.server(HOST, before=2 * DAY, after=-DAY), trust)
    assert expired.bad_dates
    assert "another name" in str(refused(root.server("other.example"), trust).problem)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(2 * DAY, -DAY, "has expired"), (-DAY, 2 * DAY, "not valid yet")],
)
def test_dates_are_told_apart_from_strangers(tmp_path: Path, before: timedelta, after: timedelta, said: str) -> None:
    """Because then it may be our own clock."""
    root = Root(tmp_path)
    client = refused(root.server(HOST, before=before, after=after), OuterTrust(root_der=root.der))
    dates = client.bad_dates
    assert dates is not None
    assert dates.until - dates.since == (before if after < timedelta(0) else after) - DAY
    assert (dates.outside > timedelta(0)) == (after < timedelta(0))
    assert abs(abs(dates.outside) - DAY) < timedelta(hours=1)
    assert said in str(client.problem)


def test_a_stranger_is_refused(tmp_path: Path) -> None:
    """Neither the organisation's nor the system's: what an inspecting proxy without a rollout shows."""
    client = refused(Root(tmp_path).server(HOST), OuterTrust(root_der=Root(tmp_path).der))
    assert not client.bad_dates
    assert client.problem == "the certificate comes from an unknown authority"


@pytest.mark.parametrize("offer", [[], [b"h2"], [b"h2", b"http/1.1"], [b"http/1.1"]])
def test_the_relay_serves_whatever_alpn_is_offered(tmp_path: Path, offer: list[bytes]) -> None:
    """http/1.1 where it is offered; a proxy that strips ALPN, or rewrites it, does not break the handshake."""
    root = Root(tmp_path)
    context = SSL.Context(SSL.TLS_METHOD)
    if offer:
        context.set_alpn_protos(offer)
    near, far = SSL.Connection(context, None), relay(root.server(HOST)).connection()
    near.set_connect_state()
    shake(near, far)
    assert near.get_alpn_proto_negotiated() == (b"http/1.1" if b"http/1.1" in offer else b"")


def test_tls_1_2_is_for_aead_only(tmp_path: Path) -> None:
    """1.2 with GCM or ChaCha20 passes, with CBC it does not, and 1.1 not at all."""
    files = Root(tmp_path).server(HOST)

    def version(ciphers: bytes, highest: int) -> str:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_max_proto_version(highest)
        context.set_cipher_list(ciphers)
        near, far = SSL.Connection(context, None), relay(files).connection()
        near.set_connect_state()
        shake(near, far)
        return near.get_cipher_name() or ""

    assert "GCM" in version(b"ECDHE+AESGCM", SSL.TLS1_2_VERSION)
    assert "CHACHA20" in version(b"ECDHE+CHACHA20", SSL.TLS1_2_VERSION)
    with pytest.raises(SSL.Error):
        version(b"ECDHE+AES256+SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", SSL.TLS1_2_VERSION)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_never_resumed(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Python's ssl as the client brings its first session along; the second handshake is a full one all the same."""
    root = Root(tmp_path)
    server = relay(root.server(HOST))
    context = ssl.create_default_context(cafile=root.pem)
    context.maximum_version = version
    session: ssl.SSLSession | None = None
    for _ in range(2):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        near = context.wrap_bio(incoming, outgoing, server_hostname=HOST, session=session)
        far = server.connection()
        talk(near, incoming, outgoing, far)
        assert near.read(2) == b"hi"
        assert not near.session_reused
        session = near.session


def talk(near: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, far: SSL.Connection) -> None:
    """A handshake, and `hi` from the server, which comes behind its session tickets."""
    steps: list[Callable[[], object]] = [near.do_handshake, far.do_handshake, lambda: far.send(b"hi")]
    while steps or outgoing.pending:
        for step in list(steps[:2]):
            try:
                step()
            except (ssl.SSLWantReadError, SSL.WantReadError):
                continue
            steps.remove(step)
        if data := outgoing.read():
            far.bio_write(data)
        try:
            incoming.write(far.bio_read(65536))
        except SSL.WantReadError:
            continue


def test_certificates_are_reloaded_for_new_connections(tmp_path: Path) -> None:
    """New files are used from then on; broken ones are refused, with the file's name, and the old stay."""
    root = Root(tmp_path)
    first, second = root.server(HOST), root.server(HOST)
    server = relay(first)

    def shown() -> int:
        client = OuterClient(host=HOST, trust=OuterTrust(root_der=root.der))
        near = client.clientConnectionForTLS(None)
        shake(near, server.connection())
        certificate = near.get_peer_certificate()
        assert certificate is not None
        return certificate.get_serial_number()

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
    first.certificate.unlink()
    with pytest.raises(TasukiError):
        server.reload()


def test_openssls_words_are_found() -> None:
    """In a queue of errors, in a system call's error, and in one that says nothing."""
    assert reason_of(SSL.Error([("SSL routines", "", "first"), ("SSL routines", "", "unknown ca")])) == "unknown ca"
    assert reason_of(SSL.SysCallError(-1, "Unexpected EOF")) == "Unexpected EOF"
    assert reason_of(SSL.Error()) == "the connection ended"
    assert reason_of(SSL.Error([])) == "[]"
