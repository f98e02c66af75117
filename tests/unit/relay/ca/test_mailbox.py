"""The mailbox: letters and answers by a rename; what does not belong there does no harm."""

import os
import stat
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.protocol.certificate_requests import Issued, Refused, RelayCertificateRequest
from relay.ca.mailbox import Mailbox, UnreadableError

ID = "0123456789abcdef" * 2
REQUEST = RelayCertificateRequest(csr=make_csr(new_key()))
ANSWER = Issued(chain=[b"leaf", b"root"], serial="0a", not_after=1.5)


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """An empty mailbox."""
    mailbox = Mailbox(tmp_path / "mailbox", request_limit=4096)
    mailbox.create()
    return mailbox


def test_there_and_back(mailbox: Mailbox) -> None:
    """The request arrives as it was, the answer too, and nothing is left."""
    mailbox.submit(ID, REQUEST)
    (letter,) = mailbox.letters(at_most=10)
    assert (letter.id, letter.request) == (ID, REQUEST)
    assert mailbox.fetch(ID) is None
    mailbox.reply(letter, ANSWER)
    assert not list(mailbox.letters(at_most=10))
    assert mailbox.fetch(ID) == ANSWER
    assert mailbox.fetch(ID) is None
    assert not [path for path in mailbox.path.rglob("*") if path.is_file()]


def test_a_letter_stays_until_it_is_answered(mailbox: Mailbox) -> None:
    """A CA that is killed finds it again."""
    mailbox.submit(ID, REQUEST)
    assert list(mailbox.letters(at_most=10)) == list(Mailbox(mailbox.path).letters(at_most=10))


def test_an_answer_may_be_written_again(mailbox: Mailbox) -> None:
    """Killed between answer and removal: the same answer over it."""
    mailbox.submit(ID, REQUEST)
    (letter,) = mailbox.letters(at_most=10)
    mailbox.reply(letter, ANSWER)
    mailbox.reply(letter, ANSWER)
    assert mailbox.fetch(ID) == ANSWER


def test_the_oldest_comes_first_and_there_is_a_bound(mailbox: Mailbox) -> None:
    """Nobody is overtaken for ever, and a flood does not fill the memory."""
    for number in range(5):
        mailbox.submit(f"{9 - number:032x}", REQUEST)
        os.utime(mailbox.requests / f"{9 - number:032x}.json", (number, number))
    assert [letter.id[-1] for letter in mailbox.letters(at_most=10)] == ["9", "8", "7", "6", "5"]
    assert len(list(mailbox.letters(at_most=2))) == 2


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b'{"kind":"else"}', b"{}" * 4096, b'{"kind":"enrol","id":"x"}', b"\xff\xfe"]
)
def test_what_cannot_be_read_is_a_letter_without_a_request(mailbox: Mailbox, data: bytes) -> None:
    """It is answered, so that it does not lie there for ever."""
    (mailbox.requests / f"{ID}.json").write_bytes(data)
    (letter,) = mailbox.letters(at_most=10)
    assert letter.request is None
    mailbox.reply(letter, Refused(code="malformed"))
    assert mailbox.fetch(ID) == Refused(code="malformed")


def test_what_is_no_plain_file_is_passed_over(mailbox: Mailbox, tmp_path: Path) -> None:
    """Links (also to the CA's key), pipes, folders, other names, halves of files."""
    secret = tmp_path / "secret"
    secret.write_text('{"kind":"relay-certificate","csr":"AAAA"}')
    (mailbox.requests / f"{1:032x}.json").symlink_to(secret)
    os.mkfifo(mailbox.requests / f"{2:032x}.json")
    (mailbox.requests / f"{3:032x}.json").mkdir()
    for name in ("x.json", f".{ID}.json.abcd", f"{ID}.txt", f"{ID}.json.json", f"{'G' * 32}.json"):
        (mailbox.requests / name).write_text("{}")
    assert not list(mailbox.letters(at_most=100))
    mailbox.clean(before=float("inf"))
    assert not list(mailbox.requests.iterdir())
    assert secret.exists()


def test_only_what_is_old_is_cleaned(mailbox: Mailbox) -> None:
    """Answers that nobody fetched and requests that nobody answered, after their time."""
    mailbox.submit(ID, REQUEST)
    old = mailbox.answers / f"{ID}.json"
    old.write_text("{}")
    os.utime(old, (1, 1))
    mailbox.clean(before=1000.0)
    assert not old.exists()
    assert (mailbox.requests / f"{ID}.json").exists()


def test_a_bad_answer_is_unreadable_and_gone(mailbox: Mailbox) -> None:
    """Garbage, too much, or a link: never believed, never met again."""
    path = mailbox.answers / f"{ID}.json"
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
    with pytest.raises(TasukiError):
        mailbox.root()


def test_a_mailbox_that_is_none_is_said(mailbox: Mailbox, tmp_path: Path) -> None:
    """Missing folders, and folders that are links to another place."""
    mailbox.check()
    mailbox.answers.rmdir()
    (tmp_path / "elsewhere").mkdir()
    mailbox.answers.symlink_to(tmp_path / "elsewhere")
    for path in (mailbox.path, tmp_path / "none"):
        with pytest.raises(TasukiError) as caught:
            Mailbox(path).check()
        assert caught.value.code == "ca_mailbox"
    assert not list(Mailbox(tmp_path / "none").letters(at_most=1))
    Mailbox(tmp_path / "none").clean(before=1.0)


def test_where_no_folder_can_be_made(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TasukiError) as caught:
        Mailbox(tmp_path / "file").create()
    assert caught.value.code == "folder_unusable"


def test_a_letter_that_is_nested_without_end(mailbox: Mailbox) -> None:
    """It is unreadable, and the CA goes on."""
    (mailbox.requests / f"{ID}.json").write_bytes(b"[" * 60_000)
    (letter,) = mailbox.letters(at_most=10)
    assert letter.request is None
    (mailbox.answers / f"{ID}.json").write_bytes(b"[" * 60_000)
    with pytest.raises(UnreadableError):
        mailbox.fetch(ID)
