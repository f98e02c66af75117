"""The mailbox: letters and answers by a rename; what does not belong there does no harm."""

import contextlib
import os
import stat
import time
import tracemalloc
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.net.certificates import CertificateError, make_csr, new_key
from common.net.revocation import CRL_LIMIT
from common.protocol.certificate_requests import Issued, NotIssued, Refusal, RelayCertificateRequest
from relay.ca import mailbox as module
from relay.ca.folder_scan import FolderScan
from relay.ca.mailbox import ANSWER_LIMIT, ANSWERS, REQUESTS, ROOT_LIMIT, Letter, Mailbox, UnreadableError
from tests.support.hostile_files import HOSTILE, put_hostile

ID = "0123456789abcdef" * 2
REQUEST = RelayCertificateRequest(csr=make_csr(new_key()))
ANSWER = Issued(chain=[b"leaf", b"root"], serial="0a", not_after=1.5)


def letters(mailbox: Mailbox, *, at_most: int = 10) -> list[Letter]:
    """What the CA comes upon in one turn."""
    return [letter for one in mailbox.waiting(at_most=at_most) if (letter := mailbox.letter(one)) is not None]


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """An empty mailbox."""
    mailbox = Mailbox(tmp_path / "mailbox", request_limit=4096)
    mailbox.create()
    return mailbox


def test_there_and_back(mailbox: Mailbox) -> None:
    """The request arrives as it was, the answer too, and nothing is left."""
    mailbox.submit(ID, REQUEST)
    (letter,) = letters(mailbox)
    assert (letter.id, letter.request) == (ID, REQUEST)
    assert mailbox.fetch(ID) is None
    mailbox.reply(letter, ANSWER)
    assert not letters(mailbox)
    assert mailbox.fetch(ID) == ANSWER
    assert mailbox.fetch(ID) is None
    assert not [path for path in mailbox.path.rglob("*") if path.is_file()]


def test_a_letter_stays_until_it_is_answered(mailbox: Mailbox) -> None:
    """A CA that is killed finds it again."""
    mailbox.submit(ID, REQUEST)
    assert letters(mailbox) == letters(Mailbox(mailbox.path))


def test_an_answer_may_be_written_again(mailbox: Mailbox) -> None:
    """Killed between answer and removal: the same answer over it."""
    mailbox.submit(ID, REQUEST)
    (letter,) = letters(mailbox)
    mailbox.reply(letter, ANSWER)
    mailbox.reply(letter, ANSWER)
    assert mailbox.fetch(ID) == ANSWER


def test_the_oldest_comes_first_and_there_is_a_bound(mailbox: Mailbox) -> None:
    """Nobody is overtaken for ever, and a flood does not fill the memory."""
    for number in range(5):
        mailbox.submit(f"{9 - number:032x}", REQUEST)
        os.utime(mailbox.path / REQUESTS / f"{9 - number:032x}.json", (number, number))
    assert [letter.id[-1] for letter in letters(mailbox)] == ["9", "8", "7", "6", "5"]
    assert len(letters(mailbox, at_most=2)) == 2
    assert len(letters(mailbox, at_most=3)) == 3  # those behind: nobody waits for the first to be answered
    mailbox.close()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b'{"kind":"else"}', b"{}" * 4096, b'{"kind":"enrol","id":"x"}', b"\xff\xfe"]
)
def test_what_cannot_be_read_is_a_letter_without_a_request(mailbox: Mailbox, data: bytes) -> None:
    """It is answered, so that it does not lie there for ever."""
    (mailbox.path / REQUESTS / f"{ID}.json").write_bytes(data)
    (letter,) = letters(mailbox)
    assert letter.request is Refusal.MALFORMED
    mailbox.reply(letter, NotIssued(code="malformed"))
    assert mailbox.fetch(ID) == NotIssued(code="malformed")


def test_what_is_no_plain_file_is_passed_over(mailbox: Mailbox, tmp_path: Path) -> None:
    """Links (also to the CA's key), pipes, folders, other names, halves of files."""
    secret = tmp_path / "secret"
    secret.write_text('{"kind":"relay-certificate","csr":"AAAA"}')
    (mailbox.path / REQUESTS / f"{1:032x}.json").symlink_to(secret)
    os.mkfifo(mailbox.path / REQUESTS / f"{2:032x}.json")
    (mailbox.path / REQUESTS / f"{3:032x}.json").mkdir()
    for name in ("x.json", f".{ID}.json.abcd", f"{ID}.txt", f"{ID}.json.json", f"{'G' * 32}.json"):
        (mailbox.path / REQUESTS / name).write_text("{}")
    assert not letters(mailbox)
    mailbox.clean(before=float("inf"))
    assert not list((mailbox.path / REQUESTS).iterdir())
    assert secret.exists()


