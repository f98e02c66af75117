"""TLS contexts, in memory where that is enough: whom an agent's outer side believes."""

import ssl
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL

from common.net import tls
from common.net.tls import OuterClient, OuterTrust, reason_of
from tests.support.marks import needs
from tests.support.pki import DAY, Root, ServerFiles

HOST = "relay.example"


def server(files: ServerFiles) -> SSL.Connection:
    """The far side of a handshake: a server with these files."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(files.certificate))
    context.use_privatekey_file(str(files.key))
    context.set_alpn_select_callback(lambda _connection, offered: offered[0])
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    return connection


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
    far = server(files)
    shake(near, far)
    return client, near, far


def refused(files: ServerFiles, trust: OuterTrust, host: str = HOST) -> OuterClient:
    """The agent's side of a handshake that it refuses."""
    client = OuterClient(host=host, trust=trust)
    with pytest.raises(SSL.Error):
        shake(client.clientConnectionForTLS(None), server(files))
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
    asked: list[bytes] = []

    def roots() -> list[bytes]:
        asked.append(b"")
        return [b"not a certificate", public.der]

    monkeypatch.setattr(tls, "system_roots", roots)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    for _ in range(3):
        visit(public.server(HOST), OuterTrust())
    assert len(asked) == 1  # once a process: it takes a second on Windows


@needs("the command openssl")
def test_a_system_root_with_a_serial_of_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has such: it is believed, and nobody is warned of it (a warning would fail this test)."""
    root, root_key = tmp_path / "zero.pem", tmp_path / "zero-key.pem"
    files = ServerFiles(certificate=tmp_path / "relay.pem", key=tmp_path / "relay-key.pem")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    ours = ["-set_serial", "0", "-subj", "/CN=Zero", "-keyout", str(root_key), "-out", str(root)]
    subprocess.run([*make, *ours], check=True, capture_output=True)
    by = ["-set_serial", "1", "-CA", str(root), "-CAkey", str(root_key), "-subj", "/CN=relay"]
    leaf = ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(files.key), "-out", str(files.certificate)]
    subprocess.run([*make, *by, *leaf], check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert(root.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(tls, "system_roots", lambda: [der])
    visit(files, OuterTrust())


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


def test_openssls_words_are_found() -> None:
    """In a queue of errors, in a system call's error, and in one that says nothing."""
    assert reason_of(SSL.Error([("SSL routines", "", "first"), ("SSL routines", "", "unknown ca")])) == "unknown ca"
    assert reason_of(SSL.SysCallError(-1, "Unexpected EOF")) == "Unexpected EOF"
    assert reason_of(SSL.Error()) == "the connection ended"
    assert reason_of(SSL.Error([])) == "[]"


@pytest.mark.parametrize("with_root", [True, False])
def test_who_made_a_certificate_for_this_very_host(tmp_path: Path, *, with_root: bool) -> None:
    """An authority that nobody knows is named, however much of its chain is sent; another host's, or an old one, is no inspector's."""
    trust = OuterTrust(root_der=Root(tmp_path).der)
    stranger = Root(tmp_path, "Inspector")
    assert refused(stranger.server(HOST, with_root=with_root), trust).inspector == "Inspector"
    assert refused(stranger.server("other.example", with_root=with_root), trust).inspector == ""
    if with_root:
        assert refused(stranger.server(HOST, before=2 * DAY, after=-DAY), trust).inspector == ""


def test_who_made_what_was_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the organisation, or somebody whom the system trusts; at first contact the line's root is the organisation."""
    root, public = Root(tmp_path), Root(tmp_path, "Public")
    monkeypatch.setenv("SSL_CERT_FILE", str(public.pem))
    assert visit(root.server(HOST), OuterTrust(root_der=root.der))[0].authority == ""
    assert visit(root.server(HOST), OuterTrust(root_sha256=root.sha256))[0].authority == ""
    assert visit(public.server(HOST), OuterTrust(root_der=root.der))[0].authority == "Public"
