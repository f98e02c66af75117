"""Heads are noted, signed by the CA in their order, and put where they are wanted."""

import json
import os
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from common.net.audit_head import CheckedHead, load_head
from common.protocol.certificate_requests import HeadSigned, NotIssued, SignHeadRequest
from relay import heads
from relay.core.records import AuditEntry
from relay.heads import FileOfHeads, HeadKeeper, HeadRefusedError, NotSignedError, SyslogOfHeads, places
from relay.settings import AuditSection
from relay.store.null import NullStore
from tests.support.ca import Organisation
from tests.support.clock import START


@dataclass
class Play:
    """A CA at hand, which may be gone, and a place for heads, which may be full."""

    organisation: Organisation
    file: Path
    store: NullStore = field(default_factory=NullStore)
    gone: bool = False
    full: bool = False
    told: list[int] = field(default_factory=list)

    async def sign(self, number: int, digest: bytes) -> bytes:
        """As over the mailbox."""
        if self.gone:
            raise NotSignedError("unavailable")
        answer = self.organisation.ca.heads.sign(SignHeadRequest(number=number, digest=digest.hex()))
        if isinstance(answer, NotIssued):
            raise HeadRefusedError(answer.code)
        assert isinstance(answer, HeadSigned)
        return answer.document

    @property
    def key(self) -> str:
        """The place is this one."""
        return "play"

    def __call__(self, head: CheckedHead) -> None:
        """The place."""
        if self.full:
            raise OSError(28, "No space left on device")
        self.told.append(head.number)

    def keeper(self) -> HeadKeeper:
        """One that was started just now."""
        return HeadKeeper(
            store=self.store,
            sign=self.sign,
            root=self.organisation.root,
            places=(self,),
            told=self.file,
            clock=lambda: START,
            every=3600,
        )

    async def grow(self, rows: int = 1) -> None:
        """Something happens."""
        for _ in range(rows):
            await self.store.write(lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject="s")))

    async def state(self) -> dict[int, str]:
        """Of each head."""
        found = await self.store.heads()
        return {one.number: one.refused or ("signed" if one.document else "waits") for one in found}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """One with nothing in the log."""
    return Play(Organisation(tmp_path), tmp_path / "heads-told")


async def test_one_where_the_log_has_grown(play: Play) -> None:
    """None of an empty log, and none twice."""
    keeper = play.keeper()
    assert not await keeper.turn()
    await play.grow(3)
    for _ in range(2):
        assert not await keeper.turn()
    await play.grow()
    assert not await keeper.turn()
    assert await play.state() == {3: "signed", 4: "signed"}
    assert play.told == [3, 4]


async def test_while_the_ca_is_gone(play: Play) -> None:
    """They wait, also over a new start, and are signed in their order."""
    play.gone = True
    for _ in range(3):
        await play.grow()
        assert await play.keeper().turn()
    assert await play.state() == {1: "waits", 2: "waits", 3: "waits"}
    play.gone = False
    assert not await play.keeper().turn()
    assert play.told == [1, 2, 3]


async def test_what_the_ca_refuses(play: Play) -> None:
    """It is kept as that and asked for no more; later ones are signed."""
    await play.sign(5, b"\xab" * 32)
    await play.grow(3)
    keeper = play.keeper()
    await keeper.turn()
    await play.grow(3)
    await keeper.turn()
    assert await play.state() == {3: "head_lower", 6: "signed"}
    assert play.told == [6]


async def test_a_place_that_takes_none(play: Play) -> None:
    """They go there once it does, in their order."""
    play.full = True
    keeper = play.keeper()
    for _ in range(2):
        await play.grow()
        assert await keeper.turn()
    play.full = False
    assert not await keeper.turn()
    assert play.told == [1, 2]
    assert await play.state() == {1: "signed", 2: "signed"}


async def test_what_was_not_told_before_a_restart(play: Play) -> None:
    """It is told afterwards, and nothing twice; a file that cannot be read has all told again, and a new place hears all."""
    await play.grow()
    assert not await play.keeper().turn()
    play.full = True
    for _ in range(2):
        await play.grow()
        assert await play.keeper().turn()
    assert play.told == [1]
    play.full = False
    assert not await play.keeper().turn()
    assert play.told == [1, 2, 3]
    assert not await play.keeper().turn()
    assert play.told == [1, 2, 3]
    play.file.write_bytes(b"{")
    assert not await play.keeper().turn()
    assert play.told == [1, 2, 3] * 2