def test_only_what_is_old_is_cleaned(mailbox: Mailbox) -> None:
    """Answers that nobody fetched and requests that nobody answered, after their time."""
    mailbox.submit(ID, REQUEST)
    old = mailbox.path / ANSWERS / f"{ID}.json"
    old.write_text("{}")
    os.utime(old, (1, 1))
    mailbox.clean(before=1000.0)
    assert not old.exists()
    assert (mailbox.path / REQUESTS / f"{ID}.json").exists()


def test_a_bad_answer_is_unreadable_and_gone(mailbox: Mailbox) -> None:
    """Garbage, too much, or a link: never believed, never met again."""
    path = mailbox.path / ANSWERS / f"{ID}.json"
    for data in (b"{", b"x" * 200_000):
        path.write_bytes(data)
        with pytest.raises(UnreadableError):
            mailbox.fetch(ID)
    path.unlink(missing_ok=True)
    path.symlink_to("/etc/passwd")
    with pytest.raises(UnreadableError):
        mailbox.fetch(ID)


def test_root_and_list_are_published(mailbox: Mailbox, tmp_path: Path) -> None:
    """A group may read them; before they are there they are None."""
    from tests.support.ca import Organisation

    assert mailbox.crl() is None
    assert mailbox.root() is None
    root = Organisation(tmp_path / "o").root
    mailbox.publish(crl=b"list", root=root)
    assert (mailbox.crl(), mailbox.root()) == (b"list", root)
    assert stat.S_IMODE((mailbox.path / "crl.der").stat().st_mode) == 0o640
    before = (mailbox.path / "root.pem").stat().st_ino
    mailbox.publish(crl=b"next", root=root)
    assert (mailbox.path / "root.pem").stat().st_ino == before
    (mailbox.path / "root.pem").write_text("x")
    with pytest.raises(CertificateError):
        mailbox.root()


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file outside that is dearer than it looks."""
    path = tmp_path / "big"
    path.touch()
    os.truncate(path, 3 << 30)
    return path


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_lies_in_place_of_list_and_root_is_replaced(
    mailbox: Mailbox, tmp_path: Path, big: Path, kind: str
) -> None:
    """The relay's reading ends at once, with an error or with nothing to believe; the CA's next publishing mends it."""
    from tests.support.ca import Organisation

    root = Organisation(tmp_path / "o").root
    for name in ("crl.der", "root.pem"):
        put_hostile(kind, mailbox.path / name, big)
    tracemalloc.start()
    try:
        for read in (mailbox.crl, mailbox.root):
            with contextlib.suppress(OSError, CertificateError):
                assert not read()
        mailbox.publish(crl=b"list", root=root)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert (mailbox.crl(), mailbox.root()) == (b"list", root)
    assert big.stat().st_size == 3 << 30


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_lies_in_place_of_an_answer_is_replaced(mailbox: Mailbox, big: Path, kind: str) -> None:
    """The relay that waits hears that it is none; where the CA writes one, it gets there."""
    path = mailbox.path / ANSWERS / f"{ID}.json"
    put_hostile(kind, path, big)
    with pytest.raises(UnreadableError):
        mailbox.fetch(ID)
    if not path.is_symlink() and not path.exists():
        put_hostile(kind, path, big)
    mailbox.submit(ID, REQUEST)
    (letter,) = letters(mailbox)
    mailbox.reply(letter, ANSWER)
    assert mailbox.fetch(ID) == ANSWER
    assert not letters(mailbox)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_lies_in_place_of_a_request_stops_no_other(mailbox: Mailbox, big: Path, kind: str) -> None:
    """It is passed over, or refused; cleaning takes it away unless it is a folder with something in it."""
    path = mailbox.path / REQUESTS / f"{0:032x}.json"
    put_hostile(kind, path, big)
    mailbox.submit(ID, REQUEST)
    found = {letter.id: letter.request for letter in letters(mailbox)}
    assert found.pop(ID) == REQUEST
    assert set(found.values()) <= {Refusal.MALFORMED, Refusal.UNAVAILABLE}
    mailbox.clean(before=float("inf"))
    left = list((mailbox.path / REQUESTS).iterdir())
    assert left == ([path] if kind == "a folder with something in it" else [])
    assert big.stat().st_size == 3 << 30


def test_each_file_has_its_bound(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the bound it is read, one byte more it is not."""
    request = b'{"kind":"relay-certificate","csr":"AAAA"}'
    (mailbox.path / REQUESTS / f"{ID}.json").write_bytes(request.ljust(4096))
    assert letters(mailbox)[0].request == RelayCertificateRequest(csr=b"\0\0\0")
    (mailbox.path / REQUESTS / f"{ID}.json").write_bytes(request.ljust(4097))
    assert letters(mailbox)[0].request is Refusal.MALFORMED
    answer = b'{"kind":"refused","code":"x"}'
    (mailbox.path / ANSWERS / f"{ID}.json").write_bytes(answer.ljust(ANSWER_LIMIT))
    assert mailbox.fetch(ID) == NotIssued(code="x")
    (mailbox.path / ANSWERS / f"{ID}.json").write_bytes(answer.ljust(ANSWER_LIMIT + 1))
    with pytest.raises(UnreadableError):
        mailbox.fetch(ID)
    (mailbox.path / "crl.der").write_bytes(bytes(CRL_LIMIT))
    assert mailbox.crl() == bytes(CRL_LIMIT)
    (mailbox.path / "crl.der").write_bytes(bytes(CRL_LIMIT + 1))
    with pytest.raises(OSError, match="larger than"):
        mailbox.crl()
    (mailbox.path / "root.pem").write_bytes(bytes(ROOT_LIMIT + 1))
    with pytest.raises(OSError, match="larger than"):
        mailbox.root()
    (mailbox.path / "root.pem").write_bytes(bytes(ROOT_LIMIT))
    with pytest.raises(CertificateError):
        mailbox.root()


