"""The CA in one file: whole, made anew elsewhere, and never over anything that is there."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common.host.errors import TasukiError
from common.host.words import set_language
from common.protocol.identity import Role
from relay.ca.cli import main_group
from relay.ca.folder import CaFolder
from relay.ca.opening import open_ca
from relay.ca.process import utc_now
from tests.support.ca import Organisation

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def english() -> None:
    """The words are compared here."""
    set_language("en")


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """One that lives now, with somebody in it, a line, and somebody revoked."""
    made = Organisation(tmp_path / "here", now=utc_now)
    made.person(name="Anna")
    made.person(name="Berta")
    made.revoke("Berta")
    made.hosts("relay.example", "new.example")
    return made


def run(command: str, folder: Path, file: Path, *arguments: str, passphrase: str = PASSPHRASE) -> Result:
    """One of the two commands, with the passphrase typed."""
    words = [command, "--folder", str(folder), str(file), *arguments]
    return CliRunner().invoke(main_group, words, input=f"{passphrase}\n{passphrase}\n")


def code(result: Result) -> str:
    """Why it refused."""
    assert isinstance(result.exception, TasukiError), result.output
    return result.exception.code


def test_the_same_ca_elsewhere(organisation: Organisation, tmp_path: Path) -> None:
    """Every file, no path of before; it signs, knows who is revoked, which names there are, and whose."""
    file = tmp_path / "ca.backup"
    assert run("backup", organisation.folder, file).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = {
        path.relative_to(organisation.folder): path.read_bytes()
        for path in organisation.folder.rglob("*.*")
        if path.is_file()
    }
    shutil.rmtree(tmp_path / "here")
    new = tmp_path / "there" / "deep" / "ca"
    result = run("restore", new, file)
    assert result.exit_code == 0, result.output
    assert "revoked again" in result.stderr
    after = {path.relative_to(new): path.read_bytes() for path in new.rglob("*.*") if path.is_file()}
    assert {name: data for name, data in before.items() if name.name != "changing.lock"} == after
    assert not [path for path, data in after.items() if str(tmp_path).encode() in data]
    assert not [path for path in new.parent.iterdir() if path.name.startswith(".")]
    ca = open_ca(new, clock=utc_now, random=os.urandom)
    number = ca.authority.crl_number()
    ca.publish_new_crl()
    assert ca.mailbox.path.resolve() == new.parent / "mailbox"
    crl = ca.authority.crl()
    assert crl is not None
    assert (len(crl), crl.number > number) == (1, True)
    assert ca.authority.names.hosts() == ("relay.example", "new.example")
    with pytest.raises(TasukiError) as caught:
        ca.registrar.make_code(role=Role.USER, name="Αnna")  # looks like her
    assert caught.value.code == "name_looks_like"


def test_nothing_is_written_over(organisation: Organisation, tmp_path: Path) -> None:
    """Neither a backup nor a folder with anything in it."""
    file = tmp_path / "ca.backup"
    run("backup", organisation.folder, file)
    before = file.read_bytes()
    assert code(run("backup", organisation.folder, file)) == "backup_there"
    assert code(run("restore", organisation.folder, file)) == "restore_there"
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "note").write_text("mine")
    assert code(run("restore", tmp_path / "new", file)) == "restore_there"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["note"]
    assert file.read_bytes() == before


def test_what_cannot_be_restored_leaves_nothing(organisation: Organisation, tmp_path: Path) -> None:
    """A wrong passphrase, half a file, and something else are told apart."""
    file, new = tmp_path / "ca.backup", tmp_path / "new"
    run("backup", organisation.folder, file)
    assert code(run("restore", new, file, passphrase="incorrect horse battery")) == "backup_passphrase"
    file.write_bytes(file.read_bytes()[:-100])
    assert code(run("restore", new, file)) == "backup_broken"
    file.write_bytes(b"something else")
    assert code(run("restore", new, file)) == "backup_broken"
    assert not new.exists()


def test_what_others_leave_in_the_folder_spoils_no_backup(organisation: Organisation, tmp_path: Path) -> None:
    """Editors' copies, a file manager's, halves, notes, links and folders: what is the CA's own comes back, and nothing else."""
    folder, file, new = organisation.folder, tmp_path / "ca.backup", tmp_path / "new"
    ours = {path.relative_to(folder) for path in CaFolder(folder).files()}
    [account, *_] = (folder / "issued").iterdir()
    strange = [
        "ca.toml~",
        "Copy of ca.toml",
        "#ca.toml#",
        "notes.txt",
        "codes/a b.json",
        "names/x.json~",
        "issued/a b/1.json",
    ]
    for name in (
        *strange,
        f"issued/{account.name}/Copy of 1.json",
        "people/.half.json",
        "backup/ca.toml",
        "\u540d.json",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    (folder / "revoked" / "link.json").symlink_to("nowhere")
    (folder / "revoked" / "folder.json").mkdir()
    assert run("backup", folder, file).exit_code == 0
    assert run("restore", new, file).exit_code == 0
    assert {path.relative_to(new) for path in new.rglob("*") if path.is_file()} == ours


def test_a_passphrase_that_is_too_short(organisation: Organisation, tmp_path: Path) -> None:
    """Eleven characters are, twelve are not; a file gives its first line."""
    file, given = tmp_path / "ca.backup", tmp_path / "passphrase"
    assert code(run("backup", organisation.folder, file, passphrase="a" * 11)) == "passphrase_short"
    assert not file.exists()
    given.write_text("a" * 12 + "\nsecond line\n")
    assert run("backup", organisation.folder, file, "--passphrase-file", str(given)).exit_code == 0
    assert run("restore", tmp_path / "new", file, passphrase="a" * 12).exit_code == 0
    given.write_bytes(b"\xff\xfe")
    assert (
        code(run("backup", organisation.folder, tmp_path / "b", "--passphrase-file", str(given)))
        == "passphrase_unreadable"
    )


def test_a_mailbox_elsewhere(tmp_path: Path) -> None:
    """One that did not lie beside the CA's folder is given anew."""
    organisation = Organisation(tmp_path / "here", now=utc_now)
    path = organisation.folder / "ca.toml"
    path.write_text(path.read_text().replace('mailbox = "../mailbox"', 'mailbox = "/nowhere/mailbox"'))
    file = tmp_path / "ca.backup"
    assert run("backup", organisation.folder, file).exit_code == 0
    assert run("restore", tmp_path / "new", file, "--mailbox", str(tmp_path / "box")).exit_code == 0
    assert (tmp_path / "box" / "requests").is_dir()
    open_ca(tmp_path / "new", clock=utc_now, random=os.urandom).publish_new_crl()
    assert (tmp_path / "box" / "crl.der").exists()