async def test_many_that_were_not_told(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many in a turn, and the rest in the next ones; one in the database that is none is passed by."""
    monkeypatch.setattr(heads, "AT_ONCE", 2)
    play.full = True
    for _ in range(5):
        await play.grow()
        await play.keeper().turn()
    [_, second, *_] = await play.store.heads()
    await play.store.write(lambda unit: unit.put_head(replace(second, document=b"{}")))
    play.full = False
    keeper = play.keeper()
    assert [await keeper.turn() for _ in range(3)] == [True, True, False]
    assert play.told == [1, 3, 4, 5]


def head_of(play: Play) -> CheckedHead:
    """One that is signed."""
    answer = play.organisation.ca.heads.sign(SignHeadRequest(number=7, digest="ab" * 32))
    assert isinstance(answer, HeadSigned)
    return load_head(answer.document, play.organisation.root)


def test_a_file(play: Play, tmp_path: Path) -> None:
    """A line each, for its owner alone; a folder that is not there is an OSError."""
    path = tmp_path / "heads"
    for _ in range(2):
        FileOfHeads(path)(head_of(play))
    assert [load_head(line, play.organisation.root).number for line in path.read_bytes().splitlines()] == [7, 7]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="nowhere"):
        FileOfHeads(tmp_path / "nowhere" / "heads")(head_of(play))


def test_a_disk_that_is_full(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line is taken back, and said; the next one is whole."""
    path = tmp_path / "heads"
    publish = FileOfHeads(path)
    publish(head_of(play))
    before = path.read_bytes()
    whole = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:100]))
        with pytest.raises(OSError, match="No space"):
            publish(head_of(play))
    assert path.read_bytes() == before
    publish(head_of(play))
    assert [load_head(line, play.organisation.root).number for line in path.read_bytes().splitlines()] == [7, 7]


def test_a_line_without_an_end(play: Play, tmp_path: Path) -> None:
    """As a power cut leaves one: it spoils no other."""
    path = tmp_path / "heads"
    path.write_bytes(b'{"head": "abc')
    FileOfHeads(path)(head_of(play))
    first, second = path.read_bytes().splitlines()
    assert first == b'{"head": "abc'
    assert load_head(second, play.organisation.root).number == 7


def listening(kind: int) -> Callable[[Path], tuple[socket.socket, str]]:
    """A socket that hears syslog's lines, and its address as the settings have it."""

    def listen(folder: Path) -> tuple[socket.socket, str]:
        heard = socket.socket(kind, socket.SOCK_DGRAM)
        heard.settimeout(10)
        if kind == socket.AF_INET:
            heard.bind(("127.0.0.1", 0))
            return heard, f"127.0.0.1:{heard.getsockname()[1]}"
        heard.bind(str(folder / "log"))
        return heard, str(folder / "log")

    return listen


@pytest.mark.parametrize("listen", [listening(socket.AF_INET), listening(socket.AF_UNIX)])
def test_syslog(play: Play, tmp_path: Path, listen: Callable[[Path], tuple[socket.socket, str]]) -> None:
    """One line, with all that is needed to check it."""
    heard, address = listen(tmp_path)
    with closing(heard):
        SyslogOfHeads(address)(head_of(play))
        line = heard.recv(65536).decode().rstrip("\0")
    assert "tasuki-relay: audit head 7 " + "ab" * 32 in line
    assert load_head(line[line.index("{") :].encode(), play.organisation.root).number == 7
    assert json.loads(line[line.index("{") :])


def test_a_syslog_that_is_not_there(play: Play, tmp_path: Path) -> None:
    """It is said, and not printed."""
    with pytest.raises(OSError, match=r"No such|refused"):
        SyslogOfHeads(str(tmp_path / "log"))(head_of(play))


def test_places(tmp_path: Path) -> None:
    """As the settings want them; an address that is none is a wrong setting."""
    assert [type(one) for one in places(AuditSection(), tmp_path)] == [FileOfHeads]
    assert places(AuditSection(heads_file=""), tmp_path) == ()
    assert len(places(AuditSection(heads_syslog="[::1]:514"), tmp_path)) == 2
    with pytest.raises(ValueError, match="HOST:PORT"):
        AuditSection(heads_syslog="log")