def test_a_folder_with_very_many_entries_is_gone_through_in_portions(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn looks at so many and no more, the next goes on behind them: the honest request among them is found, and all junk goes."""
    monkeypatch.setattr(module, "SCANNED", 20)
    for number in range(20):
        (mailbox.path / REQUESTS / f"junk{number}").touch()
    assert mailbox.waiting(at_most=10) == []
    assert mailbox.waiting(at_most=10) == []  # the end of a pass: exactly as many as are looked at
    mailbox.submit(ID, REQUEST)
    looked = [mailbox.waiting(at_most=10) for _ in range(4)]
    assert sorted(looked) == [[], [], [ID], [ID]]  # 21: each pass takes two turns
    turns = 1
    while not mailbox.clean(before=float("inf")):
        turns += 1
    assert turns == 2
    assert not list((mailbox.path / REQUESTS).iterdir())
    mailbox.close()


def test_what_is_dated_forward_is_cleaned_all_the_same(mailbox: Mailbox) -> None:
    """Whoever wrote it can give it any time but that of its last change."""
    (mailbox.path / REQUESTS / "junk").touch()
    os.utime(mailbox.path / REQUESTS / "junk", (1e11, 1e11))
    mailbox.clean(before=time.time() + 1)
    assert not list((mailbox.path / REQUESTS).iterdir())


def test_folders_that_were_swapped_for_links_lead_nowhere(mailbox: Mailbox, tmp_path: Path) -> None:
    """Nothing behind them is read, written or removed, also by a pass that was under way."""
    (tmp_path / "codes").mkdir()
    record = tmp_path / "codes" / f"{ID}.json"
    record.write_text('{"kind":"relay-certificate","csr":"AAAA"}')
    (mailbox.path / REQUESTS / f"{ID}.json").touch()
    scan = FolderScan(mailbox.path, REQUESTS)
    portion = scan.portion(10)
    entry = next(portion)
    for name in (REQUESTS, ANSWERS):
        (mailbox.path / name).rename(mailbox.path / f"{name}.old")
        (mailbox.path / name).symlink_to(tmp_path / "codes")
    scan.remove(entry.name)
    scan.close()
    mailbox.clean(before=float("inf"))
    for act in (
        lambda: mailbox.waiting(at_most=10),
        lambda: mailbox.submit(ID, REQUEST),
        lambda: mailbox.reply(Letter(id=ID, request=REQUEST), ANSWER),
        lambda: mailbox.fetch(ID),
        lambda: mailbox.discard(ID),
        mailbox.check,
    ):
        with pytest.raises(OSError):  # noqa: PT011
            act()
    assert record.read_text().startswith("{")
    assert [path.name for path in (tmp_path / "codes").iterdir()] == [record.name]


def test_a_mailbox_that_is_none_is_said(mailbox: Mailbox, tmp_path: Path) -> None:
    """Missing folders, and folders that are links to another place."""
    mailbox.check()
    (mailbox.path / ANSWERS).rmdir()
    (tmp_path / "elsewhere").mkdir()
    (mailbox.path / ANSWERS).symlink_to(tmp_path / "elsewhere")
    for path in (mailbox.path, tmp_path / "none"):
        with pytest.raises(OSError):  # noqa: PT011
            Mailbox(path).check()
    with pytest.raises(FileNotFoundError):
        Mailbox(tmp_path / "none").waiting(at_most=1)
    Mailbox(tmp_path / "none").clean(before=1.0)


def test_where_no_folder_can_be_made(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TasukiError) as caught:
        Mailbox(tmp_path / "file").create()
    assert caught.value.code == "folder_unusable"


def test_a_letter_that_is_nested_without_end(mailbox: Mailbox) -> None:
    """It is unreadable, and the CA goes on."""
    (mailbox.path / REQUESTS / f"{ID}.json").write_bytes(b"[" * 60_000)
    (letter,) = letters(mailbox)
    assert letter.request is Refusal.MALFORMED
    (mailbox.path / ANSWERS / f"{ID}.json").write_bytes(b"[" * 60_000)
    with pytest.raises(UnreadableError):
        mailbox.fetch(ID)
